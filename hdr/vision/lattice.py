"""Lines that cross each other, without the strokes of digits that only look like lines.

In: level and upright lines. Out: lattices, each of one table or box. Lines lean a little and bend; only their order and
their crossings count.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hdr.results import Mask
from hdr.vision.lines import Rule, join_lines

Straight = tuple[NDArray[np.float64], NDArray[np.float64]]

_PARTIAL = 0.4
"""A line that bounds less than this share of the cells that others of its table bound is a stroke, not a line."""
_BROADER, _SHORT = 2.2, 0.25
"""A line is at most so many times as broad as the longest one of its table; a level one runs along this share of it."""
_LASTING = 0.5
"""A level line at least this share as long as the longest stays, whatever it bounds."""
_BOXES = (1.0, 0.4)
"""Level lines of one lattice, such as those of boxes that stand apart, are one up to such a leap, and inked so far."""
_FULL, _WOBBLE = 0.9, (0.4, 0.15)
"""A straight line from end to end is at least this share of the longest, and strays from an even bend by at most so
many pixels, or so large a share of its thickness."""
_HALVING, _EVEN_CELLS = 1.25, 0.6
"""A line between two that are no further apart than this many usual cells stands inside a cell, where so large a share
of all stand at like distances."""
_LIKE = 0.15
"""Distances that differ by less than this share are like each other."""
_MANY, _SEVERAL, _EVENLY = 6, 4, 0.75
"""Lines either way from which on a grid is squared paper, and upright ones from which on it is a row of boxes, if so
large a share of them stands at like distances."""


@dataclass(frozen=True, eq=False)
class Lattice:
    """Lines that cross each other, the upright ones with x and y changed.

    Attributes:
        level: From top to bottom.
        upright: From left to right.
        slack: How far short of another line a line may end and still meet it, pixels.
        open_sides: Sides of the table that no line closes, of `left`, `right`, `top` and `bottom`.
    """

    level: tuple[Rule, ...]
    upright: tuple[Rule, ...]
    slack: float
    open_sides: tuple[str, ...] = ()

    @property
    def credible(self) -> bool:
        """Whether it has two lines either way, and three where a side is open: rules and a margin are no table."""
        ways = ((self.upright, ("left", "right")), (self.level, ("top", "bottom")))
        added = [sum(side in self.open_sides for side in sides) for _, sides in ways]
        return all(len(lines) - more >= 2 + bool(more) for (lines, _), more in zip(ways, added, strict=True))

    @property
    def even_grid(self) -> bool:
        """Whether it has many lines either way at like distances, as squared paper has."""
        return all(
            len(lines) >= _MANY and _evenness(_pitches(lines)) >= _EVENLY for lines in (self.level, self.upright)
        )

    @property
    def even_row(self) -> bool:
        """Whether it has several upright lines at like distances, as a row of boxes has."""
        return len(self.upright) >= _SEVERAL and _evenness(_pitches(self.upright)) >= _EVENLY

    def crossings(self) -> Mask:
        """bool (N, M), which level line meets which upright one."""
        return _crossings(self.level, self.upright, self.slack)


def _crossings(level: Sequence[Rule], upright: Sequence[Rule], slack: float) -> Mask:
    if not level or not upright:
        return np.zeros((len(level), len(upright)), bool)
    start, rise = straight(level)
    left, lean = straight(upright)
    x = (left[None] + lean[None] * start[:, None]) / (1.0 - rise[:, None] * lean[None])
    y = np.stack([line.at_all(at) for line, at in zip(level, x, strict=True)])
    x = np.stack([line.at_all(at) for line, at in zip(upright, y.T, strict=True)], axis=1)
    spans = np.reshape([(line.left, line.right) for line in level], (-1, 1, 2))
    rows = np.reshape([(line.left, line.right) for line in upright], (1, -1, 2))
    met = (x >= spans[..., 0] - slack) & (x <= spans[..., 1] + slack)
    return met & (y >= rows[..., 0] - slack) & (y <= rows[..., 1] + slack)


def straight(lines: Sequence[Rule]) -> Straight:
    """Every line as offset and slope, float64 (N,) each."""
    slopes = np.array([line.slope for line in lines])
    return np.array([line.ys.mean() - line.slope * line.xs.mean() for line in lines]), slopes


def find_lattices(level: list[Rule], upright: list[Rule], stroke: float) -> list[Lattice]:
    """Lines that hang together by crossings, without strokes that only look like lines.

    Args:
        level: Level lines.
        upright: Upright lines, with x and y changed.
        stroke: Usual width of a stroke, pixels.
    """
    slack = max(7.0, 1.2 * stroke)
    while level and upright:
        met = _crossings(level, upright, slack)
        rows, columns = met.sum(axis=1) > 1, met.sum(axis=0) > 1
        if rows.all() and columns.all():
            return [_without_strokes(lattice) for lattice in _parted(level, upright, met, slack)]
        level = [line for line, keep in zip(level, rows, strict=True) if keep]
        upright = [line for line, keep in zip(upright, columns, strict=True) if keep]
    return []


def _parted(level: list[Rule], upright: list[Rule], met: Mask, slack: float) -> list[Lattice]:
    """Lattices that no crossing joins."""
    lattices = []
    free = np.ones(len(level), bool)
    while free.any():
        rows = np.arange(len(level)) == np.flatnonzero(free)[0]
        columns = met[rows].any(axis=0)
        while not (met[:, columns].any(axis=1) == rows).all():
            rows = met[:, columns].any(axis=1)
            columns = met[rows].any(axis=0)
        free &= ~rows
        chosen = tuple(line for line, own in zip(level, rows, strict=True) if own)
        across = tuple(line for line, own in zip(upright, columns, strict=True) if own)
        lattices.append(Lattice(chosen, across, slack))
    return lattices


def _without_strokes(lattice: Lattice) -> Lattice:
    """Leave out what is broader or shorter than lines, and what stands inside a cell, as the stem of a 1 does."""
    lattice = _without_broad_ones(lattice)
    lattice = _without_short_ones(replace(lattice, level=tuple(join_lines(list(lattice.level), *_BOXES))))
    lattice = replace(lattice, upright=_straight_ones(_in_order(lattice.upright), lattice.level))
    for _ in range(2):  # a stroke that is left out the first time bounds no cell the second time
        lattice = replace(lattice, upright=_in_order(_long_ones(lattice.upright, lattice.crossings().sum(axis=0))))
        lattice = replace(lattice, level=_in_order(_lasting_ones(lattice)))
    upright, level = lattice.upright, lattice.level
    return replace(lattice, upright=_even_ones(upright, level), level=_even_ones(level, upright))


def _lasting_ones(lattice: Lattice) -> tuple[Rule, ...]:
    """Level lines that bound many cells, and long ones."""
    least = _LASTING * max((line.length for line in lattice.level), default=0.0)
    many = _long_ones(lattice.level, lattice.crossings().sum(axis=1))
    return tuple(line for line in lattice.level if line in many or line.length >= least)


def _without_broad_ones(lattice: Lattice) -> Lattice:
    """Leave out what is far broader than the longest line."""
    longest = max((*lattice.level, *lattice.upright), key=lambda line: line.length)
    most = _BROADER * longest.thickness + 1.5
    level, upright = (
        tuple(line for line in lines if line.thickness <= most) for lines in (lattice.level, lattice.upright)
    )
    return replace(lattice, level=level, upright=upright) if level and upright else lattice


def _without_short_ones(lattice: Lattice) -> Lattice:
    """Leave out level lines that run along a small part of the table only, such as the bar of a 7."""
    at = [line.ys.mean() for line in lattice.upright]
    least = _SHORT * (max(at) - min(at))
    return replace(lattice, level=tuple(line for line in lattice.level if line.length >= least))


def _straight_ones(lines: tuple[Rule, ...], crossing: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Where straight lines from end to end stand evenly, what is not is digits that stand under one another."""
    if not crossing:
        return lines
    at = [line.ys.mean() for line in crossing]
    inside = [min(line.right, max(at)) - max(line.left, min(at)) for line in lines]
    strong = [
        line
        for line, length in zip(lines, inside, strict=True)
        if length >= _FULL * max(inside) and line.wobble <= max(_WOBBLE[0], _WOBBLE[1] * line.thickness)
    ]
    if len(strong) < 3:
        return lines
    return tuple(strong) if _evenness(_pitches(tuple(strong))) >= _EVENLY else lines


