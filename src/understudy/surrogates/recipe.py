"""How outputs are represented before they are learned; leave-one-out decides.

A field may be measured in a product of inputs with its dimension (stress in loads, displacement in
load over stiffness: `dimensions`), and its amplitude may be learned apart from its pattern,

    U = s(mu) a w,    a = |U / s|_M / |1|_M,    w = pattern of amplitude 1,

where 1 / a is learned, a stiffness: it falls to zero smoothly where the amplitude grows without
bound, as near collapse. Inputs may be replaced by logarithms of groups without dimension. What is
chosen, and how, stands in `choice`.
"""

from dataclasses import dataclass, field
from typing import final

import numpy as np
from jaxtyping import Float

__all__ = ["FieldRecipe", "Recipe", "ScalarRecipe", "combined"]


@final
@dataclass(frozen=True, kw_only=True)
class FieldRecipe:
    """Representation of one field.

    Attributes:
        scale: exponents of the inputs whose product is the unit of measurement; {}: its own unit.
        amplitude: whether the amplitude is learned apart from the pattern.
        hurdle: whether it is learned from the samples above zero, and their probability apart.
        law: whether it is a stress that follows from predicted strain; the rest is then unused.
    """

    scale: dict[str, float] = field(default_factory=dict)
    amplitude: bool = False
    hurdle: bool = False
    law: bool = False


@final
@dataclass(frozen=True, kw_only=True)
class ScalarRecipe:
    """Representation of one scalar.

    Attributes:
        scale: as for a field.
        transform: "identity", "log" or "reciprocal" of the scaled value; "latent" of a closure, or
            "greatest" of its latent field; "hurdle", the value as it is.
    """

    scale: dict[str, float] = field(default_factory=dict)
    transform: str = "identity"


@final
@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Representation of a data set.

    Attributes:
        groups: exponents of the inputs in each group; (): inputs as they are.
        fields: by name.
        scalars: by name.
    """

    groups: tuple[dict[str, float], ...] = ()
    fields: dict[str, FieldRecipe] = field(default_factory=dict)
    scalars: dict[str, ScalarRecipe] = field(default_factory=dict)


def combined(
    powers: dict[str, float], names: tuple[str, ...], inputs: Float[np.ndarray, "N k"]
) -> Float[np.ndarray, " N"]:
    """Product of powers of inputs, a number a row."""
    out = np.ones(len(inputs))
    for name, power in powers.items():
        out = out * inputs[:, names.index(name)] ** power
    return out
