"""Which method serves a mesh, by what the mesh is, with the reason in words."""

import numpy as np

from understudy.mesh import Mesh, boundary_loop, oriented
from understudy.morphing.elastic import Elastic
from understudy.morphing.harmonic import Harmonic
from understudy.morphing.landing import outline_and_holes
from understudy.morphing.optimal_transport import OptimalTransport

__all__ = ["choose"]


def choose(
    mesh: Mesh, reference: Mesh | None = None
) -> tuple[Harmonic | Elastic | OptimalTransport, str]:
    """Choose a method.

    Args:
        mesh: the part.
        reference: the part that it is brought to; None: one of the same topology.

    Returns:
        The method, and why.

    Raises:
        ValueError: no method serves: a surface in space that is not a disk, a node without
            triangle.
    """
    reference = reference or mesh
    if mesh.points.shape[1] != reference.points.shape[1]:
        raise ValueError(
            f"expected points of {reference.points.shape[1]} coordinates, as the reference has, "
            f"got {mesh.points.shape[1]}"
        )
    if mesh.points.shape[1] == 3:
        try:
            for one in (mesh, reference):
                boundary_loop(one)
        except ValueError as error:
            raise ValueError(
                f"no method serves a surface in space that is not a disk ({error}); cut_open "
                "makes one of a tube or a closed surface"
            ) from error
        return Harmonic(anchor=(-1.0, -1.0, -1.0), landmark_angle=60.0), (
            "a surface in space that is a disk: the harmonic map flattens it without folds"
        )
    lonely = len(mesh.points) - len(np.unique(mesh.triangles))
    if lonely:
        raise ValueError(f"expected every node in a triangle, got {lonely} nodes without one")
    own, theirs = _holes(mesh), _holes(reference)
    if own is None or theirs is None:
        return OptimalTransport(), (
            "not one part with simple boundaries: transport asks nothing of topology"
        )
    if own != theirs:
        return OptimalTransport(), (
            f"{own} holes and {theirs} on the reference: no morphing joins them, transport does"
        )
    if own == 0:
        return Harmonic(landmark_angle=60.0), ("a planar disk: the harmonic map cannot fold")
    return Elastic(), (
        f"planar with {own} holes, as the reference: no disk map, and the elastic morphing "
        "stretches less than radial functions do"
    )


def _holes(mesh: Mesh) -> int | None:
    """Number of holes of one part; None: it is not one."""
    try:
        return len(outline_and_holes(oriented(mesh))) - 1
    except ValueError:
        return None
