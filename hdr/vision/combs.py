"""Comb fields: a level line with short uprights standing on it, one digit between each two.

In: ink and the level lines found in it. Out: combs. A comb is told by its teeth: most of like height, evenly spaced,
from one end of the line to the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil

import numpy as np
from numpy.typing import NDArray

from hdr.results import Mask
from hdr.vision.lines import LONG, Bits, Rule

_TEETH = 4
"""A comb has at least so many."""
_UNEVEN = 0.12
"""Teeth stray from their even places by at most this share of their distance, and stand so far from the line's ends."""
_DRIFTS = (0.0, 0.04, -0.04, 0.08, -0.08, 0.12, -0.12)
"""How far their distance shrinks or grows towards the right, as on a sheet photographed at an angle: the last one is
(1 - drift) / (1 + drift) times the first."""
_BROAD, _LOW = 2.5, 0.15
"""A tooth is at most so many times as broad as the line, or three pixels more, and no lower than this share of their
distance."""
_ALIKE, _MOST = 0.2, 0.75
"""Heights of at least the second share of the teeth differ by at most the first, and two pixels; others are touched by
a digit, or too faint."""
_OWN = 0.6
"""At least this share of the uprights that are alike are teeth."""
_HIGH = 1.2
"""Height of the room for a digit over the line, in distances of the teeth."""


@dataclass(frozen=True, eq=False)
class Comb:
    """A line with teeth.

    Attributes:
        base: The level line.
        teeth: From left to right, each from its tip down to the line, with x and y changed.
        room: Height over the line up to which a digit is written, pixels.
    """

    base: Rule
    teeth: tuple[Rule, ...]
    room: float


def find_combs(inks: Sequence[Bits], level: list[Rule]) -> list[Comb]:
    """Those of the level lines that are combs.

    Args:
        inks: uint8 (H, W) each, 1 on ink: what the teeth are looked for in, one after the other.
        level: Lines, longest first or in any order.
    """
    long = [line for line in level if line.length >= LONG * inks[0].shape[1]]
    found = [next((comb for ink in inks if (comb := _comb(ink, line)) is not None), None) for line in long]
    return [comb for comb in found if comb is not None]


def _comb(ink: Bits, line: Rule) -> Comb | None:
    heights = _heights(ink, line)
    at, tall = _slender(heights, max(_BROAD * line.thickness, line.thickness + 3))
    alike = [np.abs(tall - height) <= _ALIKE * height + 2 for height in np.unique(tall)]
    teeth = max((_even(at, own, line) for own in alike), key=len, default=at[:0])
    if teeth.size == 0:
        return None
    apart, height = float(np.median(np.diff(teeth))), float(np.median(tall[np.isin(at, teeth)]))
    if height < _LOW * apart:
        return None
    rules = tuple(_tooth(line, x, height) for x in teeth)
    return Comb(line, rules, max(_HIGH * apart, 1.1 * height))


def _tooth(line: Rule, x: float, height: float) -> Rule:
    foot = line.at(x)
    return Rule(np.array([foot - height - line.thickness, foot]), np.array([x, x]), line.thickness, height)


def _heights(ink: Bits, line: Rule) -> NDArray[np.int64]:
    """Columns of a line, and how far ink rises without a gap from each, int64 (2, N)."""
    columns = np.arange(max(0, int(line.left) - 2), min(ink.shape[1], int(line.right) + 3))
    top = np.round(line.at_all(columns.astype(float)) - line.thickness / 2).astype(np.int64) - 2
    above = top - np.arange(min(int(line.length / (_TEETH - 1)), ink.shape[0]))[:, None]
    inked = ink[np.clip(above, 0, ink.shape[0] - 1), columns] * (above >= 0)
    rises = np.where(inked.all(axis=0), len(inked), inked.argmin(axis=0))
    return np.stack((columns, rises))


def _slender(heights: NDArray[np.int64], most: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middles and heights of the narrow columns of ink that stand on a line."""
    columns, rises = heights
    risen = np.flatnonzero(np.diff(np.pad((rises > most).astype(np.int8), 1)))
    starts, ends = risen[::2], risen[1::2]
    narrow = ends - starts <= most
    spans = list(zip(starts[narrow], ends[narrow], strict=True))
    at = np.array([columns[start:end].mean() for start, end in spans])
    return at, np.array([rises[start:end].max() for start, end in spans], float)


def _even(at: NDArray[np.float64], alike: Mask, line: Rule) -> NDArray[np.float64]:
    """The columns that stand evenly from end to end of a line, most of them alike, but for strokes that touch it."""
    near, own = max(4.0, 2 * line.thickness), at[alike]
    if own.size < _TEETH or own[0] - line.left > near or line.right - own[-1] > near:
        return at[:0]
    length, most = own[-1] - own[0], min(at.size, int(own.size / _MOST))
    for count, drift in product(range(most - 1, max(_TEETH, ceil(_OWN * own.size)) - 2, -1), _DRIFTS):
        along = np.linspace(0.0, 1.0, count + 1)
        places = own[0] + length * (along + drift * along * (1.0 - along))
        nearest = np.abs(at[:, None] - places).argmin(axis=0)
        is_even = (np.abs(at[nearest] - places) <= _UNEVEN * length / count).all()
        if is_even and alike[nearest].mean() >= _MOST:
            return at[nearest]
    return at[:0]
