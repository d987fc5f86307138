"""Stage: which simulations to run."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from understudy.cli.arguments import call, origin
from understudy.cli.problems import problem_class
from understudy.data import sobol, tree
from understudy.files import versions, write_json

__all__ = ["main", "run"]

_TEST_OFFSET = 100_000
"""Numbers of test samples start here, so that training sets can grow."""
_SHIFT_OFFSET = 200_000
"""Numbers of shifted samples start here, 10,000 a kind."""
_REMESH_OFFSET = 300_000
"""Numbers of designs that are meshed again and again start here, ten a design."""
_MESH_FACTORS = (0.94, 0.97, 1.0, 1.03, 1.06)
"""How mesh sizes of one design differ: enough to move every node, too little to matter else."""


def run(
    name: str,
    settings: str,
    train: int,
    test: int,
    seed: int,
    out: Path,
    kinds: tuple[str, ...] = (),
    shifted: int = 0,
    remeshed: int = 0,
) -> None:
    """Draw a scrambled Sobol design: nested training sets, and a test set of another sequence.

    Args:
        name: name of the simulation.
        settings: its settings as JSON.
        train: training samples.
        test: test samples.
        seed: seed of both sequences.
        out: JSON file to write.
        kinds: kinds of shapes that the family does not have, of those the simulation offers.
        shifted: samples of each of them.
        remeshed: designs that are meshed five times each, to see the noise of meshes.
    """
    spec = tree.build(problem_class(name), json.loads(settings), name)
    for kind in kinds:
        if kind not in spec.shifts:
            raise ValueError(f"kinds: expected some of {list(spec.shifts)}, got {kind!r}")
    samples: list[dict[str, Any]] = []
    sets: dict[str, list[int]] = {}
    parts: list[tuple[str, int, int, dict[str, str]]]
    parts = [("train", train, 0, {}), ("test", test, _TEST_OFFSET, {})]
    for k, kind in enumerate(kinds if shifted else ()):
        parts.append((f"shift_{kind}", shifted, _SHIFT_OFFSET + 10_000 * k, {"shift": kind}))
    for label, size, first, extra in parts:
        points = sobol(spec.variables, size, seed + first)
        sets[label] = [first + i for i in range(size)]
        for index, point in zip(sets[label], points.tolist(), strict=True):
            samples.append(_entry(spec, seed, index, point) | extra)
    if remeshed:
        sets["remeshed"] = []
        points = sobol(spec.variables, remeshed, seed + _REMESH_OFFSET)
        for i, point in enumerate(points.tolist()):
            design = _entry(spec, seed, _REMESH_OFFSET + 10 * i, point)
            for k, factor in enumerate(_MESH_FACTORS):
                index = design["index"] + k
                sets["remeshed"].append(index)
                samples.append(design | {"index": index, "mesh_factor": factor})
    nested = {f"train_{n}": sets["train"][:n] for n in (2**k for k in range(3, 20)) if n < train}
    units = dict(spec.units) | {v.name: v.unit for v in spec.variables}
    write_json(
        out,
        {
            "name": name,
            "settings": tree.plain(spec),
            "seed": seed,
            "variables": [tree.plain(v) for v in spec.variables],
            "units": units,
            "sets": sets | nested,
            "samples": samples,
            "origin": origin("understudy.cli.design"),
            "software": versions(),
        },
    )


def _entry(spec: Any, seed: int, index: int, point: Sequence[float]) -> dict[str, Any]:  # noqa: ANN401
    """What the simulate stage needs of one sample."""
    own = int(np.random.SeedSequence([seed, index]).generate_state(1)[0])
    inputs = {v.name: x for v, x in zip(spec.variables, point, strict=True)}
    return {"index": index, "seed": own, "inputs": inputs}


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "design")
