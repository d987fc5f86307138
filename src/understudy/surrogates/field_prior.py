"""What is proposed as the equation of a field: parameters with their priors.

A network's equation has numbers, of a family that it knows or as they stand. A guess has none:
they begin where the weak form wants them. With a(t) the modes of the slices and F_j(t) those of
the products of the equation,

    a(t) = sum_j c_j int_0^t F_j + (a polynomial in t that the initial values decide).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.equation import Equation, freed
from understudy.equations.numbers import number_by_product
from understudy.equations.rhs import RightHandSide
from understudy.equations.terms import Derivative, Symbol
from understudy.surrogates.equation_network import Learned
from understudy.surrogates.field_places import Place
from understudy.surrogates.field_refinement import Modes

__all__ = ["SMALLEST", "Prior", "weak_numbers"]

_WRITTEN, _FAR = 0.25, 0.5
SMALLEST = 1e-3
"""Deviation of the prior of a number that is nearly zero."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Prior:
    """An equation that somebody proposes.

    Attributes:
        equation: with parameters.
        centre: their prior means.
        spread: their prior deviations.
        source: who proposes it.
    """

    equation: Equation
    centre: Float[np.ndarray, " P"]
    spread: Float[np.ndarray, " P"]
    source: str

    @classmethod
    def of_written(cls, learned: Learned, known: Sequence["Prior"]) -> "Prior":
        """What a network wrote: a family that it has learned, or numbers as they stand.

        Of several families of one skeleton it is the one whose numbers are nearest, and none if
        they are far from those of all.

        Args:
            learned: equation with numbers.
            known: the families, with their priors.
        """
        own = number_by_product(learned.equation)
        near: list[tuple[float, Prior]] = []
        for one in known:
            if one.equation.skeleton == learned.equation.skeleton:
                names = dict(zip(one.equation.parameters, one.centre.tolist(), strict=True))
                means = number_by_product(one.equation.with_values(names))
                apart = max((abs(own[k] / v - 1) for k, v in means.items() if v), default=0.0)
                near.append((apart, one))
        if near and min(near, key=lambda n: n[0])[0] < _FAR:
            return min(near, key=lambda n: n[0])[1]
        skeleton, values = freed(learned.equation)
        spread = np.maximum(_WRITTEN * np.abs(values), SMALLEST)
        return cls(equation=skeleton, centre=values, spread=spread, source="network")


def weak_numbers(
    equation: Equation,
    place: Place,
    modes: Modes,
    times: Float[np.ndarray, " T"],
    window: Float[np.ndarray, "T X"],
) -> Float[np.ndarray, " P"]:
    """Numbers of a guess, all of them factors of terms, by least squares of its weak form.

    A diffusion or a speed of waves that comes out negative is one in ten thousand.
    """
    basis = modes.values
    near = basis[place.at[place.own]]
    slices = np.linalg.lstsq(near, window[:, place.own].T, rcond=None)[0].T
    fields = slices @ basis.T
    count = len(equation.parameters)
    right = RightHandSide(equation, derive=place.derive, x=place.x, right=equation.right)

    def rates(values: np.ndarray) -> np.ndarray:
        """Modes of the right-hand side, integrated as often as the equation is of order."""
        tiled = np.tile(values[:, None], (1, len(times)))
        made = right.bind(tiled)(0.0, fields[None])[0]
        found = np.linalg.lstsq(basis, made.T, rcond=None)[0].T
        step = times[1] - times[0]
        for _ in range(equation.orders[0]):
            mean = (found[1:] + found[:-1]) / 2 * step
            found = np.concatenate([np.zeros_like(found[:1]), np.cumsum(mean, axis=0)])
        return found

    base = rates(np.zeros(count))
    features = [rates(np.eye(count)[j]) - base for j in range(count)]
    # What initial values decide is left out of both sides.
    powers = np.vander((times - times[0]) / np.ptp(times), equation.orders[0])
    frame, _ = np.linalg.qr(powers)

    def rest(values: np.ndarray) -> np.ndarray:
        return (values - frame @ (frame.T @ values)).ravel()

    if not count:
        return np.zeros(0)
    matrix = np.stack([rest(f) for f in features], axis=1)
    found = np.linalg.lstsq(matrix, rest(slices - base), rcond=1e-8)[0]
    return _signed(equation, np.nan_to_num(found))


def _signed(equation: Equation, values: np.ndarray) -> Float[np.ndarray, " P"]:
    """With diffusions that smooth."""
    found = values.copy()
    for monomial, number in equation.right[0]:
        names = [f.name for f, _ in monomial if isinstance(f, Symbol)]
        orders = [f.order for f, _ in monomial if isinstance(f, Derivative)]
        if len(monomial) == 2 and len(names) == 1 and orders in ([2], [4]):
            place = equation.parameters.index(names[0])
            sign = np.sign(number) * (1 if orders == [2] else -1)
            least = 1e-4 if orders == [2] else 1e-8
            found[place] = sign * max(sign * found[place], least)
    return found
