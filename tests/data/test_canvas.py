"""Strokes from what the canvas writes down."""

import json

import numpy as np
import pytest

from hdr.config import SAMPLES
from hdr.data.canvas import canvas_strokes

PATH = [["M", 10, 20], ["Q", 10, 20, 15, 30], ["L", 30, 60]]
POINTS = np.array([[10, 20], [10, 20], [15, 30], [30, 60]], float)


def drawn(**more) -> dict:
    return {"type": "Path", "path": PATH, "strokeWidth": 16} | more


def test_points_in_the_order_of_drawing():
    first, second = canvas_strokes([drawn(), drawn(path=[["M", 1, 2], ["L", 3, 4]])])
    np.testing.assert_array_equal(first, POINTS)
    np.testing.assert_array_equal(second, [[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"left": 2, "top": 12}, POINTS),  # half the pen's width beyond the points
        ({"left": 20, "top": 40, "originX": "center", "originY": "center"}, POINTS),
        ({"left": 12, "top": 7}, POINTS + np.array([10, -5])),
        (
            {"left": 20, "top": 40, "originX": "center", "originY": "center", "scaleX": 2, "scaleY": 2},
            2 * POINTS - [20, 40],
        ),
        ({"left": 20, "top": 40, "originX": "center", "originY": "center", "angle": 180}, [40, 80] - POINTS),
        (
            {"left": 20, "top": 40, "originX": "center", "originY": "center", "angle": 90},
            np.stack([60 - POINTS[:, 1], 20 + POINTS[:, 0]], axis=1),
        ),
        ({"left": 20, "top": 40, "originX": "center", "originY": "center", "flipX": True}, POINTS * [-1, 1] + [40, 0]),
    ],
)
def test_a_stroke_that_was_moved_enlarged_or_turned(place, expected):
    (stroke,) = canvas_strokes([drawn(**place)])
    np.testing.assert_allclose(stroke, expected, atol=1e-9)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"type": "Rect", "left": 1, "top": 2},
        {"path": []},
        {"path": None},
        {"path": [["M", 1]]},
        {"path": [["M", "x", 2]]},
        {"path": [["M", 1, float("nan")]]},
        {"path": PATH, "left": "far", "top": 0},
        {"path": PATH, "left": 0, "top": 0, "originX": "nowhere"},
    ],
)
def test_what_is_no_stroke_is_left_out(odd):
    assert len(canvas_strokes([odd, drawn()])) == 1


def test_the_sample_drawing_has_the_strokes_of_its_two_digits():
    objects = json.loads((SAMPLES / "drawing.json").read_text(encoding="utf-8"))["objects"]
    strokes = canvas_strokes(objects)
    assert len(strokes) == 3
    assert all(stroke.min() >= 0 and stroke.max() <= 340 for stroke in strokes)
