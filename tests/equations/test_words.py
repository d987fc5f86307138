"""Equations as text, LaTeX, SymPy and words."""

import numpy as np
import pytest
import sympy

from understudy.equations.ode_families import ODE_FAMILIES
from understudy.equations.parse import parse
from understudy.equations.pde_families import PDE_FAMILIES
from understudy.equations.printing import expressions, latex, lines
from understudy.equations.rhs import RightHandSide
from understudy.equations.tokens import Tokenizer, rounded

FAMILIES = ODE_FAMILIES | PDE_FAMILIES
each_family = pytest.mark.parametrize("name", FAMILIES)


def drawn(name, rng):
    family = FAMILIES[name]
    values = family.values(1, rng)[:, 0]
    return family.equation.with_values(dict(zip(family.equation.parameters, values, strict=True)))


def words_of(equation):
    return Tokenizer(states=equation.states, space=4 if equation.space else 0)


@each_family
def test_text_is_read_back_to_the_last_bit(name):
    """`parse` and `lines` are inverse."""
    equation = drawn(name, np.random.default_rng(0))
    assert parse("\n".join(lines(equation))) == equation
    assert parse("\n".join(lines(FAMILIES[name].equation))) == FAMILIES[name].equation


@each_family
def test_words_are_read_back_as_the_rounded_equation(name):
    """Three digits a number; what is rounded once stays."""
    rng = np.random.default_rng(1)
    for _ in range(5):
        equation = rounded(drawn(name, rng))
        words = words_of(equation).encode(equation)
        assert words_of(equation).decode(words) == equation
        assert rounded(equation) == equation


@each_family
def test_each_word_of_an_equation_is_allowed_by_those_before_it(name):
    """And the end after the last of them, and nothing after that."""
    equation = drawn(name, np.random.default_rng(2))
    tokenizer = words_of(equation)
    words = tokenizer.encode(equation)
    end = tokenizer.words.index("<end>")
    for place, word in enumerate(words):
        assert tokenizer.allowed(words[:place])[word]
    assert tokenizer.allowed(words).nonzero()[0].tolist() == [end]


def test_allowed_words_always_end_in_an_equation():
    """A thousand random walks through the grammar, closed by leaves, are equations."""
    tokenizer = Tokenizer(states=("x", "y"))
    rng = np.random.default_rng(0)
    leaf = tokenizer.words.index("x")
    end = tokenizer.words.index("<end>")
    read = 0
    for _ in range(300):
        words = []
        while True:
            mask = tokenizer.allowed(words)
            if mask[end] and (len(words) > 20 or rng.random() < 0.5):
                break
            if len(words) > 15 and mask[leaf]:
                words.append(leaf)
                continue
            words.append(int(rng.choice(np.flatnonzero(mask))))
            if words[-1] == end:
                words.pop()
                break
        try:
            found = tokenizer.decode(words)
        except ValueError as error:  # one over zero, the exponential of a million
            if "numbers out of range" not in str(error):
                raise
            continue
        read += 1
        assert found.states == ("x", "y")[: len(found.states)]
    assert read > 200


def test_numbers_are_triples_of_sign_mantissa_and_exponent():
    """2.6 = + N260 E-2; 9.999 is rounded up to the next power of ten."""
    tokenizer = Tokenizer(states=("x",))
    for text, expected in (("2.6*x", "+ N260 E-2"), ("-9.999*x", "- N100 E-1")):
        words = tokenizer.encode(parse(f"x' = {text}"))
        assert " ".join(tokenizer.words[w] for w in words) == f"mul {expected} x |"


def test_unknown_numbers_are_placeholders():
    """Parameters go and come back under names of their own."""
    tokenizer = Tokenizer(states=("u",), space=2)
    equation = parse("u_t = nu*u_xx - u*u_x")
    words = tokenizer.encode(equation)
    assert [tokenizer.words[w] for w in words].count("<?>") == 1
    assert tokenizer.decode(words).skeleton == equation.skeleton
    assert tokenizer.decode(words).parameters == ("c0",)


@pytest.mark.parametrize("text", ["add x |", "x", "x | |", "add + N100 x x |", "| x |"])
def test_words_that_are_no_equation_are_refused(text):
    """Too short, too long, or in the wrong place."""
    tokenizer = Tokenizer(states=("x", "y"))
    with pytest.raises((ValueError, KeyError)):
        tokenizer.decode([tokenizer.words.index(w) for w in text.split()])


def test_words_that_the_vocabulary_lacks_are_named():
    """A derivative of an order that is too high."""
    with pytest.raises(ValueError, match="no word for u_xxx"):
        Tokenizer(states=("u",), space=2).encode(parse("u_t = u_xxx"))


@each_family
def test_sympy_and_arrays_agree(name):
    """The right-hand side at a random point, derivatives given, by two libraries."""
    equation = drawn(name, np.random.default_rng(3))
    rng = np.random.default_rng(4)
    point = rng.uniform(0.5, 1.5, len(equation.states))
    slopes = rng.uniform(0.5, 1.5, 5)
    names = {sympy.Symbol(s): v for s, v in zip(equation.states, point, strict=True)}
    names |= {sympy.Symbol(f"u_{'x' * k}"): slopes[k] for k in range(1, 5)}
    if equation.space:
        names[sympy.Symbol("x")] = 0.3
    expected = [float(e.subs(names)) for e in expressions(equation).values()]
    state = np.tile(point[:, None, None], (1, 1, 1)) if equation.space else point[:, None]
    right = RightHandSide(
        equation, derive=lambda u, order: 0 * u + slopes[order], x=np.array([0.3]),
        right=equation.right,
    )  # fmt: skip
    found = right.bind(np.empty((0, 1)))(0.0, state)
    assert np.allclose(found.ravel(), expected, rtol=1e-12)


def test_latex_is_what_one_writes():
    """Greek letters, derivatives as indices, powers of ten."""
    shown = latex(parse("u_t = nu*u_xx - u*u_x - 2.5e-7*u^3"))
    assert "u_{t} &= \\nu u_{xx} - u u_{x} - 2.5 \\cdot 10^{-7} u^{3}" in shown
    assert "\\dot x &= \\sin\\left(y\\right)" in latex(parse("x' = sin(y); y' = -x"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("u_t = nu*(u_xx", "cannot be read at line 1, column 11"),
        ("u_t = v_x", "v_x: expected a derivative of u, got one of v"),
        ("u_t = log(u)", "log: expected a function, one of cos, exp, inv, sin, tanh"),
        ("u_t = u^u", "expected a number as exponent"),
        ("u_t = u_t", "a time derivative may stand on the left only"),
        ("u_t = __import__('os')", "cannot be read"),
        ("", "cannot be read"),
    ],
)
def test_text_that_is_no_equation_is_refused_with_the_place(text, message):
    """Nothing that is typed is ever evaluated."""
    with pytest.raises(ValueError, match=message):
        parse(text)


def test_words_that_are_nested_too_deeply_are_no_equation():
    """Two hundred negations: an error of the words, not of the interpreter."""
    tokenizer = Tokenizer(states=("u",))
    deep = [tokenizer.words.index(w) for w in (*["neg"] * 200, "u", "|")]
    with pytest.raises(ValueError, match="at most 60 within one another"):
        tokenizer.decode(deep)
