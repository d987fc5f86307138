"""Beam search."""

import itertools

import numpy as np
import pytest
import torch

from understudy.nn import seeded
from understudy.operators import decode
from understudy.operators.loss import begun, word_loss
from understudy.operators.symbols import END, SymbolDecoder

WORDS = 6
MEMORY = torch.randn(2, 3, 8, generator=torch.Generator().manual_seed(0))
with seeded(0):
    DECODER = SymbolDecoder(words=WORDS, width=8, heads=2, layers=2, longest=5)
    with torch.no_grad():
        for parameter in DECODER.parameters():
            parameter *= 3.0


@torch.no_grad()
def score(words, row, allowed=None):
    """log p of words and their end, all at once, in the grammar."""
    state = DECODER(begun(torch.tensor([words], dtype=torch.long)), MEMORY[row : row + 1])
    logits = DECODER.scores(state)[0]
    total = 0.0
    for place, word in enumerate([*words, END]):
        line = logits[place].clone()
        if allowed is not None:
            line[~torch.from_numpy(allowed(list(words[:place])))] = -torch.inf
        total += float(line.log_softmax(-1)[word])
    return total


def only_rising(words):
    """A word is greater than the one before it; after one word an end may come."""
    mask = np.arange(WORDS) > (words[-1] if words else END)
    mask[END] = bool(words)
    return mask


@pytest.mark.parametrize("allowed", [None, only_rising])
def test_a_wide_beam_finds_what_trying_all_finds(allowed):
    """All equations of at most two words, scored one by one."""
    others = [w for w in range(WORDS) if w != END]
    for row in range(2):
        known = {}
        for length in range(3):
            for words in itertools.product(others, repeat=length):
                known[words] = score(words, row, allowed)
        best = sorted(known, key=lambda w: -known[w])[:3]
        found = decode(DECODER, MEMORY, allowed=allowed, beam=40, longest=2)[row][:3]
        assert [d.words for d in found] == best
        for answer in found:
            assert answer.log_probability == pytest.approx(known[answer.words], abs=1e-4)


def test_every_answer_obeys_the_grammar():
    """With a beam of any width."""
    for beam in (1, 4):
        for answers in decode(DECODER, MEMORY, allowed=only_rising, beam=beam):
            assert 1 <= len(answers) <= beam
            for answer in answers:
                assert len(answer.words) >= 1
                assert all(a < b for a, b in itertools.pairwise(answer.words))


def test_rows_of_a_batch_are_decoded_as_if_alone():
    """Beams do not mix."""
    together = decode(DECODER, MEMORY, beam=3)
    for row in range(2):
        alone = decode(DECODER, MEMORY[row : row + 1], beam=3)[0]
        assert [d.words for d in alone] == [d.words for d in together[row]]


def test_word_loss_is_the_mean_of_what_decoding_adds_up():
    """Minus log p of all words and ends, over their number."""
    words = torch.tensor([[3, 4, 5], [4, 0, 0]])
    loss = word_loss(DECODER.scores, DECODER(begun(words), MEMORY), words)
    total = score([3, 4, 5], 0) + score([4], 1)
    assert float(loss.detach()) == pytest.approx(-total / 6, abs=1e-5)


def test_a_beam_of_nothing_is_refused():
    """The error says what came."""
    with pytest.raises(ValueError, match="at least 1, got 0"):
        decode(DECODER, MEMORY, beam=0)
