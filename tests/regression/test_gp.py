import gpytorch
import numpy as np
import pytest
import scipy.linalg
import torch
from scipy.stats import multivariate_normal
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

from understudy import kernels
from understudy.kernels import matern52
from understudy.regression import GP, TorchGP
from understudy.regression.gp import Evidence

RNG = np.random.default_rng(3)
X = RNG.uniform(-1, 1, size=(50, 4))
Y = (np.sin(2 * X[:, 0]) + 0.5 * X[:, 1] + 0.05 * RNG.normal(size=50))[:, None]


@pytest.fixture(scope="module")
def posterior():
    return GP().fit(X, Y)


def test_the_evidence_is_the_density_of_the_data(posterior):
    p = posterior
    cov = p.signal[0] * matern52(p.x, p.x, p.lengthscale[0]) + p.noise[0] * np.eye(50)
    dense = multivariate_normal.logpdf(p.y[:, 0], np.full(50, p.constant[0]), cov)
    assert p.evidence[0] == pytest.approx(dense, abs=1e-6)


def test_the_evidence_is_stationary_in_the_noise(posterior):
    p = posterior

    def evidence(noise):
        cov = p.signal[0] * matern52(p.x, p.x, p.lengthscale[0]) + noise * np.eye(50)
        return multivariate_normal.logpdf(p.y[:, 0], np.full(50, p.constant[0]), cov)

    assert evidence(p.noise[0]) >= max(evidence(1.1 * p.noise[0]), evidence(p.noise[0] / 1.1))


def test_the_noise_of_the_data_is_found(posterior):
    found = np.sqrt(posterior.noise[0]) * posterior.y_scale[0]
    assert found == pytest.approx(0.05, rel=4 / np.sqrt(2 * 50))


def test_inputs_that_do_not_matter_get_long_length_scales(posterior):
    scales = posterior.lengthscale[0]
    assert scales[2:].min() > 5 * scales[0]


def test_predictions_are_those_of_gpytorch_at_the_same_parameters(posterior):
    p = posterior
    likelihood = gpytorch.likelihoods.GaussianLikelihood().double()
    kernel = gpytorch.kernels.ScaleKernel(gpytorch.kernels.MaternKernel(2.5, ard_num_dims=4))
    kernel = kernel.double()
    kernel.base_kernel.lengthscale = torch.from_numpy(p.lengthscale[:1])
    kernel.outputscale, likelihood.noise = p.signal[0], p.noise[0]

    class Model(gpytorch.models.ExactGP):
        def forward(self, x):
            mean = torch.full(x.shape[:-1], p.constant[0], dtype=x.dtype)
            return gpytorch.distributions.MultivariateNormal(mean, kernel(x))

    model = Model(torch.from_numpy(p.x), torch.from_numpy(p.y[:, 0]), likelihood).double()
    model.eval()
    likelihood.eval()
    at = RNG.uniform(-1, 1, size=(20, 4))
    with torch.no_grad(), gpytorch.settings.fast_computations(False, False, False):
        reference = likelihood(model(torch.from_numpy((at - p.x_centre) / p.x_scale)))
    found = p.predict(at)
    assert np.allclose(
        found.mean[:, 0], p.y_centre + p.y_scale * reference.mean.numpy(), atol=1e-8
    )
    assert np.allclose(found.variance[:, 0], p.y_scale**2 * reference.variance.numpy(), atol=1e-8)


def test_selected_outputs_predict_as_before():
    both = GP().fit(X, np.concatenate([Y, Y**2], axis=1))
    second = both.select(slice(1, 2))
    assert np.array_equal(second.predict(X).mean[:, 0], both.predict(X).mean[:, 1])


def test_a_constant_output_is_learned_as_such():
    found = GP().fit(X, np.full((50, 1), 3.0)).predict(X)
    assert np.allclose(found.mean, 3.0)


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"noise_bounds": (1.0, 0.5)}, {"lengthscale_bounds": (0.0, 1.0)}]
)
def test_a_specification_without_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        GP(**wrong)


KERNELS = pytest.mark.parametrize(
    "kernel", ["matern12", "matern32", "matern52", "squared_exponential"]
)
TWO = np.concatenate([Y, np.cos(X[:, :1]) * X[:, 2:3]], axis=1)
THETA = np.array([0.3, 0.8, 1.2, 0.5, -3.0])


@KERNELS
@pytest.mark.parametrize("outputs", [1, 2])
def test_the_gradient_is_the_derivative_of_the_evidence(kernel, outputs):
    """Central differences with step h err by h^2 and by eps |f| / h."""
    evidence = Evidence(kernel, X, TWO[:, :outputs])
    _, gradient = evidence(THETA)
    h = 1e-5
    numeric = [(evidence(THETA + d)[0] - evidence(THETA - d)[0]) / (2 * h) for d in h * np.eye(5)]
    assert np.allclose(gradient, numeric, rtol=1e-6, atol=1e-6)


