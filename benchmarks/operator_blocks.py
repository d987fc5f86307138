"""What the blocks of the operators are worth: each network with one of its blocks taken out.

FNO without its Fourier layers, without its pointwise layers; SymbolFNO without the guess, without
what the guess does to channels; DeepONet without the frequencies of its queries. All learn the
same batches of advection, of waves of the Klein-Gordon equation and of Fisher's equation for the
same number of steps; the error is that of new fields. A block that could be left out would have a
ratio of one.
"""

import argparse
import json
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
import torch
from torch import Tensor, nn

from understudy.nn import Training, fit, seeded
from understudy.operators import FNO, DeepONet, SymbolFNO
from understudy.operators.loss import relative_l2
from understudy.surrogates.evolution_lessons import (
    TOKENIZER,
    EvolutionLesson,
    EvolutionLessons,
    EvolutionRecipe,
)
from understudy.surrogates.evolution_sets import drawn

FAMILIES = ("advection", "klein_gordon", "fisher")
GRID = {"features": 16, "knots": 48, "first": 16 / 63, "last": 1.0, "width": 32, "modes": 16}
DEEP = {"sensors": 128, "features": 16, "queries": 2, "outputs": 1, "width": 128, "terms": 64}


class Nothing(nn.Module):
    """A block whose answer is zero."""

    def forward(self, x: Tensor) -> Tensor:
        """Zeros."""
        return torch.zeros_like(x)


class Plain(nn.Module):
    """Coordinates as they are, with zeros where the frequencies were."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def forward(self, x: Tensor) -> Tensor:
        """As wide as the block's."""
        return nn.functional.pad(x, (0, self.width - x.shape[-1]))


class Still(nn.Module):
    """No gain and no shift."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def forward(self, x: Tensor) -> Tensor:
        """Zeros."""
        return x.new_zeros(*x.shape[:-1], 2 * self.width)


def _without(network: nn.Module, block: str) -> nn.Module:
    """A network with blocks of a name replaced."""
    if block in ("convolutions", "points"):
        setattr(network.layers, block, nn.ModuleList(Nothing() for _ in range(4)))
    elif block == "film":
        network.film = nn.ModuleList(Still(GRID["width"]) for _ in range(4))
    elif block == "place":
        network.place = Plain(network.place.width)
    return network


def _error(
    network: nn.Module, lessons: EvolutionLessons, tests: EvolutionLessons, steps: int, guess: bool
) -> float:
    def answer(module: nn.Module, b: EvolutionLesson) -> Tensor:
        return module(b.points, b.features, b.queries, b.guess if guess else None)

    def loss(module: nn.Module, b: EvolutionLesson) -> Tensor:
        return relative_l2(answer(module, b), b.truth).mean()

    fit(network, loss, lessons, Training(steps=steps, learning_rate=3e-3, every=steps))
    with torch.no_grad():
        errors = [relative_l2(answer(network, b), b.truth) for b in map(tests, range(4))]
    return float(torch.cat(errors).clamp(max=1.0).mean())


def main(steps: int = 400, pool: int = 200) -> dict[str, float]:
    """Errors of whole networks, and ratios of those without a block."""
    recipe = EvolutionRecipe(families=FAMILIES, pool=pool, blind=0.0)
    sets = tuple(
        drawn(name, pool, np.random.default_rng([0, k])) for k, name in enumerate(FAMILIES)
    )
    lessons = EvolutionLessons(sets=sets, recipe=recipe, queries=512)
    tests = EvolutionLessons(sets=sets, recipe=recipe, queries=0, held=True)
    words = {"words": len(TOKENIZER.words), "longest": 64}

    def made(name: str) -> nn.Module:
        with seeded(0):
            if name == "FNO":
                return FNO(**GRID)
            return SymbolFNO(**GRID, **words) if name == "SymbolFNO" else DeepONet(**DEEP)

    found: dict[str, float] = {}
    blocks = {
        "FNO": ("convolutions", "points"), "SymbolFNO": ("guess", "film"), "DeepONet": ("place",),
    }  # fmt: skip
    for name, own in blocks.items():
        symbolic = name == "SymbolFNO"
        whole = _error(made(name), lessons, tests, steps, symbolic)
        found[name] = whole
        for block in own:
            network = _without(made(name), block)
            error = _error(network, lessons, tests, steps, symbolic and block != "guess")
            found[f"{name} without {block} / {name}"] = error / whole
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--pool", type=int, default=200)
    print(json.dumps(main(**vars(parser.parse_args())), indent=2))
