"""A learned law of boundary histories as a file: draws, and the samplers that judge them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

import numpy as np
from jaxtyping import Float, Int

from understudy.data import tree
from understudy.data.histories import Histories
from understudy.data.laws import Law
from understudy.generative import AnalogueSampler, Inner, Sampler
from understudy.linalg import ExtendedBasis
from understudy.surrogates.stochastic_boundary import FittedBoundary

__all__ = ["BoundaryModel", "load_boundary", "save_boundary"]

_KIND, _VERSION = "understudy-boundary", 2


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class BoundaryModel:
    """A law with what its histories mean.

    Attributes:
        law: draws histories.
        name: of the data set that it was learned from.
        units: of length, time, stress and inputs.
        times: of a history, shape (t,).
        nodes: of the edge, shape (e, 2).
        size: runs that it was learned from.
    """

    law: FittedBoundary
    name: str
    units: dict[str, str]
    times: Float[np.ndarray, " t"]
    nodes: Float[np.ndarray, "e 2"]
    size: int

    def histories(
        self, count: int, seed: int, inputs: Mapping[str, Float[np.ndarray, " n"]] | None = None
    ) -> Histories:
        """New runs as a data set; inputs that are not given are drawn from their laws."""
        drawn, full = self.law.draw(count, np.random.default_rng(seed), inputs)
        return Histories(
            name=self.name,
            units=self.units,
            specification="{}",
            times=self.times,
            nodes=self.nodes,
            numbers=np.arange(count),
            displacement=drawn.astype(np.float32),
            peak=np.zeros((count, 0)),
            inputs=full,
            residual=np.zeros(count),
            seconds=np.zeros(count),
            errors={},
        )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class _Stored:
    """A sampler of the family, in the field of its class."""

    inner: Inner | None = None
    analogue: AnalogueSampler | None = None

    @classmethod
    def of(cls, sampler: object) -> "_Stored":
        if isinstance(sampler, AnalogueSampler):
            return cls(analogue=sampler)
        if not isinstance(sampler, Sampler):
            raise ValueError(f"law: expected a sampler of ours, got {type(sampler).__name__}")
        return cls(inner=Inner.of(sampler))

    @property
    def sampler(self) -> Sampler:
        if self.analogue is not None:
            return self.analogue
        if self.inner is None:
            raise ValueError("law: expected a sampler, got none")
        return self.inner.sampler


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class _File:
    basis: ExtendedBasis
    sampler: _Stored
    replicas: tuple[_Stored, ...]
    left_out: Int[np.ndarray, " N"]
    shape: tuple[int, int, int]
    level: float
    laws: dict[str, Law]
    scale: str
    rows: Float[np.ndarray, "N r"]
    known: dict[str, Float[np.ndarray, " N"]]
    name: str
    units: dict[str, str]
    times: Float[np.ndarray, " t"]
    nodes: Float[np.ndarray, "e 2"]
    size: int


def save_boundary(path: Path, model: BoundaryModel, origin: Mapping[str, Any]) -> None:
    """Write a law. Modes of the responses are left out: draws need those of histories alone."""
    law = model.law
    light = replace(
        law.basis,
        y_mean=np.zeros(0),
        y_modes=np.zeros((len(law.basis.x_modes), 0)),
        weights=np.zeros(0),
    )
    stored = _File(
        basis=light,
        sampler=_Stored.of(law.sampler),
        replicas=tuple(_Stored.of(sampler) for sampler in law.replicas),
        left_out=law.left_out,
        shape=law.shape,
        level=law.level,
        laws=law.laws,
        scale=law.scale,
        rows=law.rows,
        known=law.known,
        name=model.name,
        units=model.units,
        times=model.times,
        nodes=model.nodes,
        size=model.size,
    )
    tree.save(path, _KIND, _VERSION, stored, origin)


def load_boundary(path: Path) -> BoundaryModel:
    """Read a law.

    Raises:
        ValueError: missing, damaged or of another kind; names the file.
    """
    stored = tree.load(path, _KIND, _VERSION, _File)[0]
    law = FittedBoundary(
        basis=stored.basis,
        sampler=stored.sampler.sampler,
        replicas=tuple(one.sampler for one in stored.replicas),
        left_out=stored.left_out,
        shape=stored.shape,
        level=stored.level,
        laws=stored.laws,
        scale=stored.scale,
        rows=stored.rows,
        known=stored.known,
    )
    return BoundaryModel(
        law=law,
        name=stored.name,
        units=stored.units,
        times=stored.times,
        nodes=stored.nodes,
        size=stored.size,
    )
