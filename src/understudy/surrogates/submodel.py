"""A zone driven by histories of its edge: held there, or through the domain reduction method.

`Held` imposes the displacement u0. That is the restriction of the full model, exact as long as the
zone is the one the histories were recorded with; where the zone has been changed, the held edge
mirrors the waves that the change scatters. `DomainReduction` runs the zone as it was under u0,
takes the edge's reactions

    r0 = M_b a0 + (K u)_b

and loads the changed zone by r0 + C (v0 - v) + S (u0 - u) with dashpots C and springs S of the
surrounding material: exact without a change, and what the change scatters leaves through the edge
to first order. An edge node that stands for a length l at a distance r from the centre has

    dashpots  rho c_p l across the edge, rho c_s l along it;    springs  G l / r and G l / 2r,

the latter because what is scattered spreads in circles: without them the zone would drift.

References: J. Bielak et al., "Domain reduction method for three-dimensional earthquake modeling in
localized regions, part I", 2003; J. Lysmer, R. L. Kuhlemeyer, "Finite dynamic model for infinite
media", 1969; A. J. Deeks, M. F. Randolph, "Axisymmetric time-domain transmitting boundaries",
1994; stiffnesses for plane problems as in J. Liu et al., "3D viscous-spring artificial boundary in
time domain", 2006.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
from jaxtyping import Float, Int
from scipy.interpolate import CubicSpline

from understudy.data.zone import Zone
from understudy.linalg.explicit import Marched, System, march

__all__ = [
    "DomainReduction",
    "Held",
    "columns_of",
    "deviatoric",
    "restoring",
    "springs",
    "steps_of",
    "subset",
]

_COLUMNS = 32
_ACROSS, _ALONG = 1.0, 0.5


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Held:
    """The edge moves as the history says.

    Attributes:
        zone: the model.
    """

    zone: Zone
    _spline: Float[np.ndarray, "s t"] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_spline", restoring(self.zone))

    def run(self, displacement: Float[np.ndarray, "n t e 2"]) -> Float[np.ndarray, "n c"]:
        """Greatest von Mises stress over time of each observed triangle, in Pa.

        Raises:
            ValueError: histories of other times or nodes than the zone's edge.
        """
        parts = [self._march(part).peak.T for part in _batches(self.zone, displacement)]
        return np.concatenate(parts)

    def responses(
        self, displacement: Float[np.ndarray, "n t e 2"], cells: Int[np.ndarray, " k"]
    ) -> Float[np.ndarray, "n t k 3"]:
        """Deviatoric stress, in Pa, at the times of the history in some observed triangles.

        Its Euclidean norm over the last axis is the von Mises stress, so it is linear in the
        history and measures what the history does.

        Args:
            displacement: histories in m.
            cells: places of the triangles among the observed ones.
        """
        nodes, parts = _nodes(self.zone, cells), []
        for part in _batches(self.zone, displacement):
            found = self._march(part, record=nodes)
            parts.append(_responses(self.zone, found, cells))
        return np.concatenate(parts)

    def _march(
        self, part: Float[np.ndarray, "b t e 2"], record: Int[np.ndarray, " p"] | None = None
    ) -> Marched:
        return _held(self.zone, columns_of(self._spline, part), record=record)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class DomainReduction:
    """A changed zone under the history that the zone had before.

    Attributes:
        nominal: the zone as it was when the histories were recorded.
        zone: the zone as it is now; its edge has the same nodes.
        supported: its matrices on springs and dashpots.

    Raises:
        ValueError: edges that do not match.
    """

    nominal: Zone
    zone: Zone
    supported: System = field(init=False, repr=False)
    _spline: Float[np.ndarray, "s t"] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        ours, theirs = (z.mesh.points[z.edge] for z in (self.zone, self.nominal))
        if ours.shape != theirs.shape:
            raise ValueError(
                f"zone: expected an edge of {len(theirs)} nodes as the nominal one, "
                f"got {len(ours)}"
            )
        apart = np.linalg.norm(ours - theirs, axis=1)
        if apart.max() > 1e-9 * np.ptp(theirs):
            bad = int(apart.argmax())
            raise ValueError(
                f"zone: expected the nominal edge node {bad} at {theirs[bad].tolist()}, "
                f"got {ours[bad].tolist()}"
            )

        object.__setattr__(self, "supported", _supported(self.zone))
        object.__setattr__(self, "_spline", restoring(self.zone))

    def run(self, displacement: Float[np.ndarray, "n t e 2"]) -> Float[np.ndarray, "n c"]:
        """Greatest von Mises stress over time of each observed triangle, in Pa.

        Raises:
            ValueError: histories of other times or nodes than the zone's edge.
        """
        parts = [self._reduced(part).peak.T for part in _batches(self.zone, displacement)]
        return np.concatenate(parts)

    def responses(
        self, displacement: Float[np.ndarray, "n t e 2"], cells: Int[np.ndarray, " k"]
    ) -> Float[np.ndarray, "n t k 3"]:
        """Deviatoric stress as of `Held.responses`, in the changed zone."""
        nodes, parts = _nodes(self.zone, cells), []
        for part in _batches(self.zone, displacement):
            parts.append(_responses(self.zone, self._reduced(part, record=nodes), cells))
        return np.concatenate(parts)

    def _reduced(
        self, part: Float[np.ndarray, "b t e 2"], record: Int[np.ndarray, " p"] | None = None
    ) -> Marched:
        dt, steps = steps_of(self.zone)
        return march(
            self.supported, dt=dt, steps=steps, edge=self.zone.edge, force=self.forces(part),
            record=record, every=self.zone.substeps, observed=self.zone.observed,
        )  # fmt: skip

    def forces(self, part: Float[np.ndarray, "b t e 2"]) -> Float[np.ndarray, "s e 2 b"]:
        """On the edge of the supported zone at all steps, in N: r0 + C v0 + S u0."""
        # Both runs take the steps of the changed zone.
        before_change = replace(self.nominal, substeps=self.zone.substeps)
        dt, _ = steps_of(self.zone)
        motion = columns_of(self._spline, part)
        force = _held(before_change, motion, reactions=True).edge
        before = np.concatenate([motion[:1], motion[:-1]])
        after = np.concatenate([motion[1:], motion[-1:]])
        mass = self.nominal.system.mass[self.nominal.edge][:, None, None]
        force += mass / dt**2 * (after - 2 * motion + before)
        force += self.zone.dashpots[:, :, None] / (2 * dt) * (after - before)
        force += springs(self.zone)[:, :, None] * motion
        return force


def springs(zone: Zone) -> Float[np.ndarray, "e 2"]:
    """Stiffness of the surroundings at the edge nodes along x and y, in N/m.

    The edge is a closed loop of pieces along x or y, in the material of the observed triangles.
    """
    loop = zone.mesh.points[zone.edge]
    reach = np.linalg.norm(loop - loop.mean(axis=0), axis=1)
    piece = np.abs(np.roll(loop, -1, axis=0) - loop)
    length = 0.5 * (piece + np.roll(piece, 1, axis=0))
    modulus = float(np.median(zone.observed.shear_modulus)) / reach[:, None]
    # A piece along y has its normal along x, and the other way round.
    return modulus * (_ACROSS * length[:, ::-1] + _ALONG * length)


def _supported(zone: Zone) -> System:
    """The zone on springs and dashpots."""
    system, stiffness = zone.system, springs(zone)
    damping, blocks = system.damping.copy(), system.blocks.copy()
    damping[zone.edge] += zone.dashpots
    row = np.repeat(np.arange(len(system.mass)), np.diff(system.indptr))
    own = np.flatnonzero(row == system.indices)[zone.edge]
    for axis in range(2):
        blocks[own, axis, axis] += stiffness[:, axis]
    return replace(system, damping=damping, blocks=blocks)


def subset(zone: Zone, count: int) -> Int[np.ndarray, " k"]:
    """Places of about `count` observed triangles, evenly through their list."""
    total = len(zone.observed.triangles)
    return np.arange(0, total, max(1, math.ceil(total / count)))


def restoring(zone: Zone) -> Float[np.ndarray, "s t"]:
    """Matrix from a history's times to all steps: a cubic spline that starts at rest."""
    dt, steps = steps_of(zone)
    spline = CubicSpline(zone.times, np.eye(len(zone.times)), bc_type=("clamped", "not-a-knot"))
    fine = spline(dt * np.arange(steps + 1))
    fine[:: zone.substeps] = np.eye(len(zone.times))
    return fine


