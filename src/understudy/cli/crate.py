"""Stage: a study as an RO-Crate."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tyro.conf import Positional

from understudy.cli.arguments import call
from understudy.studies.crate import write_crate

__all__ = ["main", "run"]

_ROOT = Path()


def run(
    study: Positional[Path],
    /,
    configs: tuple[Path, ...] = (),
    workflow: Path = _ROOT,
    data: Path = Path("data/generated"),
) -> None:
    """Write ro-crate-metadata.json into the folder of a finished study.

    Args:
        study: folder of the study, results/NAME.
        configs: configuration files of the study, in the order of their merging.
        workflow: folder of the Snakefile.
        data: folder of generated data sets.
    """
    rules = [p for p in sorted((workflow / "workflow").rglob("*")) if p.is_file()]
    sources = {p.relative_to(workflow).as_posix(): p for p in [workflow / "Snakefile", *rules]}
    path = write_crate(study, sources, configs, data)
    sys.stdout.write(f"crate: {path}\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "crate")
