"""Where touching digits may be cut: every stretch of wide ink that could be a digit, and how odd each would look.

Cuts follow columns where little is cut through. Which stretches are digits a net decides, weighing its own confidence
against the oddness given here (segmentation by recognition, after LeCun et al. 1998, section VII).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hdr.vision.segment import Piece, tight_piece

_WIDEST = 0.9
"""Ink wider than this share of its height may be several digits."""
_LONGEST = 8.0
"""Ink longer than this many heights is no writing; it is left whole."""
_PITCH = 0.2
"""Distance of neighbouring cuts, in heights."""
_NARROWEST, _BROADEST = 0.12, 1.3
"""Width of a digit, in heights of the ink."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """Ink between two cuts.

    Attributes:
        start: Index of the cut at its left; 0 is the left end of the ink.
        end: Index of the cut at its right.
        piece: The ink between them.
        oddness: How unlike a digit it is in its form and by what was cut through; 0 is ordinary, 1 is rare.
    """

    start: int
    end: int
    piece: Piece
    oddness: float


def split_piece(piece: Piece, digit_height: float) -> list[Stretch]:
    """Every stretch of a piece that could be a digit, the whole among them; empty where it is no wider than one digit.

    Args:
        piece: Connected ink.
        digit_height: Usual height of a digit, pixels.
    """
    _, _, width, height = piece.box
    if not _WIDEST * height <= width <= _LONGEST * height or not 0.5 * digit_height <= height:
        return []
    burden = _burden(piece.mask)
    cuts = _cuts(burden, height)
    stretches = []
    for start, left in enumerate(cuts[:-1]):
        for end in range(start + 1, len(cuts)):
            right = cuts[end]
            likely = _NARROWEST * height <= right - left <= _BROADEST * height
            if right - left == width or (likely and piece.mask[:, left:right].any()):
                part = tight_piece((piece.box[0] + left, piece.box[1]), piece.mask[:, left:right])
                cost = sum(burden[cut] for cut in (left, right) if 0 < cut < width)
                stretches.append(Stretch(start, end, part, cost + _oddness(part, height)))
    return stretches


def _burden(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What a cut at each column costs: strokes crossed beyond the first, and ink cut through; half for either side."""
    height = mask.shape[0]
    starts = mask & ~np.pad(mask, ((1, 0), (0, 0)))[:-1]
    crossed = starts.sum(axis=0)
    return 0.5 * (0.2 + 1.2 * np.maximum(0, crossed - 1) + 0.5 * mask.sum(axis=0) / height)


def _cuts(burden: NDArray[np.float64], height: int) -> list[int]:
    """Columns from the left end to the right end of the ink: the cheapest one of each pitch."""
    width, pitch = len(burden), max(3, round(_PITCH * height))
    inner = [left + int(burden[left : left + pitch].argmin()) for left in range(pitch // 2, width - pitch // 2, pitch)]
    return [0, *(cut for cut in dict.fromkeys(inner) if 1 < cut < width - 1), width]


def _oddness(part: Piece, height: int) -> float:
    """0 for the form of an ordinary digit, more for one that is too wide or lower than its neighbours."""
    _, _, own_width, own_height = part.box
    return 3.0 * max(0.0, own_width / own_height - 1.15) + 2.0 * max(0.0, 0.7 - own_height / height)
