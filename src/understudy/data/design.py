"""Designs of experiments: scrambled Sobol points in a box of named variables.

A Sobol sequence is extensible: its first n points are a design too, so training sets of growing
size are nested. The test set comes from a sequence scrambled with another seed.

Reference: A. B. Owen, "Randomly permuted (t, m, s)-nets and (t, s)-sequences", 1995.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.stats import qmc

__all__ = ["Variable", "sobol"]


@final
@dataclass(frozen=True, kw_only=True)
class Variable:
    """One uniform input of a simulation.

    Attributes:
        name: the word that files, configurations and command lines use.
        low: lower bound, in `unit`.
        high: upper bound, in `unit`.
        unit: unit as text, "" when dimensionless.
        known: whether a surrogate may see it; a shape variable is known to the mesher alone.
    """

    name: str
    low: float
    high: float
    unit: str
    known: bool

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(
                f"variable {self.name}: expected low < high, got {self.low}, {self.high}"
            )


def sobol(variables: Sequence[Variable], size: int, seed: int) -> Float[np.ndarray, "size d"]:
    """The first `size` points of a scrambled Sobol sequence.

    Returns:
        A row a sample, columns in the order of `variables` and in their units. The first k rows do
        not depend on `size`.

    Raises:
        ValueError: `size` below 1.
    """
    if size < 1:
        raise ValueError(f"size of a design: expected at least 1, got {size}")
    sampler = qmc.Sobol(d=len(variables), scramble=True, rng=np.random.default_rng(seed))
    unit = sampler.random_base2(int(np.ceil(np.log2(size))))[:size]
    return qmc.scale(unit, [v.low for v in variables], [v.high for v in variables])
