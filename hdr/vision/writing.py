"""What is written in a field: the field cut out of a scan without its printed frame, and the writing closely.

In: the scan, the reference picture of its form and where the form lies on the scan. Out: the writing in the field, or
in each of its cells. Knows nothing of digits.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.results import RGB, Box, Grey, Mask, Patch
from hdr.vision.form import Registration, cut_field, is_dark
from hdr.vision.image import to_grey
from hdr.vision.normalise import normalise_digit

Bits = NDArray[np.uint8]

_RULED = 0.6
"""Share of a side's length that a printed line covers."""
_DEEP = 0.22
"""How far from a field's edge its frame is looked for, as a share of its height."""
_SLACK = 0.02
"""Cut away within the frame, as a share of the height, for the registration is not exact."""
_MARGIN = 24
"""Pixels of the reference around a field that are looked at."""
_FAINTEST = 16.0
"""Difference to the paper, of 255, that can be ink."""
_SPREAD = 1.12
"""Standard deviations between the lowest twentieth and the lowest third of the paper, which a thick pen leaves bare."""
_TALL = 0.22
"""Height of a stroke at least, as a share of the field's; what is lower is dirt."""
_ROOM = 0.2
"""Paper kept around the writing, as a share of its height, so that it fills seven tenths."""


def cut_cells(
    scan: RGB, reference: Grey, registration: Registration, box: Box, parts: tuple[int, bool] = (1, True)
) -> list[RGB | None]:
    """Cut out what is written in the cells of a field, in order.

    Args:
        scan: uint8 (H, W, 3).
        reference: uint8 (H', W'), the form as its template has it.
        registration: Where the form lies on the scan.
        box: The field on the reference.
        parts: Number of cells, and whether they stand side by side rather than one under the other; 0 cells are
            counted by the printed lines between them.

    Returns:
        Of each cell uint8 (h, w, 3), closely around the writing, at the scan's resolution; None where nothing is
        written.
    """
    x, y = (max(0, value - _MARGIN) for value in box[:2])
    dark = is_dark(reference[y : box[1] + box[3] + _MARGIN, x : box[0] + box[2] + _MARGIN])
    cuts = []
    for cell in _divide(dark, (box[0] - x, box[1] - y, box[2], box[3]), *parts):
        left, top, width, height = _without_frame(dark, cell)
        cuts.append(_closely(cut_field(scan, registration, (left + x, top + y, width, height))))
    return cuts


def digit_patch(writing: RGB) -> Patch:
    """The one digit of a cell's writing as the nets see it."""
    contrast, mask = _strokes(to_grey(writing))
    own = cv2.dilate(mask, np.ones((3, 3), np.uint8)) > 0
    strength = contrast * (255.0 / max(1.0, float(np.percentile(contrast[own], 90)) if own.any() else 1.0))
    ink = np.where(own, np.clip(strength, 0, 255), 0).astype(np.uint8)
    return Patch((0, 0, writing.shape[1], writing.shape[0]), ink, normalise_digit(ink))


def _divide(dark: Mask, box: Box, count: int, across: bool) -> list[Box]:
    x, y, width, height = box
    if count == 0:
        return _between_lines(dark, box)
    ends = np.round(np.linspace(0, width if across else height, count + 1)).astype(int)
    sizes = zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    if across:
        return [(x + start, y, end - start, height) for start, end in sizes]
    return [(x, y + start, width, end - start) for start, end in sizes]


def _between_lines(dark: Mask, box: Box) -> list[Box]:
    """The cells of a column between the printed lines across it; the whole where there are none."""
    x, y, width, height = box
    ruled = _covered(dark[y : y + height, x : x + width])
    bounds = np.flatnonzero(np.diff(np.r_[True, ruled, True].astype(np.int8)))
    cells = [(x, y + int(a), width, int(b - a)) for a, b in zip(bounds[::2], bounds[1::2], strict=True) if b - a >= 10]
    return cells or [box]


def _without_frame(dark: Mask, box: Box) -> Box:
    """The box without the printed lines at its edges."""
    x, y, width, height = box
    inside = dark[y : y + height, x : x + width]
    deep = max(3, round(_DEEP * min(width, height)))
    slack = max(1, round(_SLACK * height))
    rows, columns = _covered(inside), _covered(inside.T)
    top, bottom = _depth(rows[:deep], slack), _depth(rows[::-1][:deep], slack)
    left, right = _depth(columns[:deep], slack), _depth(columns[::-1][:deep], slack)
    return x + left, y + top, max(4, width - left - right), max(4, height - top - bottom)


def _covered(inside: Mask) -> Mask:
    """Rows that print covers; a line may lie a little askew, so that neighbouring rows count together."""
    thick = cv2.dilate(np.ascontiguousarray(inside).view(np.uint8), np.ones((3, 1), np.uint8))
    return thick.mean(axis=1) > _RULED


def _depth(ruled: Mask, slack: int) -> int:
    found = np.flatnonzero(ruled)
    return int(found[-1]) + 1 + slack if found.size else 0


def _closely(crop: RGB) -> RGB | None:
    """The writing with paper around it; None where there is none."""
    box = _writing_box(to_grey(crop))
    if box is None:
        return None
    x, y, width, height = box
    above, beside = round(_ROOM * height), round(0.3 * height)
    top, left = max(0, y - above), max(0, x - beside)
    part = crop[top : y + height + above, left : x + width + beside]
    below = max(0, y + height + above - crop.shape[0])
    paper = [int(value) for value in np.percentile(crop.reshape(-1, 3), 70, axis=0)]
    return cv2.copyMakeBorder(part, max(0, above - y), below, 0, 0, cv2.BORDER_CONSTANT, value=paper)


def _writing_box(grey: Grey) -> Box | None:
    """The box around all strokes of a cut that are tall enough to be of a digit; a worn pen leaves them in pieces."""
    height = grey.shape[0]
    mask = _without_edges(_strokes(grey)[1])
    size = max(1, height // 10)
    joined = cv2.dilate(mask, np.ones((size, size), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    tall = stats[:, cv2.CC_STAT_HEIGHT] >= _TALL * height + size
    tall[0] = False
    own = (tall[labels] & (mask > 0)).view(np.uint8)
    x, y, wide, high = (int(value) for value in cv2.boundingRect(own))
    return (x, y, wide, high) if wide else None


def _without_edges(mask: Bits) -> Bits:
    """Strokes without what is left of the frame: thin upright lines along the left or right edge."""
    height, width = mask.shape
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    left, wide, high = (stats[:, i] for i in (cv2.CC_STAT_LEFT, cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT))
    at_edge = (left == 0) | (left + wide == width)
    frame = at_edge & ((wide <= 0.03 * height + 1) | ((wide <= 0.08 * height) & (high >= 0.9 * height)))
    frame[0] = False
    return np.where(frame[labels], 0, mask).astype(np.uint8)


def _strokes(grey: Grey) -> tuple[NDArray[np.float32], Bits]:
    """How much darker than the paper near by, of 255, and 1 where that is clearly more than the paper's grain."""
    height = grey.shape[0]
    smooth = cv2.GaussianBlur(grey, (0, 0), max(0.8, height / 60)).astype(np.float32)
    reach = max(5, height // 2) | 1
    paper = cv2.blur(cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8)), (reach, reach))
    contrast = paper - smooth
    lowest, usual, strongest = (float(value) for value in np.percentile(contrast, (5, 30, 99.5)))
    grain = (usual - lowest) / _SPREAD
    return contrast, (contrast > max(_FAINTEST, usual + 6 * grain, 0.3 * strongest)).astype(np.uint8)
