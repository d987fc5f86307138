"""Stages of MMGP: training on 500 samples, and one prediction from a mesh of 5,000 nodes.

Necked plates of eight shape parameters and six scalars; five fields with fronts that move, so that
16 modes are needed, and three scalars, all in closed form. Training samples are put on the
reference without a map, to spare time: times are measured here, not errors. CPU seconds of one
thread; a prediction is the least of some runs, and so is each of its parts.

Peers, on the same samples in the same run: the authors' recipe (8 modes, one kernel a field from
the best of 11 starts) for training; scikit-learn and GPyTorch, with the parameters that we found,
for mean and variance of all coefficients of one sample.
"""

import argparse
import json
import os
import time
import warnings
from collections.abc import Callable

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import gpytorch
import numpy as np
import torch
from scipy.stats import qmc
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from understudy.linalg import POD
from understudy.mesh import Mesh, mass_matrix
from understudy.morphing import Harmonic
from understudy.regression import GP, GPPosterior
from understudy.surrogates import MMGP, MMGPModel, Morpher
from understudy.surrogates.alignment import Aligned
from understudy.surrogates.authors_recipe import AUTHORS_RECIPE
from understudy.surrogates.recipe import combined
from understudy.surrogates.reference import placed

FIELDS, SCALARS, NECKS, INPUTS = 5, 3, 8, 6


def plate(nx: int, ny: int, necks: np.ndarray) -> Mesh:
    """A plate on a grid, its width cut by eight bumps."""
    x, y = np.meshgrid(np.linspace(-1, 1, nx), np.linspace(-1, 1, ny))
    corner = (np.arange(ny - 1)[:, None] * nx + np.arange(nx - 1)).ravel()
    lower = np.stack([corner, corner + 1, corner + nx + 1], axis=1)
    upper = np.stack([corner, corner + nx + 1, corner + nx], axis=1)
    points = np.stack([(x * width(y, necks)).ravel(), y.ravel()], axis=1)
    return Mesh(points=points, triangles=np.concatenate([lower, upper]))


def width(y: np.ndarray, necks: np.ndarray) -> np.ndarray:
    """Half width of the plate at heights `y`."""
    centre = np.linspace(-0.8, 0.8, NECKS)
    return 1 - np.exp(-(((y[..., None] - centre) / 0.2) ** 2)) @ necks


def outputs(points: np.ndarray, necks: np.ndarray, mu: np.ndarray) -> np.ndarray:
    """Five fields, shape (5, n): a smooth part, and a front whose place the parameters set."""
    x, y = points.T
    columns = []
    for j in range(FIELDS):
        weight = np.random.default_rng([3, j]).uniform(-0.4, 0.4, size=(3, NECKS + INPUTS))
        a, b, c = weight @ np.concatenate([necks / 0.15, mu])
        front = np.tanh(3.0 * (x * np.cos(a) + y * np.sin(a) - 0.5 * np.sin(b)))
        columns.append((1 + 0.3 * np.sin(c)) * front + np.cos(b * x + c * y))
    return np.stack(columns)


def training_set(samples: int, grid: int) -> Aligned:
    """Samples on the nodes of the plate without necks."""
    design = qmc.LatinHypercube(NECKS + INPUTS, rng=np.random.default_rng(0)).random(samples)
    necks, mu = 0.15 * design[:, :NECKS], design[:, NECKS:]
    base = plate(grid, grid, np.full(NECKS, 0.075))
    own = base.points[:, 0] / width(base.points[:, 1], np.full(NECKS, 0.075))
    coordinates, fields = [], []
    for neck, given in zip(necks, mu, strict=True):
        y = base.points[:, 1]
        coordinates.append(np.stack([own * width(y, neck), y], axis=1))
        fields.append(outputs(coordinates[-1], neck, given))
    stack = np.stack(fields)
    names = [f"field_{j}" for j in range(FIELDS)]
    morphing = Morpher(harmonic=Harmonic(landmark_angle=60.0))
    return Aligned(
        morphing=morphing,
        base=base,
        reference=placed(morphing.fit(base)),
        mass=mass_matrix(base),
        coordinates=np.stack(coordinates),
        input_names=tuple(f"input_{k}" for k in range(INPUTS)),
        inputs=mu,
        fields={name: stack[:, j] for j, name in enumerate(names)},
        transfer={name: np.full_like(stack[:, j], 1e-8) for j, name in enumerate(names)},
        scalars={f"scalar_{j}": stack[:, j].max(axis=1) for j in range(SCALARS)},
        index=np.arange(samples),
        units={},
    )


def seconds(function: Callable[[], object], repeat: int = 1) -> float:
    """Least CPU seconds."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


def prediction(model: MMGPModel, mesh: Mesh, mu: np.ndarray, repeat: int) -> dict[str, float]:
    """Seconds of a prediction with variance and bands, and of its parts."""
    encoder, inputs = model.encoder, dict(zip(model.encoder.input_names, mu, strict=True))
    image = encoder.morphing.fit(mesh, encoder.base)
    carried = encoder.carry(mesh)
    encoded = encoder.encode_carried(carried, inputs)
    said = [(m, m.posterior.predict(encoded.x)) for m in model.fields.values()]
    scale = combined({}, encoder.input_names, encoded.mu)
    parts = {
        "whole": lambda: model.predict(mesh, inputs),
        "mesh_carried": lambda: model.predict_encoded(encoder.encode_carried(carried, inputs)),
        "morph": lambda: encoder.morphing.fit(mesh, encoder.base),
        "two_operators": lambda: (
            encoder.reference.there(image),
            encoder.reference.back(image),
        ),
        "processes": lambda: [m.posterior.predict(encoded.x) for m in model.fields.values()],
        "decode": lambda: [m.moments(z, scale, encoded.back) for m, z in said],
    }
    return {
        f"predict_{name}_cpu_seconds": seconds(part, repeat) for name, part in parts.items()
    } | {"nodes": float(len(mesh.points))}


def sklearn_models(posterior: GPPosterior) -> list[GaussianProcessRegressor]:
    """The processes with their parameters as scikit-learn's."""
    models = []
    for j in range(posterior.y.shape[1]):
        kernel = ConstantKernel(posterior.signal[j]) * Matern(posterior.lengthscale[j], nu=2.5)
        model = GaussianProcessRegressor(kernel + WhiteKernel(posterior.noise[j]), optimizer=None)
        models.append(model.fit(posterior.x, posterior.y[:, j] - posterior.constant[j]))
    return models


