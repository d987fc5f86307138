"""What each mode of a zone's boundary does in a changed zone: the samples that MMGP learns from.

Histories of a learned law are x = u (m + sum_k c_k X_k), u the load. Under the impedance-corrected
condition (`submodel.DomainReduction`) a zone g with another hole is linear in them, so that its
stress and the motion of a node of its edge are

    s_g(x) = u (s_g(m) + sum_k c_k s_g(X_k)),    w_g(x) = u (w_g(m) + sum_k c_k w_g(X_k)):

r + 1 marches say all that this zone will ever do under the law.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.data.nodal_stress import greatest_over, nodal_stress
from understudy.data.zone import Zone
from understudy.linalg.explicit import march
from understudy.surrogates.stochastic_boundary import FittedBoundary
from understudy.surrogates.submodel import DomainReduction, steps_of

__all__ = ["Demand", "ZoneResponse", "demand_of", "modes_of", "respond", "weights_of"]

_COLUMNS = 32


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ZoneResponse:
    """Stress of a zone and motion of a node of its edge under b histories.

    Attributes:
        stress: deviatoric, at all nodes of the zone, in Pa, shape (n, t, 3, b).
        motion: of the node that carries equipment, in m, shape (t, 2, b).
    """

    stress: Float[np.ndarray, "n t 3 b"]
    motion: Float[np.ndarray, "t 2 b"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Demand:
    """What histories ask of a zone and of what is mounted on it.

    Attributes:
        peak: greatest von Mises stress, in Pa, shape (n,).
        motion: of the equipment's node, in m, shape (n, t, 2).
    """

    peak: Float[np.ndarray, " n"]
    motion: Float[np.ndarray, "n t 2"]


def modes_of(law: FittedBoundary) -> Float[np.ndarray, "r1 t e 2"]:
    """Mean history and modes of a law at unit load, in m."""
    rows = np.concatenate([law.basis.x_mean[None], law.basis.x_modes])
    return rows.reshape(len(rows), *law.shape)


def weights_of(
    law: FittedBoundary,
    c: Float[np.ndarray, "n r"],
    inputs: dict[str, Float[np.ndarray, " n"]],
) -> Float[np.ndarray, "n r1"]:
    """Factors of mean and modes that give histories: u (1, c)."""
    rows = np.column_stack([np.ones(len(c)), c])
    return rows * inputs[law.scale][:, None] if law.scale else rows


def respond(
    nominal: Zone, zone: Zone, histories: Float[np.ndarray, "b t e 2"], node: int
) -> ZoneResponse:
    """March a changed zone under histories of the nominal one.

    Args:
        nominal: the zone that histories were recorded around.
        zone: the zone as it is now.
        histories: displacement of the edge, in m.
        node: place in the edge of the node that carries equipment.

    Raises:
        ValueError: edges that do not match.
    """
    reduction, look = DomainReduction(nominal=nominal, zone=zone), nodal_stress(zone)
    (dt, steps), everywhere = steps_of(zone), np.arange(len(zone.mesh.points))
    stress, motion = [], []
    for first in range(0, len(histories), _COLUMNS):
        found = march(
            reduction.supported, dt=dt, steps=steps, edge=zone.edge,
            force=reduction.forces(histories[first : first + _COLUMNS]), record=everywhere,
            every=zone.substeps,
        ).recorded  # fmt: skip
        stress.append(look.of(found))
        motion.append(found[:, zone.edge[node]])
    return ZoneResponse(
        stress=np.concatenate(stress, axis=-1), motion=np.concatenate(motion, axis=-1)
    )


def demand_of(
    stress: Float[np.ndarray, "p t 3 r1"],
    motion: Float[np.ndarray, "t 2 r1"],
    weights: Float[np.ndarray, "n r1"],
    block: int = 256,
) -> Demand:
    """Superpose modes: peak of von Mises' stress, and motion, of each history.

    Args:
        stress: of mean and modes at the nodes that count, in Pa per unit weight.
        motion: of mean and modes, in m per unit weight.
        weights: of each history.
        block: histories in memory at a time.
    """
    shape = stress.shape[:3]
    flat = stress.reshape(-1, stress.shape[3]).astype(np.float32)
    rows = weights.astype(np.float32)
    peaks = [
        greatest_over((flat @ rows[i : i + block].T).reshape(*shape, -1))
        for i in range(0, len(rows), block)
    ]
    return Demand(peak=np.concatenate(peaks), motion=np.einsum("tdr,nr->ntd", motion, weights))
