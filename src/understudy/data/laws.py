"""Laws of single inputs, each a monotone map of a standard normal number.

    uniform: a + (b - a) Phi(z),    lognormal: a exp(b z),    normal: a + b z

so that independent inputs and the latent numbers of a generator live in one standard normal space.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr, ndtri

from understudy.linalg import exp, log

__all__ = ["Law", "from_normal", "to_normal"]

_KINDS = {"uniform": "a < b", "lognormal": "a > 0, b > 0", "normal": "b > 0"}


@final
@dataclass(frozen=True, kw_only=True)
class Law:
    """The law of an input, in the input's unit.

    Attributes:
        kind: "uniform", "lognormal" or "normal".
        a: lower bound; median; mean.
        b: upper bound; deviation of the logarithm; deviation.
    """

    kind: str
    a: float
    b: float

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ValueError(f"law: expected one of {sorted(_KINDS)}, got {self.kind!r}")
        fine = {"uniform": self.a < self.b, "lognormal": self.a > 0 and self.b > 0}
        if not fine.get(self.kind, self.b > 0):
            raise ValueError(f"law, {self.kind}: expected {_KINDS[self.kind]}, got {self}")


def from_normal(
    laws: Mapping[str, Law], z: Float[np.ndarray, "n k"]
) -> dict[str, Float[np.ndarray, " n"]]:
    """Inputs by name of standard normal numbers, a column a law, in the order of `laws`."""
    return {name: _value(law, z[:, i]) for i, (name, law) in enumerate(laws.items())}


def to_normal(
    laws: Mapping[str, Law], inputs: Mapping[str, Float[np.ndarray, " n"]]
) -> Float[np.ndarray, "n k"]:
    """Standard normal numbers of inputs, a column a law: the inverse of `from_normal`.

    Raises:
        ValueError: an input that is missing or that its law cannot give; names it.
    """
    columns = []
    for name, law in laws.items():
        if name not in inputs:
            raise ValueError(f"inputs: expected {sorted(laws)}, got {sorted(inputs)}")
        with np.errstate(divide="ignore", invalid="ignore"):
            z = _normal(law, inputs[name])
        if not np.isfinite(z).all():
            bad = float(inputs[name][~np.isfinite(z)][0])
            raise ValueError(f"inputs, {name}: expected values of {law}, got {bad}")
        columns.append(z)
    size = len(next(iter(inputs.values()), ()))
    return np.stack(columns, axis=1) if columns else np.zeros((size, 0))


def _value(law: Law, z: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    if law.kind == "uniform":
        return law.a + (law.b - law.a) * ndtr(z)
    return law.a * exp(law.b * z) if law.kind == "lognormal" else law.a + law.b * z


def _normal(law: Law, x: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    if law.kind == "uniform":
        return ndtri((x - law.a) / (law.b - law.a))
    return log(x / law.a) / law.b if law.kind == "lognormal" else (x - law.a) / law.b
