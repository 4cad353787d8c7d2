"""Fields of an unknown form, to be offered to a person: frames, rows of boxes, columns of a table, blanks on a line.

In: a picture of the form, best blank. Out: boxes in pixels of it, and how many cells each has. Knows nothing of what is
to be written in them.
"""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.results import RGB, Box
from hdr.vision.image import fit_within, to_grey
from hdr.vision.lines import find_runs

Bits = NDArray[np.uint8]
Found = tuple[Box, int]

_SIDE = 1600
"""Long side to which the picture is reduced, pixels."""
_LEAST_HEIGHT, _LEAST_WIDTH = 14, 16
_MOST_HEIGHT = 0.12
"""Height of a frame at most, as a share of the picture's; what is higher is a box around other things."""
_RECTANGULAR = 0.85
"""Share of its smallest enclosing rectangle that a frame fills."""
_SQUARE = (0.4, 1.6)
"""Widths of a single-digit box in heights."""
_ALIKE = 0.2
"""Difference in size between cells of one row or column at most, as a share."""
_PRINTED, _EDGE = 3, 0.15
"""Marks in a cell that make a label of it, and what is left out of it all round, as a share of its shorter side."""
_BLANK = 2.2
"""Height of a blank over its line, in hundredths of the picture's height."""
_OVER_LINE = 2
"""Pixels over a line that are left out where its blank must be bare."""
_NEAR = 8
"""A blank so near to a field, pixels, belongs to it."""


def find_fields(rgb: RGB) -> list[Found]:
    """Find where a form wants something written.

    Args:
        rgb: uint8 (H, W, 3), upright.

    Returns:
        (box, cells) from top to bottom: cells is the number of boxes in a row or of cells in a column, 0 for a single
        frame or a line.
    """
    small = fit_within(to_grey(rgb), _SIDE)
    scale = rgb.shape[1] / small.shape[1]
    dark = _dark(small)
    frames = _frames(dark)
    rows, rest = _chain(frames, across=True)
    columns, single = _chain(rest, across=False)
    columns = _without_labels(columns, dark)
    found = rows + columns + [(box, 0) for box in single]
    found += [(box, 0) for box in _lines(dark, [box for box, _ in found])]
    return [(_scaled(box, scale), cells) for box, cells in sorted(found, key=lambda pair: (pair[0][1], pair[0][0]))]


def _dark(grey: NDArray[np.uint8]) -> Bits:
    window = max(15, max(grey.shape) // 40) | 1
    return cv2.adaptiveThreshold(grey, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, window, 14)


def _frames(dark: Bits) -> list[Box]:
    """Insides of closed rectangles."""
    height, width = dark.shape
    closed = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    outlines, tree = cv2.findContours(closed, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    frames = []
    for outline, links in zip(outlines, tree[0] if tree is not None else (), strict=True):
        x, y, wide, high = (int(value) for value in cv2.boundingRect(outline))
        fits = links[3] >= 0 and wide >= _LEAST_WIDTH and _LEAST_HEIGHT <= high <= _MOST_HEIGHT * height
        if fits and wide < 0.95 * width and cv2.contourArea(outline) >= _RECTANGULAR * wide * high:
            frames.append((x, y, wide, high))
    return frames


def _chain(frames: list[Box], *, across: bool) -> tuple[list[Found], list[Box]]:
    """Rows of boxes, or columns of cells, and the frames that belong to none."""
    order = sorted(frames, key=lambda box: box[0] if across else box[1])
    chains: list[list[Box]] = []
    for box in order:
        chain = next((chain for chain in chains if _goes_on(chain, box, across)), None)
        if chain is None:
            chains.append([box])
        else:
            chain.append(box)
    joined = [(_around(chain), len(chain)) for chain in chains if len(chain) > 1]
    return joined, [chain[0] for chain in chains if len(chain) == 1]


def _goes_on(chain: list[Box], box: Box, across: bool) -> bool:
    """Whether a box stands beside (or under) the last of a chain, is as large, and the chain's gaps are even."""
    last = chain[-1]
    along, other = (0, 1) if across else (1, 0)
    size, side = (2, 3) if across else (3, 2)
    if across and not all(_SQUARE[0] * b[3] <= b[2] <= _SQUARE[1] * b[3] for b in (last, box)):
        return False
    gaps = [after[along] - before[along] - before[size] for before, after in pairwise([*chain, box])]
    even = max(gaps) - min(gaps) <= _ALIKE * last[3] + 2
    near = -2 <= gaps[-1] <= (0.6 if across else 0.3) * last[3]
    level = abs(box[other] - last[other]) <= _ALIKE * last[3] and abs(box[side] - last[side]) <= _ALIKE * last[side]
    return near and even and level and abs(box[size] - last[size]) <= _ALIKE * last[size] + 2


def _without_labels(columns: list[Found], dark: Bits) -> list[Found]:
    """The columns of a table but those of its labels: print in every cell, and empty cells to the right."""
    marks = [_marks(dark, column) for column in columns]
    empty = [column for column, found in zip(columns, marks, strict=True) if not any(found[1:])]  # below its head
    return [
        column
        for column, found in zip(columns, marks, strict=True)
        if min(found) < _PRINTED or not any(_right_of(column, other) for other in empty)
    ]


def _marks(dark: Bits, column: Found) -> list[int]:
    """How many marks are in each cell of a column, its rules left out."""
    (x, y, width, height), cells = column
    high = height / cells
    edge = round(_EDGE * min(high, width))
    tops = [round(y + index * high) for index in range(cells)]
    insides = [dark[top + edge : round(top + high) - edge, x + edge : x + width - edge] for top in tops]
    return [cv2.connectedComponents(np.ascontiguousarray(inside))[0] - 1 for inside in insides]


def _right_of(column: Found, other: Found) -> bool:
    """Whether the other column stands to the right of one and has the same rows."""
    (box, cells), (beside, others) = column, other
    slack = _ALIKE * box[3] / cells
    same = cells == others and abs(box[1] - beside[1]) <= slack and abs(box[3] - beside[3]) <= slack
    return same and beside[0] >= box[0] + box[2] - slack


def _around(boxes: list[Box]) -> Box:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top


def _lines(dark: Bits, found: list[Box]) -> list[Box]:
    """Blanks over lines that no frame has and above which nothing is printed."""
    height, width = dark.shape
    high = round(_BLANK * height / 100)
    if high <= _OVER_LINE:
        return []
    blanks = []
    for run in find_runs(dark, 4.0):
        top = run.window[0].start - high
        box = (run.left, top, run.length, high)
        if run.length < 0.06 * width or not run.is_slender(25) or top < 0:
            continue
        bare = dark[top : run.window[0].start - _OVER_LINE, run.left : run.right].mean() < 0.01
        if bare and not any(_touch(box, other) for other in found):
            blanks.append(box)
    return blanks


def _touch(first: Box, second: Box) -> bool:
    gaps = [max(first[i], second[i]) - min(first[i] + first[i + 2], second[i] + second[i + 2]) for i in (0, 1)]
    return max(gaps) <= _NEAR


def _scaled(box: Box, scale: float) -> Box:
    x, y, width, height = (round(value * scale) for value in box)
    return x, y, width, height
