"""Morphings: mesh -> common domain."""

from understudy.morphing.morphing import Morphing
from understudy.morphing.tutte import Tutte

__all__ = ["Morphing", "Tutte"]
