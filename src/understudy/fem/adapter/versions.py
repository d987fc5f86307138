"""Which releases of the finite element stack are at work."""

import basix
import dolfinx
import ffcx
import petsc4py
import ufl
from petsc4py import PETSc

__all__ = ["versions"]


def versions() -> dict[str, str]:
    """Version by name of library, for provenance and for a look at the installation."""
    return {
        "dolfinx": str(dolfinx.__version__),
        "basix": str(basix.__version__),
        "ffcx": str(ffcx.__version__),
        "ufl": str(ufl.__version__),
        "petsc": ".".join(str(part) for part in PETSc.Sys.getVersion()),
        "petsc4py": str(petsc4py.__version__),
    }
