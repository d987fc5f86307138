"""What a data set holds, as Markdown."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tyro.conf import Positional

from understudy.cli.arguments import call
from understudy.data.card import data_card, write_card

__all__ = ["main", "run"]


def run(data: Positional[Path], /, out: Path | None = None) -> None:
    """Print the card of a data set, or write it.

    Args:
        data: HDF5 data set.
        out: Markdown file to write; none given: print.
    """
    if out is None:
        sys.stdout.write(data_card(data))
    else:
        write_card(data, out)


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "data-card")
