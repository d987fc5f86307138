"""Outlines of notches in the vertical sides of a square: half ellipses (rough or not), wedges.

A half ellipse of depth d and aspect q (half height over depth) at height y in the side x = +-a is

    x = +-(a - d rho cos t),   y + q d rho sin t,   t in [-pi/2, pi/2],
    rho = 1 + sum_k c_k sin(k (t + pi/2)),

so the two ends stay where they are whatever the roughness c_k.
"""

from dataclasses import dataclass
from typing import Literal, final

import numpy as np
from jaxtyping import Float

__all__ = ["Notch", "outline", "roughness"]


@final
@dataclass(frozen=True, kw_only=True)
class Notch:
    """A cut in a vertical side.

    Attributes:
        depth: how far it reaches, in the unit of length.
        height: y of its centre.
        aspect: half its height over its depth.
        shape: half ellipse, or a wedge with a sharp root.
        roughness: c_1, c_2, ... relative to the radius.
    """

    depth: float
    height: float = 0.0
    aspect: float = 1.0
    shape: Literal["ellipse", "wedge"] = "ellipse"
    roughness: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name in ("depth", "aspect"):
            if not getattr(self, name) > 0:
                raise ValueError(
                    f"notch, {name}: expected a positive number, got {getattr(self, name)}"
                )


def roughness(rng: np.random.Generator, amplitude: float, modes: int = 6) -> tuple[float, ...]:
    """Random c_2 ... c_modes with deviations amplitude / k^2; c_1 = 0 keeps the position."""
    drawn = rng.normal(size=modes - 1) * amplitude / np.arange(2, modes + 1) ** 2
    return (0.0, *drawn.tolist())


def outline(notch: Notch, a: float, sign: float, spacing: float) -> list[Float[np.ndarray, "_ 2"]]:
    """Smooth pieces of the cut, each a row of points, counter-clockwise around the plate.

    Args:
        notch: the cut.
        a: half the side of the square.
        sign: +1: in the right side, from below to above; -1: in the left one, from above.
        spacing: of the points, about.

    Raises:
        ValueError: the notch leaves the side.
    """
    half = notch.aspect * notch.depth
    if abs(notch.height) + half >= a:
        raise ValueError(
            f"notch: expected it within the side of half length {a:g}, got height "
            f"{notch.height:g} with half height {half:g}"
        )
    if notch.shape == "wedge":
        lower, root, upper = np.array([[0.0, -half], [notch.depth, 0.0], [0.0, half]])
        pieces = [np.array([lower, root]), np.array([root, upper])]
    else:
        count = max(12, int(np.pi * max(half, notch.depth) / spacing))
        t = np.linspace(-np.pi / 2, np.pi / 2, count + 1)
        wave = [c * np.sin(k * (t + np.pi / 2)) for k, c in enumerate(notch.roughness, start=1)]
        rho = 1.0 + np.sum(wave, axis=0) if wave else np.ones_like(t)
        depth = np.where(np.abs(t) == np.pi / 2, 0.0, notch.depth * rho * np.cos(t))
        pieces = [np.column_stack([depth, half * rho * np.sin(t)])]
    placed = [np.column_stack([sign * (a - p[:, 0]), notch.height + p[:, 1]]) for p in pieces]
    return placed if sign > 0 else [p[::-1] for p in placed[::-1]]
