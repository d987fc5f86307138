"""Regions of a planar part where errors behave differently, found from its outline alone.

Boundary nodes strictly inside the bounding box belong to cuts or holes; the root of a cut is its
node farthest from the box. With L = sqrt(area) of the part,

    notch_root   within 0.1 L of a root,
    edges        else within 0.03 L of the boundary,
    bulk         the rest.
"""

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from understudy.mesh import Mesh, area, edges

__all__ = ["regions"]

_ROOT, _EDGE = 0.1, 0.03
"""Reach of a root and of the boundary, in L."""


def regions(mesh: Mesh) -> dict[str, Bool[np.ndarray, " n"]]:
    """Masks of the nodes by region; every node is in exactly one."""
    points = mesh.points
    pairs, shared = edges(mesh)
    rim_edges = pairs[shared == 1]
    rim = np.unique(rim_edges)
    unit = float(np.sqrt(np.abs(area(mesh)).sum()))
    roots = _roots(points, rim_edges)
    root = np.zeros(len(points), dtype=bool)
    if len(roots):
        root = cKDTree(points[roots]).query(points)[0] <= _ROOT * unit
    edge = ~root & (cKDTree(points[rim]).query(points)[0] <= _EDGE * unit)
    return {"notch_root": root, "edges": edge, "bulk": ~root & ~edge}


def _roots(
    points: Float[np.ndarray, "n dim"], rim_edges: Int[np.ndarray, "b 2"]
) -> Int[np.ndarray, " k"]:
    """The node of each cut that is farthest from the bounding box."""
    low, high = points.min(axis=0), points.max(axis=0)
    gap = np.minimum(points - low, high - points).min(axis=1)
    inside = gap > 1e-6 * float((high - low).max())
    own = rim_edges[inside[rim_edges].all(axis=1)]
    if len(own) == 0:
        return np.zeros(0, dtype=int)
    n = len(points)
    _, label = connected_components(coo_array((np.ones(len(own)), own.T), shape=(n, n)))
    nodes = np.unique(own)
    return np.array(
        [max(nodes[label[nodes] == k], key=lambda i: gap[i]) for k in np.unique(label[nodes])]
    )
