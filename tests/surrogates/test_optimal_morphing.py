"""Moving fronts: fewer modes, smaller errors; without a front nothing is lost."""

import dataclasses

import numpy as np
import pytest

from synthetic import necked_plate, sample
from understudy.data import Sample, tree
from understudy.linalg import POD
from understudy.mesh import area
from understudy.morphing import OptimalTransport
from understudy.surrogates import MMGP, Morpher, OptimalMorphing, align
from understudy.surrogates.baselines import MeanField
from understudy.surrogates.evaluation import evaluate, score
from understudy.surrogates.fronts import _pull, bring_together, carried, displaced
from understudy.surrogates.optimal_morphing import OptimalMorphingModel
from understudy.surrogates.sliding import sliding_modes

PLAIN = MMGP(shape_basis=POD(rank=3), field_basis=POD(rank=2))


def front(index):
    """A front across a necked plate, at a height that the input tells; its width is a tenth."""
    rng = np.random.default_rng([9, index])
    place, neck = rng.uniform(-0.5, 0.5), rng.uniform(0.1, 0.5)
    mesh = necked_plate(neck, int(rng.integers(17, 20)), int(rng.integers(17, 20)), rng)
    x, y = mesh.points.T
    u = np.tanh((y - place - 0.2 * neck * x) / 0.15)
    return Sample(index=index, seed=index, inputs={"c": place}, mesh=mesh, fields={"u": u})


@pytest.fixture(scope="module")
def data():
    return align([front(i) for i in range(24)], Morpher(), ["c"], {})


@pytest.fixture(scope="module")
def trained(data):
    return OptimalMorphing(field="u", mmgp=PLAIN, modes=8, rounds=2).fit(data)


def energy(values, mass, rank=1):
    share = np.linalg.eigvalsh(values @ (mass @ values.T))[::-1]
    return share[:rank].sum() / share.sum()


def together(model, data):
    image = data.reference.image
    ways = [carried(image, displaced(image, model.modes, a)) for a in model.coefficients]
    return np.stack([way @ u for way, u in zip(ways, data.fields["u"], strict=True)])


def test_one_mode_holds_nearly_all_of_fronts_brought_together(data, trained):
    left_before = 1 - energy(data.fields["u"], data.mass)
    left = 1 - energy(together(trained, data), data.mass)
    assert left < left_before / 20


def test_nothing_folds(data, trained):
    image = data.reference.image
    for a in trained.coefficients:
        assert (area(displaced(image, trained.modes, a)) > 0).all()


def test_a_front_is_predicted_with_less_error_than_by_modes_alone(data, trained):
    test = [front(1000 + i) for i in range(10)]
    methods = {
        "mean": evaluate(MeanField().fit(data), test, ["c"]),
        "plain": evaluate(PLAIN.fit(data), test, ["c"]),
        "moved": evaluate(trained, test, ["c"]),
    }
    found = score(test, methods, "mean")
    assert found["moved.fields.u.rrmse"] < found["plain.fields.u.rrmse"] / 2.5
    assert 0.85 < found["moved.fields.u.coverage_95"] <= 1.0


def test_the_derivative_of_a_moved_field_is_exact(data):
    """Where no node changes its triangle the P1 field is smooth in the coefficients."""
    image = data.reference.image
    modes, _ = sliding_modes(image, 4)
    u, a = data.fields["u"][0], np.array([0.1, -0.05, 0.02, 0.03])
    _, slope = _pull(image, modes, a, u)
    for k in range(4):
        step = 1e-7 * np.eye(4)[k]
        change = (_pull(image, modes, a + step, u)[0] - _pull(image, modes, a - step, u)[0]) / 2e-7
        inner = np.linalg.norm(image.points, axis=1) < 0.95
        assert np.median(np.abs(change - slope[:, k])[inner]) < 1e-5 * np.abs(slope).max()
        assert np.mean(np.abs(change - slope[:, k])[inner] > 1e-4 * np.abs(slope).max()) < 0.05


