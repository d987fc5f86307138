"""ReLU networks on given patterns to a certified 1e-6: interior point, CVXPY + Clarabel, adelie.

Teacher of ten neurons, a tenth of noise, unit columns, beta one per cent of the greatest pattern
gradient. CPU seconds of one thread on the same patterns; Clarabel's solution is judged by its own
status and by our bound. adelie, block coordinate descent with cones as linear constraints (Yang &
Hastie 2024), is asked for tolerances from 1e-6 to 1e-10, and timed at the first that is within
1e-5 of our bound; our time is then that to 1e-5; scnn, an augmented Lagrangian (Mishkin, Sahiner &
Pilanci 2022), likewise for 1e-3. Structured and dense forms of the splitting are
compared an iteration. Memory is what a solve adds to its process at most. Larger problems meet
Clarabel alone. `--json` prints numbers by name. Peers run in `.venv-peers`,
`.venv-adelie` (`bash envs/setup.sh peers`, `bash envs/setup.sh adelie`).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from understudy.convex import InteriorPoint, Patterns, ReluProblem, sampled_patterns
from understudy.convex.admm import Splitting
from understudy.surrogates.convex_problems import scaled_problem

ROOT = Path(__file__).parents[1]
PEERS, ADELIE = (ROOT / f".venv-{name}" / "bin" / "python" for name in ("peers", "adelie"))
SIZES = (
    (200, 5, 50), (200, 20, 50), (200, 20, 200), (1000, 5, 50), (1000, 20, 50), (1000, 20, 200),
)  # fmt: skip
LARGER = (
    (200, 100, 50), (1000, 5, 200), (1000, 100, 50), (4000, 5, 50), (4000, 5, 200), (4000, 20, 50),
)  # fmt: skip
MEMORY = """
def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024
"""
OURS = (
    MEMORY
    + """
import sys, json
import numpy as np
from understudy.convex import InteriorPoint, Patterns, ReluProblem
d = np.load(sys.argv[1])
few = np.random.default_rng(0).standard_normal((20, 3))
InteriorPoint(count=2, tolerance=0.5).solve(ReluProblem(x=few, y=few[:, 0], beta=0.1))
problem = ReluProblem(x=d["x"], y=d["y"], beta=float(d["beta"]))
patterns = Patterns(seen=d["seen"] > 0, directions=d["directions"])
before = peak()
InteriorPoint(patterns=patterns, tolerance=1e-6).solve(problem)
print(json.dumps({"megabytes": peak() - before}))
"""
)
CLARABEL = (
    MEMORY
    + """
import sys, time, json
import cvxpy as cp, numpy as np
d = np.load(sys.argv[1]); x, y, seen, beta = d["x"], d["y"], d["seen"], float(d["beta"])
n, c = x.shape; P = seen.shape[1]
V, W = cp.Variable((c, P)), cp.Variable((c, P))
said = cp.sum(cp.multiply(seen, x @ (V - W)), axis=1)
turned = 2 * seen - 1
rules = [cp.multiply(turned, x @ V) >= 0, cp.multiply(turned, x @ W) >= 0]
price = cp.sum(cp.norm(V, 2, axis=0)) + cp.sum(cp.norm(W, 2, axis=0))
problem = cp.Problem(cp.Minimize(0.5 * cp.sum_squares(said - y) + beta * price), rules)
before, t = peak(), time.process_time()
problem.solve(solver=cp.CLARABEL, tol_gap_rel=1e-6, tol_gap_abs=1e-9, tol_feas=1e-8)
print(json.dumps({"seconds": time.process_time() - t, "value": float(problem.value),
                  "megabytes": peak() - before}))
"""
)
DESCENT = """
import sys, time, json
import adelie as ad, numpy as np
d = np.load(sys.argv[1]); x, y, seen, beta = d["x"], d["y"], d["seen"], float(d["beta"])
n, c = x.shape; P = seen.shape[1]
f = np.hstack([seen[:, [p]] * x for p in range(P)])
f = np.asfortranarray(np.hstack([f, -f]))
above, zero = np.full(n, np.inf), np.zeros(n)
turned = [np.ascontiguousarray((2 * seen[:, [p]] - 1) * x) for p in range(P)]
cones = [ad.constraint.linear(a, zero, above, copy=True) for a in 2 * turned]
t = time.process_time()
found = ad.grpnet(f, ad.glm.gaussian(y), constraints=cones, groups=np.arange(0, 2 * P * c, c),
                  penalty=np.ones(2 * P), lmda_path=np.array([beta / n]), intercept=False,
                  tol=float(sys.argv[2]), progress_bar=False, early_exit=False)
t = time.process_time() - t
u = np.asarray(found.betas.todense())[-1].reshape(2 * P, c)
said = np.maximum(x @ u.T, 0) @ np.repeat([1.0, -1.0], P)
value = 0.5 * ((said - y) ** 2).sum() + beta * np.linalg.norm(u, axis=1).sum()
print(json.dumps({"seconds": t, "value": float(value)}))
"""
LAGRANGIAN = """
import sys, time, json
import numpy as np, torch
torch.set_num_threads(1)
from scnn.metrics import Metrics
from scnn.models import ConvexReLU
from scnn.optimize import optimize_model
from scnn.regularizers import NeuronGL1
from scnn.solvers import AL
d = np.load(sys.argv[1]); x, y, beta, tol = d["x"], d["y"], float(d["beta"]), float(sys.argv[2])
model = ConvexReLU(G=d["directions"].T)
t = time.process_time()
found, _ = optimize_model(model, AL(model, tol=tol, constraint_tol=tol), Metrics(), x, y[:, None],
                          regularizer=NeuronGL1(beta / len(x)), return_convex=True,
                          unitize_data=False, dtype="float64")
