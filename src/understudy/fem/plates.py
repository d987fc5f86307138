"""Plates meshed by gmsh with unstructured triangles, each with the edges that its problem loads.

Built-in geometry kernel, Frontal-Delaunay, one thread, options set here and no configuration file:
the mesh depends on the arguments and the release of gmsh alone. Node order is that of gmsh.

Reference: C. Geuzaine, J.-F. Remacle, "Gmsh: a 3-D finite element mesh generator", 2009.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import gmsh
import numpy as np
from jaxtyping import Float, Int

from understudy.fem.notches import Notch, outline
from understudy.mesh import Mesh, area

__all__ = [
    "MeshingError",
    "Plate",
    "cook_membrane",
    "elliptic_membrane",
    "gmsh_version",
    "notched_plate",
    "plate_with_notches",
    "quarter_plate_with_hole",
    "region",
]

_OPTIONS = {
    "General.Terminal": 0,
    "General.NumThreads": 1,
    "Mesh.Algorithm": 6,  # Frontal-Delaunay
    "Mesh.RandomSeed": 1,
    "Mesh.MeshSizeFromPoints": 1,
    "Mesh.MeshSizeExtendFromBoundary": 1,
}


class MeshingError(RuntimeError):
    """Gmsh made no mesh; the message is the one it gave."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Plate:
    """A mesh and its named boundary parts.

    Attributes:
        mesh: counter-clockwise triangles on used nodes.
        boundary: edges by both node numbers, shape (k, 2), by name of the part.
    """

    mesh: Mesh
    boundary: Mapping[str, Int[np.ndarray, "k 2"]]


def gmsh_version() -> str:
    """Release of gmsh, for provenance."""
    return str(gmsh.__version__)


def notched_plate(*, side: float, notch_radius: float, mesh_size: float) -> Plate:
    """A square centred at the origin, notched by half circles amid its vertical sides.

    Parts: bottom, right, top, left, notch. The mesh has about (side^2 - pi r^2) / (0.87 h^2)
    nodes.

    Args:
        side: of the square, in the unit of length.
        notch_radius: below side / 2.
        mesh_size: edge length h of the triangles.

    Raises:
        MeshingError: gmsh made no mesh.
        ValueError: lengths that are not positive or notches that meet.
    """
    a, r = side / 2, notch_radius
    if not 0 < r < a or not 0 < mesh_size < a:
        raise ValueError(
            f"notched plate: expected 0 < notch_radius, mesh_size < side / 2 = {a:g}, got "
            f"notch_radius {r:g}, mesh_size {mesh_size:g}"
        )
    corners = [(-a, -a), (a, -a), (a, -r), (a - r, 0.0), (a, r), (a, a)]
    corners += [(-a, a), (-a, r), (r - a, 0.0), (-a, -r)]
    right, left = (a, 0.0), (-a, 0.0)
    centres = [None, None, right, right, None, None, None, left, left, None]
    names = ["bottom", "right", "notch", "notch", "right", "top"]
    names += ["left", "notch", "notch", "left"]
    return region(corners, centres, names, [mesh_size] * 10)


def plate_with_notches(
    *, side: float, left: Notch | None, right: Notch | None, mesh_size: float
) -> Plate:
    """A square centred at the origin, cut from its vertical sides; parts as of `notched_plate`.

    Args:
        side: of the square, in the unit of length.
        left: notch of the left side; None: the side is straight.
        right: likewise.
        mesh_size: edge length of the triangles.

    Raises:
        MeshingError: gmsh made no mesh.
        ValueError: a notch that leaves the side or meets the other one.
    """
    a = side / 2
    depth = sum(notch.depth for notch in (left, right) if notch is not None)
    if depth >= side or not 0 < mesh_size < a:
        raise ValueError(
            f"notches: expected depths of less than {side:g} in sum and 0 < mesh_size < {a:g}, "
            f"got {depth:g} and {mesh_size:g}"
        )
    corners: list[tuple[float, float]] = [(-a, -a), (a, -a)]
    between: list[Float[np.ndarray, "k 2"] | None] = [None, None]
    names = ["bottom", "right"]
    for notch, sign, name in ((right, 1.0, "right"), (left, -1.0, "left")):
        for piece in outline(notch, a, sign, mesh_size / 2) if notch is not None else []:
            corners.append((float(piece[0, 0]), float(piece[0, 1])))
            between.append(piece[1:-1])
            names.append("notch")
            end = (float(piece[-1, 0]), float(piece[-1, 1]))
        if notch is not None:
            corners.append(end)
            between.append(None)
            names.append(name)
        if name == "right":
            corners += [(a, a), (-a, a)]
            between += [None, None]
            names += ["top", "left"]
    return region(corners, between, names, [mesh_size] * len(corners))


def quarter_plate_with_hole(
    *, side: float, radius: float, mesh_size: float, hole_size: float
) -> Plate:
    """The quarter [0, side]^2 of a plate less a disk at the origin.

    Parts: bottom (y = 0), right, top, left (x = 0), hole. Edge length goes from `hole_size` at the
    hole to `mesh_size` far away.

    Raises:
        MeshingError: gmsh made no mesh.
        ValueError: a hole that does not fit.
    """
    if not 0 < radius < side:
        raise ValueError(f"hole: expected 0 < radius < side = {side:g}, got {radius:g}")
    corners = [(radius, 0.0), (side, 0.0), (side, side), (0.0, side), (0.0, radius)]
    centres = [None, None, None, None, (0.0, 0.0)]
    sizes = [hole_size, mesh_size, mesh_size, mesh_size, hole_size]
    return region(corners, centres, ["bottom", "right", "top", "left", "hole"], sizes)


