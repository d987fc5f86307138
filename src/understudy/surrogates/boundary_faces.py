"""What a stochastic boundary needs of generators, of their laws and of submodels, and no more."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from understudy.linalg import ExtendedBasis

__all__ = ["Condition", "Generator", "LatentSampler", "Learn", "Quantity", "Sampler", "Submodel"]


@runtime_checkable
class Submodel(Protocol):
    """A zone that histories are imposed on."""

    def run(self, histories: Float[np.ndarray, "n t b 2"]) -> Float[np.ndarray, "n c"]:
        """Peak over time of the von Mises stress in each observed cell, in Pa."""


@runtime_checkable
class Sampler(Protocol):
    """A law that draws can be made from; the same generator gives the same draws."""

    def sample(
        self, n: int, rng: np.random.Generator, condition: Float[np.ndarray, "n k"] | None = None
    ) -> Float[np.ndarray, "n d"]:
        """Draws, a row each."""


@runtime_checkable
class LatentSampler(Protocol):
    """A sampler that pushes standard normal numbers forward."""

    @property
    def latent(self) -> int:
        """Number of latent variables."""

    def generate(
        self, z: Float[np.ndarray, "n l"], condition: Float[np.ndarray, "n k"] | None = None
    ) -> Float[np.ndarray, "n d"]:
        """Draws of latent numbers, a row each."""


@runtime_checkable
class Generator(Protocol):
    """Specification of a law to be learned."""

    def fit(
        self, x: Float[np.ndarray, "n d"], condition: Float[np.ndarray, "n k"] | None = None
    ) -> Sampler:
        """Learn the law of the rows of `x`."""


Quantity = Callable[[Float[np.ndarray, "n c"]], Float[np.ndarray, " n"]]
"""From the values of observed cells to the number whose law is wanted."""
Condition = Float[np.ndarray, "n k"] | None
"""Standard normal numbers of known inputs, a row a run; None: nothing is known."""
Learn = Callable[[Generator, ExtendedBasis, np.ndarray, Condition, Sampler | None], Sampler]
"""(generator, basis, coefficients, condition, law of all rows or None) -> law of these rows."""
