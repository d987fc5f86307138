"""Units as text: products of powers of symbols, "MPa s^(1/10)" or "N/mm^2", "" for a number."""

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

__all__ = ["checked_units", "parse_unit"]

_FACTOR = re.compile(r"(/?)\s*([A-Za-z°%µ]+)(?:\^\(?(-?\d+(?:/\d+)?(?:\.\d+)?)\)?)?\s*\*?\s*")


def parse_unit(unit: str) -> dict[str, Fraction]:
    """Exponent of each symbol; {} for a number without dimension.

    Raises:
        ValueError: a unit that is not a product of powers; names it.
    """
    found: dict[str, Fraction] = {}
    place = 0
    text = (
        unit.strip().removeprefix("1").strip() if unit.strip().startswith("1/") else unit.strip()
    )
    while place < len(text):
        match = _FACTOR.match(text, place)
        if match is None or match.end() == place:
            raise ValueError(f"unit: expected a product of powers of symbols, got {unit!r}")
        over, symbol, power = match.groups()
        exponent = Fraction(power or 1) * (-1 if over else 1)
        found[symbol] = found.get(symbol, Fraction(0)) + exponent
        place = match.end()
    return {symbol: power for symbol, power in found.items() if power}


def checked_units(units: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Units of `names`, "" where none is given.

    Raises:
        ValueError: a unit that cannot be read, or one for a name that is not there; names it.
    """
    known = list(names)
    for name, unit in units.items():
        if name not in known:
            raise ValueError(f"units: expected names of {sorted(known)}, got {name!r}")
        try:
            parse_unit(unit)
        except ValueError as error:
            raise ValueError(f"units, {name}: {error}") from error
    return {name: units.get(name, "") for name in known}
