"""Exact Gaussian-process regression, one process per output, in a few LAPACK calls a step.

Each standardised output y has a constant mean c, a stationary ARD kernel s2 k and noise s2 g. Mean
and s2 have closed forms given length scales l and g, so that the evidence (Rasmussen & Williams
2006, eq. 2.30) is, with K = k(X, X) + g I, r = y - c 1 and a = K^-1 r,

    - log p(y) = N/2 (log s2 + 1 + log 2 pi) + log |K| / 2,    c = 1'K^-1 y / 1'K^-1 1,
                                                              s2 = r'a / N.

The derivative of every kernel here is dk/d log l_d = q(r) u_d^2, u_d = (x_d - x'_d) / l_d. With W
the lower triangle of (a a' / s2 - K^-1) q, entry by entry, and w = W 1 + W'1,

    - d log p / d log l_d = -(w' z_d^2 - 2 z_d' W z_d),    z = x / l:

one product of N x N and N x d, no array of N x N x d. L-BFGS-B runs over logarithms, in two
stages: length scales are held below 1e3 until it has converged, then released; otherwise inputs
that look irrelevant at first are thrown away. With `sharing="kernel"` all outputs have one k and g
and their evidences add up (parallel partial emulation: Gu & Berger 2016, eq. 8).
"""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import final

import numpy as np
import torch
from jaxtyping import Float
from scipy.linalg import lapack
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from understudy.linalg import exp, log
from understudy.regression.cholesky import factorise, invert
from understudy.regression.posterior import GPPosterior, standardise

__all__ = ["GP"]

_FAILED = 1e25
"""Objective where the Cholesky factorisation fails, so that the line search steps back."""
_FIRST_BOUND = 1e3
_ROOTS = {"matern12": 1.0, "matern32": 3.0**0.5, "matern52": 5.0**0.5, "squared_exponential": 1.0}


@final
@dataclass(frozen=True, kw_only=True)
class GP:
    """Specification of the regression.

    Attributes:
        kernel: matern12, matern32, matern52 or squared_exponential.
        sharing: "none": each output has its kernel; "kernel": one for all, own mean and variance.
        steps: most iterations of L-BFGS-B.
        restarts: further starts from random length scales; the best evidence wins.
        lengthscale_bounds: least and greatest length scale, in deviations of an input.
        noise_bounds: least and greatest noise variance, as a share of the signal's s2.
        seed: of the restarts.
    """

    kernel: str = "matern52"
    sharing: str = "none"
    steps: int = 200
    restarts: int = 0
    lengthscale_bounds: tuple[float, float] = (1e-2, 1e6)
    noise_bounds: tuple[float, float] = (1e-9, 1.0)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kernel not in _ROOTS:
            raise ValueError(f"kernel: expected one of {sorted(_ROOTS)}, got {self.kernel!r}")
        if self.sharing not in ("none", "kernel"):
            raise ValueError(f"sharing: expected none or kernel, got {self.sharing!r}")
        if self.steps < 1:
            raise ValueError(f"steps: expected at least 1, got {self.steps}")
        if self.restarts < 0:
            raise ValueError(f"restarts: expected 0 or more, got {self.restarts}")
        for name in ("lengthscale_bounds", "noise_bounds"):
            low, high = getattr(self, name)
            if not 0.0 < low < high:
                raise ValueError(f"{name}: expected 0 < low < high, got {low}, {high}")

    def fit(
        self,
        x: Float[np.ndarray, "N d"],
        y: Float[np.ndarray, "N m"],
        *,
        workers: int = 1,
        progress: Callable[[int, int], None] | None = None,
    ) -> GPPosterior:
        """Train one process per column of `y`.

        Args:
            x: inputs, a row a sample, in any units.
            y: outputs, a row a sample, in any units.
            workers: threads that share the outputs; the result does not depend on it.
            progress: called with the number of outputs done and their total.

        Raises:
            ValueError: shapes that differ, fewer than 3 samples, values that are not finite.
        """
        z, x_centre, x_scale = standardise(x, y)
        t, y_centre, y_scale = _columns(y)
        whole = self.sharing == "kernel"
        jobs = [t] if whole else [t[:, j : j + 1] for j in range(t.shape[1])]
        optima: list[_Optimum] = []
        with threadpool_limits(1), ThreadPoolExecutor(workers) as pool:
            for found in pool.map(lambda part: _best(self, z, part), jobs):
                optima.append(found)
                if progress is not None:
                    progress(len(optima), len(jobs))
            if not whole:
                numbers = range(len(jobs))
                optima = list(pool.map(lambda j: _doubted(self, z, jobs, optima, j), numbers))
        theta = np.stack([o.theta for o in optima] * (t.shape[1] if whole else 1))
        signal = np.concatenate([o.signal for o in optima])
        return GPPosterior(
            kernel=self.kernel,
            x=z,
            y=t,
            x_centre=x_centre,
            x_scale=x_scale,
            y_centre=y_centre,
            y_scale=y_scale,
            lengthscale=exp(theta[:, :-1]),
            constant=np.concatenate([o.constant for o in optima]),
            signal=signal,
            noise=signal * exp(theta[:, -1]),
            evidence=np.concatenate([o.evidence for o in optima]),
        )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class _Optimum:
    """Logarithms of length scales and g, and what follows from them for each output."""

    theta: Float[np.ndarray, " d1"]
    constant: Float[np.ndarray, " m"]
    signal: Float[np.ndarray, " m"]
    evidence: Float[np.ndarray, " m"]


