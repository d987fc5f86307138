"""A trained PROSE (Liu, Zhang & Schaeffer 2024) with all that it needs to be asked.

Times are counted in lengths of a trajectory, states padded to five.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from understudy.data import tree
from understudy.equations.equation import Equation, renamed
from understudy.equations.ode_families import ODE_FAMILIES, SIX
from understudy.equations.tokens import Tokenizer
from understudy.equations.trajectories import TIMES
from understudy.nn import History, Training, seeded
from understudy.operators import PROSE, SMALL, Decoded, PatchEncoder, Sizes, decode
from understudy.surrogates.equation_network import Band, Learned
from understudy.surrogates.network_files import read_network, write_network
from understudy.surrogates.prose_lessons import (
    SEEN,
    STATES,
    Lessons,
    longest_of,
    padded,
    words_of,
)

__all__ = ["TOKENIZER", "ProseModel", "ProseRecipe", "load_prose", "save_prose", "written"]

TOKENIZER = Tokenizer(states=STATES)
_FORMAT = "understudy-prose-2"
_APART = 10_000
"""Between the seeds of members."""


@final
@dataclass(frozen=True, kw_only=True)
class ProseRecipe:
    """Settings.

    Attributes:
        families: that are learned.
        sizes: of the network.
        patch: points a row.
        batch: samples a step.
        noise: of the windows.
        blind: share of the batches without a guess.
        words: weight of the words in the loss.
        training: of the network.
        seed: of weights and batches.
        members: networks that are trained, with seeds of their own, and whose forecasts are
            averaged (Lakshminarayanan, Pritzel & Blundell 2017, section 2.4).
    """

    families: tuple[str, ...] = SIX
    sizes: Sizes = SMALL
    patch: int = 4
    batch: int = 32
    noise: float = 0.02
    blind: float = 0.1
    words: float = 0.25
    training: Training = field(default_factory=Training)
    seed: int = 0
    members: int = 1

    def __post_init__(self) -> None:
        if SEEN % self.patch or self.words < 0 or self.members < 1:
            raise ValueError(
                f"patch, words, members: expected a divisor of {SEEN}, at least 0 and at least 1, "
                f"got {self.patch}, {self.words}, {self.members}"
            )
        self.lessons()

    def member(self, number: int) -> "ProseRecipe":
        """Settings of one network of the ensemble."""
        return replace(self, seed=self.seed + _APART * number, members=1)

    def lessons(self) -> Lessons:
        """Batches to learn from."""
        return Lessons(
            families=self.families, tokenizer=TOKENIZER, seed=self.seed, batch=self.batch,
            noise=self.noise, blind=self.blind,
        )  # fmt: skip

    def network(self) -> PROSE:
        """With its initial weights."""
        with seeded(self.seed):
            return PROSE(
                encoder=PatchEncoder(
                    coordinates=1, features=len(STATES), patch=self.patch, width=self.sizes.width,
                    heads=self.sizes.heads, layers=self.sizes.data,
                ),
                sizes=self.sizes, queries=1, words=len(TOKENIZER.words),
                longest=longest_of(self.families, TOKENIZER),
            )  # fmt: skip


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ProseModel:
    """A trained network, or a small ensemble of them.

    With u the mean of the members, s their standard deviation and d the size of the window, bands
    are u +- q (s + m d): q bounds 95 % of the errors over their s + m d on new trajectories (split
    conformal prediction with normalised scores; Papadopoulos, Gammerman & Vovk 2008, eq. 16).

    Attributes:
        recipe: settings.
        networks: with their weights; the first writes the equations.
        history: of the training of the first.
        ordinary: m at each later time: median of s / d, or 1 of a single network.
        quantile: q at each later time, a row for what it takes for each of its families, the last
            for all together.
    """

    recipe: ProseRecipe
    networks: tuple[PROSE, ...]
    history: History
    ordinary: Float[np.ndarray, " S"]
    quantile: Float[np.ndarray, "g S"]

    @property
    def network(self) -> PROSE:
        """The first."""
        return self.networks[0]

    @property
    def families(self) -> tuple[str, ...]:
        """Names of those that it has learned."""
        return self.recipe.families

    def taken_for(self, written: Sequence[Sequence[Learned]]) -> Int[np.ndarray, " n"]:
        """Number of the family whose skeleton it wrote first, -1 for one of none."""
        numbers = {
            renamed(e, STATES[: len(e.states)]).skeleton: i
            for i, e in enumerate(ODE_FAMILIES[name].equation for name in self.families)
        }
        first = [row[0].equation if row else None for row in written]
        return np.array(
            [-1 if e is None else numbers.get(renamed(e, STATES[: len(e.states)]).skeleton, -1)
             for e in first],
            dtype=int,
        )  # fmt: skip

    def fits(self, times: Float[np.ndarray, " T"], states: int) -> bool:
        """Whether windows at these times, with so many states, are of the kind it has learned."""
        if len(times) != SEEN or states > len(STATES):
            return False
        return bool(np.allclose(times - times[0], TIMES[:SEEN], rtol=0, atol=1e-6))

    @torch.no_grad()
    def forecast(
        self,
        windows: Float[np.ndarray, "n T D"],
        ahead: Float[np.ndarray, " S"],
        guesses: Sequence[Equation] | None = None,
    ) -> Float[np.ndarray, "n S D"]:
        """States at later times.

        Args:
            windows: noisy states at the times that it has learned.
            ahead: times, counted from the first of the window.
            guesses: one a window; None: nothing is known.

        Raises:
            ValueError: windows of another length, more states than it has learned.
        """
        return self._members(windows, ahead, guesses).mean(axis=0)

    def bands(
        self,
        windows: Float[np.ndarray, "n T D"],
        ahead: Float[np.ndarray, " S"],
        guesses: Sequence[Equation] | None = None,
        written: Sequence[Sequence[Learned]] | None = None,
    ) -> list[Band]:
        """Forecast, low and high of each window; 95 % of windows of its families lie between.

        Args:
            windows: noisy states at the times that it has learned.
            ahead: times, counted from the first of the window.
            guesses: one a window; None: nothing is known.
            written: what `decode` gave for them; None: it is asked.

        Raises:
            ValueError: as `forecast`.
        """
        if written is None:
            written = self.decode(windows, STATES[: windows.shape[2]], guesses)
        every = self._members(windows, ahead, guesses)
        own = self.quantile[self.taken_for(written)]
        factor = np.stack([np.interp(ahead, TIMES[SEEN:], q) for q in own])[..., None]
        ordinary = np.interp(ahead, TIMES[SEEN:], self.ordinary)[:, None]
        sizes = np.sqrt((windows**2).mean(axis=1, keepdims=True))
        wide = factor * (every.std(axis=0) + ordinary * sizes)
        return [(u, u - w, u + w) for u, w in zip(every.mean(axis=0), wide, strict=True)]

    @torch.no_grad()
    def _members(
        self,
        windows: Float[np.ndarray, "n T D"],
        ahead: Float[np.ndarray, " S"],
        guesses: Sequence[Equation] | None,
    ) -> Float[np.ndarray, "m n S D"]:
        points, features, words = self._asked(windows, guesses)
        queries = torch.from_numpy(ahead / TIMES[-1]).float()[:, None]
        asked = points, features, queries.expand(len(windows), -1, -1), words
        found = torch.stack([network(*asked) for network in self.networks])
        return found[..., : windows.shape[2]].double().numpy()

    @torch.no_grad()
    def decode(
        self,
        windows: Float[np.ndarray, "n T D"],
        states: Sequence[str],
        guesses: Sequence[Equation] | None = None,
        beam: int = 1,
    ) -> list[list[Learned]]:
        """Equations of each window, the most probable first.

        Equations of another number of states, or with numbers left open, are left out.

        Raises:
            ValueError: as `forecast`.
        """
        asked = self._asked(windows, guesses)
        return written(self.network, *asked, [states] * len(windows), beam=beam)

    def _asked(
        self, windows: np.ndarray, guesses: Sequence[Equation] | None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        n, length, d = windows.shape
        if length != SEEN or d > len(STATES):
            raise ValueError(
                f"windows: expected {SEEN} points of at most {len(STATES)} states, got {length} "
                f"of {d}"
            )
        features = torch.zeros(n, length, len(STATES))
        features[..., :d] = torch.from_numpy(windows).float()
        share = torch.from_numpy(TIMES[:SEEN] / TIMES[-1]).float()[:, None]
        words = None if guesses is None else padded([words_of(TOKENIZER, g) for g in guesses])
        return share.expand(n, -1, -1), features, words


def written(
    network: PROSE,
    points: Float[Tensor, "n T 1"],
    features: Float[Tensor, "n T D"],
    words: Int[Tensor, "n l"] | None,
    states: Sequence[Sequence[str]],
    *,
    beam: int = 1,
) -> list[list[Learned]]:
    """Equations that a network writes of each window, the most probable first.

    Those of another number of states, or with numbers left open, are left out.

    Args:
        network: that is asked.
        points: times of the windows.
        features: their states.
        words: of the guesses.
        states: names of the states of each window.
        beam: equations that are followed at once.
    """
    memory, present = network.memory(points, features, words)

    def allowed(before: list[int]) -> np.ndarray:
        return TOKENIZER.allowed(before)

    found = decode(network.decoder, memory, present, allowed=allowed, beam=beam)
    return [
        [e for one in row if (e := _learned(one, own)) is not None]
        for row, own in zip(found, states, strict=True)
    ]


def _learned(decoded: Decoded, states: Sequence[str]) -> Learned | None:
    """What was written, as an equation of the states; None: it is not one of them."""
    try:
        equation = TOKENIZER.decode(decoded.words)
    except ValueError:
        return None
    if len(equation.states) != len(states) or equation.parameters:
        return None
    return Learned(
        equation=renamed(equation, tuple(states)), log_probability=decoded.log_probability
    )


def save_prose(path: Path, model: ProseModel, origin: Mapping[str, Any]) -> None:
    """Write a model: safetensors, the settings in its header; the file is whole or absent."""
    write_network(
        path, _FORMAT, nn.ModuleList(model.networks), model.history,
        {"ordinary": model.ordinary, "quantile": model.quantile},
        {"recipe": tree.plain(model.recipe), "origin": dict(origin)},
    )  # fmt: skip


def load_prose(path: Path) -> ProseModel:
    """Read what `save_prose` wrote.

    Raises:
        ValueError: missing, damaged, or not such a model.
    """
    stored = read_network(path, _FORMAT)
    recipe = tree.build(ProseRecipe, stored.settings["recipe"], str(path))
    networks = tuple(recipe.member(k).network() for k in range(recipe.members))
    stored.fill(nn.ModuleList(networks))
    return ProseModel(
        recipe=recipe, networks=networks, history=stored.history,
        ordinary=stored.arrays["ordinary"], quantile=stored.arrays["quantile"],
    )  # fmt: skip
