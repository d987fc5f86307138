"""How a PROSE is trained, and how its bands are measured.

    |u^ - u| / |u|  -  0.25 log p(equation)

is what it learns to make small, on noisy windows of families of ordinary differential equations
(Liu, Zhang & Schaeffer 2024).
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from understudy.data import tree
from understudy.equations.trajectories import TIMES
from understudy.files import digest_of
from understudy.metrics import conformal_by_group
from understudy.nn import History, fit
from understudy.operators import PROSE
from understudy.operators.loss import begun, mean_error, relative_l2, word_loss
from understudy.surrogates.prose_lessons import SEEN, STATES, Lesson
from understudy.surrogates.prose_model import ProseModel, ProseRecipe, written

__all__ = ["train_prose"]

_FLOOR = 0.1
"""Least size of a truth that an error is divided by, over that of its window."""
_JUDGED = 10**6
"""Number of the first batch that the network is judged by; training does not get so far."""
_HELD, _CALIBRATED = 128, 512
"""Trajectories that training is judged by, and that bands are measured on."""


def _loss(recipe: ProseRecipe) -> Callable[[nn.Module, Lesson], Tensor]:
    def loss(module: nn.Module, lesson: Lesson) -> Tensor:
        module = cast(PROSE, module)
        total = torch.zeros((), device=lesson.points.device)
        for part in lesson.by_length():
            values, state = module.both(
                part.points, part.features, part.queries, part.guess, begun(part.words)
            )
            floor = _FLOOR * part.features.square().mean(dim=(1, 2)).sqrt()
            error = relative_l2(values, part.truth, floor).mean()
            words = word_loss(module.decoder.scores, state, part.words)
            share = len(part.points) / len(lesson.points)
            total = total + share * (error + recipe.words * words)
        return total

    return loss


def train_prose(
    recipe: ProseRecipe,
    *,
    device: str = "cpu",
    checkpoint: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ProseModel:
    """Train a network; its quality is the mean relative error on new trajectories.

    Args:
        recipe: settings.
        device: where it is trained; the model that comes back is on the CPU.
        checkpoint: file that an interrupted training goes on from.
        progress: called with the steps done and their number.

    Raises:
        ValueError: a device that is not there.
    """
    if device != "cpu" and not torch.cuda.is_available():
        raise ValueError(f"device: expected cpu, for there is no GPU, got {device!r}")
    networks, histories = [], []
    for k in range(recipe.members):
        own = None if checkpoint is None or k == 0 else checkpoint.with_name(
            f"{checkpoint.name}-{k}"
        )  # fmt: skip

        def shown(done: int, steps: int, before: int = k * recipe.training.steps) -> None:
            if progress is not None:
                progress(before + done, steps * recipe.members)

        network, history = _trained(recipe.member(k), device, own or checkpoint, shown)
        networks.append(network)
        histories.append(history)
    later = len(TIMES) - SEEN
    model = ProseModel(
        recipe=recipe, networks=tuple(networks), history=histories[0], ordinary=np.ones(later),
        quantile=np.zeros((len(recipe.families) + 1, later)),
    )  # fmt: skip
    return _calibrated(model)


def _trained(
    recipe: ProseRecipe,
    device: str,
    checkpoint: Path | None,
    progress: Callable[[int, int], None],
) -> tuple[PROSE, History]:
    """One network, on the CPU."""
    network, lessons = recipe.network().to(device), recipe.lessons()

    def batches(number: int) -> Lesson:
        return lessons(number).to(device)

    held = [batches(_JUDGED + k) for k in range(-(-_HELD // recipe.batch))]

    history = fit(
        network, _loss(recipe), batches, recipe.training, judge=lambda n: mean_error(n, held),
        checkpoint=checkpoint,
        fingerprint=digest_of({"recipe": tree.plain(recipe)}), progress=progress,
    )  # fmt: skip
    return network.to("cpu"), history


@torch.no_grad()
def _calibrated(model: ProseModel) -> ProseModel:
    """With bands that hold on trajectories of their own; a row of scores a state of a window."""
    recipe = model.recipe
    lessons = replace(recipe.lessons(), queries=len(TIMES) - SEEN)
    errors, spreads, sizes, group = (list[np.ndarray]() for _ in range(4))
    for k in range(-(-_CALIBRATED // recipe.batch)):
        b = lessons(2 * _JUDGED + k)
        asked = b.points, b.features, b.queries, b.guess
        every = torch.stack([network(*asked) for network in model.networks])
        size = b.features.square().mean(dim=1).sqrt()
        # A state that a family does not have is no error that was avoided.
        there = size > 0
        for kept, values in (
            (errors, (every.mean(dim=0) - b.truth).abs()),
            (spreads, every.std(dim=0, correction=0)),
        ):
            kept.append(values.transpose(1, 2)[there].double().numpy())
        sizes.append(size[there].double().numpy())
        many = there.sum(dim=1).numpy()
        states = [STATES[:n] for n in many.tolist()]
        said = written(model.network, b.points, b.features, b.guess, states)
        group.append(np.repeat(model.taken_for(said), many))
    error, spread, size = (np.concatenate(part) for part in (errors, spreads, sizes))
    ordinary = model.ordinary
    if len(model.networks) > 1:
        ordinary = np.median(spread / size[:, None], axis=0)
    scores = error / (spread + ordinary * size[:, None])
    quantile = conformal_by_group(
        scores, np.concatenate(group), len(recipe.families), each=len(STATES)
    )
    return replace(model, ordinary=ordinary, quantile=quantile)
