"""Elements, spaces, compiled forms and boundary conditions, the same words for every DOLFINx.

Whatever may start the form compiler (a space, a form, an expression) takes the compile lock, once,
and gives it back before anything is assembled.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh
from jaxtyping import Float, Int
from mpi4py import MPI
from petsc4py import PETSc

from understudy.fem.adapter.domain import basix_ufl, entities
from understudy.fem.adapter.jit import compiling
from understudy.fem.adapter.quadrature import at_points, set_at_points

__all__ = [
    "Condition",
    "Element",
    "Expression",
    "Form",
    "assemble_scalar",
    "compiled",
    "constant",
    "dirichlet",
    "element",
    "facet_measure",
    "interpolate",
    "mixed_space",
    "space",
]

Condition: TypeAlias = Any  # class of a Dirichlet condition: its name changes between releases
Element: TypeAlias = Any  # a UFL or a Basix element
Expression: TypeAlias = Any  # a UFL expression: its classes move between releases
Form: TypeAlias = Any  # a UFL form, or a form that is compiled already

_ELEMENTS_IN_UFL = hasattr(ufl, "VectorElement")


def element(domain: dmesh.Mesh, family: str, degree: int, shape: tuple[int, ...] = ()) -> Element:
    """A Lagrange, DG, ... element; "Quadrature" has its values at the points of a rule."""
    cell = domain.topology.cell_name()
    if not _ELEMENTS_IN_UFL:
        if family == "Quadrature":
            return basix_ufl.quadrature_element(cell, value_shape=shape, degree=degree)
        return basix_ufl.element(family, cell, degree, **({"shape": shape} if shape else {}))
    scheme = {"quad_scheme": "default"} if family == "Quadrature" else {}
    if not shape:
        return ufl.FiniteElement(family, domain.ufl_cell(), degree, **scheme)
    if len(shape) == 1:
        return ufl.VectorElement(family, domain.ufl_cell(), degree, dim=shape[0], **scheme)
    return ufl.TensorElement(family, domain.ufl_cell(), degree, shape=shape, **scheme)


def space(
    domain: dmesh.Mesh, family: str = "Lagrange", degree: int = 1, shape: tuple[int, ...] = ()
) -> fem.FunctionSpace:
    """A scalar (shape ()), vector (shape (k,)) or tensor space."""
    return _space_of(domain, element(domain, family, degree, shape))


def mixed_space(domain: dmesh.Mesh, parts: Sequence[Element]) -> fem.FunctionSpace:
    """The product space of elements, as Taylor and Hood's."""
    if _ELEMENTS_IN_UFL:
        return _space_of(domain, ufl.MixedElement(*parts))
    return _space_of(domain, basix_ufl.mixed_element(list(parts)))


def _space_of(domain: dmesh.Mesh, form_element: Element) -> fem.FunctionSpace:
    with compiling():
        if hasattr(fem, "functionspace"):  # since 0.7
            return fem.functionspace(domain, form_element)
        return fem.FunctionSpace(domain, form_element)


def constant(domain: dmesh.Mesh, value: float | Sequence[float]) -> fem.Constant:
    """A number (or vector) that a form takes at run time, so that a new value compiles nothing."""
    array = np.asarray(value, dtype=PETSc.ScalarType)
    return fem.Constant(domain, array if array.ndim else array[()])


def compiled(form: Form) -> Form:
    """The compiled form, under the lock. A form that is compiled already comes back as it is."""
    if not isinstance(form, ufl.Form):
        return form
    with compiling():
        return fem.form(form)


def assemble_scalar(form: Form) -> float:
    """The number that a form without arguments integrates to, summed over processes."""
    ready = compiled(form)
    return float(np.real(_communicator(ready).allreduce(fem.assemble_scalar(ready), op=MPI.SUM)))


def _communicator(form: Form) -> MPI.Intracomm:
    return form.mesh.comm


def interpolate(function: fem.Function, what: Expression) -> fem.Function:
    """Set `function` from a callable on coordinates (3, n), a Function or a UFL expression."""
    if isinstance(what, ufl.core.expr.Expr) and not isinstance(what, fem.Function):
        target = function.function_space
        if _ELEMENTS_IN_UFL and target.ufl_element().family() == "Quadrature":
            # Before 0.7 a quadrature element has no Basix element to interpolate with.
            degree = target.ufl_element().degree()
            return set_at_points(function, at_points(what, target.mesh, degree)())
        points = target.element.interpolation_points  # a property since 0.10
        with compiling():
            what = fem.Expression(what, points() if callable(points) else points)
    function.interpolate(what)
    return function


def dirichlet(
    target: fem.FunctionSpace,
    at: Int[np.ndarray, " k"] | Int[np.ndarray, "k 2"],
    value: float | Sequence[float] | Callable[[Float[np.ndarray, "3 n"]], np.ndarray],
    component: int | None = None,
) -> Condition:
    """Hold a space at vertices (k,) or edges (k, 2) of the input mesh.

    Args:
        target: the whole space.
        at: input nodes, or both ends of edges (whose inner degrees of freedom are held too).
        value: a number, a vector, or a function of coordinates (3, n) giving (n,) or
            (components, n).
        component: of a vector or mixed space, the one that is held; None: all.

    Raises:
        ValueError: a node or edge that the mesh does not have.
    """
    dim, found = entities(target.mesh, at)
    part = target if component is None else target.sub(component)
    if not callable(value):
        dofs = fem.locate_dofs_topological(part, dim, found)
        array = np.asarray(value, dtype=PETSc.ScalarType)
        return fem.dirichletbc(array if array.ndim else array[()], dofs, part)
    if component is None:
        function = fem.Function(target)
        function.interpolate(value)
        return fem.dirichletbc(function, fem.locate_dofs_topological(target, dim, found))
    with compiling():
        own = part.collapse()[0]
    function = fem.Function(own)
    function.interpolate(value)
    return fem.dirichletbc(function, fem.locate_dofs_topological((part, own), dim, found), part)


def facet_measure(domain: dmesh.Mesh, groups: Sequence[Int[np.ndarray, "_ 2"]]) -> ufl.Measure:
    """The boundary measure whose `ds(i)` is the i-th group of edges, given by input nodes.

    Raises:
        ValueError: an edge that the mesh does not have, or one in two groups.
    """
    found = [entities(domain, group)[1] for group in groups]
    facets = np.concatenate(found)
    tags = np.repeat(np.arange(len(found)), [len(f) for f in found]).astype(np.int32)
    order = np.argsort(facets)
    if (np.diff(facets[order]) == 0).any():
        raise ValueError("edges of a boundary load: expected each once, got one in two places")
    marked = dmesh.meshtags(domain, 1, facets[order], tags[order])
    return ufl.Measure("ds", domain=domain, subdomain_data=marked)
