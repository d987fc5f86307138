"""Scalars of simulations."""

from dataclasses import replace

import numpy as np
import pytest

from understudy.data.histories import Histories
from understudy.surrogates.field_quantity import impacts_of, quantity_of


def test_a_field_gives_its_greatest_value_and_a_scalar_itself(aligned):
    field, scalar = sorted(aligned.fields)[0], sorted(aligned.scalars)[0]
    x, peak, names = quantity_of(aligned, field, 2)
    assert names == ("shape_1", "shape_2", "P")
    assert x[:, 2] == pytest.approx(aligned.inputs[:, 0])
    assert peak == pytest.approx(aligned.fields[field].max(axis=1))
    _, own, _ = quantity_of(aligned, scalar, 2)
    assert own == pytest.approx(aligned.scalars[scalar])


def test_inputs_that_never_change_are_left_out(aligned):
    same = replace(aligned, inputs=np.full_like(aligned.inputs, 3.0))
    x, _, names = quantity_of(same, sorted(aligned.fields)[0], 2)
    assert names == ("shape_1", "shape_2")
    assert x.shape == (40, 2)


def test_an_unknown_name_is_told(aligned):
    with pytest.raises(ValueError, match=r"field: expected one of .*, got 'heat'"):
        quantity_of(aligned, "heat", 2)


def _runs(peak):
    count = len(peak)
    return Histories(
        name="mine", units={"length": "m", "time": "s", "stress": "Pa"}, specification="{}",
        times=np.linspace(0, 1, 4), nodes=np.zeros((2, 2)), numbers=np.arange(count),
        displacement=np.zeros((0, 4, 2, 2)), peak=peak,
        inputs={"pulse": np.arange(count) + 1.0, "pressure": np.arange(count) ** 2.0,
                "angle": np.zeros(count)},
        residual=np.zeros(count), seconds=np.zeros(count), errors={},
    )  # fmt: skip


def test_an_impact_gives_the_greatest_stress_of_the_zone():
    x, y, names = impacts_of(_runs(np.array([[1.0, 5.0], [7.0, 2.0], [0.0, 3.0]])))
    assert names == ("pressure", "pulse")
    assert x == pytest.approx(np.array([[0.0, 1.0], [1.0, 2.0], [4.0, 3.0]]))
    assert y == pytest.approx([5.0, 7.0, 3.0])


def test_runs_without_stresses_are_refused():
    with pytest.raises(ValueError, match="greatest stresses were kept, got none"):
        impacts_of(_runs(np.zeros((3, 0))))
