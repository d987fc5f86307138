"""Meshes as plain arrays: topology, files, transfer of fields. No FEniCSx here."""

from understudy.mesh.mesh import Mesh, area, boundary_loop, edges

__all__ = ["Mesh", "area", "boundary_loop", "edges"]
