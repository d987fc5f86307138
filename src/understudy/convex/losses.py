"""What a prediction f costs where y is wanted, with what solvers and bounds need of it.

With the conjugate l*(s) = sup_f s f - l(f, y), a dual point z is worth -sum_k l*(-z_k), and the
residual of a network is z = -l'(f). Labels of the last three are 1 and -1; with a = z y

    squared         (f - y)^2 / 2          z y - z^2 / 2
    logistic        log(1 + exp(-y f))     -a log a - (1 - a) log(1 - a),   0 <= a <= 1
    squared hinge   (1 - y f)_+^2 / 2      a - a^2 / 2,                     a >= 0
    hinge           (1 - y f)_+            a,                               0 <= a <= 1
"""

from dataclasses import dataclass
from typing import Protocol, final, runtime_checkable

import numpy as np
from jaxtyping import Float
from scipy.special import expit, xlogy

__all__ = ["Hinge", "Logistic", "Loss", "Sloped", "Squared", "SquaredHinge"]

Values = Float[np.ndarray, " n"]


@runtime_checkable
class Sloped(Protocol):
    """Convex in f."""

    def value(self, f: Values, y: Values) -> float:
        """The sum."""
        ...

    def slope(self, f: Values, y: Values) -> Values:
        """In f, of each sample; at a kink one of those in between."""
        ...

    def curvature(self, f: Values, y: Values) -> Values:
        """Of each sample, where there is one."""
        ...


@runtime_checkable
class Loss(Sloped, Protocol):
    """A sum over samples."""

    @property
    def smooth(self) -> bool:
        """There is a slope everywhere."""
        ...

    @property
    def labels(self) -> bool:
        """Y is 1 or -1."""
        ...

    def dual(self, z: Values, y: Values) -> float:
        """-sum l*(-z); minus infinity where that is infinite."""
        ...

    def farthest(self, z: Values, y: Values) -> float:
        """The greatest t for which t z has a finite dual value."""
        ...

    def prox(self, v: Values, y: Values, rho: float) -> Values:
        """The f of least l(f, y) + rho / 2 (f - v)^2, of each sample."""
        ...


@final
@dataclass(frozen=True)
class Squared:
    """(f - y)^2 / 2."""

    smooth = True
    labels = False

    def value(self, f: Values, y: Values) -> float:
        """The sum."""
        error = f - y
        return 0.5 * float(error @ error)

    def slope(self, f: Values, y: Values) -> Values:
        """F - y."""
        return f - y

    def curvature(self, f: Values, y: Values) -> Values:
        """One."""
        del y
        return np.ones_like(f)

    def dual(self, z: Values, y: Values) -> float:
        """Z'y - |z|^2 / 2."""
        return float(z @ y) - 0.5 * float(z @ z)

    def farthest(self, z: Values, y: Values) -> float:
        """No end."""
        del z, y
        return np.inf

    def prox(self, v: Values, y: Values, rho: float) -> Values:
        """(y + rho v) / (1 + rho)."""
        return (y + rho * v) / (1.0 + rho)


@final
@dataclass(frozen=True)
class Logistic:
    """log(1 + exp(-y f))."""

    smooth = True
    labels = True

    def value(self, f: Values, y: Values) -> float:
        """The sum."""
        return float(np.logaddexp(0.0, -y * f).sum())

    def slope(self, f: Values, y: Values) -> Values:
        """-y / (1 + exp(y f))."""
        return -y * expit(-y * f)

    def curvature(self, f: Values, y: Values) -> Values:
        """P (1 - p)."""
        p = expit(-y * f)
        return p * (1.0 - p)

    def dual(self, z: Values, y: Values) -> float:
        """Entropy of a = z y."""
        a = z * y
        if (a < 0).any() or (a > 1).any():
            return -np.inf
        return -float((xlogy(a, a) + xlogy(1.0 - a, 1.0 - a)).sum())

    def farthest(self, z: Values, y: Values) -> float:
        """A = 1 somewhere."""
        return _until_one(z * y)

    def prox(self, v: Values, y: Values, rho: float) -> Values:
        """By Newton's method on a = z y, kept inside."""
        low, high = v - 1.0 / rho, v + 1.0 / rho
        f = np.array(v, dtype=float)
        for _ in range(60):
            slope = self.slope(f, y) + rho * (f - v)
            low, high = np.where(slope < 0, f, low), np.where(slope > 0, f, high)
            new = f - slope / (self.curvature(f, y) + rho)
            new = np.where((new > low) & (new < high), new, 0.5 * (low + high))
            if np.abs(new - f).max() <= 1e-15 * max(1.0, float(np.abs(f).max())):
                return new
            f = new
        return f


@final
@dataclass(frozen=True)
class SquaredHinge:
    """(1 - y f)_+^2 / 2."""

    smooth = True
    labels = True

    def value(self, f: Values, y: Values) -> float:
        """The sum."""
        short = np.maximum(1.0 - y * f, 0.0)
        return 0.5 * float(short @ short)

    def slope(self, f: Values, y: Values) -> Values:
        """-y (1 - y f)_+."""
        return -y * np.maximum(1.0 - y * f, 0.0)

    def curvature(self, f: Values, y: Values) -> Values:
        """One below the margin, zero beyond."""
        return (y * f < 1.0).astype(float)

    def dual(self, z: Values, y: Values) -> float:
        """Sum of a - a^2 / 2."""
        a = z * y
        return -np.inf if (a < 0).any() else float(a.sum() - 0.5 * (a @ a))

    def farthest(self, z: Values, y: Values) -> float:
        """No end where all a are positive."""
        return 0.0 if (z * y < 0).any() else np.inf

    def prox(self, v: Values, y: Values, rho: float) -> Values:
        """Moved towards the margin."""
        return np.where(y * v >= 1.0, v, (y + rho * v) / (1.0 + rho))


@final
@dataclass(frozen=True)
class Hinge:
    """(1 - y f)_+: not smooth, for solvers on given patterns."""

    smooth = False
    labels = True

    def value(self, f: Values, y: Values) -> float:
        """The sum."""
        return float(np.maximum(1.0 - y * f, 0.0).sum())

    def slope(self, f: Values, y: Values) -> Values:
        """-y below the margin."""
        return np.where(y * f < 1.0, -y, 0.0)

    def curvature(self, f: Values, y: Values) -> Values:
        """Zero."""
        del y
        return np.zeros_like(f)

    def dual(self, z: Values, y: Values) -> float:
        """Sum of a."""
        a = z * y
        return -np.inf if (a < 0).any() or (a > 1).any() else float(a.sum())

    def farthest(self, z: Values, y: Values) -> float:
        """A = 1 somewhere."""
        return _until_one(z * y)

    def prox(self, v: Values, y: Values, rho: float) -> Values:
        """Moved towards the margin, by 1 / rho at most."""
        return v + y * np.clip(1.0 - y * v, 0.0, 1.0 / rho)


def _until_one(a: Values) -> float:
    if (a < 0).any():
        return 0.0
    most = float(a.max(initial=0.0))
    return 1.0 / most if most > 0 else np.inf
