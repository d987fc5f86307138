"""Errors that networks are trained by."""

import pytest
import torch

from understudy.operators.loss import begun, relative_l2
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


def test_a_decoder_reads_a_beginning_first():
    """Padding stays behind."""
    assert begun(torch.tensor([[5, 6, 0]])).tolist() == [[BEGIN, 5, 6, 0]]
