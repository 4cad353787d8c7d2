"""Lines that cross each other, and what they lack to be a table: broken ends, missing sides, strokes among them.

In: level and upright lines. Out: webs, each of one table or box. Lines lean a little and bend; only their order and
their crossings count.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hdr.results import Mask
from hdr.vision.lines import Rule

Straight = tuple[NDArray[np.float64], NDArray[np.float64]]

_PARTIAL = 0.4
"""A line that bounds less than this share of the cells that others of its table bound is a stroke, not a line."""
_BROADER, _SHORT = 2.2, 0.25
"""A line is at most so many times as broad as the longest one of its table; a level one runs along this share of it."""
_HALVING = 1.25
"""A line between two that are no further apart than this many usual cells stands inside a cell."""
_MANY, _EVENLY = 6, 0.75
"""Lines either way from which on a grid is squared paper, if so large a share of them stands at like distances."""
_OVERHANG = 0.5
"""Where lines run on beyond the outermost one across them by this share of a cell, there is a cell without a side."""
_ROW = 4
"""So many upright lines between two level ones are a row of boxes, though their sides run on, as where a picture is cut
through the row above."""
_FRAME, _INNER = 0.25, 0.55
"""Share of the table that a line must run through to be drawn through all of it: the frame often has gaps."""


@dataclass(frozen=True, eq=False)
class Web:
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


def find_webs(level: list[Rule], upright: list[Rule], stroke: float) -> list[Web]:
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
            return [_without_strokes(web) for web in _parted(level, upright, met, slack)]
        level = [line for line, keep in zip(level, rows, strict=True) if keep]
        upright = [line for line, keep in zip(upright, columns, strict=True) if keep]
    return []


def _parted(level: list[Rule], upright: list[Rule], met: Mask, slack: float) -> list[Web]:
    """Webs that no crossing joins."""
    webs = []
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
        webs.append(Web(chosen, across, slack))
    return webs


def _without_strokes(web: Web) -> Web:
    """Leave out what is broader or shorter than lines, and what stands inside a cell, as the stem of a 1 does."""
    web = _without_short_ones(_without_broad_ones(web))
    web = replace(web, upright=_straight_ones(_in_order(web.upright), web.level))
    for _ in range(2):
        web = replace(web, upright=_in_order(_long_ones(web.upright, web.crossings().sum(axis=0))))
        longest = max((line.length for line in web.level), default=0.0)
        many = [line in _long_ones(web.level, web.crossings().sum(axis=1)) for line in web.level]
        level = (line for line, own in zip(web.level, many, strict=True) if own or line.length >= 0.5 * longest)
        web = replace(web, level=_in_order(tuple(level)))
    return replace(web, upright=_even_ones(web.upright, web.level), level=_even_ones(web.level, web.upright))


def _without_broad_ones(web: Web) -> Web:
    """Leave out what is far broader than the longest line."""
    longest = max((*web.level, *web.upright), key=lambda line: line.length)
    most = _BROADER * longest.thickness + 1.5
    level, upright = (tuple(line for line in lines if line.thickness <= most) for lines in (web.level, web.upright))
    return replace(web, level=level, upright=upright) if level and upright else web


def _without_short_ones(web: Web) -> Web:
    """Leave out level lines that run along a small part of the table only, such as the bar of a 7."""
    at = [line.ys.mean() for line in web.upright]
    least = _SHORT * (max(at) - min(at))
    return replace(web, level=tuple(line for line in web.level if line.length >= least))


def _straight_ones(lines: tuple[Rule, ...], crossing: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Where straight lines from end to end stand evenly, what is not is digits that stand under one another."""
    if not crossing:
        return lines
    at = [line.ys.mean() for line in crossing]
    inside = [min(line.right, max(at)) - max(line.left, min(at)) for line in lines]
    strong = [
        line
        for line, length in zip(lines, inside, strict=True)
        if length >= 0.9 * max(inside) and line.wobble <= max(0.4, 0.15 * line.thickness)
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
        at = np.array([line.ys.mean() for line in kept])
        usual = float(np.median(np.diff(at)))
        spans = at[2:] - at[:-2]
        halving = [
            i + 1
            for i in np.argsort(spans)
            if spans[i] <= _HALVING * usual
            and (_evenness(_pitches(tuple(kept))) >= 0.6 or not _touches(kept[i + 1], crossing))
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
    return float(np.mean(np.abs(np.array(pitches) / np.median(pitches) - 1) < 0.15))


def close_frame(web: Web, shape: tuple[int, ...]) -> Web:
    """Make lines reach the table's ends, and add sides where lines run on beyond the outermost one across them.

    Args:
        web: The lines as found.
        shape: (H, W) of the picture.
    """
    if len(web.level) < 2 or len(web.upright) < 2:
        return web
    upright, sides = _with_ends(web.upright, web.level, shape[1])
    level, ends = _with_ends(web.level, web.upright, shape[0])
    if len(web.level) == 2 and len(web.upright) >= _ROW:
        level, ends = list(web.level), (False, False)
    names = [name for name, there in zip(("left", "right"), sides, strict=True) if there]
    names += [name for name, there in zip(("top", "bottom"), ends, strict=True) if there]
    left, right = upright[0], upright[-1]
    top, bottom = level[0], level[-1]
    full = right.ys.mean() - left.ys.mean(), bottom.ys.mean() - top.ys.mean()
    slack = web.slack
    level = [_reaching(line, (left, right), slack, full[0] * _share(line, (top, bottom))) for line in level]
    upright = [_reaching(line, (top, bottom), slack, full[1] * _share(line, (left, right))) for line in upright]
    return Web(tuple(level), tuple(upright), slack, tuple(names))


def _with_ends(lines: tuple[Rule, ...], crossing: tuple[Rule, ...], size: int) -> tuple[list[Rule], tuple[bool, bool]]:
    """Lines with one more before and one more after them where most of those that cross run on beyond them."""
    usual = float(np.median(np.diff([line.ys.mean() for line in lines])))
    long = [line for line in crossing if line.length >= 0.6 * max(other.length for other in crossing)]
    start, end = (float(np.median([line.left for line in long])), float(np.median([line.right for line in long])))
    before = lines[0].ys.mean() - start >= _OVERHANG * usual
    after = end - lines[-1].ys.mean() >= _OVERHANG * usual
    first = [_shifted(lines[0], max(0.0, start))] if before else []
    last = [_shifted(lines[-1], min(size - 1.0, end))] if after else []
    return [*first, *lines, *last], (bool(before), bool(after))


def _shifted(line: Rule, to: float) -> Rule:
    """A straight line of the same length and direction through another middle."""
    return Rule(line.xs, np.full(line.xs.shape, to), line.thickness, 0.0)


def _share(line: Rule, frame: tuple[Rule, Rule]) -> float:
    """Share of the table that a line must run through to be drawn through all of it; the frame often has gaps."""
    return _FRAME if line in frame else _INNER


def _reaching(line: Rule, ends: tuple[Rule, Rule], slack: float, least: float) -> Rule:
    """A line made to reach the table's ends, or but a little longer where it is shorter than `least`."""
    if line.length < least:
        return line.reaching(line.left - slack, line.right + slack)
    return line.reaching(ends[0].at(line.ys[0]) - 1.0, ends[1].at(line.ys[-1]) + 1.0)
