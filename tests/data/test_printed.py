"""Words in print: inked, of every height asked for, and the same for the same seed."""

import numpy as np
import pytest

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
