"""The page of a study: sections with their cards and verdicts, filled into a template.

The page stands alone: pictures and the field that can be turned are inside it.
"""

import base64
import json
import mimetypes
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from understudy.studies.cards import RULES, judge, plain_name, read_card

__all__ = ["picture", "read_sections", "render", "show", "text"]

_WEIGHT = ("do not use", "with care", "holds")


def read_sections(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Sections with `card` and `verdict` as objects, each with its own `anchor`.

    Raises:
        ValueError: a section lacks what every stage owes; names the file and the field.
    """
    found = []
    for k, path in enumerate(paths):
        section = json.loads(path.read_text(encoding="utf-8"))
        for key in ("title", "question", "notes", "tables", "figures"):
            if key not in section:
                raise ValueError(f"{path}: expected a field {key!r}, got {sorted(section)}")
        card = read_card(section, str(path))
        found.append(section | {"card": card, "verdict": judge(card), "anchor": f"stage-{k}"})
    return found


def render(
    template: Path,
    study: str,
    sections: Sequence[Mapping[str, Any]],
    graph: str,
    times: Mapping[str, Any],
    provenance: Mapping[str, Any],
) -> str:
    """The page.

    Args:
        template: its file; what it includes lies beside it.
        study: name.
        sections: of `read_sections`.
        graph: SVG picture of the rules.
        times: by name, and `jobs`.
        provenance: settings, codes, software and machine.
    """
    environment = Environment(
        loader=FileSystemLoader(template.parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"show": show, "plain": plain_name, "said": text}
    words = Counter(section["verdict"].word for section in sections)
    return environment.get_template(template.name).render(
        study=study,
        sections=sections,
        rules=RULES,
        words=[(words[word], word) for word in _WEIGHT if words[word]],
        graph=graph[graph.index("<svg") :],
        picture=picture,
        scene=_scene,
        jobs=sorted(times["jobs"], key=lambda job: -job["seconds"]),
        times={k: v for k, v in times.items() if isinstance(v, float)},
        provenance=provenance,
    )


def picture(path: str) -> str:
    """A file as the address of its content."""
    kind = mimetypes.guess_type(path)[0]
    return f"data:{kind};base64," + base64.b64encode(Path(path).read_bytes()).decode()


def _scene(path: str) -> str:
    """A page that can be turned, as text that a script reads."""
    return base64.b64encode(Path(path).read_bytes()).decode()


def show(value: object) -> str:
    """A cell of a table: three digits, powers where they are shorter, a dash for nothing."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, float):
        return str(value)
    size = abs(value)
    if value == 0 or 1e-3 <= size < 1e4:
        # Shares near one differ in their last digits.
        digits = 5 if 0.9 <= size < 1 else 3
        shown = f"{value:.{digits}g}" if size < 100 else f"{value:.0f}"
    else:
        shown = f"{value:.2e}"
    return shown.replace("-", "−", 1) if value < 0 else shown


def text(value: str) -> str:
    """A sentence with a first capital, unless it starts with a name of the code."""
    first = value.split(maxsplit=1)[0] if value.strip() else ""
    return value if "_" in first else value[:1].upper() + value[1:]
