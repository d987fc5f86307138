"""Cells of any kind become triangles, and their data nodal fields."""

import meshio
import numpy as np
import pytest

from understudy.mesh import area
from understudy.mesh.cells import Content, triangle_mesh
from understudy.mesh.io import read_mesh

SQUARE = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])


def grid(nx, ny):
    """A sheared rectangle of quadrilaterals."""
    x, y = np.meshgrid(np.arange(nx), np.arange(ny))
    corner = (np.arange(ny - 1)[:, None] * nx + np.arange(nx - 1)).ravel()
    quads = np.stack([corner, corner + 1, corner + nx + 1, corner + nx], axis=1)
    return np.stack([(x + 0.3 * y).ravel(), y.ravel()], axis=1).astype(float), quads


@pytest.mark.parametrize("suffix", [".vtu", ".xdmf", ".msh"])
def test_cutting_quadrilaterals_keeps_area_nodes_and_fields(tmp_path, suffix):
    points, quads = grid(5, 4)
    data = {"u": points[:, 0] ** 2}
    path = tmp_path / f"a{suffix}"
    form = {"file_format": "gmsh"} if suffix == ".msh" else {}
    meshio.Mesh(np.c_[points, 0 * points[:, 0]], [("quad", quads)], data).write(path, **form)
    mesh, fields = read_mesh(path)
    assert len(mesh.triangles) == 2 * len(quads)
    assert (area(mesh) > 0).all()
    assert area(mesh).sum() == pytest.approx(12.0)
    assert set(fields) == {"u"}  # and nothing that gmsh adds
    assert np.array_equal(fields["u"], data["u"])


def test_a_re_entrant_quadrilateral_is_cut_inside():
    """The dart (0,0), (2,0), (0.4,0.4), (0,2) holds 0.8; the other diagonal would turn a piece."""
    points = np.array([[0.0, 0], [2, 0], [0.4, 0.4], [0, 2]])
    for turn in range(4):
        cell = np.roll(np.arange(4), turn)[None]
        mesh, _ = triangle_mesh(Content(points=points, blocks=[("quad", cell)]))
        assert (area(mesh) > 0).all()
        assert area(mesh).sum() == pytest.approx(0.8)


def test_second_order_triangles_lose_mid_nodes_and_values_there():
    middle = (SQUARE[[0, 1, 2]] + SQUARE[[1, 2, 0]]) / 2
    points = np.concatenate([SQUARE[:3], middle, [[9.0, 9.0]]])
    content = Content(
        points=points, blocks=[("triangle6", np.arange(6)[None])], nodal={"u": np.arange(7.0)}
    )
    mesh, fields = triangle_mesh(content)
    assert np.array_equal(mesh.points, SQUARE[:3])
    assert np.array_equal(fields["u"], [0, 1, 2])


def test_cell_data_are_averaged_by_area():
    """Node 0 meets areas 1 and 3 with values 10 and 2: (10 + 6) / 4 = 4."""
    points = np.array([[0.0, 0], [2, 0], [0, 1], [-6, 0]])
    cells = np.array([[0, 1, 2], [0, 2, 3]])
    content = Content(
        points=points,
        blocks=[("line", np.array([[0, 1]])), ("triangle", cells)],
        central={"s": [np.array([99.0]), np.array([10.0, 2.0])]},
    )
    _, fields = triangle_mesh(content)
    assert fields["s"] == pytest.approx([4, 10, 4, 2])


def test_constant_cell_data_of_mixed_cells_stay_constant_and_labels_are_no_field():
    points, quads = grid(3, 3)
    triangles = np.array([[2, 8, 5]])
    points[5, 0] += 1.0
    content = Content(
        points=points,
        blocks=[("quad", quads), ("triangle", triangles)],
        central={
            "s": [np.full((4, 2), 7.0), np.full((1, 2), 7.0)],
            "material": [np.arange(4), np.arange(1)],
        },
    )
    _, fields = triangle_mesh(content)
    assert set(fields) == {"s_0", "s_1"}
    assert fields["s_1"] == pytest.approx(np.full(9, 7.0))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"blocks": []}, "got no cells"),
        ({"blocks": [("tetra", np.arange(4)[None])]}, r"got \['tetra'\]"),
        ({"blocks": [("triangle", np.array([[0, 1, 4]]))]}, r"expected node numbers in 0\.\.3"),
        ({"nodal": {"u": np.zeros(5)}}, r"field u: expected 4 values, got shape \(5,\)"),
    ],
)
def test_what_cannot_be_used_is_named(change, words):
    whole = {"points": SQUARE, "blocks": [("quad", np.arange(4)[None])]}
    with pytest.raises(ValueError, match=words):
        triangle_mesh(Content(**(whole | change)))
