"""The data set `impact_plate`: a steel plate hit on its top edge, and a zone around a hole.

    rho u'' = div sigma(u),   u = 0 at the bottom,   sigma n = p s(t) g(x) (sin a, -cos a) on top,
    s = sin^2(pi t / tau) for t < tau,   g = exp(-(x - x0)^2 / (2 w^2))

in plane strain, on linear triangles with row-sum mass, by central differences. Random are the
impact's position x0, pressure p, duration tau and inclination a, and Young's modulus outside the
zone, a lognormal field that no surrogate is shown. Setting after H. Boukraichi, N. Akkari, F.
Casenave, D. Ryckelynck, "Uncertainty quantification in a mechanical submodel driven by a
Wasserstein-GAN", 2021; geometry, material and law of the loads are ours.
"""

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, final

import numpy as np
from jaxtyping import Float, Int

from understudy.data.tree import plain
from understudy.data.zone import Zone
from understudy.fem.dynamics import Footprint, Matrices, Solid
from understudy.fem.random_field import expansion, lognormal
from understudy.fem.zone import Hole, zoned_plate
from understudy.linalg.explicit import Load, Marched, Observed, System, march, stable_step
from understudy.mesh import Mesh, hat_gradients

__all__ = ["ImpactModel", "ImpactPlate", "Run"]

_SIZE, _CENTRE, _SIDE, _GUARD = (0.4, 0.2), (0.27, 0.1), 0.1, 0.035
_FOOTPRINT, _CORRELATION, _MODES = 0.01, 0.04, 40
_STEEL = Solid()
_BALANCE = 1e-6


