"""The supervised training loop: batches that are made as they are needed, AdamW, a cosine.

Step i of S takes the rate

    r min((i + 1) / W, (1 + cos(pi (i - W) / (S - W))) / 2),

with a warm-up over W steps (Loshchilov & Hutter 2017, arXiv 1608.03983 and 1711.05101); gradients
are clipped to a greatest norm. Batches are a function of their number, so that a training which is
interrupted goes on from its checkpoint and gives the same bits.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar, final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from understudy.tensors import read_tensors, write_tensors

__all__ = ["Batch", "History", "Training", "fit"]

Batch = TypeVar("Batch")


@final
@dataclass(frozen=True, kw_only=True)
class Training:
    """Settings of a training.

    Attributes:
        steps: of the optimiser.
        learning_rate: greatest rate of AdamW.
        warm_up: share of the steps in which the rate rises.
        weight_decay: of AdamW.
        clip: greatest norm of a gradient.
        accumulate: batches a step.
        precision: of the forward pass, `float32` or `bfloat16`.
        every: steps between judgements and checkpoints.
    """

    steps: int = 1000
    learning_rate: float = 1e-3
    warm_up: float = 0.05
    weight_decay: float = 1e-4
    clip: float = 1.0
    accumulate: int = 1
    precision: str = "float32"
    every: int = 100

    def __post_init__(self) -> None:
        for name in ("steps", "accumulate", "every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: expected at least 1, got {getattr(self, name)}")
        for name in ("learning_rate", "clip"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name}: expected more than 0, got {getattr(self, name)}")
        if not 0.0 <= self.warm_up < 1.0:
            raise ValueError(f"warm_up: expected in [0, 1), got {self.warm_up}")
        if self.precision not in ("float32", "bfloat16"):
            raise ValueError(f"precision: expected float32 or bfloat16, got {self.precision!r}")

    def rate(self, step: int) -> float:
        """Learning rate of a step, the first is 0."""
        rising = self.warm_up * self.steps
        if step < rising:
            return self.learning_rate * (step + 1) / (math.floor(rising) + 1)
        return (
            self.learning_rate
            * (1 + math.cos(math.pi * (step - rising) / (self.steps - rising)))
            / 2
        )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class History:
    """What happened, one entry a judgement.

    Attributes:
        step: steps done.
        loss: mean of the training loss since the judgement before.
        quality: what the judge said; NaN without a judge.
        gradient_norm: mean before clipping.
    """

    step: Float[np.ndarray, " k"]
    loss: Float[np.ndarray, " k"]
    quality: Float[np.ndarray, " k"]
    gradient_norm: Float[np.ndarray, " k"]


@final
class _State(Generic[Batch]):
    """Network, optimiser and records: all that the next step depends on."""

    def __init__(self, module: nn.Module, spec: Training) -> None:
        self.module, self.spec = module, spec
        self.parameters = [p for p in module.parameters() if p.requires_grad]
        self.device = self.parameters[0].device
        self.adam = torch.optim.AdamW(
            self.parameters, lr=spec.learning_rate, weight_decay=spec.weight_decay, fused=True
        )
        self.rows: list[list[float]] = []
        self.step = 0
        self.sums = torch.zeros(2, dtype=torch.float64, device=self.device)

    def advance(
        self, loss: Callable[[nn.Module, Batch], Tensor], batches: Callable[[int], Batch]
    ) -> None:
        """One step."""
        many = self.spec.accumulate
        self.adam.param_groups[0]["lr"] = self.spec.rate(self.step)
        self.adam.zero_grad(set_to_none=True)
        mixed = self.spec.precision == "bfloat16"
        for part in range(many):
            batch = batches(self.step * many + part)
            with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=mixed):
                value = loss(self.module, batch) / many
            value.backward()
            self.sums[0] += value.detach()
        norm = nn.utils.clip_grad_norm_(self.parameters, self.spec.clip)
        self.sums[1] += norm
        self.adam.step()
        self.step += 1

    def record(self, quality: float) -> None:
        """Close the stretch since the last record."""
        done = self.step - (int(self.rows[-1][0]) if self.rows else 0)
        loss, norm = (self.sums / max(done, 1)).tolist()
        self.rows.append([float(self.step), loss, quality, norm])
        self.sums.zero_()

    def tensors(self) -> dict[str, Tensor]:
        """Weights and the optimiser's state, by name."""
        found = {f"module.{n}": t for n, t in self.module.state_dict().items()}
        for i, parameter in enumerate(self.parameters):
            for name, value in self.adam.state[parameter].items():
                found[f"adam.{i}.{name}"] = value
        return {name: t.detach().contiguous() for name, t in found.items()}

    def save(self, path: Path, fingerprint: str) -> None:
        """Write it."""
        header = {
            "fingerprint": fingerprint,
            "rows": json.dumps(self.rows),
        }
        write_tensors(path, self.tensors(), header)

    def resume(self, path: Path, fingerprint: str) -> None:
        """Put back what `save` wrote.

        Raises:
            ValueError: not a whole checkpoint, or one of another training.
        """
        found, header = read_tensors(path, str(self.device))
        if header.get("fingerprint") != fingerprint:
            raise ValueError(
                f"{path}: expected a checkpoint of training {fingerprint}, "
                f"got {header.get('fingerprint')}; remove it to begin anew"
            )
        self.rows = json.loads(header["rows"])
        self.step = int(self.rows[-1][0])
        start = "module."
        self.module.load_state_dict(
            {n.removeprefix(start): t for n, t in found.items() if n.startswith(start)}
        )
        for i, parameter in enumerate(self.parameters):
            names = [n for n in found if n.startswith(f"adam.{i}.")]
            self.adam.state[parameter] = {n.rpartition(".")[2]: found[n] for n in names}