def cook_membrane(*, mesh_size: float) -> Plate:
    """Cook's tapered panel (0, 0), (48, 44), (48, 60), (0, 44). Parts: bottom, right, top, left.

    R. D. Cook, "Improved two-dimensional finite element", J. Struct. Div. ASCE 100, 1974.
    """
    corners = [(0.0, 0.0), (48.0, 44.0), (48.0, 60.0), (0.0, 44.0)]
    return region(corners, [None] * 4, ["bottom", "right", "top", "left"], [mesh_size] * 4)


def elliptic_membrane(*, mesh_size: float) -> Plate:
    """The quarter between the ellipses (x/2)^2 + y^2 = 1 and (x/3.25)^2 + (y/2.75)^2 = 1, in m.

    Parts: bottom (y = 0), outer, left (x = 0), inner. NAFEMS, The Standard NAFEMS Benchmarks,
    1990, LE1.
    """
    corners = [(2.0, 0.0), (3.25, 0.0), (0.0, 2.75), (0.0, 1.0)]
    centres = [None, (0.0, 0.0), None, (0.0, 0.0)]
    sizes = [mesh_size / 2, mesh_size, mesh_size, mesh_size]
    return region(corners, centres, ["bottom", "outer", "left", "inner"], sizes)


@contextlib.contextmanager
def _session() -> Iterator[None]:
    """Gmsh with our options only; it takes no signals and is gone at the end."""
    if gmsh.isInitialized():
        raise MeshingError("gmsh is in use in this process; finalize that session first")
    gmsh.initialize(readConfigFiles=False, interruptible=False)
    try:
        for name, value in _OPTIONS.items():
            gmsh.option.setNumber(name, value)
        gmsh.model.add("plate")
        yield
    except Exception as error:
        if type(error) is not Exception:  # gmsh raises the bare class, and nothing else does
            raise
        raise MeshingError(f"gmsh: {error}") from error
    finally:
        gmsh.finalize()


def region(
    corners: Sequence[tuple[float, float]],
    centres: Sequence[tuple[float, float] | Float[np.ndarray, "_ 2"] | None],
    names: Sequence[str],
    sizes: Sequence[float],
) -> Plate:
    """Mesh the region to the left of a closed loop of lines and arcs.

    Curve i goes from corner i to the next: a line, the arc (of an ellipse with axes along x and y)
    around centre i, from axis to axis, or a spline through points. Curves of one name make one
    part.
    """
    geo = gmsh.model.geo
    with _session():
        points = [geo.addPoint(x, y, 0.0, h) for (x, y), h in zip(corners, sizes, strict=True)]
        ends = zip(points, points[1:] + points[:1], strict=True)
        curves = []
        for i, (start, end) in enumerate(ends):
            centre = centres[i]
            if centre is None:
                curves.append(geo.addLine(start, end))
            elif isinstance(centre, np.ndarray):
                inside = [geo.addPoint(x, y, 0.0, sizes[i]) for x, y in centre.tolist()]
                curves.append(geo.addSpline([start, *inside, end]))
            else:
                middle = geo.addPoint(*centre, 0.0, sizes[i])
                # The third argument is a point on an axis of the ellipse, as each start is.
                curves.append(geo.addEllipseArc(start, middle, start, end))
        geo.addPlaneSurface([geo.addCurveLoop(curves)])
        geo.synchronize()
        gmsh.model.mesh.generate(2)
        return _read(curves, names)


def _read(curves: Sequence[int], names: Sequence[str]) -> Plate:
    """The mesh of the current model: nodes that a triangle uses, in gmsh's order."""
    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    _, flat = gmsh.model.mesh.getElementsByType(2)
    triangle_tags = np.asarray(flat, dtype=np.int64).reshape(-1, 3)
    if len(triangle_tags) == 0:
        raise MeshingError("gmsh: expected triangles, got none")
    keep = np.isin(np.asarray(tags, dtype=np.int64), triangle_tags)
    number = np.full(int(np.max(tags)) + 1, -1)
    number[np.asarray(tags, dtype=np.int64)[keep]] = np.arange(keep.sum())
    points = np.ascontiguousarray(np.asarray(coordinates).reshape(-1, 3)[keep, :2])
    triangles = number[triangle_tags]
    clockwise = area(Mesh(points=points, triangles=triangles)) < 0
    triangles[clockwise] = triangles[clockwise][:, ::-1]
    parts: dict[str, list[np.ndarray]] = {}
    for curve, name in zip(curves, names, strict=True):
        _, ends = gmsh.model.mesh.getElementsByType(1, curve)
        parts.setdefault(name, []).append(number[np.asarray(ends, dtype=np.int64).reshape(-1, 2)])
    return Plate(
        mesh=Mesh(points=points, triangles=triangles),
        boundary={name: np.concatenate(part) for name, part in parts.items()},
    )
