"""The training loop."""

import math

import numpy as np
import pytest
import torch

from understudy.nn import Training, fit, mlp, seeded

X = torch.randn(64, 3, generator=torch.Generator().manual_seed(0))
Y = X @ torch.tensor([[1.0], [-2.0], [0.5]]) + 0.3


def network(*sizes):
    with seeded(0):
        return mlp(*sizes)


def batch(number):
    rows = torch.randint(64, (16,), generator=torch.Generator().manual_seed(number))
    return X[rows], Y[rows]


def loss(module, pair):
    return (module(pair[0]) - pair[1]).square().mean()


def weights(module):
    return torch.cat([p.detach().flatten() for p in module.parameters()])


def test_a_linear_network_finds_the_linear_law():
    """Without noise least squares has the true coefficients as its only minimum."""
    module = network(3, 1)
    spec = Training(steps=400, learning_rate=0.05, weight_decay=0.0, clip=100.0)
    history = fit(module, loss, batch, spec)
    assert np.allclose(weights(module), [1.0, -2.0, 0.5, 0.3], atol=1e-3)
    assert history.step[-1] == 400
    assert history.loss[-1] < 1e-5 < history.loss[0]


def test_the_rate_rises_then_falls_to_zero_along_a_cosine():
    """r (1 + cos(pi s)) / 2 at share s of what follows the warm-up."""
    spec = Training(steps=100, learning_rate=2.0, warm_up=0.2)
    assert spec.rate(0) == pytest.approx(2.0 / 21)
    assert spec.rate(19) == pytest.approx(2.0 * 20 / 21)
    assert spec.rate(20) == pytest.approx(2.0)
    assert spec.rate(60) == pytest.approx(1.0)
    assert spec.rate(99) == pytest.approx(1 + math.cos(math.pi * 79 / 80))


@pytest.mark.parametrize("stop", [20, 40])
def test_an_interrupted_training_goes_on_bit_for_bit(tmp_path, stop):
    """Killed after the checkpoint of step `stop`, trained again: the weights of one go."""
    spec = Training(steps=60, every=20)
    whole = network(3, 8, 1)
    expected = fit(whole, loss, batch, spec, judge=lambda m: float(loss(m, (X, Y))))

    def killed(number):
        if number == stop + 5:
            raise KeyboardInterrupt
        return batch(number)

    path = tmp_path / "state.safetensors"
    with pytest.raises(KeyboardInterrupt):
        fit(network(3, 8, 1), loss, killed, spec, judge=lambda m: float(loss(m, (X, Y))),
            checkpoint=path, fingerprint="a")  # fmt: skip
    again = network(3, 8, 1)
    found = fit(again, loss, batch, spec, judge=lambda m: float(loss(m, (X, Y))),
                checkpoint=path, fingerprint="a")  # fmt: skip
    assert torch.equal(weights(again), weights(whole))
    for name in ("step", "loss", "quality", "gradient_norm"):
        assert np.array_equal(getattr(found, name), getattr(expected, name))


def test_a_checkpoint_of_another_training_is_refused(tmp_path):
    """The error names the file and both fingerprints."""
    path = tmp_path / "state.safetensors"
    fit(network(3, 1), loss, batch, Training(steps=2), checkpoint=path, fingerprint="a")
    with pytest.raises(ValueError, match=r"expected a checkpoint of training b, got a"):
        fit(network(3, 1), loss, batch, Training(steps=2), checkpoint=path, fingerprint="b")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        fit(network(3, 1), loss, batch, Training(steps=2), checkpoint=path, fingerprint="a")


def test_accumulated_batches_are_one_batch():
    """The mean gradient of two halves is that of the whole, and so is the loss."""
    halves, whole = network(3, 4, 1), network(3, 4, 1)
    two = fit(
        halves, loss, lambda i: (X[i % 2 :: 2], Y[i % 2 :: 2]), Training(steps=5, accumulate=2)
    )
    one = fit(whole, loss, lambda _: (X, Y), Training(steps=5))
    assert torch.allclose(weights(halves), weights(whole), atol=1e-6)
    assert two.loss[0] == pytest.approx(one.loss[0], rel=1e-5)
    assert two.gradient_norm[0] == pytest.approx(one.gradient_norm[0], rel=1e-5)


def test_gradients_are_clipped_and_their_norm_is_told():
    """Far from the minimum the recorded norm is beyond the clip; without AdamW's scaling of steps
    it would be a long way, with the clip it is the same as for a loss of half the size."""
    far = [(X, Y * scale) for scale in (1e3, 2e3)]
    modules = [network(3, 1), network(3, 1)]
    histories = [
        fit(m, loss, lambda _, p=pair: p, Training(steps=1, clip=1e-3))
        for m, pair in zip(modules, far, strict=True)
    ]
    assert all(h.gradient_norm[0] > 1.0 for h in histories)
    assert torch.allclose(weights(modules[0]), weights(modules[1]), atol=1e-5)


def test_a_loss_that_is_not_finite_ends_the_training():
    """The error says by which step, and what to try."""
    with pytest.raises(FloatingPointError, match="not finite by step 2; lower learning_rate"):
        fit(network(3, 1), lambda m, p: loss(m, p) / 0.0, batch, Training(steps=2))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "steps: expected at least 1, got 0"),
        ({"clip": 0.0}, "clip: expected more than 0"),
        ({"warm_up": 1.0}, "warm_up: expected in"),
        ({"precision": "half"}, "expected float32 or bfloat16, got 'half'"),
    ],
)
def test_bad_settings_are_named(settings, message):
    """Which, what was expected, what came."""
    with pytest.raises(ValueError, match=message):
        Training(**settings)
