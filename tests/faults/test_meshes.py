"""Forty bad meshes: each is refused in a sentence, or repaired by a rule that is stated.

Usable means: read from its file and mapped to the disk with every triangle the right way round.
"""

import meshio
import numpy as np
import pytest

from understudy.mesh import area, oriented
from understudy.mesh.io import read_mesh
from understudy.morphing import Harmonic

pytestmark = pytest.mark.fault

SIDE = 5
X, Y = np.meshgrid(np.linspace(-1, 1, SIDE), np.linspace(-1, 1, SIDE))
POINTS = np.stack([X.ravel(), Y.ravel(), 0 * X.ravel()], axis=1)
CORNER = (np.arange(SIDE - 1)[:, None] * SIDE + np.arange(SIDE - 1)).ravel()
QUADS = np.stack([CORNER, CORNER + 1, CORNER + SIDE + 1, CORNER + SIDE], axis=1)
TRIANGLES = np.concatenate([QUADS[:, [0, 1, 2]], QUADS[:, [0, 2, 3]]])
HUGE = 2**62


def points(row, column, value):
    out = POINTS.copy()
    out[row, column] = value
    return out


def cells(row, column, value):
    out = TRIANGLES.astype(np.int64).copy()
    out[row, column] = value
    return out


def turned(rows):
    out = TRIANGLES.copy()
    out[rows] = out[rows, ::-1]
    return out


def with_copy(node, rows):
    """A node doubled: the triangles `rows` use the second one."""
    own = TRIANGLES.copy()
    own[rows] = np.where(own[rows] == node, len(POINTS), own[rows])
    return np.concatenate([POINTS, POINTS[[node]]]), [("triangle", own)]


MIDDLE = 12
AT_MIDDLE = np.flatnonzero((TRIANGLES == MIDDLE).any(axis=1))
RIGHT = np.flatnonzero(POINTS[TRIANGLES].mean(axis=1)[:, 0] > 0)
APART = np.concatenate([POINTS, POINTS + np.array([5, 0, 0])])
SLIT = TRIANGLES.copy()
for k, node in enumerate(range(2, 25, 5)):
    SLIT[RIGHT] = np.where(SLIT[RIGHT] == node, 25 + k, SLIT[RIGHT])
TUBE = np.arange(12).reshape(2, 6)
AROUND = np.stack([TUBE[0], np.roll(TUBE[0], -1), np.roll(TUBE[1], -1), TUBE[1]], axis=1)
CIRCLE = np.stack([np.cos(np.arange(6)), np.sin(np.arange(6)), 0 * np.arange(6)], axis=1)

