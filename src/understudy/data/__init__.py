"""Samples, designs and the one file format that stages exchange."""

from understudy.data.design import Variable, sobol
from understudy.data.sample import Sample

__all__ = ["Sample", "Variable", "sobol"]
