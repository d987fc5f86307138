"""The contract of the family: every operator, one set of laws."""

import inspect

import pytest
import torch

import understudy.operators
from understudy.nn import Training, fit, seeded
from understudy.operators import (
    FNO,
    PROSE,
    DeepONet,
    MeshEncoder,
    Operator,
    PatchEncoder,
    SeriesFNO,
    Sizes,
    SymbolFNO,
    SymbolOperator,
)
from understudy.operators.loss import begun, relative_l2, word_loss

WORDS, LONGEST = 12, 10
SIZES = Sizes(width=32, heads=4, fusion=1, queries=1, words=1)
RANDOM = torch.Generator().manual_seed(0)
GRID = torch.arange(16)[None, :, None].expand(3, -1, -1) / 16
FEATURES = torch.randn(3, 16, 2, generator=RANDOM)
QUERIES = torch.rand(3, 7, 2, generator=RANDOM)
GUESS = torch.tensor([[3, 4, 5, 6, 7], [3, 8, 5, 0, 0], [9, 10, 11, 4, 0]])


def prose(encoder, outputs=None):
    return PROSE(
        encoder=encoder, sizes=SIZES, queries=2, words=WORDS, longest=LONGEST, outputs=outputs
    )


def build():
    patch = PatchEncoder(coordinates=1, features=2, patch=4, width=32, heads=4, layers=1)
    mesh = MeshEncoder(coordinates=1, features=2, latents=6, width=32, heads=4, layers=1)
    grid = {"features": 2, "knots": 5, "first": 0.0, "last": 1.0, "width": 32, "modes": 6}
    return {
        "PROSE": prose(patch),
        "PROSE of a mesh": prose(mesh),
        "PROSE of one output": prose(
            MeshEncoder(coordinates=1, features=2, latents=6, width=32, heads=4, layers=1), 1
        ),
        "FNO": FNO(**grid, layers=2),
        "FNO off the torus": FNO(**grid, layers=2, margin=4),
        "SymbolFNO": SymbolFNO(**grid, words=WORDS, longest=LONGEST),
        "SeriesFNO": SeriesFNO(features=2, later=2, width=32, modes=6, layers=2, margin=4),
        "DeepONet": DeepONet(sensors=16, features=2, queries=2, outputs=1, width=32, terms=16),
    }


with seeded(0):
    METHODS = build()
each_method = pytest.mark.parametrize("name", METHODS)
SYMBOLIC = [name for name, m in METHODS.items() if isinstance(m, SymbolOperator)]


def asked(module, queries):
    """Times and places; of what continues a series, times of the two windows that follow."""
    return 1 + 2 * queries[..., 1:] if isinstance(module, SeriesFNO) else queries


def answer(module, rows=slice(None), queries=QUERIES, guess=GUESS):
    return module(GRID[rows], FEATURES[rows], asked(module, queries)[rows], guess[rows])


def test_every_method_of_the_family_is_under_contract():
    """Public modules that are whole operators, no more and no fewer."""
    family = vars(understudy.operators)
    parts = {"MeshEncoder", "PatchEncoder"}
    public = {
        name
        for name in understudy.operators.__all__
        if inspect.isclass(family[name]) and issubclass(family[name], torch.nn.Module)
    }
    assert {type(m).__name__ for m in METHODS.values()} == public - parts
    assert all(isinstance(m, Operator) for m in METHODS.values())


@each_method
def test_queries_know_nothing_of_one_another(name):
    """Permuted queries give permuted answers, some of them the same answers as all."""
    order = torch.tensor([4, 0, 6, 2, 1, 5, 3])
    whole = answer(METHODS[name])
    assert whole.shape[:2] == (3, 7)
    assert torch.allclose(
        answer(METHODS[name], queries=QUERIES[:, order]), whole[:, order], atol=1e-5
    )
    assert torch.allclose(answer(METHODS[name], queries=QUERIES[:, :2]), whole[:, :2], atol=1e-5)


