"""The temperature that makes confidences honest is found again after it was spoilt on purpose."""

import numpy as np
import pytest
from scipy.special import softmax

from hdr.score.calibrate import fit_temperature
from hdr.score.metrics import cross_entropy


@pytest.fixture(scope="module")
def honest():
    """Logits of a calibrated reader, and labels drawn from its own probabilities."""
    rng = np.random.default_rng(4)
    logits = rng.normal(0.0, 2.0, (6000, 10))
    labels = (softmax(logits, axis=1).cumsum(axis=1) > rng.random((6000, 1))).argmax(axis=1)
    return logits, labels


@pytest.mark.parametrize("factor", [0.2, 0.5, 1.0, 2.0, 5.0])
def test_the_factor_on_the_logits_is_recovered(honest, factor):
    logits, labels = honest
    assert fit_temperature(softmax(logits * factor, axis=1), labels) == pytest.approx(factor, rel=0.05)


@pytest.mark.parametrize("factor", [0.4, 3.0])
def test_the_loss_is_lowest_there(honest, factor):
    logits, labels = honest
    found = fit_temperature(softmax(logits * factor, axis=1), labels)
    losses = [cross_entropy(softmax(logits * factor / (found * by), axis=1), labels) for by in (0.9, 1.0, 1.1)]
    assert losses[1] == min(losses)


@pytest.mark.parametrize(("right", "low", "high"), [(True, 0.049, 0.1), (False, 15.0, 20.01)])
def test_ends_of_the_range(right, low, high):
    """Always right: as sure as allowed. Always wrong: as unsure as allowed."""
    probabilities = np.full((50, 10), 0.4 / 9)
    probabilities[:, 3] = 0.6
    assert low <= fit_temperature(probabilities, np.full(50, 3 if right else 5)) <= high


def test_certain_float32_probabilities_give_a_number():
    probabilities = np.eye(10, dtype=np.float32)
    labels = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 0])
    assert 0.05 <= fit_temperature(probabilities, labels) <= 20.0
