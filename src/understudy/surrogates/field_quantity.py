"""Scalars of simulations, with inputs that a user gives or that the shape has."""

import numpy as np
from jaxtyping import Float

from understudy.data.histories import Histories
from understudy.linalg import POD
from understudy.surrogates.alignment import Aligned
from understudy.surrogates.encoding import shape_encoder

__all__ = ["impacts_of", "quantity_of"]

Table = tuple[Float[np.ndarray, "N d"], Float[np.ndarray, " N"], tuple[str, ...]]


def quantity_of(data: Aligned, name: str, modes: int) -> Table:
    """Inputs, an output scalar or the greatest value of a field, and names of the inputs.

    Args:
        data: training samples on their reference.
        name: of the scalar or the field.
        modes: coefficients of the coordinate field that are inputs, besides the scalars.

    Raises:
        ValueError: an unknown name.
    """
    known = sorted({*data.fields, *data.scalars})
    if name not in known:
        raise ValueError(f"field: expected one of {known}, got {name!r}")
    x = shape_encoder(data, POD(rank=modes)).encode_training(data)
    shape = x.shape[1] - len(data.input_names)
    names = (*(f"shape_{k + 1}" for k in range(shape)), *data.input_names)
    y = data.fields[name].max(axis=1) if name in data.fields else data.scalars[name]
    return _varied(x, np.asarray(y, dtype=float), names)


def impacts_of(runs: Histories) -> Table:
    """What hit the plate, the greatest von Mises stress of the zone, and names of the inputs.

    Raises:
        ValueError: runs whose stresses were not kept.
    """
    if not runs.peak.shape[1]:
        raise ValueError("runs: expected some whose greatest stresses were kept, got none")
    names = tuple(sorted(runs.inputs))
    x = np.column_stack([runs.inputs[name] for name in names])
    return _varied(x, runs.peak.max(axis=1).astype(float), names)


def _varied(x: np.ndarray, y: np.ndarray, names: tuple[str, ...]) -> Table:
    """Without constant columns."""
    vary = np.ptp(x, axis=0) > 0
    return x[:, vary], y, tuple(n for n, own in zip(names, vary, strict=True) if own)
