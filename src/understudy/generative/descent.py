"""Training of one network on one loss: Adam on batches, stopped early by rows held out.

A running average of the weights is judged against the held-out rows after each epoch; the best one
is kept. Everything random
(initial weights, split, order of batches) comes from one `torch.Generator`, all work is done on
one thread: a fit repeats to the last bit.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from understudy.generative.checks import positive

__all__ = ["Descent", "arrays", "descend", "initialise", "restore"]


@final
@dataclass(frozen=True, kw_only=True)
class Descent:
    """Settings of the training.

    Attributes:
        epochs: most passes over the data.
        batch: rows a step.
        learning_rate: of Adam.
        validation: share of the rows that are held out.
        patience: epochs without a better judgement after which training stops.
        ema: share of the new weights in their running average, which is what is judged and kept.
    """

    epochs: int = 300
    batch: int = 128
    learning_rate: float = 1e-3
    validation: float = 0.1
    patience: int = 30
    ema: float = 0.02

    def __post_init__(self) -> None:
        positive(
            epochs=self.epochs, batch=self.batch, learning_rate=self.learning_rate,
            patience=self.patience,
        )  # fmt: skip
        if not 0.0 < self.validation < 1.0:
            raise ValueError(f"validation: expected in (0, 1), got {self.validation}")
        if not 0.0 < self.ema <= 1.0:
            raise ValueError(f"ema: expected in (0, 1], got {self.ema}")


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Draw weights and biases of linear layers from U(-1, 1) / sqrt(inputs); the rest is zero."""
    linear = [m for m in module.modules() if isinstance(m, nn.Linear)]
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        for layer in linear:
            bound = layer.in_features**-0.5 if layer.in_features else 0.0
            layer.weight.uniform_(-bound, bound, generator=generator)
            if layer.bias is not None:
                layer.bias.uniform_(-bound, bound, generator=generator)


def arrays(module: nn.Module) -> dict[str, np.ndarray]:
    """Copies of all parameters by name."""
    return {name: p.detach().cpu().numpy().copy() for name, p in module.named_parameters()}


def restore(module: nn.Module, weights: dict[str, np.ndarray]) -> None:
    """Put parameters back.

    Raises:
        ValueError: other names or shapes than the module has.
    """
    own = {name: tuple(p.shape) for name, p in module.named_parameters()}
    given = {name: tuple(w.shape) for name, w in weights.items()}
    if own != given:
        raise ValueError(f"weights: expected {own}, got {given}")
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(torch.tensor(weights[name]))


def descend(
    module: nn.Module,
    loss: Callable[[nn.Module, Tensor, Tensor, torch.Generator], Tensor],
    judge: Callable[[nn.Module, Tensor, Tensor], float],
    x: Float[np.ndarray, "N d"],
    condition: Float[np.ndarray, "N k"],
    spec: Descent,
    generator: torch.Generator,
) -> Float[np.ndarray, " epochs"]:
    """Train `module` in place on rows of `x` given `condition`.

    Args:
        module: network, whose initial weights are drawn here.
        loss: mean loss of a network, of rows and of their conditions; draws from the generator if
            it must.
        judge: value of a network, lower is better, against rows and their conditions.
        x: standardised samples.
        condition: standardised conditions.
        spec: settings.
        generator: of all that is random.

    Returns:
        Judgement after each epoch.
    """
    torch.set_num_threads(1)
    initialise(module, generator)
    rows, given = (torch.tensor(a, dtype=torch.float32) for a in (x, condition))
    order = torch.randperm(len(x), generator=generator)
    out = min(max(1, round(spec.validation * len(x))), len(x) - 1)
    held, train = order[:out], order[out:]
    averaged = deepcopy(module)
    average, current = list(averaged.parameters()), list(module.parameters())
    optimizer = torch.optim.Adam(current, lr=spec.learning_rate, fused=True)
    best, kept, history = np.inf, arrays(averaged), []
    for _ in range(spec.epochs):
        for part in train[torch.randperm(len(train), generator=generator)].split(spec.batch):
            optimizer.zero_grad()
            loss(module, rows[part], given[part], generator).backward()
            optimizer.step()
            with torch.no_grad():
                for slow, fast in zip(average, current, strict=True):
                    slow.lerp_(fast, spec.ema)
        with torch.no_grad():
            history.append(judge(averaged, rows[held], given[held]))
        if history[-1] < best:
            best, kept = history[-1], arrays(averaged)
        elif len(history) - 1 - int(np.argmin(history)) >= spec.patience:
            break
    restore(module, kept)
    return np.array(history)
