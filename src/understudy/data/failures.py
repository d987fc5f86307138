"""Samples that failed: which, why, and whether what is left speaks for all.

Failures are seldom spread like the design: what fails is often what is extreme. For each input the
two-sample Kolmogorov-Smirnov test compares samples that failed with those that did not; the level
is shared out among the inputs (Bonferroni).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from scipy.stats import ks_2samp

from understudy.data.sample import Sample

__all__ = ["Outcome", "failure_notes"]

_LEVEL = 0.05
_LISTED = 10


@final
@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a sample, without its fields.

    Attributes:
        index: number of the sample.
        error: why it failed; empty when it did not.
        inputs: by name.
    """

    index: int
    error: str
    inputs: Mapping[str, float]

    @classmethod
    def of(cls, sample: Sample) -> "Outcome":
        """Of a sample that is at hand."""
        return cls(index=sample.index, error=sample.error, inputs=sample.inputs)


def failure_notes(samples: Sequence[Sample | Outcome]) -> list[str]:
    """Sentences on failed samples; none when all succeeded."""
    failed = [s for s in samples if s.error]
    good = [s for s in samples if not s.error]
    if not failed:
        return []
    numbers = ", ".join(str(s.index) for s in failed[:_LISTED])
    more = f" and {len(failed) - _LISTED} more" if len(failed) > _LISTED else ""
    common, count = Counter(s.error for s in failed).most_common(1)[0]
    notes = [
        f"{len(failed)} of {len(samples)} samples failed and are left out ({numbers}{more}); the "
        f"most frequent reason, {count} times: {common}."
    ]
    told = _differing([s.inputs for s in failed], [s.inputs for s in good])
    if told:
        notes.append(
            f"Warning, bias: failed samples differ from the others in {', '.join(told)}. Every "
            "number here describes designs that could be simulated, and says little of the rest."
        )
    else:
        notes.append(
            "Warning, bias: every number here describes samples that could be simulated; no input "
            "tells the failed ones apart, as far as their number shows."
        )
    return notes


def _differing(failed: Sequence[Mapping[str, float]], good: Sequence[Mapping[str, float]]) -> list:
    """Inputs whose law differs, with the greatest distance of the two distributions."""
    if not good:
        return []
    found = []
    for name in failed[0]:
        a, b = [x[name] for x in failed], [x[name] for x in good]
        test = ks_2samp(a, b)
        if test.pvalue < _LEVEL / len(failed[0]):
            found.append(f"{name} (distance {test.statistic:.2f})")
    return found
