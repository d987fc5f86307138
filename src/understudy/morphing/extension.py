"""A motion of the boundary carried inside: what RBF and elastic morphing share.

The boundary goes to that of the reference along straight lines (`landing`), in equal steps; after
each one the mesh has moved and the next is computed on it. In each step the affine motion that
suits the boundary best (least squares) is taken out first, so that affine motions are exact, and a
method carries what is left. Where the image folds over, the number of steps is doubled, up to
`_MOST` times the first.
"""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int

from understudy.mesh import Mesh, area, oriented
from understudy.morphing.landing import landing
from understudy.morphing.morphing import Morphing

__all__ = ["Extension", "check_extension", "onto_reference"]

Extension = Callable[
    [Mesh, Int[np.ndarray, " b"], Float[np.ndarray, "b 2"]], Float[np.ndarray, "n 2"]
]
"""From a mesh, its boundary nodes and their displacement to the displacement of all nodes."""

_MOST = 8


def check_extension(anchor: Sequence[float], landmark_angle: float | None, steps: int) -> None:
    """Raise a ValueError for settings without meaning."""
    if len(anchor) != 2 or not np.isfinite(anchor).all() or not any(anchor):
        raise ValueError(f"anchor: expected two numbers, not both zero, got {anchor}")
    if landmark_angle is not None and not 0 < landmark_angle < 180:
        raise ValueError(f"landmark_angle: expected in (0, 180) degrees, got {landmark_angle}")
    if steps < 1:
        raise ValueError(f"steps: expected at least 1, got {steps}")


def onto_reference(
    mesh: Mesh,
    reference: Mesh | None,
    anchor: Sequence[float],
    landmark_angle: float | None,
    steps: int,
    extend: Extension,
) -> Morphing:
    """Move the nodes of a mesh until its boundary lies on that of the reference.

    Raises:
        ValueError: a surface in space, other holes or corners than the reference, or an image that
            folds over however many steps it takes.
    """
    if mesh.points.shape[1] != 2:
        raise ValueError(
            f"morphing: expected a planar mesh, got points of {mesh.points.shape[1]} coordinates"
        )
    mesh = oriented(mesh)
    nodes, goal = landing(mesh, oriented(reference or mesh), anchor, landmark_angle)
    moved = mesh
    for factor in range(_MOST.bit_length()):
        moved = _walk(mesh, nodes, goal, steps * 2**factor, extend)
        if (area(moved) > 0.0).all():
            break
    return Morphing(mesh=mesh, image=moved)


def _walk(
    mesh: Mesh,
    nodes: Int[np.ndarray, " b"],
    goal: Float[np.ndarray, "b 2"],
    steps: int,
    extend: Extension,
) -> Mesh:
    points = mesh.points
    for left in range(steps, 0, -1):
        now = Mesh(points=points, triangles=mesh.triangles)
        if (area(now) <= 0.0).any():
            return now
        displacement = (goal - points[nodes]) / left
        affine = np.column_stack([points - points[nodes].mean(axis=0), np.ones(len(points))])
        affine = affine @ np.linalg.lstsq(affine[nodes], displacement, rcond=None)[0]
        points = points + affine + extend(now, nodes, displacement - affine[nodes])
    points = points.copy()
    points[nodes] = goal
    return Mesh(points=points, triangles=mesh.triangles)
