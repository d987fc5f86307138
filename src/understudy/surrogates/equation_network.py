"""What a network that reads windows and writes equations can be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, final, runtime_checkable

import numpy as np
from jaxtyping import Float

from understudy.equations.equation import Equation

__all__ = ["Band", "EquationNetwork", "Learned"]

Band = tuple[Float[np.ndarray, "S D"], Float[np.ndarray, "S D"], Float[np.ndarray, "S D"]]
"""A forecast, the least and the greatest values that are expected."""


@final
@dataclass(frozen=True, kw_only=True)
class Learned:
    """An equation that the network wrote.

    Attributes:
        equation: with its numbers.
        log_probability: of its words.
    """

    equation: Equation
    log_probability: float


@runtime_checkable
class EquationNetwork(Protocol):
    """A forecast, and equations."""

    @property
    def families(self) -> tuple[str, ...]:
        """Names of those that it has learned."""
        ...

    def forecast(
        self,
        windows: Float[np.ndarray, "n T D"],
        ahead: Float[np.ndarray, " S"],
        guesses: Sequence[Equation] | None = None,
    ) -> Float[np.ndarray, "n S D"]:
        """States at later times.

        Args:
            windows: noisy states at the times that it has learned.
            ahead: times, counted from the first of the window.
            guesses: one a window; None: nothing is known.
        """
        ...

    def bands(
        self,
        windows: Float[np.ndarray, "n T D"],
        ahead: Float[np.ndarray, " S"],
        guesses: Sequence[Equation] | None = None,
        written: Sequence[Sequence[Learned]] | None = None,
    ) -> list[Band]:
        """Forecast, low and high of each window; 95 % of windows of its families lie between.

        Args:
            windows: noisy states at the times that it has learned.
            ahead: times, counted from the first of the window.
            guesses: one a window; None: nothing is known.
            written: what `decode` gave for them; None: it is asked.
        """
        ...

    def decode(
        self,
        windows: Float[np.ndarray, "n T D"],
        states: Sequence[str],
        guesses: Sequence[Equation] | None = None,
        beam: int = 1,
    ) -> list[list[Learned]]:
        """Equations of each window, the most probable first."""
        ...
