"""Print told from writing by its colour: a form printed in black that was filled in with a blue pen.

In: the picture in colour, its ink, the lines of its tables, and the marks within and beside their cells. Out: which
marks beside the cells have the lines' colour and not the pen's. Knows nothing of digits.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.results import RGB, Mask
from hdr.vision.ink import Ink
from hdr.vision.segment import Piece

Floats = NDArray[np.float32]

_FEWEST = 3
"""Fewer marks in cells than this do not tell the pen's colour."""
_APART = 0.08
"""Distance between the tints of pen and lines from which on they are two."""
_ALIKE = 0.5
"""Tints that agree in so much of the stronger one are one colour, paler in one place than in the other."""
_WRITTEN = 0.4
"""From this share of the way from the lines' tint to the pen's, a mark is written."""
_OTHERS = 0.2
"""Share of the marks in cells that may have the lines' colour, such as print in some of them."""
_REACH = 9
"""The bare paper is averaged over so many stroke widths."""


def find_print(rgb: RGB, ink: Ink, lines: Mask, written: list[Piece], beside: list[Piece]) -> list[bool]:
    """Which marks beside a form's cells are printed.

    Nothing is told where lines and pen are of one colour, or where more than a few cells are filled in with a pen of
    the lines' colour.

    Args:
        rgb: uint8 (H, W, 3).
        ink: Of the same picture.
        lines: bool (H, W), True on the printed lines of its tables.
        written: Marks in their cells.
        beside: All other marks.

    Returns:
        For each mark beside the cells whether it is printed.
    """
    nothing = [False] * len(beside)
    if len(written) < _FEWEST or not beside or not lines.any():
        return nothing
    missing = _missing_light(rgb, ink)
    printed, tints = _tint(missing[lines]), np.array([_tint(_of(piece, missing)) for piece in written])
    pen = np.median(tints, axis=0)
    way, length = pen - printed, float(np.hypot(*(pen - printed)))
    if length < _APART or float(pen @ printed) >= _ALIKE * max(float(pen @ pen), float(printed @ printed)):
        return nothing
    if np.quantile((tints - printed) @ way, _OTHERS) < _WRITTEN * length**2:
        return nothing
    return [float((_tint(_of(piece, missing)) - printed) @ way) < _WRITTEN * length**2 for piece in beside]


def _missing_light(rgb: RGB, ink: Ink) -> Floats:
    """What is missing to the bare paper near by, float32 (H, W, 3): L, a and b of CIELAB as OpenCV scales them."""
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.float32)
    bare = (~ink.traces).astype(np.float32)
    overall = lab[~ink.traces].mean(axis=0) if bare.any() else np.zeros(3, np.float32)
    size = (round(_REACH * max(1.0, ink.stroke)) | 1,) * 2
    near = cv2.blur((lab - overall) * bare[..., None], size) / np.maximum(cv2.blur(bare, size), 0.01)[..., None]
    return np.asarray(overall + near - lab, np.float32)


def _tint(missing: Floats) -> Floats:
    """Colour of pixels (N, 3) for their darkness, float32 (2,): 0 of black ink, at a stroke's soft edge as within."""
    light, *colour = missing.sum(axis=0)
    return np.array(colour, np.float32) / max(abs(float(light)), 1.0)


def _of(piece: Piece, missing: Floats) -> Floats:
    x, y, width, height = piece.box
    return missing[y : y + height, x : x + width][piece.mask]
