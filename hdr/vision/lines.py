"""Find ruled lines, whole or in pieces: nearly level runs of ink, and the runs that one line has fallen into.

In: uint8 (H, W), 1 on ink. Upright lines are found by the same code on the transposed picture, where x and y change
places. Does not know what a line belongs to: a table, a box or a digit.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
Points = NDArray[np.float64]

_UNBROKEN = 0.9
"""Share of a run's length that has ink: the bars of 7777 stand in line, too, but with gaps."""
_SLENDER = 5.0
"""A run is part of a line when it is at least so many times as long as it is thick."""
LONG = 0.15
"""Share of the picture from which on a piece is long."""
_LEANS = (0.0, -0.12, 0.12)
"""Slopes about which runs are looked for; those within 5 degrees of each are found."""
_SAMPLES = 12
"""Points at most to which the path of a run is reduced: enough for a bent sheet."""
_LEAP, _INKED = 0.4, 0.72
"""Longest gap between two runs of one line, as a share of the longer one; the shorter one is no shorter than it. And
the least share of a line's length that has ink."""


@dataclass(frozen=True, eq=False)
class Run:
    """A long, nearly straight and level piece of ink.

    Attributes:
        left: Its first column.
        right: The column after its last.
        window: Rows and columns of the picture that it lies in.
        mask: uint8, of the window, 1 on this run.
    """

    left: int
    right: int
    window: tuple[slice, slice]
    mask: Bits

    @property
    def length(self) -> int:
        return self.right - self.left

    def is_slender(self, ratio: float) -> bool:
        """Whether it is at least `ratio` times as long as it is thick."""
        return self.length * self.length >= ratio * int(self.mask.sum())

    def runs_beside(self, other: "Run") -> bool:
        """Whether at least half of both lies over or under the other."""
        shared = min(self.right, other.right) - max(self.left, other.left)
        return other is not self and shared >= 0.5 * max(self.length, other.length)


