"""Errors of single samples: their means are the scores of the set; regions see where they are."""

from dataclasses import replace

import numpy as np
import pytest

from synthetic import sample
from understudy.surrogates.encoding import Prediction
from understudy.surrogates.evaluation import Predictions, score
from understudy.surrogates.regions import regions
from understudy.surrogates.sample_errors import (
    errors_by_region,
    interval_of_mean_rrmse,
    squared_errors,
)


def guess(one, rng, size=0.05):
    return Prediction(
        fields={n: v * (1 + size * rng.normal(size=v.shape)) for n, v in one.fields.items()},
        scalars={n: v * (1 + size * rng.normal()) for n, v in one.scalars.items()},
    )


@pytest.fixture(scope="module")
def pairs():
    rng = np.random.default_rng(0)
    return [(one, guess(one, rng)) for one in map(sample, range(6))]


def test_their_mean_is_the_score_of_the_set(pairs):
    found = Predictions(
        index=np.arange(6), seconds=np.ones(6), samples={str(s.index): p for s, p in pairs}
    )
    scores = score([s for s, _ in pairs], {"mmgp": found}, "mmgp")
    errors = squared_errors(pairs)
    assert set(errors) == {"fields.u", "fields.s", "scalars.peak"}
    for name, each in errors.items():
        assert np.sqrt(each.mean()) == pytest.approx(scores[f"mmgp.{name}.rrmse"], rel=1e-12)
    mean = np.mean([np.sqrt(each.mean()) for each in errors.values()])
    assert mean == pytest.approx(scores["mmgp.mean_rrmse"], rel=1e-12)
    low, high = interval_of_mean_rrmse(errors, np.random.default_rng(0))
    assert low < mean < high


def test_a_field_that_is_zero_in_a_sample_has_no_relative_error(pairs):
    one, said = pairs[0]
    silent = replace(one, fields={**one.fields, "s": np.zeros_like(one.fields["s"])})
    assert set(squared_errors([(silent, said), *pairs[1:]])) == {"fields.u", "scalars.peak"}


def test_an_error_is_seen_in_its_region_alone(pairs):
    """A prediction that is wrong by the greatest value at the notch root has RRMSE one there."""
    wrong = []
    for one, _ in pairs:
        mask = regions(one.mesh)["notch_root"]
        fields = {n: v + np.abs(v).max() * mask for n, v in one.fields.items()}
        wrong.append((one, Prediction(fields=fields, scalars=dict(one.scalars))))
    found = errors_by_region(wrong)
    assert found["notch_root"]["u"] == pytest.approx(1.0, rel=1e-12)
    assert found["edges"]["u"] == 0.0
    assert found["bulk"]["s"] == 0.0
