"""Splits of evaluations side by side."""

import pytest

from understudy.cli.prose_results import Found, along

BASE = {"families": ["lorenz"], "noise": 0.02, "windows": 1, "guess": "perturbed", "each": 25,
        "seed": 1}  # fmt: skip


def splits(*changes):
    return {
        f"split_{k}": Found(split=BASE | change, methods={}, pairs=())
        for k, change in enumerate(changes)
    }


def test_splits_that_differ_in_one_setting_are_in_its_order():
    """Whatever their number of samples; one that differs in its guess too is not among them."""
    found = splits(
        {"noise": 0.1}, {}, {"noise": 0.0, "each": 12, "seed": 2}, {"noise": 0.05, "guess": "none"}
    )
    assert along(found, "noise") == {0.0: "split_2", 0.02: "split_1", 0.1: "split_0"}


@pytest.mark.parametrize("setting", ["noise", "windows"])
def test_two_splits_are_no_series(setting):
    """A line needs three."""
    assert along(splits({}, {"noise": 0.1}), setting) == {}
    assert along({}, setting) == {}
