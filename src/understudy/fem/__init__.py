"""Partial differential equations by finite elements: (equation, parameters) -> field.

The only folder that imports DOLFINx, MPI and PETSc; what leaves it is plain arrays and meshes.
"""

# A wheel of h5py brings an HDF5 of its own, which works only if it loads before that of DOLFINx.
import h5py  # noqa: F401

from understudy.fem.adapter import ConvergenceError
from understudy.fem.elasticity import PlaneStrain, PlaneStress
from understudy.fem.pde import PDE, Fixed, Flux, Parameters, Solution, boundary_edges
from understudy.fem.poisson import Poisson
from understudy.fem.tensile_plate import TensilePlate
from understudy.fem.versions import versions

__all__ = [
    "PDE",
    "ConvergenceError",
    "Fixed",
    "Flux",
    "Parameters",
    "PlaneStrain",
    "PlaneStress",
    "Poisson",
    "Solution",
    "TensilePlate",
    "boundary_edges",
    "versions",
]
