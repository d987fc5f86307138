"""Samples, designs and the one file format that stages exchange."""

from understudy.data.design import Variable, sobol
from understudy.data.failures import failure_notes
from understudy.data.sample import Sample, finite
from understudy.data.store import Header, checksum, read_header, read_samples, write_samples

__all__ = [
    "Header",
    "Sample",
    "Variable",
    "checksum",
    "failure_notes",
    "finite",
    "read_header",
    "read_samples",
    "sobol",
    "write_samples",
]
