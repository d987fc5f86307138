"""MMGP of a linear zone: from a mesh with its hole to what every mode of the boundary does in it.

For training zones g_1, ..., g_N, each on a mesh of its own, a morphing carries nodes and stress to
the reference, the zone that histories were recorded around (Casenave, Staber & Roynard 2023,
arXiv 2305.12871, section 3; holes by RBF or elastic morphing). The sample of a zone is not one
field but the linear map from boundary to stress, all modes at once and weighted by the deviation
d_k that their factors have under the law:

    S_g = (d_k s_g(X_k))_k at reference nodes and times,    S_g ~ m + sum_j z_j(g) Phi_j,
    z_j(g) = GP_j(a(g)),    a(g) = coefficients of the coordinate field in its POD,

so that least squares over zones and modes is least squares over the histories that the law draws.
The motion of the equipment's node is learned likewise. What the greatest stress loses on the way
to the reference is a factor, found on zones that were left out of all of this, fold by fold.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Bool, Float
from scipy.sparse import csr_array, identity

from understudy.data import tree
from understudy.data.nodal_stress import looked_at
from understudy.data.zone import Zone
from understudy.linalg import POD, Basis
from understudy.mesh import Mesh
from understudy.regression import GP
from understudy.regression.posterior import GPPosterior
from understudy.surrogates.morpher import Morpher
from understudy.surrogates.reference import Reference, placed
from understudy.surrogates.zone_response import ZoneResponse

__all__ = ["Carrier", "LearnedZone", "LinearZone", "ZoneMMGP", "ZoneSamples", "load_zone_mmgp",
           "save_zone_mmgp"]  # fmt: skip

_KIND, _VERSION = "understudy-zone-mmgp", 1


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Carrier:
    """The way of a zone to the reference.

    Attributes:
        morphing: maps meshes.
        base: mesh of the nominal zone, whose landmarks all zones take over.
        reference: the common mesh and its image.
        kept: its nodes near the observed triangles, shape (q0,).
        low: lower left and ...
        high: ... upper right corner of the rectangle around the observed triangles, in m.
    """

    morphing: Morpher
    base: Mesh
    reference: Reference
    kept: Bool[np.ndarray, " q0"]
    low: Float[np.ndarray, " 2"]
    high: Float[np.ndarray, " 2"]

    @classmethod
    def of(cls, nominal: Zone, morphing: Morpher, refinements: int) -> "Carrier":
        """The nominal zone as the reference."""
        reference = placed(morphing.fit(nominal.mesh))
        for _ in range(refinements):
            reference = reference.refined()
        edge = nominal.mesh.points[nominal.edge]
        spacing = float(np.linalg.norm(edge[1] - edge[0]))
        low, high = looked_at(nominal)
        points = reference.mesh.points
        near = (points >= low - spacing) & (points <= high + spacing)
        return cls(
            morphing=morphing, base=nominal.mesh, reference=reference, kept=near.all(axis=1),
            low=low, high=high,
        )  # fmt: skip

    def seen(self, points: Float[np.ndarray, "q 2"]) -> Bool[np.ndarray, " q"]:
        """Nodes that lie, in a zone, in the rectangle around the observed triangles."""
        return ((points >= self.low) & (points <= self.high)).all(axis=1)

    def coordinates(self, mesh: Mesh) -> Float[np.ndarray, "q 2"]:
        """Where the nodes of the reference lie in a zone, in m.

        Raises:
            ValueError: a mesh that cannot be mapped.
        """
        return self._there(mesh) @ mesh.points

    def carry(
        self, mesh: Mesh, response: ZoneResponse
    ) -> tuple[Float[np.ndarray, "q 2"], Float[np.ndarray, "q t 3 b"]]:
        """Coordinates of a zone, in m, and its stress, in Pa, at the nodes of the reference."""
        there, stress = self._there(mesh), response.stress
        carried = there @ stress.reshape(len(stress), -1)
        return there @ mesh.points, carried.reshape(-1, *stress.shape[1:]).astype(np.float32)

    def _there(self, mesh: Mesh) -> Any:  # noqa: ANN401
        return self.reference.there(self.morphing.fit(mesh, self.base))[self.kept]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ZoneSamples:
    """N zones on the reference, under b = r + 1 histories: a law's mean and modes.

    Attributes:
        coordinates: in m, shape (N, q, 2).
        stress: in Pa per unit weight, shape (N, q, t, 3, b).
        motion: of the equipment's node, in m per unit weight, shape (N, t, 2, b).
        deviation: root mean square of the weights under the law, shape (b,).
    """

    coordinates: Float[np.ndarray, "N q 2"]
    stress: Float[np.ndarray, "N q t 3 b"]
    motion: Float[np.ndarray, "N t 2 b"]
    deviation: Float[np.ndarray, " b"]

    def subset(self, rows: np.ndarray) -> "ZoneSamples":
        """Some of the zones."""
        return ZoneSamples(
            coordinates=self.coordinates[rows], stress=self.stress[rows],
            motion=self.motion[rows], deviation=self.deviation,
        )  # fmt: skip


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class LinearZone:
    """A zone as the linear map that was predicted for it.

    Attributes:
        points: of the reference's nodes in it, in m, shape (q, 2).
        stress: of mean and modes, in Pa per unit weight, shape (q, t, 3, b).
        motion: of mean and modes, in m per unit weight, shape (t, 2, b).
    """

    points: Float[np.ndarray, "q 2"]
    stress: Float[np.ndarray, "q t 3 b"]
    motion: Float[np.ndarray, "t 2 b"]


@final
@dataclass(frozen=True, kw_only=True)
class ZoneMMGP:
    """Specification.

    Attributes:
        shape: modes of the coordinate field, the inputs of the processes.
        rank: most modes of the map from boundary to stress, and of that to the node's motion.
        gp: regression of each coefficient.
    """

    shape: int = 3
    rank: int = 12
    gp: GP = field(default_factory=GP)

    def __post_init__(self) -> None:
        if self.shape < 1 or self.rank < 1:
            raise ValueError(f"shape, rank: expected at least 1, got {self.shape} and {self.rank}")

    def fit(self, samples: ZoneSamples) -> "LearnedZone":
        """Learn from zones.

        Raises:
            ValueError: fewer than 4 zones.
        """
        count = len(samples.coordinates)
        if count < 4:
            raise ValueError(f"zones: expected at least 4, got {count}")
        flat = samples.coordinates.reshape(count, -1)
        shape = _plain_pod(flat, self.shape)
        inputs = shape.encode(flat)
        stress = _MapBasis.of(samples.stress, samples.deviation, self.rank)
        motion = _MapBasis.of(samples.motion, samples.deviation, self.rank)
        return LearnedZone(
            shape=shape,
            stress_mean=stress.mean, stress_modes=stress.modes,
            motion_mean=motion.mean, motion_modes=motion.modes,
            stress_process=self.gp.fit(inputs, stress.coefficients),
            motion_process=self.gp.fit(inputs, motion.coefficients),
            energy=stress.energy,
        )  # fmt: skip


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class LearnedZone:
    """The fitted map.

    Attributes:
        shape: basis of coordinate fields.
        stress_mean: in Pa per unit weight, shape (q, t, 3, b).
        stress_modes: of a coefficient each, shape (k, q, t, 3, b).
        motion_mean: in m per unit weight, shape (t, 2, b).
        motion_modes: of a coefficient each, shape (l, t, 2, b).
        stress_process: law of the k coefficients, given the shape.
        motion_process: law of the l coefficients.
        energy: share of the training maps' variance that the first modes hold, shape (k,).
    """

    shape: Basis
    stress_mean: Float[np.ndarray, "q t 3 b"]
    stress_modes: Float[np.ndarray, "k q t 3 b"]
    motion_mean: Float[np.ndarray, "t 2 b"]
    motion_modes: Float[np.ndarray, "l t 2 b"]
    stress_process: GPPosterior
    motion_process: GPPosterior
    energy: Float[np.ndarray, " k"]

    def predict(self, coordinates: Float[np.ndarray, "q 2"]) -> LinearZone:
        """The map of a zone whose mesh was carried to the reference.

        Raises:
            ValueError: coordinates of other nodes than the reference's.
        """
        if len(coordinates) != len(self.stress_mean):
            raise ValueError(
                f"coordinates: expected {len(self.stress_mean)} nodes, got {len(coordinates)}"
            )
        inputs = self.shape.encode(coordinates.reshape(1, -1))
        z = self.stress_process.predict(inputs).mean[0].astype(np.float32)
        y = self.motion_process.predict(inputs).mean[0]
        return LinearZone(
            points=coordinates,
            stress=self.stress_mean + np.tensordot(z, self.stress_modes, axes=1),
            motion=self.motion_mean + np.tensordot(y, self.motion_modes, axes=1),
        )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class _MapBasis:
    """POD of linear maps in the metric of the weights' deviations, by the method of snapshots."""

    mean: np.ndarray
    modes: np.ndarray
    coefficients: Float[np.ndarray, "N k"]
    energy: Float[np.ndarray, " k"]

    @classmethod
    def of(cls, maps: np.ndarray, deviation: Float[np.ndarray, " b"], rank: int) -> "_MapBasis":
        mean = maps.mean(axis=0)
        # In parts along the first axis of a map, for the whole may be some gigabytes.
        gram = np.zeros((len(maps), len(maps)))
        for k in range(maps.shape[1]):
            part = ((maps[:, k] - mean[k]) * deviation).reshape(len(maps), -1)
            gram += part @ part.T
        value, vector = np.linalg.eigh(gram)
        value, vector = value[::-1].clip(0.0), vector[:, ::-1]
        spanned = int((value > len(maps) * np.finfo(np.float32).eps * value[0]).sum())
        kept = max(1, min(rank, spanned))
        # z of unit variance: then Phi_j is what one deviation of z_j adds to the map.
        z = vector[:, :kept] * np.sqrt(len(maps))
        combination = (vector[:, :kept].T / np.sqrt(len(maps))).astype(maps.dtype)
        # Rows of the combination add up to nothing, so that the mean need not be taken off.
        modes = np.tensordot(combination, maps, axes=1)
        share = np.cumsum(value) / max(float(value.sum()), 1e-300)
        return cls(mean=mean, modes=modes, coefficients=z, energy=share[:kept])


def _plain_pod(rows: Float[np.ndarray, "N p"], rank: int) -> Basis:
    """POD of coordinate fields, all nodes of the reference alike."""
    return POD(rank=rank).fit(rows, csr_array(identity(rows.shape[1], format="csr")))


def save_zone_mmgp(path: Path, model: LearnedZone, origin: dict[str, Any]) -> None:
    """Write a model, whole or not at all."""
    tree.save(path, _KIND, _VERSION, model, origin)


def load_zone_mmgp(path: Path) -> LearnedZone:
    """Read a model.

    Raises:
        ValueError: missing, damaged or of another kind; names the file.
    """
    return tree.load(path, _KIND, _VERSION, LearnedZone)[0]
