"""Equations as words, in prefix notation, and back.

    sum -> add product sum,   product -> mul factor product,   power -> pow factor integer,

components between bars. A number is a sign, a mantissa of three digits and the exponent of that
integer, 2.6 = + N260 E-2 (d'Ascoli et al. 2023, arXiv 2310.05573, section 3.1), so it keeps three
digits. A parameter without a value is a placeholder. Every prefix of words has a set of words that
may follow; what follows it from beginning to end is an equation.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import final

import numpy as np
from jaxtyping import Bool

from understudy.equations.equation import Equation
from understudy.equations.terms import FUNCTIONS, Call, Derivative, Factor, Symbol, Terms

__all__ = ["Tokenizer", "rounded"]

_PAD, _BEGIN, _END = "<pad>", "<begin>", "<end>"
_UNKNOWN, _BAR = "<?>", "|"
_TWO, _ONE = ("add", "mul"), ("neg",)
_DEEPEST = 60
"""Words within one another; the terms of a sum are."""


def _number(value: float) -> tuple[str, str, str]:
    mantissa, _, power = f"{abs(value):.2e}".partition("e")
    return ("-" if value < 0 else "+", f"N{mantissa.replace('.', '')}", f"E{int(power) - 2}")


def _value(sign: str, mantissa: str, exponent: str) -> float:
    return float(f"{sign}{mantissa[1:]}e{exponent[1:]}")


def rounded(equation: Equation) -> Equation:
    """With all numbers as their words say them: three digits."""

    def three(terms: Terms) -> Terms:
        found = Terms(())
        for monomial, number in terms:
            product = Terms.number(number if abs(number) == 1.0 else _value(*_number(number)))
            for factor, exponent in monomial:
                inner = factor
                if isinstance(factor, Call):
                    inner = Call(factor.name, three(factor.argument))
                product = product * Terms.factor(inner, exponent)
            found += product
        return found

    right = tuple(three(terms) for terms in equation.right)
    return Equation(states=equation.states, orders=equation.orders, right=right)


@final
@dataclass(frozen=True, kw_only=True)
class Tokenizer:
    """Words for equations of given states.

    Attributes:
        states: names, of the first components of every equation.
        space: greatest order of derivatives along x; 0: no x.
        powers: greatest exponent; negative ones down to its negative.
        scale: greatest exponent of ten, of integers of three digits, either way.
        words: the vocabulary, made from the others.
    """

    states: tuple[str, ...]
    space: int = 0
    powers: int = 4
    scale: int = 12
    words: tuple[str, ...] = field(init=False)
    _place: Mapping[str, int] = field(init=False, repr=False, compare=False)
    _kinds: Mapping[str, np.ndarray] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.states or min(self.powers, self.scale) < 1 or self.space < 0:
            raise ValueError(
                f"tokenizer: expected states and positive powers and scale, got {self}"
            )
        slopes = [f"{s}_{'x' * k}" for s in self.states for k in range(1, self.space + 1)]
        names = [*self.states, "t", *(["x"] if self.space else []), *slopes]
        exponents = [e for e in range(-self.powers, self.powers + 1) if e not in (0, 1)]
        kinds = {
            "open": [*_TWO, *_ONE, "pow", *FUNCTIONS],
            "leaf": [*names, _UNKNOWN, "one"],
            "sign": ["+", "-"],
            "mantissa": [f"N{n:03d}" for n in range(1000)],
            "exponent": [f"E{e}" for e in range(-self.scale, self.scale + 1)],
            "power": [f"P{e}" for e in exponents],
            "bar": [_BAR, _BAR * 2],
        }
        words = (_PAD, _BEGIN, _END, *chain.from_iterable(kinds.values()))
        place = {word: i for i, word in enumerate(words)}
        masks = {}
        for kind, members in kinds.items():
            masks[kind] = np.zeros(len(words), dtype=bool)
            masks[kind][[place[w] for w in members]] = True
        for name, value in (("words", words), ("_place", place), ("_kinds", masks)):
            object.__setattr__(self, name, value)

    def encode(self, equation: Equation) -> list[int]:
        """Numbers of the words; parameters are placeholders.

        Raises:
            ValueError: the vocabulary has no word for something in the equation.
        """
        if equation.states != self.states[: len(equation.states)]:
            raise ValueError(
                f"states: expected the first of {', '.join(self.states)}, "
                f"got {', '.join(equation.states)}"
            )
        unknown = set(equation.parameters)
        found: list[str] = []
        for order, terms in zip(equation.orders, equation.right, strict=True):
            found += [*self._sum(terms, unknown), _BAR * order]
        missing = [word for word in found if word not in self._place]
        if missing:
            raise ValueError(f"equation: no word for {', '.join(dict.fromkeys(missing))}")
        return [self._place[word] for word in found]

    def decode(self, words: Sequence[int]) -> Equation:
        """The equation of words; placeholders become the parameters c0, c1, ...

        Raises:
            ValueError: the words are no equation.
        """
        texts = [self.words[w] for w in words]
        stream, count = iter(texts), iter(range(len(texts)))
        right: list[Terms] = []
        orders: list[int] = []
        try:
            while len(right) < texts.count(_BAR) + texts.count(_BAR * 2):
                right.append(self._read(stream, count))
                orders.append(len(next(stream)))
        except StopIteration as error:
            raise ValueError(f"words: expected more after {' '.join(texts)}") from error
        except (OverflowError, ZeroDivisionError) as error:
            raise ValueError(f"words: numbers out of range in {' '.join(texts)}") from error
        if list(stream) or not right:
            raise ValueError(f"words: expected an equation, got {' '.join(texts)}")
        states = self.states[: len(right)]
        return Equation(states=states, orders=tuple(orders), right=tuple(right))

    def allowed(self, words: Sequence[int]) -> Bool[np.ndarray, " v"]:
        """Which words may follow those given, the end among them."""
        waiting, components = ["term"], 0
        for word in words:
            text, kind = self.words[word], waiting.pop()
            if kind == "bar":
                components += 1
                waiting.append("term")
            elif kind == "term" and text in _TWO:
                waiting += ["term", "term"]
            elif kind == "term" and text == "pow":
                waiting += ["power", "base"]
            elif kind in ("term", "base") and (text in _ONE or text in FUNCTIONS):
                waiting.append("term")
            elif kind in ("term", "base") and text in "+-":
                waiting += ["exponent", "mantissa"]
            if not waiting:
                waiting.append("bar")
        kind = waiting[-1]
        kinds = self._kinds
        if kind == "term":
            mask = kinds["open"] | kinds["leaf"] | kinds["sign"]
            begun = words and self.words[words[-1]][0] != _BAR
            if components == len(self.states) and not begun:
                mask = np.zeros_like(mask)
            mask[self._place[_END]] = components > 0 and not begun
            return mask
        if kind == "base":
            mask = kinds["leaf"].copy()
            mask[[self._place[name] for name in FUNCTIONS]] = True
            mask[[self._place[_UNKNOWN], self._place["one"]]] = False
            return mask
        return kinds[kind].copy()

    def _sum(self, terms: Terms, unknown: set[str]) -> list[str]:
        if not len(terms):
            return list(_number(0.0))
        found: list[str] = []
        for i, (monomial, number) in enumerate(terms):
            parts = [self._factor(f, e, unknown) for f, e in monomial]
            plain = abs(number) != 1.0
            if plain:
                parts.insert(0, list(_number(number)))
            if not parts:
                parts = [["one"]]
            found += ["add"] if i < len(terms) - 1 else []
            found += ["neg"] if number == -1.0 else []
            for part in parts[:-1]:
                found += ["mul", *part]
            found += parts[-1]
        return found

    def _factor(self, factor: Factor, exponent: float, unknown: set[str]) -> list[str]:
        power = [] if exponent == 1 else ["pow"]
        end = [] if exponent == 1 else [f"P{exponent:g}"]
        if isinstance(factor, Call):
            return [*power, factor.name, *self._sum(factor.argument, unknown), *end]
        if isinstance(factor, Derivative):
            return [*power, f"{factor.name}_{'x' * factor.order}", *end]
        return [*power, _UNKNOWN if factor.name in unknown else factor.name, *end]

    def _read(self, stream: Iterator[str], count: Iterator[int], depth: int = 0) -> Terms:
        word, below = next(stream), depth + 1
        if depth > _DEEPEST:
            raise ValueError(f"words: expected at most {_DEEPEST} within one another")
        if word == "add":
            return self._read(stream, count, below) + self._read(stream, count, below)
        if word == "mul":
            return self._read(stream, count, below) * self._read(stream, count, below)
        if word == "neg":
            return -self._read(stream, count, below)
        if word == "pow":
            base = self._read(stream, count, below)
            return base ** float(next(stream)[1:])
        if word in FUNCTIONS:
            return Terms.call(word, self._read(stream, count, below))
        if word in "+-":
            return Terms.number(_value(word, next(stream), next(stream)))
        if word == _UNKNOWN:
            return Terms.symbol(f"c{next(count)}")
        if word == "one":
            return Terms.number(1.0)
        name, _, slope = word.partition("_")
        if slope:
            return Terms.factor(Derivative(name, len(slope)))
        if not self._kinds["leaf"][self._place[word]]:
            raise ValueError(f"words: expected a term, got {word!r}")
        return Terms.factor(Symbol(name))
