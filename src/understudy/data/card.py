"""The card of a data set: what it holds, in words and tables of Markdown.

The file is read once, a sample at a time. The number of holes of a mesh is read from Euler's
formula, n - e + m = parts - holes, for n nodes, e edges and m triangles in the plane.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from understudy.data.sample import Sample
from understudy.data.store import Header, read_header, read_samples
from understudy.files import replacing
from understudy.hdf5 import opened
from understudy.mesh import Mesh, edges

__all__ = ["data_card", "topology", "write_card"]


def data_card(path: Path) -> str:
    """The card of an HDF5 data set.

    Raises:
        ValueError: the file is missing, damaged or of another format; names it.
    """
    header = read_header(path)
    tally = _Tally(header)
    for sample in read_samples(path):
        tally.add(sample)
    # `read_samples` has compared it with the content.
    with opened(path) as file:
        total = file.attrs["checksum"]
    software = ", ".join(f"{name} {version}" for name, version in header.versions.items())
    facts = [
        ("file", path.name),
        ("checksum (SHA-256)", total),
        ("samples", f"{tally.count}, of which {len(tally.failed)} failed"),
        ("seed", header.seed),
        ("code", header.code),
        ("software", software),
    ]
    parts = [f"# Data set {header.name}", _table(["", ""], facts), *tally.sections()]
    settings = json.dumps(dict(header.specification), indent=1, sort_keys=True)
    parts.append(f"## Specification\n\n```json\n{settings}\n```")
    return "\n\n".join(parts) + "\n"


def write_card(data: Path, card: Path) -> None:
    """Write the card of a data set; the file is whole or absent."""
    text = data_card(data)
    with replacing(card) as temporary:
        temporary.write_text(text, encoding="utf-8")


def topology(mesh: Mesh) -> tuple[int, int]:
    """Connected parts and holes of a planar mesh."""
    pairs, _ = edges(mesh)
    n = len(mesh.points)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    parts = int(connected_components(graph, directed=False)[0])
    return parts, parts - (n - len(pairs) + len(mesh.triangles))


class _Tally:
    """What has been seen so far: a few numbers a sample."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.count = 0
        self.failed: dict[int, str] = {}
        self.numbers: dict[str, dict[str, list[float]]] = {"inputs": {}, "scalars": {}}
        self.fields: dict[str, list[tuple[float, float, float]]] = {}
        self.sizes: dict[str, list[float]] = {"nodes": [], "triangles": []}
        self.topologies: Counter[tuple[int, int]] = Counter()

    def add(self, sample: Sample) -> None:
        self.count += 1
        if sample.error:
            self.failed[sample.index] = sample.error
        for kind, columns in self.numbers.items():
            for name, value in getattr(sample, kind).items():
                columns.setdefault(name, []).append(value)
        for name, values in sample.fields.items():
            low, high = float(values.min()), float(values.max())
            self.fields.setdefault(name, []).append((low, float(np.median(values)), high))
        if sample.mesh is not None:
            self.sizes["nodes"].append(float(len(sample.mesh.points)))
            self.sizes["triangles"].append(float(len(sample.mesh.triangles)))
            self.topologies[topology(sample.mesh)] += 1

    def sections(self) -> list[str]:
        """A heading and a table each."""
        units = dict(self.header.units) | {v.name: v.unit for v in self.header.variables}
        known = {v.name: "yes" if v.known else "no" for v in self.header.variables}
        sets = [
            (name, len(numbers), sum(i in self.failed for i in numbers))
            for name, numbers in sorted(self.header.sets.items(), key=_family)
        ]
        inputs = [
            (name, units.get(name, ""), known.get(name, "no"), *_spread(values))
            for name, values in self.numbers["inputs"].items()
        ]
        scalars = [
            (name, units.get(name, ""), *_spread(values))
            for name, values in self.numbers["scalars"].items()
        ]
        fields = []
        for name, rows in self.fields.items():
            low, middle, high = zip(*rows, strict=True)
            numbers = (min(low), float(np.median(middle)), max(high))
            fields.append((name, units.get(name, ""), *map(_text, numbers)))
        sizes = [(name, *_spread(values)) for name, values in self.sizes.items() if values]
        shapes = [(p, h, n) for (p, h), n in sorted(self.topologies.items())]
        reasons = Counter(self.failed.values())
        first = {reason: index for index, reason in reversed(self.failed.items())}
        failures = [(reason, n, first[reason]) for reason, n in reasons.most_common()]
        spread = ["min", "median", "max"]
        length = f" (length in {units['length']})" if units.get("length") else ""
        return [
            _section("Sets", ["set", "samples", "failed"], sets),
            _section("Inputs", ["name", "unit", "known to a surrogate", *spread], inputs),
            _section("Output scalars", ["name", "unit", *spread], scalars),
            _section("Fields", ["name", "unit", "min", "median of medians", "max"], fields),
            _section(f"Meshes{length}", ["", *spread], sizes),
            _section("Topology", ["parts", "holes", "meshes"], shapes),
            _section("Failures", ["reason", "samples", "first sample"], failures),
        ]


def _family(item: tuple[str, Sequence[int]]) -> tuple[str, int]:
    """Nested sets follow the whole one, the largest first."""
    return item[0].partition("_")[0], -len(item[1])


def _spread(values: Sequence[float]) -> tuple[str, str, str]:
    return _text(min(values)), _text(float(np.median(values))), _text(max(values))


def _text(value: float) -> str:
    return f"{value:.6g}"


def _section(title: str, names: Sequence[str], rows: Sequence[Iterable[object]]) -> str:
    return f"## {title}\n\n" + (_table(names, rows) if rows else "None.")


def _table(names: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    lines = [names, ["---"] * len(names), *rows]
    cells = ([" ".join(str(c).split()).replace("|", "\\|") for c in line] for line in lines)
    return "\n".join("| " + " | ".join(line) + " |" for line in cells)