def _nodes(zone: Zone, cells: Int[np.ndarray, " k"]) -> Int[np.ndarray, " p"]:
    return np.unique(zone.observed.triangles[cells])


def _responses(
    zone: Zone, marched: Marched, cells: Int[np.ndarray, " k"]
) -> Float[np.ndarray, "b t k 3"]:
    """Deviatoric stress of cells from the recorded motion of their nodes."""
    corners = zone.observed.triangles[cells]
    local = np.searchsorted(np.unique(corners), corners)
    gradients, modulus = zone.observed.gradients[cells], zone.observed.shear_modulus[cells]
    found = deviatoric(marched.recorded[:, local], gradients, modulus)
    return np.moveaxis(found, -1, 0)


def deviatoric(
    u: Float[np.ndarray, "t k 3 2 b"],
    gradients: Float[np.ndarray, "k 3 2"],
    modulus: Float[np.ndarray, " k"],
) -> Float[np.ndarray, "t k 3 b"]:
    """Three numbers of the strain of triangles whose squares add up to von Mises' in plane strain.

    Args:
        u: displacement of the corners in m.
        gradients: of the hat functions in 1/m.
        modulus: shear modulus in Pa.
    """
    strain = np.einsum("kcj,tkcib->tkijb", gradients, u)
    xx, yy, xy = strain[:, :, 0, 0], strain[:, :, 1, 1], strain[:, :, 0, 1] + strain[:, :, 1, 0]
    root = math.sqrt(3.0)
    return modulus[:, None, None] * np.stack([xx + yy, root * (xx - yy), root * xy], axis=2)


