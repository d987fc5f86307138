"""A trained PROSE with all that it needs to be asked: a forecast, and equations.

    |u^ - u| / |u|  -  0.25 log p(equation)

is what it learns to make small, on noisy windows of families of ordinary differential equations
(Liu, Zhang & Schaeffer 2024). Times are counted in lengths of a trajectory, states padded to five.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast, final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from understudy.data import tree
from understudy.equations.equation import Equation, renamed
from understudy.equations.ode_families import SIX
from understudy.equations.tokens import Tokenizer
from understudy.equations.trajectories import TIMES
from understudy.files import digest_of
from understudy.nn import History, Training, fit, seeded
from understudy.operators import PROSE, SMALL, Decoded, PatchEncoder, Sizes, decode
from understudy.operators.loss import begun, relative_l2, word_loss
from understudy.surrogates.equation_network import Band, Learned
from understudy.surrogates.network_files import read_network, write_network
from understudy.surrogates.prose_lessons import (
    SEEN,
    STATES,
    Lesson,
    Lessons,
    longest_of,
    padded,
    words_of,
)

__all__ = ["ProseModel", "ProseRecipe", "load_prose", "save_prose", "train_prose"]

TOKENIZER = Tokenizer(states=STATES)
_FORMAT = "understudy-prose"
_FLOOR = 0.1
"""Least size of a truth that an error is divided by, over that of its window."""
_JUDGED = 10**6
"""Number of the first batch that the network is judged by; training does not get so far."""
_HELD, _CALIBRATED = 128, 512
"""Trajectories that training is judged by, and that bands are measured on."""


@final
@dataclass(frozen=True, kw_only=True)
class ProseRecipe:
    """Settings.

    Attributes:
        families: that are learned.
        sizes: of the network.
        patch: points a row.
        batch: samples a step.
        noise: of the windows.
        blind: share of the batches without a guess.
        words: weight of the words in the loss.
        training: of the network.
        seed: of weights and batches.
    """

    families: tuple[str, ...] = SIX
    sizes: Sizes = SMALL
    patch: int = 4
    batch: int = 32
    noise: float = 0.02
    blind: float = 0.1
    words: float = 0.25
    training: Training = field(default_factory=Training)
    seed: int = 0

    def __post_init__(self) -> None:
        if SEEN % self.patch or self.words < 0:
            raise ValueError(
                f"patch, words: expected a divisor of {SEEN} and at least 0, got {self.patch}, "
                f"{self.words}"
            )
        self.lessons()

    def lessons(self) -> Lessons:
        """Batches to learn from."""
        return Lessons(
            families=self.families, tokenizer=TOKENIZER, seed=self.seed, batch=self.batch,
            noise=self.noise, blind=self.blind,
        )  # fmt: skip

    def network(self) -> PROSE:
        """With its initial weights."""
        with seeded(self.seed):
            return PROSE(
                encoder=PatchEncoder(
                    coordinates=1, features=len(STATES), patch=self.patch, width=self.sizes.width,
                    heads=self.sizes.heads, layers=self.sizes.data,
                ),
                sizes=self.sizes, queries=1, words=len(TOKENIZER.words),
                longest=longest_of(self.families, TOKENIZER),
            )  # fmt: skip


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ProseModel:
    """A trained network.

    Attributes:
        recipe: settings.
        network: with its weights.
        history: of the training.
        quantile: that 95 % of the errors of each later time do not exceed, over the size of the
            window, found on new trajectories (split conformal prediction).
    """

    recipe: ProseRecipe
    network: PROSE
    history: History
    quantile: Float[np.ndarray, " S"]

    @property
    def families(self) -> tuple[str, ...]:
        """Names of those that it has learned."""
        return self.recipe.families

    def fits(self, times: Float[np.ndarray, " T"], states: int) -> bool:
        """Whether windows at these times, with so many states, are of the kind it has learned."""
        if len(times) != SEEN or states > len(STATES):
            return False
        return bool(np.allclose(times - times[0], TIMES[:SEEN], rtol=0, atol=1e-6))

    @torch.no_grad()
    def forecast(
        self,
        windows: Float[np.ndarray, "n T D"],
        ahead: Float[np.ndarray, " S"],
        guesses: Sequence[Equation] | None = None,
    ) -> Float[np.ndarray, "n S D"]:
        """States at later times.

        Args:
            windows: noisy states at the times that it has learned.
            ahead: times, counted from the first of the window.
            guesses: one a window; None: nothing is known.

        Raises:
            ValueError: windows of another length, more states than it has learned.
        """
        points, features, words = self._asked(windows, guesses)
        queries = torch.from_numpy(ahead / TIMES[-1]).float()[:, None]
        found = self.network(points, features, queries.expand(len(windows), -1, -1), words)
        return found[..., : windows.shape[2]].double().numpy()

    def bands(
        self,
        windows: Float[np.ndarray, "n T D"],
        ahead: Float[np.ndarray, " S"],
        guesses: Sequence[Equation] | None = None,
    ) -> list[Band]:
        """Forecast, low and high of each window; 95 % of windows of its families lie between.

        Raises:
            ValueError: as `forecast`.
        """
        found = self.forecast(windows, ahead, guesses)
        wide = np.interp(ahead, TIMES[SEEN:], self.quantile)[:, None]
        sizes = np.sqrt((windows**2).mean(axis=1, keepdims=True))
        return [(u, u - wide * s, u + wide * s) for u, s in zip(found, sizes, strict=True)]

    @torch.no_grad()
    def decode(
        self,
        windows: Float[np.ndarray, "n T D"],
        states: Sequence[str],
        guesses: Sequence[Equation] | None = None,
        beam: int = 1,
    ) -> list[list[Learned]]:
        """Equations of each window, the most probable first.

        Equations of another number of states, or with numbers left open, are left out.

        Raises:
            ValueError: as `forecast`.
        """
        memory, present = self.network.memory(*self._asked(windows, guesses))

        def allowed(words: list[int]) -> np.ndarray:
            return TOKENIZER.allowed(words)

        found = decode(self.network.decoder, memory, present, allowed=allowed, beam=beam)
        return [[e for d in row if (e := _learned(d, states)) is not None] for row in found]

    def _asked(
        self, windows: np.ndarray, guesses: Sequence[Equation] | None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        n, length, d = windows.shape
        if length != SEEN or d > len(STATES):
            raise ValueError(
                f"windows: expected {SEEN} points of at most {len(STATES)} states, got {length} "
                f"of {d}"
            )
        features = torch.zeros(n, length, len(STATES))
        features[..., :d] = torch.from_numpy(windows).float()
        share = torch.from_numpy(TIMES[:SEEN] / TIMES[-1]).float()[:, None]
        words = None if guesses is None else padded([words_of(TOKENIZER, g) for g in guesses])
        return share.expand(n, -1, -1), features, words


def _learned(decoded: Decoded, states: Sequence[str]) -> Learned | None:
    """What was written, as an equation of the states; None: it is not one of them."""
    try:
        equation = TOKENIZER.decode(decoded.words)
    except ValueError:
        return None
    if len(equation.states) != len(states) or equation.parameters:
        return None
    return Learned(
        equation=renamed(equation, tuple(states)), log_probability=decoded.log_probability
    )


def _loss(recipe: ProseRecipe) -> Callable[[nn.Module, Lesson], Tensor]:
    def loss(module: nn.Module, lesson: Lesson) -> Tensor:
        module = cast(PROSE, module)
        total = torch.zeros((), device=lesson.points.device)
        for part in lesson.by_length():
            values, state = module.both(
                part.points, part.features, part.queries, part.guess, begun(part.words)
            )
            floor = _FLOOR * part.features.square().mean(dim=(1, 2)).sqrt()
            error = relative_l2(values, part.truth, floor).mean()
            words = word_loss(module.decoder.scores, state, part.words)
            share = len(part.points) / len(lesson.points)
            total = total + share * (error + recipe.words * words)
        return total

    return loss


def train_prose(
    recipe: ProseRecipe,
    *,
    device: str = "cpu",
    checkpoint: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ProseModel:
    """Train a network; its quality is the mean relative error on new trajectories.

    Args:
        recipe: settings.
        device: where it is trained; the model that comes back is on the CPU.
        checkpoint: file that an interrupted training goes on from.
        progress: called with the steps done and their number.

    Raises:
        ValueError: a device that is not there.
    """
    if device != "cpu" and not torch.cuda.is_available():
        raise ValueError(f"device: expected cpu, for there is no GPU, got {device!r}")
    network, lessons = recipe.network().to(device), recipe.lessons()

    def batches(number: int) -> Lesson:
        return lessons(number).to(device)

    held = [batches(_JUDGED + k) for k in range(-(-_HELD // recipe.batch))]

    def judge(module: nn.Module) -> float:
        errors = [
            relative_l2(module(b.points, b.features, b.queries, b.guess), b.truth).clamp(max=1.0)
            for b in held
        ]
        return float(torch.cat(errors).mean())

    history = fit(
        network, _loss(recipe), batches, recipe.training, judge=judge, checkpoint=checkpoint,
        fingerprint=digest_of({"recipe": tree.plain(recipe)}), progress=progress,
    )  # fmt: skip
    network = network.to("cpu")
    return ProseModel(
        recipe=recipe, network=network, history=history, quantile=_quantile(network, recipe)
    )


@torch.no_grad()
def _quantile(network: PROSE, recipe: ProseRecipe) -> Float[np.ndarray, " S"]:
    """Conformal quantile of the errors at each later time, on trajectories of its own.

    The ceil((n + 1) .95)-th least of n scores (Lei et al. 2018, section 2).
    """
    lessons = replace(recipe.lessons(), queries=len(TIMES) - SEEN)
    scores = []
    for k in range(-(-_CALIBRATED // recipe.batch)):
        b = lessons(2 * _JUDGED + k)
        found = network(b.points, b.features, b.queries, b.guess)
        size = b.features.square().mean(dim=1, keepdim=True).sqrt()
        error = (found - b.truth).abs() / size.clamp(min=1e-12)
        # A state that a family does not have is no error that was avoided.
        scores.append(error.masked_fill(size == 0, torch.nan).transpose(1, 2).flatten(0, 1))
    every = torch.cat(scores).numpy()
    every = every[np.isfinite(every).all(axis=1)]
    level = min(np.ceil((len(every) + 1) * 0.95) / len(every), 1.0)
    return np.quantile(every, level, axis=0, method="higher").astype(float)


def save_prose(path: Path, model: ProseModel, origin: Mapping[str, Any]) -> None:
    """Write a model: safetensors, the settings in its header; the file is whole or absent."""
    write_network(
        path, _FORMAT, model.network, model.history, {"quantile": model.quantile},
        {"recipe": tree.plain(model.recipe), "origin": dict(origin)},
    )  # fmt: skip


def load_prose(path: Path) -> ProseModel:
    """Read what `save_prose` wrote.

    Raises:
        ValueError: missing, damaged, or not such a model.
    """
    stored = read_network(path, _FORMAT)
    recipe = tree.build(ProseRecipe, stored.settings["recipe"], str(path))
    network = recipe.network()
    stored.fill(network)
    return ProseModel(
        recipe=recipe, network=network, history=stored.history,
        quantile=stored.arrays["quantile"],
    )  # fmt: skip
