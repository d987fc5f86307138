"""Samples that are not numbers, do not converge, or fail."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from faults.made import header
from synthetic import sample
from understudy.__main__ import main
from understudy.cli import simulate
from understudy.data import Sample, failure_notes, finite, read_samples, write_samples
from understudy.files import write_json

pytestmark = pytest.mark.fault


def test_a_sample_with_a_nan_is_a_failed_sample():
    one = sample(0)
    values = one.fields["u"].copy()
    values[3] = np.nan
    spoilt = finite(Sample(**vars(one) | {"fields": dict(one.fields) | {"u": values}}))
    assert spoilt.error == "FloatingPointError: field u: expected finite values, got others"
    assert spoilt.fields == {}
    peak = finite(Sample(**vars(one) | {"scalars": {"peak": np.inf}}))
    assert "scalar peak" in peak.error
    assert finite(one) is one


@dataclass(frozen=True, kw_only=True)
class Spoilt:
    """A problem whose samples 1 and 2 come out wrong."""

    def simulate(self, index, inputs, seed):  # noqa: ARG002
        if index == 1:
            return Sample(index=1, seed=1, inputs=dict(inputs), error="ConvergenceError: Newton")
        one = sample(index)
        scale = np.nan if index == 2 else 1.0
        return Sample(**vars(one) | {"fields": {k: scale * v for k, v in one.fields.items()}})


def test_a_batch_outlives_a_nan_and_a_solver_that_does_not_converge(tmp_path, monkeypatch):
    monkeypatch.setattr(simulate, "problem_class", lambda _: Spoilt)
    meta = header([0, 1, 2, 3], [])
    plan = {
        "name": "tensile_plate", "settings": {}, "seed": 0, "sets": meta.sets,
        "units": dict(meta.units),
        "variables": [
            {"name": "P", "low": 40.0, "high": 50.0, "unit": "MPa", "known": True}
        ],
        "samples": [{"index": i, "inputs": {"P": 1.0}, "seed": 0} for i in range(4)],
    }  # fmt: skip
    (tmp_path / "design.json").write_text(json.dumps(plan))
    words = ["--design", tmp_path / "design.json", "--batch", 0, "--size", 4]
    assert main(["simulate", *map(str, words), "--out", str(tmp_path / "b.h5")]) == 0
    errors = [s.error.partition(":")[0] for s in read_samples(tmp_path / "b.h5")]
    assert errors == ["", "ConvergenceError", "FloatingPointError", ""]


def failing(count, share, biased):
    """Samples of which a share failed: those of the greatest r, or any."""
    samples = [sample(i) for i in range(count)]
    order = np.argsort([-s.inputs["r"] for s in samples]) if biased else np.arange(count)
    lost = set(order[: round(share * count)].tolist())
    return [
        Sample(index=s.index, seed=0, inputs=s.inputs, error="MeshingError: thin")
        if s.index in lost
        else s
        for s in samples
    ]


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_failed_samples_are_listed_and_their_bias_is_told(share):
    notes = failure_notes(failing(100, share, biased=True))
    lost = round(100 * share)
    assert notes[0].startswith(f"{lost} of 100 samples failed and are left out (")
    assert "MeshingError: thin" in notes[0]
    assert "Warning, bias: failed samples differ from the others in r (distance" in notes[1]
    assert "P (" not in notes[1]


def test_failures_without_a_pattern_are_told_as_such():
    notes = failure_notes(failing(100, 0.2, biased=False))
    assert "no input tells the failed ones apart" in notes[1]
    assert failure_notes(failing(5, 0.0, biased=True)) == []


def test_collecting_tells_the_bias(tmp_path, capsys):
    samples = failing(40, 0.2, biased=True)
    (tmp_path / "batches").mkdir()
    write_samples(tmp_path / "batches" / "0000.h5", header(list(range(40)), []), samples)
    plan = {"samples": [{"index": k} for k in range(40)], "sets": {"train": list(range(40))}}
    write_json(tmp_path / "design.json", plan)
    words = f"collect --design {tmp_path}/design.json --batches {tmp_path}/batches".split()
    words += ["--out", str(tmp_path / "x.h5")]
    assert main([*words, "--tolerated-failures", "0.25"]) == 0
    assert "collect: Warning, bias: failed samples differ" in capsys.readouterr().err
