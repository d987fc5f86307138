"""The greatest squared error in a box, as a loss of two rows a sample.

With no f in the box below m+ or above -m-, the error is at most e = max(y - m+, -y - m-), and
e^2 / 2 its loss. Solvers get e smoothed,

    e <= tau log(exp((y - m+) / tau) + exp((-y - m-) / tau)) <= e + tau log 2.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.special import expit

from understudy.convex.losses import Sloped, Squared
from understudy.convex.problem import ReluProblem

__all__ = ["Boxes", "WorstSquare", "boxed"]

Values = Float[np.ndarray, " n"]
Halves = Float[np.ndarray, " k"]

_SMOOTHING = 3e-3
"""Of the greatest error, over the deviation of y."""


@final
@dataclass(frozen=True, eq=False)
class WorstSquare:
    """Of margins m+, then m-, both of all samples.

    Attributes:
        target: y of the samples.
        smoothing: tau.
    """

    target: Float[np.ndarray, " k"]
    smoothing: float

    def _errors(self, f: Values) -> tuple[Halves, Halves]:
        above, below = np.split(f, 2)
        return self.target - above, -self.target - below

    def _both(self, f: Values) -> tuple[Halves, Halves]:
        """The smoothed e, and the share of the first."""
        one, two = self._errors(f)
        return (
            self.smoothing * np.logaddexp(one / self.smoothing, two / self.smoothing),
            expit((one - two) / self.smoothing),
        )

    def worst(self, f: Values) -> Halves:
        """The e of each sample."""
        return np.maximum(*self._errors(f))

    def value(self, f: Values, y: Values) -> float:
        """Half the sum of squares."""
        del y
        error = self._both(f)[0]
        return 0.5 * float(error @ error)

    def slope(self, f: Values, y: Values) -> Values:
        """Of each margin: -e times its share."""
        del y
        error, share = self._both(f)
        return -np.concatenate([error * share, error * (1 - share)])

    def curvature(self, f: Values, y: Values) -> Values:
        """The diagonal."""
        del y
        error, share = self._both(f)
        bend = np.maximum(error, 0.0) * share * (1 - share) / self.smoothing
        return np.concatenate([share**2 + bend, (1 - share) ** 2 + bend])


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Boxes:
    """Rows whose margins are those of boxes.

    Attributes:
        x: of the rows.
        y: 1 or -1.
        beta: of the penalty.
        loss: of the margins.
    """

    x: Float[np.ndarray, "m d"]
    y: Float[np.ndarray, " m"]
    beta: float
    loss: Sloped


def boxed(problem: ReluProblem) -> Boxes:
    """The samples themselves, or two rows of each.

    Of the squared loss rows of m+ with label 1 come first, then those of m- with label -1.

    Raises:
        ValueError: a loss that is neither squared nor smooth and of labels.
    """
    if isinstance(problem.loss, Squared):
        spread = max(float(np.std(problem.y)), 1e-300)
        loss = WorstSquare(target=problem.y, smoothing=_SMOOTHING * spread)
        both = np.repeat([1.0, -1.0], len(problem.y))
        x = np.concatenate([problem.x, problem.x])
        return Boxes(x=x, y=both, beta=problem.beta, loss=loss)
    if problem.loss.labels and problem.loss.smooth:
        return Boxes(x=problem.x, y=problem.y, beta=problem.beta, loss=problem.loss)
    raise ValueError(
        f"loss: expected the squared one or a smooth one of labels, got "
        f"{type(problem.loss).__name__}"
    )
