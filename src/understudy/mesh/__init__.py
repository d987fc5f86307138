"""Meshes as plain arrays: topology, files, transfer of fields. No FEniCSx here."""

from understudy.mesh.cut import cut_open
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
from understudy.mesh.transfer import interpolation

__all__ = [
    "Mesh",
    "area",
    "boundary_loop",
    "boundary_loops",
    "cut_open",
    "edges",
    "interpolation",
    "mass_matrix",
    "oriented",
    "refined",
]
