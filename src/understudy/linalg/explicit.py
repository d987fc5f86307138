"""Central differences for M a + C v + K u = f with diagonal M and C, on given sparse matrices.

    u+ = alpha (f - K u) + beta u + gamma u-,
    alpha = 1 / (M/dt^2 + C/(2 dt)),  beta = 2 alpha M/dt^2,  gamma = alpha (C/(2 dt) - M/dt^2)

in two dimensions: K is stored as 2 x 2 blocks, a block row a node, and the product, the update and
what is watched are one compiled loop. It is stable for dt < 2 / omega_max. Without damping the
energy (u+ - u)' M (u+ - u) / (2 dt^2) + u' K u+ / 2 changes by f' (u+ - u-) / 2 in a step.

Reference: T. Belytschko, W. K. Liu, B. Moran, "Nonlinear Finite Elements", 2000, section 6.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import bsr_array
from scipy.sparse.linalg import LinearOperator, eigsh

from understudy.linalg.marching import march_many, march_one

__all__ = ["Load", "Marched", "Observed", "System", "march", "stable_step"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class System:
    """Matrices of n nodes with two degrees of freedom each.

    Attributes:
        indptr: start of each block row, shape (n + 1,).
        indices: node of each block, shape (k,).
        blocks: stiffness in N/m (a unit of force over one of displacement), shape (k, 2, 2).
        mass: lumped, in kg, shape (n,).
        damping: dashpots in N s/m, shape (n, 2).
        fixed: nodes that do not move, shape (f,).
    """

    indptr: Int[np.ndarray, " n_and_one"]
    indices: Int[np.ndarray, " k"]
    blocks: Float[np.ndarray, "k 2 2"]
    mass: Float[np.ndarray, " n"]
    damping: Float[np.ndarray, "n 2"]
    fixed: Int[np.ndarray, " f"]

    def __post_init__(self) -> None:
        n = len(self.mass)
        if len(self.indptr) != n + 1 or len(self.damping) != n:
            raise ValueError(
                f"system: expected {n + 1} starts of rows and {n} dashpots for {n} masses, got "
                f"{len(self.indptr)} and {len(self.damping)}"
            )
        if not (self.mass > 0).all():
            raise ValueError(f"mass: expected positive numbers, got {self.mass.min()}")

    @property
    def stiffness(self) -> bsr_array:
        """K as a SciPy matrix, shape (2 n, 2 n)."""
        size = 2 * len(self.mass)
        return bsr_array((self.blocks, self.indices, self.indptr), shape=(size, size))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Load:
    """Forces at some nodes: shape in space times a pulse in time, one of each a column.

    Attributes:
        nodes: where, shape (l,).
        force: in N, shape (l, 2, b).
        pulse: at the steps 0, 1, ..., a number, shape (s, b).
    """

    nodes: Int[np.ndarray, " l"]
    force: Float[np.ndarray, "l 2 b"]
    pulse: Float[np.ndarray, "s b"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Observed:
    """Triangles of which the greatest von Mises stress in plane strain is kept.

    Attributes:
        triangles: their nodes, shape (c, 3).
        gradients: of the hat functions, in 1/m, shape (c, 3, 2).
        shear_modulus: in Pa, shape (c,); in plane strain nothing else of the material counts.
        every: steps from one look to the next.
    """

    triangles: Int[np.ndarray, "c 3"]
    gradients: Float[np.ndarray, "c 3 2"]
    shear_modulus: Float[np.ndarray, " c"]
    every: int


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Marched:
    """What a march leaves.

    Attributes:
        recorded: displacement of the nodes asked for, in m, shape (r, p, 2, b).
        peak: greatest von Mises stress of each observed triangle, in Pa, shape (c, b).
        edge: K u at the edge nodes at each step, in N, shape (s, e, 2, b); (0, e, 2, b) unless
            asked for.
        last: displacement after the last step and the step before, in m, shape (2, n, 2, b).
        work: of the load, in J, shape (b,).
    """

    recorded: Float[np.ndarray, "r p 2 b"]
    peak: Float[np.ndarray, "c b"]
    edge: Float[np.ndarray, "s e 2 b"]
    last: Float[np.ndarray, "2 n 2 b"]
    work: Float[np.ndarray, " b"]


def stable_step(system: System, rtol: float = 1e-6) -> float:
    """The greatest stable dt, 2 / omega_max in s, by Lanczos' method on M^-1/2 K M^-1/2."""
    root = np.repeat(1.0 / np.sqrt(system.mass), 2)
    root[(2 * system.fixed[:, None] + [0, 1]).ravel()] = 0.0
    stiffness = system.stiffness
    operator = LinearOperator(
        stiffness.shape, matvec=lambda x: root * (stiffness @ (root * x.ravel())), dtype=float
    )
    start = np.random.default_rng(0).normal(size=len(root))
    top = eigsh(operator, k=1, which="LA", v0=start, tol=rtol, return_eigenvectors=False)
    return float(2.0 / np.sqrt(top[0]))


