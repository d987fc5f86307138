"""How generators learn the law of coefficients for a stochastic boundary.

Most learn from rows alone. A WGAN-GP may see the stress that a history makes beside its
coefficients, is judged by the quantity of interest in runs that it does not learn from, and starts
from the law of all runs when a group of them is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.generative import WGANGP, Sampler, WGANSampler
from understudy.linalg import ExtendedBasis
from understudy.metrics import wasserstein1
from understudy.surrogates.boundary_faces import Condition, Generator, Quantity, Submodel
from understudy.surrogates.boundary_faces import Sampler as AnySampler
from understudy.surrogates.response_features import PeakFeatures
from understudy.surrogates.stochastic_boundary import greatest

__all__ = ["HeldOut", "Learner"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class HeldOut:
    """Runs that a network is judged by; none of them is learned from.

    Attributes:
        responses: of each run, at unit scale, shape (h, q).
        condition: standard normal numbers of their inputs, or None.
        values: quantity of each, at unit scale, shape (h,).
        submodel: gives the quantity of a history.
        shape: of a history.
        quantity: of the cells that the submodel observes.
    """

    responses: Float[np.ndarray, "h q"]
    condition: Condition
    values: Float[np.ndarray, " h"]
    submodel: Submodel
    shape: tuple[int, int, int]
    quantity: Quantity = greatest

    def distance(self, basis: ExtendedBasis, made: Float[np.ndarray, "n r"]) -> float:
        """W1 of the quantity of generated rows to that of the runs, over their deviation."""
        histories = basis.decode(made).reshape(-1, *self.shape)
        values = self.quantity(self.submodel.run(histories))
        return wasserstein1(values, self.values) / float(self.values.std())


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Learner:
    """A `Learn` for `StochasticBoundary.fit`.

    Attributes:
        features: what a critic sees beside coefficients; None: nothing.
        times: of a history.
        refit: iterations when it starts from the law of all runs.
        held_out: runs to judge by; None: a share of the training rows, in their energy distance.
        checkpoint: file that an interrupted training goes on from.
        progress: called with iterations done and their number.
    """

    features: PeakFeatures | None = None
    times: int = 64
    refit: int = 600
    held_out: HeldOut | None = None
    checkpoint: Path | None = None
    progress: Callable[[int, int], None] | None = None

    def __call__(
        self,
        generator: Generator,
        basis: ExtendedBasis,
        c: Float[np.ndarray, "n r"],
        condition: Condition,
        start: AnySampler | None,
    ) -> AnySampler:
        """Learn the law of the rows of `c`."""
        if not isinstance(generator, WGANGP):
            return generator.fit(c, condition)
        features = None if self.features is None else self.features.of(basis, c, self.times)
        if isinstance(start, WGANSampler):
            return self._again(generator, start, c, condition, features)
        held = self.held_out
        return generator.fit(
            c,
            condition,
            features=features,
            quality=None if held is None else lambda made, _: held.distance(basis, made),
            validation=None if held is None else (basis.encode(held.responses), held.condition),
            checkpoint=self.checkpoint,
            progress=self.progress,
        )

    def _again(
        self,
        generator: WGANGP,
        start: WGANSampler,
        c: Float[np.ndarray, "n r"],
        condition: Condition,
        features: Callable | None,
    ) -> Sampler:
        """A short training from given weights; the last ones stay, for nothing is chosen."""
        training = replace(
            generator.training,
            iterations=self.refit,
            learning_rate=generator.training.learning_rate * generator.training.decay**0.5,
            decay=generator.training.decay**0.5,
        )
        stopping = replace(generator.stopping, every=self.refit, patience=2)
        judgements = iter(range(2))
        return replace(generator, training=training, stopping=stopping).fit(
            c,
            condition,
            features=features,
            start=start,
            validation=(c[:2], None if condition is None else condition[:2]),
            quality=lambda _made, _held: -float(next(judgements)),
        )
