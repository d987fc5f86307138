"""Recipes, learning, and laws as files."""

from dataclasses import replace

import numpy as np
import pytest

from understudy.data.laws import Law
from understudy.generative import WGANGP, Gaussian, Stopping, Training, WGANSampler
from understudy.linalg import ExtendedPOD
from understudy.surrogates.boundary_learning import HeldOut, Learner
from understudy.surrogates.boundary_model import BoundaryModel, load_boundary, save_boundary
from understudy.surrogates.boundary_recipe import Analogue, BoundaryRecipe, Coordinates, Method
from understudy.surrogates.response_features import PeakFeatures
from understudy.surrogates.stochastic_boundary import StochasticBoundary

RNG = np.random.default_rng(0)
SHAPE = (5, 4, 2)
X = (RNG.normal(size=(60, 6)) @ RNG.normal(size=(6, 40))).reshape(60, *SHAPE)
Y = X.reshape(60, -1) @ RNG.normal(size=(40, 90))
QUICK = WGANGP(
    latent=3, width=8, depth=2, training=Training(iterations=6, batch=16),
    stopping=Stopping(every=2, patience=9, samples=30),
)  # fmt: skip
BASIS = ExtendedPOD(rank=6)
_GAUSSIAN = BoundaryRecipe(method=Method(gaussian=Gaussian()))


class Zone:
    def run(self, histories):
        return np.abs(histories).reshape(len(histories), -1)


def _boundary(generator, **settings):
    return StochasticBoundary(generator=generator, basis=BASIS, groups=2, **settings)


def test_a_network_is_judged_by_the_quantity_of_runs_held_out():
    """Its record is the W1 that the judge gives, and the weights that are best by it stay."""
    asked = []

    class Judge(Zone):
        def run(self, histories):
            asked.append(len(histories))
            return super().run(histories)

    held = HeldOut(
        responses=Y[40:], condition=None, values=np.abs(X[40:]).reshape(20, -1).max(axis=1),
        submodel=Judge(), shape=SHAPE,
    )  # fmt: skip
    law = _boundary(QUICK).fit(X[:40], Y[:40], learn=Learner(held_out=held, refit=2))
    assert isinstance(law.sampler, WGANSampler)
    assert asked == [30] * len(law.sampler.history.quality)
    basis = law.basis
    z = np.random.default_rng(1).normal(size=(500, 3))
    shown = held.distance(basis, law.sampler.generate(z))
    assert shown == pytest.approx(law.sampler.history.quality.min(), rel=0.5)


def test_a_refit_starts_from_the_law_of_all_runs_and_keeps_its_last_weights():
    """A refit of no length would be the law itself; one of two iterations is near it."""
    law = _boundary(QUICK).fit(X, Y, learn=Learner(refit=2))
    z = np.random.default_rng(2).normal(size=(50, 3))
    whole = law.sampler.generate(z)
    for replica in law.replicas:
        assert list(replica.history.iteration) == [0, 2]
        moved = np.abs(replica.generate(z) - whole).max()
        assert 0 < moved < 0.05 * np.abs(whole).max()


def test_the_critic_sees_stresses_when_it_is_told_to():
    spec = PeakFeatures(points=20, top=3)
    law = _boundary(QUICK).fit(X, Y, learn=Learner(features=spec, refit=2))
    plain = _boundary(QUICK).fit(X, Y, learn=Learner(refit=2))
    assert len(law.sampler.scales.feature_mean) == 6 + 3
    assert len(plain.sampler.scales.feature_mean) == 6


def _model(law):
    return BoundaryModel(
        law=law, name="x", units={"length": "m", "time": "s", "stress": "Pa", "load": "N"},
        times=np.linspace(0, 1, 5), nodes=np.zeros((4, 2)), size=60,
    )  # fmt: skip


@pytest.mark.parametrize("generator", [Gaussian(), QUICK], ids=["gaussian", "wgan_gp"])
def test_a_law_survives_its_file(tmp_path, generator):
    laws = {"load": Law(kind="lognormal", a=2.0, b=0.3)}
    load = 2.0 * np.exp(0.3 * np.random.default_rng(3).normal(size=60))
    law = _boundary(generator, laws=laws, scale="load").fit(
        X, Y, {"load": load}, learn=Learner(refit=2)
    )
    save_boundary(tmp_path / "law.h5", _model(law), {})
    back = load_boundary(tmp_path / "law.h5")
    ours, theirs = (m.histories(9, 4) for m in (_model(law), back))
    assert np.array_equal(ours.displacement, theirs.displacement)
    assert np.array_equal(ours.inputs["load"], theirs.inputs["load"])
    for a, b in zip(law.replicas, back.law.replicas, strict=True):
        assert np.array_equal(*(s.sample(3, np.random.default_rng(5)) for s in (a, b)))


def test_an_analogue_survives_its_file(tmp_path):
    method = Method(analogue=Analogue(inner=QUICK, leading=5))
    law = _boundary(method.generator).fit(X, Y)
    save_boundary(tmp_path / "law.h5", _model(law), {})
    back = load_boundary(tmp_path / "law.h5")
    assert np.array_equal(*(m.histories(4, 1).displacement for m in (_model(law), back)))


def test_a_seed_changes_the_generator_that_has_one():
    assert Method(wgan_gp=QUICK).seeded(7).wgan_gp.seed == 7
    assert Method(analogue=Analogue(inner=QUICK, leading=2)).seeded(7).analogue.inner.seed == 7
    assert Method(gaussian=Gaussian()).seeded(7) == Method(gaussian=Gaussian())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Method(), "expected one of"),
        (lambda: Method(gaussian=Gaussian(), wgan_gp=QUICK), "expected one of"),
        (lambda: Coordinates(cells=-1), "cells"),
        (lambda: BoundaryRecipe(method=Method(gaussian=Gaussian()), refit=0), "refit"),
        (
            lambda: BoundaryRecipe(
                method=Method(wgan_gp=QUICK),
                features=PeakFeatures(),
                coordinates=Coordinates(cells=0),
            ),
            "features",
        ),
        (
            lambda: (
                replace(BoundaryRecipe(method=Method(gaussian=Gaussian())), scale="load").boundary
            ),
            "scale",
        ),
    ],
)
def test_settings_without_meaning_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