class _Process(gpytorch.models.ExactGP):
    """A process with a given constant, as GPyTorch's."""

    def __init__(self, posterior: GPPosterior, j: int) -> None:
        likelihood = gpytorch.likelihoods.GaussianLikelihood()
        super().__init__(
            torch.tensor(posterior.x), torch.tensor(posterior.y[:, j]), likelihood.double()
        )
        self.mean_module = gpytorch.means.ConstantMean()
        kernel = gpytorch.kernels.MaternKernel(2.5, ard_num_dims=posterior.x.shape[1])
        self.covar_module = gpytorch.kernels.ScaleKernel(kernel)
        self.double().eval()
        self.mean_module.initialize(constant=float(posterior.constant[j]))
        kernel.initialize(lengthscale=torch.tensor(posterior.lengthscale[j]))
        self.covar_module.initialize(outputscale=float(posterior.signal[j]))
        likelihood.noise_covar.register_constraint(
            "raw_noise", gpytorch.constraints.GreaterThan(1e-12)
        )
        likelihood.initialize(noise=float(posterior.noise[j]))

    def forward(self, x: torch.Tensor) -> gpytorch.distributions.MultivariateNormal:
        return gpytorch.distributions.MultivariateNormal(self.mean_module(x), self.covar_module(x))


def peer_predictions(posterior: GPPosterior, x: np.ndarray, repeat: int) -> dict[str, float]:
    """Seconds of peers for mean and variance of all outputs at `x`, and how far they are off."""
    z = (x - posterior.x_centre) / posterior.x_scale
    ours = (posterior.predict(x).variance / posterior.y_scale**2)[0]
    theirs = sklearn_models(posterior)
    tensors = [_Process(posterior, j) for j in range(posterior.y.shape[1])]
    at = torch.tensor(z)

    def by_sklearn() -> list[float]:
        return [float(m.predict(z, return_std=True)[1][0]) ** 2 for m in theirs]

    def by_gpytorch() -> list[float]:
        with torch.no_grad(), gpytorch.settings.fast_computations(False, False, False):
            return [float(m.likelihood(m(at)).variance[0]) for m in tensors]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gaps = [np.abs(f() / ours - 1).max() for f in (by_sklearn, by_gpytorch)]
        return {
            "sklearn_processes_cpu_seconds": seconds(by_sklearn, repeat),
            "gpytorch_processes_cpu_seconds": seconds(by_gpytorch, repeat),
            "largest_relative_gap_of_variances": float(max(gaps)),
        }


def main(
    samples: int, grid: int, modes: int, *, steps: int = 200, repeat: int = 5, recipe: bool = True
) -> dict[str, float]:
    """Seconds and ratios by name."""
    torch.set_num_threads(1)
    data = training_set(samples, grid)
    GP(steps=2).fit(np.random.default_rng(0).random((50, 2)), np.ones((50, 1)))
    spec = MMGP(field_basis=POD(rank=modes), gp=GP(steps=steps))
    start = time.process_time()
    model = spec.fit(data)
    found = {"train_cpu_seconds": time.process_time() - start}
    posteriors = [m.posterior for m in model.fields.values()]
    found["outputs"] = float(sum(p.y.shape[1] for p in posteriors) + SCALARS)
    if recipe:
        theirs = seconds(lambda: AUTHORS_RECIPE.fit(data))
        found["authors_recipe_train_cpu_seconds"] = theirs
        found["ratio_authors_recipe_over_ours"] = theirs / found["train_cpu_seconds"]
    rng = np.random.default_rng(1)
    mesh = plate(grid - 1, grid + 1, 0.15 * rng.random(NECKS))
    mu = rng.random(INPUTS)
    found |= prediction(model, mesh, mu, repeat)
    x = model.encoder.encode(mesh, dict(zip(data.input_names, mu, strict=True))).x
    peers = [peer_predictions(p, x, repeat) for p in posteriors]
    for name in ("sklearn", "gpytorch"):
        key = f"{name}_processes_cpu_seconds"
        found[key] = sum(p[key] for p in peers)
        found[f"ratio_{name}_over_our_processes"] = (
            found[key] / found["predict_processes_cpu_seconds"]
        )
    gap = "largest_relative_gap_of_variances"
    return found | {gap: max(p[gap] for p in peers)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--grid", type=int, default=71)
    parser.add_argument("--modes", type=int, default=16)
    parser.add_argument("--without-recipe", action="store_true")
    given = parser.parse_args()
    numbers = main(given.samples, given.grid, given.modes, recipe=not given.without_recipe)
    if given.json:
        print(json.dumps(numbers))
    else:
        for name, value in numbers.items():
            print(f"{name:<40} {value:.4g}")
        if given.without_recipe:
            print("authors' recipe: not run")
