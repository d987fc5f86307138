"""Linear and Newton solves by a sparse factorisation, and L2 projection, with nothing left behind.

One Krylov object is set up through its methods, never through PETSc's table of options, which is
global and full after a few hundred solves; matrices, vectors and factors are destroyed after use.
Every solve is judged: the relative residual |b - A x| / |b| of a linear one, |F(u)| of Newton's.
"""

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh
from dolfinx.fem import petsc as fem_petsc
from petsc4py import PETSc

from understudy.fem.adapter.domain import cell_dofs
from understudy.fem.adapter.quadrature import quadrature_measure
from understudy.fem.adapter.spaces import Condition, Form, compiled, space

__all__ = [
    "ConvergenceError",
    "Solved",
    "chords",
    "newton",
    "project",
    "residual_norm",
    "solve_linear",
]

_assemble_into: Any = fem_petsc.assemble_matrix
"""Into a matrix that is there: single dispatch, which type checkers do not follow."""


class ConvergenceError(RuntimeError):
    """A solve that did not reach its tolerance; the message says what to try."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Solved:
    """What a solve gives.

    Attributes:
        value: the solution.
        iterations: Newton steps, 1 for a linear solve.
        residual: relative residual that was reached.
        history: norms of the residual before each Newton step and at the end; empty if linear.
    """

    value: fem.Function
    iterations: int
    residual: float
    history: tuple[float, ...] = ()


@contextlib.contextmanager
def _factorised(matrix: PETSc.Mat, *, definite: bool) -> Iterator[PETSc.KSP]:
    """A direct solver for `matrix`: Cholesky's when positive definite, else LU; MUMPS if there."""
    krylov = PETSc.KSP().create(matrix.comm)
    factor = krylov.getPC()
    try:
        krylov.setOperators(matrix)
        krylov.setType("preonly")
        if definite:
            matrix.setOption(PETSc.Mat.Option.SPD, True)
        factor.setType("cholesky" if definite else "lu")
        if PETSc.Sys.hasExternalPackage("mumps"):
            factor.setFactorSolverType("mumps")
        yield krylov
    finally:
        factor.destroy()  # the handle keeps the factors alive beyond their solver
        krylov.destroy()


@contextlib.contextmanager
def _released(make: Callable[[], Any]) -> Iterator[Any]:
    """A PETSc object that is destroyed at the end of the block."""
    made = make()
    try:
        yield made
    finally:
        made.destroy()


def _solve(krylov: PETSc.KSP, matrix: PETSc.Mat, b: PETSc.Vec, x: PETSc.Vec) -> float:
    """Solve into `x`; the relative residual, or its absolute value when b is zero."""
    krylov.solve(b, x)
    reason = krylov.getConvergedReason()
    if reason < 0:
        raise ConvergenceError(
            f"factorisation failed (PETSc reason {reason}): the matrix is singular or not finite; "
            "hold every rigid motion by a boundary condition and check the coefficients"
        )
    with _released(b.duplicate) as rest:
        matrix.mult(x, rest)
        rest.aypx(-1.0, b)
        return float(rest.norm() / (b.norm() or 1.0))


def solve_linear(
    a: Form,
    load: Form,
    target: fem.FunctionSpace,
    conditions: Sequence[Condition] = (),
    *,
    definite: bool = False,
    rtol: float = 1e-9,
) -> Solved:
    """Find u in `target` with a(u, v) = load(v) for all v, subject to Dirichlet conditions.

    Args:
        a: bilinear form.
        load: linear form.
        target: the space of u.
        conditions: from `dirichlet`.
        definite: the form is symmetric and positive definite (halves the work).
        rtol: largest relative residual |b - A x| / |b| that is accepted.

    Raises:
        ConvergenceError: the factorisation failed or the residual is above `rtol`.
    """
    bilinear, linear, held = compiled(a), compiled(load), list(conditions)
    u = fem.Function(target)
    with (
        _released(lambda: fem_petsc.assemble_matrix(bilinear, bcs=held)) as matrix,
        _released(lambda: fem_petsc.assemble_vector(linear)) as b,
    ):
        matrix.assemble()
        fem_petsc.apply_lifting(b, [bilinear], [held])
        b.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        fem_petsc.set_bc(b, held)
        with _factorised(matrix, definite=definite) as krylov, _released(b.duplicate) as x:
            residual = _solve(krylov, matrix, b, x)
            u.x.array[: x.local_size] = x.array_r
    u.x.scatter_forward()
    if not residual <= rtol:
        raise ConvergenceError(
            f"linear solve: expected |b - A x| / |b| <= {rtol:g}, got {residual:g}; look for "
            "degenerate triangles, unheld rigid motions or a Poisson ratio close to 0.5"
        )
    return Solved(value=u, iterations=1, residual=residual)


