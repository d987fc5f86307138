"""A scalar of a simulation as a two-layer ReLU network that carries a number about its training.

Inputs are standardised, a column of ones is added, and all columns are scaled to unit length; y is
standardised. The network is that of `understudy.convex`: no other two-layer network of any width
has an objective lower than `lower_bound`, where `certified` says `global`; where it says
`heuristic` nothing lower was found. A share of the samples is not trained on: the quantile of its
errors is the half width of the band (split conformal: Lei et al. 2018, JASA 113).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float

from understudy.convex import (
    BranchAndBound,
    ColumnGeneration,
    ReluNetwork,
    ReluProblem,
    Solution,
    beta_max,
)
from understudy.data import tree

__all__ = [
    "QuantityModel",
    "QuantityOfInterest",
    "as_problem",
    "load_quantity",
    "save_quantity",
]

KIND, VERSION = "understudy-quantity", 1


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class QuantityModel:
    """y(x) = offset + sum_j s_j relu(a_j x + b_j), in the units of the data.

    Attributes:
        slopes: a_j, a row a neuron.
        offsets: b_j.
        signs: s_j, 1 or -1.
        offset: in the unit of y.
        half_width: of the band.
        level: share of new values that the band should hold.
        names: of the inputs.
        name: of the quantity.
        unit: of it.
        low: least training inputs.
        high: greatest training inputs.
        beta: of the decay, and its share of the greatest.
        certificate: value, lower_bound, gap, whether global, iterations, neurons.
        problem: x, y of the training problem, z of the bound and u of the neurons: what a check
            needs.
    """

    slopes: Float[np.ndarray, "m d"]
    offsets: Float[np.ndarray, " m"]
    signs: Float[np.ndarray, " m"]
    offset: float
    half_width: float
    level: float
    names: tuple[str, ...]
    name: str
    unit: str
    low: Float[np.ndarray, " d"]
    high: Float[np.ndarray, " d"]
    beta: Float[np.ndarray, " 2"]
    certificate: dict[str, float]
    problem: dict[str, np.ndarray]

    def predict(self, x: Float[np.ndarray, "k d"]) -> Float[np.ndarray, " k"]:
        """Values, in the unit of y.

        Raises:
            ValueError: another number of inputs, or values that are not finite.
        """
        if x.shape[1] != len(self.names):
            raise ValueError(
                f"x: expected {len(self.names)} columns ({', '.join(self.names)}), got "
                f"{x.shape[1]}"
            )
        if not np.isfinite(x).all():
            raise ValueError("x: expected finite values, got NaN or infinity")
        active = np.maximum(x @ self.slopes.T + self.offsets, 0.0)
        return np.asarray(self.offset + active @ self.signs)

    def gradient(self, x: Float[np.ndarray, "k d"]) -> Float[np.ndarray, "k d"]:
        """Exact, on the piece that x is in."""
        active = (x @ self.slopes.T + self.offsets > 0) * self.signs
        return np.asarray(active @ self.slopes)

    @property
    def lipschitz(self) -> float:
        """No two values differ by more than this times the distance of their inputs."""
        return float(np.linalg.norm(self.slopes, axis=1).sum())

    @property
    def proved(self) -> bool:
        """The gap holds for all networks of any width."""
        return bool(self.certificate["global"])

    def outside(self, x: Float[np.ndarray, "k d"]) -> np.ndarray:
        """Rows beyond the training inputs, where nothing is known."""
        return ((x < self.low) | (x > self.high)).any(axis=1)


@final
@dataclass(frozen=True, kw_only=True)
class QuantityOfInterest:
    """Settings.

    Attributes:
        beta: share of the greatest beta that learns anything.
        tolerance: relative gap at which training stops.
        proved: most inputs for which the gap is proved for all networks.
        calibration: share of the samples that the band is made from.
        level: share of new values that the band should hold.
        seed: of the split and of the starts.
    """

    beta: float = 1e-3
    tolerance: float = 1e-3
    proved: int = 3
    calibration: float = 0.2
    level: float = 0.95
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.beta < 1:
            raise ValueError(f"beta: expected in (0, 1), a share, got {self.beta:g}")
        for name in ("calibration", "level"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name}: expected in (0, 1), got {getattr(self, name):g}")

    def fit(
        self,
        x: Float[np.ndarray, "n d"],
        y: Float[np.ndarray, " n"],
        *,
        names: Sequence[str],
        name: str = "y",
        unit: str = "",
    ) -> QuantityModel:
        """Train a network, bound it, and calibrate its band.

        Args:
            x: inputs, a row a sample.
            y: the quantity.
            names: of the inputs.
            name: of the quantity.
            unit: of it.

        Raises:
            ValueError: values that are not finite, a constant column or y, two equal rows, or too
                few samples for the band.
        """
        _checked(x, y, names)
        order = np.random.default_rng(self.seed).permutation(len(y))
        held = max(1, round(self.calibration * len(y)))
        rank = int(np.ceil((held + 1) * self.level))
        if rank > held:
            raise ValueError(
                f"calibration: a band of level {self.level:g} needs at least "
                f"{int(np.ceil(self.level / (1 - self.level)))} samples, got {held}; give more "
                "samples or a greater share"
            )
        rest, train = order[:held], order[held:]
        centre, scale = x[train].mean(axis=0), x[train].std(axis=0)
        offset, spread = float(y[train].mean()), float(y[train].std())
        root = np.sqrt(len(train))
        inner = np.column_stack([(x[train] - centre) / scale, np.ones(len(train))]) / root
        data = ReluProblem(x=inner, y=(y[train] - offset) / spread, beta=1.0)
        most, _ = beta_max(data, seed=self.seed)
        data = ReluProblem(x=inner, y=data.y, beta=self.beta * most)
        proof = BranchAndBound(delta=0.7 * self.tolerance) if x.shape[1] <= self.proved else None
        found = ColumnGeneration(tolerance=self.tolerance, proof=proof, seed=self.seed).solve(data)
        u = found.network.neurons / root
        slopes = spread * u[:, :-1] / scale
        offsets = spread * u[:, -1] - slopes @ centre
        active = np.maximum(x[rest] @ slopes.T + offsets, 0.0)
        errors = np.abs(offset + active @ found.network.signs - y[rest])
        return QuantityModel(
            slopes=slopes, offsets=offsets, signs=found.network.signs, offset=offset,
            half_width=float(np.sort(errors)[rank - 1]), level=self.level, names=tuple(names),
            name=name, unit=unit, low=x[train].min(axis=0), high=x[train].max(axis=0),
            beta=np.array([data.beta, self.beta]), certificate=_numbers(found),
            problem={"x": data.x, "y": data.y, "z": found.dual, "u": found.network.neurons},
        )  # fmt: skip


def _numbers(found: Solution) -> dict[str, float]:
    return {
        "value": found.value,
        "lower_bound": found.lower_bound,
        "gap": found.gap,
        "global": float(found.certified == "global"),
        "converged": float(found.converged),
        "iterations": float(found.iterations),
        "neurons": float(len(found.network.signs)),
    }


def _checked(x: np.ndarray, y: np.ndarray, names: Sequence[str]) -> None:
    if len(x) != len(y) or len(names) != x.shape[1]:
        raise ValueError(
            f"x, y, names: expected {len(y)} rows and {len(names)} columns, got {x.shape}"
        )
    for key, values in (("x", x), ("y", y)):
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values).reshape(len(values), -1).all(axis=1))[0])
            raise ValueError(f"{key}: expected finite values, got NaN or infinity in row {row}")
    flat = [name for name, column in zip(names, x.T, strict=True) if np.ptp(column) == 0]
    if flat:
        raise ValueError(f"x: expected columns that vary, got a constant {flat[0]}")
    if np.ptp(y) == 0:
        raise ValueError(f"y: expected values that vary, got {y[0]:g} in all rows")
    _, first, counts = np.unique(x, axis=0, return_index=True, return_counts=True)
    if (counts > 1).any():
        row = int(first[np.argmax(counts > 1)])
        raise ValueError(f"x: expected different rows, got the inputs of row {row} twice")


def save_quantity(path: Path, model: QuantityModel, origin: dict[str, Any]) -> None:
    """Write a model, whole or not at all."""
    tree.save(path, KIND, VERSION, model, origin)


def load_quantity(path: Path) -> QuantityModel:
    """Read a model.

    Raises:
        ValueError: not a file of a model, of another version, or damaged.
    """
    return tree.load(path, KIND, VERSION, QuantityModel)[0]


def as_problem(model: QuantityModel) -> tuple[ReluProblem, ReluNetwork, Float[np.ndarray, " n"]]:
    """What a check of the certificate needs: problem, network and dual point."""
    own = model.problem
    problem = ReluProblem(x=own["x"], y=own["y"], beta=float(model.beta[0]))
    return problem, ReluNetwork(neurons=own["u"], signs=model.signs), own["z"]
