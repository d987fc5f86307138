"""The recipe of the authors' code, as a baseline: MMGP without what this package adds.

Tutte's map by arc length, POD of 8 modes for shape and each field, not centred, in the measure of
the disk, one kernel for all coefficients of a field from the best of 11 starts, deviations as they
come. Source: F. Casenave, B. Staber, X. Roynard, "MMGP: a Mesh Morphing Gaussian Process-based
machine learning method", NeurIPS 2023, and its supplementary code (pretreatData, train). Their
reference is the middle row of the file; here it is the sample of median roundness.
"""

from collections.abc import Callable, Sequence

from understudy.data import Sample
from understudy.linalg import POD
from understudy.morphing import Tutte
from understudy.regression import GP
from understudy.surrogates.alignment import align
from understudy.surrogates.mmgp import MMGP
from understudy.surrogates.mmgp_model import MMGPModel
from understudy.surrogates.morpher import Morpher

__all__ = ["AUTHORS_RECIPE", "fit_authors_recipe"]

_REDUCTION = POD(rank=8, centred=False)
AUTHORS_RECIPE = MMGP(
    shape_basis=_REDUCTION,
    field_basis=_REDUCTION,
    gp=GP(sharing="kernel", restarts=10),
    calibrated=False,
)
"""What is fitted once samples are on the disk."""


def fit_authors_recipe(
    samples: Sequence[Sample],
    input_names: Sequence[str],
    units: dict[str, str],
    *,
    fields: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> MMGPModel:
    """Carry samples to the disk and train on them.

    Raises:
        ValueError: samples that cannot be carried; names them.
    """
    data = align(
        samples, Morpher(tutte=Tutte()), input_names, units, fields=fields, measure="image"
    )
    return AUTHORS_RECIPE.fit(data, progress=progress)
