"""Zero in a share of the samples: probability of a positive value x its law."""

import dataclasses

import numpy as np
import pytest

from synthetic import UNITS, sample
from understudy.linalg import POD
from understudy.regression import GP
from understudy.surrogates import MMGP, Morpher, PlasticClosure, align
from understudy.surrogates.bases import rows_of
from understudy.surrogates.choice import _peak_recipe, choose_recipe
from understudy.surrogates.hurdle import above_zero, cut_moments, fit_hurdle, log_moments
from understudy.surrogates.mmgp_model import load_mmgp, save_mmgp
from understudy.surrogates.recipe import FieldRecipe

GPS = GP(steps=60)


def jump(x):
    """Zero below a threshold, far from zero above it."""
    return np.where(x[:, 0] + 0.3 * x[:, 1] > 0.2, np.exp(1.5 * x[:, 1]), 0.0)


def inputs(count, seed):
    return np.random.default_rng(seed).uniform(-1, 1, size=(count, 2))


def rms(values):
    return float(np.sqrt(np.mean(values**2)))


@pytest.mark.claim("Mean, deviation and band of an output with a hurdle are in closed form.")
@pytest.mark.parametrize(
    ("moments", "positive"),
    [(log_moments, np.exp), (cut_moments, lambda u: np.maximum(u, 0.0))],
)
@pytest.mark.parametrize("probability", [0.01, 0.4, 0.99, 1.0])
def test_moments_and_band_are_those_of_draws(moments, positive, probability):
    """A million draws: five standard errors of the moments, 0.1 % of the levels."""
    rng, count = np.random.default_rng(0), 1_000_000
    nodes = (1, 1) if moments is cut_moments else (1,)
    mean, sd = 0.3, 0.4
    given = np.full(nodes, mean), np.full(nodes, sd)
    first, spread, band = moments(np.array([probability]), *given)
    drawn = positive(mean + sd * rng.normal(size=count))
    drawn = np.where(rng.uniform(size=count) < probability, drawn, 0.0)
    assert abs(drawn.mean() - first.item()) < 5 * drawn.std() / np.sqrt(count)
    fourth = np.mean((drawn - drawn.mean()) ** 4)
    assert abs(drawn.var() - spread.item() ** 2) < 5 * np.sqrt(fourth / count)
    for end, level in zip(band.ravel(), (0.025, 0.975), strict=True):
        below, at = np.mean(drawn < end), np.mean(drawn <= end)
        assert below - 1e-3 < level < at + 1e-3


def test_certain_deviations_and_probabilities_give_finite_numbers():
    share, mean, sd = np.array([0.0, 1.0]), np.array([-1.0, 2.0]), np.zeros(2)
    for found in (
        *log_moments(share, mean, sd),
        *cut_moments(share, *np.stack([mean, sd])[..., None]),
    ):
        assert np.isfinite(found).all()


def test_a_jump_is_learned_better_than_by_one_process():
    errors, scores = np.zeros(2), np.zeros(2)
    for seed in range(3):
        x, new = inputs(120, seed), inputs(400, 50 + seed)
        w, truth = jump(x), jump(new)
        hurdle = fit_hurdle(x, w, GPS)
        probability, mean, _, band = hurdle.predict(new)
        direct = GPS.fit(x, w[:, None]).predict(new).mean[:, 0]
        errors += [rms(mean - truth) ** 2, rms(direct - truth) ** 2]
        scores += [rms(probability - (truth > 0)) ** 2, rms(np.mean(w > 0) - (truth > 0)) ** 2]
        assert np.mean((band[0] <= truth) & (truth <= band[1])) > 0.93
    assert errors[0] < errors[1] / 2
    assert scores[0] < 0.3 * scores[1]  # Brier: well below that of the base rate


def test_leaving_a_sample_out_is_prediction_without_it():
    """The same hyperparameters and probit on the other samples; a zero has no part in log w."""
    x = inputs(60, 0)
    w = jump(x)
    hurdle = fit_hurdle(x, w, GPS)
    found = hurdle.left_out(x, w)
    for i in (int(np.argmax(w > 0)), int(np.argmin(w > 0))):
        labels, positive = hurdle.gate.labels, hurdle.positive
        labels = dataclasses.replace(
            labels, x=np.delete(labels.x, i, axis=0), y=np.delete(labels.y, i, axis=0)
        )
        if w[i] > 0:
            row = int(np.sum(w[:i] > 0))
            positive = dataclasses.replace(
                positive,
                x=np.delete(positive.x, row, axis=0),
                y=np.delete(positive.y, row, axis=0),
            )
        rest = dataclasses.replace(
            hurdle, gate=dataclasses.replace(hurdle.gate, labels=labels), positive=positive
        )
        assert rest.predict(x[i : i + 1])[1][0] == pytest.approx(found[i], rel=1e-6)