@each_method
def test_samples_of_a_batch_know_nothing_of_one_another(name):
    """A sample alone has the answer that it has among others, with less padding too."""
    whole = answer(METHODS[name])
    queries = asked(METHODS[name], QUERIES[1:2])
    alone = METHODS[name](GRID[1:2], FEATURES[1:2], queries, GUESS[1:2, :3])
    assert torch.allclose(alone, whole[1:2], atol=1e-5)


@each_method
def test_the_gradient_reaches_every_parameter(name):
    """Values and words together leave no weight without a gradient."""
    module = METHODS[name]
    module.zero_grad()
    loss = answer(module).square().sum()
    if name in SYMBOLIC:
        memory = module.memory(GRID, FEATURES, GUESS)
        loss = loss + word_loss(
            module.decoder.scores, module.decoder(begun(GUESS), *memory), GUESS
        )
        memory = module.memory(GRID, FEATURES, None)
        loss = loss + word_loss(
            module.decoder.scores, module.decoder(begun(GUESS), *memory), GUESS
        )
    loss.backward()
    idle = [n for n, p in module.named_parameters() if p.grad is None or not p.grad.any()]
    assert not idle


@each_method
def test_it_learns_one_batch_by_heart(name):
    """Enough weights for three samples: the relative error falls below a hundredth part."""
    with seeded(1):
        module = build()[name]
    # On a grid what is between knots is not free: ask at knots and points.
    place = torch.stack([torch.arange(7) % 5 / 4, torch.arange(7) * 2 / 16], dim=-1)
    queries = asked(module, place.expand(3, -1, -1))
    outputs = module(GRID, FEATURES, queries, GUESS).shape[-1]
    truth = torch.randn(3, 7, outputs, generator=torch.Generator().manual_seed(2))
    spec = Training(steps=400, learning_rate=5e-3, weight_decay=0.0, every=400)

    def loss(network, _):
        return relative_l2(network(GRID, FEATURES, queries, GUESS), truth).mean()

    fit(module, loss, lambda number: number, spec)
    with torch.no_grad():
        assert relative_l2(module(GRID, FEATURES, queries, GUESS), truth).max() < 1e-2


@pytest.mark.parametrize("name", SYMBOLIC)
def test_one_pass_gives_both_heads(name):
    """`both` is `forward` and the decoder on `memory`."""
    module = METHODS[name]
    words = begun(GUESS)
    values, state = module.both(GRID, FEATURES, QUERIES, GUESS, words)
    assert torch.allclose(values, answer(module), atol=1e-6)
    expected = module.decoder(words, *module.memory(GRID, FEATURES, GUESS))
    assert torch.allclose(state, expected, atol=1e-6)


@pytest.mark.parametrize("name", SYMBOLIC)
def test_a_guess_matters_and_may_be_missing(name):
    """Other words, another answer to the words; none is allowed."""
    module = METHODS[name]
    known, unknown = (module.memory(GRID, FEATURES, g)[0][:, -1] for g in (GUESS, None))
    assert torch.isfinite(unknown).all()
    assert not torch.allclose(known, unknown, atol=1e-3)
    assert torch.isfinite(module(GRID, FEATURES, QUERIES)).all()


def test_a_series_goes_on_window_after_window():
    """Channels of a time are the states one, two windows later; between times they are linear."""
    module = METHODS["SeriesFNO"]
    later = 1 + torch.arange(32)[None, :, None].expand(3, -1, -1) / 16
    whole = module(GRID, FEATURES, later)
    between = module(GRID, FEATURES, later[:, :-1] + 0.25 / 16)
    assert torch.allclose(between, 0.75 * whole[:, :-1] + 0.25 * whole[:, 1:], atol=1e-5)
    twice = module(GRID, 3.0 * FEATURES, later)
    assert torch.allclose(twice, 3.0 * whole, atol=1e-4)
    early, late = (module(GRID, FEATURES, torch.full((3, 1, 1), t)) for t in (0.0, 9.0))
    assert torch.allclose(early, whole[:, :1])
    assert torch.allclose(late, whole[:, -1:])
