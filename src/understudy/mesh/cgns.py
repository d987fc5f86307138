"""Planar unstructured zones of CGNS files in HDF5, with vertex and cell-centred solutions.

A node of CGNS is a group of HDF5 with an attribute `label`, its CGNS type, and a data set
` data`, its value; numbers of nodes begin with 1. Read are coordinates, Elements_t of the types
TRI_3, TRI_6, QUAD_4, QUAD_8, QUAD_9 and MIXED of these, and FlowSolution_t; bars are skipped.

Reference: CGNS Standard Interface Data Structures 4.4, sections 7.3 (elements) and 7.7 (flow
solutions), and the HDF5 file mapping.
"""

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np

from understudy.mesh.cells import Content

__all__ = ["read_cgns"]

_TYPES = {
    2: ("vertex", 1), 3: ("line", 2), 4: ("line3", 3), 5: ("triangle", 3), 6: ("triangle6", 6),
    7: ("quad", 4), 8: ("quad8", 8), 9: ("quad9", 9),
}  # fmt: skip
_MIXED = 20


def read_cgns(path: Path) -> Content:
    """The one zone of surface cells that a file holds.

    Raises:
        ValueError: no such zone or several, a structured one, other cells, a solution that is
            neither on vertices nor on cells.
    """
    with h5py.File(path, "r") as file:
        bases = [b for b in _children(file, "CGNSBase_t") if _value(b).ravel()[0] == 2]
        zones = [zone for base in bases for zone in _children(base, "Zone_t")]
        if len(zones) != 1:
            raise ValueError(
                "expected one zone in a base of cell dimension 2, "
                f"got {[zone.name for zone in zones] or 'none'}"
            )
        zone = zones[0]
        kind = [_text(node) for node in _children(zone, "ZoneType_t")]
        if kind != ["Unstructured"]:
            raise ValueError(f"{zone.name}: expected an unstructured zone, got {kind or 'none'}")
        blocks = [b for node in _children(zone, "Elements_t") for b in _blocks(node)]
        nodal: dict[str, np.ndarray] = {}
        central: dict[str, list[np.ndarray]] = {}
        for node in _children(zone, "FlowSolution_t"):
            where = [_text(place) for place in _children(node, "GridLocation_t")] or ["Vertex"]
            for array in _children(node, "DataArray_t"):
                name, values = array.name.rpartition("/")[2], _value(array).ravel()
                if where == ["Vertex"]:
                    nodal[name] = values
                elif where == ["CellCenter"]:
                    central[name] = _by_block(name, values, blocks)
                else:
                    raise ValueError(f"{node.name}: expected Vertex or CellCenter, got {where}")
        return Content(points=_points(zone), blocks=blocks, nodal=nodal, central=central)


def _children(group: h5py.Group, label: str) -> Iterator[h5py.Group]:
    """Nodes below a node that have a CGNS type, by name."""
    for name in group:
        node = group[name]
        if isinstance(node, h5py.Group) and _decoded(node.attrs.get("label", b"")) == label:
            yield node


def _decoded(value: bytes | str | np.ndarray) -> str:
    raw = bytes(value) if isinstance(value, bytes | np.ndarray) else value.encode()
    return raw.decode().rstrip("\0 ")


def _value(node: h5py.Group) -> np.ndarray:
    if " data" not in node:
        raise ValueError(f"{node.name}: expected a value, got none")
    return np.asarray(node[" data"][()])


def _text(node: h5py.Group) -> str:
    return _decoded(_value(node).astype(np.uint8))


def _points(zone: h5py.Group) -> np.ndarray:
    grids = list(_children(zone, "GridCoordinates_t"))
    names = ["CoordinateX", "CoordinateY", "CoordinateZ"]
    found = [n for n in names if grids and n in grids[0]]
    if len(found) < 2:
        raise ValueError(f"{zone.name}: expected CoordinateX and CoordinateY, got {found}")
    return np.stack([_value(grids[0][name]).ravel() for name in found], axis=1).astype(float)


def _blocks(node: h5py.Group) -> list[tuple[str, np.ndarray]]:
    """Kind and node numbers, from 0, of the cells of an Elements_t node."""
    code, numbers = int(_value(node).ravel()[0]), _value(node["ElementConnectivity"]).ravel()
    if code in _TYPES:
        kind, size = _TYPES[code]
        if len(numbers) % size:
            raise ValueError(f"{node.name}: expected {size} nodes a cell, got {len(numbers)}")
        return [(kind, numbers.reshape(-1, size) - 1)]
    if code != _MIXED:
        raise ValueError(f"{node.name}: expected triangles or quadrilaterals, got type {code}")
    cells: list[tuple[str, list[np.ndarray]]] = []
    place = 0
    while place < len(numbers):
        code = int(numbers[place])
        if code not in _TYPES:
            raise ValueError(f"{node.name}: expected triangles or quadrilaterals, got type {code}")
        kind, size = _TYPES[code]
        if not cells or cells[-1][0] != kind:
            cells.append((kind, []))
        cells[-1][1].append(numbers[place + 1 : place + 1 + size] - 1)
        place += 1 + size
    return [(kind, np.stack(block)) for kind, block in cells]


def _by_block(
    name: str, values: np.ndarray, blocks: list[tuple[str, np.ndarray]]
) -> list[np.ndarray]:
    """Values of cells cut into those of blocks; bars and points have none."""
    sizes = [0 if kind in ("vertex", "line", "line3") else len(c) for kind, c in blocks]
    if sum(sizes) != len(values):
        raise ValueError(f"field {name}: expected {sum(sizes)} values, got {len(values)}")
    return np.split(values, np.cumsum(sizes)[:-1])
