"""Accuracy and cross-entropy on figures that can be checked by hand."""

import numpy as np
import pytest

from hdr.score.metrics import Scores, cross_entropy, score


def rows(*pairs: tuple[int, float]) -> np.ndarray:
    """A row for each (digit, probability); what is left is spread over the other nine."""
    table = np.stack([np.full(10, (1 - p) / 9) for _, p in pairs])
    for row, (digit, p) in zip(table, pairs, strict=True):
        row[digit] = p
    return table


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


@pytest.mark.parametrize(
    ("p", "loss"), [(1.0, 0.0), (0.5, np.log(2)), (0.1, np.log(10)), (0.0, 12 * np.log(10))], ids=str
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
