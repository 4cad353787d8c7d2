"""Which stretch of the picture the string net is shown for a group of digits: the row's own light, with some margin.

In: grey picture and boxes on it. Out: strips as `hdr.vision.strip` makes them. Rules are still there: the net has
learned to pass over them.
"""

import statistics

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.results import Box, Grey
from hdr.vision.normalise import width_of
from hdr.vision.strip import HEIGHT, string_strip

_ABOVE, _BESIDE = 0.22, 0.3
"""Margins over and under a group, and at its ends, in heights of its digits."""
_SLOPE = 0.052
"""Slope from which on a group is followed along its row: the tangent of 3 degrees."""
_ONE_LINE = 0.35
"""Digits that fill at least this share of a picture's height are its single line."""
_MOSTLY = 0.3
"""They hold at least this share of its ink; on a page with several rows, what is so high is a shadow."""
_BROADEST = 5.5
"""Strokes on a strip are no broader than this, pixels."""
_VISIBLE = 90
"""Ink on a strip is at least so strong on average, of 255; grain is weaker."""
_SOLID = 0.7
"""What fills this share of its box is a bar or a blot."""
_FLATTEST, _LONGEST = 1.2, 12.0
"""Width by height of a picture that shows a single line."""
_FRAME_HEIGHT, _FRAME_WIDTH = 31, 1.5
"""What is so high on a strip, in pixels, and so much wider than high is a frame or a shadow."""
_LINING = 0.5
"""What fills this share of a strip's first or last row is a shadow or the ground beside the sheet."""
_UNEVEN = 2
"""Pixels on a strip by which the lowest digit may begin below the end of the highest one."""
_RULE = 40
"""Level ink on a strip that is so long, in pixels, is a rule; no digit is so broad."""
_SHADOW = 6
"""What is so long and so thick, in pixels, is a shadow."""
_LOW, _FAINT = 3, 6
"""Height and area on a strip, pixels, from which on a mark is no speck."""
_MARKS, _MARKS_EACH = 2, 2
"""Marks beside the digits of a single line at most: so many, and so many more for each digit; pages have more."""


def group_strip(grey: Grey, boxes: list[Box], digit_height: float, *, light_on_dark: bool) -> tuple[Grey, Box]:
    """The strip of a group, and where on the picture it lies.

    Args:
        grey: uint8 (H, W), brightness.
        boxes: Of its digits, from left to right, one or more.
        digit_height: Usual height of the row's digits, pixels.
        light_on_dark: Whether the writing is lighter than its ground.

    Returns:
        uint8 (32, W), and the upright box around its stretch of the picture.
    """
    height = max(3.0, float(statistics.median([*(box[3] for box in boxes), digit_height])))
    slope = _slope(boxes)
    crop, reach = _level_crop(grey, boxes, height) if abs(slope) < _SLOPE else _turned_crop(grey, boxes, height, slope)
    return string_strip(crop, light_on_dark=light_on_dark), reach


