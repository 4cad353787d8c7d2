"""Whether a page lies on its side: told by the form of its digits and by where each one's neighbour stands.

In: a page as found. Out: the quarter turns worth trying. Whether a page is upside down is not to be told by form alone:
a net has to look.
"""

import math
import statistics

import numpy as np

from hdr.results import Box, Layout

_CLEAR = 0.2
"""Least evidence, as a logarithm of proportions, on which a turn is left out or put first."""
_LONG, _EDGE = 0.25, 0.02
"""Shares of a picture's height from which on a mark is long, and within which it reaches the edge."""
FEWEST = 4
"""Fewer digits than this do not tell how a page lies."""


def quarter_turns(layout: Layout) -> tuple[int, ...]:
    """Turns worth trying, the likeliest first, in quarters against the clock as `find_digits` takes them.

    Args:
        layout: The page as `find_digits` found it, not turned.

    Returns:
        (0,) where rows are clearly level, (1, 3) where they clearly run up or down, (0, 1, 3) where it is not plain.
    """
    evidence = _uprightness(layout)
    if evidence >= _CLEAR:
        return (0,)
    return (1, 3) if evidence <= -_CLEAR else (0, 1, 3)


def has_upright_rule(layout: Layout) -> bool:
    """Whether a long, narrow mark runs off the picture: a page on its side, whose rules tie its rows together."""
    height, slack = layout.size[1], _EDGE * layout.size[1]
    boxes = [glyph.whole.box for line in layout.rows for group in line.groups for glyph in group.glyphs]
    long = [(y, high) for _, y, wide, high in boxes if high >= max(3 * wide, _LONG * height)]
    return any(y <= slack or y + high >= height - slack for y, high in long)


def _uprightness(layout: Layout) -> float:
    """Above 0 where digits are higher than wide and stand beside each other, below 0 where they lie on their side."""
    groups = [[glyph.whole.box for glyph in group.glyphs] for line in layout.rows for group in line.groups]
    boxes = [box for group in groups for box in group if max(box[2:]) <= 3 * min(box[2:])]
    if len(boxes) < FEWEST:
        return 0.0
    slimness = statistics.median(math.log(height / width) for _, _, width, height in boxes)
    return slimness + 0.5 * _beside(boxes)


def _beside(boxes: list[Box]) -> float:
    """How much nearer the next digit stands beside than below, as a logarithm, within -1 to 1."""
    level, upright = _nearest(boxes), _nearest([(y, x, height, width) for x, y, width, height in boxes])
    if not level or not upright:
        return 0.5 * (bool(level) - bool(upright))
    return max(-1.0, min(1.0, math.log((statistics.median(upright) + 1) / (statistics.median(level) + 1))))


def _nearest(boxes: list[Box]) -> list[float]:
    """For every box with others level with it, the gap to the nearest of them on either side."""
    x, y, width, height = (column[:, None] for column in np.array(boxes, float).T)
    gaps = np.maximum(0.0, np.maximum(x, x.T) - np.minimum(x + width, (x + width).T))
    shared = np.minimum(y + height, (y + height).T) - np.maximum(y, y.T)
    level = (shared > 0.4 * np.minimum(height, height.T)) & ~np.eye(len(boxes), dtype=bool)
    return [float(gaps[i][level[i]].min()) for i in np.flatnonzero(level.any(axis=1))]
