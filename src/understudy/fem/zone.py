"""A plate with a square zone whose inside can be changed without touching the mesh around it.

The plate less the square and the square itself are meshed apart, with the same evenly spaced nodes
on the square's edge, and joined there. So every variant of the zone fits the same surrounding mesh
and shares its edge nodes, and what happens in the zone is a restriction by node numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import gmsh
import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import cKDTree

from understudy.fem.plates import MeshingError
from understudy.fem.plates import _session as session
from understudy.mesh import Mesh, oriented

__all__ = ["Hole", "ZonedPlate", "zoned_plate"]


@final
@dataclass(frozen=True, kw_only=True)
class Hole:
    """A hole at the centre of the zone.

    Attributes:
        half_length: half its length in m; the radius of a circle.
        half_width: half its width in m; the same for a circle.
        angle: of its length against x, in rad.
        shape: "ellipse", or "slot" with round ends.
    """

    half_length: float = 0.015
    half_width: float = 0.015
    angle: float = 0.0
    shape: str = "ellipse"

    def __post_init__(self) -> None:
        if not 0 < self.half_width <= self.half_length:
            raise ValueError(
                "hole: expected 0 < half_width <= half_length, got "
                f"{self.half_width} and {self.half_length}"
            )
        if self.shape not in ("ellipse", "slot"):
            raise ValueError(f"hole, shape: expected ellipse or slot, got {self.shape!r}")

    def outline(self, spacing: float) -> Float[np.ndarray, "k 2"]:
        """Points on it, counter-clockwise, about `spacing` apart, relative to its centre."""
        a, b = self.half_length, self.half_width
        t = np.linspace(0, 2 * np.pi, 721)
        if self.shape == "ellipse":
            fine = np.stack([a * np.cos(t), b * np.sin(t)], axis=1)
        else:
            side = np.sign(np.cos(t)) * (a - b)
            fine = np.stack([side + b * np.cos(t), b * np.sin(t)], axis=1)
        length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=1))])
        count = max(12, round(length[-1] / spacing))
        at = np.linspace(0, length[-1], count + 1)[:-1]
        even = np.stack([np.interp(at, length, fine[:, k]) for k in range(2)], axis=1)
        c, s = np.cos(self.angle), np.sin(self.angle)
        return even @ np.array([[c, s], [-s, c]])


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ZonedPlate:
    """The joined mesh.

    Attributes:
        mesh: nodes around the zone and on its edge first, then those inside.
        zone: triangles of the zone, the last ones of `mesh`, by number.
        edge: nodes on the zone's edge, counter-clockwise from its lower left corner.
        top: edges of the loaded side, by both nodes.
        bottom: nodes of the clamped side.
    """

    mesh: Mesh
    zone: Int[np.ndarray, " z"]
    edge: Int[np.ndarray, " e"]
    top: Int[np.ndarray, "t 2"]
    bottom: Int[np.ndarray, " c"]


def zoned_plate(
    *,
    size: tuple[float, float],
    centre: tuple[float, float],
    side: float,
    mesh_size: float,
    hole: Hole,
    refinement: float = 1.0,
) -> ZonedPlate:
    """Mesh the plate [0, a] x [0, b] with a square zone around a hole.

    Args:
        size: a and b, in m.
        centre: of zone and hole, in m.
        side: of the zone, in m.
        mesh_size: edge length of the triangles, in m.
        hole: what is cut out of the zone.
        refinement: by how much finer the zone is meshed at its hole than at its edge.

    Raises:
        MeshingError: gmsh made no mesh.
        ValueError: a zone that leaves the plate or a hole that leaves the zone.
    """
    half, (x, y) = side / 2, centre
    if not (half < x < size[0] - half and half < y < size[1] - half):
        raise ValueError(f"zone: expected it inside the plate {size}, got {centre} +- {half:g}")
    if not hole.half_length < half - mesh_size:
        raise ValueError(f"hole: expected half_length < {half - mesh_size:g}, got {hole}")
    divisions = max(4, round(side / mesh_size))
    square = np.array(centre) + half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    rectangle = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]])
    around = _meshed(rectangle, square, mesh_size, divisions, outer_even=False)
    fine = mesh_size / refinement
    ring = np.array(centre) + hole.outline(fine)
    inside = _meshed(square, ring, fine, divisions, outer_even=True)
    return _joined(around, inside, square, divisions, size)


def _meshed(
    outer: Float[np.ndarray, "o 2"],
    inner: Float[np.ndarray, "i 2"],
    mesh_size: float,
    divisions: int,
    *,
    outer_even: bool,
) -> Mesh:
    """The region between two polygons, one of which has `divisions` even pieces on each side."""
    geo = gmsh.model.geo
    with session():
        loops = []
        for corners, even in ((outer, outer_even), (inner, not outer_even)):
            points = [geo.addPoint(x, y, 0.0, mesh_size) for x, y in corners.tolist()]
            ends = zip(points, points[1:] + points[:1], strict=True)
            lines = [geo.addLine(first, second) for first, second in ends]
            for line in lines:
                if even:
                    geo.mesh.setTransfiniteCurve(line, divisions + 1)
                elif len(corners) > 4:
                    geo.mesh.setTransfiniteCurve(line, 2)
            loops.append(geo.addCurveLoop(lines))
        geo.addPlaneSurface(loops)
        geo.synchronize()
        gmsh.model.mesh.generate(2)
        return _read()


def _read() -> Mesh:
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    _, flat = gmsh.model.mesh.getElementsByType(2)
    triangles = np.asarray(flat, dtype=np.int64).reshape(-1, 3)
    if len(triangles) == 0:
        raise MeshingError("gmsh: expected triangles, got none")
    used, number = np.unique(triangles, return_inverse=True)
    place = np.empty(int(np.max(tags)) + 1, dtype=np.int64)
    place[np.asarray(tags, dtype=np.int64)] = np.arange(len(tags))
    points = np.ascontiguousarray(np.asarray(coordinates).reshape(-1, 3)[place[used], :2])
    return oriented(Mesh(points=points, triangles=number.reshape(-1, 3)))


def _joined(
    around: Mesh,
    inside: Mesh,
    square: Float[np.ndarray, "4 2"],
    divisions: int,
    size: tuple[float, float],
) -> ZonedPlate:
    """One mesh: the zone's edge nodes are those of the mesh around it."""
    along = np.arange(divisions)[:, None] / divisions
    following = np.roll(square, -1, axis=0)
    loop = np.concatenate([a + along * (b - a) for a, b in zip(square, following, strict=True)])
    close = 1e-6 * float(np.linalg.norm(square[1] - square[0]))
    edge, own = (_nodes_at(mesh, loop, close) for mesh in (around, inside))
    number = np.full(len(inside.points), -1)
    number[own] = edge
    new = np.flatnonzero(number < 0)
    number[new] = len(around.points) + np.arange(len(new))
    triangles = np.concatenate([around.triangles, number[inside.triangles]])
    points = np.concatenate([around.points, inside.points[new]])
    order = np.argsort(around.points[:, 0], kind="stable")
    on_top = order[np.abs(around.points[order, 1] - size[1]) < close]
    bottom = order[np.abs(around.points[order, 1]) < close]
    return ZonedPlate(
        mesh=Mesh(points=points, triangles=triangles),
        zone=len(around.triangles) + np.arange(len(inside.triangles)),
        edge=edge,
        top=np.stack([on_top[:-1], on_top[1:]], axis=1),
        bottom=bottom,
    )


def _nodes_at(
    mesh: Mesh, at: Sequence[Sequence[float]] | Float[np.ndarray, "k 2"], close: float
) -> Int[np.ndarray, " k"]:
    distance, nodes = cKDTree(mesh.points).query(np.asarray(at))
    if distance.max() > close:
        raise MeshingError("zone: expected a node at each division of its edge, got none at one")
    return nodes.astype(np.int64)
