"""Splits of evaluations side by side."""

import numpy as np
import pytest

from understudy.cli.prose_results import Found, along, numbers, read_evaluated, told
from understudy.files import write_json
from understudy.surrogates.forecast_errors import banded, judged

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


def test_seeds_are_joined_and_their_deviation_is_told(tmp_path):
    """Two networks with errors .1 and .3; one has bands that hold nothing in the second half."""
    truth = np.ones((2, 4, 1))
    paths = []
    for seed, off in ((0, 0.1), (1, 0.3)):
        low = np.full_like(truth, 0.5)
        low[:, 2:] += seed
        one = banded(judged(truth, truth + off), truth, low, low + 1.0)
        split = BASE | {"families": ["lorenz"]}
        path = tmp_path / f"known-{seed}.json"
        write_json(path, {"split": split, "methods": {"answer": [told(one)]}, "named": []})
        paths.append(path)
    flat = numbers(read_evaluated(paths))
    start = "prose.known.answer"
    assert flat[f"{start}.relative_l2"] == pytest.approx(0.2)
    assert flat[f"{start}.relative_l2_seed_deviation"] == pytest.approx(0.2 / np.sqrt(2))
    assert flat[f"{start}.coverage_95"] == 0.75
    assert flat[f"{start}.coverage_95_first_half"] == 1.0
    assert flat[f"{start}.coverage_95_second_half"] == 0.5
    assert f"{start}.relative_l2_seed_deviation" not in numbers(read_evaluated(paths[:1]))
