"""A beam that meets a stop."""

import numpy as np
import pytest

from understudy.fem.stopped_beam import StoppedBeam

BEAM = StoppedBeam()


def simulate(problem=BEAM, **changes):
    inputs = {"height": 1.0, "pressure": 0.5, "gap": 0.1} | changes
    sample = problem.simulate(index=3, inputs=inputs, seed=0)
    assert sample.error == ""
    return sample


def test_an_open_gap_leaves_the_beam_of_theory():
    """Deflection p L^4 / 8 E I, and 0.6 % for shear; the stop carries nothing."""
    sample = simulate(pressure=0.2)
    theory = 0.2 * 10.0**4 * 12 / (8 * 7e4)
    assert sample.scalars["reaction"] == 0.0
    assert sample.scalars["deflection"] == pytest.approx(theory, rel=0.015)
    assert sample.scalars["deflection"] > theory


def test_a_closed_gap_gives_the_reaction_of_the_propped_beam():
    """R (L^3 / 3 E I + 1 / k a) = p L^4 / 8 E I - g, with the stop at the end of its stretch."""
    inertia, at = 1 / 12, 9.75
    p = 1.0
    # Deflection of the clamped beam at the middle of the stop.
    free = p * at**2 * (6 * 100 - 4 * 10 * at + at**2) / (24 * 7e4 * inertia)
    told = (free - 0.1) / (at**3 / (3 * 7e4 * inertia) + 1 / (1e3 * 0.5))
    assert simulate(pressure=p).scalars["reaction"] == pytest.approx(told, rel=0.02)


def test_the_kink_is_where_the_gap_closes():
    """Reaction zero, then a line; the deflection's slope falls more than twentyfold."""
    loads = np.array([0.2, 0.3, 0.4, 0.8, 0.9, 1.0])
    found = [simulate(pressure=float(p)).scalars for p in loads]
    reaction = np.array([f["reaction"] for f in found])
    deflection = np.array([f["deflection"] for f in found])
    assert (reaction[:3] == 0).all()
    assert (reaction[3:] > 0).all()
    assert np.diff(reaction[3:], 2) == pytest.approx([0.0], abs=2e-3 * reaction[-1])
    rise = np.diff(deflection) / np.diff(loads)
    assert rise[0] == pytest.approx(rise[1], rel=1e-6)
    assert rise[-1] < rise[0] / 20


def test_a_finer_mesh_changes_little():
    coarse, fine = simulate(pressure=0.9), simulate(StoppedBeam(mesh_size=0.15), pressure=0.9)
    assert coarse.scalars["reaction"] == pytest.approx(fine.scalars["reaction"], rel=5e-3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"stop": 6.0}, r"stop: expected in \(0, 5\)"),
        ({"stiffness": 0.0}, "stiffness: expected more than 0"),
        ({"mesh_size": 3.0}, r"mesh_size: expected in \(0, 2.5\)"),
    ],
)
def test_bad_settings_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        StoppedBeam(**settings)


def test_other_inputs_are_refused():
    with pytest.raises(ValueError, match="inputs: expected"):
        BEAM.simulate(index=0, inputs={"height": 1.0}, seed=0)