def newton(
    equation: Form,
    u: fem.Function,
    conditions: Sequence[Condition] = (),
    *,
    jacobian: Form | None = None,
    refresh: Callable[[], None] | None = None,
    definite: bool = False,
    rtol: float = 1e-10,
    atol: float = 1e-12,
    steps: int = 30,
) -> Solved:
    """Solve F(u; v) = 0 for all v by Newton's method from the `u` that comes in, which is changed.

    Stops when |F| <= max(rtol |F_0|, atol), the norm taken over free degrees of freedom.

    Args:
        equation: F, linear in one test function.
        u: start and result.
        conditions: Dirichlet conditions, met from the start on.
        jacobian: dF/du; None: by differentiation of `equation`, which is then not compiled yet.
        refresh: called after each change of u, to update what forms take from elsewhere (stresses
            of a return mapping).
        definite: dF/du is symmetric and positive definite (halves the work).
        rtol: tolerance relative to the first residual.
        atol: absolute tolerance.
        steps: largest number of Newton steps.

    Raises:
        ConvergenceError: not converged within `steps`, or a factorisation failed.
    """
    if jacobian is None:
        jacobian = ufl.derivative(equation, u)
    tangent, ready, held = compiled(jacobian), compiled(equation), list(conditions)
    free = _hold(u, ready, held)
    first, history = math.nan, []
    for step in range(steps + 1):
        if refresh is not None:
            refresh()
        with _released(lambda: fem_petsc.assemble_vector(ready)) as b:
            b.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
            b.array[~free] = 0.0
            size = float(b.norm())
            first = size if step == 0 else first
            history.append(size)
            if size <= max(rtol * first, atol):
                return Solved(
                    value=u,
                    iterations=step,
                    residual=size / (first or 1.0),
                    history=tuple(history),
                )
            if step == steps or not np.isfinite(size):
                break
            with _released(lambda: fem_petsc.assemble_matrix(tangent, bcs=held)) as matrix:
                matrix.assemble()
                with _factorised(matrix, definite=definite) as krylov, _released(b.duplicate) as x:
                    _solve(krylov, matrix, b, x)
                    u.x.array[: x.local_size] -= x.array_r
            u.x.scatter_forward()
    raise ConvergenceError(
        f"Newton: expected |F| <= {max(rtol * first, atol):g} within {steps} steps, got {size:g} "
        f"after {step}; try smaller load steps, a better start or more steps"
    )


@contextlib.contextmanager
def chords(
    equation: Form,
    u: fem.Function,
    conditions: Sequence[Condition] = (),
    *,
    jacobian: Form,
    rtol: float = 1e-10,
    atol: float = 1e-12,
    steps: int = 60,
) -> Iterator[Callable[[], int]]:
    """Solve F(u; v) = 0 again and again, while what F takes from elsewhere changes a little.

    Newton's method with the factors of an earlier Jacobian (Ortega & Rheinboldt 1970, section
    7.1, the chord method), which are made anew where a step leaves more than a tenth of |F|. Where
    F is linear and its matrix stays, one factorisation serves all.

    Args:
        equation: F, linear in one test function.
        u: start and result.
        conditions: Dirichlet conditions, met from the start on.
        jacobian: dF/du.
        rtol: tolerance relative to the first residual.
        atol: absolute tolerance.
        steps: largest number of steps of a solve.

    Yields:
        A call that solves from the `u` that it finds and gives the number of its steps.

    Raises:
        ConvergenceError: of a call, not converged within `steps`, or a factorisation failed.
    """
    tangent, ready, held = compiled(jacobian), compiled(equation), list(conditions)
    free = _hold(u, ready, held)
    with (
        _released(lambda: fem_petsc.assemble_matrix(tangent, bcs=held)) as matrix,
        _released(lambda: fem_petsc.assemble_vector(ready)) as b,
        _released(b.duplicate) as x,
        _factorised(matrix, definite=False) as krylov,
    ):
        matrix.assemble()
        usable = False

        def factorise() -> None:
            matrix.zeroEntries()
            _assemble_into(matrix, tangent, held)
            matrix.assemble()
            krylov.setOperators(matrix)

        def residual() -> float:
            with b.localForm() as local:
                local.set(0.0)
            fem_petsc.assemble_vector(b, ready)
            b.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
            b.array[~free] = 0.0
            return float(b.norm())

        def solve() -> int:
            nonlocal usable
            size = first = residual()
            for step in range(steps + 1):
                if size <= max(rtol * first, atol):
                    return step
                if step == steps or not np.isfinite(size):
                    break
                if not usable:
                    factorise()
                krylov.solve(b, x)
                u.x.array[: x.local_size] -= x.array_r
                u.x.scatter_forward()
                before, size = size, residual()
                usable = size <= 0.1 * before
            raise ConvergenceError(
                f"chords: expected |F| <= {max(rtol * first, atol):g} within {steps} steps, got "
                f"{size:g}; try smaller steps in time"
            )

        yield solve


