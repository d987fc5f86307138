"""What a plate with two side notches can carry at yield, from mechanisms of rigid parts.

Tractions are over the yield stress of a plate in plane strain, with c = 2/sqrt(3).

Net section of width w, the force off its centre by e, both ends of the interaction parabola of a
rectangular section (P. G. Hodge, Plastic Analysis of Structures, 1959, section 7.2):

    M / M0 + (N / N0)^2 = 1,  M = N e,  N0 = c w,  M0 = N0 w / 4,
    so that  N / N0 = sqrt(1 + 4 (e / w)^2) - 2 e / w.

Lip between a notch and the top: it turns about a hinge line of length l from a point at depth x_a
of the notch's upper outline to a point of the top at x_b from the side. The traction P on [0, x_b]
has M = P x_b x_a / 2 about the middle of the line, N and V by its inclination; with the effect of
shear (D. C. Drucker, J. Appl. Mech. 23, 1956)

    M / M0 + (N / N0)^2 + (V / V0)^4 = 1,  V0 = c l / 2,

and the least P over all lines counts that lean by at most one in two; flatter ones belong to the
net section.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from understudy.fem.notches import Notch

__all__ = ["limit_load"]

_YIELD = 2.0 / np.sqrt(3.0)
_STEPS = 45
"""Halvings of an interval: to the last digits of a double."""


def limit_load(notches: Sequence[Notch], side: float) -> float:
    """Least traction on the top over the yield stress at which a mechanism forms.

    Args:
        notches: one or two, in the vertical sides of a square.
        side: of the square, in the unit of the notches.
    """
    width = side - sum(n.depth for n in notches)
    depths = [n.depth for n in notches] + [0.0] * (2 - len(notches))
    off = abs(depths[0] - depths[1]) / 2 / width
    net = _YIELD * width / side * (np.sqrt(1 + 4 * off**2) - 2 * off)
    return min(float(net), *(_lip(n, side) for n in notches))


def _lip(notch: Notch, side: float) -> float:
    t = np.linspace(0.0, np.pi / 2, 41)[:, None]
    x_a = notch.depth * np.cos(t)
    rise = side / 2 - notch.height - notch.aspect * notch.depth * np.sin(t)
    x_b = np.maximum(x_a + rise * np.linspace(-0.5, 0.5, 101)[None, :], 1e-3 * side)
    length = np.hypot(x_b - x_a, rise)
    moment = x_b * x_a / 2 / (_YIELD * length**2 / 4)
    normal = x_b * np.abs(x_b - x_a) / length / (_YIELD * length)
    shear = x_b * rise / length / (_YIELD * length / 2)
    return float(_interaction(moment, normal, shear).min())


def _interaction(
    moment: Float[np.ndarray, "*s"],
    normal: Float[np.ndarray, "*s"],
    shear: Float[np.ndarray, "*s"],
) -> Float[np.ndarray, "*s"]:
    """P with moment P + (normal P)^2 + (shear P)^4 = 1, by halving."""
    low = np.zeros_like(moment)
    high = 1.0 / np.maximum(np.maximum(moment, normal), np.maximum(shear, 1e-12))
    for _ in range(_STEPS):
        middle = (low + high) / 2
        under = moment * middle + (normal * middle) ** 2 + (shear * middle) ** 4 < 1.0
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return (low + high) / 2
