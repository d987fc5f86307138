"""The rival that no surrogate may forget: the same solver on a coarse mesh, in the same time.

Fields of the coarse solution are interpolated (P1) to the nodes of the fine mesh, where they are
judged like any prediction; a node outside the coarse mesh takes the nearest boundary point.
"""

from collections.abc import Sequence

import numpy as np

from understudy.data import Sample
from understudy.mesh import interpolation
from understudy.surrogates.encoding import Prediction
from understudy.surrogates.evaluation import Predictions

__all__ = ["coarse_predictions"]


def coarse_predictions(
    fine: Sequence[Sample], coarse: Sequence[Sample], fields: Sequence[str] = ()
) -> Predictions:
    """Coarse solutions as predictions of the fine ones.

    Args:
        fine: the truth; failed samples are left out.
        coarse: simulations of the same designs, by the same numbers.
        fields: fields that are judged; (): all.

    Raises:
        ValueError: a design without a coarse simulation.
    """
    known = {s.index: s for s in coarse}
    index, seconds, found, unmapped = [], [], {}, {}
    for truth in fine:
        if truth.error or truth.mesh is None:
            continue
        if truth.index not in known:
            raise ValueError(f"sample {truth.index}: expected a coarse simulation, got none")
        rough = known[truth.index]
        if rough.error or rough.mesh is None:
            unmapped[str(truth.index)] = rough.error
            continue
        there = interpolation(rough.mesh, truth.mesh.points)
        index.append(truth.index)
        seconds.append(sum(rough.seconds.values()))
        found[str(truth.index)] = Prediction(
            fields={n: there @ v for n, v in rough.fields.items() if not fields or n in fields},
            scalars=dict(rough.scalars),
        )
    return Predictions(
        index=np.array(index, dtype=int),
        seconds=np.array(seconds, dtype=float),
        samples=found,
        unmapped=unmapped,
    )
