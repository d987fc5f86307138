from fractions import Fraction

import numpy as np
import pytest

from understudy.surrogates.dimensions import groups, parse_unit, scales

UNITS = {"P": "MPa", "E": "MPa", "R0": "MPa", "K": "MPa s^(1/10)", "D": ""}


@pytest.mark.parametrize(
    ("unit", "powers"),
    [
        ("", {}),
        ("MPa", {"MPa": 1}),
        ("MPa s^(1/10)", {"MPa": 1, "s": Fraction(1, 10)}),
        ("N/mm^2", {"N": 1, "mm": -2}),
        ("1/s", {"s": -1}),
        ("kg*m^2/s^3", {"kg": 1, "m": 2, "s": -3}),
        ("mm/mm", {}),
    ],
)
def test_a_unit_is_a_product_of_powers(unit, powers):
    assert parse_unit(unit) == powers


def test_text_that_is_no_unit_is_named():
    with pytest.raises(ValueError, match=r"got '3 \+ 4'"):
        parse_unit("3 + 4")


def test_groups_have_no_dimension_and_do_not_change_with_the_units():
    """P / E is a group: in Pa instead of MPa it is the same number."""
    found = groups(UNITS)
    assert {"E": 1.0, "P": -1.0} in found
    assert {"D": 1.0} in found
    assert {"K": 1.0} in found  # its time is shared by no other input
    values = {"P": 45.0, "E": 7e4, "R0": 15.0, "K": 400.0, "D": 1500.0}
    pascal = {n: v * 1e6 if "MPa" in UNITS[n] else v for n, v in values.items()}

    def evaluate(group, at):
        return np.prod([at[n] ** power for n, power in group.items()])

    shared = [g for g in found if g != {"K": 1.0}]
    assert [evaluate(g, values) for g in shared] == pytest.approx(
        [evaluate(g, pascal) for g in shared]
    )
    assert len(found) == len(UNITS) - 1


def test_stress_is_measured_in_loads_and_displacement_in_load_over_stiffness():
    stress = scales("MPa", UNITS, "mm")
    assert stress[0] == {}
    assert {"P": 1.0} in stress
    assert {"P": 1.0, "E": -1.0} not in stress
    assert {"P": 1.0, "E": -1.0} in scales("mm", UNITS, "mm")
    assert not [s for s in scales("K", UNITS, "mm") if s]
