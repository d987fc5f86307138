"""Networks that continue fields: sets, lessons, file, and the tables that judge them."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("dolfinx")

from understudy.cli.collect import run as collect
from understudy.cli.design import run as design
from understudy.cli.simulate import run as simulate
from understudy.equations.parse import parse
from understudy.equations.pde_families import TIMES
from understudy.nn import Training
from understudy.operators import Sizes
from understudy.surrogates import evolution_lessons
from understudy.surrogates.equation_network import Learned
from understudy.surrogates.evolution_evaluation import evaluate_fields
from understudy.surrogates.evolution_lessons import (
    TOKENIZER,
    EvolutionLessons,
    EvolutionRecipe,
    scaled,
)
from understudy.surrogates.evolution_model import (
    load_evolution,
    save_evolution,
    train_evolution,
)
from understudy.surrogates.evolution_networks import (
    DeepSizes,
    EvolutionNetwork,
    FourierSizes,
    MeshSizes,
    Shape,
)
from understudy.surrogates.evolution_sets import (
    SEEN,
    EvolutionSplit,
    drawn,
    field_samples,
    read_field_set,
)
from understudy.surrogates.field_discovery import FieldDiscovery
from understudy.surrogates.field_places import Line, Plane

SMALL = EvolutionNetwork(symbol_fno=FourierSizes(width=8, modes=4))
RECIPE = EvolutionRecipe(
    network=SMALL, families=("advection", "heat"), pool=20, batch=4, queries=64,
    training=Training(steps=4, every=2),
)  # fmt: skip


def simulated(folder, family, domain, size):
    settings = (
        f'{{"family": "{family}", "domain": "{domain}", "mesh_size": {size}, "refinements": 0, '
        '"degree": 1, "substeps": 1, "spread": 0.1}'
    )
    design("evolving_field", settings, 20, 2, 1, folder / "design.json")
    (folder / "batches").mkdir()
    simulate(folder / "design.json", 0, 22, folder / "batches" / "0000.h5")
    collect(folder / "design.json", folder / "batches", folder / "set.h5", 0.0)
    return folder / "set.h5"


@pytest.fixture(scope="module")
def interval(tmp_path_factory):
    return simulated(tmp_path_factory.mktemp("interval"), "burgers", "interval", 1 / 16)


@pytest.fixture(scope="module")
def disc(tmp_path_factory):
    return simulated(tmp_path_factory.mktemp("disc"), "heat", "disc", 0.2)


@pytest.fixture(scope="module")
def model():
    return train_evolution(RECIPE, {})


def test_a_data_set_on_an_interval_is_half_of_a_periodic_line(interval):
    """Burgers' equation, held at both ends: odd, zero there."""
    fields = read_field_set(interval, "own", "train")
    assert isinstance(fields.place, Line)
    assert fields.states.shape == (20, len(TIMES), 32)
    assert np.allclose(fields.states[..., [0, 16]], 0.0)
    assert np.allclose(fields.states[..., 17:], -fields.states[..., 15:0:-1])
    assert fields.centre == pytest.approx([0.01])
    assert np.abs(fields.values / 0.01 - 1).max() <= 0.1 + 1e-12


def test_a_data_set_on_a_disc_stays_at_its_nodes(disc):
    fields = read_field_set(disc, "own", "test")
    assert isinstance(fields.place, Plane)
    assert fields.states.shape == (2, len(TIMES), len(fields.place.points))


def test_other_files_are_refused(disc, tmp_path):
    with pytest.raises(ValueError, match="expected samples of shift, got none"):
        read_field_set(disc, "own", "shift")
    with pytest.raises(ValueError, match=r"none\.h5"):
        read_field_set(tmp_path / "none.h5", "own", "train")
    with pytest.raises(ValueError, match="own: expected at least 3 fields, got 2"):
        read_field_set(disc, "own", "test").first(3)


def test_a_batch_is_a_function_of_its_number():
    sets = (drawn("advection", 20, np.random.default_rng(0)),)
    first, second = (EvolutionLessons(sets=sets, recipe=RECIPE, queries=8) for _ in range(2))
    a, b, c = first(3), second(3), second(4)
    assert np.array_equal(a.features, b.features)
    assert np.array_equal(a.words, b.words)
    assert not np.array_equal(a.features, c.features)
    assert a.queries.stride(0) == 0
    assert not np.array_equal(a.queries, c.queries)