def test_a_probability_is_the_share_of_what_happens():
    """Labels of a known logistic probability: in each third of the stated ones the share."""
    rng = np.random.default_rng(2)
    x = inputs(900, 3)
    happens = rng.uniform(size=900) < 1 / (1 + np.exp(-3 * x[:, 0]))
    w = np.where(happens, np.exp(0.1 * rng.normal(size=900)), 0.0)
    said = fit_hurdle(x[:300], w[:300], GPS).predict(x[300:])[0]
    for third in np.array_split(np.argsort(said), 3):
        error = np.sqrt(said[third].mean() * (1 - said[third].mean()) / len(third))
        assert abs(said[third].mean() - happens[300:][third].mean()) < 4 * error


def test_labels_that_no_input_tells_have_the_base_rate():
    rng = np.random.default_rng(4)
    x = inputs(300, 5)
    w = np.where(rng.uniform(size=300) < 0.3, 1.0 + rng.uniform(size=300), 0.0)
    said = fit_hurdle(x, w, GPS).predict(inputs(50, 6))[0]
    assert said == pytest.approx(np.full(50, np.mean(w > 0)), abs=0.1)


def test_what_exceeds_a_level_is_what_draws_say():
    x = inputs(120, 0)
    hurdle, at = fit_hurdle(x, jump(x), GPS), np.array([[0.9, 0.1]])
    z, share = hurdle.positive.predict(at), hurdle.predict(at)[0]
    sd = hurdle.calibration * np.sqrt(z.variance[0, 0])
    drawn = np.exp(z.mean[0, 0] + sd * np.random.default_rng(0).normal(size=100_000))
    level = float(np.median(drawn)) * (1 + sd)
    expected = share[0] * np.mean(drawn > level)
    assert hurdle.exceedance(at, level)[0] == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    "values",
    [np.ones(40), np.zeros(40), np.r_[np.zeros(39), 1.0], np.r_[np.zeros(20), -np.ones(20)]],
)
def test_without_zeros_and_positive_samples_there_is_no_hurdle(values):
    assert above_zero(values, values) is None
    with pytest.raises(ValueError, match="hurdle: expected"):
        fit_hurdle(inputs(40, 0), values, GPS)


def test_rows_of_a_large_array_are_taken_in_blocks(tmp_path):
    values = np.random.default_rng(0).normal(size=(3000, 2000))
    large = np.memmap(tmp_path / "x", dtype=float, mode="w+", shape=values.shape)
    large[:] = values
    kept = values[:, 0] > 0
    assert np.array_equal(rows_of(large, kept), values[kept])


def family(count, first=0):
    """Necked plates; `q` and its peak jump with the load, `ramp` begins at zero with a kink."""
    out = []
    for s in (sample(first + i, seed=7) for i in range(count)):
        load, neck = s.inputs["P"], s.inputs["r"]
        excess = (load - 43.0) / 5 + neck - 0.3
        field = (excess > 0) * (0.5 + neck) * s.fields["s"]
        peaks = {"p_max": field.max(), "ramp": max(0.0, excess + 0.2)}
        out.append(
            dataclasses.replace(s, fields=s.fields | {"q": field}, scalars=s.scalars | peaks)
        )
    return out


SPEC = MMGP(shape_basis=POD(rank=2), field_basis=POD(rank=5), gp=GPS, representation="chosen")


@pytest.fixture(scope="module")
def jumps():
    return align(family(60), Morpher(), ["P"], UNITS)


@pytest.fixture(scope="module")
def fitted(jumps):
    return SPEC.fit(jumps)


def test_leave_one_out_takes_a_hurdle_for_a_jump_and_not_for_a_ramp(jumps):
    recipe = choose_recipe(jumps, POD(rank=2), GPS, None)
    assert recipe.fields["q"].hurdle
    assert not recipe.fields["s"].hurdle
    assert recipe.scalars["p_max"].transform == "hurdle"
    assert recipe.scalars["ramp"].transform == "identity"
    assert not choose_recipe(jumps, POD(rank=2), GPS, None, ["q"]).fields["q"].hurdle


@pytest.mark.parametrize("jumps_up", [False, True])
def test_a_peak_of_plastic_strain_keeps_its_latent_unless_it_jumps(jumps, jumps_up):
    """By the law the latent is linear in the inputs; a peak that jumps has a latent that does."""
    law, x = PlasticClosure(), inputs(60, 0)
    known = {"E": 7e4, "R0": 120.0, "H": 3e3}
    data = dataclasses.replace(
        jumps, input_names=tuple(known), inputs=np.tile(list(known.values()), (60, 1))
    )
    latent = np.repeat((0.3 + x[:, 0] + 0.3 * x[:, 1])[:, None], data.mass.shape[0], axis=1)
    peak = 1e-3 * jump(x) if jumps_up else law.plastic(latent, known).max(axis=1)
    found = _peak_recipe(peak, latent, x, data, GPS, law)
    assert found.transform in (["hurdle"] if jumps_up else ["latent", "greatest"])


