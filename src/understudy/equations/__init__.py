"""Equations as data: constitutive laws on arrays, which finite elements and surrogates share."""

from understudy.equations.constitutive import (
    Material,
    Response,
    State,
    equivalent_strain,
    plane_strain,
    respond,
    von_mises,
)

__all__ = [
    "Material",
    "Response",
    "State",
    "equivalent_strain",
    "plane_strain",
    "respond",
    "von_mises",
]
