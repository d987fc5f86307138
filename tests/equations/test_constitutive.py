"""Return mapping against closed forms, an ordinary differential equation, and its own tangent."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from understudy.equations import (
    Material,
    State,
    equivalent_strain,
    plane_strain,
    respond,
    von_mises,
)

E, NU, R0, H = 7e4, 0.3, 120.0, 3e3
J2 = Material(young=E, poisson_ratio=NU, yield_stress=R0, hardening=H)
CHABOCHE = Material(
    young=E, poisson_ratio=NU, yield_stress=15.0, kinematic=1.5e4, recall=150.0, viscosity=120.0,
    exponent=4.0,
)  # fmt: skip
MIXED = Material(
    young=E, poisson_ratio=NU, yield_stress=80.0, hardening=500.0, kinematic=2e3, recall=50.0
)
LAWS = pytest.mark.parametrize("law", [J2, CHABOCHE, MIXED], ids=["J2", "Chaboche", "mixed"])


def bar(law, strains, dt):
    """Axial stress and p of a free bar whose axial strain follows `strains`."""
    state, out = State.virgin(1), []
    for axial in strains:

        def lateral_stress(side, axial=axial, state=state):
            strain = np.array([[axial, side, side, 0.0]])
            return respond(law, strain, state, dt).stress[0, 1]

        side = brentq(lateral_stress, -0.6 * abs(axial) - 1e-3, 0.6 * abs(axial) + 1e-3)
        found = respond(law, np.array([[axial, side, side, 0.0]]), state, dt)
        state = found.state
        out.append((found.stress[0, 0], state.accumulated[0]))
    return np.array(out).T


def test_a_bar_of_linear_hardening_follows_its_closed_form_through_a_cycle():
    """sigma = E (e - e_p), e_p from |sigma| = R0 + H p: loading, then reverse yielding."""
    stress, p = bar(J2, [0.001, 0.004, 0.002, -0.003], 1.0)
    first = (E * 0.004 - R0) / (E + H)
    assert stress[0] == pytest.approx(E * 0.001)
    assert [stress[1], p[1]] == pytest.approx([R0 + H * first, first], rel=1e-9)
    assert stress[2] == pytest.approx(stress[1] - E * 0.002)
    again = (stress[1] - E * 0.007 + R0 + H * first) / -(E + H)
    assert [stress[3], p[3]] == pytest.approx([-R0 - H * (first + again), first + again])


def test_a_viscoplastic_bar_converges_to_the_solution_of_its_equation():
    """Backward Euler is of first order: halving the step halves the error of a whole cycle."""

    def axial(t):
        return 0.006 * np.sin(2 * np.pi * t)

    def rate(t, y):
        plastic, alpha = y
        s = E * (axial(t) - plastic) - CHABOCHE.kinematic * alpha
        speed = max(abs(s) - CHABOCHE.yield_stress, 0.0) / CHABOCHE.viscosity
        flow = np.sign(s) * speed**CHABOCHE.exponent
        return [flow, flow - CHABOCHE.recall * abs(flow) * alpha]

    exact = solve_ivp(rate, (0, 1), [0.0, 0.0], method="LSODA", rtol=1e-10, atol=1e-14)
    truth = E * (axial(1.0) - exact.y[0, -1])
    errors = []
    for n in (200, 400):
        stress, _ = bar(CHABOCHE, axial(np.arange(1, n + 1) / n), 1 / n)
        errors.append(abs(stress[-1] - truth))
    assert errors[0] / errors[1] == pytest.approx(2.0, abs=0.2)
    assert errors[1] < 0.02 * abs(truth)


@LAWS
def test_the_tangent_is_the_derivative_of_the_stress(law):
    rng = np.random.default_rng(0)
    before = respond(law, 3e-3 * rng.normal(size=(30, 4)), State.virgin(30), 0.5).state
    strain = 4e-3 * rng.normal(size=(30, 4))
    tangent = respond(law, strain, before, 0.5).tangent
    h = 1e-8
    for j, e in enumerate(h * np.eye(4)):
        up, down = (respond(law, strain + d, before, 0.5).stress for d in (e, -e))
        # Central differences: round-off of the stress over h.
        np.testing.assert_allclose((up - down) / (2 * h), tangent[:, :, j], atol=1e-6 * E)


@LAWS
def test_flow_keeps_the_volume_and_the_yield_condition(law):
    strain = 5e-3 * np.random.default_rng(1).normal(size=(50, 4))
    found = respond(law, strain, State.virgin(50), 0.5)
    s = found.state
    np.testing.assert_allclose(s.plastic_strain[:, :3].sum(axis=1), 0.0, atol=1e-15)
    back = 2 / 3 * law.kinematic * s.back_strain
    over = von_mises(found.stress - back) - law.yield_stress - law.hardening * s.accumulated
    viscous = law.viscosity * (s.accumulated / 0.5) ** (1 / law.exponent)
    flows = s.accumulated > 0
    assert 0 < flows.sum()
    np.testing.assert_allclose(over[flows], viscous[flows], atol=1e-9 * E)
    assert (over[~flows] <= 0).all()


def test_deformation_theory_gives_p_of_a_proportional_path():
    """p = max(0, 3 G e - R0) / (3 G + H) with e = sqrt(2/3 dev eps : dev eps)."""
    direction = np.random.default_rng(2).normal(size=(20, 4)) * 2e-3
    state = State.virgin(20)
    for t in np.linspace(0.1, 1.0, 10):
        state = respond(J2, t * direction, state).state
    e = equivalent_strain(direction)
    expected = np.maximum(0.0, 3 * J2.shear * e - R0) / (3 * J2.shear + H)
    np.testing.assert_allclose(state.accumulated, expected, atol=1e-14)


def test_plane_strain_adds_no_strain_out_of_the_plane():
    rows = plane_strain(np.array([[1.0, 2.0, 3.0]]))
    assert rows.tolist() == [[1.0, 2.0, 0.0, 3.0]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"young": 0.0}, "young: expected a positive"),
        ({"poisson_ratio": 0.5}, "poisson_ratio"),
        ({"hardening": -1.0}, "hardening: expected 0 or more"),
        ({"exponent": 0.5}, "exponent: expected at least 1"),
    ],
)
def test_constants_without_meaning_are_refused(changes, message):
    values = {"young": E, "poisson_ratio": NU, "yield_stress": R0} | changes
    with pytest.raises(ValueError, match=message):
        Material(**values)


def test_a_step_without_length_is_refused():
    with pytest.raises(ValueError, match="dt"):
        respond(J2, np.zeros((1, 4)), State.virgin(1), 0.0)
