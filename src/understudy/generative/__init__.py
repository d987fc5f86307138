"""(noise, condition) -> sample: laws learned from samples."""

from understudy.generative.analogue_residual import AnalogueResidual, AnalogueSampler, Inner
from understudy.generative.contract import Generator, Sampler
from understudy.generative.descent import Descent
from understudy.generative.energy import energy_distance
from understudy.generative.flow import Flow, FlowSampler
from understudy.generative.flow_matching import FlowMatching, FlowMatchingSampler
from understudy.generative.gaussian import Gaussian, GaussianSampler
from understudy.generative.gaussian_copula import CopulaSampler, GaussianCopula
from understudy.generative.gaussian_mixture import GaussianMixture, MixtureSampler
from understudy.generative.kde import KDE, KDESampler
from understudy.generative.wgan_gp import WGANGP
from understudy.generative.wgan_sampler import WGANSampler
from understudy.generative.wgan_settings import History, Stopping, Training

__all__ = [
    "KDE",
    "WGANGP",
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
    "History",
    "Inner",
    "KDESampler",
    "MixtureSampler",
    "Sampler",
    "Stopping",
    "Training",
    "WGANSampler",
    "energy_distance",
]