t = time.process_time() - t
both = [np.asarray(p).reshape(-1, x.shape[1]) for p in found.parameters]
said = sum(s * np.maximum(x @ u.T, 0).sum(axis=1) for s, u in zip((1, -1), both))
price = beta * sum(np.linalg.norm(u, axis=1).sum() for u in both)
print(json.dumps({"seconds": t, "value": float(0.5 * ((said - y) ** 2).sum() + price)}))
"""
RIVALS = (("adelie", ADELIE, DESCENT, 1e-5), ("scnn", PEERS, LAGRANGIAN, 1e-3))


def posed(samples: int, columns: int, patterns: int) -> tuple[ReluProblem, Patterns]:
    """A problem and its patterns."""
    base = scaled_problem("teacher", samples, columns, 0)
    own = sampled_patterns(base.x, patterns, np.random.default_rng(0))
    slopes = np.linalg.norm((own.seen * base.y[:, None]).T @ base.x, axis=1)
    return ReluProblem(x=base.x, y=base.y, beta=0.01 * float(slopes.max())), own


def peer(
    python: Path, code: str, problem: ReluProblem, patterns: Patterns, limit: float, *words: str
) -> dict[str, float]:
    """Seconds and objective of a peer; nothing where it is absent or takes longer."""
    if not python.is_file():
        return {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problem.npz"
        seen = patterns.seen.astype(float)
        np.savez(
            path, x=problem.x, y=problem.y, seen=seen, beta=problem.beta,
            directions=patterns.directions,
        )  # fmt: skip
        try:
            told = subprocess.run(
                [python, "-c", code, path, *words], capture_output=True, text=True,
                timeout=limit if np.isfinite(limit) else None,
                check=True,
            )  # fmt: skip
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
            return {}
    return dict(json.loads(told.stdout))


def first(
    python: Path,
    code: str,
    problem: ReluProblem,
    patterns: Patterns,
    allowed: float,
    limit: float,
) -> dict[str, float]:
    """Of a peer, at the first tolerance at which it is not above an objective."""
    for tolerance in ("1e-6", "1e-7", "1e-8", "1e-9", "1e-10"):
        told = peer(python, code, problem, patterns, limit, tolerance)
        if not told or told["value"] <= allowed:
            return told
    return {}


def iteration(problem: ReluProblem, patterns: Patterns, steps: int) -> float:
    """CPU seconds of a step with the dense system of 2 d P unknowns over one of ours."""
    x, seen, rho = problem.x, patterns.seen.astype(float), 0.01
    d, count = x.shape[1], seen.shape[1]
    f = np.hstack([seen[:, [p]] * x for p in range(count)])
    f = np.hstack([f, -f])
    system = np.eye(2 * count * d) + f.T @ f / rho
    for k in range(2 * count):
        rows = slice(k * d, (k + 1) * d)
        system[rows, rows] += x.T @ x
    factor = cho_factor(system, overwrite_a=True)

    def dense(state: Splitting, right: np.ndarray) -> np.ndarray:
        del state
        return cho_solve(factor, right.reshape(-1)).reshape(right.shape)

    seconds = []
    for joint in (None, dense):
        state = Splitting(problem, patterns, rho, 1.6, joint)
        started = time.process_time()
        for _ in range(steps):
            state.step()
        seconds.append(time.process_time() - started)
    return seconds[1] / max(seconds[0], 1e-9)


def main(
    sizes: tuple[tuple[int, int, int], ...] = SIZES,
    larger: tuple[tuple[int, int, int], ...] = LARGER,
    limit: float = 600.0,
    steps: int = 20,
) -> dict[str, float]:
    """Ratios and gaps by size."""
    InteriorPoint(count=2, tolerance=0.5).solve(posed(20, 3, 2)[0])
    numbers: dict[str, float] = {}
    for samples, columns, patterns in sizes + larger:
        problem, own = posed(samples, columns, patterns)
        started = time.process_time()
        found = InteriorPoint(patterns=own, tolerance=1e-6).solve(problem)
        seconds = time.process_time() - started
        name = f"{samples}_{columns}_{patterns}"
        numbers[f"{name}.gap"] = found.gap
        told = peer(PEERS, CLARABEL, problem, own, limit)
        if told:
            numbers[f"{name}.clarabel_over_interior_point"] = told["seconds"] / seconds
            numbers[f"{name}.clarabel_value_over_bound"] = told["value"] / found.lower_bound
            # Whatever time it takes: it has just been solved here.
            memory = peer(Path(sys.executable), OURS, problem, own, np.inf)["megabytes"]
            numbers[f"{name}.megabytes"] = memory
            numbers[f"{name}.memory_over_clarabel"] = memory / told["megabytes"]
        if (samples, columns, patterns) in larger:
            continue
        for rival, python, code, tolerance in RIVALS:
            started = time.process_time()
            InteriorPoint(patterns=own, tolerance=tolerance).solve(problem)
            seconds = time.process_time() - started
            allowed = found.lower_bound * (1 + tolerance)
            told = first(python, code, problem, own, allowed, limit / 5)
            if told:
                numbers[f"{name}.{rival}_over_interior_point"] = told["seconds"] / seconds
        numbers[f"{name}.dense_over_structured_step"] = iteration(problem, own, steps)
    return numbers


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds a peer may take")
    words = parser.parse_args()
    found = main(limit=words.limit)
    if words.json:
        print(json.dumps(found, indent=1))
    else:
        for key, value in found.items():
            print(f"{key:45s} {value:.3g}")
