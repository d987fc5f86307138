"""Which designs to simulate next: those that lower the integrated predictive variance most.

With C_j the posterior covariance of output j over a pool of designs whose meshes are known, one
simulation at c lowers its variance at x by C_j(x, c)^2 / (C_j(c, c) + noise_j), whatever the
result. Chosen is, one after the other, each time with C_j updated,

    argmax_c  sum_j w_j sum_x C_j(x, c)^2 / (C_j(c, c) + noise_j)

(D. A. Cohn, "Neural network exploration using optimal experiment design", NIPS 1993; for Gaussian
processes A. Gorodetsky & Y. Marzouk, SIAM/ASA JUQ 4, 2016, section 3). The weights w_j make an
output count by the share of the field's variance that it carries: a coefficient's variance over
the measure of the part, an amplitude's relative variance; fields count alike.
"""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Float, Int

from understudy.regression.posterior import GPPosterior
from understudy.surrogates.field_model import FieldModel

__all__ = ["field_weights", "next_designs"]


def next_designs(
    processes: Iterable[tuple[GPPosterior, Float[np.ndarray, " m"]]],
    pool: Float[np.ndarray, "k d"],
    taken: Int[np.ndarray, " _"],
    count: int,
) -> Int[np.ndarray, " c"]:
    """Rows of `pool` to simulate next.

    Args:
        processes: posteriors with the weight of each of their outputs.
        pool: inputs of all designs, simulated or not: the measure of the integral.
        taken: rows that have been simulated.
        count: how many more.

    Raises:
        ValueError: fewer than `count` designs are left.
    """
    left = np.ones(len(pool), dtype=bool)
    left[taken] = False
    if left.sum() < count:
        raise ValueError(f"count: expected at most {left.sum()} designs left, got {count}")
    stacks, noises = [], []
    for posterior, weight in processes:
        stacks.append(weight[:, None, None] * posterior.covariance(pool))
        noises.append(weight * posterior.y_scale**2 * posterior.noise)
    covariance, noise = np.concatenate(stacks), np.concatenate(noises)
    chosen: list[int] = []
    for _ in range(count):
        own = np.einsum("jcc->jc", covariance) + noise[:, None]
        own = np.maximum(own, 1e-300)
        gain = (np.einsum("jxc,jxc->jc", covariance, covariance) / own).sum(axis=0)
        best = int(np.argmax(np.where(left, gain, -np.inf)))
        column = covariance[:, :, best].copy()
        covariance -= column[:, :, None] * column[:, None, :] / own[:, best, None, None]
        left[best] = False
        chosen.append(best)
    return np.array(chosen, dtype=int)


def field_weights(model: FieldModel, measure: float) -> Float[np.ndarray, " m"]:
    """Weight of each output of a field: shares of its variance, together 1 before training.

    Args:
        model: the field.
        measure: area of the reference part.
    """
    posterior = model.posterior
    own = np.full(len(posterior.y_scale), 1.0 / measure)
    if model.recipe.amplitude:
        own[0] = 1.0 / posterior.y_centre[0] ** 2
    return own / float(own @ posterior.y_scale**2)
