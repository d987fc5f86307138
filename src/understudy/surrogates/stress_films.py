"""Stress in all of a zone under a history of its edge, to be looked at.

The zone is one material, so that every triangle of it can be watched as the observed ones are:
at the times of the history the von Mises stress is |d|, with d the numbers of `deviatoric`.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from understudy.data.zone import Zone
from understudy.linalg.explicit import Observed
from understudy.mesh import hat_gradients
from understudy.surrogates.submodel import Held

__all__ = ["stress_films"]


def stress_films(
    zone: Zone, displacement: Float[np.ndarray, "n t e 2"]
) -> Float[np.ndarray, "n t m"]:
    """Von Mises stress of each triangle of the zone at the times of each history, in Pa.

    Args:
        zone: held at its edge.
        displacement: histories in m.

    Raises:
        ValueError: observed triangles of several materials; histories that do not fit the zone.
    """
    modulus = zone.observed.shear_modulus
    if np.ptp(modulus) > 0:
        raise ValueError(
            f"zone: expected one shear modulus, got {modulus.min():g} to {modulus.max():g} Pa"
        )
    triangles = zone.mesh.triangles
    everywhere = Observed(
        triangles=triangles,
        gradients=hat_gradients(zone.mesh),
        shear_modulus=np.full(len(triangles), modulus[0]),
        every=1,
    )
    held = Held(zone=replace(zone, observed=everywhere))
    return np.linalg.norm(held.responses(displacement, np.arange(len(triangles))), axis=3)
