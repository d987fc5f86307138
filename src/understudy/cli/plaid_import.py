"""A folder of PLAID as a data set."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tyro.conf import Positional

from understudy.cli.arguments import call
from understudy.cli.units import read_units
from understudy.data import write_samples
from understudy.data.card import write_card
from understudy.data.plaid import read_plaid
from understudy.digest import code_digest

__all__ = ["main", "run"]


def run(
    folder: Positional[Path],
    /,
    out: Path,
    problem: str = "",
    splits: tuple[str, ...] = (),
    units: tuple[str, ...] = (),
) -> None:
    """Read a folder of PLAID; one that plaid-export wrote comes back as it was.

    Args:
        folder: folder with infos.yaml.
        out: HDF5 data set to write; its card is written beside it.
        problem: problem definition that says what is given and what is learnt; none named: the
            only one.
        splits: splits to take; none named: those of the problem definition.
        units: P=MPa length=mm ..., or a YAML or JSON file of these.
    """
    code = code_digest("understudy.cli.plaid_import")
    header, samples = read_plaid(
        folder, units=read_units(units), problem=problem, splits=splits, code=code
    )
    write_samples(out, header, samples)
    card = out.with_suffix(".card.md")
    write_card(out, card)
    sizes = ", ".join(f"{len(numbers)} {key}" for key, numbers in header.sets.items())
    sys.stdout.write(f"{out}: {sizes}; card in {card}\n")


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "plaid-import")
