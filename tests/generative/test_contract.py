"""The contract of the family: every generator, one set of laws."""

import functools
import inspect

import numpy as np
import pytest
import torch
from scipy.stats import norm

import understudy.generative
from understudy.data import tree
from understudy.generative import (
    KDE,
    WGANGP,
    AnalogueResidual,
    Descent,
    Flow,
    FlowMatching,
    Gaussian,
    GaussianCopula,
    GaussianMixture,
    Generator,
    Stopping,
    Training,
)

SHORT = Descent(epochs=20, batch=64, patience=20, learning_rate=3e-3)
METHODS = [
    Gaussian(),
    GaussianCopula(),
    KDE(),
    GaussianMixture(components=2, starts=1),
    Flow(width=16, transforms=1, training=SHORT),
    Flow(transform="nsf", width=16, transforms=1, training=SHORT),
    FlowMatching(width=32, depth=2, steps=8, training=SHORT),
    WGANGP(
        latent=2,
        width=24,
        depth=2,
        training=Training(
            iterations=100, critic_steps=4, batch=64, learning_rate=5e-3, penalty=0.1, ema=0.05
        ),
        stopping=Stopping(validation=0.3, every=25, samples=200),
    ),
    AnalogueResidual(inner=Gaussian(), leading=1, energy=0.5),
]
each_method = pytest.mark.parametrize(
    "method", METHODS, ids=lambda m: type(m).__name__ + getattr(m, "transform", "")
)
each_condition = pytest.mark.parametrize("conditions", [0, 1, 2])
RNG = np.random.default_rng(0)
C = RNG.normal(size=(120, 2)) * [1.0, 1e3] + [0.0, 5e3]
X = RNG.normal(size=(120, 3)) * [1.0, 0.3, 0.1] + [[1.0, 0.0, 0.0]] + C[:, :1] * [1.0, 0.1, 0.0]


def given(conditions, n):
    return C[np.arange(n) % len(C), :conditions] if conditions else None


@functools.cache
def fitted(method, conditions):
    return method.fit(X, given(conditions, len(X)))


def test_every_method_of_the_family_is_under_contract():
    family = vars(understudy.generative)
    public = {
        name
        for name in understudy.generative.__all__
        if inspect.isclass(family[name]) and issubclass(family[name], Generator)
    }
    assert {type(m).__name__ for m in METHODS} == public - {"Generator"}


@each_method
@each_condition
def test_same_generator_same_sample_for_any_number_of_rows(method, conditions):
    sampler = fitted(method, conditions)
    for n in (1, 2, 37):
        c = given(conditions, n)
        drawn = [sampler.sample(n, np.random.default_rng(3), c) for _ in range(2)]
        assert drawn[0].shape == (n, 3)
        assert np.isfinite(drawn[0]).all()
        assert np.array_equal(*drawn)
    other = sampler.sample(37, np.random.default_rng(4), c)
    assert not np.array_equal(drawn[0], other)


@each_method
@each_condition
def test_training_repeats_to_the_last_bit_and_leaves_no_trace(method, conditions):
    x, c = X.copy(), given(conditions, len(X))
    before = torch.get_rng_state(), None if c is None else c.copy()
    a, b = (
        method.fit(x, c).sample(50, np.random.default_rng(0), given(conditions, 50))
        for _ in range(2)
    )
    assert np.array_equal(a, b)
    assert np.array_equal(x, X)
    assert c is None or np.array_equal(c, before[1])
    assert torch.equal(torch.get_rng_state(), before[0])


@each_method
@each_condition
def test_a_sampler_survives_save_and_load(method, conditions, tmp_path):
    sampler = fitted(method, conditions)
    path = tmp_path / "sampler.h5"
    tree.save(path, "sampler", 1, sampler, {})
    back, _ = tree.load(path, "sampler", 1, type(sampler))
    c = given(conditions, 20)
    a, b = (s.sample(20, np.random.default_rng(1), c) for s in (sampler, back))
    assert np.array_equal(a, b)


@each_method
def test_more_data_bring_the_law_of_one_normal_variable_nearer(method):
    """W1 of N rows to the law is about 0.9 / sqrt(N) in deviations; a fit may double that.

    E W1 = int sqrt(F (1 - F)) dx sqrt(2 / pi N) = 1.45 x 0.80 / sqrt(N) at most; a sample of 4000
    adds its own 0.02. Trained networks get twice as much.
    """
    rng, m, s = np.random.default_rng(5), 3.0, 0.5
    levels = (np.arange(4000) + 0.5) / 4000
    truth = m + s * norm.ppf(levels)
    if isinstance(method, AnalogueResidual):
        method = AnalogueResidual(inner=Gaussian(), leading=1)
    trained = isinstance(method, Flow | FlowMatching | WGANGP)
    for n in (30, 400):
        x = m + s * rng.standard_normal((n, 1))
        drawn = np.sort(method.fit(x).sample(4000, np.random.default_rng(6))[:, 0])
        away = np.abs(drawn - truth).mean() / s
        assert away < (2.0 if trained else 1.0) * (2 * 1.16 / np.sqrt(n) + 0.02)


@each_method
def test_a_law_follows_its_condition(method):
    """x = 3 c + noise of 0.3 with c = -1 or 1: means are 6 apart, a law blind to c has none."""
    rng = np.random.default_rng(7)
    c = rng.choice([-1.0, 1.0], size=(300, 1))
    x = np.concatenate([3.0 * c, 0.0 * c], axis=1) + 0.3 * rng.standard_normal((300, 2))
    sampler = method.fit(x, c)
    low, high = (
        sampler.sample(500, np.random.default_rng(8), np.full((500, 1), sign))
        for sign in (-1.0, 1.0)
    )
    apart = high.mean(axis=0) - low.mean(axis=0)
    assert abs(apart[0] - 6.0) < 3.0
    assert abs(apart[1]) < 0.6


@each_method
@pytest.mark.parametrize(
    ("x", "c", "message"),
    [
        (X[:1], None, "at least 2 rows"),
        (np.where(X == X[0, 0], np.nan, X), None, "finite"),
        (X, C[:-1], "120 rows"),
        (X, C[:, :0], "at least 1 value"),
        (X, np.where(C == C[3, 0], np.inf, C), "finite"),
    ],
)
def test_data_that_cannot_be_learned_are_refused(method, x, c, message):
    with pytest.raises(ValueError, match=message):
        method.fit(x, c)


@each_method
def test_a_condition_that_does_not_fit_is_refused(method):
    rng = np.random.default_rng(0)
    free, bound = fitted(method, 0), fitted(method, 2)
    for sampler, n, c, message in [
        (free, 0, None, "at least 1"),
        (free, 3, C[:3], "expected None"),
        (bound, 3, None, "got None"),
        (bound, 3, C[:2], r"\(3, 2\)"),
        (bound, 3, C[:3, :1], r"\(3, 2\)"),
        (bound, 3, np.full((3, 2), np.nan), "finite"),
    ]:
        with pytest.raises(ValueError, match=message):
            sampler.sample(n, rng, c)
