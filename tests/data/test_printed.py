"""Words in print: inked, of every height asked for, and the same for the same seed."""

import numpy as np
import pytest

from hdr.data import printed
from hdr.data.glyphs import LETTERS
from hdr.data.printed import BESIDE, LABELS, draw_word


@pytest.mark.parametrize("words", [BESIDE, LABELS])
@pytest.mark.parametrize("scale", [0.35, 0.7, 1.0])
def test_a_word_is_drawn(words, scale):
    for seed in range(20):
        word = draw_word(words, scale, np.random.default_rng(seed))
        assert word.dtype == np.uint8
        assert word.max() > 100
        assert word.shape[0] <= 36
        assert not word[:, -1].any(), "paper after it"
        np.testing.assert_array_equal(word, draw_word(words, scale, np.random.default_rng(seed)))


def test_words_differ():
    drawn = {draw_word(LABELS, 0.7, np.random.default_rng(seed)).tobytes() for seed in range(20)}
    assert len(drawn) > 15


def test_no_word_could_be_a_number(monkeypatch):
    said = []
    for drawn in ("_outlined", "_stroked"):
        monkeypatch.setattr(printed, drawn, lambda text, *_: said.append(text) or np.zeros((8, 8), np.uint8))
    for seed in range(400):
        draw_word(BESIDE, 0.5, np.random.default_rng(seed))
    known = {word.rstrip(".").lower() for word in BESIDE}
    made_up = {text.rstrip(":.") for text in said if text.rstrip(":.").lower() not in known}
    assert len(made_up) > 100
    assert max(map(len, made_up)) <= 6
    assert not [text for text in made_up if set(LETTERS).isdisjoint(text)]


def test_half_the_words_are_in_an_outline_font(monkeypatch):
    monkeypatch.setattr(printed, "_stroked", lambda *_: np.zeros((3, 3), np.uint8))
    stroked = [draw_word(LABELS, 0.7, np.random.default_rng(seed)).shape[0] == 3 for seed in range(60)]
    assert 20 <= sum(stroked) <= 40
