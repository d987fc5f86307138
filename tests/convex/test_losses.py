"""Losses, their conjugates, and networks that they train."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from understudy.convex import (
    ADMM,
    BranchAndBound,
    ColumnGeneration,
    Hinge,
    InteriorPoint,
    Logistic,
    Loss,
    ReluProblem,
    Squared,
    SquaredHinge,
    check,
    dual_value,
    probe,
    sampled_patterns,
)

LOSSES = [Squared(), Logistic(), SquaredHinge(), Hinge()]
SMOOTH = LOSSES[:3]
each = pytest.mark.parametrize("loss", LOSSES, ids=lambda own: type(own).__name__)
each_smooth = pytest.mark.parametrize("loss", SMOOTH, ids=lambda own: type(own).__name__)


def labelled(n=40, loss=None, beta=0.5, seed=0):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.standard_normal((n, 2)), np.ones(n)])
    y = np.where(x[:, 0] * x[:, 1] + 0.3 * rng.standard_normal(n) > 0, 1.0, -1.0)
    return ReluProblem(x=x, y=y, beta=beta, loss=loss or Squared())


@each
def test_the_dual_is_minus_the_conjugate(loss):
    """-l*(-z) = min over f of l(f) + z f, by a search on a line."""
    assert isinstance(loss, Loss)
    for label in (1.0, -1.0):
        y = np.array([label])
        for a in (0.1, 0.5, 0.9):
            z = np.array([a * label])
            found = minimize_scalar(
                lambda f, y=y, z=z: loss.value(np.array([f]), y) + float(z[0]) * f,
                bounds=(-40, 40), method="bounded", options={"xatol": 1e-10},
            )  # fmt: skip
            assert loss.dual(z, y) == pytest.approx(found.fun, abs=1e-7)


@each
def test_slope_curvature_and_prox(loss):
    """Differences; the step of the prox is a stationary point."""
    rng = np.random.default_rng(0)
    y = rng.choice([-1.0, 1.0], 30)
    f = 2 * rng.standard_normal(30)
    f = f[np.abs(1 - y * f) > 1e-3]
    y, h = y[: len(f)], 1e-6
    f = np.where(np.abs(1 - y * f) < 1e-3, f + 0.1, f)
    told = loss.slope(f, y)
    for k in range(len(f)):
        e = np.zeros(len(f))
        e[k] = h
        assert told[k] == pytest.approx(
            (loss.value(f + e, y) - loss.value(f - e, y)) / (2 * h), abs=1e-5
        )
    bent = (loss.slope(f + h, y) - loss.slope(f - h, y)) / (2 * h)
    np.testing.assert_allclose(loss.curvature(f, y), bent, atol=1e-5)
    for rho in (0.3, 5.0):
        own = loss.prox(f, y, rho)
        best = loss.value(own, y) + rho / 2 * ((own - f) ** 2).sum()
        for _ in range(20):
            other = own + 0.1 * rng.standard_normal(len(f))
            assert best <= loss.value(other, y) + rho / 2 * ((other - f) ** 2).sum() + 1e-12


@each
def test_any_dual_point_is_a_bound_of_a_trained_network(loss):
    problem = labelled(30, loss)
    found = ADMM(count=25, rho=0.1, tolerance=1e-3, iterations=4000).solve(problem)
    rng = np.random.default_rng(0)
    for _ in range(5):
        z = problem.y * rng.random(30)
        most = BranchAndBound(delta=1e-2).greatest(problem.x, z)
        assert dual_value(problem, z, most.high) <= found.value
    assert found.lower_bound <= found.value
    assert found.gap < 5e-3


@each_smooth
def test_column_generation_proves_every_smooth_loss(loss):
    """Other code confirms objective and gap; ADMM on patterns is never better."""
    problem = labelled(40, loss, beta=1.0)
    found = ColumnGeneration(tolerance=1e-3, proof=BranchAndBound(delta=7e-4)).solve(problem)
    assert found.certified == "global"
    assert found.gap <= 1e-3
    told = check(problem, found.network, found.dual, delta=0.02, boxes=40_000)
    assert told.value == pytest.approx(found.value, rel=1e-12)
    assert told.gap < 0.06
    probed = probe(problem, found.network, found.dual, starts=500)
    assert probed.gap <= found.gap
    own = ADMM(count=20, tolerance=1e-2, iterations=500).solve(problem)
    assert own.value >= found.lower_bound


@each_smooth
def test_interior_point_and_splitting_agree(loss):
    problem = labelled(40, loss)
    patterns = sampled_patterns(problem.x, 20, np.random.default_rng(0))
    exact = InteriorPoint(patterns=patterns, tolerance=1e-7).solve(problem)
    other = ADMM(patterns=patterns, rho=0.1, tolerance=1e-5, iterations=20_000).solve(problem)
    assert exact.converged
    assert exact.gap <= 1e-7
    assert other.value == pytest.approx(exact.value, rel=2e-5)


def test_bad_losses_are_refused():
    x = np.array([[1.0], [2.0]])
    with pytest.raises(ValueError, match=r"y: expected labels 1 and -1 for Logistic, got 0\.5"):
        ReluProblem(x=x, y=np.array([1.0, 0.5]), beta=1.0, loss=Logistic())
    hinge = labelled(10, Hinge())
    with pytest.raises(ValueError, match="loss: expected a smooth one, got Hinge"):
        ColumnGeneration().solve(hinge)
    with pytest.raises(ValueError, match="loss: expected a smooth one, got Hinge"):
        InteriorPoint().solve(hinge)
