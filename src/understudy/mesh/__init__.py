"""Meshes as plain arrays: topology, files, transfer of fields. No FEniCSx here."""

from understudy.mesh.cut import cut_open
from understudy.mesh.gradient import hat_gradients, nodal_gradients, stiffness_matrix
from understudy.mesh.mass import mass_matrix
from understudy.mesh.mesh import (
    Mesh,
    area,
    boundary_loop,
    boundary_loops,
    edges,
    oriented,
    refined,
)
from understudy.mesh.modes import laplace_modes
from understudy.mesh.transfer import interpolation, locate

__all__ = [
    "Mesh",
    "area",
    "boundary_loop",
    "boundary_loops",
    "cut_open",
    "edges",
    "hat_gradients",
    "interpolation",
    "laplace_modes",
    "locate",
    "mass_matrix",
    "nodal_gradients",
    "oriented",
    "refined",
    "stiffness_matrix",
]
