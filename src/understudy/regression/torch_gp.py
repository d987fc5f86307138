"""Exact Gaussian-process regression, one process per output, trained with GPyTorch.

The engine for what `GP` does not do: more samples than a few thousand on an accelerator, and the
reference that it is tested against.

Each standardised output y has a constant mean c, an ARD Matern 5/2 kernel of variance s2 and
noise; all are found by maximising the evidence (Rasmussen & Williams 2006, eq. 2.30)

    log p(y) = -1/2 (y - c)^T K^-1 (y - c) - 1/2 log |K| - N/2 log 2 pi,   K = s2 k(X, X) + noise I

with L-BFGS-B over the logarithms of the positive parameters (the softplus that is GPyTorch's
default ends over a hundred nats lower on smooth simulation data).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import final

import gpytorch
import numpy as np
import torch
from gpytorch.constraints import Positive
from gpytorch.kernels import MaternKernel, ScaleKernel
from jaxtyping import Float
from linear_operator.utils.errors import NotPSDError
from scipy.optimize import minimize

from understudy.regression.posterior import GPPosterior, standardise

__all__ = ["TorchGP"]

_FAILED = 1e10
"""Objective where the Cholesky factorisation fails, so that the line search steps back."""


@final
@dataclass(frozen=True, kw_only=True)
class TorchGP:
    """Specification of the regression.

    Attributes:
        steps: most iterations of L-BFGS-B per output.
        lengthscale_bounds: least and greatest length scale, in deviations of an input.
        noise_bounds: least and greatest noise variance, as a share of an output's variance.
        device: where torch computes, "cpu" or "cuda".
    """

    steps: int = 200
    lengthscale_bounds: tuple[float, float] = (1e-2, 1e3)
    noise_bounds: tuple[float, float] = (1e-8, 1.0)
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"steps: expected at least 1, got {self.steps}")
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
            workers: processes that share the outputs; the result does not depend on it.
            progress: called with the number of outputs done and their total.

        Raises:
            ValueError: shapes that differ, fewer than 3 samples, values that are not finite.
        """
        z, x_centre, x_scale = standardise(x, y)
        t, y_centre, y_scale = standardise(y, y)
        jobs = [(self, z, column) for column in t.T]
        fitted = []
        for result in _each(jobs, workers):
            fitted.append(result)
            if progress is not None:
                progress(len(fitted), len(jobs))
        columns = list(zip(*fitted, strict=True))
        return GPPosterior(
            kernel="matern52",
            x=z,
            y=t,
            x_centre=x_centre,
            x_scale=x_scale,
            y_centre=y_centre,
            y_scale=y_scale,
            lengthscale=np.stack(columns[0]),
            constant=np.array(columns[1]),
            signal=np.array(columns[2]),
            noise=np.array(columns[3]),
            evidence=np.array(columns[4]),
        )


_Job = tuple[TorchGP, np.ndarray, np.ndarray]
_Optimum = tuple[np.ndarray, float, float, float, float]


def _each(jobs: list[_Job], workers: int) -> Iterator[_Optimum]:
    if workers == 1:
        yield from map(_maximise, jobs)
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("forkserver")) as pool:
            yield from pool.map(_maximise, jobs)


class _Process(gpytorch.models.ExactGP):
    """Constant mean and scaled ARD Matern 5/2 kernel, positive parameters as exponentials."""

    def __init__(self, x: torch.Tensor, y: torch.Tensor) -> None:
        likelihood = gpytorch.likelihoods.GaussianLikelihood(noise_constraint=_exponential())
        super().__init__(x, y, likelihood)
        self.mean_module = gpytorch.means.ConstantMean()
        self.covar_module = ScaleKernel(
            MaternKernel(2.5, ard_num_dims=x.shape[1], lengthscale_constraint=_exponential()),
            outputscale_constraint=_exponential(),
        )

    def forward(self, x: torch.Tensor) -> gpytorch.distributions.MultivariateNormal:
        return gpytorch.distributions.MultivariateNormal(self.mean_module(x), self.covar_module(x))


def _exponential() -> Positive:
    return Positive(transform=torch.exp, inv_transform=torch.log)


def _maximise(job: _Job) -> _Optimum:
    """Length scales, constant, signal and noise variance at the greatest evidence; and it."""
    spec, x, y = job
    torch.set_num_threads(1)
    n, d = x.shape
    # Copies lie on 64-byte boundaries; MKL rounds by alignment, and NumPy aligns by chance.
    tensors = (torch.tensor(x, device=spec.device), torch.tensor(y, device=spec.device))
    model = _Process(*tensors).double().to(spec.device)
    evidence = gpytorch.mlls.ExactMarginalLogLikelihood(model.likelihood, model)
    parameters = [
        model.covar_module.base_kernel.raw_lengthscale,
        model.mean_module.raw_constant,
        model.covar_module.raw_outputscale,
        model.likelihood.noise_covar.raw_noise,
    ]
    sizes = [p.numel() for p in parameters]
    start = np.concatenate([np.full(d, np.log(2.0 * np.sqrt(d))), [0.0, 0.0, np.log(1e-2)]])
    log_lengths, log_noise = np.log(spec.lengthscale_bounds), np.log(spec.noise_bounds)
    bounds = [tuple(log_lengths)] * d + [(-3.0, 3.0), tuple(np.log([1e-4, 1e4])), tuple(log_noise)]
    start = np.clip(start, [low for low, _ in bounds], [high for _, high in bounds])

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        with torch.no_grad():
            for p, part in zip(parameters, np.split(theta, np.cumsum(sizes)[:-1]), strict=True):
                p.copy_(torch.from_numpy(part).reshape(p.shape).to(p.device))
                p.grad = None
        try:
            value = -n * evidence(model(*model.train_inputs), model.train_targets)
            value.backward()
        except NotPSDError:
            return _FAILED, np.zeros_like(theta)
        return value.item(), np.concatenate([p.grad.cpu().numpy().ravel() for p in parameters])

    model.train()
    exact = gpytorch.settings.fast_computations(False, False, False)
    with exact, gpytorch.settings.cholesky_max_tries(1):
        best = minimize(
            loss, start, jac=True, method="L-BFGS-B", bounds=bounds,
            options={"maxiter": spec.steps, "maxcor": 20, "ftol": 1e-9},
        )  # fmt: skip
    if best.fun >= _FAILED:
        raise RuntimeError(
            f"Gaussian process: no positive definite covariance of {n} samples was found; "
            f"raise noise_bounds, now {spec.noise_bounds}"
        )
    theta = best.x
    return (
        np.exp(theta[:d]), float(theta[d]), float(np.exp(theta[d + 1])),
        float(np.exp(theta[d + 2])), -float(best.fun),
    )  # fmt: skip
