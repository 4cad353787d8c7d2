"""Figures of a string net."""

import numpy as np
import pytest
from scipy.special import softmax

from hdr.decode.ctc import BLANK
from hdr.score.strings import fit_string_temperature, score_strings


def steps(text: str, sure: float = 0.99) -> np.ndarray:
    channels = [c for digit in text for c in (BLANK, int(digit))] + [BLANK]
    found = np.full((len(channels), 11), (1 - sure) / 10)
    found[range(len(channels)), channels] = sure
    return found


def test_figures():
    found = score_strings([steps("12"), steps("345"), steps("77")], ["12", "346", "7"])
    assert (found.n, found.errors) == (3, 2)
    assert found.accuracy == pytest.approx(1 / 3)
    assert found.digits == pytest.approx(1 - 2 / 6)
    assert found.loss > 1
    assert found.as_dict().keys() == {"accuracy", "loss", "n", "errors", "digits"}


def test_the_loss_of_what_is_sure_and_right_is_small():
    assert score_strings([steps("12", 0.999)], ["12"]).loss < 0.02


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_the_temperature_undoes_a_factor_on_the_logits(factor):
    """Answers drawn from known probabilities, then sharpened or softened."""
    rng = np.random.default_rng(1)
    answers, texts = [], []
    for _ in range(150):
        true = str(rng.integers(0, 10))
        logits = np.zeros((3, 11))
        logits[[0, 2], BLANK] = 6.0
        logits[1, int(true)] = 3.0
        seen = int(rng.choice(11, p=softmax(logits[1])))
        logits[1] = 0.0
        logits[1, seen] = 3.0
        texts.append(true)
        answers.append(softmax(logits * factor, axis=1))
    plain = fit_string_temperature([softmax(np.log(a) / factor, axis=1) for a in answers], texts)
    assert fit_string_temperature(answers, texts) == pytest.approx(min(5.0, max(0.5, plain * factor)), rel=0.1)
