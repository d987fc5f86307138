"""Units from flags or from a small file."""

import json
from collections.abc import Sequence
from pathlib import Path

import yaml

__all__ = ["read_units"]


def read_units(words: Sequence[str]) -> dict[str, str]:
    """Units by name, of words `name=unit` or of the one word that names a YAML or JSON file.

    Raises:
        ValueError: a word or a file of another form; names it.
    """
    if len(words) == 1 and Path(words[0]).suffix in (".json", ".yaml", ".yml"):
        return _read(Path(words[0]))
    units: dict[str, str] = {}
    for word in words:
        name, equals, unit = word.partition("=")
        if not (name and equals):
            raise ValueError(f"--units: expected name=unit, got {word!r}")
        if name in units:
            raise ValueError(f"--units: expected each name once, got {name!r} again")
        units[name] = unit
    return units


def _read(path: Path) -> dict[str, str]:
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    try:
        text = path.read_text(encoding="utf-8")
        found = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: cannot be read ({error})") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path}: expected a unit a name, got {found!r}")
    for name, unit in found.items():
        if not isinstance(name, str) or not isinstance(unit, str):
            raise ValueError(f"{path}: expected a unit as text for {name!r}, got {unit!r}")
    return found
