import gpytorch
import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from understudy.kernels import matern52
from understudy.regression import GP

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
