"""Morphings: mesh -> common domain, and transport where there is none."""

from understudy.morphing.choice import choose
from understudy.morphing.correspondence import Correspondence
from understudy.morphing.elastic import Elastic
from understudy.morphing.harmonic import Harmonic
from understudy.morphing.morphing import Morphing
from understudy.morphing.optimal_transport import OptimalTransport, TransportMap
from understudy.morphing.rbf import RBF
from understudy.morphing.stretch import Stretch, stretch
from understudy.morphing.tutte import Tutte

__all__ = [
    "RBF",
    "Correspondence",
    "Elastic",
    "Harmonic",
    "Morphing",
    "OptimalTransport",
    "Stretch",
    "TransportMap",
    "Tutte",
    "choose",
    "stretch",
]
