"""Families put together for one engineering job."""

from understudy.surrogates.alignment import Aligned, align
from understudy.surrogates.closure import PlasticClosure
from understudy.surrogates.mmgp import MMGP
from understudy.surrogates.mmgp_model import MMGPModel
from understudy.surrogates.morpher import Morpher
from understudy.surrogates.optimal_morphing import OptimalMorphing, OptimalMorphingModel

__all__ = [
    "MMGP",
    "Aligned",
    "MMGPModel",
    "Morpher",
    "OptimalMorphing",
    "OptimalMorphingModel",
    "PlasticClosure",
    "align",
]