def fit(
    module: nn.Module,
    loss: Callable[[nn.Module, Batch], Tensor],
    batches: Callable[[int], Batch],
    spec: Training,
    *,
    judge: Callable[[nn.Module], float] | None = None,
    checkpoint: Path | None = None,
    fingerprint: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> History:
    """Train `module` in place.

    Args:
        module: network with its initial weights.
        loss: of the network on a batch, a mean.
        batches: number -> batch; the same number gives the same batch.
        spec: settings.
        judge: quality of the network, asked every `spec.every` steps and at the end.
        checkpoint: file that an interrupted training goes on from; written at each judgement.
        fingerprint: of all that the training depends on; a checkpoint must have it.
        progress: called with the steps done and their number.

    Raises:
        ValueError: the checkpoint is damaged or of another training.
        FloatingPointError: the loss became NaN or infinite.
    """
    state: _State[Batch] = _State(module, spec)
    if checkpoint is not None and checkpoint.is_file():
        state.resume(checkpoint, fingerprint)
    module.train()
    while state.step < spec.steps:
        state.advance(loss, batches)
        if state.step % spec.every == 0 or state.step == spec.steps:
            state.record(_judged(module, judge))
            if not math.isfinite(state.rows[-1][1]):
                raise FloatingPointError(
                    f"training: the loss is not finite by step {state.step}; "
                    "lower learning_rate or clip"
                )
            if checkpoint is not None:
                state.save(checkpoint, fingerprint)
        if progress is not None:
            progress(state.step, spec.steps)
    module.eval()
    columns = np.array(state.rows, dtype=float).reshape(-1, 4).T
    return History(step=columns[0], loss=columns[1], quality=columns[2], gradient_norm=columns[3])


def _judged(module: nn.Module, judge: Callable[[nn.Module], float] | None) -> float:
    if judge is None:
        return math.nan
    module.eval()
    with torch.no_grad():
        value = float(judge(module))
    module.train()
    return value
