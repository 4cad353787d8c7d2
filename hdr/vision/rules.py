"""Take ruled lines and boxes out of an ink mask without eating the strokes that cross them.

In and out: bool (H, W), True on ink. Knows nothing of digits; a line is told by its length, its thinness and by the
lines beside it and across it. Upright lines are found by the same code on the transposed mask.
"""

import cv2
import numpy as np

from hdr.results import Mask
from hdr.vision.lines import Bits, Run, find_runs, flip

_LONG = 0.3
"""A horizontal rule runs over at least this share of the picture's width."""
_SLENDER = 25
"""A rule is at least this many times as long as it is thick; the line of a box, told by its outline, half of that; the
side of a cell, told by the lines that it joins, a fifth."""
_DASH, _APART, _IN_LINE = (2.5, 5.0), 8.0, 5
"""A dash is no thicker and no longer than so many strokes; how far it may stand from the next one, in strokes; and how
many make a line."""
_SHORT, _FEW = 0.4, 4
"""A dash is no longer than this share of the few largest marks, beyond the first of them: 1s under each other are."""
_RECTANGULAR = 0.9
"""Share of its smallest enclosing rectangle that the outline of a box fills; that of a 0 fills four fifths."""


def remove_rules(mask: Mask, stroke: float, known: tuple[Bits, Bits] | None = None) -> Mask:
    """Remove horizontal rules, then upright ones, wherever no stroke crosses them.

    Args:
        mask: bool (H, W), ink.
        stroke: Usual width of a stroke, pixels.
        known: uint8 (H, W) twice, 1 on level and on upright lines that are already found: those of tables.

    Returns:
        bool (H, W), a copy without rules.
    """
    ink = mask.astype(np.uint8)
    across, upright = (lines.copy() for lines in known or (np.zeros_like(ink), np.zeros_like(ink)))
    areas = [((slice(None), slice(None)), _SLENDER), *((box, _SLENDER / 2) for box in _boxes(ink))]
    for area, slender in areas:
        found = _find_rules(ink[area], stroke, slender)
        across[area] |= found
        upright[area] |= flip(_find_uprights(flip(ink[area]), flip(found), stroke))
    ink = flip(_erase(flip(_erase(ink, across)), flip(upright)))
    return (ink & ~find_dashes(ink, stroke)[0]).astype(bool)


def find_dashes(ink: Bits, stroke: float) -> tuple[Bits, Bits]:
    """Level and upright lines of dashes or dots: small thin marks in line, close to one another.

    Args:
        ink: uint8 (H, W), 1 on ink.
        stroke: Usual width of a stroke, pixels.

    Returns:
        uint8 (H, W), 1 on the dashes, and the same with the gaps between them closed.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink)
    wide, high = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    long = np.maximum(wide, high)
    long[0] = 0  # the ground
    small = (long <= _DASH[1] * stroke) & (long <= _SHORT * np.sort(long)[-_FEW:][0])
    small[0] = False
    reach, dashes, closed = round(_APART * stroke) | 1, np.zeros_like(ink), np.zeros_like(ink)
    for thickness, kernel in ((high, np.ones((1, reach), np.uint8)), (wide, np.ones((reach, 1), np.uint8))):
        thin = small & (thickness <= _DASH[0] * stroke)
        if thin.sum() >= _IN_LINE:
            marks = thin[labels].astype(np.uint8)
            _, lines = cv2.connectedComponents(cv2.morphologyEx(marks, cv2.MORPH_CLOSE, kernel))
            members = np.unique(np.stack((lines[marks > 0], labels[marks > 0])), axis=1)[0]
            is_line = np.bincount(members, minlength=lines.max() + 1) >= _IN_LINE
            is_line[0] = False
            dashes |= marks & is_line[lines]
            closed |= is_line[lines]
    return dashes, closed


def _boxes(ink: Bits) -> list[tuple[slice, slice]]:
    """Where connected ink has the outline of a hollow rectangle, level or a little turned."""
    outlines, _ = cv2.findContours(ink, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    areas = []
    for outline in outlines:
        x, y, width, height = cv2.boundingRect(outline)
        (_, sides, _) = cv2.minAreaRect(outline)
        area = (slice(y, y + height), slice(x, x + width))
        rectangular = cv2.contourArea(outline) >= _RECTANGULAR * sides[0] * sides[1] > 0
        if rectangular and min(width, height) >= 15 and ink[area].mean() < 0.5:
            areas.append(area)
    return areas


def _find_rules(ink: Bits, stroke: float, slender: float) -> Bits:
    """Horizontal rules: long and slender, and either a pattern of several or one that ends at the picture's edge."""
    width = ink.shape[1]
    runs = [run for run in find_runs(ink, stroke) if run.length >= _LONG * width and run.is_slender(slender)]
    return _union(
        ink,
        [run for run in runs if _reaches_edge(run, width) or any(run.runs_beside(other) for other in runs)],
    )


def _find_uprights(ink: Bits, across: Bits, stroke: float) -> Bits:
    """Upright rules, on a transposed mask: from edge to edge, or the sides of cells between two rules, at least two."""
    runs = find_runs(ink, stroke)
    through = [run for run in runs if run.length >= 0.97 * ink.shape[1] and run.is_slender(_SLENDER)]
    through = [run for run in through if run.mask.sum() < 0.5 * ink.sum()]
    crossings = cv2.dilate(across, np.ones((3, 7), np.uint8))
    sides = [run for run in runs if run.is_slender(_SLENDER / 5) and _joins_two(run, crossings)]
    return _union(ink, through + (sides if len(sides) > 1 else []))


def _reaches_edge(run: Run, width: int) -> bool:
    return run.left <= 0.02 * width or run.right >= 0.98 * width


def _joins_two(run: Run, crossings: Bits) -> bool:
    """Whether a run links two lines that cross it, as the side of a cell does."""
    met = np.flatnonzero((run.mask & crossings[run.window]).any(axis=0))
    return met.size > 0 and int(met[-1] - met[0]) >= 0.6 * run.length


def _union(ink: Bits, runs: list[Run]) -> Bits:
    merged = np.zeros_like(ink)
    for run in runs:
        merged[run.window] |= run.mask
    return merged


def _erase(ink: Bits, rules: Bits) -> Bits:
    """Take the rules out, keep strokes that run through them, and close the cuts that this leaves in strokes."""
    if not rules.any():
        return ink
    thickness = _thickness(rules)
    band = cv2.dilate(rules, np.ones((3, 3), np.uint8)) & ink
    crossing = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(((thickness + 4) | 1, 1), np.uint8))
    erased = ink & ~(band & ~crossing)
    closed = cv2.morphologyEx(erased, cv2.MORPH_CLOSE, np.ones(((thickness + 3) | 1, 1), np.uint8))
    return erased | (closed & band)


def _thickness(rules: Bits) -> int:
    """Usual vertical extent of the rules, pixels: pixels of a rule by the columns in which it starts."""
    starts = (rules > 0) & (np.pad(rules, ((1, 0), (0, 0)))[:-1] == 0)
    return max(1, round(float(rules.sum()) / float(starts.sum())))
