"""Errors that networks are trained by."""

from types import SimpleNamespace

import pytest
import torch

from understudy.operators.loss import begun, mean_error, relative_l2
from understudy.operators.symbols import BEGIN

TRUTH = torch.tensor([[[3.0], [4.0]], [[0.0], [0.0]]])


def test_an_error_is_relative_to_the_size_of_the_truth():
    """|(3, 4) - (3, 3)| / |(3, 4)| is a fifth; a perfect answer to nothing is no error."""
    found = torch.tensor([[[3.0], [3.0]], [[0.0], [0.0]]])
    assert relative_l2(found, TRUTH).tolist() == pytest.approx([0.2, 0.0], abs=1e-7)


def test_a_floor_counts_where_the_truth_is_smaller():
    """Root mean square of the floor instead of that of the truth."""
    found = TRUTH + 0.5
    error = relative_l2(found, TRUTH, torch.tensor([1.0, 2.0]))
    assert error.tolist() == pytest.approx([0.5 / 12.5**0.5, 0.25])


def test_the_mean_error_counts_every_sample_of_every_batch():
    """Errors of 1/5, of 0, and one of 3 that counts as 1."""

    class Told(torch.nn.Module):
        def forward(self, points, features, queries, guess):
            assert (points, queries, guess) == (1, 2, 3)
            return features

    def batch(found, truth):
        return SimpleNamespace(points=1, features=found, queries=2, guess=3, truth=truth)

    three = batch(4 * TRUTH[:1], TRUTH[:1])
    found = torch.tensor([[[3.0], [3.0]], [[0.0], [0.0]]])
    assert mean_error(Told(), [batch(found, TRUTH), three]) == pytest.approx(1.2 / 3)


def test_a_decoder_reads_a_beginning_first():
    """Padding stays behind."""
    assert begun(torch.tensor([[5, 6, 0]])).tolist() == [[BEGIN, 5, 6, 0]]
