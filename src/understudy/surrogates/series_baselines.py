"""What one would try first to continue a window: its last value, a linear model, a sparse one.

Dynamic mode decomposition with delays (Tu et al. 2014; Le Clainche & Vega 2017): of the rows
h_k = (u_k, ..., u_(k+q-1)) the matrix A = argmin |H_1 - A H_0| of low rank continues the window.

Sparse identification of an ensemble (Brunton, Proctor & Kutz 2016, eqs. 7 and 8; Fasel et al.
2022): rates of a smoothed window are regressed on products of states, small numbers struck out
again and again, for rows drawn with replacement; medians of the numbers that half of the draws
keep.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.signal import savgol_filter

from understudy.equations.equation import Equation
from understudy.equations.family import monomials
from understudy.equations.rhs import RightHandSide
from understudy.equations.runge_kutta import RungeKutta
from understudy.equations.terms import Terms

__all__ = ["dynamic_modes", "ensemble_sindy", "persistence"]


def persistence(windows: Float[np.ndarray, "n T D"], steps: int) -> Float[np.ndarray, "n S D"]:
    """The mean of the last four points, for ever."""
    last = windows[:, -4:].mean(axis=1, keepdims=True)
    return np.repeat(last, steps, axis=1)


def dynamic_modes(
    windows: Float[np.ndarray, "n T D"], steps: int, *, delays: int = 24, energy: float = 0.999
) -> Float[np.ndarray, "n S D"]:
    """Continue windows by modes of delays, none of which grows.

    Args:
        windows: evenly spaced noisy states.
        steps: points to continue.
        delays: rows that are stacked.
        energy: share of the squared singular values that is kept.

    Raises:
        ValueError: fewer than two rows of delays in a window.
    """
    n, length, d = windows.shape
    if length < delays + 2:
        raise ValueError(f"delays: expected at most {length - 2}, got {delays}")
    found = np.empty((n, steps, d))
    for k, window in enumerate(windows):
        rows = np.lib.stride_tricks.sliding_window_view(window, delays, axis=0)
        hankel = rows.reshape(len(rows), -1).T
        u, s, vt = np.linalg.svd(hankel[:, :-1], full_matrices=False)
        rank = int(np.searchsorted(np.cumsum(s**2), energy * (s**2).sum())) + 1
        u, s, vt = u[:, :rank], s[:rank], vt[:rank]
        small = u.T @ hankel[:, 1:] @ vt.T / s
        values, vectors = np.linalg.eig(small)
        values = values / np.maximum(np.abs(values), 1.0)
        first = np.linalg.lstsq(vectors, u.T @ hankel[:, -1], rcond=None)[0]
        powers = values[:, None] ** np.arange(1, steps + 1)
        made = (u @ vectors @ (powers * first[:, None])).real
        found[k] = made.reshape(d, delays, steps)[:, -1].T
    return found


def ensemble_sindy(
    times: Float[np.ndarray, " T"],
    windows: Float[np.ndarray, "w T D"],
    states: Sequence[str],
    ahead: Float[np.ndarray, " S"],
    *,
    degree: int = 2,
    threshold: float = 0.1,
    models: int = 50,
) -> Float[np.ndarray, "S D"]:
    """Continue the last window from its last smoothed point; infinite where that blows up.

    Args:
        times: evenly spaced, of a window.
        windows: noisy states that obey one equation.
        states: names of the components.
        ahead: times of the forecast, counted as `times` and on from its first.
        degree: of the products.
        threshold: numbers below it, of products and rates over their sizes, are struck out.
        models: of the ensemble.
    """
    step = float(times[1] - times[0])
    smooth = savgol_filter(windows, 15, 4, axis=1)
    rate = savgol_filter(windows, 15, 4, deriv=1, delta=step, axis=1)
    library = monomials(tuple(states), degree)
    inner = slice(4, -4)
    columns = np.concatenate([_products(library, states, w)[inner] for w in smooth])
    targets = np.concatenate([r[inner] for r in rate])
    sizes = np.maximum(np.linalg.norm(columns, axis=0), 1e-300) / np.sqrt(len(columns))
    scale = np.maximum(targets.std(axis=0), 1e-300)
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(models):
        rows = rng.integers(0, len(columns), len(columns))
        drawn.append(_thresholded(columns[rows] / sizes, targets[rows] / scale, threshold))
    kept = np.array(drawn)
    numbers = np.where((kept != 0).mean(axis=0) >= 0.5, np.median(kept, axis=0), 0.0)
    numbers *= scale / sizes[:, None]
    right = []
    for component in numbers.T:
        total = Terms(())
        for number, product in zip(component.tolist(), library, strict=True):
            if number:
                total += Terms.number(number) * product
        right.append(total)
    equation = Equation(states=tuple(states), orders=(1,) * len(states), right=tuple(right))
    later = ahead[len(times) - 1 :]
    found = np.full((len(ahead), len(states)), np.nan)
    found[: len(times)] = smooth[-1]
    made = RungeKutta().solve(
        RightHandSide(equation), np.empty((0, 1)), smooth[-1, -1][:, None], later
    )
    found[len(times) :] = made[0, 1:]
    return found


def _products(
    library: Sequence[Terms], states: Sequence[str], window: Float[np.ndarray, "T D"]
) -> Float[np.ndarray, "T M"]:
    place = {name: i for i, name in enumerate(states)}
    columns = []
    for terms in library:
        column = np.ones(len(window))
        for factor, exponent in terms.monomials[0]:
            column = column * window[:, place[getattr(factor, "name", "")]] ** exponent
        columns.append(column)
    return np.stack(columns, axis=1)


def _thresholded(
    columns: Float[np.ndarray, "r M"], targets: Float[np.ndarray, "r D"], threshold: float
) -> Float[np.ndarray, "M D"]:
    """Sequentially thresholded least squares."""
    found = np.linalg.lstsq(columns, targets, rcond=None)[0]
    for _ in range(10):
        small = np.abs(found) < threshold
        found[small] = 0.0
        for d in range(targets.shape[1]):
            big = ~small[:, d]
            if big.any():
                found[big, d] = np.linalg.lstsq(columns[:, big], targets[:, d], rcond=None)[0]
    return found
