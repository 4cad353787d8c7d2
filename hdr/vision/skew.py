"""How far the rows of a page slope, told by its ink: rules, tables and rows of writing are sharpest seen along them.

In: bool (H, W), ink. Out: an angle. Single digits and short numbers have no rows to go by: they are left as they are.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.results import Mask
from hdr.vision.image import fit_within

Points = NDArray[np.float64]

_SMALL = 480
"""Long side in pixels to which the ink is reduced."""
_STEEPEST = 22.0
"""Greatest slope looked for, degrees."""
_RULED, _WRITTEN = 1.5, 2.0
"""Least slope that is told, degrees: with rules, and with writing alone."""
_SHARPER = 1.04
"""Rows seen along their slope are sharper than seen level by at least this factor."""
_LONG_ROW = 4.5
"""A row of writing tells a slope when it is at least this many digits' heights long, of four pieces or more."""
_LONG_LINE = 0.3
"""A line or a table tells a slope when it is at least this share of the picture's long side."""

_SPARSE = 0.22
"""Lines and tables fill less than this share of their box."""


def find_skew(mask: Mask) -> float:
    """Slope of the page's rows in degrees, positive where they fall to the right; 0 where there is no clear one.

    Args:
        mask: bool (H, W), ink with its rules.
    """
    small = (fit_within(mask.astype(np.uint8) * 255, _SMALL) > 80).astype(np.uint8)
    points = np.argwhere(small)[:, ::-1].astype(np.float64)
    if len(points) < 20:
        return 0.0
    ruled, written = _tells_slope(small)
    if not ruled and not written:
        return 0.0
    coarse = _sharpest(points, np.arange(-_STEEPEST, _STEEPEST + 0.5, 1.0))
    fine = _sharpest(points, coarse + np.arange(-0.9, 1.0, 0.2))
    clear = _sharpness(points, fine) >= _SHARPER * _sharpness(points, 0.0) and abs(coarse) < _STEEPEST
    return fine if clear and abs(fine) >= (_RULED if ruled else _WRITTEN) else 0.0


def _tells_slope(small: NDArray[np.uint8]) -> tuple[bool, bool]:
    """Whether there are long lines or tables, and whether there are long rows of writing."""
    count, _, stats, centres = cv2.connectedComponentsWithStats(small)
    stats, centres = stats[1:count], centres[1:count]
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    thin = (stats[:, cv2.CC_STAT_AREA] < _SPARSE * width * height) | (width >= 15 * height)
    ruled = bool(((width >= _LONG_LINE * max(small.shape)) & thin).any())
    large = height >= 0.4 * np.quantile(height, 0.9)
    usual = float(np.median(height[large]))
    digits = large & (height >= 4) & (height <= 2 * usual) & (width <= 3 * usual)
    xs = np.sort(centres[digits, 0])
    written = len(xs) >= 4 and float(xs[-1] - xs[0]) >= _LONG_ROW * usual
    return ruled, written


def _sharpest(points: Points, degrees: NDArray[np.float64]) -> float:
    return float(max(degrees, key=lambda angle: _sharpness(points, float(angle))))


def _sharpness(points: Points, degrees: float) -> float:
    """How unevenly ink spreads over lines of this slope."""
    angle = np.deg2rad(degrees)
    offsets = points[:, 1] * np.cos(angle) - points[:, 0] * np.sin(angle)
    counts = np.bincount((offsets - offsets.min()).astype(np.int64)).astype(np.float64)
    return float((counts * counts).sum())
