"""Which releases of the finite element stack are at work."""

import importlib

from petsc4py import PETSc

from understudy.fem.plates import gmsh_version

__all__ = ["versions"]


def versions() -> dict[str, str]:
    """Version by name of library, for provenance and for a look at the installation.

    Raises:
        ModuleNotFoundError: a part of the stack is not installed.
    """
    found = {
        name: str(importlib.import_module(name).__version__)
        for name in ("dolfinx", "basix", "ffcx", "ufl", "mpi4py", "petsc4py")
    }
    petsc = ".".join(str(part) for part in PETSc.Sys.getVersion())
    return found | {"petsc": petsc, "gmsh": gmsh_version()}
