"""Elliptic holes by three numbers that a circle does not make singular.

With half length a, half width b and angle t of an ellipse,

    r = (a + b) / 2,    e = (a - b) / (a + b),    (e_1, e_2) = e (cos 2t, sin 2t),

so that a circle is e_1 = e_2 = 0, whatever its angle, and every (r, e_1, e_2) is one ellipse.
"""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.data import Variable, sobol

__all__ = ["NAMES", "HoleFamily", "axes_of"]

NAMES = ("radius", "stretch_1", "stretch_2")
"""Of the three numbers; the first in m, the others without unit."""


@final
@dataclass(frozen=True, kw_only=True)
class HoleFamily:
    """A box of holes.

    Attributes:
        radius: least and greatest mean of the half axes, in m.
        stretch: greatest magnitude of e_1 and of e_2; the ratio of the axes is at least
            (1 - 2^(1/2) stretch) / (1 + 2^(1/2) stretch).
    """

    radius: tuple[float, float]
    stretch: float

    def __post_init__(self) -> None:
        low, high = self.radius
        if not 0 < low < high:
            raise ValueError(f"radius: expected 0 < low < high, got {low} and {high}")
        if not 0 < self.stretch < 0.5**0.5:
            raise ValueError(f"stretch: expected in (0, {0.5**0.5:.3f}), got {self.stretch}")

    @property
    def low(self) -> Float[np.ndarray, " 3"]:
        """Least numbers of the box."""
        return np.array([self.radius[0], -self.stretch, -self.stretch])

    @property
    def high(self) -> Float[np.ndarray, " 3"]:
        """Greatest numbers of the box."""
        return np.array([self.radius[1], self.stretch, self.stretch])

    def draw(self, count: int, seed: int) -> Float[np.ndarray, "n 3"]:
        """The first points of a scrambled Sobol sequence in the box."""
        ends = zip(NAMES, ("m", "", ""), self.low.tolist(), self.high.tolist(), strict=True)
        box = [
            Variable(name=name, low=low, high=high, unit=unit, known=False)
            for name, unit, low, high in ends
        ]
        return sobol(box, count, seed)


def axes_of(numbers: Float[np.ndarray, " 3"]) -> tuple[float, float, float]:
    """Half length and half width in m, and angle in rad, of an ellipse."""
    radius, first, second = numbers.tolist()
    stretch = math.hypot(first, second)
    return radius * (1 + stretch), radius * (1 - stretch), 0.5 * math.atan2(second, first)
