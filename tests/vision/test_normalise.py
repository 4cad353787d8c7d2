"""One digit into MNIST's frame: size, place, contrast, and what must not matter."""

import os

import cv2
import numpy as np
import pytest

from hdr.data.datasets import load_mnist
from hdr.vision.normalise import ink_box, normalise_digit, stroke_width

DIGITS = "0123456789"


def bar(width: int, height: int, value: int = 255, margin: int = 5) -> np.ndarray:
    return np.pad(np.full((height, width), value, np.uint8), margin)


def centre_of_mass(image: np.ndarray) -> tuple[float, float]:
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return float((image * x).sum() / image.sum()), float((image * y).sum() / image.sum())


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    """Correlation of two frames."""
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


@pytest.mark.parametrize("shape", [(40, 30), (28, 28), (1, 1), (0, 7), (300, 2)])
def test_blank_stays_black(shape):
    frame = normalise_digit(np.zeros(shape, np.uint8))
    assert frame.shape == (28, 28)
    assert frame.dtype == np.uint8
    assert not frame.any()


@pytest.mark.parametrize(
    ("width", "height", "wanted"),
    [(40, 40, (20, 20)), (20, 40, (10, 20)), (40, 20, (20, 10)), (100, 75, (20, 15)), (8, 10, (16, 20))],
)
def test_aspect_is_kept_and_longest_side_is_20(width, height, wanted):
    frame = normalise_digit(bar(width, height))
    _, _, w, h = cv2.boundingRect((frame > 60).astype(np.uint8))
    assert abs(w - wanted[0]) <= 1
    assert abs(h - wanted[1]) <= 1
    assert max(w, h) == 20


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize(("height", "pen"), [(16, 2), (40, 4), (100, 3), (100, 10), (100, 24), (600, 30)])
def test_digits_fill_the_box_and_are_centred_by_mass(draw, digit, height, pen):
    ink = draw((height * 2, height * 2), digit, height * 0.6, height * 0.5, height, pen)
    frame = normalise_digit(ink)
    _, _, w, h = ink_box(frame)
    assert 19 <= max(w, h) <= 20
    np.testing.assert_allclose(centre_of_mass(frame), 14.0, atol=0.6)
    assert frame.max() == 255


@pytest.mark.parametrize("turns", range(4))
def test_lopsided_ink_stays_inside_the_frame(turns):
    """A blob on a long thin stem cannot be centred by mass; it must touch the frame, not leave it."""
    ink = np.zeros((200, 200), np.uint8)
    ink[90:110, 0:200] = 80
    ink[60:140, 0:60] = 255
    frame = normalise_digit(np.rot90(ink, turns))
    box = ink_box(frame)
    assert sorted(box[2:]) == [8, 20]
    assert frame.sum() == pytest.approx(ink.sum() / 100, rel=0.03)


@pytest.mark.parametrize(("left", "top"), [(0, 0), (150, 0), (0, 90), (73, 41)])
def test_place_of_the_ink_does_not_matter(draw, left, top):
    ink = draw((80, 70), "5", 12, 10, 60, 6)
    moved = np.zeros((200, 260), np.uint8)
    moved[top : top + 80, left : left + 70] = ink
    np.testing.assert_array_equal(normalise_digit(moved), normalise_digit(ink))


@pytest.mark.parametrize("digit", DIGITS)
def test_scale_does_not_matter(draw, digit):
    """One drawing, reduced: the frames differ by at most a pixel of place, which comes of rounding."""
    ink = draw((640, 640), digit, 160, 90, 480, 48)
    frames = [
        normalise_digit(cv2.resize(ink, (side, side), interpolation=cv2.INTER_AREA)) for side in (40, 90, 200, 640)
    ]
    for frame in frames[:-1]:
        shifted = [np.roll(frame, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
        assert max(likeness(one, frames[-1]) for one in shifted) > 0.92


@pytest.mark.parametrize("value", [20, 90, 255])
def test_contrast_is_full(draw, value):
    ink = draw((120, 120), "3", 30, 10, 100, 10)
    faint = (ink.astype(float) * value / 255).astype(np.uint8)
    frame = normalise_digit(faint)
    assert frame.max() == 255
    assert likeness(frame, normalise_digit(ink)) > 0.98


def test_contrast_is_full_whatever_the_strength_of_the_ink():
    short = [value for value in range(1, 256) if normalise_digit(bar(10, 12, value)).max() != 255]
    assert short == []


def test_dirt_much_fainter_than_the_ink_does_not_count_for_the_box(draw):
    ink = draw((160, 160), "8", 40, 20, 100, 10)
    dirty = ink.copy()
    dirty[150:156, 150:156] = 25
    np.testing.assert_array_equal(normalise_digit(dirty), normalise_digit(ink))


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize(("height", "pen"), [(200, 2), (800, 3)])
def test_hairline_becomes_a_visible_stroke(draw, digit, height, pen):
    """Area reduction alone would leave strokes of a tenth of a pixel; the pens of MNIST are 2 to 4 pixels wide."""
    frame = normalise_digit(draw((height + 80, height + 80), digit, 40, 40, height, pen))
    plain = normalise_digit(draw((300, 300), digit, 60, 50, 200, 22))
    assert 1.4 < stroke_width(frame > 100) < 4
    assert likeness(frame, plain) > 0.73
    _, _, w, h = ink_box(frame)
    assert 19 <= max(w, h) <= 20


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("pen", [26, 44])
def test_broad_pen_is_not_broadened(draw, digit, pen):
    ink = draw((300, 300), digit, 60, 50, 200, pen)
    reduction = (20 / max(ink_box(ink)[2:])) ** 2
    assert normalise_digit(ink).sum() == pytest.approx(ink.sum() * reduction, rel=0.06)


@pytest.mark.parametrize(
    ("ink", "box"),
    [
        (np.zeros((9, 9), np.uint8), None),
        (np.zeros((0, 4), np.uint8), None),
        (bar(7, 3, margin=5), (5, 5, 7, 3)),
        (bar(7, 3, value=9, margin=2), (2, 2, 7, 3)),
    ],
)
def test_ink_box(ink, box):
    assert ink_box(ink) == box


@pytest.mark.parametrize("width", [3, 6, 12, 25])
def test_stroke_width_of_a_bar(width):
    mask = bar(width, 300) > 0
    assert stroke_width(mask) == pytest.approx(width, rel=0.15, abs=0.7)
    assert stroke_width(mask.T) == pytest.approx(stroke_width(mask), abs=0.01)


def test_stroke_width_of_nothing():
    assert stroke_width(np.zeros((5, 5), bool)) == 0.0


@pytest.mark.data
@pytest.mark.skipif("HDR_DATA" not in os.environ, reason="needs mnist.npz: set HDR_DATA to the folder that holds it")
def test_digits_of_mnist_come_back_as_they_were():
    """The frame is MNIST's own: pictures that are in it already do not move."""
    images = load_mnist("train").images[:300]
    change = np.array([np.abs(normalise_digit(image).astype(int) - image).mean() for image in images])
    assert (change < 3).mean() > 0.95
