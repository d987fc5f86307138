"""The only place that knows which DOLFINx is installed: 0.5 to 0.11 behind one set of words.

Differences are decided by feature (does a name exist, in which order come the arguments), not by
version number.
"""

from understudy.fem.adapter.domain import domain_of, evaluate, submesh, vertex_values
from understudy.fem.adapter.jit import cache_folder, compiling
from understudy.fem.adapter.matrices import BlockAssembler, CellValues, assembled_vector
from understudy.fem.adapter.quadrature import at_points, quadrature_measure, set_at_points
from understudy.fem.adapter.solvers import (
    ConvergenceError,
    Solved,
    chords,
    newton,
    project,
    residual_norm,
    solve_linear,
)
from understudy.fem.adapter.spaces import (
    Expression,
    assemble_scalar,
    compiled,
    constant,
    dirichlet,
    element,
    facet_measure,
    interpolate,
    mixed_space,
    space,
)

__all__ = [
    "BlockAssembler",
    "CellValues",
    "ConvergenceError",
    "Expression",
    "Solved",
    "assemble_scalar",
    "assembled_vector",
    "at_points",
    "cache_folder",
    "chords",
    "compiled",
    "compiling",
    "constant",
    "dirichlet",
    "domain_of",
    "element",
    "evaluate",
    "facet_measure",
    "interpolate",
    "mixed_space",
    "newton",
    "project",
    "quadrature_measure",
    "residual_norm",
    "set_at_points",
    "solve_linear",
    "space",
    "submesh",
    "vertex_values",
]
