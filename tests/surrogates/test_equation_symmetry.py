"""Numbers that a symmetry makes one."""

import numpy as np
import pytest

from understudy.equations.ode_families import ODE_FAMILIES
from understudy.equations.parse import parse
from understudy.equations.polynomials import Library
from understudy.equations.sensitivity import Sensitivity
from understudy.surrogates.equation_search import EquationSearch
from understudy.surrogates.equation_symmetry import symmetric

THREE = Library(states=3, degree=2).exponents
CYCLE = parse("x' = -a*x - b*y - y^2; y' = -a*y - b*z - z^2; z' = -a*z - b*x - x^2")


def terms_of(text, exponents=THREE):
    """Terms of products like `x` or `yy`, component by component."""
    rows = {tuple(row): m for m, row in enumerate(exponents.tolist())}
    return [
        (i, rows[tuple(word.count(name) for name in "xyz")])
        for i, line in enumerate(text.split(";"))
        for word in line.split()
    ]


def test_a_cycle_ties_its_terms():
    """Nine terms have three numbers, each in every component."""
    [(terms, labels)] = symmetric(terms_of("x y yy; y z zz; z x xx"), THREE, 0)
    assert len(terms) == 9
    assert max(labels) == 2
    assert all({i for (i, _), k in zip(terms, labels, strict=True) if k == n} == {0, 1, 2}
               for n in range(3))  # fmt: skip


def test_two_states_that_change_places():
    """x' = x + z, y' = y + z, z' = xy: x and y are alike."""
    [(terms, labels)] = symmetric(terms_of("x z; y z; xy"), THREE, 0)
    assert len(terms) == 5
    assert sorted(labels.count(k) for k in range(3)) == [1, 2, 2]


@pytest.mark.parametrize("text", ["x y yy; y z zz; z x", "x y yy z; y z zz; z x xx"])
def test_a_term_too_few_or_too_many_is_mended(text):
    assert symmetric(terms_of(text), THREE, 0) == []
    terms, labels = symmetric(terms_of(text), THREE, 1)[0]
    assert terms == tuple(sorted(terms_of("x y yy; y z zz; z x xx")))
    assert max(labels) == 2


def test_what_has_no_symmetry_has_none():
    assert symmetric(terms_of("x y; xz x y; xy z"), THREE, 0) == []


def test_many_states_are_not_permuted_in_every_way():
    """A ring of twelve, whose permutations nobody could try, has one number."""
    ring = Library(states=12, degree=1).exponents
    shifts = [(i, int(np.argmax(ring[:, (i + 1) % 12]))) for i in range(12)]
    assert symmetric(shifts, ring, 0)[0][1] == (0,) * 12


def windows(count, share, seed=0):
    rng = np.random.default_rng(seed)
    clean = Sensitivity(CYCLE, substeps=10).states_at(
        np.tile([[0.4], [1.0]], count), rng.uniform(-1.0, 1.0, (3, count)), TIMES
    )
    noise = share * np.sqrt((clean**2).mean(axis=(1, 2)))
    return clean + noise[:, None, None] * rng.standard_normal(clean.shape)


TIMES = np.linspace(0.0, 2.0, 64)


def test_numbers_are_one_where_the_evidence_is_for_it():
    """From one window: three numbers in place of nine, near the truth."""
    guess = parse("x' = a*x + b*y + c*y^2; y' = d*y + e*z + f*z^2; z' = g*z + h*x + i*x^2")
    best = EquationSearch().solve(TIMES, windows(1, 0.02), ("x", "y", "z"), guess).candidates[0]
    assert best.equation.skeleton == CYCLE.skeleton
    assert len(best.fit.values) == 3
    found = dict(zip(best.skeleton.parameters, best.fit.values, strict=True))
    assert np.all(
        np.abs(np.sort([*found.values()]) - [-1.0, -1.0, -0.4]) < 3 * best.deviation.max()
    )


def test_where_it_is_against_it_they_are_not():
    """A cycle of terms whose numbers differ by a half keeps one for each."""
    truth = parse("x' = -0.4*x - y; y' = -0.6*y - 1.5*z; z' = -0.8*z + 1.2*x")
    rng = np.random.default_rng(0)
    clean = Sensitivity(truth, substeps=10).states_at(
        np.empty((0, 2)), rng.uniform(-1.0, 1.0, (3, 2)), TIMES
    )
    data = clean + 0.01 * rng.standard_normal(clean.shape)
    guess = parse("x' = a*x + b*y; y' = c*y + d*z; z' = e*z + f*x")
    best = EquationSearch().solve(TIMES, data, ("x", "y", "z"), guess).candidates[0]
    assert best.equation.skeleton == truth.skeleton
    assert len(best.fit.values) == 6


def test_halvorsen_is_such_a_system():
    """The family's own number comes back from one window."""
    family = ODE_FAMILIES["halvorsen"]
    states = family.equation.states
    rows = {tuple(row): m for m, row in enumerate(THREE.tolist())}
    terms = [
        (i, rows[tuple(int(dict((f.name, e) for f, e in product).get(s, 0)) for s in states)])
        for i, (_, products) in enumerate(family.equation.skeleton)
        for product in products
    ]
    assert max(symmetric(terms, THREE, 0)[0][1]) == 3
