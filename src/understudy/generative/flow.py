"""Normalizing flow: an invertible network from the law to independent normal variables.

With y the samples less their mean, each column over its deviation, and f_c the flow given c,

    log p(y | c) = log N(f_c(y); 0, I) + log |det df_c / dy|

is maximised; a draw is f_c^-1(z). Autoregressive affine transforms (MAF: Papamakarios et al. 2017,
arXiv 1705.07057) or monotone rational-quadratic splines (NSF: Durkan et al. 2019, arXiv
1906.04032), as the library zuko builds them. Likelihood does not see the scale of a column.
"""

from dataclasses import dataclass, field
from typing import final

import numpy as np
import torch
import zuko
from jaxtyping import Float
from torch import Tensor, nn

from understudy.generative.checks import asked, learned, positive, scales
from understudy.generative.contract import Generator, Sampler
from understudy.generative.descent import Descent, arrays, descend, restore

__all__ = ["Flow", "FlowSampler"]

_KINDS = {"maf": zuko.flows.MAF, "nsf": zuko.flows.NSF}


@final
@dataclass(frozen=True, kw_only=True)
class Flow(Generator):
    """Specification of the flow.

    Attributes:
        transform: maf (affine) or nsf (splines).
        transforms: number of transforms in a row.
        width: hidden units of each of the two layers of a transform's network.
        training: how it is trained.
        seed: of weights, split and batches.
    """

    transform: str = "maf"
    transforms: int = 3
    width: int = 64
    training: Descent = field(default_factory=Descent)
    seed: int = 0

    def __post_init__(self) -> None:
        if self.transform not in _KINDS:
            raise ValueError(f"transform: expected maf or nsf, got {self.transform!r}")
        positive(transforms=self.transforms, width=self.width)

    def fit(
        self, x: Float[np.ndarray, "N d"], condition: Float[np.ndarray, "m k"] | None = None
    ) -> "FlowSampler":
        """Maximise the likelihood; errors as in the contract."""
        given = learned(x, condition)
        (mean, scale), (c_mean, c_scale) = scales(x), scales(given)
        module = _module(self.transform, self.transforms, self.width, len(mean), len(c_mean))

        def loss(flow: nn.Module, rows: Tensor, context: Tensor, _: torch.Generator) -> Tensor:
            return -flow(context if len(c_mean) else None).log_prob(rows).mean()

        def judge(flow: nn.Module, rows: Tensor, context: Tensor) -> float:
            return float(loss(flow, rows, context, generator))

        generator = torch.Generator().manual_seed(self.seed)
        y, c = (x - mean) / scale, (given - c_mean) / c_scale
        history = descend(module, loss, judge, y, c, self.training, generator)
        return FlowSampler(
            transform=self.transform,
            transforms=self.transforms,
            width=self.width,
            weights=arrays(module),
            mean=mean,
            scale=scale,
            condition_mean=c_mean,
            condition_scale=c_scale,
            history=history,
        )


def _module(
    kind: str, transforms: int, width: int, features: int, context: int
) -> zuko.flows.Flow:
    # Building draws weights from torch's global generator; they are overwritten, its state kept.
    with torch.random.fork_rng(devices=[]):
        return _KINDS[kind](
            features,
            context,
            transforms=transforms,
            hidden_features=(width, width),
            # Bounded far from the data: each column of the inverse feeds the next, and linear
            # growth there would now and then give a draw many orders of magnitude away.
            activation=nn.Tanh,
        )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class FlowSampler(Sampler):
    """A trained flow.

    Attributes:
        transform: maf or nsf.
        transforms: number of transforms.
        width: hidden units.
        weights: parameters of the network by name.
        mean: of the data, shape (d,).
        scale: deviations of the data, shape (d,).
        condition_mean: shape (k,).
        condition_scale: deviations of the conditions, shape (k,).
        history: held-out negative log likelihood after each epoch, in nats a sample.
    """

    transform: str
    transforms: int
    width: int
    weights: dict[str, np.ndarray]
    mean: Float[np.ndarray, " d"]
    scale: Float[np.ndarray, " d"]
    condition_mean: Float[np.ndarray, " k"]
    condition_scale: Float[np.ndarray, " k"]
    history: Float[np.ndarray, " epochs"]
    _flow: zuko.flows.Flow = field(init=False, repr=False)

    def __post_init__(self) -> None:
        shape = (len(self.mean), len(self.condition_mean))
        flow = _module(self.transform, self.transforms, self.width, *shape)
        restore(flow, self.weights)
        object.__setattr__(self, "_flow", flow)

    def sample(
        self, n: int, rng: np.random.Generator, condition: Float[np.ndarray, "m k"] | None = None
    ) -> Float[np.ndarray, "n d"]:
        """Draw `n` rows; see the contract."""
        given = asked(n, condition, len(self.condition_mean))
        z = rng.standard_normal((n, len(self.mean)))
        torch.set_num_threads(1)
        context = (given - self.condition_mean) / self.condition_scale
        c = torch.tensor(context, dtype=torch.float32) if given.shape[1] else None
        with torch.no_grad():
            y = self._flow(c).transform.inv(torch.tensor(z, dtype=torch.float32))
        return self.mean + self.scale * y.numpy().astype(float)
