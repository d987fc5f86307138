"""Linear algebra that two families or more stand on."""

from understudy.linalg.pod import POD, Basis

__all__ = ["POD", "Basis"]
