"""Sums of products as tables of numbers, which one compiled loop reads for every equation.

An equation that is met once is not worth a compiler's seconds, and a few samples are too few for
arrays. So the terms are written down as a tape: sums of products, each a number times powers of
places, where a place is a state, a parameter, the time, or a function of an earlier sum. What the
tape says is run through the classical Runge-Kutta method (see `runge_kutta`), its slopes
carrying the sensitivities along.
"""

from collections.abc import Sequence
from typing import NamedTuple, final, no_type_check

import numpy as np
from jaxtyping import Float, Int
from numba import njit

from understudy.equations.terms import FUNCTIONS, Call, Symbol, Terms

__all__ = ["Tape", "carried", "states_at"]

_KINDS = tuple(sorted(FUNCTIONS))
_LANES = 64
"""Samples that go together: a processor's instructions take several numbers at a time."""
_COS, _EXP, _INV, _SIN, _TANH = range(len(_KINDS))


@final
class Tape(NamedTuple):
    """Sums over places: states, then parameters, then the time, then the functions.

    Attributes:
        sums: where the products of each sum begin and end; those of functions come first.
        numbers: of the products.
        products: where the factors of each product begin and end.
        places: of the factors.
        powers: of the factors.
        kinds: of the functions; the k-th is one of the k-th sum.
        named: number of states and parameters.
    """

    sums: Int[np.ndarray, " S+1"]
    numbers: Float[np.ndarray, " M"]
    products: Int[np.ndarray, " M+1"]
    places: Int[np.ndarray, " F"]
    powers: Float[np.ndarray, " F"]
    kinds: Int[np.ndarray, " C"]
    named: int

    @classmethod
    def of(cls, wanted: Sequence[Terms], names: Sequence[str]) -> "Tape":
        """The tape of some sums.

        Args:
            wanted: the sums.
            names: of the states, then of the parameters.

        Raises:
            ValueError: a derivative, or a symbol without a place.
        """
        symbols = {name: k for k, name in enumerate((*names, "t"))}
        calls: dict[Call, int] = {}

        def gather(terms: Terms) -> None:
            for monomial, _ in terms:
                for factor, _ in monomial:
                    if isinstance(factor, Call) and factor not in calls:
                        gather(factor.argument)
                        calls[factor] = len(calls)

        for terms in wanted:
            gather(terms)

        def place(factor: object) -> int:
            if isinstance(factor, Call):
                return len(symbols) + calls[factor]
            if not isinstance(factor, Symbol) or factor.name not in symbols:
                raise ValueError(f"term: expected states, parameters and t, got {factor}")
            return symbols[factor.name]

        sums, numbers, products = [0], list[float](), [0]
        places, powers = list[int](), list[float]()
        for terms in (*(c.argument for c in calls), *wanted):
            for monomial, number in terms:
                places += [place(factor) for factor, _ in monomial]
                powers += [float(power) for _, power in monomial]
                numbers.append(float(number))
                products.append(len(places))
            sums.append(len(numbers))
        return cls(
            sums=np.array(sums), numbers=np.array(numbers, dtype=float),
            products=np.array(products), places=np.array(places, dtype=int),
            powers=np.array(powers, dtype=float),
            kinds=np.array([_KINDS.index(c.name) for c in calls], dtype=int),
            named=len(names),
        )  # fmt: skip


def states_at(
    tape: Tape,
    values: Float[np.ndarray, "P n"],
    start: Float[np.ndarray, "D n"],
    times: Float[np.ndarray, " T"],
    substeps: int,
) -> Float[np.ndarray, "n T D"]:
    """States at times.

    Args:
        tape: of their rates.
        values: of the parameters.
        start: states at the first time.
        times: rising.
        substeps: between two times.

    Raises:
        ValueError: as `carried`.
    """
    none = np.empty(0, dtype=int)
    return carried(tape, none, none, values, start[:, None], times, substeps)[..., 0]


def carried(
    tape: Tape,
    rows: Int[np.ndarray, " S"],
    columns: Int[np.ndarray, " S"],
    values: Float[np.ndarray, "P n"],
    start: Float[np.ndarray, "D K n"],
    times: Float[np.ndarray, " T"],
    substeps: int,
) -> Float[np.ndarray, "n T D K"]:
    """States at times, each beside its sensitivities.

    Args:
        tape: of the rates of D states, then of S slopes.
        rows: the state whose rate each slope is of.
        columns: what it is by: a state, or D and the number of a parameter.
        values: of the parameters.
        start: states, and their sensitivities behind them, at the first time.
        times: rising.
        substeps: between two times.

    Raises:
        ValueError: values of other parameters, or of another number of samples.
    """
    wanted = (tape.named - len(start), start.shape[2])
    if values.shape != wanted:
        raise ValueError(
            f"values: expected a row for each of {wanted[0]} parameters and a column for each of "
            f"{wanted[1]} samples, got shape {values.shape}"
        )
    own = (np.ascontiguousarray(a, dtype=float) for a in (values, start, times))
    return _run(tape, rows, columns, *own, substeps)


