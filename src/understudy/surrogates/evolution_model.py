"""A network that has learned to continue fields, and to write their equations.

    |u^ - u| / |u|  -  w log p(equation)

is made small on noisy windows of sixteen slices (Liu, Sun, Zhang & Schaeffer 2024, arXiv
2404.12355), the second term where the network has words. Places are counted in lengths of the
domain, times in lengths of the field.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast, final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from understudy.data import tree
from understudy.equations.equation import Equation
from understudy.equations.parse import parse
from understudy.equations.pde_families import TIMES
from understudy.equations.printing import lines
from understudy.files import digest_of
from understudy.metrics import conformal_by_group
from understudy.nn import History, fit, seeded
from understudy.operators import Decoded, SymbolOperator, decode
from understudy.operators.loss import begun, mean_error, relative_l2, word_loss
from understudy.operators.symbols import SymbolDecoder
from understudy.surrogates.equation_network import Learned
from understudy.surrogates.evolution_lessons import (
    TOKENIZER,
    EvolutionLesson,
    EvolutionLessons,
    EvolutionRecipe,
    scaled,
    tensor,
    words_of_field,
)
from understudy.surrogates.evolution_networks import Shape
from understudy.surrogates.evolution_sets import SEEN, FieldSet, drawn
from understudy.surrogates.network_files import read_network, write_network
from understudy.surrogates.prose_lessons import padded

__all__ = ["EvolutionModel", "EvolutionRecipe", "Known", "load_evolution", "save_evolution",
           "train_evolution"]  # fmt: skip

_FORMAT = "understudy-evolution-2"
_FLOOR = 0.1
_HELD, _CALIBRATED, _EACH, _JUDGED = 96, 256, 40, 10**6
"""Fields that training is judged by, and that bands are measured on, at least and for each family;
number of the first such batch."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """A family that a network has learned.

    Attributes:
        name: of the family or data set.
        equation: with parameters.
        means: of the parameters.
    """

    name: str
    equation: Equation
    means: Mapping[str, float]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class EvolutionModel:
    """A trained network.

    Attributes:
        recipe: settings.
        shape: of what it reads and writes.
        known: families that it has learned.
        network: with its weights.
        history: of the training.
        quantile: that 95 % of the errors at each later time do not exceed, over the size of the
            window, found on solutions that training has not seen (split conformal prediction); a
            row for what it takes for each of its families, the last for all together.
    """

    recipe: EvolutionRecipe
    shape: Shape
    known: tuple[Known, ...]
    network: nn.Module
    history: History
    quantile: Float[np.ndarray, "g F"]

    @torch.no_grad()
    def forecast(
        self,
        points: Float[np.ndarray, "X d"],
        windows: Float[np.ndarray, "n S X"],
        guesses: Sequence[Equation] | None = None,
    ) -> Float[np.ndarray, "n F X"]:
        """Fields at all later times.

        Args:
            points: where values are known.
            windows: noisy slices.
            guesses: one a window; None: nothing is known.

        Raises:
            ValueError: other points or slices than it has learned.
        """
        inputs, words = self._asked(points, windows, guesses)
        share, own = TIMES[SEEN:] / TIMES[-1], scaled(points)
        queries = np.concatenate(
            [np.repeat(share, len(own))[:, None], np.tile(own, (len(share), 1))], axis=1
        )
        parts = []
        for first in range(0, len(windows), 16):
            part = slice(first, first + 16)
            rows = len(windows[part])
            parts.append(
                self.network(
                    inputs[0][part], inputs[1][part], tensor(queries).expand(rows, -1, -1),
                    None if words is None else words[part],
                )
            )  # fmt: skip
        found = torch.cat(parts)[..., 0].double().numpy()
        return found.reshape(len(windows), len(share), len(points))

    def half_width(
        self, windows: Float[np.ndarray, "n S X"], written: Sequence[Sequence[Learned]]
    ) -> Float[np.ndarray, "n F 1"]:
        """Of bands that 95 % of the values of its families lie in.

        Args:
            windows: noisy slices.
            written: what `decode` gives for them.
        """
        size = np.sqrt((windows**2).mean(axis=(1, 2)))
        return size[:, None, None] * self.quantile[self.taken_for(written), :, None]

    def taken_for(self, written: Sequence[Sequence[Learned]]) -> Int[np.ndarray, " n"]:
        """Number of the family whose skeleton it wrote first, -1 for one of none."""
        numbers = {k.equation.skeleton: i for i, k in enumerate(self.known)}
        return np.array(
            [numbers.get(row[0].equation.skeleton, -1) if row else -1 for row in written],
            dtype=int,
        )

    @torch.no_grad()
    def decode(
        self,
        points: Float[np.ndarray, "X d"],
        windows: Float[np.ndarray, "n S X"],
        guesses: Sequence[Equation] | None = None,
        beam: int = 1,
    ) -> list[list[Learned]]:
        """Equations of each window, the most probable first; none where it has no words.

        Raises:
            ValueError: as `forecast`.
        """
        (places, features), words = self._asked(points, windows, guesses)
        return self.written(places, features, words, beam)

    def written(
        self,
        places: Float[Tensor, "n X d"],
        features: Float[Tensor, "n X S"],
        words: Int[Tensor, "n l"] | None,
        beam: int = 1,
    ) -> list[list[Learned]]:
        """As `decode`, of tensors as they come in lessons."""
        if not isinstance(self.network, SymbolOperator):
            return [[] for _ in features]
        memory, present = self.network.memory(places, features, words)

        def allowed(before: list[int]) -> np.ndarray:
            return TOKENIZER.allowed(before)

        # Every symbol operator has the words of its equations in `decoder`.
        decoder = cast(SymbolDecoder, self.network.decoder)
        found = decode(decoder, memory, present, allowed=allowed, beam=beam)
        return [[e for one in row if (e := _learned(one)) is not None] for row in found]

    def _asked(
        self, points: np.ndarray, windows: np.ndarray, guesses: Sequence[Equation] | None
    ) -> tuple[tuple[Tensor, Tensor], Tensor | None]:
        n, slices, many = windows.shape
        wanted = (self.shape.slices, self.shape.points, self.shape.coordinates)
        if (slices, many, points.shape[1]) != wanted:
            raise ValueError(
                f"windows: expected {wanted[0]} slices of {wanted[1]} points with {wanted[2]} "
                f"coordinates, got {slices}, {many} and {points.shape[1]}"
            )
        words = None if guesses is None else padded([TOKENIZER.encode(g) for g in guesses])
        places = tensor(scaled(points)).expand(n, -1, -1)
        return (places, tensor(windows.transpose(0, 2, 1))), words


def _learned(decoded: Decoded) -> Learned | None:
    """What was written, as an equation; None: it is none, or has numbers left open."""
    try:
        equation = TOKENIZER.decode(decoded.words)
    except ValueError:
        return None
    if equation.parameters or len(equation.states) != 1:
        return None
    return Learned(equation=equation, log_probability=decoded.log_probability)


def train_evolution(
    recipe: EvolutionRecipe,
    data_sets: Mapping[str, FieldSet],
    *,
    checkpoint: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> EvolutionModel:
    """Train a network; of every solution that is there the last tenth judges and calibrates.

    Args:
        recipe: settings.
        data_sets: training sets by name, beside the families of the recipe.
        checkpoint: file that an interrupted training goes on from.
        progress: called with the steps done and their number.

    Raises:
        ValueError: nothing to learn from, or sets at different points.
    """
    sets = _sets(recipe, data_sets)
    least = min(len(s.states) for s in sets)
    if least < 20:
        raise ValueError(f"pool, data_sets: expected at least 20 fields each, got {least}")
    shape = _shape(sets)
    with seeded(recipe.seed):
        network = recipe.network.build(shape)
    lessons = EvolutionLessons(sets=sets, recipe=recipe, queries=recipe.queries)
    tests = EvolutionLessons(sets=sets, recipe=recipe, queries=0, held=True)
    held = [tests(_JUDGED + k) for k in range(-(-_HELD // recipe.batch))]

    history = fit(
        network, _loss(recipe), lessons, recipe.training, judge=lambda n: mean_error(n, held),
        checkpoint=checkpoint,
        fingerprint=digest_of(
            {"recipe": tree.plain(recipe), "sets": {s.name: s.values.sum().item() for s in sets}}
        ),
        progress=progress,
    )  # fmt: skip
    known = tuple(
        Known(name=s.name, equation=s.equation,
              means=dict(zip(s.equation.parameters, s.centre.tolist(), strict=True)))
        for s in sets
    )  # fmt: skip
    model = EvolutionModel(
        recipe=recipe, shape=shape, known=known, network=network, history=history,
        quantile=np.zeros((len(known) + 1, shape.knots)),
    )  # fmt: skip
    return replace(model, quantile=_quantile(model, tests))


def _sets(recipe: EvolutionRecipe, data_sets: Mapping[str, FieldSet]) -> tuple[FieldSet, ...]:
    families = [
        drawn(name, recipe.pool, np.random.default_rng([recipe.seed, 0, k]), recipe.spread)
        for k, name in enumerate(recipe.families)
    ]
    sets = (*families, *data_sets.values())
    if not sets:
        raise ValueError("families, data_sets: expected at least one, got none")
    first = scaled(sets[0].place.points)
    for other in sets[1:]:
        own = scaled(other.place.points)
        if own.shape != first.shape or not np.allclose(own, first):
            raise ValueError(
                f"data_sets: expected fields at the points of {sets[0].name}, got others of "
                f"{other.name}"
            )
    return sets


def _shape(sets: tuple[FieldSet, ...]) -> Shape:
    points = sets[0].place.points
    longest = max(len(words_of_field(s, 0)) for s in sets)
    return Shape(
        points=len(points), coordinates=points.shape[1], slices=SEEN, knots=len(TIMES) - SEEN,
        first=float(TIMES[SEEN] / TIMES[-1]), words=len(TOKENIZER.words),
        longest=-(-(longest + 24) // 32) * 32,
    )  # fmt: skip


def _loss(recipe: EvolutionRecipe) -> Callable[[nn.Module, EvolutionLesson], Tensor]:
    def loss(module: nn.Module, lesson: EvolutionLesson) -> Tensor:
        floor = _FLOOR * lesson.features.square().mean(dim=(1, 2)).sqrt()
        if not isinstance(module, SymbolOperator):
            values = module(lesson.points, lesson.features, lesson.queries, None)
            return relative_l2(values, lesson.truth, floor).mean()
        both = cast(Any, module)
        values, state = both.both(
            lesson.points, lesson.features, lesson.queries, lesson.guess, begun(lesson.words)
        )
        error = relative_l2(values, lesson.truth, floor).mean()
        return error + recipe.words * word_loss(both.decoder.scores, state, lesson.words)

    return loss


@torch.no_grad()
def _quantile(model: EvolutionModel, tests: EvolutionLessons) -> Float[np.ndarray, "g F"]:
    """Of the errors at each later time, all points of a field together."""
    scores, group = [], []
    many = max(_CALIBRATED, _EACH * len(model.known))
    for k in range(-(-many // tests.recipe.batch)):
        b = tests(2 * _JUDGED + k)
        found = model.network(b.points, b.features, b.queries, b.guess)
        size = b.features.square().mean(dim=(1, 2)).sqrt()[:, None]
        error = ((found - b.truth).abs()[..., 0] / size).unflatten(1, (model.shape.knots, -1))
        scores.append(error.transpose(1, 2).flatten(0, 1))
        taken = model.taken_for(model.written(b.points, b.features, b.guess))
        group.append(np.repeat(taken, error.shape[2]))
    return conformal_by_group(
        torch.cat(scores).double().numpy(), np.concatenate(group), len(model.known),
        each=model.shape.points,
    )  # fmt: skip


def save_evolution(path: Path, model: EvolutionModel, origin: Mapping[str, Any]) -> None:
    """Write a model: safetensors, the settings in its header; the file is whole or absent."""
    known = [
        {"name": k.name, "equation": lines(k.equation), "means": dict(k.means)}
        for k in model.known
    ]
    write_network(
        path, _FORMAT, model.network, model.history, {"quantile": model.quantile},
        {"recipe": tree.plain(model.recipe), "shape": tree.plain(model.shape), "known": known,
         "origin": dict(origin)},
    )  # fmt: skip


def load_evolution(path: Path) -> EvolutionModel:
    """Read what `save_evolution` wrote.

    Raises:
        ValueError: missing, damaged, or not such a model.
    """
    stored = read_network(path, _FORMAT)
    recipe = tree.build(EvolutionRecipe, stored.settings["recipe"], str(path))
    shape = tree.build(Shape, stored.settings["shape"], str(path))
    network = recipe.network.build(shape)
    stored.fill(network)
    known = tuple(
        Known(name=k["name"], equation=parse("; ".join(k["equation"])), means=k["means"])
        for k in stored.settings["known"]
    )
    return EvolutionModel(
        recipe=recipe, shape=shape, known=known, network=network, history=stored.history,
        quantile=stored.arrays["quantile"],
    )  # fmt: skip
