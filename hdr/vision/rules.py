"""Take ruled lines and boxes out of an ink mask without eating the strokes that cross them.

In and out: bool (H, W), True on ink. Knows nothing of digits; a line is told by its length, its thinness and by the
lines that it joins. Upright lines are found by the same code on the transposed mask.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Bits = NDArray[np.uint8]
Stats = NDArray[np.int32]

_WIDE = 0.3
"""A horizontal rule runs over at least this share of the picture's width."""
_TALL = 0.85
"""An upright rule that does not join two horizontal ones runs over this share of the height: a 1 does not."""
_SLENDER = 25
"""A rule is at least this many times as long as it is thick; no stroke of a digit is."""


def remove_rules(mask: Mask, stroke: float) -> Mask:
    """Remove horizontal rules, then upright ones, wherever no stroke crosses them.

    Args:
        mask: bool (H, W), ink.
        stroke: Usual width of a stroke, pixels.

    Returns:
        bool (H, W), a copy without rules.
    """
    ink = mask.astype(np.uint8)
    across = _find_runs(ink, stroke, lambda run: _is_rule(run, _WIDE * ink.shape[1]))
    crossings = cv2.dilate(_flip(across), np.ones((3, 3), np.uint8))
    upright = _find_runs(
        _flip(ink), stroke, lambda run: _is_rule(run, _TALL * ink.shape[0]) or _joins_two(run, crossings)
    )
    return _flip(_erase(_flip(_erase(ink, across)), upright)).astype(bool)


def _flip(bits: Bits) -> Bits:
    return np.ascontiguousarray(bits.T)


def _find_runs(ink: Bits, stroke: float, accept: Callable[[Stats], bool]) -> Bits:
    """Ink that lies in long, nearly horizontal runs whose connected extent is accepted; slopes up to 5 degrees pass."""
    reach = np.ones((1, max(15, round(6 * stroke))), np.uint8)
    runs = cv2.morphologyEx(cv2.dilate(ink, np.ones((3, 1), np.uint8)), cv2.MORPH_OPEN, reach)
    joined = cv2.morphologyEx(runs, cv2.MORPH_CLOSE, reach)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    accepted = np.array([index > 0 and accept(row) for index, row in enumerate(stats)])
    return (accepted[labels] & (ink > 0)).astype(np.uint8)


def _is_rule(run: Stats, length: float) -> bool:
    width, area = int(run[cv2.CC_STAT_WIDTH]), int(run[cv2.CC_STAT_AREA])
    return width >= length and width * width >= _SLENDER * area


def _joins_two(run: Stats, crossings: Bits) -> bool:
    """Whether a run links two lines that cross it, as the side of a cell does, and is straight and thin."""
    x, y, width, height, area = (int(value) for value in run)
    met = np.flatnonzero(crossings[y : y + height, max(0, x - 3) : x + width + 3].any(axis=0))
    return met.size > 0 and met[-1] - met[0] >= 0.6 * width and width * width >= 5 * area


def _erase(ink: Bits, rules: Bits) -> Bits:
    """Take the rules out, keep strokes that run through them, and close the cuts that this leaves in strokes."""
    if not rules.any():
        return ink
    thickness = _thickness(rules)
    band = cv2.dilate(rules, np.ones((3, 3), np.uint8)) & ink
    crossing = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((thickness + 4, 1), np.uint8))
    erased = ink & ~(band & ~crossing)
    closed = cv2.morphologyEx(erased, cv2.MORPH_CLOSE, np.ones((thickness + 3, 1), np.uint8))
    return erased | (closed & band)


def _thickness(rules: Bits) -> int:
    """Usual vertical extent of the rules, pixels: pixels of a rule by the columns in which it starts."""
    starts = (rules > 0) & (np.pad(rules, ((1, 0), (0, 0)))[:-1] == 0)
    return max(1, round(float(rules.sum()) / float(starts.sum())))
