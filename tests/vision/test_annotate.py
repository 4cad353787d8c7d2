"""Boxes and readings on the picture: green where sure, amber where not, the original untouched."""

import numpy as np
import pytest

from hdr.results import Digit, Page, Row
from hdr.vision.annotate import annotate

FRAME = np.zeros((28, 28), np.uint8)
BOX = (100, 90, 40, 60)
BROAD = (100, 90, 120, 60)


def picture(width: int = 400, height: int = 300) -> np.ndarray:
    return np.full((height, width, 3), 200, np.uint8)


def page(*digits: tuple[tuple[int, int, int, int], float]) -> Page:
    found = []
    for box, confidence in digits:
        answer = np.full(10, (1 - confidence) / 9, np.float32)
        answer[7] = confidence
        found.append(Digit(box, FRAME, answer))
    return Page("cnn", (400, 300), (Row((tuple(found),)),) if found else (), 0.0)


def test_what_is_no_digit_is_boxed_in_grey():
    mark = page((BOX, 0.2)).digits[0]
    drawn = annotate(picture(), Page("cnn", (400, 300), (), 0.0, (mark,)))
    x, y, _, height = BOX
    assert hue(drawn[y + 30, x]) == "grey"
    assert drawn[y + 30, x, 0] < 150 < drawn[y + height // 2, x + 20, 0]


def hue(pixel: np.ndarray) -> str:
    red, green, blue = (int(value) for value in pixel)
    if max(red, green, blue) - min(red, green, blue) < 20:
        return "grey"
    return "green" if green > max(red, blue) else "amber" if red > green > blue else "other"


@pytest.mark.parametrize(("confidence", "colour"), [(0.99, "green"), (0.81, "green"), (0.79, "amber"), (0.2, "amber")])
def test_the_box_has_the_colour_of_the_confidence(confidence, colour):
    drawn = annotate(picture(), page((BOX, confidence)))
    x, y, width, height = BOX
    for column, row in [(x, y + 30), (x + width, y + 30), (x + 20, y + height), (x + width, y + height)]:
        assert hue(drawn[row, column]) == colour
    assert hue(drawn[y + 30, x + 20]) == "grey"
    assert hue(drawn[250, 300]) == "grey"


@pytest.mark.parametrize(("box", "confidence", "told"), [(BOX, 0.95, False), (BOX, 0.5, True), (BROAD, 0.95, True)])
def test_the_label_holds_reading_and_confidence(box, confidence, told):
    """Where it is sure and the box is narrow, the reading alone, which leaves room for the next one."""
    y = box[1]
    strip = annotate(picture(), page((box, confidence)))[y - 16 : y - 2]
    assert (np.ptp(np.flatnonzero((strip != 200).any(axis=(0, 2)))) > 35) == told


def test_every_digit_is_boxed():
    boxes = [(20, 100, 40, 60), (120, 100, 40, 60), (220, 100, 40, 60)]
    drawn = annotate(picture(), page(*[(box, 0.95) for box in boxes]))
    assert [hue(drawn[130, x]) for x, *_ in boxes] == ["green"] * 3


def test_the_original_is_left_alone():
    original = picture()
    drawn = annotate(original, page((BOX, 0.9)))
    assert (original == 200).all()
    assert (drawn.shape, drawn.dtype) == (original.shape, np.uint8)


def test_a_blank_page_is_a_copy():
    original = picture()
    drawn = annotate(original, page())
    assert drawn is not original
    np.testing.assert_array_equal(drawn, original)


@pytest.mark.parametrize("box", [(0, 0, 30, 40), (370, 260, 30, 40), (0, 0, 400, 300), (200, 150, 1, 1)])
def test_boxes_at_the_border(box):
    drawn = annotate(picture(), page((box, 0.5)))
    assert drawn.shape[0] * 4 == drawn.shape[1] * 3
    assert (drawn != 200).any()


def test_lines_grow_with_the_picture():
    large = annotate(picture(4000, 3000), page(((1000, 900, 400, 600), 0.95)))
    assert [hue(large[1200, 1000 + offset]) for offset in (-2, 0, 2)] == ["green"] * 3


@pytest.mark.parametrize(
    ("size", "height", "zoom"), [((400, 300), 60, 1), ((400, 300), 59, 2), ((400, 300), 20, 3), ((900, 600), 20, 1)]
)
def test_a_picture_of_small_digits_is_enlarged(size, height, zoom):
    drawn = annotate(picture(*size), page(((100, 90, 20, height), 0.99)))
    assert drawn.shape == (size[1] * zoom, size[0] * zoom, 3)
    assert hue(drawn[(90 + height // 2) * zoom, 100 * zoom]) == "green"


@pytest.mark.parametrize(("top", "height", "below"), [(90, 60, False), (4, 60, True), (4, 290, False)])
def test_a_label_that_has_no_room_above_stands_below(top, height, below):
    drawn = annotate(picture(), page(((100, top, 40, height), 0.99)))
    label = drawn[min(top + height + 3, 296) : top + height + 14, 100:110]
    assert (label.size > 0 and (label == 255).any()) == below
