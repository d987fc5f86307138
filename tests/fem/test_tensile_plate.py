"""The data set of notched plates obeys the laws of linear elasticity."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest
from scipy.interpolate import LinearNDInterpolator

from understudy.fem import TensilePlate, tensile_plate
from understudy.fem.adapter import ConvergenceError
from understudy.fem.tensile_plate import von_mises
from understudy.mesh import area

H = 0.08
PLATE = TensilePlate(mesh_size=H)
INPUTS = {"notch_radius": 0.45, "P": 44.0, "E": 7e4}


def simulate(**changes):
    sample = PLATE.simulate(index=3, inputs={**INPUTS, **changes}, seed=11)
    assert sample.error == ""
    return sample


@pytest.fixture(scope="module")
def sample():
    return simulate()


def mean_of(sample, name):
    """Integral over the plate of a field that is linear on triangles."""
    mesh = sample.mesh
    return area(mesh) @ sample.fields[name][mesh.triangles].mean(axis=1)


def digest(sample):
    arrays = [sample.mesh.points, sample.mesh.triangles, *sample.fields.values()]
    arrays.append(np.array(list(sample.scalars.values())))
    return hashlib.sha256(b"".join(a.tobytes() for a in arrays)).hexdigest()


def test_a_sample_carries_all_that_the_data_set_declares(sample):
    assert list(sample.fields) == ["u_x", "u_y", "sigma_xx", "sigma_yy", "sigma_xy"]
    assert list(sample.scalars) == ["von_mises_max", "u_y_top", "sigma_yy_top"]
    assert list(PLATE.units) == ["length", *sample.fields, *sample.scalars]
    assert list(sample.inputs) == [variable.name for variable in PLATE.variables]
    assert list(sample.seconds) == ["mesh", "solve", "project"]
    assert (sample.index, sample.seed) == (3, 11)
    assert 0 < sample.residual < 1e-9
    assert [v.known for v in PLATE.variables] == [False, True, True]


def test_stress_is_proportional_to_the_load_and_blind_to_the_modulus(sample):
    """stress = P f(r): dividing by P removes load and modulus, up to rounding times cond(A)."""
    other = simulate(P=50.0, E=9e4)
    for name in ("sigma_xx", "sigma_yy", "sigma_xy"):
        scaled = other.fields[name] * 44.0 / 50.0
        peak = np.abs(sample.fields[name]).max()
        np.testing.assert_allclose(scaled, sample.fields[name], atol=1e-9 * peak)


def test_displacement_is_proportional_to_load_over_modulus(sample):
    """displacement = (P / E) g(r)."""
    other = simulate(P=50.0, E=9e4)
    for name in ("u_x", "u_y"):
        scaled = other.fields[name] * (44.0 / 50.0) * (9e4 / 7e4)
        peak = np.abs(sample.fields[name]).max()
        np.testing.assert_allclose(scaled, sample.fields[name], atol=1e-9 * peak)


def test_the_load_goes_through_every_section(sample):
    """Virtual work with w = (0, y - y_bottom): the integral of sigma_yy is P side^2.

    Exact for the discrete solution, as w is linear and projection keeps integrals; with
    w = (y - y_bottom, 0) and w = (x - x_left, 0) the integrals of sigma_xy and sigma_xx vanish.
    """
    total = INPUTS["P"] * PLATE.side**2
    assert mean_of(sample, "sigma_yy") == pytest.approx(total, rel=1e-9)
    assert mean_of(sample, "sigma_xy") == pytest.approx(0, abs=1e-9 * total)
    assert mean_of(sample, "sigma_xx") == pytest.approx(0, abs=1e-9 * total)


def test_supports_hold(sample):
    points = sample.mesh.points
    bottom = points[:, 1] == -1
    assert bottom.sum() > 20
    assert np.abs(sample.fields["u_y"][bottom]).max() == 0
    corner = bottom & (points[:, 0] == -1)
    assert sample.fields["u_x"][corner] == 0
    assert np.abs(sample.fields["u_x"][bottom & ~corner]).min() > 0


def test_the_stress_peaks_at_the_notch_roots(sample):
    fields = sample.fields
    mises = von_mises(
        fields["sigma_xx"], fields["sigma_yy"], fields["sigma_xy"], PLATE.poisson_ratio
    )
    peak = np.abs(sample.mesh.points[np.argmax(mises)])
    assert np.hypot(*(peak - [1 - INPUTS["notch_radius"], 0])) < 2 * H
    assert mises.max() == sample.scalars["von_mises_max"]


def test_the_plate_is_symmetric_left_to_right(sample):
    """u_y(-x, y) = u_y(x, y), to the h^2 of linear interpolation on a mesh without symmetry."""
    points, u = sample.mesh.points, sample.fields["u_y"]
    mirrored = LinearNDInterpolator(points, u)(points * [-1, 1])
    inside = np.isfinite(mirrored)
    assert inside.mean() > 0.9
    assert np.abs(mirrored - u)[inside].max() < H**2 * np.abs(u).max()


def test_scalars_are_read_at_the_top_edge(sample):
    top = sample.mesh.points[:, 1] == 1
    assert sample.scalars["u_y_top"] == sample.fields["u_y"][top].max()
    assert sample.scalars["sigma_yy_top"] == sample.fields["sigma_yy"][top].max()


def test_von_mises_of_simple_states():
    """|sigma| in tension when nu = 0, sqrt(3) |tau| in shear, zero in a hydrostatic state.

    In plane strain sigma_xx = sigma_yy = s gives sigma_zz = 2 nu s, hydrostatic when nu = 1/2.
    """
    one, none = np.ones(1), np.zeros(1)
    assert von_mises(-3 * one, none, none, 0.0)[0] == pytest.approx(3)
    assert von_mises(none, none, 2 * one, 0.3)[0] == pytest.approx(2 * np.sqrt(3))
    assert von_mises(5 * one, 5 * one, none, 0.5)[0] == pytest.approx(0, abs=1e-12)
    assert von_mises(one, one, none, 0.3)[0] == pytest.approx(0.4)


def test_the_same_inputs_give_the_same_bits_in_any_order_and_process(sample):
    simulate(notch_radius=0.7)
    assert digest(simulate()) == digest(sample)
    code = (
        "import hashlib, numpy as np\n"
        "from understudy.fem import TensilePlate\n"
        f"s = TensilePlate(mesh_size={H}).simulate(0, {INPUTS}, 0)\n"
        "a = [s.mesh.points, s.mesh.triangles, *s.fields.values()]\n"
        "a.append(np.array(list(s.scalars.values())))\n"
        "print(hashlib.sha256(b''.join(x.tobytes() for x in a)).hexdigest())\n"
    )
    fresh = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert fresh.stdout.split()[-1] == digest(sample)


def test_a_notch_that_does_not_fit_is_a_sample_with_a_reason():
    failed = PLATE.simulate(index=0, inputs={**INPUTS, "notch_radius": 1.2}, seed=0)
    assert failed.error.startswith("ValueError: notched plate: expected 0 < notch_radius")
    assert failed.mesh is None
    assert failed.fields == {}


def test_a_solve_that_fails_is_a_sample_with_a_mesh_and_a_reason(monkeypatch):
    def diverge(*args, **settings):
        raise ConvergenceError("no luck")

    monkeypatch.setattr(tensile_plate, "project", diverge)
    failed = PLATE.simulate(index=0, inputs=INPUTS, seed=0)
    assert failed.error == "ConvergenceError: no luck"
    assert failed.mesh is not None


def test_a_misspelt_input_is_an_error_of_the_caller():
    with pytest.raises(ValueError, match=r"inputs: expected \['notch_radius', 'P', 'E'\], got"):
        PLATE.simulate(index=0, inputs={"radius": 0.5, "P": 45.0, "E": 7e4}, seed=0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"mesh_size": 1.5}, "mesh_size < side / 2"), ({"poisson_ratio": 0.5}, "poisson_ratio")],
)
def test_a_specification_without_meaning_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        TensilePlate(**wrong)
