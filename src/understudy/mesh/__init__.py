"""Meshes as plain arrays: topology, files, transfer of fields. No FEniCSx here."""

from understudy.mesh.mass import mass_matrix
from understudy.mesh.mesh import Mesh, area, boundary_loop, edges, oriented
from understudy.mesh.transfer import interpolation

__all__ = ["Mesh", "area", "boundary_loop", "edges", "interpolation", "mass_matrix", "oriented"]
