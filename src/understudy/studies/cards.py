"""Model cards: what a stage says of its surrogate, as data, and what follows from that by rule.

A stage writes a mapping `card` into its `section.json`. Every field is asked for; results in it
are numbers that the stage computed, and the verdict is never written down: `judge` finds it.

    a band that states p and held q of n independent cases, se = sqrt(p (1 - p) / n):
        holds                 q >= p - 0.02 - 2 se
        misses far too often  1 - q > 3 (1 - p) + 2 se
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, final

__all__ = ["RULES", "Answer", "Band", "Card", "Rival", "Verdict", "Word", "judge", "plain_name",
           "read_card"]  # fmt: skip

Word = Literal["holds", "with care", "do not use"]

_SLACK, _ERRORS, _FAR = 0.02, 2.0, 3.0
"""Of coverage: what is forgiven, standard errors, how many times the stated misses are far."""
_WORSE = 2.0
"""Times the error of a rival at which a surrogate is not worth its training."""
_ALIKE = 1e-3
"""Relative difference of errors below which two are alike."""
_SILENT, _SILENT_FAR = 0.05, 0.2
"""Share of cases that were wrong and came without a warning."""

RULES: Mapping[Word, str] = {
    "holds": f"Every band holds what it states, less {_SLACK:.2f} and {_ERRORS:.0f} standard "
    "errors of the count; no rival errs less by more than "
    f"{_ALIKE:.1%}; at most {_SILENT:.0%} of the cases were wrong without a warning; where a "
    "proof is promised, it is there.",
    "with care": "One of these fails, and nothing of the next row is so.",
    "do not use": f"A band misses more than {_FAR:.0f} times as often as it states, beyond "
    f"{_ERRORS:.0f} standard errors; a rival has less than 1/{_WORSE:.0f} of the error on the "
    f"main measure; or more than {_SILENT_FAR:.0%} of the cases were wrong without a warning.",
}
"""What the words of a verdict mean."""


@final
@dataclass(frozen=True, kw_only=True)
class Answer:
    """A number that the study was made for.

    Attributes:
        name: what it is, with its measure.
        value: of it.
        unit: "" for a ratio.
        low: lower end of its uncertainty; None: see `interval`.
        high: upper end.
        interval: what the ends are, or why there are none.
    """

    name: str
    value: float
    unit: str
    low: float | None
    high: float | None
    interval: str


@final
@dataclass(frozen=True, kw_only=True)
class Band:
    """Coverage of one kind of band or interval.

    Attributes:
        name: of what.
        stated: share that it should hold, between 0 and 1.
        found: share that it held.
        cases: independent ones behind the share, say test meshes rather than their nodes.
    """

    name: str
    stated: float
    found: float
    cases: int

    @property
    def error(self) -> float:
        """Standard error of the share, were the statement true."""
        return math.sqrt(self.stated * (1 - self.stated) / self.cases)

    @property
    def least(self) -> float:
        """The least share that counts as holding."""
        return self.stated - _SLACK - _ERRORS * self.error

    @property
    def far(self) -> bool:
        """Whether it misses far too often."""
        return 1 - self.found > _FAR * (1 - self.stated) + _ERRORS * self.error


@final
@dataclass(frozen=True, kw_only=True)
class Rival:
    """Somebody else's error beside ours, smaller is better.

    Attributes:
        name: of the rival.
        where: "" for the main measure, else the region, split or case.
        own: our error.
        theirs: the rival's.
    """

    name: str
    where: str
    own: float
    theirs: float


@final
@dataclass(frozen=True, kw_only=True)
class Card:
    """What a stage says of its surrogate.

    Attributes:
        surrogate: its name.
        methods: names of its rows in the tables of its section.
        made_for: the job, in a sentence or two.
        trained_on: data, their number and kind.
        answers: numbers, the main one first.
        error_by_region: a table with `caption`, `columns` and `rows`.
        coverage: of its bands; empty: it states none.
        refuses_when: when it says no, and how often it did.
        silent: share of all judged cases that were wrong and came without a warning; None: not
            judged.
        rivals: all that were compared, on the main measure and elsewhere.
        certificate: `proved`, `heuristic` or `none`, a colon and what it says.
    """

    surrogate: str
    methods: tuple[str, ...]
    made_for: str
    trained_on: str
    answers: tuple[Answer, ...]
    error_by_region: Mapping[str, Any]
    coverage: tuple[Band, ...]
    refuses_when: str
    silent: float | None
    rivals: tuple[Rival, ...]
    certificate: str

    def __post_init__(self) -> None:
        for name in ("surrogate", "made_for", "trained_on", "refuses_when", "certificate"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name}: expected a sentence, got nothing")
        if not self.answers:
            raise ValueError("answers: expected at least one number, got none")
        if self.proof not in ("proved", "heuristic", "none"):
            raise ValueError(
                "certificate: expected 'proved: ', 'heuristic: ' or 'none: ' and a sentence, "
                f"got {self.certificate!r}"
            )
        for band in self.coverage:
            if not (0 < band.stated < 1 and 0 <= band.found <= 1 and band.cases > 0):
                raise ValueError(
                    f"coverage {band.name}: expected shares within 0 and 1 of at least one case, "
                    f"got {band.found} of {band.stated}, {band.cases} cases"
                )

    @property
    def proof(self) -> str:
        """First word of the certificate."""
        return self.certificate.partition(":")[0]

    @property
    def beaten_by(self) -> tuple[Rival, ...]:
        """Rivals that err less, the main measure first, the smallest error first."""
        better = [r for r in self.rivals if r.theirs < (1 - _ALIKE) * r.own]
        return tuple(sorted(better, key=lambda r: (r.where != "", r.theirs / r.own)))


@final
@dataclass(frozen=True, kw_only=True)
class Verdict:
    """May the surrogate be used?

    Attributes:
        word: of `RULES`.
        reasons: what it follows from, the weightiest first.
    """

    word: Word
    reasons: tuple[str, ...]


def read_card(section: Mapping[str, Any], stage: str) -> Card:
    """The card of a section, checked.

    Args:
        section: what a stage wrote.
        stage: for errors, say the path of its file.

    Raises:
        ValueError: the card or a field of it is missing, strange or of another kind.
    """
    if not isinstance(section.get("card"), Mapping):
        raise ValueError(f"{stage}: expected a mapping 'card', got {sorted(section)}")
    given = dict(section["card"])
    place = f"{stage}: card"
    _same_names(place, Card, given)
    given["answers"] = _rows(f"{place}.answers", Answer, given["answers"])
    given["coverage"] = _rows(f"{place}.coverage", Band, given["coverage"])
    given["rivals"] = _rows(f"{place}.rivals", Rival, given["rivals"])
    given["methods"] = tuple(given["methods"])
    lost = {"caption", "columns", "rows"} - set(given["error_by_region"])
    if lost:
        raise ValueError(f"{place}.error_by_region: expected {sorted(lost)}, got none")
    try:
        return Card(**given)
    except ValueError as error:
        raise ValueError(f"{place}.{error}") from error


def _same_names(place: str, kind: type, given: Mapping[str, Any]) -> None:
    wanted = {field.name for field in fields(kind)}
    if lost := sorted(wanted - set(given)):
        raise ValueError(f"{place}: expected a field {lost[0]!r}, got {sorted(given)}")
    if strange := sorted(set(given) - wanted):
        raise ValueError(f"{place}: expected {sorted(wanted)}, got {strange[0]!r} too")


def _rows(place: str, kind: type, given: Any) -> tuple[Any, ...]:  # noqa: ANN401
    if not isinstance(given, list):
        raise ValueError(f"{place}: expected a list, got {type(given).__name__}")
    for k, row in enumerate(given):
        if not isinstance(row, Mapping):
            raise ValueError(f"{place}[{k}]: expected a mapping, got {row!r}")
        _same_names(f"{place}[{k}]", kind, row)
    return tuple(kind(**row) for row in given)


def judge(card: Card) -> Verdict:
    """The word of a card, by the rules above."""
    far = [band for band in card.coverage if band.far]
    short = [band for band in card.coverage if not band.far and band.found < band.least]
    main = {r.name for r in card.beaten_by if not r.where and r.own > _WORSE * r.theirs}
    never = [_held("bands miss far too often", far)] if far else []
    care = [_held("bands hold too little", short)] if short else []
    for name in dict.fromkeys(rival.name for rival in card.beaten_by):
        own = [rival for rival in card.beaten_by if rival.name == name]
        (never if name in main else care).append(f"{plain_name(name)} errs less: {_less(own)}")
    good = []
    if card.rivals and not card.beaten_by:
        good.append(f"none of {len({r.name for r in card.rivals})} rivals errs less")
    if card.coverage and not far and not short:
        worst = min(card.coverage, key=lambda band: band.found - band.least)
        good.append(_held("bands hold what they state, the least", [worst]))
    if card.silent is not None:
        said = f"{_percent(card.silent)} of the cases were wrong without a warning"
        high = card.silent > _SILENT_FAR
        (never if high else care if card.silent > _SILENT else good).append(said)
    if card.proof != "none":
        (good if card.proof == "proved" else care).append(card.certificate)
    word: Word = "do not use" if never else "with care" if care else "holds"
    return Verdict(word=word, reasons=tuple(never + care if word != "holds" else good))


def _held(start: str, bands: Sequence[Band]) -> str:
    """What some bands held, the least first, and what they state."""
    ranked = sorted(bands, key=lambda band: band.found)
    stated = " and ".join(_percent(p) for p in sorted({band.stated for band in bands}))
    words = ", ".join(f"{band.name} {_percent(band.found)}" for band in ranked)
    return f"{start}: {words}, where {stated} is stated"


def _less(rivals: Sequence[Rival]) -> str:
    """By what factor a rival errs less, on the main measure and elsewhere."""
    words = [
        (f"{r.where} " if r.where else "")
        + (f"{r.own / r.theirs:.3g} times" if r.theirs > 0 else "not at all")
        for r in rivals
    ]
    return ", ".join(words)


def _percent(share: float) -> str:
    return f"{100 * share:.3g}\N{NO-BREAK SPACE}%"


def plain_name(name: str) -> str:
    """A method as it is said: `baseline_pod_ridge` is pod ridge."""
    return name.removeprefix("baseline_").replace("_", " ")
