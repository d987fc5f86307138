import pytest

from synthetic import UNITS, sample
from understudy.linalg import POD
from understudy.surrogates import MMGP, Morpher, align


@pytest.fixture(scope="session")
def test_set():
    return [sample(1000 + i) for i in range(20)]


@pytest.fixture(scope="session")
def aligned():
    return align([sample(i) for i in range(40)], Morpher(), ["P"], UNITS)


@pytest.fixture(scope="session")
def model(aligned):
    return MMGP(shape_basis=POD(rank=3), field_basis=POD(rank=5)).fit(aligned)
