"""Links of the pages: every file and every heading that a page points at is there.

python docs/links.py    prints what is not; addresses of other sites are not visited
"""

import re
import sys
from pathlib import Path

__all__ = ["broken"]

ROOT = Path(__file__).parents[1]
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def _anchors(path: Path) -> set[str]:
    """Names of a page's headings, as the forges make them."""
    heads = re.findall(r"^#+ +(.*)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", head).lower() for head in heads]
    return {re.sub(r"[^\w\- ]", "", head).strip().replace(" ", "-") for head in plain}


def broken(root: Path) -> list[str]:
    """A sentence a link that leads nowhere."""
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
    wrong = []
    for page in sorted(p for p in pages if "_build" not in p.parts):
        for target in _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8"))):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            path = (page.parent / name).resolve() if name else page
            where = f"{page.relative_to(root)}: {target}"
            if not path.exists():
                wrong.append(f"{where}: no such file")
            elif anchor and path.suffix == ".md" and anchor not in _anchors(path):
                wrong.append(f"{where}: no such heading")
    return wrong


if __name__ == "__main__":
    found = broken(ROOT)
    sys.stdout.write("".join(f"{line}\n" for line in found) or "links: all lead somewhere\n")
    sys.exit(bool(found))
