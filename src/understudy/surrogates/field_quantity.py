"""Scalars of fields, and inputs that nobody gave: coefficients of shape."""

import numpy as np
from jaxtyping import Float

from understudy.linalg import POD
from understudy.surrogates.alignment import Aligned
from understudy.surrogates.encoding import shape_encoder

__all__ = ["peaks_of"]


def peaks_of(
    data: Aligned, field: str, modes: int
) -> tuple[Float[np.ndarray, "N d"], Float[np.ndarray, " N"], tuple[str, ...]]:
    """Inputs, the greatest value of a field, and names of the inputs.

    Args:
        data: training samples on their reference.
        field: whose greatest value is sought.
        modes: coefficients of the coordinate field.

    Raises:
        ValueError: an unknown field.
    """
    if field not in data.fields:
        raise ValueError(f"field: expected one of {sorted(data.fields)}, got {field!r}")
    x = shape_encoder(data, POD(rank=modes)).encode_training(data)
    shape = x.shape[1] - len(data.input_names)
    names = (*(f"shape_{k + 1}" for k in range(shape)), *data.input_names)
    vary = np.ptp(x, axis=0) > 0
    kept = tuple(name for name, own in zip(names, vary, strict=True) if own)
    return x[:, vary], np.asarray(data.fields[field]).max(axis=1), kept
