"""Central differences where some triangles yield.

    M a + C v + K u = f + sum_T A_T B_T' 2 G eps_p,

with the elastic stiffness K of all triangles and the plastic strain eps_p of those that may yield,
from the return mapping of `equations.constitutive` at the present displacement. Without yielding
this is `linalg.explicit.march`. One column at a time, in NumPy.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_array, csr_array

from understudy.equations.constitutive import Material, State, plane_strain, respond, von_mises
from understudy.linalg.explicit import Load, System

__all__ = ["PlasticCells", "march_plastic"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class PlasticCells:
    """Triangles that may yield.

    Attributes:
        triangles: their nodes, shape (c, 3).
        gradients: of the hat functions in 1/m, shape (c, 3, 2).
        area: in m^2, shape (c,).
        material: elastic constants as in the stiffness; stresses in Pa.
    """

    triangles: Int[np.ndarray, "c 3"]
    gradients: Float[np.ndarray, "c 3 2"]
    area: Float[np.ndarray, " c"]
    material: Material


def march_plastic(
    system: System,
    cells: PlasticCells,
    *,
    dt: float,
    steps: int,
    load: Load | None = None,
    edge: Int[np.ndarray, " e"] | None = None,
    motion: Float[np.ndarray, "s_and_one e 2"] | None = None,
    force: Float[np.ndarray, "s_and_one e 2"] | None = None,
) -> tuple[Float[np.ndarray, " c"], Float[np.ndarray, " c"]]:
    """Greatest von Mises stress over time, in Pa, and accumulated plastic strain of each triangle.

    Args:
        system: elastic matrices.
        cells: triangles that may yield.
        dt: step in s.
        steps: how many.
        load: forces of one column.
        edge: nodes that `motion` or `force` speaks of.
        motion: displacement imposed there at the steps 0 ... `steps`, in m.
        force: forces there at the same times, in N.
    """
    strain_of = _strain(cells, len(system.mass))
    stiffness = system.stiffness.tocsr()
    inertia, damping = system.mass[:, None] / dt**2, system.damping / (2 * dt)
    alpha = 1.0 / (inertia + damping)
    alpha[system.fixed] = 0.0
    u, old = np.zeros((2, len(system.mass), 2))
    state = State.virgin(len(cells.area))
    peak = np.zeros(len(cells.area))
    for step in range(steps):
        strain = (strain_of @ u.ravel()).reshape(-1, 3)
        answer = respond(cells.material, plane_strain(strain), state)
        state = answer.state
        peak = np.maximum(peak, von_mises(answer.stress))
        lost = 2 * cells.material.shear * state.plastic_strain[:, [0, 1, 3]]
        forces = strain_of.T @ (cells.area[:, None] * lost).ravel() - stiffness @ u.ravel()
        total = forces.reshape(-1, 2)
        if load is not None:
            total[load.nodes] += load.force[:, :, 0] * load.pulse[step, 0]
        if edge is not None and force is not None:
            total[edge] += force[step]
        new = alpha * (total + 2 * inertia * u + (damping - inertia) * old)
        if edge is not None and motion is not None:
            new[edge] = motion[step + 1]
        u, old = new, u
    return peak, state.accumulated


def _strain(cells: PlasticCells, nodes: int) -> csr_array:
    """From displacements to rows (xx, yy, sqrt(2) xy) of each triangle."""
    count = len(cells.triangles)
    row = 3 * np.repeat(np.arange(count), 3)
    at, g = cells.triangles.ravel(), cells.gradients.reshape(-1, 2)
    shear = g / np.sqrt(2.0)
    rows = np.concatenate([row, row + 1, row + 2, row + 2])
    columns = np.concatenate([2 * at, 2 * at + 1, 2 * at, 2 * at + 1])
    values = np.concatenate([g[:, 0], g[:, 1], shear[:, 1], shear[:, 0]])
    return csr_array(coo_array((values, (rows, columns)), shape=(3 * count, 2 * nodes)))
