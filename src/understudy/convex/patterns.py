"""Which samples a neuron sees: patterns 1[X g >= 0] of directions g.

With columns in general position there are 2 sum_{k < r} C(n - 1, k) of them (Cover 1965), 2 n in
two dimensions, where all can be listed.
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float

__all__ = ["Patterns", "all_patterns", "sampled_patterns"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Patterns:
    """Patterns, each once, and a direction that has it.

    Attributes:
        seen: a column a pattern.
        directions: a row a pattern, of unit length, in the interior of its cone.
    """

    seen: Bool[np.ndarray, "n P"]
    directions: Float[np.ndarray, "P d"]


def sampled_patterns(x: Float[np.ndarray, "n d"], many: int, rng: np.random.Generator) -> Patterns:
    """Patterns of random directions.

    Args:
        x: samples.
        many: patterns that are wanted.
        rng: of the directions.

    Raises:
        ValueError: not so many were found among a hundred times as many directions.
    """
    found: dict[bytes, np.ndarray] = {}
    for _ in range(100):
        for g in rng.standard_normal((many, x.shape[1])):
            found.setdefault((x @ g >= 0).tobytes(), g)
            if len(found) == many:
                return _of(x, np.stack([*found.values()]))
    raise ValueError(f"patterns: expected {many} different ones, found {len(found)}")


def all_patterns(x: Float[np.ndarray, "n d"]) -> Patterns:
    """All patterns in two dimensions: one between each two directions at which a sample turns.

    Raises:
        ValueError: another dimension.
    """
    if x.shape[1] != 2:
        raise ValueError(f"x: expected two columns, got {x.shape[1]}")
    turn = np.arctan2(x[:, 1], x[:, 0]) + np.pi / 2
    angles = np.unique(np.concatenate([turn, turn + np.pi]) % (2 * np.pi))
    middle = (angles + np.append(angles[1:], angles[0] + 2 * np.pi)) / 2
    directions = np.stack([np.cos(middle), np.sin(middle)], axis=1)
    once = {(x @ g >= 0).tobytes(): g for g in directions}
    return _of(x, np.stack([*once.values()]))


def _of(x: np.ndarray, directions: np.ndarray) -> Patterns:
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    return Patterns(seen=x @ unit.T >= 0, directions=unit)
