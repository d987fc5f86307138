"""Trajectories of families: draws that stay bounded, and noise of an exact size."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.family import Family
from understudy.equations.rhs import RightHandSide, first_order
from understudy.equations.runge_kutta import RungeKutta

__all__ = ["TIMES", "Trajectories", "draw", "draw_windows", "noisy"]

TIMES = np.linspace(0.0, 6.0, 192)
"""Of a trajectory; the first third is what a surrogate sees."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Trajectories:
    """Solutions of one family.

    Attributes:
        times: of the states.
        values: of the parameters, a row a sample.
        states: solutions without noise.
        accepted: share of the draws that stayed bounded.
    """

    times: Float[np.ndarray, " T"]
    values: Float[np.ndarray, "n P"]
    states: Float[np.ndarray, "n T D"]
    accepted: float


def draw(
    family: Family,
    n: int,
    rng: np.random.Generator,
    *,
    times: Float[np.ndarray, " T"] = TIMES,
    method: RungeKutta | None = None,
    bound: float = 1e3,
) -> Trajectories:
    """Trajectories whose states stay below a bound; others are drawn again.

    Raises:
        ValueError: fewer than one draw in a hundred stays below it.
    """
    right = RightHandSide(first_order(family.equation))
    solver = method or RungeKutta()
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    tried = found = 0
    while found < n:
        missing = n - found
        many = missing if not tried else int(1.2 * missing * tried / max(found, 1)) + 8
        values, start = family.values(many, rng), family.initial(many, rng)
        states = solver.solve(right, values, start, times)
        fine = (np.abs(states) < bound).all(axis=(1, 2))
        kept.append((values.T[fine], states[fine]))
        tried, found = tried + many, found + int(fine.sum())
        if found < tried / 100 and tried > 1000:
            raise ValueError(f"{family.name}: only {found} of {tried} draws stay below {bound:g}")
    values, states = (np.concatenate(parts)[:n] for parts in zip(*kept, strict=True))
    return Trajectories(times=times, values=values, states=states, accepted=found / tried)


def draw_windows(
    family: Family,
    n: int,
    windows: int,
    rng: np.random.Generator,
    *,
    times: Float[np.ndarray, " T"] = TIMES,
    bound: float = 1e3,
) -> tuple[Float[np.ndarray, "n P"], Float[np.ndarray, "n w T D"]]:
    """Parameters of n samples, and several trajectories of each, which stay below a bound.

    Raises:
        ValueError: as `draw`; a hundred initial values of a sample that all leave the bound.
    """
    first = draw(family, n, rng, times=times, bound=bound)
    right, solver = RightHandSide(first_order(family.equation)), RungeKutta()
    states = np.repeat(first.states[:, None], windows, axis=1)
    for window in range(1, windows):
        missing = np.arange(n)
        for _ in range(100):
            start = family.initial(len(missing), rng)
            made = solver.solve(right, first.values[missing].T, start, times)
            fine = (np.abs(made) < bound).all(axis=(1, 2))
            states[missing[fine], window] = made[fine]
            missing = missing[~fine]
            if not len(missing):
                break
        else:
            raise ValueError(
                f"{family.name}: no trajectory of {first.values[missing[0]]} stays below {bound:g}"
            )
    return first.values, states


def noisy(
    states: Float[np.ndarray, "n T D"], share: float, rng: np.random.Generator
) -> Float[np.ndarray, "n T D"]:
    """Normal noise whose norm is a share of that of each trajectory, exactly."""
    noise = rng.standard_normal(states.shape)
    sizes = [np.linalg.norm(a.reshape(len(a), -1), axis=1) for a in (states, noise)]
    return states + noise * (share * sizes[0] / sizes[1])[:, None, None]
