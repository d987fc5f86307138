"""One training problem at several strengths of the decay, by several solvers: what each proves."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from understudy.convex import (
    ADMM,
    BranchAndBound,
    ColumnGeneration,
    InteriorPoint,
    Patterns,
    ReluNetwork,
    ReluProblem,
    SampledConvex,
    Solution,
    Solver,
    beta_max,
    check,
    probe,
    sampled_patterns,
)
from understudy.surrogates.convex_problems import FUNCTIONS, scaled_problem

__all__ = ["ConvexCase", "best_of_starts", "run_case"]

_WIDTH = 100
"""Neurons of a network that L-BFGS trains."""
_NODES = 20_000_000
"""Cones of a proof, at most: about a minute."""
_CHECKED = 3
"""Columns up to which the independent check proves something."""


@final
@dataclass(frozen=True, kw_only=True)
class ConvexCase:
    """Settings.

    Attributes:
        problem: teacher, gap_bar, cantilever, otl or piston.
        samples: of the design.
        columns: of the teacher, the bias included.
        seed: of the design.
        betas: shares of the greatest beta, by name.
        solvers: of column_generation, interior_point, admm, sampled_convex.
        patterns: random ones, for solvers on given patterns.
        tolerance: gap at which solvers stop.
        proved: most columns for which branch and bound proves the gap.
        starts: of L-BFGS on the network.
        probes: fresh starts of the independent check of a heuristic gap.
    """

    problem: str = "teacher"
    samples: int = 200
    columns: int = 3
    seed: int = 0
    betas: dict[str, float]
    solvers: tuple[str, ...] = ("column_generation",)
    patterns: int = 50
    tolerance: float = 1e-3
    proved: int = 5
    starts: int = 10
    probes: int = 20_000

    def __post_init__(self) -> None:
        known = ("teacher", *FUNCTIONS)
        if self.problem not in known:
            raise ValueError(f"problem: expected one of {sorted(known)}, got {self.problem!r}")
        strange = sorted(set(self.solvers) - set(_SOLVERS))
        if strange:
            raise ValueError(f"solvers: expected some of {sorted(_SOLVERS)}, got {strange}")
        if not self.betas or not all(0 < b < 1 for b in self.betas.values()):
            raise ValueError(f"betas: expected shares in (0, 1), got {dict(self.betas)}")


def run_case(case: ConvexCase) -> dict[str, Any]:
    """Numbers, seconds and curves of a case, by beta and solver."""
    base = scaled_problem(case.problem, case.samples, case.columns, case.seed)
    most, proved = beta_max(base, seed=case.seed)
    found: dict[str, Any] = {"beta_max": most, "beta_max_proved": proved, "betas": {}}
    # Compiled loops are loaded before anything is timed.
    _warmed(base)
    patterns = sampled_patterns(base.x, case.patterns, np.random.default_rng(case.seed))
    for name, share in case.betas.items():
        problem = replace(base, beta=share * most)
        found["betas"][name] = _one(case, problem, patterns)
    return found


def _one(case: ConvexCase, problem: ReluProblem, patterns: Patterns) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    best = np.inf
    if case.starts:
        started = time.process_time()
        values = best_of_starts(problem, case.starts, case.seed)
        best = float(values.min())
        rows["baseline_lbfgs"] = {
            "value": best, "worst": float(values.max()), "objective_ratio": 1.0,
            "seconds": time.process_time() - started,
        }  # fmt: skip
    for name in case.solvers:
        solver = _SOLVERS[name](case, patterns, problem.x.shape[1])
        started = time.process_time()
        solution: Solution = solver.solve(problem)
        seconds = time.process_time() - started
        rows[name] = _told(solution, seconds) | _checked(case, problem, solution)
        if np.isfinite(best):
            rows[name]["objective_ratio"] = solution.value / best
    return rows


def _told(solution: Solution, seconds: float) -> dict[str, Any]:
    return {
        "value": solution.value, "lower_bound": solution.lower_bound,
        "relative_gap": solution.gap, "certified": solution.certified,
        "certified_global": float(solution.certified == "global"),
        "converged": float(solution.converged), "violation": solution.violation,
        "neurons": len(solution.network.signs), "iterations": solution.iterations,
        "seconds": seconds, "history": solution.history.tolist(),
    }  # fmt: skip


def _checked(case: ConvexCase, problem: ReluProblem, solution: Solution) -> dict[str, Any]:
    """By code that shares nothing with the solver: proved where that is quick, else probed."""
    if solution.certified == "sampled":
        return {}
    if problem.x.shape[1] <= _CHECKED:
        told = check(problem, solution.network, solution.dual, delta=5e-3, boxes=100_000)
        return {"checked_gap": told.gap}
    if not case.probes:
        return {}
    told = probe(problem, solution.network, solution.dual, starts=case.probes, seed=case.seed + 1)
    return {"probed_gap": told.gap}


def best_of_starts(problem: ReluProblem, starts: int, seed: int) -> Float[np.ndarray, " s"]:
    """Objectives of L-BFGS on networks of a hundred neurons, from random ones."""
    d = problem.x.shape[1]
    rng = np.random.default_rng(seed)
    signs = np.repeat([1.0, -1.0], _WIDTH // 2)

    def objective(flat: np.ndarray) -> tuple[float, np.ndarray]:
        u = flat.reshape(-1, d)
        t = problem.x @ u.T
        said = np.maximum(t, 0.0) @ signs
        size = np.linalg.norm(u, axis=1)
        slope = problem.loss.slope(said, problem.y)
        gradient = ((t > 0) * signs * slope[:, None]).T @ problem.x
        gradient += problem.beta * u / np.maximum(size, 1e-300)[:, None]
        value = problem.loss.value(said, problem.y) + problem.beta * float(size.sum())
        return value, gradient.ravel()

    def one() -> float:
        start = rng.standard_normal((_WIDTH, d)) * np.sqrt(len(problem.x)) / _WIDTH
        found = minimize(
            objective, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 2000}
        )
        u = found.x.reshape(-1, d)
        return ReluNetwork(neurons=u, signs=signs).value(problem)

    return np.array([one() for _ in range(starts)])


def _column_generation(case: ConvexCase, patterns: Patterns, columns: int) -> ColumnGeneration:
    del patterns
    proof = BranchAndBound(delta=0.7 * case.tolerance, nodes=_NODES)
    return ColumnGeneration(
        tolerance=case.tolerance, proof=proof if columns <= case.proved else None, seed=case.seed
    )


def _interior_point(case: ConvexCase, patterns: Patterns, columns: int) -> InteriorPoint:
    del columns
    return InteriorPoint(patterns=patterns, tolerance=min(case.tolerance, 1e-6))


def _admm(case: ConvexCase, patterns: Patterns, columns: int) -> ADMM:
    del columns
    return ADMM(patterns=patterns, tolerance=case.tolerance, iterations=5000)


def _sampled_convex(case: ConvexCase, patterns: Patterns, columns: int) -> SampledConvex:
    del case, columns
    return SampledConvex(patterns=patterns)


_SOLVERS: dict[str, Callable[[ConvexCase, Patterns, int], Solver]] = {
    "column_generation": _column_generation,
    "interior_point": _interior_point,
    "admm": _admm,
    "sampled_convex": _sampled_convex,
}


def _warmed(problem: ReluProblem) -> None:
    """Load compiled loops with a handful of samples."""
    few = replace(problem, x=problem.x[:8], y=problem.y[:8], beta=0.1)
    ColumnGeneration(rounds=2, proof=BranchAndBound(nodes=10)).solve(few)
    InteriorPoint(count=2, tolerance=0.5).solve(few)
