"""A training set larger than memory should hold gives the same surrogate."""

import numpy as np
import pytest

from synthetic import UNITS, sample
from understudy.data import blocks
from understudy.data.blocks import is_large
from understudy.linalg import POD
from understudy.surrogates import MMGP, Morpher, align


@pytest.mark.parametrize("representation", ["plain", "chosen"])
def test_a_set_in_a_file_trains_the_same_surrogate(monkeypatch, test_set, representation):
    """Bases come from one pass instead of the products of all pairs: equal but for rounding."""
    samples = [sample(i) for i in range(24)]
    spec = MMGP(shape_basis=POD(rank=2), field_basis=POD(rank=3), representation=representation)
    small = spec.fit(align(samples, Morpher(), ["P"], UNITS))
    monkeypatch.setattr(blocks, "LARGE", 10_000)
    monkeypatch.setattr(blocks, "_BLOCK", 20_000)
    data = align(samples, Morpher(), ["P"], UNITS)
    assert is_large(data.coordinates)
    assert all(is_large(v) for v in (*data.fields.values(), *data.transfer.values()))
    large = spec.fit(data)
    s = test_set[0]
    one, two = (m.predict(s.mesh, {"P": s.inputs["P"]}) for m in (small, large))
    for name, values in one.fields.items():
        assert np.allclose(two.fields[name], values, rtol=1e-4, atol=1e-4 * np.abs(values).max())
        deviation = one.field_deviations[name]
        assert np.allclose(two.field_deviations[name], deviation, rtol=0.05, atol=1e-9)
    assert two.trust.decision == one.trust.decision
    assert two.trust.p_value == pytest.approx(one.trust.p_value, rel=0.05)


def test_a_large_set_needs_a_centred_basis(monkeypatch):
    monkeypatch.setattr(blocks, "LARGE", 10_000)
    data = align([sample(i) for i in range(8)], Morpher(), ["P"], UNITS)
    with pytest.raises(ValueError, match="centred: expected true"):
        MMGP(field_basis=POD(rank=2, centred=False)).fit(data)
