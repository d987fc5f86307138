"""Probabilities of failures with all links in their intervals."""

import math

import numpy as np
import pytest

from understudy.surrogates.chain_histories import ChainHistories
from understudy.surrogates.chain_score import Evidence, check, in_band
from understudy.surrogates.failure_probability import Link, failure, link_of, logit_interval


def histories(drawn=4000, real=2000, repeats=1):
    return ChainHistories(
        weights=np.ones((drawn + real * (1 + repeats), 2)), drawn=drawn, real=real, level=0.95
    )


def demands(rng, own, shift=0.0):
    """Lognormal: real ones of median 1, those of the law shifted; pairs go with their run."""
    real = rng.normal(size=own.real)
    drawn = rng.normal(size=own.drawn) + shift
    paired = 0.9 * real + np.sqrt(1 - 0.81) * rng.normal(size=own.real) + shift
    return np.exp(0.3 * np.concatenate([drawn, real, paired]))


def test_the_law_s_bias_is_gone_and_a_link_moves_the_limit():
    own, rng = histories(), np.random.default_rng(0)
    values = demands(rng, own, shift=0.8)
    found = failure(own, values, 1.0, {})
    assert found.probability == pytest.approx(0.5, abs=0.04)
    drawn, _, _ = own.split(values)
    assert (drawn > 1.0).mean() > 0.7  # the law alone is wrong
    factor = Link(bias=0.15, spread=0.0, scatter=0.0, dof=9.0)
    moved = failure(own, values, math.exp(0.15), {"zone": factor})
    assert moved.probability == found.probability


def test_the_spread_of_a_link_widens_by_its_slope():
    """dP/dlog a = -phi(0) / 0.3 for a lognormal demand of deviation 0.3 at its median."""
    own, rng = histories(), np.random.default_rng(1)
    values = demands(rng, own)
    links = {"zone": Link(bias=0.0, spread=0.05, scatter=0.0, dof=20.0)}
    found = failure(own, values, 1.0, links)
    assert found.slope == pytest.approx(-1 / (0.3 * math.sqrt(2 * math.pi)), rel=0.12)
    assert found.parts["zone"] == pytest.approx(0.05 * abs(found.slope))
    plain = failure(own, values, 1.0, {})
    assert found.high - found.low > 2 * (plain.high - plain.low)


def test_intervals_hold_the_truth_as_often_as_they_say():
    """200 sets of a biased law, each zone with an unknown factor: 95 % +- 4 %."""
    own, held = histories(600, 300), 0
    for k in range(200):
        rng = np.random.default_rng([7, k])
        factor = 0.08 * rng.normal()
        values = demands(rng, own, shift=0.3) * math.exp(-factor)
        seen = [np.full(5, 0.08 * rng.normal()) for _ in range(30)]
        found = failure(own, values, 1.15, {"zone": link_of(seen)})
        truth = 0.5 * math.erfc(math.log(1.15) / 0.3 / math.sqrt(2))
        held += found.low <= truth <= found.high
    assert 0.91 <= held / 200 <= 0.99


def test_a_link_is_the_mean_and_spread_over_zones():
    found = link_of([np.array([0.1, 0.3]), np.array([0.3, 0.5]), np.array([0.2, 0.4])])
    assert found.bias == pytest.approx(0.3)
    assert found.spread == pytest.approx(0.1 * math.sqrt(4 / 3))
    assert found.scatter == pytest.approx(0.1)
    with pytest.raises(ValueError, match="link: expected at least 2 zones, got 1"):
        link_of([np.zeros(3)])


def test_an_interval_stays_between_nothing_and_certainty():
    low, high = logit_interval(0.02, 0.05, 5.0, 0.95)
    assert 0 < low < 0.02 < high < 1


def test_steps_add_up_from_full_runs_to_the_network():
    """Each step is a difference of two probabilities of one event, so they telescope."""
    own, rng = histories(), np.random.default_rng(3)
    values = demands(rng, own)
    evidence = Evidence(
        hole=np.zeros(3), direct=np.exp(0.3 * rng.normal(size=900)),
        conditioned=np.exp(0.3 * rng.normal(size=900)), exact=values, learned=0.97 * values,
        network=0.4, rival={"baseline_x": 0.3},
    )  # fmt: skip
    links = {"zone": Link(bias=0.03, spread=0.02, scatter=0.0, dof=9.0)}
    found = check(own, evidence, 1.0, links, {}, identified=0.98 * values)
    assert list(found.steps) == ["condition", "law", "zone", "equation", "calibration", "network"]
    assert sum(found.steps.values()) == pytest.approx(0.4 - found.direct.probability)
    assert found.methods["baseline_x"] == 0.3
    assert found.inside == (found.chain.low <= found.direct.probability <= found.chain.high)
    assert in_band([found, found], 1) == [found]
