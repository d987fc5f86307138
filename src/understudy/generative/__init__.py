"""(noise, condition) -> sample: laws learned from samples."""

from understudy.generative.analogue_residual import AnalogueResidual, AnalogueSampler
from understudy.generative.contract import Generator, Sampler
from understudy.generative.descent import Descent
from understudy.generative.flow import Flow, FlowSampler
from understudy.generative.flow_matching import FlowMatching, FlowMatchingSampler
from understudy.generative.gaussian import Gaussian, GaussianSampler
from understudy.generative.gaussian_copula import CopulaSampler, GaussianCopula
from understudy.generative.gaussian_mixture import GaussianMixture, MixtureSampler
from understudy.generative.kde import KDE, KDESampler

__all__ = [
    "KDE",
    "AnalogueResidual",
    "AnalogueSampler",
    "CopulaSampler",
    "Descent",
    "Flow",
    "FlowMatching",
    "FlowMatchingSampler",
    "FlowSampler",
    "Gaussian",
    "GaussianCopula",
    "GaussianMixture",
    "GaussianSampler",
    "Generator",
    "KDESampler",
    "MixtureSampler",
    "Sampler",
]
