"""A scalar by a certified network: exact figures, optimum, export."""

import ctypes
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
import torch

from understudy.convex import check
from understudy.surrogates.convex_cases import ConvexCase, best_of_starts, run_case
from understudy.surrogates.convex_problems import FUNCTIONS, design, scaled_problem
from understudy.surrogates.export import as_module, write_c_header, write_onnx
from understudy.surrogates.network_optimum import optimum, worst_change
from understudy.surrogates.pieces import exact
from understudy.surrogates.quantity_of_interest import (
    QuantityModel,
    QuantityOfInterest,
    as_problem,
    load_quantity,
    save_quantity,
)


def by_hand(slopes, offsets, signs, offset=0.0):
    """A network that is told, not trained."""
    slopes = np.array(slopes, dtype=float)
    d = slopes.shape[1]
    return QuantityModel(
        slopes=slopes, offsets=np.array(offsets, dtype=float),
        signs=np.array(signs, dtype=float), offset=offset, half_width=0.1, level=0.95,
        names=tuple(f"x{k}" for k in range(d)), name="q", unit="MPa", low=np.zeros(d),
        high=np.ones(d), beta=np.array([1.0, 0.1]),
        certificate={"gap": 1e-3, "global": 1.0}, problem={},
    )  # fmt: skip


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    x = rng.random((120, 2))
    y = np.maximum(x[:, 0] - 0.4, 0) * 2 + x[:, 1] ** 2
    return x, y, QuantityOfInterest(beta=3e-3).fit(x, y, names=("a", "b"), name="q", unit="MPa")


def test_it_learns_a_kink_with_a_proof_and_a_band(fitted):
    _, _, model = fitted
    assert model.proved
    assert model.certificate["gap"] <= 1e-3
    new = np.random.default_rng(1).random((2000, 2))
    truth = np.maximum(new[:, 0] - 0.4, 0) * 2 + new[:, 1] ** 2
    error = model.predict(new) - truth
    assert 1 - error.var() / truth.var() > 0.995
    assert (np.abs(error) <= model.half_width).mean() > 0.9
    problem, network, z = as_problem(model)
    told = check(problem, network, z, delta=0.02, boxes=50_000)
    assert told.value == pytest.approx(model.certificate["value"], rel=1e-12)
    assert told.gap < 0.06


def test_gradients_are_those_of_the_values(fitted):
    _, _, model = fitted
    x = np.random.default_rng(2).random((50, 2))
    h = 1e-7
    for i in range(2):
        e = h * np.eye(2)[i]
        slope = (model.predict(x + e) - model.predict(x - e)) / (2 * h)
        far = np.abs(x @ model.slopes.T + model.offsets).min(axis=1) > 1e-5
        np.testing.assert_allclose(model.gradient(x)[far, i], slope[far], atol=1e-6)
    assert np.linalg.norm(model.gradient(x), axis=1).max() <= model.lipschitz


def test_a_file_brings_the_model_back(fitted, tmp_path):
    x, _, model = fitted
    save_quantity(tmp_path / "q.h5", model, {"seed": 0})
    again = load_quantity(tmp_path / "q.h5")
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    assert again.certificate == model.certificate


def test_exact_integrals_of_one_kink():
    """relu(x - 1/2) on [0, 1]: mean 1/8, mean square 1/24; alone in two inputs it has it all."""
    found = exact(by_hand([[1.0]], [-0.5], [1.0], 2.0), np.zeros(1), np.ones(1))
    assert found.mean == pytest.approx(2.125, rel=1e-12)
    assert found.variance == pytest.approx(1 / 24 - 1 / 64, rel=1e-12)
    assert found.sobol == pytest.approx([1.0], rel=1e-12)
    two = exact(by_hand([[1.0, 0.0]], [-0.5], [1.0]), np.zeros(2), np.ones(2))
    assert two.sobol == pytest.approx([1.0, 0.0], abs=1e-12)
    assert two.lipschitz == pytest.approx(1.0)


