"""What networks of fields learn from: noisy windows, guesses, later fields, equations.

Solutions are made once; windows of a batch are drawn anew, noise and guesses with them. Batch k is
a function of k and of the seed.
"""

from dataclasses import dataclass, field
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from understudy.equations.equation import Equation
from understudy.equations.family import KINDS, guesses
from understudy.equations.pde_families import PDE_FAMILIES, TIMES
from understudy.equations.tokens import Tokenizer, rounded
from understudy.nn import Training
from understudy.surrogates.evolution_networks import EvolutionNetwork, FourierSizes
from understudy.surrogates.evolution_sets import SEEN, FieldSet, noisy_fields
from understudy.surrogates.prose_lessons import padded

__all__ = [
    "TOKENIZER",
    "EvolutionLesson",
    "EvolutionLessons",
    "EvolutionRecipe",
    "scaled",
    "tensor",
    "words_of_field",
]

TOKENIZER = Tokenizer(states=("u",), space=4)
_NETWORK = EvolutionNetwork(symbol_fno=FourierSizes())
_SHARES = (0.7, 0.15, 0.15)


@final
@dataclass(frozen=True, kw_only=True)
class EvolutionRecipe:
    """Settings.

    Attributes:
        network: that learns.
        families: on the periodic line, drawn for the training; names of `PDE_FAMILIES`.
        pool: solutions that are drawn of each.
        spread: half width of the laws of their parameters, over the means.
        batch: windows a step.
        queries: points and times that are asked for in a batch.
        noise: of the windows, over the norm of the field.
        blind: share of the batches without a guess.
        words: weight of the words in the loss.
        training: of the network.
        seed: of weights, solutions and batches.
    """

    network: EvolutionNetwork = field(
        default_factory=lambda: EvolutionNetwork(symbol_fno=FourierSizes())
    )
    families: tuple[str, ...] = ("advection", "burgers", "fisher", "kdv")
    pool: int = 512
    spread: float = 0.1
    batch: int = 16
    queries: int = 512
    noise: float = 0.02
    blind: float = 0.1
    words: float = 0.1
    training: Training = field(default_factory=Training)
    seed: int = 0

    def __post_init__(self) -> None:
        unknown = set(self.families) - set(PDE_FAMILIES)
        if unknown:
            raise ValueError(
                f"families: expected some of {', '.join(PDE_FAMILIES)}, got {sorted(unknown)}"
            )
        if min(self.pool, self.batch, self.queries) < 1 or self.words < 0:
            raise ValueError("pool, batch, queries, words: expected at least 1, and 0 for words")
        if not 0 <= self.noise < 1 or not 0 <= self.blind <= 1 or not 0 <= self.spread < 1:
            raise ValueError(
                f"noise, blind, spread: expected shares, got {self.noise:g}, {self.blind:g}, "
                f"{self.spread:g}"
            )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class EvolutionLesson:
    """A batch.

    Attributes:
        points: places over the length of the domain.
        features: noisy slices, a column each.
        queries: later times over the length of the field in time, then places; those of all
            samples are the same.
        truth: values there, without noise.
        guess: words of what is believed; None: nothing is.
        words: of the equation, with its numbers.
    """

    points: Float[Tensor, "b n d"]
    features: Float[Tensor, "b n f"]
    queries: Float[Tensor, "b q e"]
    truth: Float[Tensor, "b q 1"]
    guess: Int[Tensor, "b l"] | None
    words: Int[Tensor, "b k"]


@final
@dataclass(frozen=True, kw_only=True)
class EvolutionLessons:
    """Batches by number.

    Attributes:
        sets: solutions of each family.
        recipe: settings.
        queries: points and times a batch; 0: all.
        held: whether solutions are of the last tenth of each set, which training does not see, or
            of those before.
    """

    sets: tuple[FieldSet, ...]
    recipe: EvolutionRecipe
    queries: int
    held: bool = False

    def __call__(self, number: int) -> EvolutionLesson:
        """Batch of a number."""
        rng = np.random.default_rng([self.recipe.seed, 1, number])
        windows, truths, words, guessed = [], [], [], []
        blind = rng.uniform() < self.recipe.blind
        points = scaled(self.sets[0].place.points)
        later = np.arange(SEEN, len(TIMES))
        for _ in range(self.recipe.batch):
            own = self.sets[int(rng.integers(len(self.sets)))]
            cut = len(own.states) - len(own.states) // 10
            one = int(rng.integers(*((cut, len(own.states)) if self.held else (0, cut))))
            states = own.states[one]
            size = self.recipe.noise * np.sqrt((states**2).mean(keepdims=True))[:, 0]
            windows.append(noisy_fields(own, states[None, :SEEN], size, rng)[0].T)
            truths.append(states[later])
            words.append(words_of_field(own, one))
            guessed.append(_guess(own.equation, rng))
        many = len(later) * len(points)
        asked = rng.integers(0, many, self.queries) if self.queries else np.arange(many)
        slices, nodes = np.divmod(asked, len(points))
        share = TIMES[later] / TIMES[-1]
        queries = np.concatenate([share[slices, None], points[nodes]], axis=1)
        truth = np.stack(truths)[:, slices, nodes]
        return EvolutionLesson(
            points=tensor(points).expand(self.recipe.batch, -1, -1),
            features=tensor(np.stack(windows)),
            queries=tensor(queries).expand(self.recipe.batch, -1, -1),
            truth=tensor(truth[..., None]),
            guess=None if blind else padded(guessed),
            words=padded(words),
        )


def scaled(points: Float[np.ndarray, "X d"]) -> Float[np.ndarray, "X d"]:
    """Coordinates over the length of the domain; that of a periodic line is a step longer."""
    if points.shape[1] == 1:
        return (points - points[0]) / (len(points) * (points[1] - points[0]))
    return (points - points.min(axis=0)) / np.ptp(points, axis=0).max()


def tensor(values: np.ndarray) -> Tensor:
    """In single precision."""
    return torch.from_numpy(np.ascontiguousarray(values)).float()


def words_of_field(own: FieldSet, one: int) -> list[int]:
    """Of the equation of a solution, with its numbers."""
    known = dict(zip(own.equation.parameters, own.values[one].tolist(), strict=True))
    return TOKENIZER.encode(rounded(own.equation.with_values(known)))


def _guess(equation: Equation, rng: np.random.Generator) -> list[int]:
    every = guesses(equation)
    own = every[str(rng.choice(KINDS, p=_SHARES))] or every["untouched"]
    return TOKENIZER.encode(own[int(rng.integers(len(own)))])
