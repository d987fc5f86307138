"""Does an interval hold, does a law answer where it was not trained, what does a change do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Bool, Float

from understudy.data.histories import Histories
from understudy.metrics import wasserstein1
from understudy.surrogates.boundary_evaluation import scores
from understudy.surrogates.boundary_faces import Submodel
from understudy.surrogates.controlled import controlled_estimate
from understudy.surrogates.estimation import Estimate, estimate_from
from understudy.surrogates.nearest_runs import moved, nearest
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
    law: FittedBoundary, submodel: Submodel, runs: Histories, draws: int, seed: int
) -> dict[str, Estimate]:
    """What is said of the quantity by a law corrected by its runs, a law alone, the runs alone."""
    direct = greatest(runs.peak).astype(float)
    x, inputs = runs.displacement, runs.inputs
    rng = np.random.default_rng([seed, 1])
    return {
        "wgan_gp": controlled_estimate(law, submodel, x, inputs, draws, rng),
        "raw_wgan_gp": law.estimate(submodel, draws, np.random.default_rng([seed, 2])),
        "baseline_direct": estimate_from(direct, law.level),
    }


def left_out_scores(
    law: FittedBoundary,
    submodel: Submodel,
    training: Histories,
    tests: Mapping[str, Histories],
    parameters: Sequence[str],
    seed: int,
) -> dict[str, float]:
    """Scores at the inputs of test runs by name, beside what the nearest training runs say.

    Draws take all known inputs of the test runs. `baseline_nearest_replay` is the training run
    that is nearest in `parameters`, as it was; `baseline_scaled_replay` the one that is nearest in
    all inputs, at the load of the test run; `wgan_gp_moved` the latter, moved by the law.
    """
    found: dict[str, float] = {}
    for name, runs in tests.items():
        truth = greatest(runs.peak).astype(float)
        wanted = {key: runs.inputs[key] for key in law.laws}
        drawn = law.sample(len(truth), np.random.default_rng(seed), wanted)
        real, known = greatest(training.peak).astype(float), training.inputs
        values = {
            "wgan_gp": greatest(submodel.run(drawn)).astype(float),
            "baseline_nearest_replay": real[nearest(parameters, known, wanted)],
        }
        if law.scale:
            full = [key for key in law.laws if key != law.scale]
            place = nearest(full, known, wanted)
            share = wanted[law.scale] / known[law.scale][place]
            values["baseline_scaled_replay"] = real[place] * share
        x = moved(law, training.displacement, known, wanted, seed)
        values["wgan_gp_moved"] = greatest(submodel.run(x)).astype(float)
        for method, own in values.items():
            found |= {f"{method}.{name}.{key}": v for key, v in scores(own, truth).items()}
            if law.scale and method != "baseline_nearest_replay":
                size = wanted[law.scale]
                unit = wasserstein1(own / size, truth / size) / float((truth / size).std())
                found[f"{method}.{name}.w1_at_unit_load"] = unit
        found[f"truth.{name}.deviation"] = float(truth.std())
    return found


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
