"""Stage: which simulations to run."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from understudy.cli.arguments import call, origin
from understudy.cli.problems import problem_class
from understudy.data import sobol, tree
from understudy.files import versions, write_json

__all__ = ["main", "run"]

_TEST_OFFSET = 100_000
"""Numbers of test samples start here, so that training sets can grow."""


def run(name: str, settings: str, train: int, test: int, seed: int, out: Path) -> None:
    """Draw a scrambled Sobol design: nested training sets, and a test set of another sequence.

    Args:
        name: name of the simulation.
        settings: its settings as JSON.
        train: training samples.
        test: test samples.
        seed: seed of both sequences.
        out: JSON file to write.
    """
    spec = tree.build(problem_class(name), json.loads(settings), name)
    samples, sets = [], {}
    for label, size, first in (("train", train, 0), ("test", test, _TEST_OFFSET)):
        points = sobol(spec.variables, size, seed + first)
        sets[label] = [first + i for i in range(size)]
        for index, point in zip(sets[label], points.tolist(), strict=True):
            own = int(np.random.SeedSequence([seed, index]).generate_state(1)[0])
            inputs = {v.name: x for v, x in zip(spec.variables, point, strict=True)}
            samples.append({"index": index, "seed": own, "inputs": inputs})
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


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "design")