def test_the_first_order_variance_is_that_of_sampled_displacements(data, trained):
    """Small deviations of the displacement alone, against draws; within the sampling error."""
    rng = np.random.default_rng(0)
    field = trained.mmgp.fields["u"]
    still = dataclasses.replace(
        trained,
        mmgp=dataclasses.replace(
            trained.mmgp,
            fields={"u": dataclasses.replace(field, truncation=0 * field.truncation)},
        ),
    )
    z, a = field.posterior.leave_one_out(), trained.displacement.leave_one_out()
    z = type(z)(mean=z.mean[:1], variance=0 * z.variance[:1])
    variance = np.full((1, a.mean.shape[1]), 0.003**2)
    _, deviation = still.moments(z, type(a)(mean=a.mean[:1], variance=variance), np.ones(1))
    draws = []
    for _ in range(150):
        at = a.mean[:1] + 0.003 * rng.normal(size=variance.shape)
        draws.append(still.moments(z, type(a)(mean=at, variance=0 * at), np.ones(1))[0])
    sampled = np.std(draws, axis=0)
    seen = deviation > 0.3 * deviation.max()
    assert np.median(sampled[seen] / deviation[seen]) == pytest.approx(1.0, abs=0.15)


def test_without_a_front_nothing_is_lost():
    """Leave-one-out finds that displacements do not help, and there are none."""
    samples = [dataclasses.replace(sample(i), scalars={}) for i in range(20)]
    test = [dataclasses.replace(sample(1000 + i), scalars={}) for i in range(10)]
    data = align(samples, Morpher(), ["P"], {})
    plain = MMGP(shape_basis=POD(rank=3), field_basis=POD(rank=5))
    methods = {
        "mean": evaluate(MeanField().fit(data), test, ["P"]),
        "plain": evaluate(plain.fit(data), test, ["P"]),
        "moved": evaluate(
            OptimalMorphing(field="s", mmgp=plain, modes=3, rounds=1).fit(data), test, ["P"]
        ),
    }
    found = score(test, methods, "mean")
    assert found["moved.fields.s.rrmse"] <= (1 + 1e-9) * found["plain.fields.s.rrmse"]
    assert found["moved.fields.u.rrmse"] == pytest.approx(found["plain.fields.u.rrmse"])


def test_a_field_that_does_not_move_stays(data):
    """A constant has no slope: no displacement pays."""
    image = data.reference.image
    values = np.ones((5, len(image.points)))
    a = bring_together(
        image, values, data.mass, sliding_modes(image, 3), rank=1, rounds=1, penalty=1e-2
    )
    assert np.abs(a).max() < 1e-10


def test_a_stored_model_predicts_to_the_last_bit(trained, tmp_path):
    tree.save(tmp_path / "m.h5", "optimal-morphing", 1, trained, {})
    again = tree.load(tmp_path / "m.h5", "optimal-morphing", 1, OptimalMorphingModel)[0]
    mesh = front(2000).mesh
    one, two = (m.predict(mesh, {"c": 0.1}) for m in (trained, again))
    assert np.array_equal(one.fields["u"], two.fields["u"])
    assert np.array_equal(one.field_bands["u"], two.field_bands["u"])


@pytest.mark.parametrize(
    ("settings", "word"),
    [({"rank": 0}, "rank"), ({"modes": 0}, "modes"), ({"penalty": 0.0}, "pen")],
)
def test_settings_without_meaning_are_refused(settings, word):
    with pytest.raises(ValueError, match=word):
        OptimalMorphing(field="u", **settings)


def test_what_cannot_be_moved_is_named(data):
    with pytest.raises(ValueError, match="field: expected one of"):
        OptimalMorphing(field="v").fit(data)
    by_transport = align(
        [front(i) for i in range(3)], Morpher(transport=OptimalTransport()), ["c"], {}
    )
    with pytest.raises(ValueError, match="no common domain"):
        OptimalMorphing(field="u").fit(by_transport)
