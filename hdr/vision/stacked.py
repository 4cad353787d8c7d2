"""Digits of two rows that touch each other: a mark two rows high is cut where the one above ends.

In: marks without rules. Out: the same, with those cut that reach over two rows. Where rows are, other marks tell: a
tall digit stands level with its neighbours, and each of two digits that touch with its own. Knows nothing of nets.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hdr.results import Box
from hdr.vision.segment import Piece, arrange, tight_piece

_TALL, _PLAIN = 1.5, 1.35
"""A mark of at least the first so many usual heights may be two, one of at most the second is a single one."""
_LEAST, _MOST = 0.45, 1.5
"""Least and greatest height of what is cut off, in usual heights."""
_LEVEL = 0.3
"""A middle so near to that of a row, in usual heights, is level with it."""
_CLOSE, _NEAR = 1.0, 4.0
"""So many usual heights beyond its ends a row still tells where it would go on: one of two rows, and the other."""
_BAND = 0.3
"""Share of a mark's height, about its middle, in which it is cut."""
_BEND, _ASTRAY = 0.25, 0.01
"""What it costs a cut to rise or fall by a pixel, and to be a pixel away from the middle, in pixels of ink."""


@dataclass(frozen=True)
class _Row:
    """A row of plain marks: its ends, and its middle as a straight line (rise, height at x = 0)."""

    left: float
    right: float
    line: tuple[float, float]

    def distance(self, x: float, y: float, reach: float) -> float:
        """How far a point lies above or below the row; infinite where the row is not near."""
        if not self.left - reach <= x <= self.right + reach:
            return float("inf")
        return abs(self.line[0] * x + self.line[1] - y)


def part_rows(marks: list[Piece], height: float) -> list[Piece]:
    """Marks with those cut in two that hold a digit of one row and, touching it, one of the next.

    Args:
        marks: Without rules.
        height: Usual height of a digit, pixels.
    """
    plain = [mark.box for mark in marks if _LEAST * height <= mark.box[3] <= _PLAIN * height]
    tall = [mark for mark in marks if mark.box[3] >= _TALL * height]
    rows = [_row([plain[i] for group in row for i in group]) for row in arrange(plain)] if tall else []
    return [part for mark in marks for part in (_cut(mark, rows, height) if mark in tall else [mark])]


def _row(boxes: list[Box]) -> _Row:
    xs = np.array([x + width / 2 for x, _, width, _ in boxes])
    ys = np.array([y + height / 2 for _, y, _, height in boxes])
    rise, start = np.polyfit(xs, ys, 1) if len(boxes) > 2 and np.ptp(xs) > 0 else (0.0, float(ys.mean()))
    return _Row(min(box[0] for box in boxes), max(box[0] + box[2] for box in boxes), (float(rise), float(start)))


def _cut(mark: Piece, rows: list[_Row], height: float) -> list[Piece]:
    """Both parts of a mark, or the mark alone where no row says that it is two."""
    if _is_level(mark, rows, height):
        return [mark]
    parts = _above_and_below(mark)
    if not all(_LEAST * height <= part.box[3] <= _MOST * height for part in parts):
        return [mark]
    is_close = any(_is_level(part, rows, height, reach=_CLOSE) for part in parts)
    return parts if is_close and all(_is_level(part, rows, height) for part in parts) else [mark]


def _is_level(piece: Piece, rows: list[_Row], height: float, reach: float = _NEAR) -> bool:
    """Whether a piece stands level with a row that ends no more than so many usual heights away."""
    x, y, wide, high = piece.box
    return any(row.distance(x + wide / 2, y + high / 2, reach * height) <= _LEVEL * height for row in rows)


def _above_and_below(mark: Piece) -> list[Piece]:
    """A mark cut from left to right through as little ink as may be, about its middle."""
    x, y, _, high = mark.box
    first, last = int(high * (0.5 - _BAND / 2)), int(high * (0.5 + _BAND / 2)) + 1
    astray = _ASTRAY * np.abs(np.arange(first, last) - high / 2)
    ends = first + _cheapest_way(mark.mask[first:last] + astray[:, None])
    is_above = np.arange(high)[:, None] < ends
    parts = [mark.mask & is_above, mark.mask & ~is_above]
    return [tight_piece((x, y), part) for part in parts if part.any()]


def _cheapest_way(cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """The row of each column, (W,), on the cheapest way from the left to the right of costs (H, W)."""
    total, came = cost[:, 0].copy(), np.zeros(cost.shape, np.int64)
    rows = np.arange(len(cost))
    for column in range(1, cost.shape[1]):
        steps = np.stack([np.r_[np.inf, total[:-1]] + _BEND, total, np.r_[total[1:], np.inf] + _BEND])
        came[:, column] = rows + steps.argmin(axis=0) - 1
        total = steps.min(axis=0) + cost[:, column]
    way = [int(total.argmin())]
    for column in range(cost.shape[1] - 1, 0, -1):
        way.append(int(came[way[-1], column]))
    return np.array(way[::-1])