def single_line_strip(grey: Grey, *, light_on_dark: bool) -> Grey | None:
    """The whole picture's strip where it shows one row of writing that fills it and nothing else, such as an amount.

    Told on the strip itself, so that security print, which confuses what looks for single digits, does no harm: strokes
    as high as digits hold most of the ink, and all of them stand side by side.

    Args:
        grey: uint8 (H, W), brightness.
        light_on_dark: Whether the writing is lighter than its ground.

    Returns:
        uint8 (32, W'), or None.
    """
    if not _FLATTEST <= grey.shape[1] / grey.shape[0] <= _LONGEST:
        return None
    strip = string_strip(grey, light_on_dark=light_on_dark)
    _, inked = cv2.threshold(strip, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    if not inked.any() or strip[inked > 0].mean() < _VISIBLE:
        return None
    return strip if _is_line(inked) or _is_line(_without_rules(inked)) else None


def _is_line(inked: Grey) -> bool:
    """Whether the ink of a strip is that of digits side by side and little else."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(inked)
    area, high = stats[:, cv2.CC_STAT_AREA], stats[:, cv2.CC_STAT_HEIGHT]
    tall = _are_digits(inked, labels, stats)
    others = ~tall & (high >= _LOW) & (area >= _FAINT)
    others[0] = False
    if others.sum() > _MARKS + _MARKS_EACH * tall.sum() or area[tall].sum() < _MOSTLY * area[1:].sum():
        return False
    tops = stats[tall, cv2.CC_STAT_TOP]
    return bool(tall.any() and tops.max() < (tops + high[tall]).min() + _UNEVEN)


def _without_rules(inked: Grey) -> Grey:
    """Ink without the level lines above, below and through it, which tie digits together."""
    long = cv2.morphologyEx(inked, cv2.MORPH_OPEN, np.ones((1, _RULE), np.uint8))
    rules = long & ~cv2.morphologyEx(long, cv2.MORPH_OPEN, np.ones((_SHADOW, 1), np.uint8))
    around = cv2.dilate(rules, np.ones((3, 1), np.uint8))
    return inked & ~around


def _are_digits(inked: Grey, labels: NDArray[np.int32], stats: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which of the connected marks on a strip, the ground included, are high enough for digits and drawn with a pen."""
    framed = cv2.copyMakeBorder(inked, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    distance = cv2.distanceTransform(framed, cv2.DIST_L2, 3)[1:-1, 1:-1]
    width, high, area = (stats[:, i] for i in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA))
    strokes = width_of(np.bincount(labels.ravel(), distance.ravel()) / area)
    frame = (high >= _FRAME_HEIGHT) & (width > _FRAME_WIDTH * high)
    edges = [np.bincount(labels[row], minlength=len(stats)) for row in (0, -1)]
    frame |= np.maximum(*edges) >= _LINING * inked.shape[1]
    found = (high >= _ONE_LINE * HEIGHT) & (strokes <= _BROADEST) & (area < _SOLID * width * high) & ~frame
    found[0] = False
    return np.asarray(found)


def _slope(boxes: list[Box]) -> float:
    """Rise of the boxes' middles, pixels to a pixel; 0 for fewer than three."""
    if len(boxes) < 3:
        return 0.0
    xs = np.array([x + width / 2 for x, _, width, _ in boxes])
    ys = np.array([y + height / 2 for _, y, _, height in boxes])
    return float(np.polyfit(xs, ys, 1)[0]) if np.ptp(xs) > 0 else 0.0


def _level_crop(grey: Grey, boxes: list[Box], height: float) -> tuple[Grey, Box]:
    margin = height * np.array([_BESIDE, _ABOVE])
    corners = _corners(boxes)
    return _cut(grey, corners.min(axis=0) - margin, corners.max(axis=0) + margin)


def _turned_crop(grey: Grey, boxes: list[Box], height: float, slope: float) -> tuple[Grey, Box]:
    """The row turned level."""
    angle = np.arctan(slope)
    way = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    level = _corners(boxes) @ way.T
    margin = height * np.array([_BESIDE, _ABOVE])
    start, end = level.min(axis=0) - margin, level.max(axis=0) + margin
    size = (max(3, round(float(end[0] - start[0]))), max(3, round(float(end[1] - start[1]))))
    turn = np.hstack([way, -start[:, None]])
    crop = cv2.warpAffine(grey, turn, size, borderMode=cv2.BORDER_REPLICATE)
    there = np.array([[x, y] for x in (start[0], end[0]) for y in (start[1], end[1])]) @ way
    return crop, _cut(grey, there.min(axis=0), there.max(axis=0))[1]


def _corners(boxes: list[Box]) -> NDArray[np.float64]:
    return np.array([(x + i * w, y + j * h) for x, y, w, h in boxes for i in (0, 1) for j in (0, 1)], np.float64)


def _cut(grey: Grey, start: NDArray[np.float64], end: NDArray[np.float64]) -> tuple[Grey, Box]:
    """The part of a picture between two corners, as far as there is one, and its box."""
    left, top = (max(0, round(float(value))) for value in start)
    right, bottom = (max(1, round(float(value))) for value in end)
    crop = grey[top:bottom, left:right]
    return crop, (left, top, crop.shape[1], crop.shape[0])
