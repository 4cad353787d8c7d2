"""Figures against hand counts, closed formulas and scikit-learn; what scikit-learn counts itself, against loops."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import accuracy_score, log_loss, top_k_accuracy_score

from hdr.score.metrics import (
    Scores,
    class_report,
    confusion_matrix,
    cross_entropy,
    most_confused,
    score,
    top_k_accuracy,
    wilson_interval,
)

many = settings(max_examples=80, deadline=None, database=None)
digits = st.integers(0, 9)


def rows(*pairs: tuple[int, float]) -> np.ndarray:
    """A row for each (digit, probability); what is left is spread over the other nine."""
    table = np.stack([np.full(10, (1 - p) / 9) for _, p in pairs])
    for row, (digit, p) in zip(table, pairs, strict=True):
        row[digit] = p
    return table


@st.composite
def answers(draw) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (N, 10) above 0, often with ties, and labels (N,)."""
    n = draw(st.integers(1, 30))
    weights = draw(arrays(np.int64, (n, 10), elements=st.integers(1, 1000)))
    return weights / weights.sum(axis=1, keepdims=True), draw(arrays(np.int64, n, elements=digits))


@st.composite
def readings(draw) -> tuple[np.ndarray, np.ndarray]:
    """Labels and guesses, both (N,), of all digits or of only a few."""
    n, few = draw(st.integers(1, 60)), st.sampled_from(draw(st.lists(digits, min_size=1, unique=True)))
    return draw(arrays(np.int64, n, elements=few)), draw(arrays(np.int64, n, elements=few | digits))


# --- accuracy and cross-entropy -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pairs", "labels", "accuracy", "errors"),
    [
        ([(3, 0.9)], [3], 1.0, 0),
        ([(3, 0.9)], [4], 0.0, 1),
        ([(0, 0.9), (1, 0.8), (9, 0.6), (5, 0.5)], [0, 1, 9, 4], 0.75, 1),
        ([(7, 0.3)] * 10, [7, 7, 7, 7, 7, 7, 7, 0, 1, 2], 0.7, 3),
    ],
)
def test_score(pairs, labels, accuracy, errors):
    probabilities = rows(*pairs)
    result = score(probabilities, np.array(labels))
    chosen = [row[label] for row, label in zip(probabilities, labels, strict=True)]
    assert result == Scores(
        accuracy=pytest.approx(accuracy), loss=pytest.approx(-np.mean(np.log(chosen))), n=len(labels), errors=errors
    )


@many
@given(answers())
def test_score_agrees_with_scikit_learn(case):
    probabilities, labels = case
    guesses, found = probabilities.argmax(axis=1), score(probabilities, labels)
    assert found.accuracy == pytest.approx(accuracy_score(labels, guesses), abs=1e-9)
    assert found.loss == pytest.approx(log_loss(labels, probabilities, labels=np.arange(10)), abs=1e-9)
    assert found.n - found.errors == accuracy_score(labels, guesses, normalize=False)


@pytest.mark.parametrize(
    ("p", "loss"),
    [(1.0, 0.0), (0.5, np.log(2)), (0.1, np.log(10)), (0.0, 12 * np.log(10)), (1.000001, 0.0)],
    ids=str,
)
def test_cross_entropy_in_nats(p, loss):
    assert cross_entropy(rows((2, p), (4, p)), np.array([2, 4])) == pytest.approx(loss, abs=1e-9)


def test_float32_of_a_net_will_do():
    probabilities, labels = rows((1, 0.7), (2, 0.2)), np.array([1, 2], dtype=np.uint8)
    assert score(probabilities.astype(np.float32), labels).loss == pytest.approx(
        score(probabilities, labels).loss, rel=1e-6
    )


@pytest.mark.parametrize(
    ("shape", "count"), [((0, 10), 0), ((3, 10), 2), ((2, 9), 2), ((10,), 1)], ids=["none", "more", "nine", "flat"]
)
def test_shapes_that_do_not_belong_together(shape, count):
    with pytest.raises(ValueError, match=f"{count} labels"):
        score(np.full(shape, 0.1), np.zeros(count, int))


def test_as_dict_is_plain():
    figures = score(rows((3, 0.5), (4, 0.9)), np.array([3, 3])).as_dict()
    assert {name: type(value) for name, value in figures.items()} == {
        "accuracy": float,
        "loss": float,
        "n": int,
        "errors": int,
    }
    assert (figures["accuracy"], figures["n"], figures["errors"]) == (0.5, 2, 1)