@pytest.mark.parametrize("d", [2, 3])
def test_exact_figures_are_those_of_many_points(d):
    """A linear function has its shares in closed form; a random network those of many points."""
    line = by_hand(np.vstack([np.eye(d) * (1 + np.arange(d)), -np.eye(d)]), np.zeros(2 * d),
                   [1.0] * d + [-1.0] * d)  # fmt: skip
    weights = (1 + np.arange(d)) ** 2
    found = exact(line, np.zeros(d), np.ones(d))
    np.testing.assert_allclose(found.sobol, weights / weights.sum(), rtol=1e-9)
    assert found.variance == pytest.approx(weights.sum() / 12, rel=1e-12)
    rng = np.random.default_rng(d)
    model = by_hand(rng.standard_normal((5, d)), 0.3 * rng.standard_normal(5), [1, -1, 1, 1, -1])
    low, high = np.zeros(d), np.full(d, 2.0)
    told = exact(model, low, high)
    x = 2 * np.random.default_rng(0).random((200_000, d))
    y = model.predict(x)
    assert told.mean == pytest.approx(y.mean(), abs=4 * y.std() / 447)
    assert told.variance == pytest.approx(y.var(), rel=0.02)
    assert told.lipschitz >= np.linalg.norm(model.gradient(x), axis=1).max() - 1e-9
    assert told.lipschitz <= model.lipschitz
    assert told.sobol.sum() <= 1 + 1e-9
    with pytest.raises(ValueError, match="box: expected low < high"):
        exact(model, low, low)


def test_an_optimum_is_the_best_of_a_grid(fitted):
    _, _, model = fitted
    ticks = np.linspace(0, 1, 101)
    x = np.array(np.meshgrid(ticks, ticks)).reshape(2, -1).T
    values = model.predict(x)
    low, high = np.zeros(2), np.ones(2)
    least, most = optimum(model, low, high), optimum(model, low, high, greatest=True)
    assert least.value <= values.min() + 1e-9
    assert most.value >= values.max() - 1e-9
    assert least.gap <= 1e-5
    assert least.bound <= least.value + 1e-9
    half = np.array([[1.0, 1.0]]), np.array([0.5])
    inside = optimum(model, low, high, greatest=True, within=half)
    assert inside.x.sum() <= 0.5 + 1e-7
    assert inside.value >= values[x.sum(axis=1) <= 0.5].max() - 1e-9
    with pytest.raises(ValueError, match="constraints: expected some input"):
        optimum(model, low, high, within=(half[0], np.array([-1.0])))
    with pytest.raises(ValueError, match="box: expected 2 numbers each with low <= high"):
        optimum(model, high, low)


def test_errors_of_sensors_change_it_no_more_than_is_proved(fitted):
    _, _, model = fitted
    at, radius = np.array([0.4, 0.6]), np.array([0.05, 0.02])
    bound = worst_change(model, at, radius)
    rng = np.random.default_rng(0)
    off = rng.uniform(-1, 1, (5000, 2)) * radius
    moved = np.abs(model.predict(at + off) - model.predict(at[None])).max()
    assert moved <= bound <= 1.1 * moved + 1e-9


