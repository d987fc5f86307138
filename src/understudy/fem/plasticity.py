"""Plane strain with a material that remembers: equilibrium at each step of a growing load.

    find u(t):   int sigma(eps(u), state) : eps(v) dx = lam(t) <t, v>   for all v

with a load lam(t) in straight lines and the return mapping of `equations.constitutive` at the
points of a degree-2 rule; its consistent tangent makes Newton's method converge quadratically
(Simo & Hughes, Computational Inelasticity, 1998, section 4.3). A step starts from the elastic
predictor u + d lam u_e, u_e the elastic solution of
the full load: where nothing flows it is the solution, and the step costs no factorisation. The
load rests where nothing flows: a rate-independent path begins at first yield. Steps are halved
when Newton fails or plastic strain grows too much in one, and double when both are easy.
"""

from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
import ufl
from dolfinx import fem
from jaxtyping import Float

from understudy.equations import Material, Response, State, plane_strain, respond, von_mises
from understudy.fem.adapter import (
    ConvergenceError,
    Expression,
    at_points,
    compiled,
    constant,
    dirichlet,
    domain_of,
    facet_measure,
    newton,
    project,
    quadrature_measure,
    residual_norm,
    set_at_points,
    solve_linear,
    space,
    vertex_values,
)
from understudy.fem.pde import Parameters
from understudy.mesh import Mesh

__all__ = ["LoadPath", "LoadSteps", "trace"]

_RULE = 2
"""Degree of the quadrature rule: exact for the energy of quadratic elements on straight sides."""


