"""The truth: histories are normal in five directions, the quantity is linear in them."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

import understudy.surrogates.stochastic_boundary as module
from understudy.data.laws import Law as InputLaw
from understudy.linalg import ExtendedPOD
from understudy.metrics import coverage_of
from understudy.surrogates.boundary_faces import Generator, Sampler, Submodel
from understudy.surrogates.stochastic_boundary import Replay, StochasticBoundary, greatest

SHAPE = (4, 3, 2)
RNG = np.random.default_rng(0)
MIX = RNG.normal(size=(5, 24))
CENTRE = RNG.normal(size=24)
STRAIN = RNG.normal(size=(24, 60))
CELLS = RNG.normal(size=(24, 2))
MEAN = CENTRE @ CELLS[:, 0]
SPREAD = np.linalg.norm(MIX @ CELLS[:, 0])


@dataclass(frozen=True)
class Law:
    mean: np.ndarray
    factor: np.ndarray

    def sample(self, n, rng, condition=None):
        shift = 0.0 if condition is None else condition
        return self.mean + rng.normal(size=(n, len(self.mean))) @ self.factor.T + shift


@dataclass(frozen=True)
class Normal:
    def fit(self, x, condition=None):
        assert condition is None or len(condition) == len(x)
        return Law(x.mean(axis=0), np.linalg.cholesky(np.cov(x.T)))


class Zone:
    def __init__(self):
        self.runs = []

    def run(self, histories):
        self.runs.append(len(histories))
        return histories.reshape(len(histories), -1) @ CELLS


def histories(n, rng):
    return (CENTRE + rng.normal(size=(n, 5)) @ MIX).reshape(n, *SHAPE)


def first(cells):
    return cells[:, 0]


SPEC = StochasticBoundary(generator=Normal(), basis=ExtendedPOD(rank=5))


def fitted(n, rng, **settings):
    x = histories(n, rng)
    return x, SPEC.fit(x, x.reshape(n, -1) @ STRAIN, **settings)


def test_the_stand_ins_have_the_faces_of_the_family():
    assert isinstance(Normal(), Generator)
    assert isinstance(Law(CENTRE, MIX), Sampler)
    assert isinstance(Zone(), Submodel)


def test_intervals_hold_the_truth_and_those_of_draws_alone_do_not():
    """40 sets of 100 runs, 1,000 draws each: 95 % intervals of the mean and the 95 % quantile."""
    joint, alone = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        found = fitted(100, rng)[1].estimate(Zone(), 1000, rng, quantity=first).statistics
        pair = [found["mean"], found["q95"]]
        joint.append([[i.low, i.high] for i in pair])
        alone.append([[i.value - 2 * i.sampling, i.value + 2 * i.sampling] for i in pair])
    for k, truth in enumerate((MEAN, MEAN + SPREAD * ndtri(0.95))):
        assert coverage_of(np.array(joint)[:, k].T, truth) >= 0.9
        assert coverage_of(np.array(alone)[:, k].T, truth) < 0.8


def test_samples_have_the_moments_of_the_training_histories():
    x, law = fitted(60, np.random.default_rng(1))
    drawn = law.sample(20_000, np.random.default_rng(2))
    assert drawn.shape == (20_000, *SHAPE)
    error = 5 * x.std(axis=0) / np.sqrt(20_000)
    assert (np.abs(drawn.mean(axis=0) - x.mean(axis=0)) < error).all()
    assert np.allclose(drawn.std(axis=0), x.std(axis=0, ddof=1), rtol=5 / np.sqrt(40_000))


def test_the_same_generator_gives_the_same_estimate():
    law = fitted(60, np.random.default_rng(3))[1]
    a, b = (law.estimate(Zone(), 300, np.random.default_rng(4), thresholds=[1.0]) for _ in "ab")
    assert a.exceedance[0].high == b.exceedance[0].high
    assert np.array_equal(a.values, b.values)


def test_laws_without_a_group_are_run_on_the_same_draws():
    """The error of the mean is then the jackknife of the means of coefficients, up to n draws.

    It differs by the different factors times the mean of n normal draws only.
    """
    law = fitted(100, np.random.default_rng(5))[1]
    found = law.estimate(Zone(), 4000, np.random.default_rng(6), quantity=first)
    means = [law.basis.decode(s.mean[None]) @ CELLS[:, 0] for s in law.replicas]
    expected = np.sqrt(4 / 5 * np.sum((np.array(means) - np.mean(means)) ** 2))
    assert found.statistics["mean"].training == pytest.approx(expected, rel=0.1)


def test_each_group_is_left_out_once_and_the_refit_may_start_from_the_full_law():
    calls = []

    def learn(generator, basis, c, condition, start):
        if start is not None:
            calls.append((len(c), len(condition), start))
        return generator.fit(c, condition)

    x = histories(23, np.random.default_rng(7))
    y = x.reshape(23, -1)
    spec = replace(SPEC, laws={"speed": InputLaw(kind="normal", a=0.0, b=1.0)})
    law = spec.fit(x, y, {"speed": np.arange(23.0)}, learn=learn)
    assert sorted(n for n, _, _ in calls) == [18, 18, 18, 19, 19]
    assert all(n == k for n, k, _ in calls)
    assert all(start is law.sampler for _, _, start in calls)
    # Every run is left out of one law: the five hold it four times.
    kept = [n * s.mean for (n, _, _), s in zip(calls, law.replicas, strict=True)]
    assert np.allclose(np.sum(kept, axis=0), 4 * 23 * law.sampler.mean, atol=1e-12)


def test_memory_is_that_of_a_block_and_its_size_changes_nothing(monkeypatch):
    law, zone = fitted(60, np.random.default_rng(8))[1], Zone()
    whole = law.estimate(zone, 300, np.random.default_rng(9))
    monkeypatch.setattr(module, "_BLOCK", 128)
    zone.runs.clear()
    parts = law.estimate(zone, 300, np.random.default_rng(9))
    assert zone.runs == 6 * [128, 128, 44]
    assert np.allclose(parts.values, whole.values)


def test_the_condition_of_draws_reaches_the_law():
    """In standard normal numbers: an input two deviations up is a 2 for the sampler."""
    spec = replace(SPEC, laws={"speed": InputLaw(kind="normal", a=10.0, b=3.0)})
    x = histories(60, np.random.default_rng(10))
    law = spec.fit(x, x.reshape(60, -1) @ STRAIN, {"speed": np.full(60, 10.0)})
    up, mean = ({"speed": np.full(50, 10.0 + 3.0 * k)} for k in (2.0, 0.0))
    moved, plain = (law.sample(50, np.random.default_rng(11), u) for u in (up, mean))
    expected = 2.0 * law.basis.x_modes.sum(axis=0)
    assert np.allclose((moved - plain).reshape(50, -1), expected)
    a, b = (
        law.estimate(Zone(), 50, np.random.default_rng(11), quantity=first, inputs=u).values
        for u in (up, mean)
    )
    assert np.allclose(a - b, expected @ CELLS[:, 0])


def test_a_load_is_taken_out_and_put_back():
    """Histories u times a shape: the law of shapes has no trace of u, draws have their u."""
    rng = np.random.default_rng(18)
    shapes, load = histories(80, rng), np.exp(rng.normal(size=80))
    x = shapes * load[:, None, None, None]
    spec = replace(SPEC, laws={"load": InputLaw(kind="lognormal", a=1.0, b=1.0)}, scale="load")
    law = spec.fit(x, x.reshape(80, -1) @ STRAIN, {"load": load})
    plain = SPEC.fit(shapes, shapes.reshape(80, -1) @ STRAIN)
    assert np.allclose(law.basis.x_mean, plain.basis.x_mean)
    given = {"load": np.array([1.0, 3.0])}
    one = law.sample(2, np.random.default_rng(19), given)
    same = law.sample(2, np.random.default_rng(19), {"load": np.ones(2)})
    assert np.allclose(one, same * np.array([1.0, 3.0])[:, None, None, None])


def test_pushed_numbers_are_inputs_first_and_latent_numbers_after():
    class Latent:
        latent = 2

        def generate(self, z, condition=None):
            return np.concatenate([z, condition, np.zeros((len(z), 2))], axis=1)

    spec = replace(
        SPEC,
        laws={
            "load": InputLaw(kind="lognormal", a=2.0, b=0.5),
            "speed": InputLaw(kind="normal", a=10.0, b=3.0),
        },
        scale="load",
    )
    x = histories(60, np.random.default_rng(20))
    inputs = {"load": np.full(60, 2.0), "speed": np.full(60, 10.0)}
    law = spec.fit(x, x.reshape(60, -1) @ STRAIN, inputs)
    z = np.array([[1.0, -1.0, 0.3, 0.4]])
    c = np.array([[0.3, 0.4, -1.0, 0.0, 0.0]])
    expected = 2.0 * np.exp(0.5) * law.basis.decode(c)
    assert np.allclose(law.push(z, Latent()).reshape(1, -1), expected)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [({}, "expected"), ({"load": np.full(60, -1.0)}, "inputs, load")],
)
def test_inputs_that_are_missing_or_impossible_are_told(inputs, message):
    spec = replace(SPEC, laws={"load": InputLaw(kind="lognormal", a=1.0, b=1.0)}, scale="load")
    x = histories(60, np.random.default_rng(21))
    with pytest.raises(ValueError, match=message):
        spec.fit(x, x.reshape(60, -1), inputs)


def test_the_greatest_cell_counts_unless_told_otherwise():
    assert np.array_equal(greatest(np.array([[1.0, 3.0], [2.0, -1.0]])), [3.0, 2.0])
    law = fitted(60, np.random.default_rng(12))[1]
    found = law.estimate(Zone(), 40, np.random.default_rng(13))
    c = law.sampler.sample(40, np.random.default_rng(np.random.default_rng(13).integers(2**63)))
    assert np.allclose(found.values, (law.basis.decode(c) @ CELLS).max(axis=1))


def test_replay_runs_each_stored_history_once():
    x = histories(300, np.random.default_rng(14))
    zone = Zone()
    found = Replay(histories=x).estimate(zone, 1000, np.random.default_rng(15), quantity=first)
    assert zone.runs == [256, 44]
    assert np.allclose(np.sort(found.values), np.sort(x.reshape(300, -1) @ CELLS[:, 0]))
    fewer = Replay(histories=x).estimate(zone, 80, np.random.default_rng(15), thresholds=[MEAN])
    assert len(np.unique(fewer.values)) == 80
    assert fewer.statistics["mean"].training == 0.0


def test_intervals_of_replay_hold_the_truth():
    rng = np.random.default_rng(16)
    above = MEAN + SPREAD
    ends = []
    for _ in range(200):
        replay = Replay(histories=histories(100, rng))
        found = replay.estimate(Zone(), 100, rng, quantity=first, thresholds=[above])
        terms = [found.statistics["mean"], found.exceedance[0]]
        ends.append([[i.low, i.high] for i in terms])
    for k, truth in enumerate((MEAN, norm.sf(1.0))):
        assert coverage_of(np.array(ends)[:, k].T, truth) >= 0.9


def test_too_few_runs_and_settings_without_meaning_are_refused():
    with pytest.raises(ValueError, match="at least 10"):
        fitted(9, np.random.default_rng(17))
    with pytest.raises(ValueError, match="groups"):
        StochasticBoundary(generator=Normal(), basis=ExtendedPOD(), groups=1)
    with pytest.raises(ValueError, match="level"):
        StochasticBoundary(generator=Normal(), basis=ExtendedPOD(), level=0.0)
    with pytest.raises(ValueError, match="scale"):
        replace(SPEC, scale="load")
