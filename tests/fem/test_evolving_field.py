"""Data sets of evolution equations: domains, laws, fields that a reader can rely on."""

import numpy as np
import pytest

from understudy.equations.pde_families import PDE_FAMILIES, TIMES
from understudy.equations.rhs import Periodic
from understudy.equations.spectral import Spectral
from understudy.fem.domains import DOMAINS, domain
from understudy.fem.evolving_field import FAMILIES, EvolvingField
from understudy.mesh import area, boundary_loops

AREAS = {"interval": 1 / 16, "square": 1.0, "disc": np.pi / 4, "plate_with_hole": 1 - np.pi / 25}


@pytest.mark.parametrize("name", DOMAINS)
def test_domains_fill_their_area(name):
    """Counter-clockwise triangles; chords of circles leave O(h^2)."""
    mesh = domain(name, 1 / 16)
    assert (area(mesh) > 0).all()
    assert area(mesh).sum() == pytest.approx(AREAS[name], rel=0.01)
    assert len(boundary_loops(mesh)) == (2 if name == "plate_with_hole" else 1)
    assert mesh.points.min() >= -1e-12
    assert mesh.points.max() <= 1 + 1e-12


def test_a_plate_is_its_own_image():
    points = domain("plate_with_hole", 0.1).points
    image = np.stack([1 - points[:, 0], points[:, 1]], axis=1)
    apart = np.linalg.norm(points[:, None] - image[None], axis=2).min(axis=1)
    assert apart.max() < 1e-9


def test_bad_domains_are_refused():
    with pytest.raises(ValueError, match="domain: expected one of interval, square"):
        domain("sphere", 0.1)
    with pytest.raises(ValueError, match=r"mesh_size: expected in \(0, 0.25\], got 0.5"):
        domain("disc", 0.5)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_field_of_each_family_on_an_interval(family):
    """Sixty-four slices, the same on both rows of the strip, and the same for the same seed."""
    problem = EvolvingField(family=family, mesh_size=1 / 64, refinements=0, substeps=1)
    sample = problem.simulate(3, problem.means, 5)
    assert not sample.error
    assert list(sample.fields) == [f"u_{k:02d}" for k in range(64)]
    assert set(sample.fields) | {"length"} == set(problem.units)
    values = np.stack([*sample.fields.values()])
    rows = values.reshape(64, 2, 65)
    assert np.linalg.norm(rows[:, 0] - rows[:, 1]) < 0.01 * np.linalg.norm(rows[:, 0])
    again = problem.simulate(4, problem.means, 5)
    assert np.array_equal(values, np.stack([*again.fields.values()]))
    if family == "burgers":
        assert np.abs(rows[:, :, [0, -1]]).max() < 1e-12


def test_refinement_brings_the_truth_nearer():
    """Against two refinements, a mesh of one leaves less than a third of what its own does."""
    fields = []
    for refinements in (0, 1, 2):
        problem = EvolvingField(mesh_size=1 / 16, refinements=refinements, degree=1)
        sample = problem.simulate(0, problem.means, 1)
        fields.append(np.stack([*sample.fields.values()]))
    first, second = (np.linalg.norm(f - fields[2]) for f in fields[:2])
    assert second < first / 3


def test_burgers_on_an_interval_is_half_of_an_odd_field_on_a_line():
    """Quadratic elements held along both ends agree with the Fourier series, here to 1e-3."""
    problem = EvolvingField(family="burgers", substeps=8)
    sample = problem.simulate(0, problem.means, 3)
    x = np.linspace(0.0, 1.0, 65)
    row = np.stack([*sample.fields.values()]).reshape(len(TIMES), 2, 65)[:, 0]
    assert np.allclose(sample.mesh.points[:65, 0], x)
    start = problem._start(sample.mesh, 3)(np.stack([np.linspace(0.0, 1.0, 129), np.zeros(129)]))
    whole = np.concatenate([start, -start[-2:0:-1]])
    found = Spectral(line=Periodic(length=2.0, points=256)).solve(
        PDE_FAMILIES["burgers"].equation, np.array([[problem.means["nu"]]]), whole[None, None],
        TIMES,
    )[0, :, 0, :129:2]  # fmt: skip
    assert np.linalg.norm(row - found) < 1e-3 * np.linalg.norm(found)


def test_a_field_on_a_disc_keeps_its_mass():
    """Heat flows through no edge."""
    problem = EvolvingField(family="heat", domain="disc", mesh_size=0.1, refinements=0, degree=1)
    sample = problem.simulate(0, problem.means, 2)
    mesh = domain("disc", 0.1)
    slices = np.stack([*sample.fields.values()])
    mass = slices[:, mesh.triangles].mean(axis=2) @ area(mesh)
    assert np.allclose(mass, mass[0], atol=1e-9)


def test_initial_fields_on_a_plane_do_not_depend_on_the_mesh():
    """The same sum of modes, whatever the mesh of the simulation."""
    first = []
    for refinements in (0, 1):
        problem = EvolvingField(
            family="heat", domain="disc", mesh_size=0.1, refinements=refinements, substeps=1
        )
        first.append(problem.simulate(0, problem.means, 2).fields["u_00"])
    assert np.allclose(*first, atol=1e-9)


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match="family: expected one of heat"):
        EvolvingField(family="kdv")
    with pytest.raises(ValueError, match="domain: expected one of"):
        EvolvingField(domain="line")
    with pytest.raises(ValueError, match="substeps, spread: expected at least 1"):
        EvolvingField(substeps=0)
    with pytest.raises(ValueError, match="refinements, degree: expected at least 0"):
        EvolvingField(degree=3)
    with pytest.raises(ValueError, match=r"inputs: expected \['nu', 'r'\], got \['nu'\]"):
        EvolvingField().simulate(0, {"nu": 1.0}, 0)
