"""The simulations that a study can name, as "module:class"; read by the workflow too."""

import importlib
from typing import Any

from understudy.data import tree

__all__ = ["PROBLEMS", "problem"]

PROBLEMS = {"tensile_plate": "understudy.fem.tensile_plate:TensilePlate"}


def problem(name: str, block: object) -> Any:  # noqa: ANN401
    """The specification of a named simulation.

    Raises:
        ValueError: unknown name, or a block that does not fit; names the key.
    """
    if name not in PROBLEMS:
        raise ValueError(f"problem: expected one of {sorted(PROBLEMS)}, got {name!r}")
    module, cls = PROBLEMS[name].split(":")
    return tree.build(getattr(importlib.import_module(module), cls), block, name)
