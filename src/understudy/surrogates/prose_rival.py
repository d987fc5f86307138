"""Networks without equations on the lessons of PROSE: what they make of the same windows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from understudy.data import tree
from understudy.equations.trajectories import TIMES
from understudy.files import digest_of
from understudy.nn import History, fit, seeded
from understudy.operators import DeepONet, SeriesFNO
from understudy.operators.loss import mean_error, relative_l2
from understudy.surrogates.network_files import read_network, write_network
from understudy.surrogates.prose_lessons import SEEN, STATES, Lesson
from understudy.surrogates.prose_model import ProseRecipe

__all__ = ["RIVALS", "ProseRival", "load_rival", "save_rival", "train_rival"]

RIVALS = ("deeponet", "fno")
"""Names of the networks."""
_FORMAT = "understudy-prose-rival"
_FLOOR, _JUDGED, _HELD = 0.1, 10**6, 128


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ProseRival:
    """A trained network.

    Attributes:
        name: of its kind, of `RIVALS`.
        recipe: of the PROSE whose lessons it has had.
        network: with its weights.
        history: of the training.
    """

    name: str
    recipe: ProseRecipe
    network: nn.Module
    history: History

    @torch.no_grad()
    def forecast(
        self, windows: Float[np.ndarray, "n T D"], ahead: Float[np.ndarray, " S"]
    ) -> Float[np.ndarray, "n S D"]:
        """States at later times.

        Args:
            windows: noisy states at the times that it has learned.
            ahead: times, counted from the first of the window.
        """
        n, _, d = windows.shape
        features = torch.zeros(n, SEEN, len(STATES))
        features[..., :d] = torch.from_numpy(windows).float()
        points = torch.from_numpy(TIMES[:SEEN] / TIMES[-1]).float()[:, None].expand(n, -1, -1)
        queries = torch.from_numpy(ahead / TIMES[-1]).float()[:, None].expand(n, -1, -1)
        return self.network(points, features, queries)[..., :d].double().numpy()


def _network(name: str, recipe: ProseRecipe) -> nn.Module:
    if name not in RIVALS:
        raise ValueError(f"rival: expected one of {', '.join(RIVALS)}, got {name!r}")
    with seeded(recipe.seed):
        if name == "fno":
            later = (len(TIMES) - SEEN) // SEEN
            return SeriesFNO(features=len(STATES), later=later, width=recipe.sizes.width // 2)
        return DeepONet(
            sensors=SEEN, features=len(STATES), queries=1, outputs=len(STATES),
            width=2 * recipe.sizes.width, terms=recipe.sizes.width,
        )  # fmt: skip


def train_rival(
    name: str,
    recipe: ProseRecipe,
    *,
    checkpoint: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ProseRival:
    """Train a network; its quality is the mean relative error on new trajectories.

    Args:
        name: of `RIVALS`.
        recipe: of the PROSE that it is compared with.
        checkpoint: file that an interrupted training goes on from.
        progress: called with the steps done and their number.

    Raises:
        ValueError: an unknown name.
    """
    network, lessons = _network(name, recipe), recipe.lessons()
    held = [lessons(_JUDGED + k) for k in range(-(-_HELD // recipe.batch))]

    def loss(module: nn.Module, b: Lesson) -> Tensor:
        floor = _FLOOR * b.features.square().mean(dim=(1, 2)).sqrt()
        return relative_l2(module(b.points, b.features, b.queries), b.truth, floor).mean()

    history = fit(
        network, loss, lessons, recipe.training, judge=lambda n: mean_error(n, held),
        checkpoint=checkpoint,
        fingerprint=digest_of({"rival": name, "recipe": tree.plain(recipe)}), progress=progress,
    )  # fmt: skip
    return ProseRival(name=name, recipe=recipe, network=network, history=history)


def save_rival(path: Path, rival: ProseRival, origin: Mapping[str, Any]) -> None:
    """Write a network; the file is whole or absent."""
    settings = {
        "name": rival.name, "recipe": tree.plain(rival.recipe), "origin": dict(origin),
    }  # fmt: skip
    write_network(path, _FORMAT, rival.network, rival.history, {}, settings)


def load_rival(path: Path) -> ProseRival:
    """Read what `save_rival` wrote.

    Raises:
        ValueError: missing, damaged, or not such a network.
    """
    stored = read_network(path, _FORMAT)
    recipe = tree.build(ProseRecipe, stored.settings["recipe"], str(path))
    name = stored.settings["name"]
    network = _network(name, recipe)
    stored.fill(network)
    return ProseRival(name=name, recipe=recipe, network=network, history=stored.history)
