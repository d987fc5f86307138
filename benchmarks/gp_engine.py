"""Exact Gaussian processes: our engine, gpytorch and scikit-learn on the same outputs.

600 samples of 20 inputs; each output is a smooth function of six of them with noise of 2 %. One
thread, CPU seconds; peers are timed on the first outputs only, likelihoods are all evaluated by
our formula. `--outputs` and `--peer-outputs` set the sizes, `--json` prints numbers by name.
"""

import argparse
import json
import os
import time
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import gpytorch
import numpy as np
import torch
from linear_operator.utils.errors import NanError, NotPSDError
from scipy.optimize import minimize
from scipy.stats import qmc
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from understudy.regression import GP
from understudy.regression.gp import Evidence

D = 20


def outputs(count: int, samples: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (N, D) and standardised outputs (N, count)."""
    x = qmc.LatinHypercube(D, rng=np.random.default_rng(0)).random(samples)
    columns = []
    for j in range(count):
        rng = np.random.default_rng([1, j])
        active, weight = rng.choice(D, 6, replace=False), rng.uniform(0.5, 1.5, 6)
        a = x[:, active]
        f = np.sin(2.0 * weight * a) @ weight + a[:, 0] * a[:, 1] + a[:, 2] * a[:, 3]
        columns.append((f - f.mean()) / f.std() + 0.02 * rng.normal(size=samples))
    y = np.stack(columns, axis=1)
    return (x - x.mean(axis=0)) / x.std(axis=0), (y - y.mean(axis=0)) / y.std(axis=0)


def evidence(x: np.ndarray, y: np.ndarray, lengthscale: np.ndarray, ratio: float) -> float:
    """Log likelihood with mean and signal at their optimum, one formula for all."""
    theta = np.log(np.append(lengthscale, ratio))
    return float(Evidence("matern52", x, y[:, None]).optimum(theta).evidence[0])


def gpytorch_fit(x: np.ndarray, y: np.ndarray) -> float:
    """GPyTorch with its own parameters (softplus) and SciPy's L-BFGS-B; torch's diverges here.

    Where its factorisation fails, the line search steps back, as in our engine: else it stops.
    """
    likelihood = gpytorch.likelihoods.GaussianLikelihood()

    class Model(gpytorch.models.ExactGP):
        def __init__(self) -> None:
            super().__init__(torch.tensor(x), torch.tensor(y), likelihood)
            self.mean_module = gpytorch.means.ConstantMean()
            kernel = gpytorch.kernels.MaternKernel(2.5, ard_num_dims=D)
            self.covar_module = gpytorch.kernels.ScaleKernel(kernel)

        def forward(self, at: torch.Tensor) -> gpytorch.distributions.MultivariateNormal:
            return gpytorch.distributions.MultivariateNormal(
                self.mean_module(at), self.covar_module(at)
            )

    model = Model().double()
    likelihood.double()
    objective = gpytorch.mlls.ExactMarginalLogLikelihood(likelihood, model)
    parameters = list(model.parameters())

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        with torch.no_grad():
            torch.nn.utils.vector_to_parameters(torch.from_numpy(theta), parameters)
        model.zero_grad()
        try:
            value = -len(y) * objective(model(*model.train_inputs), model.train_targets)
        except (NanError, NotPSDError):
            return 1e25, np.zeros_like(theta)
        value.backward()
        return value.item(), np.concatenate([p.grad.numpy().ravel() for p in parameters])

    model.train()
    start = torch.nn.utils.parameters_to_vector(parameters).detach().numpy()
    with gpytorch.settings.fast_computations(False, False, False):
        minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    scale = model.covar_module
    ratio = likelihood.noise.item() / scale.outputscale.item()
    return evidence(x, y, scale.base_kernel.lengthscale.detach().numpy().ravel(), ratio)


def sklearn_fit(x: np.ndarray, y: np.ndarray) -> float:
    """scikit-learn with the bounds of our first stage."""
    kernel = ConstantKernel(1.0, (1e-4, 1e4)) * Matern(
        np.full(D, 2 * np.sqrt(D)), (1e-2, 1e3), nu=2.5
    ) + WhiteKernel(1e-2, (1e-9, 1.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = GaussianProcessRegressor(kernel).fit(x, y)
    k = model.kernel_
    return evidence(x, y, k.k1.k2.length_scale, k.k2.noise_level / k.k1.k1.constant_value)


def main(count: int, peers: int, restarts: int, samples: int = 600) -> dict[str, float]:
    """Seconds, ratios and likelihoods by name."""
    x, y = outputs(count, samples)
    torch.set_num_threads(1)
    GP(steps=2).fit(x[:50], y[:50, :1])
    start = time.process_time()
    ours = GP().fit(x, y).evidence
    found = {"outputs": float(count), "ours_cpu_seconds": (time.process_time() - start) / count}
    for name, fit in (("gpytorch", gpytorch_fit), ("sklearn", sklearn_fit)):
        if not peers:
            continue
        start = time.process_time()
        theirs = np.array([fit(x, y[:, j]) for j in range(peers)])
        seconds = (time.process_time() - start) / peers
        found |= {
            f"{name}_cpu_seconds": seconds,
            f"ratio_{name}_over_ours": seconds / found["ours_cpu_seconds"],
            f"least_evidence_over_{name}_nats": float((ours[:peers] - theirs).min()),
        }
    if restarts:
        best = np.maximum(ours, GP(restarts=restarts, seed=7).fit(x, y, workers=2).evidence)
        found["worst_gap_to_restarts_nats"] = float((best - ours).max())
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--outputs", type=int, default=20)
    parser.add_argument("--peer-outputs", type=int, default=3)
    parser.add_argument("--restarts", type=int, default=10)
    given = parser.parse_args()
    numbers = main(given.outputs, given.peer_outputs, given.restarts)
    if given.json:
        print(json.dumps(numbers))
    else:
        for name, value in numbers.items():
            print(f"{name:<36} {value:.4g}")
        if not given.peer_outputs:
            print("gpytorch, scikit-learn: not run")
