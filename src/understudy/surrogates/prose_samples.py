"""New trajectories to be judged by, split by family, noise, spread, guess and windows."""

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.equation import Equation
from understudy.equations.family import Family, guess
from understudy.equations.ode_families import ODE_FAMILIES
from understudy.equations.trajectories import draw_windows, noisy
from understudy.surrogates.prose_lessons import SEEN

__all__ = ["Sample", "Split", "samples_of"]

_GUESSES = ("perturbed", "right", "added", "deleted", "none")


@final
@dataclass(frozen=True, kw_only=True)
class Split:
    """New trajectories.

    Attributes:
        families: names, of `ODE_FAMILIES`.
        each: samples of a family.
        noise: of the windows, over the norm of the trajectory.
        spread: half width of the laws of the parameters, over their means.
        guess: `perturbed` as in training, `right`, `added` or `deleted` (a term), `none`.
        windows: of a sample; the last one is continued.
        seed: of all draws.
    """

    families: tuple[str, ...]
    each: int = 20
    noise: float = 0.02
    spread: float = 0.1
    guess: str = "perturbed"
    windows: int = 1
    seed: int = 1

    def __post_init__(self) -> None:
        unknown = set(self.families) - set(ODE_FAMILIES)
        if unknown or not self.families:
            raise ValueError(
                f"families: expected some of {', '.join(ODE_FAMILIES)}, got {sorted(unknown)}"
            )
        if self.guess not in _GUESSES:
            raise ValueError(f"guess: expected one of {', '.join(_GUESSES)}, got {self.guess!r}")
        if min(self.each, self.windows) < 1:
            raise ValueError(
                f"each, windows: expected at least 1, got {self.each}, {self.windows}"
            )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Sample:
    """Samples of one family.

    Attributes:
        family: with the laws of the split.
        values: of the parameters.
        states: solutions without noise.
        windows: what is seen.
        guesses: one a sample; None: none has one.
    """

    family: Family
    values: Float[np.ndarray, "n P"]
    states: Float[np.ndarray, "n w T D"]
    windows: Float[np.ndarray, "n w S D"]
    guesses: tuple[Equation, ...] | None

    @property
    def truth(self) -> Float[np.ndarray, "n S D"]:
        """What is asked for."""
        return self.states[:, -1, SEEN:]


def samples_of(split: Split) -> list[Sample]:
    """The samples of a split, family by family."""
    found = []
    for name in split.families:
        rng = np.random.default_rng([split.seed, list(ODE_FAMILIES).index(name)])
        family = replace(ODE_FAMILIES[name], spread=split.spread)
        values, states = draw_windows(family, split.each, split.windows, rng)
        shape = states.shape
        seen = noisy(states.reshape(-1, *shape[2:]), split.noise, rng).reshape(shape)[:, :, :SEEN]
        found.append(
            Sample(
                family=family, values=values, states=states, windows=seen,
                guesses=_guesses(family, split, rng),
            )
        )  # fmt: skip
    return found


def _guesses(
    family: Family, split: Split, rng: np.random.Generator
) -> tuple[Equation, ...] | None:
    if split.guess == "none":
        return None
    kind = {"perturbed": None, "right": "untouched"}.get(split.guess, split.guess)
    return tuple(guess(family.equation, rng, kind).equation for _ in range(split.each))
