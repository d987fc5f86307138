"""The card says what a data set holds, and reads it one sample at a time."""

import weakref

import numpy as np
import pytest

from synthetic import UNITS, sample
from understudy.data import Header, Sample, Variable, card, write_samples
from understudy.data.card import data_card, topology
from understudy.mesh import Mesh


def header(**changes):
    facts = {
        "name": "plates", "seed": 7, "code": "abc", "specification": {"h": 0.1},
        "variables": [
            Variable(name="r", low=0.1, high=0.6, unit="", known=False),
            Variable(name="P", low=40.0, high=50.0, unit="MPa", known=True),
        ],
        "units": UNITS, "sets": {"train": [0, 1, 2], "test": [3, 4]},
    }  # fmt: skip
    return Header(**(facts | changes))


@pytest.fixture
def path(tmp_path):
    failed = Sample(index=4, seed=4, inputs={"r": 0.2, "P": 41.0}, error="no mesh | h")
    samples = [*(sample(i) for i in range(4)), failed]
    write_samples(tmp_path / "d.h5", header(), samples)
    return tmp_path / "d.h5"


def rows(text):
    return [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]


def test_the_card_says_numbers_ranges_and_reasons(path):
    text = data_card(path)
    table = {row[0]: row[1:] for row in rows(text)}
    assert table["samples"] == ["5, of which 1 failed"]
    assert table["test"] == ["2", "1"]
    loads = [sample(i).inputs["P"] for i in range(4)] + [41.0]
    numbers = [f"{f(loads):.6g}" for f in (min, np.median, max)]
    assert table["P"] == ["MPa", "yes", *numbers]
    assert table["r"][:2] == ["", "no"]
    stress = [sample(i).fields["s"] for i in range(4)]
    assert table["s"][0::3] == ["MPa", f"{max(v.max() for v in stress):.6g}"]
    sizes = [len(sample(i).mesh.points) for i in range(4)]
    assert table["nodes"][0] == str(min(sizes))
    assert table["1"] == ["0", "4"]
    assert "| no mesh \\| h | 1 | 4 |" in text
    assert '"h": 0.1' in text


def test_the_card_carries_the_checksum_of_the_content(path, tmp_path):
    first = data_card(path).split("SHA-256) | ")[1][:64]
    write_samples(tmp_path / "e.h5", header(name="other"), [sample(i) for i in range(4)])
    other = data_card(tmp_path / "e.h5").split("SHA-256) | ")[1][:64]
    assert len(first) == 64
    assert first != other


def test_no_more_than_two_samples_are_held(path, monkeypatch):
    alive, most = weakref.WeakSet(), []

    def reading(_path):
        for i in range(30):
            s = sample(i)
            alive.add(s)
            most.append(len(alive))
            yield s
            del s

    monkeypatch.setattr(card, "read_samples", reading)
    data_card(path)
    assert max(most) <= 2


@pytest.mark.parametrize(("side", "holes"), [(3, 1), (5, 4)])
def test_holes_are_counted(side, holes):
    """A grid without every second cell of every second row."""
    x, y = np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0))
    cells = []
    for i in range(side):
        for j in range(side):
            if i % 2 == 0 or j % 2 == 0:
                a = i * (side + 1) + j
                cells += [[a, a + 1, a + side + 2], [a, a + side + 2, a + side + 1]]
    mesh = Mesh(points=np.stack([x.ravel(), y.ravel()], axis=1), triangles=np.array(cells))
    assert topology(mesh) == (1, holes)
    twice = Mesh(
        points=np.concatenate([mesh.points, mesh.points + 99]),
        triangles=np.concatenate([mesh.triangles, mesh.triangles + len(mesh.points)]),
    )
    assert topology(twice) == (2, 2 * holes)
