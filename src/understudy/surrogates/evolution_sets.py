"""Solutions of families of partial differential equations, drawn or from data sets, and splits.

Families on a periodic line are drawn as they are needed; data sets of evolution equations are read
from their files. A field on an interval becomes the half of a periodic one, so that one network
and one solver serve both; one on a plane domain stays at the nodes of its mesh.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.data import read_header, read_samples
from understudy.equations.equation import Equation
from understudy.equations.family import guess
from understudy.equations.pde_families import (
    LENGTH,
    PDE_FAMILIES,
    TIMES,
    gaussian_process,
    parity,
)
from understudy.equations.rhs import Periodic
from understudy.equations.spectral import Spectral
from understudy.surrogates.field_places import Line, Place, Plane

__all__ = [
    "SEEN",
    "EvolutionSplit",
    "FieldSample",
    "FieldSet",
    "drawn",
    "field_samples",
    "noisy_fields",
    "read_field_set",
]

SEEN = 16
"""Slices of a window; the field goes on to four times its length."""
_GUESSES = ("perturbed", "right", "added", "deleted", "none")
_STARTS, _LENGTHSCALE = ("waves", "random"), 0.2
"""Laws of initial fields; how far one of a Gaussian process remembers itself."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class FieldSet:
    """Solutions of one equation at the same points.

    Attributes:
        name: of the family or of the data set.
        equation: of one state, with parameters.
        centre: means of the parameters, in their order.
        spread: half width of their laws, over the means.
        place: where the points are.
        values: of the parameters.
        states: solutions without noise at all of `TIMES`.
    """

    name: str
    equation: Equation
    centre: Float[np.ndarray, " P"]
    spread: float
    place: Place
    values: Float[np.ndarray, "N P"]
    states: Float[np.ndarray, "N T X"]

    def first(self, many: int) -> "FieldSet":
        """The first so many.

        Raises:
            ValueError: there are fewer.
        """
        if many > len(self.states):
            raise ValueError(
                f"{self.name}: expected at least {many} fields, got {len(self.states)}"
            )
        return replace(self, values=self.values[:many], states=self.states[:many])


def drawn(
    name: str, many: int, rng: np.random.Generator, spread: float = 0.1, start: str = "waves"
) -> FieldSet:
    """Solutions of a family on the periodic line.

    Args:
        name: of `PDE_FAMILIES`.
        many: of them.
        rng: of parameters and initial fields.
        spread: half width of the laws of the parameters, over their means.
        start: initial fields: `waves` of the family, or `random`, draws of a Gaussian process.
    """
    family = replace(PDE_FAMILIES[name], spread=spread)
    first = None
    if start == "random":
        first = gaussian_process(many, family.solver.line, rng, lengthscale=_LENGTHSCALE)
    fields = family.draw(many, rng, start=first)
    return FieldSet(
        name=name, equation=family.equation, spread=spread,
        centre=np.array([family.means[p] for p in family.equation.parameters]),
        place=Line(solver=family.solver, count=len(fields.x)), values=fields.values,
        states=fields.states,
    )  # fmt: skip


def read_field_set(path: Path, name: str, part: str) -> FieldSet:
    """Fields of a data set of `evolving_field`; those that failed are left out.

    Args:
        path: HDF5 file of the collect stage.
        name: that the study gives it.
        part: `train` or `test`.

    Raises:
        ValueError: a file of another simulation, or without samples of that part.
    """
    header = read_header(path)
    spec = header.specification
    if header.name != "evolving_field":
        raise ValueError(f"{path}: expected a data set of evolving_field, got {header.name}")
    chosen = header.sets.get(part, ())
    samples = [s for s in read_samples(path, chosen) if not s.error]
    if not samples or samples[0].mesh is None:
        raise ValueError(f"{path}: expected samples of {part}, got none")
    mesh = samples[0].mesh
    equation = PDE_FAMILIES[spec["family"]].equation
    states = np.array([[s.fields[f"u_{k:02d}"] for k in range(len(TIMES))] for s in samples])
    place: Place
    if spec["domain"] == "interval":
        row = np.flatnonzero(mesh.points[:, 1] == 0)
        row = row[np.argsort(mesh.points[row, 0])]
        count = 2 * (len(row) - 1)
        line = Periodic(length=LENGTH, points=2 * count)
        place = Line(solver=Spectral(line=line), count=count, parity=parity(spec["family"]))
        whole = np.zeros((*states.shape[:2], count))
        whole[..., : len(row)] = states[..., row]
        states = place.mirrored(whole)
    else:
        place = Plane(mesh=mesh)
    laws = {v.name: v for v in header.variables}
    return FieldSet(
        name=name, equation=equation, place=place, spread=float(spec["spread"]),
        centre=np.array([(laws[p].low + laws[p].high) / 2 for p in equation.parameters]),
        values=np.array([[s.inputs[p] for p in equation.parameters] for s in samples]),
        states=states,
    )  # fmt: skip


