"""Units of length, time and stress that a folder of histories may have, and `units.json`."""

import json
from collections.abc import Iterable
from pathlib import Path

from understudy.data.units import checked_units

__all__ = ["OWN", "SI", "factor", "read_units"]

_SCALES = {
    "length": {"m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6},
    "time": {"s": 1.0, "ms": 1e-3, "us": 1e-6},
    "stress": {"Pa": 1.0, "kPa": 1e3, "MPa": 1e6, "GPa": 1e9},
}
OWN = ("length", "time", "stress", "displacement")
"""Keys of `units.json` that are no inputs."""
SI = {"length": "m", "time": "s", "stress": "Pa"}


def factor(where: str, kind: str, unit: str) -> float:
    """What a number of a unit is multiplied with to be in m, s or Pa.

    Args:
        where: file, for a message.
        kind: one of `OWN`.
        unit: say "mm".

    Raises:
        ValueError: a unit that is not known; names it and those that are.
    """
    known = _SCALES["length" if kind == "displacement" else kind]
    if unit not in known:
        raise ValueError(f"{where}, {kind}: expected one of {', '.join(known)}, got {unit!r}")
    return known[unit]


def read_units(path: Path, inputs: Iterable[str], stress: bool) -> dict[str, str]:
    """Units of `OWN` and of each input, as the file says them.

    Args:
        path: of `units.json`.
        inputs: names that need a unit, "" for a plain number.
        stress: whether a unit of stress is needed.

    Raises:
        ValueError: no such file, no mapping of names to text, a unit that is lacking, unknown or
            of no name; names it.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: cannot be read ({error})") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path}: expected a unit a name, got {found!r}")
    for name, unit in found.items():
        if not isinstance(unit, str):
            raise ValueError(f"{path}: expected a unit as text for {name!r}, got {unit!r}")
    needed = ["length", "time", *(["stress"] if stress else []), *inputs]
    for name in needed:
        if name not in found:
            raise ValueError(f"{path}: expected a unit of {name!r}, got {sorted(found)}")
    found = {"displacement": found["length"], "stress": "Pa"} | found
    for kind in OWN:
        factor(str(path), kind, found[kind])
    try:
        return checked_units(found, {*OWN, *inputs})
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
