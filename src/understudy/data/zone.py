"""A zone of a larger model that can be marched on its own, as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float, Int

from understudy.data import tree
from understudy.linalg.explicit import Observed, System
from understudy.mesh import Mesh

__all__ = ["Zone", "edge_node", "load_zone", "save_zone"]

_KIND, _VERSION = "understudy-zone", 1


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Zone:
    """Mesh and matrices of a zone alone.

    Attributes:
        name: of the model it is cut from.
        specification: its settings as JSON.
        units: of length, time and stress.
        mesh: nodes and triangles of the zone.
        system: its own stiffness and mass.
        edge: nodes that it shares with what is around it, in the order of the histories.
        observed: triangles whose stress is of interest.
        dashpots: rho c_p and rho c_s times the length that an edge node stands for, along x and
            y, in N s/m, shape (e, 2).
        times: of the histories, shape (t,).
        substeps: steps of the march from one of them to the next.
    """

    name: str
    specification: str
    units: dict[str, str]
    mesh: Mesh
    system: System
    edge: Int[np.ndarray, " e"]
    observed: Observed
    dashpots: Float[np.ndarray, "e 2"]
    times: Float[np.ndarray, " t"]
    substeps: int


def edge_node(zone: Zone, place: tuple[float, float]) -> int:
    """Number, in the zone's edge, of the node nearest to a place.

    Raises:
        ValueError: a place farther from the edge than twice the spacing of its nodes.
    """
    loop = zone.mesh.points[zone.edge]
    distance = np.linalg.norm(loop - np.array(place), axis=1)
    spacing = float(np.linalg.norm(loop[1] - loop[0]))
    if distance.min() > 2 * spacing:
        raise ValueError(
            f"place: expected a point of the zone's edge, within {2 * spacing:g} m, got "
            f"{list(place)}, {distance.min():g} m away"
        )
    return int(distance.argmin())


def save_zone(path: Path, zone: Zone, origin: Mapping[str, Any]) -> None:
    """Write the file."""
    tree.save(path, _KIND, _VERSION, zone, origin)


def load_zone(path: Path) -> Zone:
    """Read it.

    Raises:
        ValueError: missing, damaged or of another kind; names the file.
    """
    return tree.load(path, _KIND, _VERSION, Zone)[0]
