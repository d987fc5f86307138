"""Stage: a learning curve, by the Sobol sequence or by active learning."""

from collections.abc import Sequence
from pathlib import Path

from understudy.cli.arguments import call, progress
from understudy.cli.training_data import read_aligned, read_set
from understudy.files import write_json
from understudy.surrogates.learning import carried_test, learning_curve
from understudy.surrogates.mmgp import MMGP

__all__ = ["main", "run"]


def run(
    data: Path,
    aligned: Path,
    sizes: tuple[int, ...],
    prefix: str,
    out: Path,
    spec: MMGP = MMGP(),  # noqa: B008
    active: bool = False,
    workers: int = 1,
) -> None:
    """Train on growing sets and score each on the test set.

    Args:
        data: HDF5 data set.
        aligned: HDF5 file of the morph stage, the pool.
        sizes: numbers of training samples, increasing.
        prefix: start of every name.
        out: JSON file to write.
        spec: settings of the surrogate.
        active: choose designs by integrated variance instead of the Sobol sequence.
        workers: threads; the result does not depend on it.
    """
    pool, _ = read_aligned(aligned)
    samples, _, _ = read_set(data, "test")
    curve = learning_curve(
        spec, pool, carried_test(pool, samples), sizes,
        active=active, workers=workers, progress=progress("learn"),
    )  # fmt: skip
    kind = "active" if active else "sobol"
    write_json(
        out,
        {
            f"{prefix}.learning.{kind}_{size}.{name}": value
            for size, errors in curve.items()
            for name, value in errors.items()
        },
    )


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "mmgp-learning")
