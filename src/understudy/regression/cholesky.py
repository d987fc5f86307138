"""Cholesky factor and inverse in place, by LAPACK, with Python's lock released.

SciPy's own wrappers hold the lock, so that threads wait for one another; the same routines are
reached through the pointers that SciPy offers to compiled code (`scipy.linalg.cython_lapack`).
"""

import ctypes
from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.linalg import cython_lapack

__all__ = ["factorise", "invert"]


def _routine(name: str) -> Callable[..., None]:
    capsule = cython_lapack.__pyx_capi__[name]
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype, api.PyCapsule_GetName.argtypes = (
        ctypes.c_char_p,
        [ctypes.py_object],
    )
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    pointer = api.PyCapsule_GetPointer(capsule, api.PyCapsule_GetName(capsule))
    # (uplo, n, a, lda, info), all by reference as Fortran wants.
    return ctypes.CFUNCTYPE(None, ctypes.c_char_p, *[ctypes.c_void_p] * 4)(pointer)


_POTRF, _POTRI = _routine("dpotrf"), _routine("dpotri")


def _call(routine: Callable[..., None], a: Float[np.ndarray, "N N"]) -> bool:
    n, info = ctypes.c_int(len(a)), ctypes.c_int(0)
    size = ctypes.addressof(n)
    routine(b"L", size, a.ctypes.data, size, ctypes.addressof(info))
    return info.value == 0


def factorise(a: Float[np.ndarray, "N N"]) -> bool:
    """Put the lower Cholesky factor into the lower triangle of `a`, in Fortran order.

    Returns:
        Whether `a` was positive definite.
    """
    return _call(_POTRF, a)


def invert(a: Float[np.ndarray, "N N"]) -> bool:
    """Put the lower triangle of the inverse where `factorise` left the factor."""
    return _call(_POTRI, a)
