"""Equations that a trained network proposes, refined on the windows that it read.

The network names a skeleton. If one of the families that it has learned has it, numbers begin at
the family's means, repeated ones are one, and the prior is normal with a deviation of a tenth of
the means, somewhat wider than the family's law; otherwise every number that was written is free
with a deviation of a quarter. Windows whose skeletons are equal are refined together.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from understudy.equations.equation import Equation, freed, renamed
from understudy.equations.ode_families import ODE_FAMILIES
from understudy.surrogates.equation_candidate import Candidate, candidate_of
from understudy.surrogates.equation_network import Learned
from understudy.surrogates.equation_refinement import Refinement, noise_level

__all__ = ["proposals"]

_FAMILY, _WRITTEN = 0.1, 0.25
Prior = tuple[Equation, tuple[float, ...], tuple[float, ...]]
"""Skeleton, means and deviations of its numbers."""


def proposals(
    written: Sequence[Sequence[Learned]],
    families: Sequence[str],
    times: Float[np.ndarray, " T"],
    windows: Float[np.ndarray, "n w T D"],
) -> list[list[Candidate]]:
    """Candidates of each sample, of which all windows obey one equation.

    Args:
        written: equations of each sample, as the network wrote them.
        families: that it has learned.
        times: of the points of a window.
        windows: noisy states.
    """
    noise = np.sqrt((noise_level(windows) ** 2).mean(axis=1))
    groups: dict[Prior, list[int]] = defaultdict(list)
    for sample, row in enumerate(written):
        for learned in row:
            prior = _prior(learned.equation, families)
            if sample not in groups[prior]:
                groups[prior].append(sample)
    found: list[list[Candidate]] = [[] for _ in windows]
    for (skeleton, means, deviations), own in groups.items():
        centre, spread = (np.tile(v, (len(own), 1)) for v in (means, deviations))
        refined = Refinement().fit(
            skeleton, times, windows[own], centre=centre, spread=spread, noise=noise[own]
        )
        for place, sample in enumerate(own):
            size = np.full(windows.shape[1], noise[sample])
            found[sample].append(
                candidate_of(refined, place, windows[sample], size, centre[place], "network")
            )
    return found


def _prior(equation: Equation, families: Sequence[str]) -> Prior:
    """The family's, if one that was learned has the skeleton; else of the numbers as written."""
    for name in families:
        family = ODE_FAMILIES[name]
        clash = set(family.equation.parameters) & set(equation.states)
        if len(family.equation.states) == len(equation.states) and not clash:
            own = renamed(family.equation, equation.states)
            if own.skeleton == equation.skeleton:
                means = family.centre
                return own, tuple(means.tolist()), tuple((_FAMILY * np.abs(means)).tolist())
    skeleton, values = freed(equation)
    size = _WRITTEN * np.maximum(np.abs(values), 0.05)
    return skeleton, tuple(values.tolist()), tuple(size.tolist())
