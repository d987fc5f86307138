"""Where the boundary of a disk goes on the unit circle, the same for every disk map.

Landmarks are boundary nodes where the direction of the edges turns by more than a given angle:
corners, the ends and the root of notches. Landmark k of a mesh goes to the angle that landmark k
of the reference has by arc length, and between two landmarks arc length decides; so corners of all
meshes meet. Without landmarks arc length decides everywhere,

    theta = 2 pi s / S,    s along the boundary of length S, from the node farthest along `anchor`.

A direction is measured over `_WINDOW` of the boundary, so that a rough outline, or a fine mesh,
has no corners that a smooth one lacks.
"""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
from jaxtyping import Float, Int

from understudy.mesh import Mesh, boundary_loop

__all__ = ["along_loop", "arc_length", "circle", "corners"]

_WINDOW = 0.004
"""Share of the boundary over which a direction is measured."""

_Landmarks = tuple[Float[np.ndarray, " k"], float]
_LANDMARKS: WeakKeyDictionary[Mesh, dict[tuple[float, ...], _Landmarks]] = WeakKeyDictionary()
"""Of references, while they live: every mesh is mapped with the landmarks of the same one."""


def circle(
    mesh: Mesh,
    reference: Mesh | None,
    anchor: Sequence[float],
    landmark_angle: float | None,
) -> tuple[Int[np.ndarray, " b"], Float[np.ndarray, " b"]]:
    """Boundary nodes in order, and the angle of each.

    Args:
        mesh: a disk with counter-clockwise triangles.
        reference: the mesh whose landmarks have the angles; None: the mesh itself.
        anchor: direction; the boundary node farthest along it begins the loop.
        landmark_angle: least turn of a landmark in degrees; None: no landmarks.

    Raises:
        ValueError: the mesh is not a disk, or has another number of landmarks.
    """
    loop, s = _from_anchor(mesh, anchor)
    if landmark_angle is None or reference is None:
        return loop, 2.0 * np.pi * s[:-1] / s[-1]
    own = corners(mesh.points[loop], landmark_angle)
    theirs, whole = _landmarks(reference, anchor, landmark_angle)
    if len(own) != len(theirs):
        raise ValueError(
            f"disk map: expected {len(theirs)} boundary corners of more than "
            f"{landmark_angle:g} degrees, as on the reference, got {len(own)}"
        )
    if len(own) == 0:
        return loop, 2.0 * np.pi * s[:-1] / s[-1]
    # The first landmark need not be the anchor: positions go round once from it.
    place = np.concatenate([s[own], [s[own[0]] + s[-1]]])
    angle = 2.0 * np.pi * np.concatenate([theirs, [theirs[0] + whole]]) / whole
    along = np.where(s[:-1] < place[0], s[:-1] + s[-1], s[:-1])
    return loop, np.interp(along, place, angle)


def corners(points: Float[np.ndarray, "b dim"], angle: float) -> Int[np.ndarray, " k"]:
    """Numbers of the points of a closed loop where it turns by more than `angle` degrees."""
    s = arc_length(points)
    window = max(_WINDOW * s[-1], float(np.median(np.diff(s))))
    after = along_loop(points, s, s[:-1] + window) - points
    before = points - along_loop(points, s, s[:-1] - window)
    cosine = np.einsum("bi,bi->b", after, before)
    cosine /= np.linalg.norm(after, axis=1) * np.linalg.norm(before, axis=1)
    turn = np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))
    # Of neighbours within a window that all see one corner the sharpest is it.
    reach = np.abs(s[:-1, None] - s[None, :-1])
    near = np.minimum(reach, s[-1] - reach) < 1.2 * window
    sharpest = np.where(near, turn[None, :], -1.0).max(axis=1)
    return np.flatnonzero((turn > angle) & (turn >= sharpest))


def _landmarks(mesh: Mesh, anchor: Sequence[float], angle: float) -> _Landmarks:
    """Arc lengths from the anchor of a mesh's landmarks, and of the whole boundary."""
    known = _LANDMARKS.setdefault(mesh, {})
    key = (*anchor, angle)
    if key not in known:
        loop, s = _from_anchor(mesh, anchor)
        known[key] = s[corners(mesh.points[loop], angle)], float(s[-1])
    return known[key]


def _from_anchor(
    mesh: Mesh, anchor: Sequence[float]
) -> tuple[Int[np.ndarray, " b"], Float[np.ndarray, " _"]]:
    """The boundary from its node farthest along the anchor, and arc length at nodes and end."""
    loop = boundary_loop(mesh)
    loop = np.roll(loop, -int(np.argmax(mesh.points[loop] @ np.asarray(anchor, dtype=float))))
    return loop, arc_length(mesh.points[loop])


def arc_length(points: Float[np.ndarray, "b dim"]) -> Float[np.ndarray, " _"]:
    """Arc length at the points of a closed loop and, last, its whole length."""
    length = np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1)
    return np.concatenate([[0.0], np.cumsum(length)])


def along_loop(
    points: Float[np.ndarray, "b dim"], s: Float[np.ndarray, " _"], place: Float[np.ndarray, " k"]
) -> Float[np.ndarray, "k dim"]:
    """Points of the closed loop at arc lengths."""
    closed = np.concatenate([points, points[:1]])
    return np.stack([np.interp(place % s[-1], s, column) for column in closed.T], axis=1)