@dataclass(frozen=True, eq=False)
class Rule:
    """A line, as a path from left to right.

    Attributes:
        xs: float64 (N,), rising, N at least 2.
        ys: float64 (N,).
        thickness: Usual thickness, pixels.
        inked: Length of the line that has ink, pixels.
    """

    xs: Points
    ys: Points
    thickness: float
    inked: float

    @property
    def left(self) -> float:
        return float(self.xs[0])

    @property
    def right(self) -> float:
        return float(self.xs[-1])

    @property
    def length(self) -> float:
        return self.right - self.left

    def at(self, x: float) -> float:
        """Height of the path at a column; beyond its ends it goes on straight."""
        return float(self.at_all(np.array([x]))[0])

    def at_all(self, xs: Points) -> Points:
        """Heights of the path at columns, float64 (N,); beyond its ends it goes on straight."""
        quarter = max(1, len(self.xs) // 4)
        first, last = (self._slope_of(part) for part in (slice(0, quarter + 1), slice(-quarter - 1, None)))
        before, after = np.minimum(xs - self.left, 0.0), np.maximum(xs - self.right, 0.0)
        return np.interp(xs, self.xs, self.ys) + first * before + last * after

    def _slope_of(self, part: slice) -> float:
        xs, ys = self.xs[part], self.ys[part]
        return float((ys[-1] - ys[0]) / max(1.0, xs[-1] - xs[0]))

    @property
    def slope(self) -> float:
        """Pixels of y to a pixel of x, from end to end."""
        return float((self.ys[-1] - self.ys[0]) / max(1.0, self.length))

    @property
    def wobble(self) -> float:
        """How far it strays from an even bend, pixels."""
        if len(self.xs) < 5:
            return 0.0
        even = np.polyval(np.polyfit(self.xs - self.left, self.ys, 2), self.xs - self.left)
        return float(np.std(self.ys - even))

    def reaching(self, left: float, right: float) -> "Rule":
        """The same line, made longer so that it runs at least from `left` to `right`."""
        xs, ys = self.xs, self.ys
        if left < self.left:
            xs, ys = np.r_[left, xs], np.r_[self.at(left), ys]
        if right > self.right:
            xs, ys = np.r_[xs, right], np.r_[ys, self.at(right)]
        return Rule(xs, ys, self.thickness, self.inked)


def flip(bits: Bits) -> Bits:
    """The picture transposed: upright lines are level on it."""
    return np.ascontiguousarray(bits.T)


def _reach(stroke: float) -> int:
    """Least length of a run in pixels for strokes of this width; odd, so that a kernel of it moves nothing."""
    return max(15, round(8 * stroke)) | 1


def find_runs(ink: Bits, stroke: float) -> list[Run]:
    """Long, nearly level runs of ink; slopes up to 5 degrees pass.

    Args:
        ink: uint8 (H, W), 1 on ink.
        stroke: Usual width of a stroke, pixels.
    """
    least = _reach(stroke)
    thick = cv2.dilate(ink, np.ones((3, 1), np.uint8))
    runs = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, least), np.uint8))
    joined = cv2.morphologyEx(runs, cv2.MORPH_CLOSE, np.ones((1, max(5, round(2 * stroke) | 1)), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    found = []
    for index in np.flatnonzero(stats[:, cv2.CC_STAT_WIDTH] >= least):
        left, top, width, height = (int(value) for value in stats[index, :4])
        window = (slice(top, top + height), slice(left, left + width))
        own = ((labels[window] == index) & (ink[window] > 0)).astype(np.uint8)
        if index > 0 and int(own.any(axis=0).sum()) >= _UNBROKEN * width:
            found.append(Run(left, left + width, window, own))
    return found


def find_lines(ink: Bits, stroke: float, *, leaning: bool | None = None) -> list[Rule]:
    """Lines that lean up to some 12 degrees to either side of level, bend, and may have fallen into pieces.

    Pieces are put together where they lie on one path with gaps that are not too long.

    Args:
        ink: uint8 (H, W), 1 on ink.
        stroke: Usual width of a stroke, pixels.
        leaning: Whether those that lean by more than 5 degrees are looked for; where None, if a level one is long.
    """
    lines: list[Rule] = []
    for piece in sorted(_pieces(ink, stroke, leaning), key=lambda rule: -rule.length):
        if not any(_covers(line, piece) for line in lines):
            lines.append(piece)
    return join_lines(lines, _LEAP, _INKED)


def join_lines(parts: list[Rule], leap: float, inked: float) -> list[Rule]:
    """Lines put together from parts that lie on one path.

    Args:
        parts: Some are whole lines.
        leap: Longest gap, as a share of the longer of two parts; the shorter is no shorter than it, or it is 12 pixels.
        inked: Least share of a line's length that has ink.
    """
    before, lines = len(parts) + 1, parts
    while len(lines) < before:
        before, lines = len(lines), _joined_once(lines, leap, inked)
    return lines


def _pieces(ink: Bits, stroke: float, leaning: bool | None) -> list[Rule]:
    """Slender runs of the picture as it is and, where that may find more, sheared to either side; some come twice."""
    height, width = ink.shape
    found: list[Rule] = []
    for lean in _LEANS:
        if lean and not (any(piece.length >= LONG * width for piece in found) if leaning is None else leaning):
            break
        shift = np.ceil(abs(lean) * width / 2) + lean * width / 2
        shear = np.array([[1.0, 0.0, 0.0], [-lean, 1.0, shift]])
        size = (width, height + 2 * int(np.ceil(abs(lean) * width / 2)))
        sheared = cv2.warpAffine(ink, shear, size, flags=cv2.INTER_NEAREST) if lean else ink
        for path in (_path(run) for run in find_runs(sheared, stroke) if run.is_slender(_SLENDER)):
            found.append(replace(path, ys=path.ys + lean * path.xs - shift))
    return found


def _covers(line: Rule, piece: Rule) -> bool:
    """Whether a shorter piece is for the most part the same ink."""
    left, right = max(line.left, piece.left), min(line.right, piece.right)
    near = 2.0 + max(line.thickness, piece.thickness)
    xs = (left, (left + right) / 2, right)
    return right - left >= 0.5 * piece.length and all(abs(line.at(x) - piece.at(x)) <= near for x in xs)


def _joined_once(parts: list[Rule], leap: float, inked: float) -> list[Rule]:
    """Every part put to the first longer one that it continues."""
    lines: list[Rule] = []
    for part in sorted(parts, key=lambda rule: -rule.length):
        whole = next((index for index, line in enumerate(lines) if _continues(line, part, leap, inked)), None)
        if whole is None:
            lines.append(part)
        else:
            lines[whole] = _joined(lines[whole], part)
    return lines


def _path(run: Run) -> Rule:
    """A run as a path through the middle of its ink."""
    columns = run.mask.sum(axis=0).astype(np.float64)
    heights = (run.mask * np.arange(run.mask.shape[0], dtype=np.float64)[:, None]).sum(axis=0)
    bins = np.array_split(np.arange(run.length), min(_SAMPLES, max(2, run.length // 20)))
    inked = [bin_ for bin_ in bins if columns[bin_].any()]
    xs = np.array([run.left + bin_.mean() for bin_ in inked])
    ys = np.array([run.window[0].start + heights[bin_].sum() / columns[bin_].sum() for bin_ in inked])
    thickness = float(np.median(columns[columns > 0]))
    return Rule(xs, ys, thickness, float((columns > 0).sum())).reaching(run.left, run.right - 1)


def _continues(line: Rule, part: Rule, leap: float, inked: float) -> bool:
    gap = max(part.left - line.right, line.left - part.right)
    length = max(line.right, part.right) - min(line.left, part.left)
    if gap > max(12.0, min(leap * line.length, part.length)) or line.inked + part.inked < inked * length:
        return False
    if gap < -0.5 * part.length and not _fits_into(line, part):
        return False
    near, far = sorted((part.left, part.right), key=lambda x: abs(x - (line.left + line.right) / 2))
    allowed = 2.0 + max(line.thickness, part.thickness) / 2
    return all(
        abs(line.at(x) - part.at(x)) <= allowed + 0.03 * max(0.0, line.left - x, x - line.right) for x in (near, far)
    )


def _fits_into(line: Rule, part: Rule) -> bool:
    """Whether a part lies between the ends of a line that has room for its ink."""
    return line.left <= part.left and part.right <= line.right and line.inked + part.inked <= line.length


def _joined(line: Rule, part: Rule) -> Rule:
    if _fits_into(line, part):
        return replace(line, inked=line.inked + part.inked)
    outside = (part.xs < line.left) | (part.xs > line.right)
    xs, ys = np.r_[line.xs, part.xs[outside]], np.r_[line.ys, part.ys[outside]]
    order = np.argsort(xs, kind="stable")
    inked = line.inked + part.inked * float(outside.mean())
    return Rule(xs[order], ys[order], max(line.thickness, part.thickness), inked)