def steps_of(zone: Zone) -> tuple[float, int]:
    """Step in s and number of steps of a march through all times."""
    steps = zone.substeps * (len(zone.times) - 1)
    return float(zone.times[-1]) / steps, steps


def _batches(
    zone: Zone, displacement: Float[np.ndarray, "n t e 2"]
) -> Iterator[Float[np.ndarray, "b t e 2"]]:
    expected = (len(zone.times), len(zone.edge), 2)
    if displacement.shape[1:] != expected or len(displacement) == 0:
        raise ValueError(
            f"histories: expected at least one of {expected[0]} times at {expected[1]} edge nodes,"
            f" got shape {displacement.shape}"
        )
    for first in range(0, len(displacement), _COLUMNS):
        yield displacement[first : first + _COLUMNS]


def columns_of(
    spline: Float[np.ndarray, "s t"], part: Float[np.ndarray, "b t e 2"]
) -> Float[np.ndarray, "s e 2 b"]:
    """Displacement of the edge at all steps, a column a history, in m."""
    columns = np.moveaxis(part, 0, -1).astype(float)
    return (spline @ columns.reshape(len(columns), -1)).reshape(-1, *columns.shape[1:])


def _held(
    zone: Zone,
    motion: Float[np.ndarray, "s e 2 b"],
    *,
    record: Int[np.ndarray, " p"] | None = None,
    reactions: bool = False,
) -> Marched:
    dt, steps = steps_of(zone)
    return march(
        zone.system, dt=dt, steps=steps, edge=zone.edge, motion=motion, record=record,
        every=zone.substeps, reactions=reactions, observed=zone.observed,
    )  # fmt: skip
