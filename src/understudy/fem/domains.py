"""Domains of evolution equations, each within the unit square.

`interval` is [0, 1], a strip of triangles one cell wide on which what does not change across stays
so; `square` the unit square; `disc` that of radius 1/2 about its centre; `plate_with_hole` the
square less the disc of radius 1/5 there.
"""

import numpy as np

from understudy.fem.plates import quarter_plate_with_hole, region
from understudy.mesh import Mesh, oriented

__all__ = ["DOMAINS", "domain"]

DOMAINS = ("interval", "square", "disc", "plate_with_hole")
"""Names."""
_HOLE = 0.2


def domain(name: str, mesh_size: float) -> Mesh:
    """Triangles on a domain; on the interval its nodes in rising order, then those beside them.

    Args:
        name: of `DOMAINS`.
        mesh_size: edge length.

    Raises:
        ValueError: unknown name, a size that is not in (0, 1/4].
        MeshingError: gmsh made no mesh.
    """
    if not 0 < mesh_size <= 0.25:
        raise ValueError(f"mesh_size: expected in (0, 0.25], got {mesh_size:g}")
    if name == "interval":
        return _strip(round(1 / mesh_size))
    if name == "square":
        corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
        return region(corners, [None] * 4, ["edge"] * 4, [mesh_size] * 4).mesh
    if name == "disc":
        corners = [(1.0, 0.5), (0.5, 1.0), (0.0, 0.5), (0.5, 0.0)]
        return region(corners, [(0.5, 0.5)] * 4, ["edge"] * 4, [mesh_size] * 4).mesh
    if name == "plate_with_hole":
        quarter = quarter_plate_with_hole(
            side=0.5, radius=_HOLE, mesh_size=mesh_size, hole_size=mesh_size
        ).mesh
        half = _mirrored(quarter, 0)
        whole = _mirrored(half, 1)
        return Mesh(points=whole.points + 0.5, triangles=whole.triangles)
    raise ValueError(f"domain: expected one of {', '.join(DOMAINS)}, got {name!r}")


def _strip(cells: int) -> Mesh:
    x = np.linspace(0.0, 1.0, cells + 1)
    points = np.concatenate([np.stack([x, np.full(cells + 1, y)], axis=1) for y in (0.0, x[1])])
    a = np.arange(cells)
    lower = np.stack([a, a + 1, a + cells + 2], axis=1)
    upper = np.stack([a, a + cells + 2, a + cells + 1], axis=1)
    return Mesh(points=points, triangles=np.concatenate([lower, upper]))


def _mirrored(mesh: Mesh, axis: int) -> Mesh:
    """A mesh and its image behind the line where a coordinate is zero, whose nodes both share."""
    n = len(mesh.points)
    free = np.abs(mesh.points[:, axis]) > 1e-9
    image = np.arange(n)
    image[free] = n + np.arange(free.sum())
    other = mesh.points[free].copy()
    other[:, axis] *= -1
    points = np.concatenate([mesh.points, other])
    return oriented(
        Mesh(points=points, triangles=np.concatenate([mesh.triangles, image[mesh.triangles]]))
    )
