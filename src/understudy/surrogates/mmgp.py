"""MMGP: mesh morphing, POD and Gaussian processes for fields on meshes without shape parameters.

Training (Casenave, Staber & Roynard, NeurIPS 2023, section 3):
1. every mesh is mapped to the unit disk and carried to a reference mesh (`alignment`);
2. the coordinate field is reduced by POD: its coefficients are the shape parameters that nobody
   gave (`encoding`); each output field is reduced likewise;
3. one Gaussian process per coefficient and per output scalar, on (shape coefficients, inputs).

Other than the authors' code: snapshots are centred, the inner product is that of the physical
reference part instead of the disk, and each coefficient has a kernel of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.linalg import POD, Basis
from understudy.regression import GP
from understudy.surrogates.alignment import Aligned
from understudy.surrogates.encoding import shape_encoder
from understudy.surrogates.mmgp_model import FieldModel, MMGPModel

__all__ = ["MMGP"]


@final
@dataclass(frozen=True, kw_only=True)
class MMGP:
    """Specification of the surrogate.

    Attributes:
        shape_rank: modes of the coordinate field, the shape inputs of the processes.
        field_rank: modes of each output field.
        gp: regression of every coefficient.
    """

    shape_rank: int = 8
    field_rank: int = 16
    gp: GP = field(default_factory=GP)

    def __post_init__(self) -> None:
        for name in ("shape_rank", "field_rank"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: expected at least 1, got {getattr(self, name)}")

    def fit(
        self,
        data: Aligned,
        *,
        workers: int = 1,
        progress: Callable[[int, int], None] | None = None,
    ) -> MMGPModel:
        """Train on aligned samples; the result does not depend on `workers`.

        Args:
            data: training samples on the reference.
            workers: processes that share the outputs.
            progress: called with the number of outputs trained and their total.
        """
        encoder = shape_encoder(data, self.shape_rank)
        bases = {
            name: POD(rank=self.field_rank).fit(values, data.mass)
            for name, values in data.fields.items()
        }
        coefficients = {name: basis.encode(data.fields[name]) for name, basis in bases.items()}
        scalars = np.array(list(data.scalars.values())).reshape(-1, len(data.inputs)).T
        # One call for all outputs, so that the pool of processes starts once.
        posterior = self.gp.fit(
            encoder.encode_training(data),
            np.concatenate([*coefficients.values(), scalars], axis=1),
            workers=workers,
            progress=progress,
        )
        fields, start = {}, 0
        for name, z in coefficients.items():
            fields[name] = FieldModel(
                basis=bases[name],
                posterior=posterior.select(slice(start, start + z.shape[1])),
                truncation=_left_out(bases[name], data.fields[name], z),
            )
            start += z.shape[1]
        return MMGPModel(
            encoder=encoder,
            fields=fields,
            scalar_names=tuple(data.scalars),
            scalars=posterior.select(slice(start, None)),
            units=data.units,
        )


def _left_out(
    basis: Basis, x: Float[np.ndarray, "N n"], z: Float[np.ndarray, "N r"]
) -> Float[np.ndarray, " n"]:
    """Nodal variance of what the basis does not represent, with N - 1 - r degrees of freedom."""
    freedom = max(1, len(x) - 1 - z.shape[1])
    return np.sum((x - basis.decode(z)) ** 2, axis=0) / freedom
