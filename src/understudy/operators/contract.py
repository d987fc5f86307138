"""What every operator can do, and what those with symbols can do too."""

from typing import Protocol, runtime_checkable

from jaxtyping import Bool, Float, Int
from torch import Tensor

__all__ = ["Operator", "SymbolOperator"]


@runtime_checkable
class Operator(Protocol):
    """Values at points -> values at queries."""

    def __call__(
        self,
        points: Float[Tensor, "b n d"],
        features: Float[Tensor, "b n f"],
        queries: Float[Tensor, "b q e"],
        guess: Int[Tensor, "b l"] | None = None,
        present: Bool[Tensor, "b n"] | None = None,
    ) -> Float[Tensor, "b q c"]:
        """Answer.

        Args:
            points: coordinates of what was seen.
            features: its values.
            queries: coordinates of what is asked for.
            guess: words of an equation, padded with 0; None: nothing is known. Operators without
                symbols do not look at it.
            present: points that are there; None: all.

        Returns:
            Values at the queries, in the unit of the features.
        """
        ...


@runtime_checkable
class SymbolOperator(Protocol):
    """An operator with a second head, which writes an equation."""

    def memory(
        self,
        points: Float[Tensor, "b n d"],
        features: Float[Tensor, "b n f"],
        guess: Int[Tensor, "b l"] | None = None,
        present: Bool[Tensor, "b n"] | None = None,
    ) -> tuple[Float[Tensor, "b m w"], Bool[Tensor, "b m"] | None]:
        """What the words are written from, and which of its rows are there."""
        ...