def residual_norm(equation: Form, u: fem.Function, conditions: Sequence[Condition] = ()) -> float:
    """|F(u)| over free degrees of freedom, once `u` has its Dirichlet values."""
    ready, held = compiled(equation), list(conditions)
    free = _hold(u, ready, held)
    with _released(lambda: fem_petsc.assemble_vector(ready)) as b:
        b.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
        return float(np.linalg.norm(b.array_r[free]))


def _hold(u: fem.Function, equation: Form, held: Sequence[Condition]) -> np.ndarray:
    """Put the Dirichlet values into `u`; mask of the free degrees of freedom."""
    with _released(lambda: fem_petsc.assemble_vector(equation)) as values:
        values.set(np.nan)
        fem_petsc.set_bc(values, list(held))
        free = np.isnan(values.array_r)
        u.x.array[: values.local_size][~free] = values.array_r[~free]
    u.x.scatter_forward()
    return free


def project(
    domain: dmesh.Mesh,
    fields: Sequence[ufl.core.expr.Expr],
    *,
    quadrature: int | None = None,
    rtol: float = 1e-10,
) -> list[fem.Function]:
    """L2 projection of scalar expressions onto P1: M c_i = (f_i, phi), one factorisation for all.

    The error is orthogonal to every P1 function, so integrals are kept.

    Args:
        domain: the mesh.
        fields: scalar expressions.
        quadrature: degree of the rule on the right, needed for values at quadrature points.
        rtol: largest relative residual of the solve.

    Raises:
        ConvergenceError: a relative residual above `rtol`, as for a field that is not finite.
    """
    single, many = space(domain), space(domain, shape=(len(fields),))
    u, v = ufl.TrialFunction(single), ufl.TestFunction(single)
    mass = compiled(ufl.inner(u, v) * ufl.dx)
    dx = ufl.dx if quadrature is None else quadrature_measure(domain, quadrature)
    loads = compiled(ufl.inner(ufl.as_vector(list(fields)), ufl.TestFunction(many)) * dx)
    place = np.empty(single.dofmap.index_map.size_local, dtype=np.int64)
    place[cell_dofs(single)] = cell_dofs(many)
    results = [fem.Function(single) for _ in fields]
    with (
        _released(lambda: fem_petsc.assemble_matrix(mass)) as matrix,
        _released(lambda: fem_petsc.assemble_vector(loads)) as right,
        _released(matrix.createVecRight) as b,
        _released(matrix.createVecRight) as x,
    ):
        matrix.assemble()
        columns = right.array_r.reshape(-1, len(fields))[place]
        with _factorised(matrix, definite=True) as krylov:
            for function, column in zip(results, columns.T, strict=True):
                b.array[:] = column
                residual = _solve(krylov, matrix, b, x)
                if not residual <= rtol:
                    raise ConvergenceError(
                        f"projection: expected |b - M c| / |b| <= {rtol:g}, got {residual:g}; "
                        "look for fields that are not finite or degenerate triangles"
                    )
                function.x.array[:] = x.array_r
    return results
