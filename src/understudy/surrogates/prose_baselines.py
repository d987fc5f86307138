"""What continues a trajectory without training: rivals of PROSE, and the oracle."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from understudy.equations.family import Family
from understudy.equations.rhs import RightHandSide
from understudy.equations.runge_kutta import RungeKutta
from understudy.equations.trajectories import TIMES
from understudy.surrogates.equation_discovery import Discovery
from understudy.surrogates.equation_refinement import Refinement, noise_level
from understudy.surrogates.equation_search import EquationSearch
from understudy.surrogates.prose_lessons import SEEN
from understudy.surrogates.prose_samples import Sample
from understudy.surrogates.series_baselines import dynamic_modes, ensemble_sindy, persistence

__all__ = ["BASELINES", "FAMILIAR", "true_family"]

Method = Callable[[Sample], Float[np.ndarray, "n S D"]]


def true_family(sample: Sample) -> Family:
    """Of samples that have one.

    Raises:
        ValueError: a system outside of all.
    """
    if sample.family is None:
        raise ValueError(f"{sample.name}: expected a family, got a system outside of all")
    return sample.family


def _family_mean(sample: Sample) -> Float[np.ndarray, "n S D"]:
    """The true skeleton with the means of its family, from the last noisy point."""
    family, many = true_family(sample), len(sample.values)
    values = np.tile(family.centre[:, None], (1, many))
    first = sample.windows[:, -1, -1].T
    return RungeKutta().solve(
        RightHandSide(family.equation), values, first, TIMES[SEEN - 1 :]
    )[:, 1:]  # fmt: skip


def _oracle(sample: Sample) -> Float[np.ndarray, "n S D"]:
    """The true skeleton refined with the law of its family for a prior."""
    family, many = true_family(sample), len(sample.values)
    size = family.spread / np.sqrt(3.0) * np.abs(family.centre)
    noise = np.sqrt((noise_level(sample.windows, sample.noise) ** 2).mean(axis=1))
    refined = Refinement().fit(
        family.equation, TIMES[:SEEN], sample.windows,
        centre=np.tile(family.centre, (many, 1)), spread=np.tile(size, (many, 1)),
        noise=noise,
    )  # fmt: skip
    return refined.forecast(TIMES, sample.windows.shape[1] - 1)[:, SEEN:]


def _guess_refined(sample: Sample) -> Float[np.ndarray, "n S D"]:
    """The guess as it is, its numbers found through the integrator."""
    only = EquationSearch(rounds=0)
    found = np.full_like(sample.truth, np.nan)
    for k, believed in enumerate(sample.guesses or ()):
        if only.reads(believed, sample.names):
            noise = None if sample.noise is None else sample.noise[k]
            searched = only.solve(TIMES[:SEEN], sample.windows[k], sample.names, believed, noise)
            if searched.candidates:
                found[k] = Discovery.forecast(searched.candidates[0], TIMES)[SEEN:]
    return found


BASELINES: dict[str, Method] = {
    "baseline_persistence": lambda s: persistence(s.windows[:, -1], s.truth.shape[1]),
    "baseline_dmd": lambda s: dynamic_modes(s.windows[:, -1], s.truth.shape[1]),
    "baseline_sindy": lambda s: np.stack(
        [ensemble_sindy(TIMES[:SEEN], w, s.names, TIMES)[SEEN:] for w in s.windows]
    ),
    "baseline_family_mean": _family_mean,
    "baseline_guess_refined": _guess_refined,
    "oracle": _oracle,
}
"""Rivals that need no training, by name."""
FAMILIAR = ("baseline_family_mean", "oracle")
"""Those that know the family."""
