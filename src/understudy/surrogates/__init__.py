"""Families put together for one engineering job."""

from understudy.surrogates.alignment import Aligned, align
from understudy.surrogates.mmgp import MMGP
from understudy.surrogates.mmgp_model import MMGPModel

__all__ = ["MMGP", "Aligned", "MMGPModel", "align"]
