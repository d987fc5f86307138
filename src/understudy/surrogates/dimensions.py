"""Dimensional analysis from the units in a data file.

A unit is a product of powers of symbols, "MPa s^(1/10)" or "N/mm^2"; symbols are taken as
independent. Buckingham's theorem (1914): a law between quantities is one between products of
powers without dimension,

    pi_j = x_j / prod_k x_k^(a_jk),   k over inputs (the repeating ones) that span all dimensions.

An input whose dimension no other shares stays as it is: a constant that is not among the inputs
(the duration of a test, say) carries its dimension.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np
from jaxtyping import Float

from understudy.data.units import parse_unit

__all__ = ["groups", "parse_unit", "scales"]


def _matrix(units: Sequence[str]) -> Float[np.ndarray, "s k"]:
    """Exponents, a row a symbol, a column a unit."""
    parsed = [parse_unit(unit) for unit in units]
    symbols = sorted({symbol for unit in parsed for symbol in unit})
    return np.array([[float(unit.get(s, 0)) for unit in parsed] for s in symbols]).reshape(
        len(symbols), len(units)
    )


def groups(units: Mapping[str, str]) -> list[dict[str, float]]:
    """Products of powers of inputs that replace them, without dimension where that is possible.

    Args:
        units: unit of each input.

    Returns:
        Exponents by input for each group; a single input with exponent 1 stays itself.
    """
    names = list(units)
    matrix = _matrix([units[n] for n in names])
    pivots: list[int] = []
    for k in range(len(names)):
        if np.linalg.matrix_rank(matrix[:, [*pivots, k]]) > len(pivots):
            pivots.append(k)
    out = []
    used: set[int] = set()
    for k in range(len(names)):
        if k in pivots:
            continue
        powers = np.linalg.lstsq(matrix[:, pivots], matrix[:, k], rcond=None)[0]
        group = {names[k]: 1.0}
        for pivot, power in zip(pivots, powers, strict=True):
            if abs(power) > 1e-9:
                group[names[pivot]] = -round(float(power), 9)
                used.add(pivot)
        out.append(group)
    return out + [{names[k]: 1.0} for k in pivots if k not in used]


def scales(unit: str, units: Mapping[str, str], length: str) -> list[dict[str, float]]:
    """Simple products of inputs in whose multiples an output can be measured.

    Args:
        unit: of the output.
        units: unit of each input.
        length: unit of length, which the geometry carries: powers of it are free.

    Returns:
        Exponents by input, {} (nothing) first; at most two inputs, powers 1 and -1.
    """
    names = [n for n, u in units.items() if parse_unit(u)]
    target = parse_unit(unit)
    found: list[dict[str, float]] = [{}]
    for count in (1, 2):
        for chosen in combinations(names, count):
            for signs in np.ndindex(*([2] * count)):
                powers = {n: 1.0 - 2.0 * s for n, s in zip(chosen, signs, strict=True)}
                left = dict(target)
                for n, power in powers.items():
                    for symbol, exponent in parse_unit(units[n]).items():
                        left[symbol] = left.get(symbol, Fraction(0)) - exponent * int(power)
                if all(symbol == length for symbol, power in left.items() if power):
                    found.append(powers)
    return found
