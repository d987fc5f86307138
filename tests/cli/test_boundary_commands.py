"""Boundary commands on histories of any program, without a zone of ours."""

import json

import numpy as np
import pytest

from understudy.__main__ import main
from understudy.cli.boundary_data import first_runs, named
from understudy.data.histories import Histories, load_histories, save_histories

_PLAIN = {
    "method": {"gaussian": {}},
    "coordinates": {"rank": 5, "cells": 0, "mixed": False},
    "features": None,
    "groups": 0,
}


def _runs(count=40, errors=None):
    rng = np.random.default_rng(0)
    times = np.linspace(0, 1e-4, 6)
    shape = np.sin(np.outer(times / 1e-4, [1.0, 2.0, 3.0]))[:, :, None]
    size = rng.normal(size=(count, 1, 3, 2))
    return Histories(
        name="mine", units={"length": "m", "time": "s", "stress": "Pa"}, specification="{}",
        times=times, nodes=np.arange(6.0).reshape(3, 2), numbers=np.arange(count),
        displacement=(size * shape).astype(np.float32), peak=np.zeros((count, 0)), inputs={},
        residual=np.zeros(count), seconds=np.zeros(count), errors=errors or {},
    )  # fmt: skip


def test_a_law_needs_no_zone_and_gives_histories_back(tmp_path):
    """Draws have the deviation of the runs, as a normal law of all their directions has."""
    save_histories(tmp_path / "runs.h5", _runs(), {})
    law, new = str(tmp_path / "law.h5"), tmp_path / "new.h5"
    words = ["boundary-fit", str(tmp_path / "runs.h5"), "--out", law, "--spec", json.dumps(_PLAIN)]
    assert main(words) == 0
    assert main(["boundary-sample", law, "--count", "4000", "--out", str(new)]) == 0
    drawn, real = load_histories(new).displacement, _runs().displacement
    assert drawn.shape[1:] == real.shape[1:]
    spread = [x[:, -1].std(axis=0) for x in (drawn, real)]
    assert np.linalg.norm(spread[0] - spread[1]) < 0.25 * np.linalg.norm(spread[1])


def test_stress_needs_a_zone(tmp_path, capsys):
    save_histories(tmp_path / "runs.h5", _runs(), {})
    spec = _PLAIN | {"coordinates": {"rank": 5, "cells": 20, "mixed": False}}
    words = ["boundary-fit", str(tmp_path / "runs.h5"), "--out", str(tmp_path / "law.h5")]
    assert main([*words, "--spec", json.dumps(spec)]) == 2
    assert "zone: expected one" in capsys.readouterr().err
    assert not (tmp_path / "law.h5").exists()


def test_too_few_runs_for_the_rank_are_told(tmp_path, capsys):
    save_histories(tmp_path / "runs.h5", _runs(5), {})
    words = ["boundary-fit", str(tmp_path / "runs.h5"), "--out", str(tmp_path / "law.h5")]
    assert main([*words, "--spec", json.dumps(_PLAIN)]) == 2
    assert "rank: expected less than the 5 runs" in capsys.readouterr().err


def test_runs_that_failed_are_not_passed_over():
    """One in forty is more than one in five hundred."""
    with pytest.raises(ValueError, match=r"1 of 41 runs failed.*run 7: too stiff"):
        first_runs(_runs(errors={"7": "too stiff"}), 0)


def test_words_without_a_name_are_told():
    assert [str(p) for p in named(["a=x", "a=y"], "--changed")["a"]] == ["x", "y"]
    with pytest.raises(ValueError, match="--changed: expected name=path"):
        named(["zone.h5"], "--changed")