def test_queries_ask_for_the_field_where_they_say():
    """A linear ramp in time: the truth of a query is its time."""
    own = drawn("advection", 20, np.random.default_rng(0))
    ramp = np.broadcast_to((TIMES / TIMES[-1])[None, :, None], own.states.shape)
    sets = (type(own)(**{**vars(own), "states": np.ascontiguousarray(ramp)}),)
    lesson = EvolutionLessons(sets=sets, recipe=RECIPE, queries=40)(0)
    assert np.allclose(lesson.truth[..., 0], lesson.queries[..., 0], atol=1e-6)
    assert lesson.queries[..., 0].min() >= TIMES[SEEN] / TIMES[-1] - 1e-6


def test_words_are_the_equation_of_the_field():
    sets = (drawn("burgers", 20, np.random.default_rng(0)),)
    lesson = EvolutionLessons(sets=sets, recipe=RECIPE, queries=8)(0)
    words = [w for w in lesson.words[0].tolist() if w]
    equation = TOKENIZER.decode(words)
    assert equation.skeleton == sets[0].equation.skeleton


def test_coordinates_are_shares_of_the_domain():
    line = scaled(np.arange(8.0)[:, None] / 4)
    assert np.allclose(line[:, 0], np.arange(8) / 8)
    plane = scaled(np.array([[1.0, 2.0], [3.0, 2.5]]))
    assert np.allclose(plane, [[0.0, 0.0], [1.0, 0.25]])


def test_a_file_gives_the_model_back(model, tmp_path):
    path = tmp_path / "m.safetensors"
    save_evolution(path, model, {"seed": 0})
    again = load_evolution(path)
    assert again.recipe == model.recipe
    assert [k.equation for k in again.known] == [k.equation for k in model.known]
    sample = field_samples(EvolutionSplit(families=("heat",), each=2), {})[0]
    points = sample.fields.place.points
    assert np.array_equal(
        model.forecast(points, sample.windows), again.forecast(points, sample.windows)
    )
    with pytest.raises(ValueError, match="windows: expected 16 slices of 128 points"):
        model.forecast(points, sample.windows[:, :4])


def test_an_interrupted_training_ends_with_the_same_bits(model, tmp_path):
    checkpoint = tmp_path / "c"
    seen = []

    def stop(done, _):
        seen.append(done)
        if done >= 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_evolution(RECIPE, {}, checkpoint=checkpoint, progress=stop)
    again = train_evolution(RECIPE, {}, checkpoint=checkpoint)
    whole = model.network.state_dict()
    assert all(np.array_equal(whole[k], v) for k, v in again.network.state_dict().items())


def test_bands_hold_on_what_they_were_measured_on(model):
    """A network that has hardly learned: 95 % of new values within, give or take."""
    sample = field_samples(EvolutionSplit(families=("heat", "advection"), each=20), {})
    held = []
    for one in sample:
        off = np.abs(model.forecast(one.fields.place.points, one.windows) - one.truth)
        written = model.decode(one.fields.place.points, one.windows)
        held.append((off <= model.half_width(one.windows, written)).mean())
    assert 0.85 < np.mean(held) <= 1.0


def test_each_family_has_a_band_of_its_own(model):
    """That of the family whose terms were written; of other terms, or none, that of all."""
    own = replace(model, quantile=np.outer([1.0, 2.0, 3.0], np.ones(48)))
    heat, moving, other = (
        [Learned(equation=parse(text), log_probability=0.0)]
        for text in ("u_t = 0.003*u_xx", "u_t = -0.5*u_x", "u_t = u")
    )
    wide = own.half_width(np.full((4, 16, 128), 2.0), [moving, heat, other, []])
    order = [k.name for k in model.known]
    wanted = [2.0 * (1 + order.index(name)) for name in ("advection", "heat")]
    assert np.array_equal(wide, np.outer([*wanted, 6.0, 6.0], np.ones(48))[..., None])


def test_training_leaves_the_last_tenth_of_each_set_out(monkeypatch):
    """Of large and of small sets alike."""
    sets = tuple(drawn(n, k, np.random.default_rng(0)) for n, k in (("heat", 20), ("fisher", 60)))
    seen = {True: [], False: []}
    original = evolution_lessons.words_of_field

    def note(own, one):
        seen[held].append((own.name, one))
        return original(own, one)

    monkeypatch.setattr(evolution_lessons, "words_of_field", note)
    for held in (False, True):
        lessons = EvolutionLessons(sets=sets, recipe=RECIPE, queries=8, held=held)
        for k in range(60):
            lessons(k)
    assert {("heat", 17), ("fisher", 53)} <= set(seen[False])
    assert all(k < {"heat": 18, "fisher": 54}[n] for n, k in seen[False])
    assert set(seen[True]) == {("heat", k) for k in (18, 19)} | {
        ("fisher", k) for k in range(54, 60)
    }


