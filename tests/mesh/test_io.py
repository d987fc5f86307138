import meshio
import numpy as np
import pytest

from synthetic import sample
from understudy.figures import draw_panels
from understudy.mesh.io import read_mesh, write_mesh


@pytest.mark.claim("Samples are exported to VTU and XDMF and come back unchanged.")
@pytest.mark.parametrize("suffix", [".vtu", ".xdmf", ".vtk", ".msh"])
def test_a_written_mesh_comes_back_and_can_be_drawn(tmp_path, suffix):
    s = sample(3)
    path = tmp_path / f"a{suffix}"
    write_mesh(path, s.mesh, s.fields)
    mesh, fields = read_mesh(path)
    assert np.array_equal(mesh.points, s.mesh.points)
    assert np.array_equal(mesh.triangles, s.mesh.triangles)
    assert all(np.array_equal(fields[name], s.fields[name]) for name in s.fields)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    if suffix not in (".vtk", ".msh"):
        draw_panels(tmp_path / "a.png", [[("u", mesh, fields["u"], None, "viridis")]], size=64)
        assert (tmp_path / "a.png").stat().st_size > 200


def test_a_vector_field_is_read_by_component(tmp_path):
    s = sample(0)
    points = np.c_[s.mesh.points, np.zeros(len(s.mesh.points))]
    vector = np.c_[s.fields["u"], 2 * s.fields["u"]]
    meshio.Mesh(points, [("triangle", s.mesh.triangles)], {"u": vector}).write(tmp_path / "v.vtu")
    _, fields = read_mesh(tmp_path / "v.vtu")
    assert np.array_equal(fields["u_1"], 2 * s.fields["u"])


def test_other_cells_than_triangles_and_quadrilaterals_are_refused(tmp_path):
    path = tmp_path / "tet.vtu"
    meshio.Mesh(np.eye(4, 3), [("tetra", np.array([[0, 1, 2, 3]]))]).write(path)
    with pytest.raises(ValueError, match=r"tet\.vtu: expected a mesh of .*, got \['tetra'\]"):
        read_mesh(path)


@pytest.mark.parametrize("content", ["", "not a mesh", "<VTKFile></VTKFile>"])
def test_an_unreadable_file_is_named(tmp_path, content):
    path = tmp_path / "broken.vtu"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"broken\.vtu: cannot be read"):
        read_mesh(path)


def test_an_unknown_suffix_leaves_no_file(tmp_path):
    s = sample(0)
    with pytest.raises(ValueError, match="cannot write"):
        write_mesh(tmp_path / "a.nonsense", s.mesh, s.fields)
    assert list(tmp_path.iterdir()) == []