@final
@dataclass(frozen=True, kw_only=True)
class LoadSteps:
    """How the load is applied.

    Attributes:
        programme: loads to visit in straight lines, as shares of the full load, from none.
        duration: T that a change by the full load takes, in the time unit of the viscosity.
        steps: equal steps of each line to begin with.
        largest_flow: most plastic strain that one step may add anywhere.
        smallest: least step as a share of the load; below it the path is given up.
        rtol: Newton's tolerance on the residual, as a share of the load.
    """

    programme: tuple[float, ...] = (1.0,)
    duration: float = 1.0
    steps: int = 8
    largest_flow: float = 5e-3
    smallest: float = 1e-3
    rtol: float = 1e-9

    def __post_init__(self) -> None:
        if not self.programme:
            raise ValueError("programme: expected at least one load, got none")
        for name in ("duration", "steps", "largest_flow", "smallest", "rtol"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: expected a positive number, got {getattr(self, name)}")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class LoadPath:
    """The end of a load path, at the nodes of the mesh, and how it was reached.

    Attributes:
        displacement: shape (n, 2).
        strain: eps_xx, eps_yy, eps_xy projected in L2, shape (n, 3).
        stress: sigma_xx, sigma_yy, sigma_zz, sigma_xy projected likewise, shape (n, 4).
        accumulated: plastic strain p projected likewise, not below 0, shape (n,).
        load_steps: steps taken.
        histories: residuals of Newton's method in each step that needed it, as shares of the load.
        residual: largest final one.
        mean_stress: volume average of (sigma_xx, sigma_yy, sigma_xy), from the quadrature points.
    """

    displacement: Float[np.ndarray, "n 2"]
    strain: Float[np.ndarray, "n 3"]
    stress: Float[np.ndarray, "n 4"]
    accumulated: Float[np.ndarray, " n"]
    load_steps: int
    histories: tuple[tuple[float, ...], ...]
    residual: float
    mean_stress: Float[np.ndarray, " 3"]


def trace(
    mesh: Mesh, parameters: Parameters, material: Material, steps: LoadSteps | None = None
) -> LoadPath:
    """Apply the loads of `parameters` to a virgin body and follow it.

    Args:
        mesh: triangles in the plane.
        parameters: fixed nodes (at zero) and flux; coefficients stay empty.
        material: the law.
        steps: how the load is applied.

    Raises:
        ConvergenceError: the smallest step failed; names the share of the load that was reached.
        ValueError: a condition on nodes or edges that the mesh does not have, or coefficients.
    """
    if parameters.coefficients:
        raise ValueError(f"coefficients: expected none, got {sorted(parameters.coefficients)}")
    body = _Body(mesh, parameters, material, steps or LoadSteps())
    histories = body.follow()
    return body.result(histories)


class _Body:
    """The body between steps: forms are compiled once, arrays change."""

    def __init__(
        self, mesh: Mesh, parameters: Parameters, material: Material, steps: LoadSteps
    ) -> None:
        self.material, self.steps = material, steps
        domain = domain_of(mesh)
        target = space(domain, degree=2, shape=(2,))
        self.held = [dirichlet(target, c.at, c.value, c.component) for c in parameters.fixed]
        self.u = fem.Function(target)
        self.strain = at_points(_mandel(self.u), domain, _RULE)
        self.stress = fem.Function(space(domain, "Quadrature", _RULE, (3,)))
        self.tangent = fem.Function(space(domain, "Quadrature", _RULE, (3, 3)))
        self.factor = constant(domain, 1.0)
        u, v = ufl.TrialFunction(target), ufl.TestFunction(target)
        dx = quadrature_measure(domain, _RULE)
        load = _work(domain, v, parameters)
        self.equation = compiled(ufl.inner(self.stress, _mandel(v)) * dx - self.factor * load)
        self.jacobian = compiled(ufl.inner(ufl.dot(self.tangent, _mandel(u)), _mandel(v)) * dx)
        self.state = State.virgin(self.strain().reshape(-1, 3).shape[0])
        self.dt, self.flow = 1.0, 0.0
        self.last = self._respond()
        self._write(self.last)
        solved = solve_linear(self.jacobian, load, target, self.held, definite=True)
        self.elastic = solved.value.x.array.copy()
        self.size = residual_norm(load, self.u, self.held)

    def follow(self) -> list[tuple[float, ...]]:
        """Walk along the programme of loads."""
        histories: list[tuple[float, ...]] = []
        here = self._first_yield()
        self.u.x.array[:] = here * self.elastic
        for there in self.steps.programme:
            histories += self._leg(here, there)
            here = there
        return histories

    def _first_yield(self) -> float:
        """Share of the load up to which a rate-independent body is elastic."""
        if self.material.viscosity:
            return 0.0
        self.u.x.array[:] = self.elastic
        peak = float(von_mises(self._respond(elastic=True).stress).max())
        share = (1 - 1e-12) * self.material.yield_stress / peak
        first = self.steps.programme[0]
        return float(np.clip(first, -share, share))

    def _leg(self, start: float, end: float) -> list[tuple[float, ...]]:
        """From one load to another, in steps that are halved and doubled."""
        done, size, histories = 0.0, abs(end - start), []
        step = 1.0 / self.steps.steps
        while size and done < 1.0:
            step = min(step, 1.0 - done)
            history = self._advance(start + (done + step) * (end - start), step * (end - start))
            if history is None:
                step /= 2
                if step * size < self.steps.smallest:
                    raise ConvergenceError(
                        f"load path: no equilibrium beyond {start + done * (end - start):.4f} of "
                        f"the load with steps of {self.steps.smallest:g}; lower the load or raise "
                        "the hardening"
                    )
                continue
            # Round-off must not leave a last step of no size.
            done = 1.0 if 1.0 - done - step < 1e-9 else done + step
            histories.append(history)
            if len(history) <= 4 and self.flow < 0.4 * self.steps.largest_flow:
                step *= 2
        return histories

    def _advance(self, load: float, step: float) -> tuple[float, ...] | None:
        """One step that ends at `load`, or None with nothing changed when it is too long."""
        before, self.dt = self.u.x.array.copy(), abs(step) * self.steps.duration
        self.factor.value = load
        self.u.x.array[:] += step * self.elastic
        try:
            solved = newton(
                self.equation, self.u, self.held, jacobian=self.jacobian,
                refresh=lambda: self._write(self._respond()), definite=not self.material.kinematic,
                rtol=1e-14, atol=self.steps.rtol * self.size, steps=12,
            )  # fmt: skip
        except ConvergenceError:
            self.u.x.array[:] = before
            return None
        self.flow = float((self.last.state.accumulated - self.state.accumulated).max())
        if self.flow > self.steps.largest_flow and abs(step) / 2 >= self.steps.smallest:
            self.u.x.array[:] = before
            return None
        self.state = self.last.state
        return tuple(r / self.size for r in solved.history)

    def _respond(self, elastic: bool = False) -> Response:
        law = replace(self.material, yield_stress=np.inf) if elastic else self.material
        strain = plane_strain(self.strain().reshape(-1, 3))
        return respond(law, strain, self.state, self.dt)

    def _write(self, response: Response) -> None:
        """Hand stresses and tangents to the forms."""
        inside = [0, 1, 3]
        self.last = response
        cells = len(self.strain())
        set_at_points(self.stress, response.stress[:, inside].reshape(cells, -1, 3))
        set_at_points(
            self.tangent, response.tangent[:, inside][:, :, inside].reshape(cells, -1, 9)
        )

    def result(self, histories: list[tuple[float, ...]]) -> LoadPath:
        """Everything at the nodes."""
        self._write(replace(self._respond(), state=self.state) if not histories else self.last)
        domain = self.u.function_space.mesh
        rows = np.concatenate(
            [
                self.strain().reshape(-1, 3) / [1, 1, np.sqrt(2)],
                self.last.stress / [1, 1, 1, np.sqrt(2)],
                self.state.accumulated[:, None],
            ],
            axis=1,
        )
        values = fem.Function(space(domain, "Quadrature", _RULE, (8,)))
        set_at_points(values, rows.reshape(len(self.strain()), -1, 8))
        found = project(domain, [values[i] for i in range(8)], quadrature=_RULE)
        nodal = np.column_stack([vertex_values(f)[:, 0] for f in found])
        return LoadPath(
            displacement=vertex_values(self.u),
            strain=nodal[:, :3],
            stress=nodal[:, 3:7],
            accumulated=np.maximum(nodal[:, 7], 0.0),
            load_steps=len(histories),
            histories=tuple(histories),
            residual=max((h[-1] for h in histories), default=0.0),
            mean_stress=self._mean_stress(),
        )

    def _mean_stress(self) -> Float[np.ndarray, " 3"]:
        weights = at_points(
            ufl.JacobianDeterminant(self.u.function_space.mesh),
            self.u.function_space.mesh,
            _RULE,
        )()
        area = np.abs(weights).ravel()
        stress = self.last.stress[:, [0, 1, 3]] / [1, 1, np.sqrt(2)]
        return area @ stress / area.sum()


def _mandel(u: Expression) -> Expression:
    """Strain as (xx, yy, sqrt(2) xy)."""
    strain = ufl.sym(ufl.grad(u))
    return ufl.as_vector([strain[0, 0], strain[1, 1], np.sqrt(2) * strain[0, 1]])


def _work(domain: Any, v: Expression, parameters: Parameters) -> ufl.Form:  # noqa: ANN401
    """Work of the full load on a test function."""
    ds = facet_measure(domain, [c.at for c in parameters.flux])
    work = []
    for tag, c in enumerate(parameters.flux):
        if callable(c.value):
            raise ValueError("flux: expected a constant vector, got a function")
        work.append(ufl.inner(constant(domain, c.value), v) * ds(tag))
    return sum(work)
