"""The temperature that makes confidences honest is found again after it was spoilt on purpose; bins are counted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax

from hdr.score.calibrate import fit_temperature, reliability
from hdr.score.metrics import cross_entropy


@pytest.fixture(scope="module")
def honest():
    """Logits of a calibrated reader, and labels drawn from its own probabilities."""
    rng = np.random.default_rng(4)
    logits = rng.normal(0.0, 2.0, (6000, 10))
    labels = (softmax(logits, axis=1).cumsum(axis=1) > rng.random((6000, 1))).argmax(axis=1)
    return logits, labels


# --- temperature ----------------------------------------------------------------------------------------------------


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


# --- reliability ----------------------------------------------------------------------------------------------------


def threes(*confidences: float) -> np.ndarray:
    """A 3 is read on every picture, as sure as given; what is left is spread over the other nine."""
    probabilities = np.stack([np.full(10, (1 - confidence) / 9) for confidence in confidences])
    probabilities[:, 3] = confidences
    return probabilities


@pytest.mark.parametrize(
    ("confidences", "right", "ece"),
    [
        ([0.8] * 5, 4, 0.0),
        ([0.6] * 5, 3, 0.0),
        ([1.0] * 4, 4, 0.0),
        ([1.0] * 4, 2, 0.5),
        ([0.9] * 10, 0, 0.9),
        ([0.3] * 10, 10, 0.7),
        ([0.45, 0.55], 1, 0.55),  # 0.45 is right and 0.55 wrong, in bins of their own
        ([0.81, 0.79, 0.82, 0.78], 2, 0.3),  # in one bin, where only the means count
    ],
    ids=["honest", "honest again", "sure and right", "too sure", "always wrong", "too modest", "two bins", "one bin"],
)
def test_the_gap_by_hand(confidences, right, ece):
    labels = np.array([3] * right + [5] * (len(confidences) - right))
    assert reliability(threes(*confidences), labels, bins=4).ece == pytest.approx(ece)


def test_bins_by_hand():
    """Bin 1 holds 0.3 wrong, bin 2 holds 0.55 right and 0.75 wrong, bin 3 holds 0.8 and 0.9 right; bin 0 is empty."""
    found = reliability(threes(0.3, 0.55, 0.75, 0.8, 0.9), np.array([5, 3, 5, 3, 3]), bins=4)
    assert found.counts.tolist() == [0, 1, 2, 2]
    np.testing.assert_allclose(found.confidence, [np.nan, 0.3, 0.65, 0.85])
    np.testing.assert_allclose(found.accuracy, [np.nan, 0.0, 0.5, 1.0])
    assert found.ece == pytest.approx((0.3 + 2 * 0.15 + 2 * 0.15) / 5)


@pytest.mark.parametrize(
    ("confidence", "bins", "index"),
    [
        (0.25, 4, 0),
        (np.nextafter(0.25, 1), 4, 1),
        (0.5, 4, 1),
        (0.75, 4, 2),
        (np.nextafter(0.75, 0), 4, 2),
        (1.0, 4, 3),
        (1.0, 15, 14),
        (0.5, 2, 0),
        (0.7, 1, 0),
        (1.0 + 1e-7, 15, 14),  # float32 of a net may be a little above 1
    ],
)
def test_a_bin_is_open_below_and_closed_above(confidence, bins, index):
    found = reliability(threes(confidence), np.array([3]), bins)
    assert found.counts.tolist() == [int(position == index) for position in range(bins)]


def test_empty_bins_are_not_a_number():
    found = reliability(threes(1.0, 1.0), np.array([3, 5]))
    assert found.counts.shape == found.confidence.shape == found.accuracy.shape == (15,)
    np.testing.assert_array_equal(np.isnan(found.confidence), [True] * 14 + [False])
    np.testing.assert_array_equal(np.isnan(found.accuracy), [True] * 14 + [False])
    assert (found.counts[14], found.confidence[14], found.accuracy[14], found.ece) == (2, 1.0, 0.5, 0.5)


def test_the_digit_that_is_read_decides_and_not_the_label():
    """A label of probability 0.4 is a wrong answer of confidence 0.6."""
    probabilities = np.zeros((1, 10), np.float32)
    probabilities[0, [2, 7]] = [0.4, 0.6]
    assert reliability(probabilities, np.array([2])).ece == pytest.approx(0.6)


@pytest.mark.parametrize(("factor", "low", "high"), [(1.0, 0.0, 0.02), (0.3, 0.15, 1.0), (4.0, 0.15, 1.0)])
def test_a_spoilt_reader_shows_and_its_temperature_mends_it(honest, factor, low, high):
    logits, labels = honest
    spoilt = softmax(logits * factor, axis=1)
    assert low <= reliability(spoilt, labels).ece <= high
    mended = softmax(logits * factor / fit_temperature(spoilt, labels), axis=1)
    assert reliability(mended, labels).ece < 0.02


def plain_reliability(probabilities, labels, bins):
    """(count, mean confidence, accuracy) of each bin and the ECE, bin by bin and picture by picture."""
    table, ece = [], 0.0
    for index in range(bins):
        inside = []
        for row, label in zip(probabilities.tolist(), labels.tolist(), strict=True):
            if index < max(row) * bins <= index + 1:
                inside.append((max(row), row.index(max(row)) == label))
        if inside:
            confidence = sum(sure for sure, _ in inside) / len(inside)
            accuracy = sum(right for _, right in inside) / len(inside)
            ece += len(inside) / len(labels) * abs(confidence - accuracy)
        else:
            confidence = accuracy = float("nan")
        table.append((len(inside), confidence, accuracy))
    return table, ece


@settings(max_examples=60, deadline=None, database=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.floats(0.05, 5.0), st.sampled_from([1, 2, 10, 15, 16]))
def test_reliability_is_a_plain_count(seed, n, evenness, bins):
    """Probabilities are whole 1024ths, so that sums are exact and edges and ties are hit."""
    rng = np.random.default_rng(seed)
    probabilities = np.stack([rng.multinomial(1024, rng.dirichlet([evenness] * 10)) for _ in range(n)]) / 1024
    labels = np.where(rng.random(n) < 0.7, probabilities.argmax(axis=1), rng.integers(0, 10, n))
    found = reliability(probabilities, labels, bins)
    table, ece = plain_reliability(probabilities, labels, bins)
    np.testing.assert_allclose(np.stack([found.counts, found.confidence, found.accuracy], axis=1), table, atol=1e-12)
    assert found.ece == pytest.approx(ece, abs=1e-12)
