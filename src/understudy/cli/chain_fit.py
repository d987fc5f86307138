"""Stage: MMGP of a linear zone, and what it gets wrong on zones left out of learning."""

import sys
from collections.abc import Sequence
from pathlib import Path

from understudy.cli.arguments import call, origin
from understudy.surrogates.boundary_model import load_boundary
from understudy.surrogates.chain_histories import chain_histories
from understudy.surrogates.chain_responses import (
    ChainModel,
    left_out,
    load_responses,
    save_chain,
)
from understudy.surrogates.zone_mmgp import ZoneMMGP

__all__ = ["main", "run"]


def run(
    responses: Path,
    law: Path,
    spec: ZoneMMGP,
    folds: int,
    draws: int,
    repeats: int,
    seed: int,
    out: Path,
) -> None:
    """Learn.

    Args:
        responses: HDF5 file of chain-responses, of the training zones.
        law: HDF5 file of boundary-fit.
        spec: settings.
        folds: parts of the zones that are left out in turn.
        draws: histories that the law draws, as in chain-responses.
        repeats: draws at the inputs of each of its runs.
        seed: of the draws.
        out: HDF5 file to write.
    """
    data = load_responses(responses)
    weights = chain_histories(load_boundary(law).law, draws, repeats, seed).weights
    model = ChainModel(
        carrier=data.carrier,
        zone=spec.fit(data.samples),
        left_out=left_out(spec, data, weights, folds),
        holes=data.holes,
    )
    save_chain(out, model, origin("understudy.cli.chain_fit", seed=seed))
    sys.stdout.write(
        f"{out}: fields left out are predicted with an error of "
        f"{model.left_out.field.mean():.3f}\n"
    )


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "chain-fit")