def test_other_hands_say_the_same(fitted, tmp_path):
    """A torch module and a compiled C header, to rounding."""
    x, _, model = fitted
    said = as_module(model)(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(said, model.predict(x), atol=1e-12)
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    write_c_header(tmp_path / "q.h", model)
    (tmp_path / "q.c").write_text(
        '#include "q.h"\ndouble call(const double *x) { return q(x); }\n'
    )
    library = tmp_path / "q.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, tmp_path / "q.c"], check=True)
    call = ctypes.CDLL(str(library)).call
    call.restype = ctypes.c_double
    for row, value in zip(x[:20], model.predict(x[:20]), strict=True):
        assert call((ctypes.c_double * 2)(*row)) == pytest.approx(value, abs=1e-12)


def test_an_onnx_graph_says_the_same(fitted, tmp_path):
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    x, _, model = fitted
    write_onnx(tmp_path / "q.onnx", model)
    session = runtime.InferenceSession(str(tmp_path / "q.onnx"))
    np.testing.assert_allclose(session.run(None, {"x": x})[0], model.predict(x), atol=1e-12)


def test_functions_of_the_literature():
    """Values at the middle of the ranges, computed by hand from the formulas of the sources."""
    middle = {name: np.full((1, len(names)), 0.5) for name, (_, names) in FUNCTIONS.items()}
    assert FUNCTIONS["gap_bar"][0](middle["gap_bar"])[0] == pytest.approx(1.0)
    assert FUNCTIONS["cantilever"][0](middle["cantilever"])[0] == pytest.approx(4.0)
    assert FUNCTIONS["otl"][0](middle["otl"])[0] == pytest.approx(5.3, abs=0.2)
    assert FUNCTIONS["piston"][0](middle["piston"])[0] == pytest.approx(0.46, abs=0.02)
    with pytest.raises(ValueError, match="problem: expected one of"):
        design("bridge", 10, 0)


def test_a_case_compares_solvers():
    """Column generation is proved, and no worse than L-BFGS; random patterns are."""
    case = ConvexCase(
        problem="gap_bar", samples=40, betas={"b": 1e-2}, patterns=20, starts=2, probes=200,
        solvers=("column_generation", "interior_point", "sampled_convex"), proved=4,
    )  # fmt: skip
    rows = run_case(case)["betas"]["b"]
    own = rows["column_generation"]
    assert own["certified_global"] == 1.0
    assert own["relative_gap"] <= 1e-3
    assert own["probed_gap"] <= own["relative_gap"]
    assert own["objective_ratio"] <= 1.0 + 1e-3
    assert rows["interior_point"]["objective_ratio"] > 1.01
    problem = scaled_problem("gap_bar", 40, 0, 0)
    assert best_of_starts(problem, 1, 0)[0] > 0
    with pytest.raises(ValueError, match="solvers: expected some of"):
        ConvexCase(betas={"b": 0.1}, solvers=("luck",))
    with pytest.raises(ValueError, match=r"problem: expected one of .*'teacher'.*, got 'bridge'"):
        ConvexCase(problem="bridge", betas={"b": 0.1})
    with pytest.raises(ValueError, match="betas: expected shares"):
        ConvexCase(betas={"b": 2.0})


def test_bad_data_is_refused():
    x, y = np.random.default_rng(0).random((60, 2)), np.arange(60.0)
    fit = QuantityOfInterest().fit
    with pytest.raises(ValueError, match="x: expected finite values, got NaN or infinity in row"):
        fit(np.where(np.arange(60)[:, None] == 3, np.nan, x), y, names=("a", "b"))
    with pytest.raises(ValueError, match="x: expected columns that vary, got a constant b"):
        fit(np.column_stack([x[:, 0], np.ones(60)]), y, names=("a", "b"))
    with pytest.raises(ValueError, match="y: expected values that vary, got 1 in all rows"):
        fit(x, np.ones(60), names=("a", "b"))
    with pytest.raises(ValueError, match="expected different rows, got the inputs of row"):
        fit(np.vstack([x[:59], x[0]]), y, names=("a", "b"))
    with pytest.raises(ValueError, match=r"calibration: a band of level 0\.95 needs at least"):
        fit(x[:20], y[:20], names=("a", "b"))
    with pytest.raises(ValueError, match="x, y, names"):
        fit(x, y, names=("a",))
    with pytest.raises(ValueError, match="beta: expected in"):
        QuantityOfInterest(beta=0.0)
    with pytest.raises(ValueError, match="x: expected 1 columns"):
        by_hand([[1.0]], [0.0], [1.0]).predict(np.ones((2, 2)))


def test_units_do_not_move_an_optimum(fitted):
    """Pascals and microseconds: the same place and value as without units."""
    _, _, model = fitted
    size = np.array([1e9, 1e-5])
    grown = replace(
        model, slopes=1e8 * model.slopes / size, offsets=1e8 * model.offsets,
        offset=1e8 * model.offset, low=model.low * size, high=model.high * size,
    )  # fmt: skip
    half = np.array([[1.0, 1.0]]), np.array([1.5])
    for greatest in (False, True):
        plain = optimum(model, model.low, model.high, greatest=greatest, within=half)
        found = optimum(
            grown, grown.low, grown.high, greatest=greatest, within=(half[0] / size, half[1])
        )
        assert found.value == pytest.approx(1e8 * plain.value, rel=1e-5)
        assert found.bound == pytest.approx(1e8 * plain.bound, rel=1e-5)
        assert found.gap <= 1e3
