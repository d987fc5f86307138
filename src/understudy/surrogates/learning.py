"""Learning curves: the error on a test set against the number of simulations that were paid for.

The designs grow as the Sobol sequence drew them, or by what `active` chooses from the pool: the
whole training set, whose meshes are known and whose simulations count only once chosen.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Int

from understudy.data import Sample
from understudy.surrogates.active import field_weights, next_designs
from understudy.surrogates.alignment import Aligned
from understudy.surrogates.encoding import Carried, Prediction, carry
from understudy.surrogates.evaluation import relative_errors
from understudy.surrogates.mmgp import MMGP
from understudy.surrogates.mmgp_model import MMGPModel

__all__ = ["HeldOut", "carried_test", "learning_curve"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class HeldOut:
    """Test samples, mapped to the reference once for all models.

    Attributes:
        samples: the truth.
        carried: each on the way to the reference and back.
        inputs: the scalars that a prediction is given.
    """

    samples: Sequence[Sample]
    carried: Sequence[Carried]
    inputs: Sequence[Mapping[str, float]]

    def errors(self, model: MMGPModel) -> dict[str, float]:
        """Relative errors by output, and their mean."""
        found: list[Prediction] = [
            model.predict_encoded(model.encoder.encode_carried(c, mu))
            for c, mu in zip(self.carried, self.inputs, strict=True)
        ]
        return relative_errors(list(zip(self.samples, found, strict=True)))


def carried_test(data: Aligned, samples: Sequence[Sample]) -> HeldOut:
    """Map test samples to the reference of the training set; what cannot be mapped is left out."""
    kept, carried = [], []
    for sample in samples:
        if sample.error or sample.mesh is None:
            continue
        try:
            carried.append(carry(data.morphing, data.base, data.reference, sample.mesh))
        except ValueError:
            continue
        kept.append(sample)
    return HeldOut(
        samples=kept,
        carried=carried,
        inputs=[{n: s.inputs[n] for n in data.input_names} for s in kept],
    )


def learning_curve(
    spec: MMGP,
    data: Aligned,
    test: HeldOut,
    sizes: Sequence[int],
    *,
    active: bool,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> dict[int, dict[str, float]]:
    """Errors of `HeldOut.errors` by number of training samples.

    Args:
        spec: surrogate, trained anew at each size.
        data: the pool.
        test: what errors are measured on; it decides nothing.
        sizes: increasing numbers of samples, at most those of the pool; the smallest is drawn by
            the Sobol sequence in any case.
        active: whether the further ones are chosen by integrated variance.
        workers: threads; the result does not depend on it.
        progress: called with the number of sizes done and their total.

    Raises:
        ValueError: sizes that do not increase or exceed the pool.
    """
    if list(sizes) != sorted(set(sizes)) or not sizes or sizes[-1] > len(data.index):
        raise ValueError(
            f"sizes: expected increasing numbers up to {len(data.index)}, got {list(sizes)}"
        )
    out = {}
    for done, (rows, model) in enumerate(_models(spec, data, sizes, active, workers), start=1):
        out[len(rows)] = test.errors(model)
        if progress is not None:
            progress(done, len(sizes))
    return out


def _models(
    spec: MMGP, data: Aligned, sizes: Sequence[int], active: bool, workers: int
) -> Iterator[tuple[Int[np.ndarray, " k"], MMGPModel]]:
    rows = np.arange(sizes[0])
    model = spec.fit(data.subset(rows), workers=workers)
    yield rows, model
    for size in sizes[1:]:
        if active:
            pool = model.encoder.encode_training(data)
            measure = float(data.mass.sum())
            pairs = [(f.posterior, field_weights(f, measure)) for f in model.fields.values()]
            more = next_designs(pairs, pool, rows, size - len(rows))
            rows = np.sort(np.concatenate([rows, more]))
        else:
            rows = np.arange(size)
        model = spec.fit(data.subset(rows), workers=workers)
        yield rows, model
