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
    values, states, accepted = draw_windows(
        family, n, 1, rng, times=times, method=method, bound=bound
    )
    return Trajectories(times=times, values=values, states=states[:, 0], accepted=accepted)


def draw_windows(
    family: Family,
    n: int,
    windows: int,
    rng: np.random.Generator,
    *,
    times: Float[np.ndarray, " T"] = TIMES,
    method: RungeKutta | None = None,
    bound: float = 1e3,
) -> tuple[Float[np.ndarray, "n P"], Float[np.ndarray, "n w T D"], float]:
    """Parameters of n samples, several trajectories of each, and the share of draws that served.

    Raises:
        ValueError: fewer than one draw in a hundred stays below the bound.
    """
    right = RightHandSide(first_order(family.equation))
    solver = method or RungeKutta()
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    tried = found = 0
    while found < n:
        missing = n - found
        many = missing if not tried else int(1.2 * missing * tried / max(found, 1)) + 8
        values, start = family.values(many, rng), family.initial(many * windows, rng)
        states = solver.solve(right, np.repeat(values, windows, axis=1), start, times)
        states = states.reshape(many, windows, *states.shape[1:])
        fine = (np.abs(states) < bound).all(axis=(1, 2, 3))
        kept.append((values.T[fine], states[fine]))
        tried, found = tried + many, found + int(fine.sum())
        if found < tried / 100 and tried > 1000:
            raise ValueError(f"{family.name}: only {found} of {tried} draws stay below {bound:g}")
    values, states = (np.concatenate(parts)[:n] for parts in zip(*kept, strict=True))
    return values, states, found / tried


def noisy(
    states: Float[np.ndarray, "n T D"], share: float, rng: np.random.Generator
) -> Float[np.ndarray, "n T D"]:
    """Normal noise whose norm is a share of that of each trajectory, exactly."""
    noise = rng.standard_normal(states.shape)
    sizes = [np.linalg.norm(a.reshape(len(a), -1), axis=1) for a in (states, noise)]
    return states + noise * (share * sizes[0] / sizes[1])[:, None, None]
