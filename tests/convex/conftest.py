import numpy as np
import pytest

from understudy.convex import ReluNetwork, ReluProblem


def _teacher(n, d, seed=0, beta=0.05):
    """A network of three neurons with noise; the last column of x is a bias."""
    rng = np.random.default_rng(seed)
    x = np.concatenate([rng.standard_normal((n, d - 1)), np.ones((n, 1))], axis=1)
    truth = ReluNetwork(neurons=rng.standard_normal((3, d)), signs=np.array([1.0, -1.0, 1.0]))
    y = truth.predict(x) + 0.1 * rng.standard_normal(n)
    return ReluProblem(x=x, y=y, beta=beta * n**0.5)


@pytest.fixture(scope="session")
def teacher():
    """Makes problems."""
    return _teacher
