"""Where the boundary of a planar part, holes included, lands on the boundary of the reference.

Loops meet loops: outer with outer, holes by an assignment of least total distance between their
centroids, measured from the centroid of the outline in roots of its area. Along a loop of length S
a node at arc length s from the start lands where the loop of the reference, of length T, has

    t = T s / S    from its own start;

corners (`boundary.corners`) are matched in order first, and between two of them arc length
decides. With corners the loop starts at its node farthest along the anchor; a loop without any
starts where the ray from its centroid along the anchor leaves it, in the middle of an edge as a
rule, so that the start depends on the shape and not on where the mesh has its nodes.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment

from understudy.mesh import Mesh, boundary_loops
from understudy.morphing.boundary import along_loop, arc_length, corners

__all__ = ["landing", "outline_and_holes"]


def landing(
    mesh: Mesh, reference: Mesh, anchor: Sequence[float], landmark_angle: float | None
) -> tuple[Int[np.ndarray, " b"], Float[np.ndarray, "b 2"]]:
    """Boundary nodes of a mesh, and the point of the reference's boundary where each lands.

    Args:
        mesh: planar, with counter-clockwise triangles.
        reference: likewise.
        anchor: direction; loops start at what lies farthest along it.
        landmark_angle: least turn of a matched corner in degrees; None: arc length alone.

    Raises:
        ValueError: another number of holes or corners than the reference has.
    """
    own, theirs = outline_and_holes(mesh), outline_and_holes(reference)
    if len(own) != len(theirs):
        raise ValueError(
            f"morphing: expected {len(theirs) - 1} holes, as the reference has, got "
            f"{len(own) - 1}; OptimalTransport can serve where topology changes"
        )
    a, b = _places(mesh, own), _places(reference, theirs)
    rows, columns = linear_sum_assignment(
        np.linalg.norm(a[:, None, :] - b[None, :, :], axis=2) ** 2
    )
    pairs = [(own[0], theirs[0])]
    pairs += [(own[1 + i], theirs[1 + j]) for i, j in zip(rows, columns, strict=True)]
    landed = [
        _along(mesh.points[one], reference.points[other], np.asarray(anchor), landmark_angle)
        for one, other in pairs
    ]
    return np.concatenate([one for one, _ in pairs]), np.concatenate(landed)


def outline_and_holes(mesh: Mesh) -> list[Int[np.ndarray, " _"]]:
    """Boundary loops of a planar mesh of one part: the outline, then the holes.

    Raises:
        ValueError: several parts, or a node without a triangle.
    """
    lonely = len(mesh.points) - len(np.unique(mesh.triangles))
    if lonely:
        raise ValueError(f"expected every node in a triangle, got {lonely} nodes without one")
    loops = boundary_loops(mesh)
    outer = [loop for loop in loops if _area_and_centroid(mesh.points[loop])[0] > 0.0]
    if len(outer) != 1:
        raise ValueError(f"expected one connected part, got {len(outer)} outlines")
    return outer + [loop for loop in loops if loop is not outer[0]]


def _places(mesh: Mesh, loops: list[Int[np.ndarray, " _"]]) -> Float[np.ndarray, "h 2"]:
    """Centroids of holes, from that of the outline, in roots of its area."""
    size, centre = _area_and_centroid(mesh.points[loops[0]])
    centroids = [_area_and_centroid(mesh.points[loop])[1] for loop in loops[1:]]
    return (np.array(centroids).reshape(-1, 2) - centre) / np.sqrt(size)


def _area_and_centroid(points: Float[np.ndarray, "b 2"]) -> tuple[float, Float[np.ndarray, " 2"]]:
    """Signed area of a polygon and its centroid."""
    origin = points.mean(axis=0)
    p, q = points - origin, np.roll(points, -1, axis=0) - origin
    cross = p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]
    return 0.5 * float(cross.sum()), origin + (cross @ (p + q)) / (3.0 * cross.sum())


def _along(
    own: Float[np.ndarray, "b 2"],
    theirs: Float[np.ndarray, "c 2"],
    anchor: Float[np.ndarray, " 2"],
    landmark_angle: float | None,
) -> Float[np.ndarray, "b 2"]:
    """Points of one loop where the nodes of another land."""
    s, t = arc_length(own), arc_length(theirs)
    least = 180.0 if landmark_angle is None else landmark_angle  # nothing turns by more
    from_s, from_t = corners(own, least), corners(theirs, least)
    if len(from_s) != len(from_t):
        raise ValueError(
            f"morphing: expected {len(from_t)} corners of more than {least:g} degrees "
            f"on a boundary, as on the reference, got {len(from_s)}"
        )
    if len(from_s) == 0:
        place, image = np.array([_start(own, s, anchor)]), np.array([_start(theirs, t, anchor)])
    else:
        place = _in_order(s, from_s, int(np.argmax(own @ anchor)))
        image = _in_order(t, from_t, int(np.argmax(theirs @ anchor)))
    # Once round from the first match; a place is measured from there.
    known, goal = np.append(place, place[0] + s[-1]), np.append(image, image[0] + t[-1])
    along = place[0] + (s[:-1] - place[0]) % s[-1]
    return along_loop(theirs, t, np.interp(along, known, goal))


def _in_order(
    s: Float[np.ndarray, " _"], found: Int[np.ndarray, " k"], first: int
) -> Float[np.ndarray, " k"]:
    """Increasing arc lengths of corners, from the first one at or after a node."""
    begin = int(np.searchsorted(found, first)) % len(found)
    ordered = s[np.roll(found, -begin)]
    return ordered + s[-1] * (ordered < ordered[0])


def _start(
    points: Float[np.ndarray, "b 2"], s: Float[np.ndarray, " _"], anchor: Float[np.ndarray, " 2"]
) -> float:
    """Arc length where the ray from the centroid along the anchor leaves the loop last."""
    e = anchor / np.linalg.norm(anchor)
    reach = points - _area_and_centroid(points)[1]
    along, aside = reach @ e, e[0] * reach[:, 1] - e[1] * reach[:, 0]
    next_along, next_aside = np.roll(along, -1), np.roll(aside, -1)
    crosses = np.flatnonzero((aside > 0.0) != (next_aside > 0.0))
    share = aside[crosses] / (aside[crosses] - next_aside[crosses])
    distance = along[crosses] + share * (next_along[crosses] - along[crosses])
    last = int(np.argmax(distance))
    edge = crosses[last]
    return float(s[edge] + share[last] * (s[edge + 1] - s[edge]))
