"""Claims of the README and docs, each with its test; fails for a figure that has no source.

A claim is a sentence that a test carries as `@pytest.mark.claim("...")`; it must stand, word by
word, in README.md or docs/. Every other figure in those pages must be a number of a committed
study, docs/results/<study>/{metrics,timings}.json, rounded as printed. Code, formulas, links,
years, list numbers, whole numbers below ten without a unit (they count, they do not measure) and
numbers that are part of a name (see NAMES) are not figures.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMES = (
    r"(?:Debian|NumPy|Python|DOLFINx|FEniCSx|Snakemake|Matern|arXiv|version|ISO|eqs?\.|sections?"
    r"|theorem|table|part)[ :]*[\d./]+(?: (?:to|and) [\d.]+)?"
    r"|95 % (?:band|interval|coverage)"
)
UNIT = r"\s*(?:%|s\b|ms\b|min|h\b|x\b|times|MPa|GPa|mm\b|m\b|[KMG]iB|MB|GB|nats)"
NOT_FIGURES = [
    r"```.*?```", r"`[^`]*`", r"\]\([^)]*\)", r"https?://\S+", r"<!--.*?-->", r"\$[^$]*\$",
    r"\b(?:19|20)\d\d\b", NAMES,
]  # fmt: skip
FIGURE = re.compile(
    r"(?<![\w.\-])(?!\d(?![\d.e])(?!" + UNIT + r"))"
    r"(\d+(?:\.\d+)?(?:e-?\d+)?)\s*(%?)(?![\w])"
)


def claims(folder: Path) -> Iterator[tuple[str, str]]:
    """Claim and test of every marked test."""
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                for mark in node.decorator_list:
                    call = isinstance(mark, ast.Call)
                    if call and ast.unparse(mark.func).endswith("mark.claim"):
                        name = f"{path.relative_to(folder.parent)}::{node.name}"
                        yield ast.literal_eval(mark.args[0]), name


def figures(text: str) -> list[tuple[str, bool]]:
    """Numbers of a page that need a source, and whether each is a percentage."""
    for pattern in NOT_FIGURES:
        text = re.sub(pattern, " ", text, flags=re.DOTALL | re.MULTILINE)
    return [(number, bool(percent)) for number, percent in FIGURE.findall(text)]


def results(folder: Path) -> list[float]:
    """All numbers of the committed studies."""
    found: list[float] = []
    for path in [*folder.glob("*/metrics.json"), *folder.glob("*/timings.json")]:
        values = json.loads(path.read_text()).values()
        found += [v for v in values if isinstance(v, int | float)]
    return found


def has_source(number: str, percent: bool, values: list[float]) -> bool:
    """Whether a value, rounded to the digits of `number`, is `number`."""
    mantissa, _, exponent = number.partition("e")
    digits = len(mantissa.partition(".")[2])
    half = 0.5000001 * 10.0 ** (int(exponent or 0) - digits)
    scale = 100.0 if percent else 1.0
    return any(abs(scale * value - float(number)) <= half for value in values)


def check(root: Path) -> list[str]:
    """What is wrong, a line each."""
    pages = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    texts = {page: " ".join(page.read_text().split()) for page in pages}
    wrong, values = [], results(root / "docs" / "results")
    known = list(claims(root / "tests"))
    for claim, test in known:
        if not any(claim in text for text in texts.values()):
            wrong.append(f"{test}: its claim stands on no page: {claim}")
    for page in pages:
        text = re.sub(r"^\s*\d+\.\s", "", page.read_text(), flags=re.MULTILINE)
        flat = re.sub(r"(?<=\S)\n\s*(?=\S)", " ", text)
        for claim, _ in known:
            flat = flat.replace(claim, " ")
        for number, percent in figures(flat):
            if not has_source(number, percent, values):
                where = page.relative_to(root)
                wrong.append(f"{where}: {number}{' %' * percent} has neither a test nor a result")
    return wrong


def main() -> int:
    """Print claim -> test, then what is wrong."""
    for claim, test in claims(ROOT / "tests"):
        sys.stdout.write(f"{claim}\n    -> {test}\n")
    wrong = check(ROOT)
    sys.stderr.write("".join(f"{line}\n" for line in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
