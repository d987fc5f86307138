"""Does an interval hold, does a law answer where it was not trained, what does a change do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float

from understudy.data.histories import Histories
from understudy.metrics import wasserstein1
from understudy.surrogates.boundary_evaluation import scores
from understudy.surrogates.boundary_faces import Submodel
from understudy.surrogates.estimation import Estimate, estimate_from
from understudy.surrogates.stochastic_boundary import FittedBoundary, greatest

__all__ = ["Box", "change_errors", "compare_intervals", "left_out_scores"]

_FEW = 10


@final
@dataclass(frozen=True, kw_only=True)
class Box:
    """A range of inputs.

    Attributes:
        ranges: lower and upper bound by the name of the input.
    """

    ranges: dict[str, tuple[float, float]]

    def holds(self, inputs: Mapping[str, Float[np.ndarray, " n"]]) -> Bool[np.ndarray, " n"]:
        """Which runs have all their inputs in range.

        Raises:
            ValueError: an input that the runs do not have; names it.
        """
        inside = []
        for name, (low, high) in self.ranges.items():
            if name not in inputs:
                raise ValueError(f"box: expected inputs of {sorted(inputs)}, got {name!r}")
            inside.append((inputs[name] >= low) & (inputs[name] <= high))
        return np.all(inside, axis=0)


def compare_intervals(
    law: FittedBoundary,
    submodel: Submodel,
    direct: Float[np.ndarray, " n"],
    draws: int,
    seed: int,
) -> tuple[Estimate, Estimate]:
    """What a law says of the quantity, and what the runs that it was learned from say alone."""
    found = law.estimate(submodel, draws, np.random.default_rng(seed))
    return found, estimate_from(direct, law.level)


def left_out_scores(
    law: FittedBoundary,
    submodel: Submodel,
    training: Histories,
    tests: Mapping[str, Histories],
    seed: int,
) -> dict[str, float]:
    """Scores at the inputs of test runs by name, beside replay of the nearest training run.

    Draws take all known inputs of the test runs. Replay takes for each test run the training run
    nearest in their standard deviations, scaled by the input that histories are proportional to.
    """
    found: dict[str, float] = {}
    for name, runs in tests.items():
        truth = greatest(runs.peak).astype(float)
        known = {key: runs.inputs[key] for key in law.laws}
        drawn = law.sample(len(truth), np.random.default_rng(seed), known)
        made = greatest(submodel.run(drawn)).astype(float)
        replayed = _replayed(law, training, runs)
        spread = float(truth.std())
        for method, values in (("wgan_gp", made), ("baseline_nearest_replay", replayed)):
            own = scores(values, truth)
            found |= {f"{method}.{name}.{key}": value for key, value in own.items()}
            if law.scale:
                size = runs.inputs[law.scale]
                unit = wasserstein1(values / size, truth / size) / float((truth / size).std())
                found[f"{method}.{name}.w1_at_unit_load"] = unit
        found[f"truth.{name}.deviation"] = spread
    return found


def _replayed(
    law: FittedBoundary, training: Histories, runs: Histories
) -> Float[np.ndarray, " n"]:
    """Quantity of the training run whose inputs are nearest."""
    names = [name for name in law.laws if name != law.scale]
    ours, theirs = (np.stack([r.inputs[n] for n in names], axis=1) for r in (training, runs))
    unit = ours.std(axis=0)
    distance = np.linalg.norm((theirs[:, None] - ours[None]) / unit, axis=2)
    nearest = distance.argmin(axis=1)
    values = greatest(training.peak).astype(float)[nearest]
    if law.scale:
        values = values * runs.inputs[law.scale] / training.inputs[law.scale][nearest]
    return values


def change_errors(
    submodel: Submodel, displacement: Float[np.ndarray, "n t e 2"], truth: Float[np.ndarray, "n c"]
) -> dict[str, float]:
    """Errors of a changed zone under exact histories, relative to full runs of the changed model.

    Args:
        submodel: the changed zone.
        displacement: histories of the model without the change, in m.
        truth: greatest stress of each observed triangle in full runs with the change, in Pa.
    """
    found = submodel.run(displacement)
    error = greatest(found) / greatest(truth) - 1
    field = np.linalg.norm(found - truth, axis=1) / np.linalg.norm(truth, axis=1)
    return {
        "mean_bias": float(error.mean()),
        "worst_of_ten": float(np.abs(error[:_FEW]).max()),
        "worst": float(np.abs(error).max()),
        "q99_of_error": float(np.quantile(np.abs(error), 0.99)),
        "field_error": float(field.mean()),
        **{k: v for k, v in scores(greatest(found), greatest(truth)).items() if k != "w1"},
    }