def _columns(
    y: Float[np.ndarray, "N m"],
) -> tuple[Float[np.ndarray, "N m"], Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
    t, centre, scale = standardise(y, y)
    return t, centre, scale


def _best(spec: GP, x: Float[np.ndarray, "N d"], y: Float[np.ndarray, "N m"]) -> _Optimum:
    """The greatest evidence over starts."""
    d = x.shape[1]
    starts = [np.append(np.full(d, math.log(2.0 * math.sqrt(d))), math.log(1e-2))]
    rng = np.random.default_rng(spec.seed)
    for _ in range(spec.restarts):
        drawn = math.log(2.0 * math.sqrt(d)) + rng.uniform(-2.0, 2.0, size=d)
        starts.append(np.append(drawn, rng.uniform(math.log(1e-6), math.log(1e-1))))
    found = [_climb(spec, x, y, start) for start in starts]
    best = max(found, key=lambda o: float(o.evidence.sum()))
    if not np.isfinite(best.evidence).all():
        raise RuntimeError(
            f"Gaussian process: no positive definite covariance of {len(x)} samples was found; "
            f"raise noise_bounds, now {spec.noise_bounds}"
        )
    return best


def _doubted(
    spec: GP,
    x: Float[np.ndarray, "N d"],
    jobs: list[np.ndarray],
    optima: list[_Optimum],
    j: int,
) -> _Optimum:
    """A second start where the noise is far above what the other outputs have."""
    noise = np.array([o.theta[-1] for o in optima])
    if len(optima) < 3 or noise[j] < np.median(noise) + math.log(10.0):
        return optima[j]
    d = x.shape[1]
    start = np.append(np.full(d, math.log(0.7 * math.sqrt(d))), math.log(1e-4))
    again = _climb(replace(spec, restarts=0), x, jobs[j], start)
    return max(optima[j], again, key=lambda o: float(o.evidence.sum()))


def _climb(
    spec: GP, x: Float[np.ndarray, "N d"], y: Float[np.ndarray, "N m"], start: np.ndarray
) -> _Optimum:
    """Maximise the evidence from `start`, in two stages of bounds."""
    evidence = Evidence(spec.kernel, x, y)
    low, high = (math.log(b) for b in spec.lengthscale_bounds)
    noise = tuple(math.log(b) for b in spec.noise_bounds)
    theta = start
    for bound, tolerance in ((min(math.log(_FIRST_BOUND), high), 1e-5), (high, 1e-6)):
        bounds = [(low, max(bound, low + 1e-9))] * x.shape[1] + [noise]
        theta = np.clip(theta, [b[0] for b in bounds], [b[1] for b in bounds])
        theta = minimize(
            evidence, theta, jac=True, method="L-BFGS-B", bounds=bounds,
            options={"maxiter": spec.steps, "maxcor": 20, "ftol": tolerance},
        ).x  # fmt: skip
    return evidence.optimum(theta)


@final
class Evidence:
    """Negative log evidence and its gradient as a function of log length scales and log g.

    Buffers are made once: at N = 600 a step is a Cholesky factorisation, an inverse, one product
    and a few passes over N x N numbers.
    """

    def __init__(
        self, kernel: str, x: Float[np.ndarray, "N d"], y: Float[np.ndarray, "N m"]
    ) -> None:
        n = len(x)
        self.kernel, self.x, self.y = kernel, x, y
        self.right = np.asfortranarray(np.concatenate([y, np.ones((n, 1))], axis=1))
        self.root = _ROOTS[kernel]
        self.gram, self.slope, self.work = (np.empty((n, n), order="F") for _ in range(3))
        self.lower = np.asfortranarray(np.tril(np.ones((n, n), dtype=bool), -1))

    def __call__(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Value and gradient, summed over outputs."""
        solved = self._solve(theta)
        if solved is None:
            return _FAILED, np.zeros_like(theta)
        z, value, _, signal, weight = solved
        m = self.y.shape[1]
        inverse = self.gram
        if not invert(inverse):
            return _FAILED, np.zeros_like(theta)
        g = math.exp(theta[-1])
        scaled = weight / np.sqrt(signal)
        pull = self.work
        np.matmul(scaled, scaled.T, out=pull.T)
        trace = float(np.trace(inverse))
        noise = 0.5 * g * (m * trace - float(np.sum(scaled**2)))
        inverse *= m
        pull -= inverse
        pull *= self.slope
        pull *= self.lower
        along = pull.sum(axis=1) + pull.sum(axis=0)
        gradient = -(along @ z**2 - 2.0 * np.einsum("nd,nd->d", z, pull @ z))
        return float(value.sum()), np.append(gradient, noise)

    def optimum(self, theta: np.ndarray) -> _Optimum:
        """What follows from `theta` for each output; evidence -inf where K is not definite."""
        solved = self._solve(theta)
        m = self.y.shape[1]
        if solved is None:
            none = np.full(m, -np.inf)
            return _Optimum(theta=theta, constant=np.zeros(m), signal=np.ones(m), evidence=none)
        _, value, constant, signal, _ = solved
        return _Optimum(theta=theta, constant=constant, signal=signal, evidence=-value)

    def _solve(
        self, theta: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
        """z, negative log evidences, means, s2 and K^-1 (y - c); None if K is not definite."""
        n = len(self.y)
        z = self.x * exp(-theta[:-1])
        self._fill(z)
        self.gram[np.diag_indices(n)] += math.exp(theta[-1])
        if not factorise(self.gram):
            return None
        factor = self.gram
        solved, _ = lapack.dpotrs(factor, self.right, lower=1)
        ones = solved[:, -1]
        constant = ones @ self.y / ones.sum()
        weight = solved[:, :-1] - np.outer(ones, constant)
        signal = np.einsum("nm,nm->m", self.y - constant, weight) / n
        # An output without variation has no scale; outputs are standardised, so this is none.
        signal = np.maximum(signal, 1e-12)
        half = float(log(np.diag(factor)).sum())
        value = 0.5 * n * (log(signal) + 1.0 + math.log(2.0 * math.pi)) + half
        return z, value, constant, signal, weight

    def _fill(self, z: Float[np.ndarray, "N d"]) -> None:
        """Kernel k into `gram`, its q into `slope`, both full."""
        size = np.einsum("nd,nd->n", z, z)
        a = self.work
        np.matmul(z, z.T, out=a.T)  # symmetric, and in the order of memory
        a *= -2.0
        a += size[:, None]
        a += size[None, :]
        np.maximum(a, 0.0, out=a)
        a[np.diag_indices(len(a))] = 0.0
        if self.kernel == "squared_exponential":
            a *= -0.5
            _exp(a, self.gram)
            self.slope[...] = self.gram
            return
        np.sqrt(a, out=a)
        a *= self.root
        np.negative(a, out=self.slope)
        _exp(self.slope, self.slope)
        if self.kernel == "matern12":
            self.gram[...] = self.slope
            np.maximum(a, 1e-150, out=a)
            self.slope /= a
        elif self.kernel == "matern32":
            np.add(a, 1.0, out=self.gram)
            self.gram *= self.slope
            self.slope *= 3.0
        else:
            np.add(a, 1.0, out=self.gram)
            a *= a
            a /= 3.0
            a += self.gram
            self.gram *= self.slope
            a *= self.slope
            self.slope[...] = self.gram
            self.slope *= 5.0 / 3.0
            self.gram[...] = a


def _exp(source: Float[np.ndarray, "N N"], target: Float[np.ndarray, "N N"]) -> None:
    """exp, several times faster than NumPy's on most machines; one thread, order of memory."""
    torch.set_num_threads(1)
    torch.exp(torch.from_numpy(source.T), out=torch.from_numpy(target.T))
