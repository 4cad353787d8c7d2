"""Digits as pen strokes, drawn by this project: for the sample page, the sample drawing, tests and benches.

A digit is one or more strokes, a stroke a smooth curve through points x,y in hundredths of the digit's height, from its
upper left corner. A point given twice is a corner. Nobody's handwriting is stored here.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

DIGITS: dict[int, tuple[str, ...]] = {
    0: ("36,2 10,22 4,58 18,93 42,96 62,66 60,26 36,2",),
    1: ("10,24 32,2 32,2 30,50 28,98",),
    2: ("6,24 18,5 42,4 54,24 38,58 4,95 4,95 60,93",),
    3: ("6,14 26,1 50,12 46,36 22,46 22,46 52,56 56,82 30,99 4,86",),
    4: ("38,2 6,58 6,58 64,56", "46,34 42,99"),
    5: ("14,5 10,42 10,42 36,36 56,58 46,90 20,98 2,86", "14,5 54,3"),
    6: ("46,3 16,32 5,68 20,96 46,90 52,66 32,52 8,68",),
    7: ("4,6 58,4 58,4 36,48 24,98",),
    8: ("50,14 28,1 10,18 26,42 50,64 46,92 22,97 6,78 24,50 48,30 50,14",),
    9: ("50,22 30,3 8,22 18,46 42,42 50,20 50,20 44,98",),
}


def spline_points(stroke: str, steps: int = 12) -> NDArray[np.float64]:
    """Points (N, 2) along the Catmull-Rom spline through a stroke's points, in digit heights."""
    knots = np.array([point.split(",") for point in stroke.split()], dtype=float) / 100.0
    points = np.concatenate([knots[:1], knots, knots[-1:]])
    t = np.linspace(0.0, 1.0, steps, endpoint=False)[:, None]
    curve = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(points, points[1:], points[2:], points[3:], strict=False)
    ]
    return np.concatenate([*curve, points[-1:]])


def digit_strokes(digit: int, left: float, top: float, height: float, slant: float = 0.0) -> list[NDArray[np.float64]]:
    """The digit's strokes as points (N, 2) in pixels; `slant` is pixels of x per pixel of y."""
    strokes = [spline_points(stroke) for stroke in DIGITS[digit]]
    lean = np.array([[1.0, 0.0], [-slant, 1.0]])
    return [(points - [0.0, 0.5]) @ lean * height + [left, top + height / 2] for points in strokes]


def draw_strokes(canvas: NDArray[np.uint8], strokes: list[NDArray[np.float64]], width: int) -> None:
    """Draw strokes onto a grey canvas (H, W), in place, with a round pen of `width` pixels."""
    for points in strokes:
        fixed = np.round(points * 16).astype(np.int32)
        cv2.polylines(canvas, [fixed], isClosed=False, color=255, thickness=width, lineType=cv2.LINE_AA, shift=4)