@final
@dataclass(frozen=True, kw_only=True)
class EvolutionSplit:
    """New fields.

    Attributes:
        families: names, of `PDE_FAMILIES`.
        data_sets: names of data sets, the first samples of whose test sets are taken.
        each: samples of a family or data set.
        noise: of the windows, over the norm of the field.
        spread: half width of the laws of the parameters of families, over their means.
        guess: `perturbed` as in training, `right`, `added` or `deleted` (a term), `none`.
        start: initial fields of families, `waves` as in training or `random`.
        known_noise: whether answers are told the deviation of the noise.
        seed: of all draws.
    """

    families: tuple[str, ...] = ()
    data_sets: tuple[str, ...] = ()
    each: int = 20
    noise: float = 0.02
    spread: float = 0.1
    guess: str = "perturbed"
    start: str = "waves"
    known_noise: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        unknown = set(self.families) - set(PDE_FAMILIES)
        if unknown or not (self.families or self.data_sets):
            raise ValueError(
                f"families: expected some of {', '.join(PDE_FAMILIES)}, or data sets, got "
                f"{sorted(unknown)}"
            )
        if self.guess not in _GUESSES:
            raise ValueError(f"guess: expected one of {', '.join(_GUESSES)}, got {self.guess!r}")
        if self.start not in _STARTS:
            raise ValueError(f"start: expected one of {', '.join(_STARTS)}, got {self.start!r}")
        if self.each < 1 or not 0 <= self.noise < 1:
            raise ValueError(
                f"each, noise: expected at least 1 and a share, got {self.each}, {self.noise:g}"
            )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class FieldSample:
    """New fields of one family or data set.

    Attributes:
        fields: without noise.
        windows: what is seen.
        guesses: one a field; None: none has one.
        noise: its deviation in each window; None: that is not known.
    """

    fields: FieldSet
    windows: Float[np.ndarray, "n S X"]
    guesses: tuple[Equation, ...] | None
    noise: Float[np.ndarray, " n"] | None = None

    @property
    def truth(self) -> Float[np.ndarray, "n F X"]:
        """What is asked for."""
        return self.fields.states[:, SEEN:]


def noisy_fields(
    fields: FieldSet,
    states: Float[np.ndarray, "n S X"],
    sizes: Float[np.ndarray, " n"],
    rng: np.random.Generator,
) -> Float[np.ndarray, "n S X"]:
    """With noise of given deviations, that of mirrored points mirrored too."""
    made = states + sizes[:, None, None] * rng.standard_normal(states.shape)
    return fields.place.mirrored(made)


def field_samples(split: EvolutionSplit, data_sets: Mapping[str, FieldSet]) -> list[FieldSample]:
    """The fields of a split, families first.

    Args:
        split: what is wanted.
        data_sets: test sets by name.

    Raises:
        ValueError: a data set that is not there, or has too few fields.
    """
    missing = set(split.data_sets) - set(data_sets)
    if missing:
        raise ValueError(f"data_sets: expected some of {sorted(data_sets)}, got {sorted(missing)}")
    found = []
    for place, name in enumerate((*split.families, *split.data_sets)):
        rng = np.random.default_rng([split.seed, place])
        fields = (
            drawn(name, split.each, rng, split.spread, split.start)
            if place < len(split.families)
            else data_sets[name].first(split.each)
        )
        sizes = split.noise * np.sqrt((fields.states**2).mean(axis=(1, 2)))
        found.append(
            FieldSample(
                fields=fields, guesses=_guesses(fields.equation, split, rng),
                windows=noisy_fields(fields, fields.states[:, :SEEN], sizes, rng),
                noise=sizes if split.known_noise else None,
            )
        )  # fmt: skip
    return found


def _guesses(
    equation: Equation, split: EvolutionSplit, rng: np.random.Generator
) -> tuple[Equation, ...] | None:
    if split.guess == "none":
        return None
    kind = {"perturbed": None, "right": "untouched"}.get(split.guess, split.guess)
    return tuple(guess(equation, rng, kind).equation for _ in range(split.each))
