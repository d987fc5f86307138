"""PROSE on families of equations: what it learns from, its file, and what it is asked."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from understudy.equations.equation import freed
from understudy.equations.ode_families import ODE_FAMILIES
from understudy.equations.parse import parse
from understudy.equations.tokens import Tokenizer
from understudy.equations.trajectories import TIMES, draw
from understudy.nn import Training
from understudy.operators import Sizes
from understudy.surrogates.prose_lessons import SEEN, STATES, Lessons, longest_of
from understudy.surrogates.prose_model import ProseRecipe, load_prose, save_prose
from understudy.surrogates.prose_training import train_prose

TOKENIZER = Tokenizer(states=STATES)
TWO = ("lorenz", "thomas")
SMALL = ProseRecipe(
    families=TWO, sizes=Sizes(width=32, heads=4, data=1, symbols=1, fusion=1, queries=1, words=1),
    batch=8, training=Training(steps=4, every=2),
)  # fmt: skip


def lessons(**settings):
    return Lessons(
        **{"families": TWO, "tokenizer": TOKENIZER, "seed": 3, "batch": 8, "chunk": 2, **settings}
    )


@pytest.fixture(scope="module")
def model():
    return train_prose(SMALL)


def same(a, b):
    return all(
        x is y or torch.equal(x, y)
        for x, y in zip(vars(a).values(), vars(b).values(), strict=True)
    )


def test_a_batch_is_a_function_of_its_number():
    """Asked in whatever order, and not the batch of another number."""
    first, other = lessons(), lessons()
    batches = [first(k) for k in range(4)]
    assert same(other(3), batches[3])
    assert same(other(0), batches[0])
    assert not torch.equal(batches[0].features, batches[1].features)


def test_words_are_the_equation_of_the_trajectory():
    """Solved from the first point of a noiseless window the words lead to the truth."""
    batch = lessons(noise=0.0, queries=20)(0)
    for k in range(4):
        words = [w for w in batch.words[k].tolist() if w]
        equation, values = freed(TOKENIZER.decode(words))
        skeletons = {
            tuple(len(products) for _, products in ODE_FAMILIES[n].equation.skeleton) for n in TWO
        }
        assert tuple(len(products) for _, products in equation.skeleton) in skeletons
        assert (batch.features[k, :, 3:] == 0).all()
        assert len(values)


def test_noise_has_its_size_and_padded_states_have_none():
    """A third of the points carry a third of its square: 4 % off at most for 4,608 values."""
    settings = {"batch": 24, "queries": 128}
    loud, clean = lessons(noise=0.05, **settings)(0), lessons(noise=0.0, **settings)(0)
    added = loud.features - clean.features
    assert (added[..., 3:] == 0).all()
    whole = torch.cat([clean.features, clean.truth], dim=1).norm(dim=(1, 2))
    share = (3 * (added.norm(dim=(1, 2)) / whole).square().mean()).sqrt()
    assert share == pytest.approx(0.05, rel=0.04)
    assert torch.equal(loud.truth, clean.truth)


def test_unknown_families_are_named():
    with pytest.raises(ValueError, match=r"families: expected some of .*, got rossler"):
        ProseRecipe(families=("rossler",))


def test_a_file_gives_the_model_back(model, tmp_path):
    """Forecast, equations and bands are the same bits."""
    path = tmp_path / "model.safetensors"
    save_prose(path, model, {"seed": 0})
    again = load_prose(path)
    windows = draw(ODE_FAMILIES["lorenz"], 3, np.random.default_rng(0)).states[:, :SEEN]
    guesses = [parse("x' = a*y; y' = b*x; z' = c*x*y")] * 3
    for one, other in (
        (model.forecast(windows, TIMES, guesses), again.forecast(windows, TIMES, guesses)),
        (model.quantile, again.quantile),
        (model.history.loss, again.history.loss),
    ):
        assert np.array_equal(one, other)
    assert again.recipe == model.recipe
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        load_prose(path)


def test_an_interrupted_training_ends_with_the_same_bits(model, tmp_path):
    """Stopped after two of four steps by an error of the progress bar."""

    def stop(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_prose(SMALL, checkpoint=tmp_path / "c", progress=stop)
    again = train_prose(SMALL, checkpoint=tmp_path / "c")
    for name, tensor in model.network.state_dict().items():
        assert torch.equal(tensor, again.network.state_dict()[name]), name


@pytest.fixture(scope="module")
def pair():
    return train_prose(replace(SMALL, members=2))


def test_members_are_networks_of_their_own_and_the_forecast_is_their_mean(model, pair, tmp_path):
    """The first is the single network of the same seed; a file gives all of them back."""
    windows = draw(ODE_FAMILIES["lorenz"], 3, np.random.default_rng(0)).states[:, :SEEN]
    first, second = (
        replace(pair, networks=(network,)).forecast(windows, TIMES) for network in pair.networks
    )
    assert np.array_equal(first, model.forecast(windows, TIMES))
    assert not np.allclose(first, second)
    assert np.allclose(pair.forecast(windows, TIMES), (first + second) / 2)
    path = tmp_path / "pair.safetensors"
    save_prose(path, pair, {"seed": 0})
    again = load_prose(path)
    for one, other in zip(pair.bands(windows, TIMES), again.bands(windows, TIMES), strict=True):
        assert np.array_equal(one, other)


def test_bands_are_wide_where_members_part(pair):
    """q (s + m d), with the s of the two members."""
    windows = draw(ODE_FAMILIES["lorenz"], 2, np.random.default_rng(0)).states[:, :SEEN]
    later = TIMES[SEEN:]
    sole = [replace(pair, networks=(n,)).forecast(windows, later) for n in pair.networks]
    spread = np.abs(sole[0] - sole[1]) / 2
    size = np.sqrt((windows**2).mean(axis=1, keepdims=True))
    wanted = pair.quantile[-1][:, None] * (spread + pair.ordinary[:, None] * size)
    bands = pair.bands(windows, later, written=[[], []])
    for (u, low, high), wide in zip(bands, wanted, strict=True):
        assert np.allclose(high - u, wide)
        assert np.allclose(u - low, wide)


def test_bands_hold_on_new_trajectories(pair):
    """Networks that have hardly learned: 95 % of new values within, give or take."""
    held = []
    for name in TWO:
        states = draw(ODE_FAMILIES[name], 60, np.random.default_rng(1)).states
        for (_, low, high), truth in zip(
            pair.bands(states[:, :SEEN], TIMES[SEEN:]), states[:, SEEN:], strict=True
        ):
            held.append(((low <= truth) & (truth <= high)).mean())
    assert 0.9 < np.mean(held) <= 0.99


def test_an_ensemble_goes_on_where_it_was_stopped(pair, tmp_path):
    """In its second member."""

    def stop(done, total):
        assert total == 8
        if done == 7:
            raise KeyboardInterrupt

    two = replace(SMALL, members=2)
    with pytest.raises(KeyboardInterrupt):
        train_prose(two, checkpoint=tmp_path / "c", progress=stop)
    seen = []
    again = train_prose(two, checkpoint=tmp_path / "c", progress=lambda done, _: seen.append(done))
    assert seen == [7, 8]
    for one, other in zip(pair.networks, again.networks, strict=True):
        assert all(
            torch.equal(t, other.state_dict()[name]) for name, t in one.state_dict().items()
        )


def test_forecasts_scale_with_the_window(model):
    """A window twice as large has a forecast of that unit: the network sees its logarithm only."""
    windows = draw(ODE_FAMILIES["thomas"], 2, np.random.default_rng(0)).states[:, :SEEN]
    forecast, low, high = model.bands(windows, TIMES)[0]
    assert forecast.shape == (len(TIMES), 3)
    assert (low <= forecast).all()
    assert (forecast <= high).all()
    assert (high - low)[-1].max() > 0


def test_equations_are_of_the_window_s_states(model):
    """Whatever an untrained decoder writes, it is an equation of three states, or nothing."""
    windows = draw(ODE_FAMILIES["lorenz"], 2, np.random.default_rng(0)).states[:, :SEEN]
    for row in model.decode(windows, ("a", "b", "c"), beam=2):
        assert all(e.equation.states == ("a", "b", "c") for e in row)
        assert all(not e.equation.parameters for e in row)


def test_a_window_of_another_kind_is_refused(model):
    assert model.fits(TIMES[:SEEN], 3)
    assert not model.fits(2 * TIMES[:SEEN], 3)
    assert not model.fits(TIMES[:SEEN], 6)
    with pytest.raises(ValueError, match="windows: expected 64 points of at most 5 states, got 9"):
        model.forecast(np.zeros((1, 9, 3)), TIMES)


def test_the_longest_equation_has_room():
    """Words and guesses of a family, the double pendulum's 260 words among them."""
    for name in ("lorenz", "lorenz96_5", "double_pendulum"):
        batch = Lessons(families=(name,), tokenizer=TOKENIZER, seed=0, batch=4, chunk=1)(0)
        longest = longest_of((name,), TOKENIZER)
        assert batch.words.shape[1] + 2 <= longest
        assert longest == (320 if name == "double_pendulum" else 256)


def test_long_equations_are_read_apart_from_short_ones():
    """The parts hold every sample once, and no part has a column of padding alone."""
    lessons = ProseRecipe(families=("lorenz", "double_pendulum"), batch=12).lessons()
    whole = next(lesson for k in range(20) if (lesson := lessons(k)).guess is not None)
    parts = whole.by_length()
    assert len(parts) == 2
    assert sum(len(part.points) for part in parts) == 12
    together = sorted(row.sum().item() for part in parts for row in part.features)
    assert together == pytest.approx(sorted(row.sum().item() for row in whole.features))
    for part in parts:
        assert (part.words != 0).any(dim=0).all()
        assert (part.guess != 0).any(dim=0).all()
    short = ProseRecipe(families=("lorenz",), batch=4).lessons()(0)
    assert short.by_length() == [short]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="device: expected cpu, for there is no GPU, got 'cuda'"):
        train_prose(SMALL, device="cuda")


@pytest.mark.gpu
def test_a_gpu_learns_the_same(model):
    """From the same batches; rounding apart, after four steps."""
    other = train_prose(SMALL, device="cuda")
    assert np.allclose(other.history.loss, model.history.loss, rtol=1e-3)
