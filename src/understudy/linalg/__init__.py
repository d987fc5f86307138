"""Linear algebra that two families or more need."""

from understudy.linalg.elementwise import exp, log
from understudy.linalg.extended_pod import ExtendedBasis, ExtendedPOD
from understudy.linalg.incremental import incremental_pod
from understudy.linalg.pod import POD, Basis, held_out_errors

__all__ = [
    "POD",
    "Basis",
    "ExtendedBasis",
    "ExtendedPOD",
    "exp",
    "held_out_errors",
    "incremental_pod",
    "log",
]
