"""The Wasserstein GAN against laws of known distance, and its bookkeeping."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import norm

from understudy.generative import WGANGP, Stopping, Training, energy_distance

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 3)) * [1.0, 0.3, 0.05] + [5.0, 0.0, 0.0]
C = X[:, :1] + RNG.normal(size=(200, 1))
QUICK = WGANGP(
    latent=2,
    width=16,
    depth=2,
    training=Training(iterations=40, critic_steps=2, batch=16, learning_rate=2e-3, ema=0.1),
    stopping=Stopping(every=10, samples=100),
)


class Interrupted(Exception):
    pass


def equal(a, b):
    same = all(np.array_equal(w, b.generator[name]) for name, w in a.generator.items())
    return (
        same
        and all(np.array_equal(w, b.critic[name]) for name, w in a.critic.items())
        and all(np.array_equal(v, getattr(b.history, k)) for k, v in vars(a.history).items())
    )


def test_a_shifted_normal_law_is_found():
    """W1(N(0, 1), N(m, s)) is above |m| = 20 s; after training a tenth of s."""
    m, s, levels = 10.0, 0.5, (np.arange(4000) + 0.5) / 4000
    x = m + s * np.random.default_rng(5).standard_normal((1000, 1))
    training = Training(
        iterations=100, critic_steps=4, batch=64, learning_rate=5e-3, penalty=0.1, ema=0.05
    )
    sampler = replace(
        QUICK, width=24, training=training, stopping=Stopping(validation=0.3, every=25)
    ).fit(x)
    drawn = np.sort(sampler.sample(4000, np.random.default_rng(6))[:, 0])
    assert np.abs(drawn - (m + s * norm.ppf(levels))).mean() < 0.2 * s


@pytest.mark.parametrize("condition", [None, C], ids=["free", "conditional"])
def test_an_interrupted_fit_goes_on_to_the_same_bits(condition, tmp_path):
    whole = QUICK.fit(X, condition)

    def interrupt(done, total):
        if done == 27:
            raise Interrupted

    path = tmp_path / "state.safetensors"
    with pytest.raises(Interrupted):
        QUICK.fit(X, condition, checkpoint=path, progress=interrupt)
    steps = []
    resumed = QUICK.fit(
        X, condition, checkpoint=path, progress=lambda done, total: steps.append((done, total))
    )
    assert steps == [(i, 40) for i in range(21, 41)]
    assert equal(whole, resumed)
    assert [p.name for p in tmp_path.iterdir()] == ["state.safetensors"]


def test_a_checkpoint_of_another_fit_or_a_torn_one_is_refused(tmp_path):
    path = tmp_path / "state.safetensors"
    QUICK.fit(X, checkpoint=path)
    for fit in (
        lambda: replace(QUICK, seed=1).fit(X, checkpoint=path),
        lambda: QUICK.fit(X + 1.0, checkpoint=path),
    ):
        with pytest.raises(ValueError, match="expected a checkpoint of fit"):
            fit()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        QUICK.fit(X, checkpoint=path)


def test_the_kept_weights_are_those_of_the_best_judgement():
    """The quality falls to its least at the third call: what it saw then is what is generated."""
    seen = []

    def quality(samples, validation):
        seen.append(samples)
        assert validation.shape == (20, 3)
        return abs(len(seen) - 3.0)

    sampler = replace(QUICK, stopping=Stopping(every=5, patience=2, samples=100)).fit(
        X, quality=quality
    )
    assert sampler.history.quality.tolist() == [2.0, 1.0, 0.0, 1.0, 2.0]
    assert sampler.history.iteration.tolist() == [0.0, 5.0, 10.0, 15.0, 20.0]
    z = torch.randn(100, 2, generator=torch.Generator().manual_seed(0)).numpy().astype(float)
    assert np.array_equal(sampler.generate(z), seen[2])


def test_judging_more_often_changes_nothing_but_what_is_averaged():
    often, seldom = (
        replace(QUICK, stopping=Stopping(every=every, samples=100, patience=100)).fit(X).history
        for every in (5, 10)
    )
    assert np.array_equal(often.quality[::2], seldom.quality)
    for name in ("gap", "gradient_norm", "generator_loss"):
        pairs = getattr(often, name)[1:].reshape(-1, 2).mean(axis=1)
        assert np.allclose(pairs, getattr(seldom, name)[1:], rtol=1e-12)
    assert (seldom.gradient_norm[1:] > 0.0).all()


def test_a_warm_start_begins_where_the_other_fit_ended():
    first = QUICK.fit(X)
    again = replace(QUICK, training=replace(QUICK.training, learning_rate=1e-12)).fit(
        X, start=first
    )
    z = np.random.default_rng(0).standard_normal((50, 2))
    # 40 steps of 1e-12 stay below the last digit of single precision.
    assert np.allclose(again.generate(z), first.generate(z), rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="start: expected"):
        replace(QUICK, latent=3).fit(X, start=first)
    with pytest.raises(ValueError, match="start: expected"):
        QUICK.fit(X, C, start=first)


def test_features_are_all_that_the_critic_sees():
    """A map to nothing but the first column leaves the other columns of the generator alone."""
    sampler = QUICK.fit(X, features=lambda rows: rows[:, :1] ** 2)
    assert sampler.scales.feature_mean.shape == (1,)
    assert sampler.scales.feature_scale == pytest.approx(np.std(X[:, 0] ** 2), rel=0.1)
    before = replace(QUICK, training=replace(QUICK.training, iterations=1, learning_rate=1e-12))
    last = "layers.2.weight"
    start = before.fit(X, features=lambda rows: rows[:, :1] ** 2)
    assert np.allclose(sampler.generator[last][1:], start.generator[last][1:], atol=1e-7)
    assert not np.allclose(sampler.generator[last][0], start.generator[last][0], atol=1e-4)
    with pytest.raises(ValueError, match="features: expected finite"):
        QUICK.fit(X, features=lambda rows: rows / 0.0)


def test_one_scale_for_all_features_and_the_unit_does_not_matter():
    """Total deviation: root of the sum of variances. Powers of two scale without rounding."""
    a, b = QUICK.fit(X), QUICK.fit(4.0 * X)
    z = np.random.default_rng(0).standard_normal((50, 2))
    assert np.array_equal(4.0 * a.generate(z), b.generate(z))
    train = np.random.default_rng(0).standard_normal((50, 3)) * [3.0, 4.0, 0.0]
    found = QUICK.fit(train).scales.feature_scale
    assert found == pytest.approx(np.sqrt(train.var(axis=0).sum()), rel=0.2)


def test_energy_distance_of_two_points_is_twice_their_distance():
    a, b = np.zeros((5, 2)), np.tile([3.0, 4.0], (7, 1))
    assert energy_distance(a, b) == pytest.approx(10.0)
    assert energy_distance(X, X) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: WGANGP(latent=0),
        lambda: Training(ema=0.0),
        lambda: Training(betas=(0.0, 1.0)),
        lambda: Training(penalty=-1.0),
        lambda: Stopping(validation=0.0),
        lambda: Stopping(every=0),
    ],
)
def test_settings_without_meaning_are_refused(wrong):
    with pytest.raises(ValueError, match="expected"):
        wrong()


def test_latent_numbers_of_another_count_are_refused():
    with pytest.raises(ValueError, match="expected 2 columns"):
        QUICK.fit(X).generate(np.zeros((3, 5)))


def test_rows_that_are_given_are_what_it_is_judged_by():
    """All training rows are learned from, and every judgement sees the given ones."""
    seen = []
    held, given = X[:7] + 1.0, C[:7]

    def quality(samples, validation):
        seen.append((len(samples), np.array_equal(validation, held)))
        return float(len(seen))

    sampler = QUICK.fit(X, C, quality=quality, validation=(held, given))
    assert seen == [(100, True)] * 5
    assert sampler.scales.mean == pytest.approx(X.mean(axis=0), rel=1e-12)


@pytest.mark.parametrize("validation", [(X[:5], None), (X[:5, :2], C[:5])])
def test_rows_to_judge_by_must_fit(validation):
    with pytest.raises(ValueError, match="validation"):
        QUICK.fit(X, C, validation=validation)


def test_the_learning_rate_falls_geometrically():
    training = Training(iterations=10, learning_rate=1e-3, decay=0.01)
    rates = [training.rate(i) for i in (0, 5, 10)]
    assert rates == pytest.approx([1e-3, 1e-4, 1e-5])
    weights = []
    for d in (1e-6, 1.0):
        spec = replace(QUICK, training=replace(QUICK.training, decay=d))
        judgements = iter(range(9))  # the last one is the best
        fitted = spec.fit(X, quality=lambda *_, count=judgements: -float(next(count)))
        weights.append(np.concatenate([w.ravel() for w in fitted.generator.values()]))
    assert not np.array_equal(*weights)