@final
@dataclass(frozen=True, kw_only=True)
class ImpactPlate:
    """Simulations of the impact.

    Attributes:
        mesh_size: edge length of the triangles, in m.
        pressure: median of the peak pressure, in Pa.
        variation: coefficient of variation of Young's modulus outside the zone.
        duration: simulated time, in s.
        times: how many times of a history are kept, evenly spaced from 0.
        courant: step over the greatest stable step of the plate without variation, at most.
        hole: what is cut out of the zone.
        refinement: by how much finer the zone is meshed at its hole than at its edge.
        units: of what a run gives and takes.
    """

    mesh_size: float = 0.004
    pressure: float = 1e9
    variation: float = 0.2
    duration: float = 120e-6
    times: int = 64
    courant: float = 0.75
    hole: Hole = field(default_factory=Hole)
    refinement: float = 1.0

    units: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "length": "m",
            "time": "s",
            "stress": "Pa",
            "position": "m",
            "pressure": "Pa",
            "pulse": "s",
            "inclination": "rad",
        }
    )

    def __post_init__(self) -> None:
        for name in ("mesh_size", "pressure", "duration", "refinement"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: expected a positive number, got {getattr(self, name)}")
        if not 0 <= self.variation < 1:
            raise ValueError(f"variation: expected in [0, 1), got {self.variation}")
        if self.times < 4:
            raise ValueError(f"times: expected at least 4, got {self.times}")
        if not 0 < self.courant < 1:
            raise ValueError(f"courant: expected in (0, 1), got {self.courant}")

    def prepare(self) -> "ImpactModel":
        """Mesh, forms and matrices, which all runs share.

        Raises:
            MeshingError: gmsh made no mesh.
            ValueError: a hole that does not fit.
        """
        return ImpactModel(self)

    def draw(self, rng: np.random.Generator) -> tuple[dict[str, float], Float[np.ndarray, " k"]]:
        """Inputs of a run, in `units`, and the coefficients of the field of Young's modulus."""
        inputs = {
            "position": float(rng.uniform(0.05, 0.19)),
            "pressure": float(self.pressure * rng.lognormal(0.0, 0.25)),
            "pulse": float(rng.uniform(15e-6, 30e-6)),
            "inclination": float(rng.uniform(-0.5, 0.5)),
        }
        return inputs, rng.normal(size=_MODES)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """One run.

    Attributes:
        inputs: by name.
        displacement: of the edge nodes, or of those asked for, at the kept times, in m, shape
            (t, e, 2).
        peak: greatest von Mises stress of the observed triangles, in Pa, shape (c,).
        residual: work of the load less the energy in the plate, over that work.
        seconds: of assembly and march.
    """

    inputs: Mapping[str, float]
    displacement: Float[np.ndarray, "t e 2"]
    peak: Float[np.ndarray, " c"]
    residual: float
    seconds: float


@final
class ImpactModel:
    """A plate that is ready to be hit.

    Attributes:
        spec: its settings.
        plate: mesh, zone and edges.
        system: matrices without variation of Young's modulus.
        observed: triangles of the inner zone.
        times: at which histories are kept, in s.
        substeps: steps from one of them to the next.
    """

    def __init__(self, spec: ImpactPlate) -> None:
        self.spec = spec
        self.plate = zoned_plate(
            size=_SIZE, centre=_CENTRE, side=_SIDE, mesh_size=spec.mesh_size, hole=spec.hole,
            refinement=spec.refinement,
        )  # fmt: skip
        mesh = self.plate.mesh
        self._matrices = Matrices(mesh, _STEEL, self.plate.bottom)
        self._footprint = Footprint(mesh, self.plate.top, _FOOTPRINT)
        self.observed = _inner_zone(mesh, self.plate.zone)
        self.system = self._matrices.system()
        self.times = np.linspace(0.0, spec.duration, spec.times)
        least = self.times[1] / (spec.courant * stable_step(self.system))
        self.substeps = int(np.ceil(least))
        centroid = mesh.points[mesh.triangles].mean(axis=1)
        self._field = expansion(centroid, size=_SIZE, length=_CORRELATION, modes=_MODES)

    def young(self, coefficients: Float[np.ndarray, " k"]) -> Float[np.ndarray, " m"]:
        """Young's modulus of each triangle in Pa; that of steel in the zone."""
        young = lognormal(self._field @ coefficients, _STEEL.young, self.spec.variation)
        young[self.plate.zone] = _STEEL.young
        return young

    def load(self, inputs: Mapping[str, float], steps: int, dt: float) -> Load:
        """Nodal forces of an impact and their pulse at the steps."""
        nodes = np.unique(self.plate.top)
        weight = self._footprint.weights(inputs["position"])[nodes]
        direction = [math.sin(inputs["inclination"]), -math.cos(inputs["inclination"])]
        force = inputs["pressure"] * weight[:, None] * direction
        phase = (dt / inputs["pulse"] * np.arange(steps + 1)).tolist()
        pulse = np.array([math.sin(math.pi * p) ** 2 if p < 1 else 0.0 for p in phase])
        return Load(nodes=nodes, force=force[..., None], pulse=pulse[:, None])

    def run(self, seed: int, number: int, record: Int[np.ndarray, " p"] | None = None) -> Run:
        """The run with a number: `seed` and `number` decide its inputs and its field.

        The displacement of the nodes `record` is kept; None: that of the zone's edge.

        A modulus far above the mean can make the common step unstable, which the balance of
        energy shows; the run is then repeated with half the step.

        Raises:
            FloatingPointError: the energy is out of balance with the small step too.
        """
        clock = time.perf_counter()
        rng = np.random.default_rng(np.random.SeedSequence([seed, number]))
        inputs, coefficients = self.spec.draw(rng)
        system = self._matrices.system(self.young(coefficients))
        for substeps in (self.substeps, 2 * self.substeps):
            found, residual = self._march(system, inputs, substeps, record)
            if residual < _BALANCE:
                break
        else:
            raise FloatingPointError(
                f"energy: expected it within {_BALANCE} of the load's work, got {residual:.3g}; "
                "a smaller courant helps"
            )
        return Run(
            inputs=inputs,
            displacement=found.recorded[..., 0],
            peak=found.peak[:, 0],
            residual=residual,
            seconds=time.perf_counter() - clock,
        )

    def _march(
        self,
        system: System,
        inputs: Mapping[str, float],
        substeps: int,
        record: Int[np.ndarray, " p"] | None,
    ) -> tuple[Marched, float]:
        """The motion, and by what share of the load's work its energy differs from that work."""
        steps = substeps * (self.spec.times - 1)
        dt = self.spec.duration / steps
        found = march(
            system, dt=dt, steps=steps, load=self.load(inputs, steps, dt),
            record=self.plate.edge if record is None else record, every=substeps,
            observed=self.observed,
        )  # fmt: skip
        u, old = found.last[0].reshape(-1), found.last[1].reshape(-1)
        velocity = (u - old) / dt
        energy = 0.5 * velocity @ (np.repeat(system.mass, 2) * velocity)
        energy += 0.5 * old @ (system.stiffness @ u)
        residual = float(abs(found.work[0] - energy) / abs(found.work[0]))
        return found, residual if np.isfinite(residual) else float("inf")

    @property
    def zone_nodes(self) -> Int[np.ndarray, " p"]:
        """Nodes of the plate that are the zone's, in the order of the zone."""
        return np.unique(self.plate.mesh.triangles[self.plate.zone])

    def zone(self) -> Zone:
        """The zone alone, its nodes in the order of the plate's."""
        mesh, chosen = self.plate.mesh, self.plate.zone
        nodes, local = np.unique(mesh.triangles[chosen], return_inverse=True)
        part = Mesh(points=mesh.points[nodes], triangles=local.reshape(-1, 3))
        edge = np.searchsorted(nodes, self.plate.edge)
        return Zone(
            name="impact_plate",
            specification=json.dumps(plain(self.spec), sort_keys=True),
            units={key: self.spec.units[key] for key in ("length", "time", "stress")},
            mesh=part,
            system=Matrices(part, _STEEL, np.empty(0, dtype=np.int64)).system(),
            edge=edge,
            observed=_inner_zone(part, np.arange(len(chosen))),
            dashpots=_dashpots(part.points[edge]),
            times=self.times,
            substeps=self.substeps,
        )


def _inner_zone(mesh: Mesh, zone: Int[np.ndarray, " z"]) -> Observed:
    """The triangles of the zone that lie well inside its edge."""
    centroid = mesh.points[mesh.triangles[zone]].mean(axis=1)
    inside = zone[(np.abs(centroid - _CENTRE) < _GUARD).all(axis=1)]
    return Observed(
        triangles=mesh.triangles[inside],
        gradients=hat_gradients(mesh)[inside],
        shear_modulus=np.full(len(inside), _STEEL.shear),
        every=2,
    )


def _dashpots(loop: Float[np.ndarray, "e 2"]) -> Float[np.ndarray, "e 2"]:
    """Impedance of the outside: rho c_p across and rho c_s along each side of the square."""
    across, along = (_STEEL.density * speed for speed in _STEEL.speeds)
    side = np.abs(np.roll(loop, -1, axis=0) - loop)
    # A piece along y has its normal along x, and the other way round.
    piece = across * side[:, ::-1] + along * side
    return 0.5 * (piece + np.roll(piece, 1, axis=0))
