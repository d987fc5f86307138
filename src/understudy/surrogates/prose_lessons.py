"""What PROSE learns from: noisy windows of trajectories, guesses, solutions, equations.

Trajectories are drawn as they are needed, some hundred of each family at a time; batch k is a
function of k and of the seed, so that a training may stop and go on. States are named u0, u1, ...
and padded with zeros to the largest family (Liu, Zhang & Schaeffer 2024, section 4).
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from understudy.equations.equation import Equation, renamed
from understudy.equations.family import KINDS, guesses
from understudy.equations.ode_families import ODE_FAMILIES
from understudy.equations.tokens import Tokenizer, rounded
from understudy.equations.trajectories import TIMES, draw, noisy

__all__ = ["SEEN", "STATES", "Lesson", "Lessons", "longest_of", "padded", "words_of"]

SEEN = 64
"""Points of a window; the trajectory goes on to three times its length."""
STATES = ("u0", "u1", "u2", "u3", "u4")
"""Names of the states of every system that a network reads."""
_SHORT = 100
"""Words of an equation that is not long."""
_LEAST = 256
"""Words that the longest equation of a network may have at least."""
_SHARES = (0.7, 0.15, 0.15)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Lesson:
    """A batch.

    Attributes:
        points: times of the windows over the length of the trajectories.
        features: noisy states.
        queries: later times, likewise.
        truth: states there, without noise.
        guess: words of what is believed; None: nothing is.
        words: of the equation, with its numbers.
    """

    points: Float[Tensor, "b n 1"]
    features: Float[Tensor, "b n d"]
    queries: Float[Tensor, "b q 1"]
    truth: Float[Tensor, "b q d"]
    guess: Int[Tensor, "b l"] | None
    words: Int[Tensor, "b k"]

    def by_length(self) -> "list[Lesson]":
        """Samples with short and with long equations apart, so that few words are padding."""
        lengths = (self.words != 0).sum(1)
        parts = [lengths <= _SHORT, lengths > _SHORT]
        if not bool(parts[0].any()) or not bool(parts[1].any()):
            return [self]
        return [self._only(part) for part in parts]

    def to(self, device: str) -> "Lesson":
        """The same on a device."""
        guess = None if self.guess is None else self.guess.to(device)
        return Lesson(
            points=self.points.to(device), features=self.features.to(device),
            queries=self.queries.to(device), truth=self.truth.to(device), guess=guess,
            words=self.words.to(device),
        )  # fmt: skip

    def _only(self, chosen: Tensor) -> "Lesson":
        guess = None if self.guess is None else _trimmed(self.guess[chosen])
        return Lesson(
            points=self.points[chosen], features=self.features[chosen],
            queries=self.queries[chosen], truth=self.truth[chosen], guess=guess,
            words=_trimmed(self.words[chosen]),
        )  # fmt: skip


def _trimmed(words: Int[Tensor, "b l"]) -> Int[Tensor, "b k"]:
    """Without columns of padding alone."""
    return words[:, : int((words != 0).sum(1).max())]


def words_of(tokenizer: Tokenizer, equation: Equation) -> list[int]:
    """Words of an equation whatever its states are called."""
    return tokenizer.encode(renamed(equation, STATES[: len(equation.states)]))


def longest_of(families: tuple[str, ...], tokenizer: Tokenizer) -> int:
    """Most words that an equation may have, with room for a term too many; a multiple of 64."""
    most = 0
    for name in families:
        family, equation = ODE_FAMILIES[name], _named(name)
        # No mean is a number that has a word of its own, so none is shorter than a draw.
        values = {p: 1.0123 * family.means[p] for p in equation.parameters}
        most = max(most, len(tokenizer.encode(rounded(equation.with_values(values)))))
    return max(-(-(most + 16) // 64) * 64, _LEAST)


def padded(rows: list[list[int]]) -> Int[Tensor, "b l"]:
    """Words of several equations, 0 behind the shorter ones."""
    longest = max(len(row) for row in rows)
    return torch.tensor([row + [0] * (longest - len(row)) for row in rows])


@final
@dataclass(frozen=True, kw_only=True)
class Lessons:
    """Batches by number.

    Attributes:
        families: names, of `ODE_FAMILIES`.
        tokenizer: of equations.
        seed: of all draws.
        batch: samples.
        queries: later times that are asked for in a batch.
        noise: of the windows, over the norm of the trajectory.
        blind: share of the batches without a guess.
        chunk: batches whose trajectories are drawn together.
    """

    families: tuple[str, ...]
    tokenizer: Tokenizer
    seed: int
    batch: int = 32
    queries: int = 32
    noise: float = 0.02
    blind: float = 0.1
    chunk: int = 32
    _kept: dict[int, list[tuple[str, np.ndarray, np.ndarray]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        unknown = set(self.families) - set(ODE_FAMILIES)
        if unknown or not self.families:
            raise ValueError(
                f"families: expected some of {', '.join(ODE_FAMILIES)}, got "
                f"{', '.join(sorted(unknown)) or 'none'}"
            )
        if min(self.batch, self.queries, self.chunk) < 1:
            raise ValueError("batch, queries, chunk: expected at least 1")
        if not 0.0 <= self.noise < 1.0 or not 0.0 <= self.blind <= 1.0:
            raise ValueError(
                f"noise, blind: expected shares, got {self.noise:g} and {self.blind:g}"
            )

    def __call__(self, number: int) -> Lesson:
        """Batch of a number."""
        samples = self._drawn(number // self.chunk)
        rng = np.random.default_rng([self.seed, 1, number])
        first = number % self.chunk * self.batch
        own = samples[first : first + self.batch]
        later = np.sort(rng.choice(np.arange(SEEN, len(TIMES)), self.queries, replace=False))
        states = np.zeros((self.batch, len(TIMES), len(STATES)))
        windows = np.zeros((self.batch, SEEN, len(STATES)))
        for k, (_, _, solution) in enumerate(own):
            d = solution.shape[1]
            states[k, :, :d] = solution
            # States that a family does not have take no share of the noise.
            windows[k, :, :d] = noisy(solution[None], self.noise, rng)[0, :SEEN]
        share = TIMES / TIMES[-1]
        guess = None
        if rng.uniform() >= self.blind:
            guess = padded([self._guess(name, rng) for name, _, _ in own])
        return Lesson(
            points=_column(share[:SEEN], self.batch),
            features=torch.from_numpy(windows).float(),
            queries=_column(share[later], self.batch),
            truth=torch.from_numpy(states[:, later]).float(),
            guess=guess,
            words=padded([self._words(name, values) for name, values, _ in own]),
        )

    def _drawn(self, chunk: int) -> list[tuple[str, np.ndarray, np.ndarray]]:
        """Family, parameters and states of the samples of some batches, in random order."""
        if chunk not in self._kept:
            self._kept.clear()
            rng = np.random.default_rng([self.seed, 0, chunk])
            wanted = self.batch * self.chunk
            each = -(-wanted // len(self.families))
            found = []
            for name in self.families:
                made = draw(ODE_FAMILIES[name], each, rng)
                found += [(name, v, s) for v, s in zip(made.values, made.states, strict=True)]
            order = rng.permutation(len(found))[:wanted]
            self._kept[chunk] = [found[k] for k in order]
        return self._kept[chunk]

    def _guess(self, name: str, rng: np.random.Generator) -> list[int]:
        every = _guessed(name, self.tokenizer)
        own = every[str(rng.choice(KINDS, p=_SHARES))] or every["untouched"]
        return own[int(rng.integers(len(own)))]

    def _words(self, name: str, values: np.ndarray) -> list[int]:
        equation = _named(name)
        known = dict(zip(equation.parameters, values.tolist(), strict=True))
        return self.tokenizer.encode(rounded(equation.with_values(known)))


def _column(values: np.ndarray, many: int) -> Tensor:
    return torch.from_numpy(values).float()[:, None].expand(many, -1, -1)


@lru_cache(maxsize=64)
def _named(name: str) -> Equation:
    """The equation of a family with the states of all."""
    equation = ODE_FAMILIES[name].equation
    return renamed(equation, STATES[: len(equation.states)])


@lru_cache(maxsize=64)
def _guessed(name: str, tokenizer: Tokenizer) -> dict[str, list[list[int]]]:
    """Words of all guesses of a family by kind."""
    return {
        kind: [tokenizer.encode(e) for e in own] for kind, own in guesses(_named(name)).items()
    }
