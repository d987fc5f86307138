"""Stage: a batch of simulations. A sample that fails is recorded with its reason."""

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from understudy.cli.arguments import call, progress
from understudy.cli.problems import PROBLEMS, problem_class
from understudy.data import Header, Sample, Variable, finite, tree, write_samples
from understudy.digest import code_digest

__all__ = ["header_of", "main", "run"]


def run(design: Path, batch: int, size: int, out: Path) -> None:
    """Simulate samples `batch * size` to `(batch + 1) * size - 1` of a design.

    Args:
        design: JSON file of the design stage.
        batch: number of the batch, from 0.
        size: samples in a batch.
        out: HDF5 file to write.
    """
    plan = json.loads(design.read_text())
    spec = tree.build(problem_class(plan["name"]), plan["settings"], plan["name"])
    todo = plan["samples"][batch * size : (batch + 1) * size]
    show = progress(f"batch {batch}")

    def samples() -> Iterator[Sample]:
        for done, entry in enumerate(todo, start=1):
            yield finite(spec.simulate(**entry))
            show(done, len(todo))

    write_samples(out, header_of(plan, {entry["index"] for entry in todo}), samples())


def header_of(plan: dict, indices: Collection[int]) -> Header:
    """What a design says of some of its samples."""
    module = PROBLEMS[plan["name"]].split(":")[0]
    return Header(
        name=plan["name"],
        seed=plan["seed"],
        code=f"{code_digest('understudy.cli.simulate')} {code_digest(module)}",
        specification=plan["settings"],
        variables=[tree.build(Variable, v, "variable") for v in plan["variables"]],
        units=plan["units"],
        sets={name: [i for i in own if i in indices] for name, own in plan["sets"].items()},
    )


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "simulate")
