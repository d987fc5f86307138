"""Stage: the equation of the equipment, read from records of its free decay."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from understudy.cli.arguments import call, origin
from understudy.data import tree
from understudy.surrogates.equation_discovery import Discovery
from understudy.surrogates.equipment import Equipment, Identified, identify

__all__ = ["KIND", "VERSION", "load_identified", "main", "run"]

KIND, VERSION = "understudy-identified", 1


def run(equipment: Equipment, guess: str, out: Path, seed: int = 0) -> None:
    """Identify.

    Args:
        equipment: whose free decay is recorded.
        guess: what is believed of it, an equation of x and v.
        out: HDF5 file to write.
        seed: of the draws behind the verdict.
    """
    found = identify(equipment, guess, Discovery(), np.random.default_rng(seed))
    tree.save(out, KIND, VERSION, found, origin("understudy.cli.chain_equipment", seed=seed))
    sys.stdout.write("\n".join([*found.text, f"verdict: {found.verdict}"]) + "\n")


def load_identified(path: Path) -> Identified:
    """Read what was identified.

    Raises:
        ValueError: missing, damaged or of another kind; names the file.
    """
    return tree.load(path, KIND, VERSION, Identified)[0]


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "chain-equipment")
