"""The pen reader: which strokes belong to which digit, and that the net is asked about these."""

import numpy as np
import pytest

from hdr.data.paths import FEATURES, STEPS
from hdr.data.pen import digit_strokes
from hdr.pen_reader import PenReader
from hdr.results import Digit, Page, Row

EVEN = np.full(10, 0.1, np.float32)


def page(*boxes: tuple[int, int, int, int]) -> Page:
    digits = tuple(Digit(box, np.zeros((28, 28), np.uint8), EVEN) for box in boxes)
    return Page("cnn", (340, 340), (Row((digits,)),) if digits else (), 0.0)


def by_strokes(paths: np.ndarray) -> np.ndarray:
    """A net that takes the number of strokes for the digit."""
    assert (paths.shape[1:], paths.dtype) == ((STEPS, FEATURES), np.float32)
    return np.eye(10, dtype=np.float32)[paths[..., 4].sum(axis=1).astype(int)]


READER = PenReader("pen", by_strokes)
LEFT, RIGHT = (20, 20, 100, 140), (160, 20, 100, 140)
FOUR, FIVE, ONE = (digit_strokes(digit, left, 40, 100) for digit, left in ((4, 30), (5, 170), (1, 170)))


@pytest.mark.parametrize(
    ("boxes", "strokes", "text"),
    [
        ((LEFT,), FOUR, "2"),
        ((LEFT, RIGHT), [*FOUR, *ONE], "21"),
        ((LEFT, RIGHT), [ONE[0], *FOUR], "21"),
        ((LEFT, RIGHT), [FOUR[0], FIVE[0], FOUR[1], FIVE[1]], "22"),
        ((LEFT,), [*FOUR, np.array([[300.0, 300.0]])], "2"),
    ],
)
def test_strokes_go_to_the_digit_in_whose_box_they_lie(boxes, strokes, text):
    read = READER.read(page(*boxes), strokes)
    assert (read.text, read.model, read.size) == (text, "pen", (340, 340))
    assert [digit.box for digit in read.digits] == list(boxes)
    assert read.seconds > 0


@pytest.mark.parametrize(
    ("boxes", "strokes"),
    [
        ((), FOUR),
        ((LEFT,), []),
        ((LEFT, RIGHT), FOUR),
        ((LEFT, RIGHT), [*FOUR, *ONE, np.array([[60.0, 90.0], [200.0, 90.0]])]),
    ],
)
def test_no_answer_where_a_digit_has_no_strokes_of_its_own(boxes, strokes):
    assert READER.read(page(*boxes), strokes) is None


def test_rows_and_groups_stay():
    digit = page(LEFT).digits[0]
    other = Digit(RIGHT, digit.image, EVEN)
    read = READER.read(Page("cnn", (340, 340), (Row(((digit,), (other,))),), 0.0), [*FOUR, *ONE])
    assert read.text == "2 1"


def test_digits_are_classified_at_once():
    assert READER.classify([FOUR, ONE]).argmax(axis=1).tolist() == [2, 1]