def march(
    system: System,
    *,
    dt: float,
    steps: int,
    load: Load | None = None,
    edge: Int[np.ndarray, " e"] | None = None,
    motion: Float[np.ndarray, "s_and_one e 2 b"] | None = None,
    force: Float[np.ndarray, "s_and_one e 2 b"] | None = None,
    record: Int[np.ndarray, " p"] | None = None,
    every: int = 1,
    observed: Observed | None = None,
    reactions: bool = False,
    start: Float[np.ndarray, "2 n 2 b"] | None = None,
) -> Marched:
    """March columns of loads or edge histories together, from rest unless `start` is given.

    Args:
        system: matrices.
        dt: step in s.
        steps: how many.
        load: forces of separable shape.
        edge: nodes that `motion` or `force` speaks of.
        motion: displacement imposed there at the steps 0 ... `steps`, in m.
        force: forces there at the same times, in N.
        record: nodes whose displacement is kept at the steps 0, `every`, 2 `every`, ...
        every: a divisor of `steps`.
        observed: triangles that are watched.
        reactions: whether K u at the edge is kept.
        start: displacement at step 0 and one step before, in m.

    Raises:
        ValueError: no columns or columns that differ in number, histories of other length than
            `steps` + 1, `every` that does not divide `steps`.
    """
    none = np.empty(0, dtype=np.int64)
    edge, record = (none if nodes is None else nodes for nodes in (edge, record))
    given = [a for a in (motion, force, start) if a is not None]
    columns = {a.shape[-1] for a in given} | (
        {load.force.shape[-1]} if load is not None else set()
    )
    if len(columns) != 1:
        raise ValueError(f"march: expected one number of columns, got {sorted(columns)}")
    if any(len(a) != steps + 1 for a in (motion, force) if a is not None):
        raise ValueError(f"march: expected histories of {steps + 1} times")
    if every < 1 or steps % every:
        raise ValueError(f"every: expected a divisor of {steps} steps, got {every}")
    b, n = columns.pop(), len(system.mass)
    still = np.zeros((0, len(edge), 2, b))
    alpha, beta, gamma = _coefficients(system, dt)
    if motion is not None:
        alpha[edge] = beta[edge] = gamma[edge] = 0.0
    u, old = (np.zeros((n, 2, b)) if start is None else start[i].copy() for i in (0, 1))
    acting = load or Load(nodes=none, force=np.zeros((0, 2, b)), pulse=np.zeros((steps + 1, b)))
    watched = observed or Observed(
        triangles=np.empty((0, 3), dtype=np.int64),
        gradients=np.empty((0, 3, 2)),
        shear_modulus=np.empty(0),
        every=1,
    )
    recorded = np.zeros((steps // every + 1, len(record), 2, b))
    peak, work = np.zeros((len(watched.triangles), b)), np.zeros(b)
    forces = np.zeros((steps + 1 if reactions else 0, len(edge), 2, b))
    rows, columns_of = (a.astype(np.uint32) for a in (system.indptr, system.indices))
    kernel = march_one if b == 1 else march_many
    last = kernel(
        rows, columns_of, system.blocks, alpha, beta, gamma,
        acting.nodes, acting.force, acting.pulse, edge,
        still if motion is None else motion, still if force is None else force,
        record, every, watched.triangles, watched.gradients, watched.every,
        recorded, peak, forces, work, u, old, steps,
    )  # fmt: skip
    stress = watched.shear_modulus[:, None] * np.sqrt(peak)
    return Marched(recorded=recorded, peak=stress, edge=forces, last=np.stack(last), work=work)


def _coefficients(system: System, dt: float) -> Sequence[Float[np.ndarray, "n 2"]]:
    inertia, damping = system.mass[:, None] / dt**2, system.damping / (2 * dt)
    alpha = 1.0 / (inertia + damping)
    beta, gamma = 2 * inertia * alpha, (damping - inertia) * alpha
    for values in (alpha, beta, gamma):
        values[system.fixed] = 0.0
    return alpha, beta, gamma
