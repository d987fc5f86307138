"""A surrogate on a test set: its predictions with their times, and the scores of many methods."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol, final, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from understudy.data import Sample
from understudy.mesh import Mesh
from understudy.metrics import coverage_95, q2, relative_l2, rrmse_field, rrmse_scalar
from understudy.surrogates.encoding import Prediction

__all__ = ["KIND", "VERSION", "Predictions", "Surrogate", "evaluate", "score"]


KIND, VERSION = "understudy-predictions", 1


@runtime_checkable
class Surrogate(Protocol):
    """Anything that predicts fields and scalars on a mesh."""

    def predict(self, mesh: Mesh, inputs: dict[str, float]) -> Prediction:
        """Predict on a raw mesh."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """Predictions of one method on a set of samples.

    Attributes:
        index: numbers of the samples, shape (k,).
        seconds: wall time of each, raw mesh to fields and deviations, shape (k,).
        samples: prediction by number, as text.
    """

    index: Int[np.ndarray, " k"]
    seconds: Float[np.ndarray, " k"]
    samples: dict[str, Prediction]


def evaluate(
    surrogate: Surrogate,
    samples: Iterable[Sample],
    input_names: Sequence[str],
    progress: Callable[[int], None] | None = None,
) -> Predictions:
    """Predict every sample that succeeded, from its raw mesh and its known inputs alone."""
    index, seconds, predictions = [], [], {}
    for sample in samples:
        if sample.error or sample.mesh is None:
            continue
        start = perf_counter()
        found = surrogate.predict(sample.mesh, {n: sample.inputs[n] for n in input_names})
        seconds.append(perf_counter() - start)
        index.append(sample.index)
        predictions[str(sample.index)] = found
        if progress is not None:
            progress(len(index))
    return Predictions(index=np.array(index), seconds=np.array(seconds), samples=predictions)


def score(
    samples: Sequence[Sample], methods: Mapping[str, Predictions], mean_field: str
) -> dict[str, float]:
    """Scores of all methods as `<method>.<fields|scalars>.<name>.<metric>`.

    Args:
        samples: the truth, samples that succeeded.
        methods: predictions by method.
        mean_field: the method that `q2_about_mean_field` takes as zero: Q2 about the global mean
            gives credit for what no input decides, the mean field.
    """
    truth = {s.index: s for s in samples if not s.error}
    base = methods[mean_field]
    out: dict[str, float] = {}
    for method, found in methods.items():
        if sorted(found.index.tolist()) != sorted(truth):
            raise ValueError(f"{method}: expected predictions of {len(truth)} samples of the set")
        pairs = [(truth[int(i)], found.samples[str(i)]) for i in found.index]
        errors = []
        for name in sorted(pairs[0][0].fields):
            u = [s.fields[name] for s, _ in pairs]
            v = [p.fields[name] for _, p in pairs]
            zero = [base.samples[str(s.index)].fields[name] for s, _ in pairs]
            at = f"{method}.fields.{name}"
            out |= {
                f"{at}.rrmse": rrmse_field(u, v),
                f"{at}.q2": q2(u, v),
                f"{at}.q2_about_mean_field": q2(u, v, zero),
                f"{at}.relative_l2": relative_l2(u, v),
            }
            if pairs[0][1].field_deviations:
                deviation = [p.field_deviations[name] for _, p in pairs]
                out[f"{at}.coverage_95"] = coverage_95(u, v, deviation)
            errors.append(out[f"{at}.rrmse"])
        for name in sorted(pairs[0][0].scalars):
            w = np.array([s.scalars[name] for s, _ in pairs])
            y = np.array([p.scalars[name] for _, p in pairs])
            at = f"{method}.scalars.{name}"
            out |= {f"{at}.rrmse": rrmse_scalar(w, y), f"{at}.q2": q2([w], [y])}
            if pairs[0][1].scalar_deviations:
                sd = np.array([p.scalar_deviations[name] for _, p in pairs])
                out[f"{at}.coverage_95"] = coverage_95([w], [y], [sd])
            errors.append(out[f"{at}.rrmse"])
        out[f"{method}.mean_rrmse"] = float(np.mean(errors))
    return out
