"""Histories at inputs that were not run, from the run whose inputs are nearest.

`nearest` finds it. Its history alone answers with the wrong inputs; `moved` lets a learned law say
what the difference of inputs does,

    x = s (x_i / s_i + G(z, u) - G(z, u_i)),

with the inputs u and scale s wanted, those of run i and the same latent numbers z on both sides.
The run brings what a network smears out, the network what the run does not know.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Int

from understudy.surrogates.stochastic_boundary import FittedBoundary

__all__ = ["moved", "nearest"]


def nearest(
    names: Sequence[str],
    known: Mapping[str, Float[np.ndarray, " N"]],
    wanted: Mapping[str, Float[np.ndarray, " n"]],
) -> Int[np.ndarray, " n"]:
    """Place of the run that is nearest in the named inputs, over their deviations."""
    ours, theirs = (np.stack([inputs[n] for n in names], axis=1) for inputs in (known, wanted))
    distance = np.linalg.norm((theirs[:, None] - ours[None]) / ours.std(axis=0), axis=2)
    return distance.argmin(axis=1)


def moved(
    law: FittedBoundary,
    histories: Float[np.ndarray, "N t b 2"],
    known: Mapping[str, Float[np.ndarray, " N"]],
    wanted: Mapping[str, Float[np.ndarray, " n"]],
    seed: int,
) -> Float[np.ndarray, "n t b 2"]:
    """Histories of the nearest runs, moved to the wanted inputs by a law of histories.

    Args:
        law: knows its inputs, all of which are given.
        histories: of the runs, in m.
        known: inputs of the runs.
        wanted: inputs of the new histories.
        seed: of the latent numbers.
    """
    place = nearest([name for name in law.laws if name != law.scale], known, wanted)
    here = {name: known[name][place] for name in law.laws}
    there = {name: wanted[name] for name in law.laws}
    own = histories[place]
    if law.scale:
        size = there[law.scale]
        own = own * (size / here[law.scale])[:, None, None, None]
        here[law.scale] = size
    after, before = (
        law.sample(len(place), np.random.default_rng(seed), inputs) for inputs in (there, here)
    )
    return own + after - before
