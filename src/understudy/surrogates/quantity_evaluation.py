"""A quantity of interest by a certified network and by what else one would try."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Float
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import RidgeCV

from understudy.regression import GP
from understudy.surrogates.convex_problems import FUNCTIONS, design
from understudy.surrogates.network_optimum import optimum
from understudy.surrogates.pieces import exact
from understudy.surrogates.quantity_of_interest import QuantityModel, QuantityOfInterest

__all__ = ["ConvexQuantity", "judge_quantity", "mlp_predictions"]

_KINKS = 40
"""Neurons up to which all pieces are listed: some millions in three inputs."""
_DECAYS, _RESTARTS, _STEPS, _HIDDEN = (1e-5, 1e-3, 1e-1), 10, 1500, 100
"""Weight decays, restarts of each, steps and neurons of the network that AdamW trains."""


@final
@dataclass(frozen=True, kw_only=True)
class ConvexQuantity:
    """Settings.

    Attributes:
        problem: a function; "": of the samples of a surrogate or of a law of impacts.
        data: name of that surrogate or law.
        field: whose greatest value is the quantity, or an output scalar; "" for impacts.
        modes: shape coefficients that are inputs, besides the scalars.
        samples: to learn from, bands included.
        tests: unseen ones.
        designs: repetitions with a design of their own; the figures are medians.
        spec: of the network.
    """

    problem: str = "gap_bar"
    data: str = ""
    field: str = ""
    modes: int = 3
    samples: int = 100
    tests: int = 1000
    designs: int = 1
    spec: QuantityOfInterest = QuantityOfInterest()  # noqa: RUF009

    def __post_init__(self) -> None:
        if bool(self.problem) == bool(self.data):
            raise ValueError(
                f"problem, data: expected one of both, got {self.problem!r}, {self.data!r}"
            )
        if min(self.samples, self.tests, self.designs) < 1:
            raise ValueError(
                f"samples, tests, designs: expected at least 1, got {self.samples}, "
                f"{self.tests}, {self.designs}"
            )


Sets = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, tuple[str, ...]]


def judge_quantity(
    settings: ConvexQuantity, drawn: Callable[[int], Sets] | None = None
) -> tuple[dict[str, Any], QuantityModel]:
    """R2 of all methods on unseen samples, coverage of the band, exact sensitivities.

    Args:
        settings: of the quantity.
        drawn: training inputs and values, unseen ones and names of a seed; None: of the function.

    Returns:
        Numbers by method, how many samples judged (`unseen`), and the network of the first design.
    """
    rows: list[dict[str, dict[str, float]]] = []
    models: list[QuantityModel] = []
    unseen = 0
    for seed in range(settings.designs):
        x, y, x_new, y_new, names = drawn(seed) if drawn else _function(settings, seed)
        model, row = _design(settings, x, y, x_new, y_new, names)
        rows.append(row)
        models.append(model)
        unseen = len(y_new)
    methods = {
        name: {key: float(np.median([row[name][key] for row in rows])) for key in rows[0][name]}
        for name in rows[0]
    }
    return {"methods": methods, "unseen": unseen} | _exactly(models[0]), models[0]


def _function(settings: ConvexQuantity, seed: int) -> Sets:
    x, y = design(settings.problem, settings.samples, seed)
    x_new, y_new = design(settings.problem, settings.tests, 1000 + seed)
    return x, y, x_new, y_new, FUNCTIONS[settings.problem][1]


def _design(
    settings: ConvexQuantity,
    x: np.ndarray,
    y: np.ndarray,
    x_new: np.ndarray,
    y_new: np.ndarray,
    names: tuple[str, ...],
) -> tuple[QuantityModel, dict[str, dict[str, float]]]:
    def score(said: np.ndarray, started: float) -> dict[str, float]:
        left = ((said - y_new) ** 2).sum() / ((y_new - y_new.mean()) ** 2).sum()
        return {"r2": float(1 - left), "seconds": time.process_time() - started}

    started = time.process_time()
    model = settings.spec.fit(x, y, names=names, name=settings.problem or settings.field)
    said = model.predict(x_new)
    row = {"column_generation": score(said, started)}
    row["column_generation"] |= {
        "coverage": float((np.abs(said - y_new) <= model.half_width).mean()),
        "relative_gap": model.certificate["gap"],
        "certified_global": model.certificate["global"],
        "neurons": model.certificate["neurons"],
    }
    centre, scale = x.mean(axis=0), x.std(axis=0)
    z, z_new = (x - centre) / scale, (x_new - centre) / scale
    started = time.process_time()
    ridge = RidgeCV(alphas=np.logspace(-6, 3, 19)).fit(z, y)
    row["baseline_ridge"] = score(ridge.predict(z_new), started)
    started = time.process_time()
    posterior = GP(restarts=2).fit(z, ((y - y.mean()) / y.std())[:, None])
    row["baseline_gp"] = score(y.mean() + y.std() * posterior.predict(z_new).mean[:, 0], started)
    started = time.process_time()
    trees = GradientBoostingRegressor(n_estimators=300, max_depth=3, random_state=0).fit(z, y)
    row["baseline_boosting"] = score(trees.predict(z_new), started)
    started = time.process_time()
    tried = mlp_predictions(z, y, z_new, settings.spec.seed)
    row["baseline_mlp"] = score(tried[0], started)
    spread = [1 - ((t - y_new) ** 2).sum() / ((y_new - y_new.mean()) ** 2).sum() for t in tried]
    row["baseline_mlp"]["r2_least"] = float(min(spread))
    row["baseline_mlp"]["r2_greatest"] = float(max(spread))
    return model, row


def mlp_predictions(
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, " n"],
    new: Float[np.ndarray, "k d"],
    seed: int,
) -> Float[np.ndarray, "r k"]:
    """Of ReLU networks trained by AdamW; a fifth of the samples chooses decay and restart.

    Args:
        x: standardised inputs.
        y: values.
        new: inputs of the predictions.
        seed: of the split and the starts.

    Returns:
        A row a restart at the chosen decay, the chosen one first.
    """
    generator = torch.Generator().manual_seed(seed)
    order = np.random.default_rng(seed).permutation(len(y))
    held, own = order[: len(y) // 5], order[len(y) // 5 :]
    centre, scale = y[own].mean(), y[own].std()
    data = torch.from_numpy(x), torch.from_numpy((y - centre) / scale)
    best: tuple[float, np.ndarray] | None = None
    for decay in _DECAYS:
        d = x.shape[1]
        shapes = [(_RESTARTS, d, _HIDDEN), (_RESTARTS, 1, _HIDDEN), (_RESTARTS, _HIDDEN, 1)]
        weights = [
            (torch.randn(s, generator=generator, dtype=torch.float64) * (2 / s[1]) ** 0.5)
            for s in shapes
        ]
        weights[1] *= 0.1
        weights.append(torch.zeros((_RESTARTS, 1, 1), dtype=torch.float64))
        weights = [w.requires_grad_() for w in weights]

        def said(inputs: torch.Tensor, w: list[torch.Tensor] = weights) -> torch.Tensor:
            return (torch.relu(inputs @ w[0] + w[1]) @ w[2] + w[3])[..., 0]

        optimizer = torch.optim.AdamW(weights, lr=1e-2, weight_decay=decay)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, _STEPS)
        for _ in range(_STEPS):
            optimizer.zero_grad()
            loss = ((said(data[0][own]) - data[1][own]) ** 2).mean(dim=1).sum()
            loss.backward()
            optimizer.step()
            schedule.step()
        with torch.no_grad():
            errors = ((said(data[0][held]) - data[1][held]) ** 2).mean(dim=1).numpy()
            values = centre + scale * said(torch.from_numpy(new)).numpy()
        first = np.argsort(errors, kind="stable")
        if best is None or errors[first[0]] < best[0]:
            best = float(errors[first[0]]), values[first]
    if best is None:
        raise RuntimeError("decays: expected at least one")
    return best[1]


def _exactly(model: QuantityModel) -> dict[str, Any]:
    """Extremes over the training box, and in up to three inputs all sensitivities."""
    least = optimum(model, model.low, model.high)
    most = optimum(model, model.low, model.high, greatest=True)
    found: dict[str, Any] = {
        "least": {"value": least.value, "bound": least.bound, "x": least.x.tolist()},
        "greatest": {"value": most.value, "bound": most.bound, "x": most.x.tolist()},
        "lipschitz_bound": model.lipschitz,
        "certificate": dict(model.certificate),
        "names": list(model.names),
    }
    if len(model.names) <= 3 and len(model.signs) <= _KINKS:
        pieces = exact(model, model.low, model.high)
        found |= {
            "mean": pieces.mean, "variance": pieces.variance, "sobol": pieces.sobol.tolist(),
            "lipschitz": pieces.lipschitz, "pieces": pieces.simplices,
        }  # fmt: skip
    return found
