"""The method follows from what the mesh is, and the reason says so."""

import numpy as np
import pytest

from synthetic import holed_plate, necked_plate
from understudy.mesh import Mesh
from understudy.morphing import Elastic, Harmonic, OptimalTransport, choose

RNG = np.random.default_rng(0)
DISK = necked_plate(0.3, 9, 10, RNG)
ONE, TWO = (holed_plate([(-0.4, 0, 0.2), (0.4, 0, 0.2)][:k], 0.12, RNG) for k in (1, 2))


def sheet(mesh):
    return Mesh(points=np.c_[mesh.points, mesh.points[:, 0] ** 2], triangles=mesh.triangles)


def join(one, two):
    return Mesh(
        points=np.concatenate([one.points, two.points + 3]),
        triangles=np.concatenate([one.triangles, two.triangles + len(one.points)]),
    )


@pytest.mark.parametrize(
    ("mesh", "reference", "method", "word"),
    [
        (DISK, None, Harmonic(landmark_angle=60.0), "planar disk"),
        (ONE, None, Elastic(), "1 holes, as the reference"),
        (TWO, TWO, Elastic(), "2 holes, as the reference"),
        (TWO, ONE, OptimalTransport(), "2 holes and 1 on the reference"),
        (DISK, ONE, OptimalTransport(), "0 holes and 1 on the reference"),
        (join(ONE, DISK), ONE, OptimalTransport(), "not one part"),
        (
            sheet(DISK),
            None,
            Harmonic(anchor=(-1.0, -1.0, -1.0), landmark_angle=60.0),
            "surface in space",
        ),
    ],
)
def test_each_kind_of_mesh_has_its_method(mesh, reference, method, word):
    found, reason = choose(mesh, reference)
    assert found == method
    assert word in reason
    found.fit(mesh, reference)


def test_a_surface_in_space_with_a_hole_is_refused_with_advice():
    with pytest.raises(ValueError, match="cut_open"):
        choose(sheet(ONE))


def test_a_plane_and_space_do_not_meet():
    with pytest.raises(ValueError, match="expected points of 2 coordinates"):
        choose(sheet(DISK), DISK)
