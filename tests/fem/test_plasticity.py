"""Load paths of plastic bodies: one material point, equilibrium, Newton, data sets."""

import itertools

import numpy as np
import pytest
from scipy.optimize import brentq

from understudy.equations import Material, State, respond
from understudy.fem import boundary_edges
from understudy.fem.adapter import ConvergenceError
from understudy.fem.notches import Notch, outline, roughness
from understudy.fem.pde import Fixed, Flux, Parameters
from understudy.fem.plasticity import LoadSteps, trace
from understudy.fem.plates import plate_with_notches
from understudy.fem.pulled_plate import pulled
from understudy.fem.tensile_plate_plastic import TensilePlatePlastic
from understudy.fem.tensile_plate_viscoplastic import TensilePlateViscoplastic
from understudy.mesh import area

J2 = Material(young=7e4, poisson_ratio=0.3, yield_stress=100.0, hardening=3e3)
CHABOCHE = Material(
    young=7e4, poisson_ratio=0.3, yield_stress=15.0, kinematic=1.5e3, recall=150.0,
    viscosity=120.0, exponent=4.0,
)  # fmt: skip
VISCOPLASTIC_INPUTS = {
    "notch_radius": 0.5, "P": 45.0, "E": 7e4, "R0": 15.0, "K": 450.0, "C": 1.5e3, "D": 1.5e3,
}  # fmt: skip
PLASTIC_INPUTS = {
    "left_depth": 0.5, "left_height": 0.1, "left_aspect": 1.1, "right_depth": 0.4,
    "right_height": -0.1, "right_aspect": 0.9, "P": 50.0, "E": 7e4, "R0": 110.0, "H": 2e3,
}  # fmt: skip


def pulled_square(grid, traction):
    """A unit square that slides on its left and lower edges, pulled at its right."""
    mesh = grid(1)
    left, low, right = (
        boundary_edges(mesh, lambda p, k=k, v=v: np.isclose(p[:, k], v))
        for k, v in ((0, 0.0), (1, 0.0), (0, 1.0))
    )
    return mesh, Parameters(
        fixed=(Fixed(at=left, component=0), Fixed(at=low, component=1)),
        flux=(Flux(at=right, value=(traction, 0.0)),),
    )


def point(law, loads, dt):
    """Axial strain and p of one point in plane strain under given axial stresses."""
    state = State.virgin(1)
    for load in loads:

        def strain_of(axial, state=state):
            def lateral(side):
                return respond(law, np.array([[axial, side, 0, 0]]), state, dt).stress[0, 1]

            return np.array([[axial, brentq(lateral, -0.1, 0.1, xtol=1e-16), 0.0, 0.0]])

        def gap(axial, state=state, load=load):
            return respond(law, strain_of(axial), state, dt).stress[0, 0] - load

        strain = strain_of(brentq(gap, -0.05, 0.05, xtol=1e-16))
        state = respond(law, strain, state, dt).state
    return strain[0, 0], state.accumulated[0]


@pytest.mark.parametrize("law", [J2, CHABOCHE], ids=["J2", "Chaboche"])
def test_one_element_through_a_cycle_is_one_material_point(grid, law):
    """Uniform stress: tension, then compression, as the return mapping at a point gives it."""
    mesh, parameters = pulled_square(grid, 150.0)
    steps = LoadSteps(programme=(1.0, -1.0), steps=8, largest_flow=5e-5, duration=0.01)
    found = trace(mesh, parameters, law, steps)
    loads = np.concatenate([np.linspace(1.5, 150, 100), np.linspace(148.5, -150, 200)])
    axial, p = point(law, loads, 1e-4)
    # Both are of first order in steps of 5e-5 to 1e-4 of about 5e-3 of plastic strain.
    right = np.isclose(mesh.points[:, 0], 1.0)
    assert found.displacement[right, 0] == pytest.approx(np.full(2, axial), abs=1e-4)
    assert found.accumulated == pytest.approx(np.full(4, p), rel=0.02)
    assert found.mean_stress == pytest.approx([-150.0, 0.0, 0.0], abs=1e-6)


@pytest.fixture(scope="module")
def path():
    plate = plate_with_notches(
        side=2.0, left=Notch(depth=0.5), right=Notch(depth=0.4, height=0.1), mesh_size=0.12
    )
    return plate, trace(plate.mesh, pulled(plate, 52.0), J2, LoadSteps(steps=4))


def test_internal_forces_balance_the_load(path):
    """v = (0, y - y_bottom) is zero where the plate is held: int sigma_yy dx = P L H."""
    plate, found = path
    assert found.accumulated.max() > 1e-4
    work = found.mean_stress[1] * area(plate.mesh).sum()
    assert work == pytest.approx(52.0 * 2.0 * 2.0, rel=1e-8)
    assert found.residual <= 1e-9


