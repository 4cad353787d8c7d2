"""Which of two readings is believed, and how sure the digits are then."""

import numpy as np
import pytest

from hdr.decode.ctc import BLANK
from hdr.decode.verdict import cut_probability, doubted, spell_out, weighed
from hdr.results import Digit


def digit(value: int, confidence: float = 0.9) -> Digit:
    probabilities = np.full(10, (1 - confidence) / 9, np.float32)
    probabilities[value] = confidence
    return Digit((0, 0, 5, 9), np.zeros((28, 28), np.uint8), probabilities)


def steps(*channels: int, sure: float = 0.98) -> np.ndarray:
    found = np.full((len(channels), 11), (1 - sure) / 10, np.float32)
    found[range(len(channels)), channels] = sure
    return found


def test_a_strip_is_spelled_out():
    found = spell_out(steps(BLANK, 4, BLANK, 2, 2))
    assert found.text == "42"
    assert found.places == ((1, 2), (3, 5))
    assert 0.85 < found.probability < 1
    np.testing.assert_allclose(found.digits.sum(axis=1), 1, atol=1e-5)


def test_a_strip_of_paper_spells_nothing():
    found = spell_out(steps(BLANK, BLANK, BLANK))
    assert (found.text, found.places, found.digits.shape) == ("", (), (0, 10))
    assert found.probability > 0.9


def test_a_doubtful_number_of_digits_makes_every_digit_doubtful():
    """A second step that is as likely a blank as a 7."""
    row = steps(BLANK, 4, BLANK, 7)
    row[3] = 0
    row[3, [7, BLANK]] = 0.55, 0.45
    found = spell_out(row)
    assert found.text == "47"
    assert found.digits[0, 4] < 0.7


@pytest.mark.parametrize(("oddness", "share"), [(0.0, 0.72), (1.0, 0.72 / np.e)])
def test_cuts_cost(oddness, share):
    assert cut_probability([digit(1, 0.9), digit(2, 0.8)], oddness) == pytest.approx(share, rel=1e-5)


def test_nothing_cut_is_nothing():
    assert cut_probability([], 0.0) == 0.0


@pytest.mark.parametrize(("cut", "sure", "value"), [(7, 0.6, 7), (7, 0.9, 7), (1, 0.6, 7), (1, 0.999, 1)])
def test_as_many_digits_are_weighed_one_by_one(cut, sure, value):
    spelled = spell_out(steps(BLANK, 7, BLANK, sure=0.95))
    (both,) = weighed([digit(cut, sure)], spelled)
    assert both.value == value
    np.testing.assert_allclose(both.probabilities, (digit(cut, sure).probabilities + spelled.digits[0]) / 2)


@pytest.mark.parametrize(("own", "rival", "confidence"), [(0.9, 0.0, 0.9), (0.5, 0.5, 0.5), (0.6, 0.2, 0.7)])
def test_disagreement_makes_unsure(own, rival, confidence):
    (found,) = doubted([digit(3, 0.9)], own, rival)
    assert found.value == 3
    assert found.confidence == pytest.approx(confidence, abs=0.001)
    assert found.probabilities.sum() == pytest.approx(1, abs=1e-5)