REFUSED = {
    "no points": (np.zeros((0, 3)), [("triangle", np.zeros((0, 3), dtype=int))]),
    "no cells": (POINTS, []),
    "an empty block of cells": (POINTS, [("triangle", np.zeros((0, 3), dtype=int))]),
    "points alone": (POINTS, [("vertex", np.arange(25)[:, None])]),
    "lines alone": (POINTS, [("line", np.array([[0, 1], [1, 2]]))]),
    "tetrahedra": (POINTS, [("tetra", np.array([[0, 1, 5, 6]]))]),
    "tetrahedra among triangles": (
        POINTS, [("triangle", TRIANGLES), ("tetra", np.array([[0, 1, 5, 6]]))],
    ),
    "a hexahedron": (POINTS, [("hexahedron", np.arange(8)[None])]),
    "a NaN coordinate": (points(7, 0, np.nan), [("triangle", TRIANGLES)]),
    "an infinite coordinate": (points(7, 1, np.inf), [("triangle", TRIANGLES)]),
    "all coordinates NaN": (POINTS * np.nan, [("triangle", TRIANGLES)]),
    "a node number too great": (POINTS, [("triangle", cells(3, 1, 25))]),
    "a huge node number": (POINTS, [("triangle", cells(3, 1, HUGE))]),
    "a negative node number": (POINTS, [("triangle", cells(3, 1, -1))]),
    "a triangle with one node twice": (POINTS, [("triangle", cells(3, 1, TRIANGLES[3, 0]))]),
    "a triangle on a line": (points(MIDDLE, 0, 0.5), [("triangle", TRIANGLES[AT_MIDDLE])]),
    "all nodes in one place": (0 * POINTS, [("triangle", TRIANGLES)]),
    "all nodes on a line": (POINTS * [1, 0, 0], [("triangle", TRIANGLES)]),
    "two parts": (APART, [("triangle", np.concatenate([TRIANGLES, TRIANGLES + 25]))]),
    "two parts that touch in a node": (
        POINTS, [("triangle", TRIANGLES[[0, 1]]), ("triangle", TRIANGLES[[14, 15]])],
    ),
    "a slit all through": (
        np.concatenate([POINTS, POINTS[2:25:5]]), [("triangle", SLIT)],
    ),
    "a triangle twice": (POINTS, [("triangle", np.concatenate([TRIANGLES, TRIANGLES[:1]]))]),
    "three triangles at an edge": (
        np.concatenate([POINTS, [[0, 0, 1.0]]]),
        [("triangle", np.concatenate([TRIANGLES, [[0, 6, 25]]]))],
    ),
    "a hole": (POINTS, [("triangle", np.delete(TRIANGLES, AT_MIDDLE, axis=0))]),
    "a tube": (np.concatenate([CIRCLE, CIRCLE + np.array([0, 0, 1])]), [("quad", AROUND)]),
    "a field that is too short": None,
    "a quadrilateral with a node twice": (POINTS, [("quad", np.array([[0, 1, 1, 0]]))]),
}  # fmt: skip
REPAIRED = {
    "all triangles turned": (POINTS, [("triangle", turned(slice(None)))]),
    "some triangles turned": (POINTS, [("triangle", turned([0, 5, 9]))]),
    "quadrilaterals": (POINTS, [("quad", QUADS)]),
    "quadrilaterals among triangles": (
        POINTS, [("triangle", TRIANGLES[[0, 16]]), ("quad", QUADS[1:])],
    ),
    "lines and points beside triangles": (
        POINTS,
        [("vertex", np.array([[0]])), ("line", np.array([[0, 1]])), ("triangle", TRIANGLES)],
    ),
    "nodes that no triangle uses": (
        np.concatenate([POINTS, [[9, 9, 0], [np.nan, 0, 0]]]), [("triangle", TRIANGLES)],
    ),
    "a plane away from z = 0": (POINTS + np.array([0, 0, 7]), [("triangle", TRIANGLES)]),
}  # fmt: skip
RAW = {
    "empty.vtu": b"",
    "words.vtu": b"this is no mesh\n",
    "half.vtu": b"<VTKFile type='UnstructuredGrid'><UnstructuredGrid><Piece NumberOfPoints='3'",
    "words.msh": b"$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$Nodes\nmany\n",
    "binary.vtk": bytes(range(256)) * 8,
    "words.cgns": b"\x89HDF\r\n\x1a\n and then nothing",
}


def usable(path):
    mesh = oriented(read_mesh(path)[0])
    image = Harmonic(anchor=(-1.0, -1.0), landmark_angle=None).fit(mesh)
    return mesh, image


def written(folder, content, fields=None):
    path = folder / "bad.vtu"
    mesh = meshio.Mesh(content[0], content[1])
    if fields:
        mesh.point_data = fields
    mesh.write(path)
    return path


def test_the_corpus_has_forty_meshes():
    assert len(REFUSED) + len(REPAIRED) + len(RAW) == 40


@pytest.mark.parametrize("name", [n for n in REFUSED if REFUSED[n] is not None])
def test_a_bad_mesh_is_refused_in_a_sentence(tmp_path, name):
    with pytest.raises(ValueError, match=r"expected|cannot be read") as caught:
        usable(written(tmp_path, REFUSED[name]))
    assert "\n" not in str(caught.value)


def test_a_field_that_is_too_short_is_refused(tmp_path):
    path = written(tmp_path, (POINTS, [("triangle", TRIANGLES)]), {"u": np.arange(25.0)})
    text = path.read_bytes().replace(b'NumberOfPoints="25"', b'NumberOfPoints="26"')
    path.write_bytes(text)
    with pytest.raises(ValueError, match=r"bad\.vtu: "):
        read_mesh(path)


@pytest.mark.parametrize("name", REPAIRED)
def test_a_mesh_that_a_rule_repairs_is_used(tmp_path, name):
    mesh, image = usable(written(tmp_path, REPAIRED[name]))
    assert mesh.points.shape == (25, 2)
    assert (area(mesh) > 0).all()
    assert area(mesh).sum() == pytest.approx(4.0)
    assert (area(image.image) > 0).all()


@pytest.mark.parametrize("name", RAW)
def test_a_file_that_is_no_mesh_is_refused_by_name(tmp_path, name):
    (tmp_path / name).write_bytes(RAW[name])
    with pytest.raises(ValueError, match=f"{name}: cannot be read as a mesh"):
        read_mesh(tmp_path / name)