def test_newton_converges_quadratically(path):
    """|F_k+1| <= c |F_k|^2 once |F_k| is small; of first order it would lose a digit a step."""
    pairs = [(a, b) for history in path[1].histories for a, b in itertools.pairwise(history)]
    late = [(a, b) for a, b in pairs if 1e-6 < a < 2e-3]
    assert len(late) >= 3
    assert all(b <= 10 * a**2 for a, b in late)


def test_a_load_that_nothing_can_carry_is_an_error():
    plate = plate_with_notches(
        side=2.0, left=Notch(depth=0.5), right=Notch(depth=0.5), mesh_size=0.3
    )
    soft = Material(young=7e4, poisson_ratio=0.3, yield_stress=30.0)
    with pytest.raises(ConvergenceError, match="no equilibrium beyond"):
        trace(plate.mesh, pulled(plate, 50.0), soft, LoadSteps(smallest=0.1, steps=2))


def test_the_plastic_set_yields_and_is_reproducible():
    problem = TensilePlatePlastic(mesh_size=0.12)
    first, second = (problem.simulate(1, PLASTIC_INPUTS, 5) for _ in range(2))
    assert first.error == ""
    assert first.scalars["p_max"] > 1e-4
    assert all(np.array_equal(first.fields[n], second.fields[n]) for n in first.fields)
    assert {*first.fields, *first.scalars, "length"} == set(problem.units)


def test_a_plate_that_would_collapse_is_loaded_less():
    problem = TensilePlatePlastic(mesh_size=0.2)
    deep = PLASTIC_INPUTS | {"left_depth": 0.65, "right_depth": 0.65, "P": 52.0}
    deep |= {"left_aspect": 0.6, "right_aspect": 0.6}
    sample = problem.simulate(1, deep, 5)
    assert sample.error == ""
    assert sample.inputs["P"] == pytest.approx(0.85 * 2 / np.sqrt(3) * 110.0 * 0.7 / 2.0)
    lip = problem.simulate(1, deep | {"left_aspect": 1.25, "left_height": 0.15}, 5)
    assert lip.inputs["P"] < sample.inputs["P"]


def test_the_viscoplastic_set_is_nearly_linear():
    """Almost no flow: stress = P f(r), displacement = (P / E) g(r)."""
    problem = TensilePlateViscoplastic(mesh_size=0.15)
    one = problem.simulate(1, VISCOPLASTIC_INPUTS | {"P": 40.0}, 0)
    two = problem.simulate(1, VISCOPLASTIC_INPUTS | {"P": 50.0, "E": 9e4}, 0)
    assert 0 < one.scalars["p_max"] < 1e-4
    np.testing.assert_allclose(two.fields["sigma_yy"], 50 / 40 * one.fields["sigma_yy"], atol=1e-2)
    np.testing.assert_allclose(
        two.fields["u_y"], 50 / 9 * 7 / 40 * one.fields["u_y"], atol=1e-2 * one.scalars["u_y_top"]
    )


@pytest.mark.parametrize("problem", [TensilePlatePlastic, TensilePlateViscoplastic])
def test_every_shift_changes_the_shape_and_simulates(problem):
    inputs = PLASTIC_INPUTS if problem is TensilePlatePlastic else VISCOPLASTIC_INPUTS
    plates = {
        shift: problem(mesh_size=0.2).simulate(1, inputs, 3, shift=shift)
        for shift in ("", *problem.shifts)
    }
    assert [s.error for s in plates.values()] == [""] * len(plates)
    sizes = {shift: area(s.mesh).sum() for shift, s in plates.items()}
    assert all(abs(sizes[shift] - sizes[""]) > 1e-2 for shift in problem.shifts)


def test_roughness_moves_the_outline_but_not_its_ends():
    smooth = Notch(depth=0.4)
    rough = Notch(depth=0.4, roughness=roughness(np.random.default_rng(0), 0.05))
    (a,), (b,) = (outline(n, 1.0, 1.0, 0.02) for n in (smooth, rough))
    np.testing.assert_allclose(a[[0, -1]], b[[0, -1]], atol=1e-12)
    assert 1e-3 < np.abs(a - b).max() < 0.05


def test_a_notch_that_leaves_its_side_is_refused():
    with pytest.raises(ValueError, match="within the side"):
        outline(Notch(depth=0.5, height=0.6), 1.0, 1.0, 0.1)
    with pytest.raises(ValueError, match="depths of less than 2 in sum"):
        plate_with_notches(side=2.0, left=Notch(depth=1.1), right=Notch(depth=0.9), mesh_size=0.1)