@KERNELS
def test_the_profiled_evidence_is_the_density_of_the_data(kernel):
    found = Evidence(kernel, X, TWO).optimum(THETA)
    gram = getattr(kernels, kernel)(X, X, np.exp(THETA[:-1])) + np.exp(THETA[-1]) * np.eye(50)
    for j in range(2):
        dense = multivariate_normal.logpdf(
            TWO[:, j], np.full(50, found.constant[j]), found.signal[j] * gram
        )
        assert found.evidence[j] == pytest.approx(dense, abs=1e-8)


@KERNELS
def test_leaving_one_out_is_prediction_without_it(kernel):
    """At the same hyperparameters, mean included; brute force refits the rest."""
    p = GP(kernel=kernel, steps=5).fit(X, Y)
    found = p.leave_one_out()
    cov = p.signal[0] * getattr(kernels, kernel)(p.x, p.x, p.lengthscale[0])
    cov += p.noise[0] * np.eye(50)
    for i in (0, 7, 31):
        rest = np.delete(np.arange(50), i)
        half = np.linalg.solve(cov[np.ix_(rest, rest)], cov[rest, i])
        mean = p.constant[0] + half @ (p.y[rest, 0] - p.constant[0])
        variance = cov[i, i] - half @ cov[rest, i]
        expected = p.y_centre[0] + p.y_scale[0] * mean
        assert found.mean[i, 0] == pytest.approx(expected, rel=1e-6, abs=1e-8)
        assert found.variance[i, 0] == pytest.approx(p.y_scale[0] ** 2 * variance, rel=1e-6)


def test_a_shared_kernel_maximises_the_sum_of_evidences():
    p = GP(sharing="kernel").fit(X, TWO)
    assert np.array_equal(p.lengthscale[0], p.lengthscale[1])
    theta = np.log(np.append(p.lengthscale[0], p.noise[0] / p.signal[0]))
    shared = Evidence("matern52", p.x, p.y)
    assert p.evidence.sum() == pytest.approx(-shared(theta)[0])
    for shift in 0.05 * np.eye(5):
        assert shared(theta + shift)[0] >= shared(theta)[0] - 1e-3


def test_our_optimum_is_as_likely_as_that_of_gpytorch():
    ours, theirs = GP().fit(X, TWO), TorchGP().fit(X, TWO)
    assert (ours.evidence >= theirs.evidence - 0.1).all()


def test_the_evidence_is_that_of_scikit_learn_at_the_same_parameters(posterior):
    p = posterior
    kernel = ConstantKernel(p.signal[0]) * Matern(p.lengthscale[0], nu=2.5)
    model = GaussianProcessRegressor(kernel + WhiteKernel(p.noise[0]), optimizer=None)
    model.fit(p.x, p.y[:, 0] - p.constant[0])
    assert p.evidence[0] == pytest.approx(model.log_marginal_likelihood_value_, abs=1e-6)


def test_inputs_that_look_irrelevant_at_first_are_not_thrown_away():
    """Staged bounds: the evidence of one start is within ten nats of the best of many."""
    rng = np.random.default_rng(5)
    x = rng.uniform(size=(150, 10))
    y = sum(w * np.sin(5 * x[:, i]) for i, w in enumerate((2.0, 1.0, 0.5, 0.3)))
    y = (y + x[:, 0] * x[:, 1] + 0.02 * rng.normal(size=150))[:, None]
    one, many = GP().fit(x, y), GP(restarts=6).fit(x, y)
    assert many.evidence[0] - one.evidence[0] < 10.0


def test_selected_outputs_keep_the_factors_of_all(monkeypatch):
    """A factor is N x N numbers and a third of N^3 products: none is made again."""
    both = GP(steps=5).fit(X, TWO)
    monkeypatch.setattr(scipy.linalg, "cholesky", None)
    second = both.select(slice(1, 2))
    for found, whole in (
        (second.predict(X[:7] + 0.1), both.predict(X[:7] + 0.1)),
        (second.leave_one_out(), both.leave_one_out()),
    ):
        assert np.array_equal(found.mean, whole.mean[:, 1:])
        assert np.array_equal(found.variance, whole.variance[:, 1:])


def test_draws_have_the_moments_of_the_prediction(posterior):
    draws = posterior.sample(X[:3], 4000, np.random.default_rng(0))
    found = posterior.predict(X[:3])
    assert draws.shape == (4000, 3, 1)
    assert np.allclose(
        draws.mean(axis=0), found.mean, atol=5 * np.sqrt(found.variance.max() / 4e3)
    )
    assert np.allclose(draws.var(axis=0), found.variance, rtol=5 * np.sqrt(2 / 4e3))
