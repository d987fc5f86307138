"""What a critic sees beside coefficients."""

import numpy as np
import pytest
import torch

from understudy.linalg import ExtendedPOD
from understudy.surrogates.response_features import PeakFeatures

RNG = np.random.default_rng(0)
Y = RNG.normal(size=(40, 3 * 50)) @ np.diag(RNG.uniform(1, 5, 150)) * 1e6
BASIS = ExtendedPOD(rank=12).fit(Y, Y)
C = BASIS.encode(Y)


def _seen(features, c):
    return features(torch.tensor(c, dtype=torch.float32)).double().numpy()


def test_the_greatest_stresses_come_in_order_after_the_coefficients():
    """All points: the length of the three responses of a point, sorted, in one scale."""
    spec = PeakFeatures(points=50, top=5)
    found = _seen(spec.of(BASIS, C), C)
    stress = np.linalg.norm(BASIS.respond(C).reshape(40, 50, 3), axis=2)
    expected = -np.sort(-stress, axis=1)[:, :5]
    assert found[:, :12] == pytest.approx(C, rel=1e-6, abs=1e-6)
    ratio = found[:, 12:] / expected
    assert ratio == pytest.approx(np.full_like(ratio, ratio[0, 0]), rel=1e-5)


def test_their_weight_is_their_total_deviation_over_that_of_the_coefficients():
    found = _seen(PeakFeatures(points=30, top=8, weight=2.5).of(BASIS, C), C)
    total = [np.sqrt(part.var(axis=0).sum()) for part in (found[:, 12:], found[:, :12])]
    assert total[0] / total[1] == pytest.approx(2.5, rel=1e-4)


def test_the_gradient_reaches_every_coefficient_and_agrees_with_differences():
    features = PeakFeatures(points=50, top=1).of(BASIS, C)
    c = torch.tensor(C[:1], dtype=torch.float32, requires_grad=True)
    features(c)[0, -1].backward()
    step = 1e-2
    moved = [
        _seen(features, C[:1] + s * step * np.eye(12)[i])[0, -1] for i in (0, 5) for s in (1, -1)
    ]
    slopes = [(moved[0] - moved[1]) / (2 * step), (moved[2] - moved[3]) / (2 * step)]
    assert c.grad[0, [0, 5]].double().numpy() == pytest.approx(slopes, rel=2e-2, abs=1e-3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"top": 0}, "top"), ({"points": 4, "top": 5}, "top"), ({"weight": 0.0}, "weight")],
)
def test_settings_without_meaning_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        PeakFeatures(**settings)


def test_more_points_than_there_are_is_told():
    with pytest.raises(ValueError, match="at most 50"):
        PeakFeatures(points=51, top=2).of(BASIS, C)