def test_a_field_that_rises_smoothly_gets_no_hurdle(jumps):
    """And no amplitude apart: one that begins at zero has no finite reciprocal."""
    ramp = jumps.scalars["ramp"][:, None] ** 3 * jumps.fields["s"]
    data = dataclasses.replace(jumps, fields={"q": np.where(ramp > 1e-3, ramp, 0.0)}, scalars={})
    recipe = choose_recipe(data, POD(rank=2), GPS, None)
    assert recipe.fields["q"] == FieldRecipe()


def test_a_field_with_a_hurdle_is_predicted_better(jumps, fitted):
    plain = dataclasses.replace(SPEC, representation="plain").fit(jumps)
    new = family(40, 2000)
    errors = {"plain": [], "chosen": []}
    inside = []
    for s in new:
        for key, model in (("plain", plain), ("chosen", fitted)):
            found = model.predict(s.mesh, {"P": s.inputs["P"]})
            errors[key].append(rms(found.fields["q"] - s.fields["q"]))
        low, high = found.field_bands["q"]
        inside.append(np.mean((low <= s.fields["q"]) & (s.fields["q"] <= high)))
        assert (low >= 0).all()
    assert rms(np.array(errors["chosen"])) < 0.8 * rms(np.array(errors["plain"]))
    assert np.mean(inside) > 0.85


def test_the_probability_of_yield_is_that_of_the_peak(fitted):
    said, truth = [], []
    for s in family(40, 2000):
        found = fitted.predict(s.mesh, {"P": s.inputs["P"]})
        said.append(found.yield_probability["p_max"])
        truth.append(s.scalars["p_max"] > 0)
    rate = np.mean(truth)
    assert np.mean((np.array(said) - truth) ** 2) < 0.5 * rate * (1 - rate)


def test_drawn_fields_have_the_stated_moments(fitted):
    """20,000 draws at a plate whose probability is neither 0 nor 1."""
    known = [(s, {"P": s.inputs["P"]}) for s in family(40, 2000)]
    found = [fitted.predict(s.mesh, given) for s, given in known]
    doubt = [abs(p.yield_probability["p_max"] - 0.5) for p in found]
    (s, given), said = known[int(np.argmin(doubt))], found[int(np.argmin(doubt))]
    count = 20_000
    drawn = fitted.sample(s.mesh, given, count, np.random.default_rng(0))["q"]
    sd = said.field_deviations["q"]
    assert (np.abs(drawn.mean(axis=0) - said.fields["q"]) <= 5 * sd / np.sqrt(count)).all()
    assert np.allclose(drawn.std(axis=0), sd, rtol=0.03)


def test_fields_mapped_from_a_file_give_the_same_hurdle(jumps, fitted, tmp_path):
    """All that the basis and the gate are made of is read in blocks."""

    def on_disk(name, values):
        large = np.memmap(tmp_path / name, dtype=float, mode="w+", shape=values.shape)
        large[:] = values
        return large

    data = dataclasses.replace(
        jumps,
        fields={n: on_disk(n, v) for n, v in jumps.fields.items()},
        transfer={n: on_disk(f"{n}_lost", v) for n, v in jumps.transfer.items()},
    )
    model, s = SPEC.fit(data), family(1, 2000)[0]
    one, two = (m.predict(s.mesh, {"P": 46.0}) for m in (fitted, model))
    assert model.recipes["q"].hurdle
    np.testing.assert_allclose(two.fields["q"], one.fields["q"], rtol=1e-4)
    np.testing.assert_allclose(two.field_bands["q"], one.field_bands["q"], rtol=1e-3, atol=1e-3)


def test_a_stored_hurdle_predicts_to_the_last_bit(fitted, tmp_path):
    save_mmgp(tmp_path / "m.h5", fitted, {})
    again, s = load_mmgp(tmp_path / "m.h5"), family(1, 2000)[0]
    one, two = (m.predict(s.mesh, {"P": 46.0}) for m in (fitted, again))
    assert again.scalars.names == fitted.scalars.names == ("p_max", "peak", "ramp")
    assert one.scalars == two.scalars
    assert one.yield_probability == two.yield_probability
    assert np.array_equal(one.field_bands["q"], two.field_bands["q"])
    assert one.trust is not None
