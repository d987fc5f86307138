"""A trained PROSE meets a family that it has not learned: few solutions, or an equation alone.

With few solutions its operator head goes on learning, all weights or adapters of low rank. With an
equation and no solution it learns to satisfy it: with u_k the answers at later times t_k, h apart,

    |u_0 - a|^2 / s^2 + mean_k |u_(k+1) - u_k - h (f(u_k) + f(u_(k+1))) / 2|^2 / (h s)^2

is made small, a the state at the end of the window as the refined equation has it, s the size of
the window (residuals of a symbolic right-hand side: arXiv 2512.23056). Both are judged by the
error of the head on windows that adaptation has not seen.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from understudy.equations.rhs import RightHandSide
from understudy.equations.trajectories import TIMES
from understudy.nn import Training, fit
from understudy.nn.low_rank import with_adapters
from understudy.operators import PROSE
from understudy.operators.loss import relative_l2
from understudy.surrogates.equation_refinement import Refinement, noise_level
from understudy.surrogates.forecast_errors import judged
from understudy.surrogates.prose_baselines import true_family
from understudy.surrogates.prose_lessons import SEEN, STATES
from understudy.surrogates.prose_model import ProseModel
from understudy.surrogates.prose_samples import Sample, Split, samples_of

__all__ = ["Adaptation", "adapt"]

_TRAINING = Training(steps=200, learning_rate=1e-3, every=200)
_FLOOR = 0.1


@final
@dataclass(frozen=True, kw_only=True)
class Adaptation:
    """Settings.

    Attributes:
        families: that the network has not learned.
        shots: solutions, or windows without their solutions, that are at hand.
        tests: windows that the head is judged by.
        rank: of the adapters.
        noise: of the windows, over the norm of the trajectory.
        training: of each adaptation.
        seed: of trajectories and adapters.
    """

    families: tuple[str, ...]
    shots: int = 32
    tests: int = 40
    rank: int = 8
    noise: float = 0.02
    training: Training = field(default_factory=lambda: _TRAINING)
    seed: int = 1

    def __post_init__(self) -> None:
        if min(self.shots, self.tests, self.rank) < 1:
            raise ValueError(
                f"shots, tests, rank: expected at least 1, got {self.shots}, {self.tests}, "
                f"{self.rank}"
            )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class _Batch:
    """Windows of one family, padded, and what is known of them."""

    points: Float[Tensor, "b n 1"]
    features: Float[Tensor, "b n d"]
    queries: Float[Tensor, "b q 1"]
    rows: Float[Tensor, "b ..."]
    values: Float[Tensor, "p b"]


def adapt(model: ProseModel, spec: Adaptation) -> dict[str, dict[str, Float[np.ndarray, " n"]]]:
    """Errors of the head on new windows, by family and by way of adaptation.

    Ways are `none`, `low_rank`, `all_weights` and `residual`, which has no solutions.

    Args:
        model: trained on other families.
        spec: settings.

    Raises:
        ValueError: a family that the network has learned.
    """
    known = sorted(set(spec.families) & set(model.families))
    if known:
        raise ValueError(f"families: expected none that was learned, got {', '.join(known)}")
    found = {}
    for name in spec.families:
        split = Split(families=(name,), each=spec.shots, noise=spec.noise, seed=spec.seed)
        (shots,) = samples_of(split)
        (tests,) = samples_of(replace(split, each=spec.tests, seed=spec.seed + 1))
        ways = {
            "none": model.network,
            "low_rank": _few_shot(_adapters(model, spec), shots, spec),
            "all_weights": _few_shot(_free(model), shots, spec),
            "residual": _residual(_adapters(model, spec), shots, spec),
        }
        found[name] = {
            way: _error(replace(model, networks=(network,)), tests)
            for way, network in ways.items()
        }
    return found


def _adapters(model: ProseModel, spec: Adaptation) -> PROSE:
    return with_adapters(model.network, rank=spec.rank, seed=spec.seed)


def _free(model: ProseModel) -> PROSE:
    return copy.deepcopy(model.network)


def _error(model: ProseModel, sample: Sample) -> Float[np.ndarray, " n"]:
    made = model.forecast(sample.windows[:, -1], TIMES[SEEN:])
    return judged(sample.truth, made).error


def _padded(states: Float[np.ndarray, "n T D"]) -> Float[Tensor, "n T d"]:
    found = torch.zeros(*states.shape[:2], len(STATES))
    found[..., : states.shape[2]] = torch.from_numpy(states).float()
    return found


def _few_shot(network: PROSE, shots: Sample, spec: Adaptation) -> PROSE:
    """Learn the solutions."""
    features, truth = _padded(shots.windows[:, -1]), _padded(shots.truth)

    def loss(module: nn.Module, b: _Batch) -> Tensor:
        floor = _FLOOR * b.features.square().mean(dim=(1, 2)).sqrt()
        made = module(b.points, b.features, b.queries, None)
        return relative_l2(made, b.rows, floor).mean()

    return _trained(network, loss, features, truth, TIMES[SEEN:], np.empty((0, len(truth))), spec)


def _residual(network: PROSE, shots: Sample, spec: Adaptation) -> PROSE:
    """Satisfy the equation, whose numbers and states at the end of the windows are refined."""
    family, windows = true_family(shots), shots.windows
    many = len(windows)
    size = family.spread / np.sqrt(3.0) * np.abs(family.centre)
    refined = Refinement().fit(
        family.equation, TIMES[:SEEN], windows, centre=np.tile(family.centre, (many, 1)),
        spread=np.tile(size, (many, 1)), noise=np.sqrt((noise_level(windows) ** 2).mean(axis=1)),
    )  # fmt: skip
    ends = refined.forecast(TIMES[:SEEN], windows.shape[1] - 1)[:, -1:]
    right = RightHandSide(family.equation, torch)
    step, d = float(TIMES[1] - TIMES[0]), ends.shape[2]

    def loss(module: nn.Module, b: _Batch) -> Tensor:
        made = module(b.points, b.features, b.queries, None)[..., :d]
        rate = right.bind(b.values[..., None])
        slope = rate(0.0, made.permute(2, 0, 1)).permute(1, 2, 0)
        left = made[:, 1:] - made[:, :-1] - step / 2 * (slope[:, 1:] + slope[:, :-1])
        scale = b.features[..., :d].square().mean(dim=(1, 2), keepdim=True)
        first = (made[:, :1] - b.rows[..., :d]).square() / scale
        rest = left.square() / (step**2 * scale)
        return first.mean() + rest.mean()

    times = TIMES[SEEN - 1 :]
    return _trained(
        network, loss, _padded(windows[:, -1]), _padded(ends), times, refined.values.T, spec
    )


def _trained(
    network: PROSE,
    loss: Callable[[nn.Module, _Batch], Tensor],
    features: Tensor,
    rows: Tensor,
    times: Float[np.ndarray, " q"],
    values: Float[np.ndarray, "p n"],
    spec: Adaptation,
) -> PROSE:
    """Batches are half of the shots, drawn anew."""
    share = torch.from_numpy(TIMES[:SEEN] / TIMES[-1]).float()[:, None]
    queries = torch.from_numpy(times / TIMES[-1]).float()[:, None]
    numbers = torch.from_numpy(np.ascontiguousarray(values)).float()

    def batches(number: int) -> _Batch:
        rng = np.random.default_rng([spec.seed, number])
        many = max(len(features) // 2, 1)
        own = torch.from_numpy(rng.permutation(len(features))[:many])
        return _Batch(
            points=share.expand(many, -1, -1), features=features[own], rows=rows[own],
            queries=queries.expand(many, -1, -1), values=numbers[:, own],
        )  # fmt: skip

    fit(network, loss, batches, spec.training)
    return network
