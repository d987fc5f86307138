"""The simulations that a study can name; standard library only, because the workflow reads it."""

import importlib
from typing import Any

__all__ = ["PROBLEMS", "problem_class"]

PROBLEMS = {
    "evolving_field": "understudy.fem.evolving_field:EvolvingField",
    "stopped_beam": "understudy.fem.stopped_beam:StoppedBeam",
    "tensile_plate": "understudy.fem.tensile_plate:TensilePlate",
    "tensile_plate_plastic": "understudy.fem.tensile_plate_plastic:TensilePlatePlastic",
    "tensile_plate_viscoplastic": (
        "understudy.fem.tensile_plate_viscoplastic:TensilePlateViscoplastic"
    ),
}
"""Name -> "module:class"."""


def problem_class(name: str) -> Any:  # noqa: ANN401
    """The class of a named simulation.

    Raises:
        ValueError: unknown name.
    """
    if name not in PROBLEMS:
        raise ValueError(f"problem: expected one of {sorted(PROBLEMS)}, got {name!r}")
    module, cls = PROBLEMS[name].split(":")
    return getattr(importlib.import_module(module), cls)
