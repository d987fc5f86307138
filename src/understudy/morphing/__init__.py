"""Morphings: mesh -> common domain."""

from understudy.morphing.harmonic import Harmonic
from understudy.morphing.morphing import Morphing
from understudy.morphing.tutte import Tutte

__all__ = ["Harmonic", "Morphing", "Tutte"]
