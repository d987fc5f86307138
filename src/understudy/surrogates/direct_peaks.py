"""The rival of a learned zone: one Gaussian process from geometry and leading modes to the peak.

    log (peak / u) ~ GP(a(g), c_1, ..., c_m),

u the load, a(g) the shape of a zone, c the leading coefficients of a history; what the others do
is noise, which is drawn. It knows nothing of the zone's linearity.
"""

from dataclasses import dataclass, field
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.regression import GP
from understudy.regression.posterior import GPPosterior

__all__ = ["DirectPeaks", "FittedPeaks"]


@final
@dataclass(frozen=True, kw_only=True)
class DirectPeaks:
    """Specification.

    Attributes:
        modes: leading coefficients that are seen.
        samples: pairs of a zone and a history to learn from.
        gp: the regression.
        seed: of the choice of pairs.
    """

    modes: int = 8
    samples: int = 400
    gp: GP = field(default_factory=GP)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.modes < 1 or self.samples < 8:
            raise ValueError(
                f"modes, samples: expected at least 1 and 8, got {self.modes}, {self.samples}"
            )

    def fit(
        self,
        shapes: Float[np.ndarray, "N s"],
        weights: Float[np.ndarray, "S r1"],
        peak: Float[np.ndarray, "N S"],
    ) -> "FittedPeaks":
        """Learn.

        Args:
            shapes: of the training zones.
            weights: factors of mean and modes of each history, the load first.
            peak: of each zone under each history, in Pa.
        """
        rng = np.random.default_rng(self.seed)
        chosen = rng.choice(peak.size, size=min(self.samples, peak.size), replace=False)
        zone, history = np.divmod(chosen, peak.shape[1])
        load = weights[history, 0]
        x = np.concatenate([shapes[zone], weights[history, 1 : self.modes + 1] / load[:, None]], 1)
        y = np.log(peak[zone, history] / load)
        return FittedPeaks(modes=self.modes, posterior=self.gp.fit(x, y[:, None]))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class FittedPeaks:
    """The process.

    Attributes:
        modes: leading coefficients that are seen.
        posterior: of the logarithm of the peak at unit load.
    """

    modes: int
    posterior: GPPosterior

    def draw(
        self,
        shape: Float[np.ndarray, " s"],
        weights: Float[np.ndarray, "S r1"],
        rng: np.random.Generator,
    ) -> Float[np.ndarray, " S"]:
        """Peaks of histories in a zone, in Pa, with what the process does not know drawn."""
        load = weights[:, 0]
        own = np.repeat(shape[None], len(weights), axis=0)
        x = np.concatenate([own, weights[:, 1 : self.modes + 1] / load[:, None]], axis=1)
        found = self.posterior.predict(x)
        spread = np.sqrt(found.variance[:, 0])
        return load * np.exp(found.mean[:, 0] + spread * rng.standard_normal(len(load)))
