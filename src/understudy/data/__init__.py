"""Samples, designs and the one file format that stages exchange."""

from understudy.data.design import Variable, sobol
from understudy.data.failures import Outcome, failure_notes
from understudy.data.sample import Sample, finite
from understudy.data.store import (
    Header,
    checksum,
    join_samples,
    read_header,
    read_samples,
    write_samples,
)

__all__ = [
    "Header",
    "Outcome",
    "Sample",
    "Variable",
    "checksum",
    "failure_notes",
    "finite",
    "join_samples",
    "read_header",
    "read_samples",
    "sobol",
    "write_samples",
]
