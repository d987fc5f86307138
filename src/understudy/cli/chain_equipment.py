"""Stage: the equation of the equipment, read from records of its free decay."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from understudy.cli.arguments import call, origin
from understudy.data import tree
from understudy.surrogates.equation_discovery import Discovery
from understudy.surrogates.equipment import Equipment, Identified, identify
from understudy.surrogates.prose_model import load_prose

__all__ = ["KIND", "VERSION", "load_identified", "main", "run"]

KIND, VERSION = "understudy-identified", 2


def run(
    equipment: Equipment, guess: str, out: Path, network: Path | None = None, seed: int = 0
) -> None:
    """Identify.

    Args:
        equipment: whose free decay is recorded.
        guess: what is believed of it, an equation of x and v.
        out: HDF5 file to write.
        network: safetensors file of prose-train that has learned the family `oscillator`, whose
            equations compete with those of the search.
        seed: of the draws behind the verdict.
    """
    model = None if network is None else load_prose(network)
    found = identify(equipment, guess, Discovery(), np.random.default_rng(seed), model)
    tree.save(out, KIND, VERSION, found, origin("understudy.cli.chain_equipment", seed=seed))
    said = [*found.text, f"proposed by: {found.source}", f"verdict: {found.verdict}"]
    sys.stdout.write("\n".join(said) + "\n")


def load_identified(path: Path) -> Identified:
    """Read what was identified.

    Raises:
        ValueError: missing, damaged or of another kind; names the file.
    """
    return tree.load(path, KIND, VERSION, Identified)[0]


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "chain-equipment")
