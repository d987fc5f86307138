"""Equations that a trained network proposes, refined on the windows that it read.

The network names a skeleton. If one of the families that it has learned has it, numbers begin at
the family's means, repeated ones are one, and the prior is normal with the half width of the
family's law, more than its deviation; otherwise every number that was written is free with a
deviation of a quarter. Windows whose skeletons are equal are refined together. Where nothing that
was written comes near the noise, the families that it has learned are asked, those first whose
rates, at the means of their numbers, add up to the motion that is seen.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from scipy.integrate import cumulative_trapezoid

from understudy.equations.equation import Equation, freed, renamed
from understudy.equations.family import Family
from understudy.equations.ode_families import ODE_FAMILIES
from understudy.equations.rhs import RightHandSide
from understudy.surrogates.equation_candidate import Candidate, candidate_of
from understudy.surrogates.equation_network import Learned
from understudy.surrogates.equation_refinement import Refinement, noise_level
from understudy.surrogates.weak_form import smooth

__all__ = ["proposals"]

_WRITTEN = 0.25
_NEAR = 1.5
"""Misfit over the noise at which an equation that was written is enough."""
_ASKED, _STRIDE, _HOPELESS = 3, 8, 10.0
"""Families that are refined where none is; points over which rates are added up; misfit over the
noise of a part of a window at which such a family is given up."""
Prior = tuple[Equation, tuple[float, ...], tuple[float, ...]]
"""Skeleton, means and deviations of its numbers."""


def proposals(
    written: Sequence[Sequence[Learned]],
    families: Sequence[str],
    states: tuple[str, ...],
    times: Float[np.ndarray, " T"],
    windows: Float[np.ndarray, "n w T D"],
    noise: Float[np.ndarray, "n w"] | None = None,
) -> list[list[Candidate]]:
    """Candidates of each sample, of which all windows obey one equation.

    Args:
        written: equations of each sample, as the network wrote them.
        families: that it has learned.
        states: names of the components.
        times: of the points of a window.
        windows: noisy states.
        noise: its deviation in each window, if it is known; None: estimated.
    """
    groups: dict[Prior, list[int]] = defaultdict(list)
    for sample, row in enumerate(written):
        for learned in row:
            prior = _prior(learned.equation, families)
            if sample not in groups[prior]:
                groups[prior].append(sample)
    found: list[list[Candidate]] = [[] for _ in windows]
    _refine(Refinement(), groups, times, windows, noise, found)
    rest: dict[Prior, list[int]] = defaultdict(list)
    for sample, offered in enumerate(found):
        if not any(c.chi2 <= _NEAR for c in offered):
            for prior in _alike(families, states, times, windows[sample]):
                if sample not in groups.get(prior, ()):
                    rest[prior].append(sample)
    _refine(Refinement(hopeless=_HOPELESS), rest, times, windows, noise, found)
    return found


def _refine(
    refinement: Refinement,
    groups: Mapping[Prior, Sequence[int]],
    times: np.ndarray,
    windows: np.ndarray,
    noise: np.ndarray | None,
    found: list[list[Candidate]],
) -> None:
    """Candidates of the samples of each prior, added to what was found of them."""
    level = np.sqrt((noise_level(windows, noise) ** 2).mean(axis=1))
    for (skeleton, means, deviations), own in groups.items():
        centre, spread = (np.tile(v, (len(own), 1)) for v in (means, deviations))
        refined = refinement.fit(
            skeleton, times, windows[own], centre=centre, spread=spread, noise=level[own]
        )
        for place, sample in enumerate(own):
            size = np.full(windows.shape[1], level[sample])
            candidate = candidate_of(
                refined, place, windows[sample], size, centre[place], "network",
                known=noise is not None,
            )  # fmt: skip
            found[sample].append(candidate)


def _prior(equation: Equation, families: Sequence[str]) -> Prior:
    """The family's, if one that was learned has the skeleton; else of the numbers as written."""
    for name in families:
        prior = _of_family(ODE_FAMILIES[name], equation.states)
        if prior is not None and prior[0].skeleton == equation.skeleton:
            return prior
    skeleton, values = freed(equation)
    size = _WRITTEN * np.maximum(np.abs(values), 0.05)
    return skeleton, tuple(values.tolist()), tuple(size.tolist())


def _of_family(family: Family, states: tuple[str, ...]) -> Prior | None:
    """Skeleton and prior of a family in these states; None: it has others, or names clash."""
    own = family.equation
    if len(own.states) != len(states) or set(own.parameters) & set(states):
        return None
    means = family.centre
    deviations = family.spread * np.abs(means)
    return renamed(own, states), tuple(means.tolist()), tuple(deviations.tolist())


def _alike(
    families: Sequence[str], states: tuple[str, ...], times: np.ndarray, windows: np.ndarray
) -> list[Prior]:
    """Of families with these states, those whose mean rates explain the most of the motion."""
    clean = smooth(windows)
    moved = clean[:, _STRIDE:] - clean[:, :-_STRIDE]
    flat = clean.reshape(-1, clean.shape[2]).T
    found: list[tuple[float, Prior]] = []
    for name in families:
        prior = _of_family(ODE_FAMILIES[name], states)
        if prior is not None:
            numbers = np.tile(np.array(prior[1])[:, None], (1, flat.shape[1]))
            rate = RightHandSide(prior[0]).bind(numbers)(0.0, flat).T.reshape(clean.shape)
            added = np.pad(cumulative_trapezoid(rate, times, axis=1), ((0, 0), (1, 0), (0, 0)))
            left = moved - (added[:, _STRIDE:] - added[:, :-_STRIDE])
            found.append((float(np.nan_to_num((left**2).sum(), nan=np.inf)), prior))
    return [prior for _, prior in sorted(found, key=lambda pair: pair[0])[:_ASKED]]
