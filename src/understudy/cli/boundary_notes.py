"""What the numbers of a study of boundary histories say, in sentences that follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import final

from understudy.cli.boundary_results import NETWORK, REPLAY, methods, without_seeds

__all__ = ["Table", "notes"]

_ALIKE = 2.0
"""Field distances within this factor of the least one count as alike."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """Flat numbers of all stages, without the start of their names.

    Attributes:
        scores: of boundary-score for the zone as it is.
        changes: of boundary-changes.
        conditional: of boundary-conditional.
        coverage: of boundary-coverage-score; may be empty.
        rare: of boundary-rare; may be empty.
        times: in s, and the speed-up.
        training: runs that a law learns from.
    """

    scores: Mapping[str, float]
    changes: Mapping[str, float]
    conditional: Mapping[str, float]
    coverage: Mapping[str, float]
    rare: Mapping[str, float]
    times: Mapping[str, float]
    training: int

    def w1(self, method: str) -> float:
        """W1 of the quantity over the deviation of the reference."""
        return self.scores[f"{method}.qoi.w1"]


def notes(table: Table) -> list[str]:
    """A sentence or two on each question.

    Who is closest, does it beat the training runs, what do field distances see, what is the gain
    in time, do intervals hold, what do left-out inputs and changed zones do.
    """
    return [
        _who_won(table),
        _replay(table),
        _fields(table),
        _speed(table),
        *_coverage(table),
        *_left_out(table),
        *_changes(table),
        *_rare(table),
    ]


def _who_won(table: Table) -> str:
    laws = [m for m in without_seeds(methods(table.scores)) if m != REPLAY]
    first, own = laws[0], table.w1(NETWORK)
    start = (
        f"W1 is the distance of the law of the greatest stress from that of "
        f"{table.scores['reference.runs']:.0f} full runs, over their deviation; laws learned from "
        f"{table.training} other runs unless their name says more. "
    )
    if first != NETWORK:
        return start + (
            f"Of {len(laws)} laws {first} is the closest, with W1 {table.w1(first):.3g}; the "
            f"network has {own:.3g}, {own / table.w1(first):.2f} times as far, place "
            f"{laws.index(NETWORK) + 1}."
        )
    if len(laws) == 1:
        return f"{start}The network has W1 {own:.3g}; no other law was learned."
    return start + (
        f"Of {len(laws)} laws the network is the closest, with W1 {own:.3g}; the next, {laws[1]}, "
        f"has {table.w1(laws[1]):.3g}, {table.w1(laws[1]) / own:.2f} times as far."
    )


def _replay(table: Table) -> str:
    own, replay = table.w1(NETWORK), table.w1(REPLAY)
    if replay < own:
        words = f"closer than the network by a factor of {own / replay:.2f}"
    else:
        words = f"farther than the network by a factor of {replay / own:.2f}"
    return (
        f"The training runs themselves, without any law, have W1 {replay:.3g}: {words}. For the "
        "zone as it is they need no submodel at all."
    )


def _fields(table: Table) -> str:
    """Whether distances of histories order laws as the quantity does."""
    end = ".field.energy_distance"
    known = {key.removesuffix(end): v for key, v in table.scores.items() if key.endswith(end)}
    laws = without_seeds(known)
    least = min(known[m] for m in laws)
    alike = [m for m in laws if known[m] <= _ALIKE * least]
    values = [table.w1(m) for m in alike]
    pairs = list(combinations(laws, 2))
    against = sum((known[a] - known[b]) * (table.w1(a) - table.w1(b)) < 0 for a, b in pairs)
    spread = max(values) / min(values)
    verdict = (
        "Distances of histories do not see the failure of a law"
        if spread > _ALIKE or 4 * against > len(pairs)
        else "Distances of histories order the laws much as the quantity does here"
    )
    own = known[NETWORK] / least
    caution = (
        f" The network's energy distance is {own:.1f} times the least: whatever its W1, its "
        "histories are not yet those of full runs."
        if own > _ALIKE
        else ""
    )
    return (
        f"{verdict}: {len(alike)} of {len(laws)} have an energy distance within a factor of "
        f"{_ALIKE:.0f} of the least, and their W1 runs from {min(values):.3g} to "
        f"{max(values):.3g}; in {against} of {len(pairs)} pairs the law that is closer in energy "
        f"distance is farther in W1.{caution}"
    )


def _speed(table: Table) -> str:
    times = table.times
    return (
        f"A full run takes {1e3 * times['full_run_seconds']:.1f} ms of wall time, the median; a "
        f"draw with its run of the zone takes {1e3 * times[f'{NETWORK}.draw_seconds']:.2f} ms of "
        f"CPU time. That is a speed-up of {times['speed_up']:.1f}, or "
        f"{times['least_speed_up']:.1f} by the fastest full run, which other work "
        "on the machine slowed least; at a W1 of "
        f"{table.w1(NETWORK):.3g} and after {times[f'{NETWORK}.training_job_seconds']:.0f} s of "
        "training."
    )


def _coverage(table: Table) -> list[str]:
    if not table.coverage:
        return []
    get = table.coverage
    words = [
        f"{name} in {get[f'{NETWORK}.coverage.{name}']:.0%} (direct "
        f"{get[f'baseline_direct.coverage.{name}']:.0%})"
        for name in ("mean", "std", "q95")
    ]
    return [
        f"Small studies, {get['coverage.sets']:.0f} in number: the network's intervals hold the "
        f"true {', '.join(words)}, where direct ones come from the runs of the study alone. For "
        f"the mean they are {get[f'{NETWORK}.mean_width_ratio_direct.mean']:.2f} times as wide."
    ]


def _left_out(table: Table) -> list[str]:
    get, start = table.conditional, f"{NETWORK}.left_out_"
    boxes = [k.removeprefix(start)[:-3] for k in get if k.startswith(start) and k.endswith(".w1")]
    words = []
    for box in sorted(boxes):
        end = f".left_out_{box}.w1"
        others = {k.removesuffix(end): v for k, v in get.items() if k.endswith(end)}
        own = others.pop(NETWORK)
        rest = ", ".join(f"{m} {others[m]:.3g}" for m in sorted(others, key=lambda m: others[m]))
        words.append(
            f"Where the box {box} of inputs was left out of training, the network's W1 is "
            f"{own:.3g}, {get[f'{NETWORK}{end}_ratio_trained']:.2f} times what it is elsewhere; "
            f"{get[f'runs.left_out_{box}']:.0f} full runs there. Beside it: {rest}."
        )
    return words


def _changes(table: Table) -> list[str]:
    zones = sorted(k.split(".")[0] for k in table.changes if k.endswith("domain_reduction.worst"))
    return [
        f"Zone {zone} under exact histories: domain reduction is wrong by "
        f"{table.changes[f'{zone}.domain_reduction.mean_bias']:+.1%} on average and "
        f"{table.changes[f'{zone}.domain_reduction.worst']:.1%} at worst, a held edge by "
        f"{table.changes[f'{zone}.baseline_held.mean_bias']:+.1%} and "
        f"{table.changes[f'{zone}.baseline_held.worst']:.1%}, ignoring the change by "
        f"{table.changes[f'{zone}.baseline_unchanged.mean_bias']:+.1%} and "
        f"{table.changes[f'{zone}.baseline_unchanged.worst']:.1%}."
        for zone in zones
    ]


def _rare(table: Table) -> list[str]:
    """The least likely event, counted in full runs and estimated in latent space."""
    get, end = table.rare, ".baseline_full_runs.probability"
    names = sorted(
        (k.removesuffix(end) for k in get if k.endswith(end)), key=lambda n: get[f"{n}.threshold"]
    )
    if not names:
        return []
    known = ("conditional_with_training", "conditional", "importance_with_training", "importance")
    method = next(m for m in known if f"{names[-1]}.{m}.probability" in get)

    def said(name: str) -> str:
        p, low, high = (get[f"{names[-1]}.{name}.{k}"] for k in ("probability", "low", "high"))
        return f"{p:.2g} [{low:.2g}, {high:.2g}]"

    return [
        f"A stress above {get[f'{names[-1]}.threshold'] / 1e6:.0f} MPa has probability "
        f"{said('baseline_full_runs')} by "
        f"{get[f'{names[-1]}.baseline_full_runs.evaluations']:.0f} full runs, and {said(method)} "
        f"by {method} from {get[f'{names[-1]}.{method}.evaluations']:.0f} runs of the zone under "
        "the learned law."
    ]
