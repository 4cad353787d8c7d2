"""The frame of a table: lines made to reach its ends, and the sides that nobody drew.

In: a lattice as found. Out: the same with its frame closed, and which of its sides are only thought to be there.
"""

import numpy as np

from hdr.vision.lattice import Lattice
from hdr.vision.lines import Rule

_OVERHANG = 0.5
"""Where lines run on beyond the outermost one across them by this share of a cell, there is a cell without a side."""
_LONG = 0.6
"""Lines at least this share as long as the longest tell how far a table goes."""
_ROW = 4
"""So many upright lines between two level ones are a row of boxes, though their sides run on, as where a picture is cut
through the row above."""
_FRAME, _INNER = 0.25, 0.55
"""Share of the table that a line must run through to be drawn through all of it: the frame often has gaps."""


def close_frame(lattice: Lattice, shape: tuple[int, ...]) -> Lattice:
    """Make lines reach the table's ends, and add sides where lines run on beyond the outermost one across them.

    Args:
        lattice: The lines as found.
        shape: (H, W) of the picture.
    """
    if len(lattice.level) < 2 or len(lattice.upright) < 2:
        return lattice
    upright, sides = _with_ends(lattice.upright, lattice.level, shape[1])
    level, ends = _with_ends(lattice.level, lattice.upright, shape[0])
    if len(lattice.level) == 2 and len(lattice.upright) >= _ROW:
        level, ends = list(lattice.level), (False, False)
    names = [name for name, there in zip(("left", "right"), sides, strict=True) if there]
    names += [name for name, there in zip(("top", "bottom"), ends, strict=True) if there]
    left, right = upright[0], upright[-1]
    top, bottom = level[0], level[-1]
    full = right.ys.mean() - left.ys.mean(), bottom.ys.mean() - top.ys.mean()
    slack = lattice.slack
    level = [_reaching(line, (left, right), slack, full[0] * _share(line, (top, bottom))) for line in level]
    upright = [_reaching(line, (top, bottom), slack, full[1] * _share(line, (left, right))) for line in upright]
    return Lattice(tuple(level), tuple(upright), slack, tuple(names))


def _with_ends(lines: tuple[Rule, ...], crossing: tuple[Rule, ...], size: int) -> tuple[list[Rule], tuple[bool, bool]]:
    """Lines with one more before and one more after them where most of those that cross run on beyond them."""
    usual = float(np.median(np.diff([line.ys.mean() for line in lines])))
    long = [line for line in crossing if line.length >= _LONG * max(other.length for other in crossing)]
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