def test_random_starts_are_of_another_kind():
    """Between the same bounds, but no two waves."""
    family = {"families": ("advection",), "each": 3}
    waves, other = (
        field_samples(EvolutionSplit(**family, start=s), {})[0].fields.states[:, 0]
        for s in ("waves", "random")
    )
    for first, most in ((waves, 5), (other, 20)):
        assert np.allclose([first.min(), first.max()], [0.0, 1.0], atol=1e-2)
        size = np.abs(np.fft.rfft(first, axis=1))[:, 1:]
        assert ((size > 1e-3 * size.max()).sum(axis=1) <= most).all()
    assert (np.abs(np.fft.rfft(other, axis=1))[:, 3:6] > 0.1).any(axis=1).all()
    with pytest.raises(ValueError, match="start: expected one of waves, random, got 'jump'"):
        EvolutionSplit(families=("advection",), start="jump")


def test_sets_at_other_points_are_refused(interval, disc):
    sets = {"a": read_field_set(interval, "a", "train"), "b": read_field_set(disc, "b", "train")}
    recipe = EvolutionRecipe(families=())
    with pytest.raises(ValueError, match="expected fields at the points of a, got others of b"):
        train_evolution(recipe, sets)
    with pytest.raises(ValueError, match="families, data_sets: expected at least one"):
        train_evolution(recipe, {})
    with pytest.raises(ValueError, match="network: expected deeponet or mesh_prose on a plane"):
        train_evolution(recipe, {"b": sets["b"]})


@pytest.mark.parametrize("kind", ["mesh_prose", "deeponet"])
def test_networks_of_a_plane(disc, kind):
    sizes = Sizes(width=16, heads=2, data=0, symbols=0, fusion=1, queries=1, words=1)
    own = {"mesh_prose": MeshSizes(latents=8, sizes=sizes),
           "deeponet": DeepSizes(width=16, terms=8)}  # fmt: skip
    recipe = EvolutionRecipe(
        network=EvolutionNetwork(**{kind: own[kind]}), families=(), batch=4, queries=16,
        training=Training(steps=2, every=2),
    )  # fmt: skip
    fields = read_field_set(disc, "heat_disc", "train")
    found = train_evolution(recipe, {"heat_disc": fields})
    windows = fields.states[:3, :SEEN]
    made = found.forecast(fields.place.points, windows)
    assert made.shape == (3, len(TIMES) - SEEN, len(fields.place.points))
    assert np.isfinite(made).all()
    written = found.decode(fields.place.points, windows)
    assert len(written) == 3
    if kind == "deeponet":
        assert written == [[], [], []]


def test_a_table_has_every_method(interval, model):
    """The answer is that of the guess where the network writes nothing of use, and near the
    oracle."""
    split = EvolutionSplit(families=("heat",), each=2, guess="right")
    found, named = evaluate_fields(split, {}, model, {"again": model}, FieldDiscovery())
    wanted = {"answer", "head", "oracle", "ablation_no_symbols", "baseline_persistence",
              "baseline_dmd", "baseline_family_mean", "baseline_guess_refined",
              "baseline_again"}  # fmt: skip
    assert set(found) == wanted
    answer, oracle, head = (found[k][0].error for k in ("answer", "oracle", "head"))
    assert (answer < 2 * oracle + 1e-3).all()
    assert (answer < head).all()
    assert found["answer"][0].exact.all()
    assert len(named[0]) == 2


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match="network: expected one of symbol_fno, fno"):
        EvolutionNetwork()
    with pytest.raises(ValueError, match="families: expected some of heat"):
        EvolutionRecipe(families=("lorenz",))
    with pytest.raises(ValueError, match="pool, batch, queries, words"):
        EvolutionRecipe(pool=0)
    with pytest.raises(ValueError, match="noise, blind, spread"):
        EvolutionRecipe(noise=1.0)
    with pytest.raises(ValueError, match="or data sets, got"):
        EvolutionSplit()
    with pytest.raises(ValueError, match="guess: expected one of"):
        EvolutionSplit(families=("heat",), guess="maybe")
    with pytest.raises(ValueError, match="each, noise"):
        EvolutionSplit(families=("heat",), each=0)
    with pytest.raises(ValueError, match=r"data_sets: expected some of \[\], got \['x'\]"):
        field_samples(EvolutionSplit(data_sets=("x",)), {})
    for sizes in (FourierSizes, DeepSizes):
        with pytest.raises(ValueError, match="width"):
            sizes(width=0)
    with pytest.raises(ValueError, match="latents"):
        MeshSizes(latents=0)
    shape = Shape(points=8, coordinates=1, slices=16, knots=48, first=0.2, words=10, longest=32)
    assert SMALL.build(shape) is not None
