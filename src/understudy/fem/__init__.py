"""Partial differential equations by finite elements: (equation, parameters) -> field.

The only folder that imports DOLFINx, MPI and PETSc; what leaves it is plain arrays and meshes.
"""

from understudy.fem.adapter import ConvergenceError, versions
from understudy.fem.elasticity import PlaneStrain, PlaneStress
from understudy.fem.pde import PDE, Fixed, Flux, Parameters, Solution, boundary_edges
from understudy.fem.poisson import Poisson

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
    "boundary_edges",
    "versions",
]
