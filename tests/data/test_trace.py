"""Tracing: the path that a pen may have taken, on drawn lines and on the project's own digits."""

import cv2
import numpy as np
import pytest

from hdr.data import trace
from hdr.data.pen import digit_strokes, draw_strokes
from hdr.data.skeleton import find_skeleton
from hdr.data.trace import trace_digit, trace_digits


@pytest.fixture(autouse=True)
def steady(monkeypatch):
    """Nobody writes backwards, lifts the pen or goes with the clock here."""
    for name in ("_ODD", "_LIFTED", "_CLOCKWISE"):
        monkeypatch.setattr(trace, name, 0.0)


def picture(*lines: list[tuple[float, float]], pen: int = 1) -> np.ndarray:
    canvas = np.zeros((28, 28), np.uint8)
    draw_strokes(canvas, [np.array(line, float) for line in lines], pen)
    return canvas


def digit_picture(digit: int, slant: float = 0.0) -> np.ndarray:
    canvas = np.zeros((28, 28), np.uint8)
    draw_strokes(canvas, digit_strokes(digit, 8, 4, 20, slant), 1)
    return canvas


def traced(image: np.ndarray, seed: int = 1) -> list[np.ndarray]:
    return trace_digit(image, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ([(14, 4), (14, 24)], (14, 4)),
        ([(14, 24), (14, 4)], (14, 4)),
        ([(24, 14), (4, 14)], (4, 14)),
        ([(20, 4), (8, 24)], (20, 4)),
        ([(6, 5), (22, 5), (12, 24)], (6, 5)),
    ],
)
def test_a_line_is_written_from_the_top_or_the_left(line, start):
    (stroke,) = traced(picture(line))
    assert np.hypot(*(stroke[0] - start)) < 4
    length = np.hypot(*np.diff(stroke, axis=0).T).sum()
    assert length == pytest.approx(np.hypot(*np.diff(np.array(line, float), axis=0).T).sum(), rel=0.25)


def test_lines_that_cross_are_two_strokes():
    down, across = traced(picture([(14, 3), (14, 25)], [(4, 14), (24, 14)]))
    assert np.ptp(down[:, 1]) > 17
    assert np.ptp(down[:, 0]) < 3
    assert np.ptp(across[:, 0]) > 15
    assert np.ptp(across[:, 1]) < 3


def test_a_ring_is_one_stroke_against_the_clock_from_its_top():
    angles = np.linspace(0, 2 * np.pi, 40)
    (stroke,) = traced(picture([(14 + 7 * np.cos(a), 14 + 9 * np.sin(a)) for a in angles]))
    assert stroke[0, 1] < 9
    assert stroke[len(stroke) // 4, 0] < 10
    assert stroke[3 * len(stroke) // 4, 0] > 18
    assert np.hypot(*(stroke[0] - stroke[-1])) < 5


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("slant", [0.0, 0.25])
def test_the_path_follows_the_ink_of_every_digit(digit, slant):
    image = digit_picture(digit, slant)
    strokes = traced(image)
    assert 1 <= len(strokes) <= 3
    again = np.zeros((28, 28), np.uint8)
    draw_strokes(again, strokes, 1)
    missed = (image > 128) & ~(cv2.dilate(again, np.ones((3, 3))) > 128)
    beyond = (again > 128) & ~(cv2.dilate(image, np.ones((3, 3))) > 128)
    assert missed.sum() <= 0.08 * (image > 128).sum()
    assert beyond.sum() <= 0.03 * (image > 128).sum()


@pytest.mark.parametrize(
    ("digit", "start"), [(2, "left"), (3, "left"), (6, "right"), (7, "left"), (0, "right"), (8, "right")]
)
def test_digits_of_one_stroke_begin_at_their_top(digit, start):
    stroke = traced(digit_picture(digit))[0]
    assert stroke[0, 1] < 10
    assert (stroke[0, 0] < 14) == (start == "left")


def test_a_pinhole_is_no_loop_and_a_speck_no_stroke():
    image = picture([(14, 4), (14, 24)], pen=5)
    image[14, 14] = 0
    image[2, 2] = 255
    assert len(find_skeleton(image).branches) == 1


@pytest.mark.parametrize("value", [0, 255])
def test_a_picture_of_one_grey(value):
    strokes = traced(np.full((28, 28), value, np.uint8))
    assert (not strokes) == (value == 0)
    assert all(len(stroke) > 1 for stroke in strokes)


def test_a_dot_is_a_stroke_of_its_own():
    image = np.zeros((28, 28), np.uint8)
    image[13:16, 13:16] = 255
    (stroke,) = traced(image)
    assert stroke.shape[1] == 2
    assert np.abs(stroke - 14).max() < 2


def test_noise_is_traced_without_a_fault():
    for seed in range(20):
        image = np.random.default_rng(seed).integers(0, 256, (28, 28), dtype=np.uint8)
        assert all(len(stroke) > 1 and np.isfinite(stroke).all() for stroke in traced(image, seed))


def test_the_seed_and_the_place_decide():
    images = np.stack([digit_picture(8)] * 2)
    first, again, other = (trace_digits(images, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[0][0], again[0][0])
    assert first[0][0].shape != other[0][0].shape or not np.array_equal(first[0][0], other[0][0])
