import pytest

from synthetic import UNITS, sample
from understudy.morphing import Tutte
from understudy.surrogates import MMGP, align


@pytest.fixture(scope="session")
def test_set():
    return [sample(1000 + i) for i in range(20)]


@pytest.fixture(scope="session")
def aligned():
    return align([sample(i) for i in range(40)], Tutte(), ["P"], UNITS)


@pytest.fixture(scope="session")
def model(aligned):
    return MMGP(shape_rank=3, field_rank=5).fit(aligned)