def _long_ones(lines: tuple[Rule, ...], meetings: NDArray[np.int64]) -> tuple[Rule, ...]:
    if not lines or not meetings.any():
        return lines
    most = int(meetings.max()) - 1
    return tuple(line for line, own in zip(lines, meetings, strict=True) if own - 1 >= _PARTIAL * most or most < 3)


def _in_order(lines: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Sorted across their direction."""
    if not lines:
        return lines
    middle = float(np.mean([(line.left + line.right) / 2 for line in lines]))
    return tuple(sorted(lines, key=lambda line: line.at(middle)))


def _even_ones(lines: tuple[Rule, ...], crossing: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The sides of cells without strokes that halve one: what stands in a cell and stops short of its frame."""
    kept = list(lines)
    while len(kept) > 2 and crossing:
        pitches = np.array(_pitches(tuple(kept)))
        spans = pitches[:-1] + pitches[1:]
        even = _evenness(list(pitches)) >= _EVEN_CELLS
        halving = [
            i + 1
            for i in np.flatnonzero(spans <= _HALVING * np.median(pitches))
            if even or not _touches(kept[i + 1], crossing)
        ]
        if not halving:
            break
        del kept[min(halving, key=lambda i: kept[i].inked)]
    return tuple(kept)


def _touches(line: Rule, crossing: tuple[Rule, ...]) -> bool:
    """Whether a line runs from one line across it to another without a gap."""
    ends = [
        min(abs(end - other.at(y)) for other in crossing)
        for end, y in ((line.left, line.ys[0]), (line.right, line.ys[-1]))
    ]
    return max(ends) <= 2.0 + line.thickness or line.length > 1.5 * float(np.median(_pitches(crossing) or [0.0]))


def _pitches(lines: tuple[Rule, ...]) -> list[float]:
    return [float(right.ys.mean() - left.ys.mean()) for left, right in pairwise(lines)]


def _evenness(pitches: list[float]) -> float:
    """Share of distances that are like the usual one."""
    return float(np.mean(np.abs(np.array(pitches) / np.median(pitches) - 1) < _LIKE))
