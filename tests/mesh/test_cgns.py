"""CGNS files: a zone written by hand after the standard comes back; others are refused."""

import h5py
import meshio
import numpy as np
import pytest

from understudy.mesh.io import read_mesh, write_mesh

POINTS = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1], [2, 0.5]])


def node(parent, name, label, value=None):
    group = parent.create_group(name)
    group.attrs["label"] = np.bytes_(label.ljust(32, "\0"))
    if isinstance(value, str):
        value = np.frombuffer(value.encode(), dtype=np.int8)
    if value is not None:
        group[" data"] = np.asarray(value)
    return group


def write(path, elements, solutions, kind="Unstructured", zones=1, dim=2):
    """A file with a base of globals, as PLAID has it, and a base of zones."""
    with h5py.File(path, "w") as file:
        node(file, "CGNSLibraryVersion", "CGNSLibraryVersion_t", np.float32([4.0]))
        globe = node(file, "Global", "CGNSBase_t", [1, 1])
        node(globe, "P", "DataArray_t", [3.0])
        base = node(file, "Base_2_2", "CGNSBase_t", [dim, 2])
        for k in range(zones):
            zone = node(base, f"Zone{k}", "Zone_t", [[5], [3], [0]])
            node(zone, "ZoneType", "ZoneType_t", kind)
            grid = node(zone, "GridCoordinates", "GridCoordinates_t")
            for name, column in zip("XY", POINTS.T, strict=True):
                node(grid, f"Coordinate{name}", "DataArray_t", column)
            for name, (code, numbers) in elements.items():
                cells = node(zone, name, "Elements_t", [code, 0])
                node(cells, "ElementConnectivity", "DataArray_t", numbers)
            for where, fields in solutions.items():
                flow = node(zone, f"{where}Fields", "FlowSolution_t")
                if where != "Vertex":  # the default may be left out
                    node(flow, "GridLocation", "GridLocation_t", where)
                for name, values in fields.items():
                    node(flow, name, "DataArray_t", values)


BARS = (3, [1, 2, 2, 5])
TRIANGLES = (5, [1, 2, 3, 1, 3, 4, 2, 5, 3])
FAN = np.array([[0, 1, 2], [0, 2, 3], [1, 4, 2]])


def test_triangles_and_vertex_fields_come_back(tmp_path):
    u = np.arange(5.0) / 3
    write(tmp_path / "a.cgns", {"B": BARS, "T": TRIANGLES}, {"Vertex": {"u": u}})
    mesh, fields = read_mesh(tmp_path / "a.cgns")
    assert np.array_equal(mesh.points, POINTS)
    assert np.array_equal(mesh.triangles, FAN)
    assert np.array_equal(fields["u"], u)


@pytest.mark.parametrize(
    "elements",
    [
        {"Q": (7, [1, 2, 3, 4]), "T": (5, [2, 5, 3])},
        {"M": (20, [3, 1, 2, 7, 1, 2, 3, 4, 5, 2, 5, 3])},
    ],
)
def test_quadrilaterals_and_cell_fields_are_read(tmp_path, elements):
    write(tmp_path / "a.cgns", elements, {"CellCenter": {"s": [4.0, 4.0]}})
    mesh, fields = read_mesh(tmp_path / "a.cgns")
    assert len(mesh.triangles) == 3
    assert fields["s"] == pytest.approx(np.full(5, 4.0))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "Structured"}, r"expected an unstructured zone, got \['Structured'\]"),
        ({"zones": 2}, "expected one zone in a base of cell dimension 2"),
        ({"dim": 3}, "expected one zone in a base of cell dimension 2"),
        ({"elements": {"T": (10, [1, 2, 3, 4])}}, "expected triangles or quadrilaterals"),
        ({"elements": {"M": (20, [10, 1, 2, 3, 4])}}, "got type 10"),
        ({"solutions": {"FaceCenter": {"s": [1.0]}}}, "expected Vertex or CellCenter"),
        ({"solutions": {"CellCenter": {"s": [1.0]}}}, "field s: expected 3 values, got 1"),
        ({"solutions": {"Vertex": {"u": [1.0]}}}, "field u: expected 5 values"),
    ],
)
def test_another_zone_is_refused_with_its_cause(tmp_path, change, words):
    whole = {"elements": {"T": TRIANGLES}, "solutions": {}}
    write(tmp_path / "odd.cgns", **(whole | change))
    with pytest.raises(ValueError, match=rf"odd\.cgns: .*{words}"):
        read_mesh(tmp_path / "odd.cgns")


def test_a_file_of_meshio_has_no_zone_and_we_write_none(tmp_path):
    """meshio writes CGNS without types of nodes, and drops triangles."""
    points = np.c_[POINTS, np.zeros(5)]
    meshio.Mesh(points, [("triangle", FAN)]).write(tmp_path / "m.cgns")
    with pytest.raises(ValueError, match=r"m\.cgns: .*got none"):
        read_mesh(tmp_path / "m.cgns")
    write(tmp_path / "a.cgns", {"T": TRIANGLES}, {})
    mesh, _ = read_mesh(tmp_path / "a.cgns")
    with pytest.raises(ValueError, match="CGNS is only read"):
        write_mesh(tmp_path / "out.cgns", mesh, {})