@njit(cache=True, error_model="numpy")
@no_type_check
def _read(tape, values, found, product):
    """Values of all sums at some points; `values` has room for the functions."""
    calls, points = len(tape.kinds), len(product)
    first = len(values) - calls
    for s in range(len(tape.sums) - 1):
        total = found[s - calls] if s >= calls else values[first + s]
        total[:] = 0.0
        for m in range(tape.sums[s], tape.sums[s + 1]):
            product[:] = tape.numbers[m]
            for f in range(tape.products[m], tape.products[m + 1]):
                value, power = values[tape.places[f]], tape.powers[f]
                if power == 1.0:
                    for n in range(points):
                        product[n] *= value[n]
                elif power == 2.0:
                    for n in range(points):
                        product[n] *= value[n] * value[n]
                elif power == 3.0:
                    for n in range(points):
                        product[n] *= value[n] * value[n] * value[n]
                else:
                    for n in range(points):
                        product[n] *= value[n] ** power
            for n in range(points):
                total[n] += product[n]
        if s < calls:
            _call(tape.kinds[s], total)


@njit(cache=True, error_model="numpy")
@no_type_check
def _call(kind, value):
    """A function of some numbers, in their place."""
    for n in range(len(value)):
        if kind == _SIN:
            value[n] = np.sin(value[n])
        elif kind == _COS:
            value[n] = np.cos(value[n])
        elif kind == _EXP:
            value[n] = np.exp(value[n])
        elif kind == _TANH:
            value[n] = np.tanh(value[n])
        elif kind == _INV:
            value[n] = 1.0 / value[n]


@njit(cache=True, error_model="numpy")
@no_type_check
def _rate(tape, rows, columns, t, y, values, made, product, change):
    """What the states do, and their sensitivities: S' = (df/du) S + [df/dtheta, 0]."""
    d, width, points = y.shape
    values[:d] = y[:, 0]
    values[len(values) - len(tape.kinds) - 1] = t
    _read(tape, values, made, product)
    change[:, 0] = made[:d]
    change[:, 1:] = 0.0
    for s in range(len(rows)):
        i, j, slope = rows[s], columns[s], made[d + s]
        if j >= d:
            change[i, 1 + j - d] += slope
            continue
        for k in range(1, width):
            for n in range(points):
                change[i, k, n] += slope[n] * y[j, k, n]


@njit(cache=True, error_model="numpy")
@no_type_check
def _moved(y, share, change, found):
    """A share of a change further on."""
    d, width, points = y.shape
    for i in range(d):
        for k in range(width):
            for n in range(points):
                found[i, k, n] = y[i, k, n] + share * change[i, k, n]


@njit(cache=True, error_model="numpy")
@no_type_check
def _run(tape, rows, columns, parameters, start, times, substeps):
    """As `carried`."""
    d, width, many = start.shape
    p, sums = len(parameters), len(tape.sums) - 1 - len(tape.kinds)
    found = np.empty((many, len(times), d, width))
    for begin in range(0, many, _LANES):
        end = min(many, begin + _LANES)
        points = end - begin
        values, product = np.zeros((d + p + 1 + len(tape.kinds), points)), np.empty(points)
        values[d : d + p] = parameters[:, begin:end]
        made, y = np.zeros((sums, points)), start[:, :, begin:end].copy()
        trial, one, two = np.empty_like(y), np.empty_like(y), np.empty_like(y)
        three, four = np.empty_like(y), np.empty_like(y)
        for i in range(len(times)):
            h = (times[i] - times[i - 1]) / substeps if i else 0.0
            for step in range(substeps if i else 0):
                now = times[i - 1] + step * h
                _rate(tape, rows, columns, now, y, values, made, product, one)
                _moved(y, h / 2, one, trial)
                _rate(tape, rows, columns, now + h / 2, trial, values, made, product, two)
                _moved(y, h / 2, two, trial)
                _rate(tape, rows, columns, now + h / 2, trial, values, made, product, three)
                _moved(y, h, three, trial)
                _rate(tape, rows, columns, now + h, trial, values, made, product, four)
                for a in range(d):
                    for k in range(width):
                        for n in range(points):
                            y[a, k, n] += (h / 6) * (
                                one[a, k, n]
                                + 2.0 * (two[a, k, n] + three[a, k, n])
                                + four[a, k, n]
                            )
            for n in range(points):
                found[begin + n, i] = y[:, :, n]
    return found
