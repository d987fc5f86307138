"""Histories of somebody's edge nodes in the order of the edge of a zone.

Programs number nodes as they like, so nodes are matched by where they are: the history of an edge
node is that of the nearest node, which is nearer than a millionth of the edge's extent.
"""

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from understudy.data.histories import Histories
from understudy.data.zone import Zone

__all__ = ["match_edge"]

_NEAR = 1e-6
"""Of the edge's extent."""
_ROUNDING = 1e-3
"""Of a step."""


def match_edge(histories: Histories, zone: Zone) -> Histories:
    """Histories of the nodes `zone.edge`, in that order and at the zone's own times.

    Histories of other nodes are left out.

    Raises:
        ValueError: other units or times, an edge node without a history or with two; names the
            first of them.
    """
    for kind in ("length", "time"):
        if histories.units.get(kind) != zone.units.get(kind):
            raise ValueError(
                f"units, {kind}: expected {zone.units.get(kind)!r} as the zone has, "
                f"got {histories.units.get(kind)!r}"
            )
    _check_times(histories, zone)
    edge = zone.mesh.points[zone.edge]
    near = _NEAR * float(np.ptp(edge, axis=0).max())
    tree = cKDTree(histories.nodes)
    within = tree.query_ball_point(edge, near, return_length=True)
    lacking = np.flatnonzero(within == 0)
    if len(lacking):
        distance = float(tree.query(edge[lacking[0]])[0])
        raise ValueError(
            f"edge: expected a history of each of {len(edge)} edge nodes of the zone, got none "
            f"within {near:g} of node {zone.edge[lacking[0]]} at {_at(edge[lacking[0]])}, where "
            f"the nearest is {distance:g} off ({len(lacking)} nodes lack one)"
        )
    doubled = np.flatnonzero(within > 1)
    if len(doubled):
        raise ValueError(
            f"edge: expected one history of each edge node, got {within[doubled[0]]} at "
            f"{_at(edge[doubled[0]])}"
        )
    order = tree.query(edge)[1]
    return replace(
        histories,
        nodes=edge,
        times=zone.times,
        displacement=np.ascontiguousarray(histories.displacement[:, :, order]),
    )


def _at(point: np.ndarray) -> str:
    return f"({point[0]:.9g}, {point[1]:.9g})"


def _check_times(histories: Histories, zone: Zone) -> None:
    own, wanted = histories.times, zone.times
    if len(own) != len(wanted) or np.abs(own - wanted).max() > _ROUNDING * wanted[1]:
        raise ValueError(
            f"times: expected the {len(wanted)} of the zone from {wanted[0]:g} to {wanted[-1]:g}, "
            f"got {len(own)} from {own[0]:g} to {own[-1]:g}"
        )
