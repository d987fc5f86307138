"""Runs that stand in for inputs that were not run."""

from dataclasses import dataclass

import numpy as np

from understudy.data.laws import Law
from understudy.linalg import ExtendedPOD
from understudy.surrogates.nearest_runs import moved, nearest
from understudy.surrogates.stochastic_boundary import StochasticBoundary

LAWS = {
    "load": Law(kind="lognormal", a=2.0, b=0.3),
    "place": Law(kind="normal", a=0.0, b=1.0),
}


@dataclass(frozen=True)
class Slope:
    """Learns how rows depend on the condition, and nothing of their scatter."""

    def fit(self, x, condition=None):
        return SlopeLaw(*np.linalg.lstsq(np.c_[np.ones(len(x)), condition], x, rcond=None)[:1])


@dataclass(frozen=True)
class SlopeLaw:
    weights: np.ndarray

    def sample(self, n, rng, condition=None):
        latent = rng.normal(size=(n, self.weights.shape[1]))
        return np.c_[np.ones(n), condition] @ self.weights + latent


def test_the_nearest_run_is_found_in_the_deviations_of_inputs():
    known = {"a": np.array([0.0, 1.0, 2.0]), "b": np.array([0.0, 1000.0, 0.0])}
    wanted = {"a": np.array([0.9, 1.6]), "b": np.array([300.0, 520.0])}
    assert nearest(["a", "b"], known, wanted).tolist() == [0, 2]
    assert nearest(["b"], known, wanted).tolist() == [0, 1]
    assert nearest(["a"], known, wanted).tolist() == [1, 2]


def test_a_law_moves_a_run_to_other_inputs_and_keeps_its_own_scatter():
    """x = load (base + place slope + e_i) and a law that knows base and slope: exact."""
    rng = np.random.default_rng(0)
    base, slope = rng.normal(size=(2, 8))
    inputs = {"load": np.exp(rng.normal(size=40)), "place": rng.normal(size=40)}
    scatter = rng.normal(size=(40, 8))
    # Scatter that goes with no input, so that least squares finds base and slope.
    regressors = np.c_[np.ones(40), inputs["place"]]
    scatter -= regressors @ np.linalg.lstsq(regressors, scatter, rcond=None)[0]

    def run(load, place, own):
        return (load[:, None] * (base + place[:, None] * slope + own)).reshape(-1, 2, 2, 2)

    x = run(**inputs, own=scatter)
    spec = StochasticBoundary(
        generator=Slope(), basis=ExtendedPOD(rank=8), groups=0, laws=LAWS, scale="load"
    )
    law = spec.fit(x, x.reshape(40, -1), inputs)
    wanted = {"load": np.array([1.0, 3.0]), "place": np.array([0.3, -5.0])}
    place = nearest(["place"], inputs, wanted)
    expected = run(wanted["load"], wanted["place"], scatter[place])
    found = moved(law, x, inputs, wanted, seed=1)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)
    assert not np.allclose(found, x[place])
