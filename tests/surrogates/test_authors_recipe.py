from synthetic import UNITS, sample
from understudy.surrogates.authors_recipe import fit_authors_recipe
from understudy.surrogates.baselines import MeanField
from understudy.surrogates.evaluation import evaluate, score


def test_the_authors_recipe_learns_and_ours_is_better(aligned, model, test_set):
    theirs = fit_authors_recipe([sample(i) for i in range(40)], ["P"], UNITS)
    for name, field in theirs.fields.items():
        lengths = field.posterior.lengthscale
        assert (lengths == lengths[0]).all(), name
        assert not field.basis.mean.any()
    methods = {
        "ours": evaluate(model, test_set, ["P"]),
        "theirs": evaluate(theirs, test_set, ["P"]),
        "mean": evaluate(MeanField().fit(aligned), test_set, ["P"]),
    }
    found = score(test_set, methods, "mean")
    assert found["theirs.fields.s.q2"] > 0.9
    assert found["ours.mean_rrmse"] < found["theirs.mean_rrmse"]
