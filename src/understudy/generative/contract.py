"""The contract of the family: a law learned from samples, given a condition or none.

A generator is a frozen specification. Fitted to rows x_1..x_N, and conditions c_1..c_N if the law
depends on any, it gives a sampler of x or of x given c.
"""

import abc

import numpy as np
from jaxtyping import Float

__all__ = ["Generator", "Sampler"]


class Sampler(abc.ABC):
    """A fitted law."""

    @abc.abstractmethod
    def sample(
        self, n: int, rng: np.random.Generator, condition: Float[np.ndarray, "m k"] | None = None
    ) -> Float[np.ndarray, "n d"]:
        """Draw `n` independent rows, in the unit of the training data.

        Args:
            n: rows wanted, at least 1.
            rng: all randomness comes from here.
            condition: a row of k values for each row wanted; None for a law without condition.

        Raises:
            ValueError: n below 1; a condition that is missing, superfluous, of another shape than
                (n, k) or not finite.
        """


class Generator(abc.ABC):
    """A specification of how a law is learned."""

    @abc.abstractmethod
    def fit(
        self, x: Float[np.ndarray, "N d"], condition: Float[np.ndarray, "m k"] | None = None
    ) -> Sampler:
        """Learn the law of the rows of `x`, given the rows of `condition` if there are any.

        Raises:
            ValueError: fewer than 2 rows, a value that is not finite, a condition of another
                length or without columns.
        """
