"""Stage: the recipe of the authors' code as a baseline."""

from collections.abc import Sequence
from pathlib import Path

from understudy.cli.arguments import call, origin, progress
from understudy.cli.training_data import read_set, source
from understudy.surrogates.authors_recipe import fit_authors_recipe
from understudy.surrogates.mmgp_model import save_mmgp

__all__ = ["main", "run"]


def run(data: Path, out: Path, fields: tuple[str, ...] = ()) -> None:
    """Morph and train as the authors' code does.

    Args:
        data: HDF5 data set.
        out: HDF5 file to write.
        fields: fields to learn; none named: all.
    """
    samples, known, units = read_set(data, "train")
    model = fit_authors_recipe(samples, known, units, fields=fields, progress=progress("fit"))
    save_mmgp(out, model, origin("understudy.cli.authors_fit", data=source(data)))


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "authors-fit")
