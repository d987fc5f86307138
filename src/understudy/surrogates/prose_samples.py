"""New trajectories to be judged by, split by family, noise, spread, guess and windows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.equation import Equation
from understudy.equations.family import Family, guess
from understudy.equations.ode_families import ODE_FAMILIES
from understudy.equations.trajectories import draw_windows, noisy
from understudy.surrogates.prose_lessons import SEEN, STATES

__all__ = ["Sample", "Split", "outside_systems", "samples_of"]

_GUESSES = ("perturbed", "right", "added", "deleted", "none")


@final
@dataclass(frozen=True, kw_only=True)
class Split:
    """New trajectories.

    Attributes:
        families: names, of `ODE_FAMILIES`.
        outside: names of systems that no family holds, whose trajectories are at hand.
        each: samples of a family.
        noise: of the windows, over the norm of the trajectory.
        spread: half width of the laws of the parameters, over their means.
        guess: `perturbed` as in training, `right`, `added` or `deleted` (a term), `none`.
        windows: of a sample; the last one is continued.
        known_noise: whether answers are told the deviation of the noise.
        seed: of all draws.
    """

    families: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    each: int = 20
    noise: float = 0.02
    spread: float = 0.1
    guess: str = "perturbed"
    windows: int = 1
    known_noise: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        unknown = set(self.families) - set(ODE_FAMILIES)
        if unknown or not (self.families or self.outside):
            raise ValueError(
                f"families: expected some of {', '.join(ODE_FAMILIES)}, got {sorted(unknown)}"
            )
        if self.outside and (self.families or self.guess != "none"):
            raise ValueError(
                "outside: expected no families beside them and no guess, got "
                f"{list(self.families)} and {self.guess!r}"
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
    """Samples of one family, or of one system outside all of them.

    Attributes:
        name: of either.
        family: with the laws of the split; None: outside.
        values: of the parameters.
        states: solutions without noise.
        windows: what is seen.
        guesses: one a sample; None: none has one.
        noise: its deviation in each window; None: that is not known.
    """

    name: str
    family: Family | None
    values: Float[np.ndarray, "n P"]
    states: Float[np.ndarray, "n w T D"]
    windows: Float[np.ndarray, "n w S D"]
    guesses: tuple[Equation, ...] | None
    noise: Float[np.ndarray, "n w"] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Of the components."""
        if self.family is None:
            return STATES[: self.states.shape[-1]]
        return self.family.equation.states

    @property
    def truth(self) -> Float[np.ndarray, "n S D"]:
        """What is asked for."""
        return self.states[:, -1, SEEN:]


def outside_systems(path: Path) -> dict[str, Float[np.ndarray, "n w T D"]]:
    """States of systems by name, samples of several windows each.

    Raises:
        ValueError: no such file.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    with np.load(path) as file:
        return {name: file[name].astype(float) for name in file.files}


def samples_of(
    split: Split, outside: Mapping[str, Float[np.ndarray, "_n _w _t _d"]] | None = None
) -> list[Sample]:
    """The samples of a split, family by family.

    Args:
        split: what is wanted.
        outside: states of systems that no family holds, by name.

    Raises:
        ValueError: a system that is not there, or of which there is too little.
    """
    known = outside or {}
    for name in split.outside:
        there = known[name].shape[:2] if name in known else (0, 0)
        if there[0] < split.each or there[1] < split.windows:
            raise ValueError(
                f"outside: expected {split.each} samples of {split.windows} windows of {name}, "
                f"got {there[0]} of {there[1]}"
            )
    found = []
    for name in split.families:
        rng = np.random.default_rng([split.seed, list(ODE_FAMILIES).index(name)])
        family = replace(ODE_FAMILIES[name], spread=split.spread)
        values, states = draw_windows(family, split.each, split.windows, rng)
        found.append(
            Sample(
                name=name, family=family, values=values, states=states,
                windows=_seen(states, split.noise, rng), guesses=_guesses(family, split, rng),
                noise=_deviation(states, split),
            )
        )  # fmt: skip
    for k, name in enumerate(split.outside):
        rng = np.random.default_rng([split.seed, 1000 + k])
        states = known[name][: split.each, : split.windows]
        found.append(
            Sample(
                name=name, family=None, values=np.empty((len(states), 0)), states=states,
                windows=_seen(states, split.noise, rng), guesses=None,
                noise=_deviation(states, split),
            )
        )  # fmt: skip
    return found


def _seen(states: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    rows = noisy(states.reshape(-1, *states.shape[2:]), noise, rng)
    return rows.reshape(states.shape)[:, :, :SEEN]


def _deviation(states: np.ndarray, split: Split) -> Float[np.ndarray, "n w"] | None:
    if not split.known_noise:
        return None
    return split.noise * np.sqrt((states**2).mean(axis=(2, 3)))


def _guesses(
    family: Family, split: Split, rng: np.random.Generator
) -> tuple[Equation, ...] | None:
    if split.guess == "none":
        return None
    kind = {"perturbed": None, "right": "untouched"}.get(split.guess, split.guess)
    return tuple(guess(family.equation, rng, kind).equation for _ in range(split.each))
