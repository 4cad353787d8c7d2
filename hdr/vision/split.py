"""Where touching digits may be cut: candidate ways to take one piece of ink as two or three digits.

Cuts follow the columns with the least ink near the places where a cut is to be expected. Which way is right, or none,
a net decides.
"""

import numpy as np

from hdr.vision.segment import Piece

_WIDEST = 0.95
"""A piece wider than this share of its height may be several digits."""
_USUAL_WIDTH = 0.62
"""Width of a written digit in heights."""
_MAX_PARTS = 4


def split_piece(piece: Piece, usual: float) -> list[list[Piece]]:
    """Ways to cut a piece into two or more, from left to right; empty where it is no wider than one digit.

    Args:
        piece: Connected ink.
        usual: Usual height of a digit, pixels.
    """
    _, _, width, height = piece.box
    if width < _WIDEST * min(height, usual) or height < 0.5 * usual:
        return []
    likely = width / (_USUAL_WIDTH * height)
    counts = [count for count in range(2, _MAX_PARTS + 1) if 0.5 * count <= likely <= 2.2 * count]
    ways = [_cut(piece, count) for count in counts]
    return [way for way in ways if len(way) > 1]


def _cut(piece: Piece, count: int) -> list[Piece]:
    width = piece.box[2]
    ink = piece.mask.sum(axis=0).astype(float)
    reach = max(1, round(0.3 * width / count))
    cuts = [0]
    for index in range(1, count):
        expected = round(index * width / count)
        window = np.arange(max(cuts[-1] + 2, expected - reach), min(width - 2, expected + reach) + 1)
        if not window.size:
            return []
        cost = ink[window] + 0.15 * piece.box[3] * ((window - expected) / reach) ** 2
        cuts.append(int(window[cost.argmin()]))
    return [part for left, right in zip(cuts, [*cuts[1:], width], strict=True) if (part := _slice(piece, left, right))]


def _slice(piece: Piece, left: int, right: int) -> Piece | None:
    """The part of a piece between two columns, with a tight box."""
    part = piece.mask[:, left:right]
    lines, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    if not lines.size:
        return None
    top, bottom, first, last = lines[0], lines[-1] + 1, columns[0], columns[-1] + 1
    box = (int(piece.box[0] + left + first), int(piece.box[1] + top), int(last - first), int(bottom - top))
    return Piece(box, part[top:bottom, first:last])