# --- interval of a share --------------------------------------------------------------------------------------------


def wilson(right: int, n: int) -> tuple[float, float]:
    """Wilson 1927, the closed formula."""
    z, p = NormalDist().inv_cdf(0.975), right / n
    centre = p + z**2 / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_intervals_in_print(right, n, low, high):
    """The first four are in Newcombe 1998, "Two-sided confidence intervals for the single proportion", method 3."""
    assert wilson_interval(right, n) == pytest.approx((low, high), abs=5e-5)


@many
@given(st.integers(1, 20_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@example((0, 1))
@example((1, 1))
@example((0, 10_000))
@example((10_000, 10_000))
@example((9_975, 10_000))
def test_the_interval_is_the_closed_formula(case):
    right, n = case
    low, high = wilson_interval(right, n)
    assert (low, high) == pytest.approx(wilson(right, n), abs=1e-9)
    assert 0.0 <= low <= right / n <= high <= 1.0


@pytest.mark.parametrize("n", [1, 7, 10_000])
def test_the_interval_ends_at_none_and_at_all(n):
    assert wilson_interval(0, n)[0] == 0.0
    assert wilson_interval(n, n)[1] == 1.0


# --- the label among the likeliest ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("k", "share"), [(1, 0.25), (2, 0.5), (3, 0.75), (9, 0.75), (10, 1.0)])
def test_top_k_by_hand(k, share):
    row = [0.3, 0.2, 0.1, 0.09, 0.08, 0.07, 0.06, 0.05, 0.04, 0.01]
    assert top_k_accuracy(np.array([row] * 4), np.array([0, 1, 2, 9]), k) == share


@pytest.mark.parametrize(("label", "two", "three"), [(3, 1.0, 1.0), (5, 1.0, 1.0), (8, 0.0, 1.0), (0, 0.0, 0.0)])
def test_of_equal_ones_the_smaller_digit_counts(label, two, three):
    row = np.full((1, 10), 0.01)
    row[0, [3, 5, 8]] = 0.31
    assert top_k_accuracy(row, np.array([label])) == top_k_accuracy(row, np.array([label]), 2) == two
    assert top_k_accuracy(row, np.array([label]), 3) == three


@many
@given(answers(), st.integers(1, 9))
def test_top_k_agrees_with_scikit_learn(case, k):
    """scikit-learn lets the larger of equal digits count, so it is asked with the digits' order turned round."""
    probabilities, labels = case
    expected = top_k_accuracy_score(9 - labels, probabilities[:, ::-1], k=k, labels=np.arange(10))
    assert top_k_accuracy(probabilities, labels, k) == pytest.approx(expected, abs=1e-9)


@many
@given(answers())
def test_top_1_is_the_accuracy_and_top_10_is_all(case):
    assert top_k_accuracy(*case, 1) == score(*case).accuracy
    assert top_k_accuracy(*case, 10) == 1.0


# --- digits against digits ------------------------------------------------------------------------------------------

LABELS = np.array([3, 3, 8, 8, 5])
GUESSES = np.array([3, 3, 3, 8, 8])


def divide(count: float, by: float) -> float:
    return count / by if by else 0.0


def counted(labels: np.ndarray, guesses: np.ndarray) -> list[list[int]]:
    """The confusion matrix, picture by picture."""
    matrix = [[0] * 10 for _ in range(10)]
    for written, read in zip(labels.tolist(), guesses.tolist(), strict=True):
        matrix[written][read] += 1
    return matrix


def test_the_confusion_matrix_by_hand():
    expected = np.zeros((10, 10), int)
    expected[[3, 8, 8, 5], [3, 3, 8, 8]] = [2, 1, 1, 1]
    found = confusion_matrix(LABELS, GUESSES)
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.int64


@many
@given(readings())
def test_the_confusion_matrix_is_a_count(case):
    assert confusion_matrix(*case).tolist() == counted(*case)


def test_the_class_report_by_hand():
    """Of three read as 3, two are; one 8 of two is found, and a 5 is taken for one; of the 5 nothing is right."""
    report = class_report(LABELS, GUESSES)
    expected = {3: (2 / 3, 1.0, 0.8, 2), 5: (0.0, 0.0, 0.0, 1), 8: (0.5, 0.5, 0.5, 2)}
    for digit in range(10):
        found = (report.precision[digit], report.recall[digit], report.f1[digit], report.support[digit])
        assert found == pytest.approx(expected.get(digit, (0, 0, 0, 0)))
    assert report.macro == pytest.approx(((2 / 3 + 0.5) / 3, 1.5 / 3, 1.3 / 3))
    assert report.weighted == pytest.approx(((4 / 3 + 1) / 5, 3 / 5, 2.6 / 5))


@pytest.mark.parametrize(
    ("labels", "guesses", "macro", "weighted"),
    [
        ([7, 7], [7, 7], (1.0, 1.0, 1.0), (1.0, 1.0, 1.0)),
        ([7, 7], [1, 1], (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)),
        ([7, 7], [7, 1], (0.5, 0.25, 1 / 3), (1.0, 0.5, 2 / 3)),
        (range(10), range(10), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0)),
    ],
    ids=["one digit", "another digit", "a digit that is only read", "all digits"],
)
def test_averages_are_over_the_digits_that_occur(labels, guesses, macro, weighted):
    report = class_report(np.array(labels), np.array(guesses))
    assert report.macro == pytest.approx(macro)
    assert report.weighted == pytest.approx(weighted)


@many
@given(readings())
def test_the_class_report_is_a_count(case):
    labels, guesses = case
    matrix, report, table = counted(labels, guesses), class_report(labels, guesses), []
    for digit in range(10):
        right, read, written = matrix[digit][digit], sum(row[digit] for row in matrix), sum(matrix[digit])
        table.append([divide(right, read), divide(right, written), divide(2 * right, read + written)])
        assert report.support[digit] == written
    for figure, column in zip((report.precision, report.recall, report.f1), zip(*table, strict=True), strict=True):
        np.testing.assert_allclose(figure, column, rtol=0, atol=1e-9)
    occurring = sorted(set(labels.tolist()) | set(guesses.tolist()))
    macro = [sum(table[digit][i] for digit in occurring) / len(occurring) for i in range(3)]
    weighted = [sum(table[label][i] for label in labels) / len(labels) for i in range(3)]
    assert report.macro == pytest.approx(macro, abs=1e-9)
    assert report.weighted == pytest.approx(weighted, abs=1e-9)


def matrix_of(*cells: tuple[int, int, int]) -> np.ndarray:
    """A confusion matrix with a hundred right readings of each digit, and the given mistakes."""
    matrix = np.eye(10, dtype=np.int64) * 100
    for written, read, often in cells:
        matrix[written, read] = often
    return matrix


@pytest.mark.parametrize(
    ("cells", "count", "expected"),
    [
        ([], 8, []),
        ([(4, 9, 7)], 8, [(4, 9, 7)]),
        ([(9, 4, 3), (4, 9, 7), (3, 5, 12)], 8, [(3, 5, 12), (4, 9, 7), (9, 4, 3)]),
        ([(9, 4, 3), (4, 9, 7), (3, 5, 12)], 2, [(3, 5, 12), (4, 9, 7)]),
        ([(7, 1, 2), (1, 7, 2), (1, 2, 2), (0, 6, 2)], 3, [(0, 6, 2), (1, 2, 2), (1, 7, 2)]),
        ([(5, 3, 1000)], 1, [(5, 3, 1000)]),
        ([(5, 3, 1)], 0, []),
    ],
    ids=["none", "one", "most frequent first", "the first two", "ties in order of digits", "above the right", "zero"],
)
def test_most_confused(cells, count, expected):
    matrix = matrix_of(*cells)
    before = matrix.copy()
    assert most_confused(matrix, count) == expected
    np.testing.assert_array_equal(matrix, before)


@many
@given(arrays(np.int64, (10, 10), elements=st.integers(0, 5)), st.integers(1, 100))
def test_most_confused_is_a_sorted_list(matrix, count):
    mistakes = [(i, j, int(matrix[i, j])) for i in range(10) for j in range(10) if i != j and matrix[i, j]]
    expected = sorted(mistakes, key=lambda cell: (-cell[2], cell[0], cell[1]))
    assert most_confused(matrix, count) == expected[:count]
    assert most_confused(matrix) == expected[:8]
