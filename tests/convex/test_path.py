"""Networks along beta."""

from dataclasses import replace

import numpy as np
import pytest

from understudy.convex import (
    BranchAndBound,
    ColumnGeneration,
    ReluProblem,
    beta_max,
    learning_curve,
    path,
    selected,
)


def test_a_path_is_what_single_betas_are(teacher):
    """Objectives of cold starts, within the gaps; they fall with beta, concave."""
    problem = teacher(50, 3)
    most, proved = beta_max(problem)
    assert proved
    found = path(problem, most * np.array([1.001, 0.3, 0.1, 0.03]))
    assert len(found[0].network.signs) == 0
    values = [s.value for s in found]
    assert (np.diff(values) < 0).all()
    cold = ColumnGeneration().solve(ReluProblem(x=problem.x, y=problem.y, beta=0.03 * most))
    assert found[-1].value == pytest.approx(cold.value, rel=2e-3)


def test_the_greatest_beta_beyond_five_columns_is_what_is_found(teacher):
    """Many starts are below the bound, and near it."""
    problem = teacher(40, 4)
    wide = ReluProblem(x=np.hstack([problem.x, 0.01 * problem.x]), y=problem.y, beta=1.0)
    found, proved = beta_max(wide)
    assert not proved
    z = BranchAndBound(delta=1e-4).greatest(problem.x, problem.y)
    assert found == pytest.approx(z.low * np.hypot(1, 0.01), rel=1e-3)


def test_folds_choose_a_beta_that_is_not_an_end():
    """Noise: neither the zero network nor the one that learns all of it."""
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.standard_normal((60, 1)), np.ones(60)])
    y = np.maximum(x[:, 0], 0) + 0.5 * rng.standard_normal(60)
    problem = ReluProblem(x=x, y=y, beta=1.0)
    betas = beta_max(problem)[0] * np.array([1.01, 0.3, 0.1, 0.03, 0.001])
    found = selected(problem, betas, folds=4)
    assert found.errors.shape == (4, 5)
    assert betas[-1] < found.beta < betas[0]
    assert found.beta >= found.least


def test_more_samples_are_better(teacher):
    new = teacher(200, 3, beta=0.02)
    problem = replace(new, x=new.x[:120], y=new.y[:120])
    test = new.x[120:], new.y[120:]
    told = learning_curve(problem, (15, 120), test)
    assert told[1] < told[0]
    with pytest.raises(ValueError, match="sizes: expected 1 to 120, got 121"):
        learning_curve(problem, (121,), test)


def test_bad_paths_are_refused(teacher):
    with pytest.raises(ValueError, match="betas: expected numbers that fall"):
        path(teacher(10, 2), [0.1, 0.2])
    with pytest.raises(ValueError, match="folds: expected 2 to 10, got 1"):
        selected(teacher(10, 2), [0.1], folds=1)
