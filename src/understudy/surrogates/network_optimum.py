"""The least or greatest value of a certified network over a box, to global optimality.

With h_j for relu(a_j x + b_j) and bounds L_j <= a_j x + b_j <= U_j of the box, a mixed-integer
program (Tjeng, Xiao & Tedrake 2019, arXiv 1711.07356, eq. 4):

    h >= 0,   h >= a x + b,   h <= a x + b - L (1 - q),   h <= U q,   q in {0, 1}.

Neurons whose sign does not change in the box are linear or absent, and those that the objective
itself keeps down need no q. SciPy's HiGHS solves it and says how far any other input could be.
Inputs are scaled to the box and neurons to the widest of them: units do not meet its tolerances.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.optimize import Bounds, LinearConstraint, milp

from understudy.surrogates.quantity_of_interest import QuantityModel

__all__ = ["Optimum", "optimum", "worst_change"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Optimum:
    """An input, its value, and what is proved.

    Attributes:
        x: the input.
        value: of the network there.
        bound: no input of the box is better than this.
        binaries: neurons whose state was searched.
    """

    x: Float[np.ndarray, " d"]
    value: float
    bound: float
    binaries: int

    @property
    def gap(self) -> float:
        """Distance of value and bound, in the unit of the value."""
        return abs(self.value - self.bound)


def optimum(
    model: QuantityModel,
    low: Float[np.ndarray, " d"],
    high: Float[np.ndarray, " d"],
    *,
    greatest: bool = False,
    within: tuple[Float[np.ndarray, "c d"], Float[np.ndarray, " c"]] | None = None,
    gap: float = 1e-6,
    seconds: float = 60.0,
) -> Optimum:
    """The best input of a box.

    Args:
        model: network.
        low: least inputs.
        high: greatest inputs.
        greatest: seek the greatest value, not the least.
        within: matrix A and right side b of A x <= b.
        gap: relative gap at which the search ends.
        seconds: of the search, at most.

    Raises:
        ValueError: a box without inputs, or constraints that no input meets.
    """
    d = len(model.names)
    if low.shape != (d,) or high.shape != (d,) or not (low <= high).all():
        raise ValueError(
            f"box: expected {d} numbers each with low <= high, got {low.tolist()}, {high.tolist()}"
        )
    turn = -1.0 if greatest else 1.0
    signs = turn * model.signs
    middle, reach = (low + high) / 2, (high - low) / 2
    at, room = model.slopes @ middle + model.offsets, np.abs(model.slopes) @ reach
    unit = max(float(room.max(initial=0.0)), 1e-300)
    slopes, offsets = model.slopes * reach / unit, at / unit
    floor, ceiling = (at - room) / unit, (at + room) / unit
    always, open_ = floor >= 0, (floor < 0) & (ceiling > 0)
    loose = np.flatnonzero(open_)
    binary = np.flatnonzero(open_ & (signs < 0))
    m, q = len(loose), len(binary)
    cost = np.concatenate([signs[always] @ slopes[always], signs[loose], np.zeros(q)])
    rows, tops = [], []
    above = np.hstack([slopes[loose], -np.eye(m), np.zeros((m, q))])
    rows.append(above)
    tops.append(-offsets[loose])
    place = np.searchsorted(loose, binary)
    if q:
        below = np.zeros((q, d + m + q))
        below[:, :d] = -slopes[binary]
        below[np.arange(q), d + place] = 1.0
        below[np.arange(q), d + m + np.arange(q)] = -floor[binary]
        rows.append(below)
        tops.append(offsets[binary] - floor[binary])
        capped = np.zeros((q, d + m + q))
        capped[np.arange(q), d + place] = 1.0
        capped[np.arange(q), d + m + np.arange(q)] = -ceiling[binary]
        rows.append(capped)
        tops.append(np.zeros(q))
    if within is not None:
        scaled = within[0] * reach
        size = np.abs(scaled).max(axis=1)
        size = np.where(size > 0, size, 1.0)
        rows.append(np.hstack([scaled / size[:, None], np.zeros((len(size), m + q))]))
        tops.append((within[1] - within[0] @ middle) / size)
    found = milp(
        cost,
        constraints=LinearConstraint(np.vstack(rows), ub=np.concatenate(tops)),
        bounds=Bounds(
            np.concatenate([-np.ones(d), np.zeros(m + q)]),
            np.concatenate([np.ones(d), np.maximum(ceiling[loose], 0.0), np.ones(q)]),
        ),
        integrality=np.concatenate([np.zeros(d + m), np.ones(q)]),
        options={"mip_rel_gap": gap, "time_limit": seconds},
    )
    if found.x is None:
        raise ValueError(f"constraints: expected some input that meets them, got {found.message}")
    x = np.clip(middle + reach * found.x[:d], low, high)
    fixed = float(signs[always] @ offsets[always])
    dual = found.mip_dual_bound if found.mip_dual_bound is not None else found.fun
    value = float(model.predict(x[None])[0])
    return Optimum(
        x=x, value=value, bound=model.offset + turn * unit * (float(dual) + fixed), binaries=q
    )


def worst_change(
    model: QuantityModel, x: Float[np.ndarray, " d"], radius: Float[np.ndarray, " d"]
) -> float:
    """How much the value changes at most while inputs are off by their radii: a proved bound."""
    now = float(model.predict(x[None])[0])
    up = optimum(model, x - radius, x + radius, greatest=True)
    down = optimum(model, x - radius, x + radius)
    return max(up.bound - now, now - down.bound)
