"""Energy distance of two samples: 2 E|A - B| - E|A - A'| - E|B - B'| (Szekely & Rizzo 2013)."""

import numpy as np
from jaxtyping import Float
from scipy.spatial.distance import cdist

__all__ = ["energy_distance", "joined"]


def energy_distance(a: Float[np.ndarray, "n d"], b: Float[np.ndarray, "m d"]) -> float:
    """Distance over all pairs of rows, in the unit of the columns; 0 for equal samples."""
    across, within, other = (float(cdist(p, q).mean()) for p, q in ((a, b), (a, a), (b, b)))
    return 2.0 * across - within - other


def joined(
    made: Float[np.ndarray, "n d"],
    given: Float[np.ndarray, "n k"],
    held: Float[np.ndarray, "h d"],
    context: Float[np.ndarray, "h k"],
) -> float:
    """Distance of generated to held-out rows with their standardised conditions.

    Samples are divided by the total deviation of the held-out ones, so that they weigh as much as
    one condition does.
    """
    total = float(np.sqrt(held.var(axis=0).sum())) or 1.0
    a, b = ((made / total, given), (held / total, context))
    return energy_distance(np.concatenate(a, axis=1), np.concatenate(b, axis=1))
