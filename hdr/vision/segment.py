"""Which ink is one digit, and in what order digits are read: pieces -> glyphs -> rows and groups.

In: bool (H, W) mask without rules. Out: `Piece`s with their box, arranged as rows of groups. Specks, blots, paper edges
and dashes are dropped. Knows nothing of grey values, frames of 28 x 28 or nets.
"""

import statistics
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from hdr.errors import ImageContentError
from hdr.results import Box, Mask
from hdr.vision.normalise import stroke_width

MOST_PIECES = 1500
"""Marks on a page beyond which nothing is read; the fullest table of digits has some hundreds."""
_SPECK = 0.3
"""Ink lower than this share of a digit's usual height is a speck, a comma or a dash; ink less than twice this in both
directions is a blob."""
_BLOT = 2.6
"""Ink whose strokes are this many times broader than usual is a blot or a shadow."""
_HUGE = 3.0
"""Ink this many times higher than usual is a paper edge or a drawing."""
_CRUMB, _FEW = 0.2, 4
"""Ink lower than this share of the few highest marks, beyond the first of them, is no measure of a digit's height: a
dashed line, what is left of squared paper."""
_GAP = 2.2
"""Gaps fall into narrow and wide ones, and wide ones part groups, where their means differ by this factor."""


@dataclass(frozen=True, eq=False)
class Piece:
    """Connected ink.

    Attributes:
        box: (x, y, w, h) on the mask.
        mask: bool (h, w), True on this ink alone.
    """

    box: Box
    mask: Mask


def find_marks(mask: Mask, stroke: float) -> list[Piece]:
    """Connected ink of any size but for blots and the edges of the paper.

    Args:
        mask: bool (H, W), ink without rules.
        stroke: Usual width of a stroke, pixels.

    Raises:
        ImageContentError: There are far more marks than a page of digits has.
    """
    marks = [
        piece for piece in _connected(mask, stroke) if not _is_blot(piece, stroke) and not _is_edge(piece, mask.shape)
    ]
    if len(marks) > MOST_PIECES:
        raise ImageContentError(
            f"The picture has {len(marks):,} marks, at most {MOST_PIECES:,} are read. It does not look like a page of "
            "digits: cut out the part that holds them."
        )
    return marks


def choose_digits(marks: list[Piece], height: float) -> list[Piece]:
    """What may be digits among marks, fragments of one digit put together.

    Args:
        marks: From `find_marks`.
        height: Usual height of a digit, pixels.
    """
    merged = _merge_fragments([piece for piece in marks if piece.box[3] < _HUGE * height], height)
    return [piece for piece in merged if _is_digit_sized(piece, height)]


def usual_height(pieces: list[Piece]) -> float:
    """Median height of the pieces that are not small beside the largest ones; 0 where there are none."""
    if not pieces:
        return 0.0
    heights = sorted(piece.box[3] for piece in pieces)
    heights = [height for height in heights if height >= _CRUMB * heights[-min(_FEW, len(heights))]]
    large = heights[int(0.9 * (len(heights) - 1))]
    return float(statistics.median(height for height in heights if height >= 0.4 * large))


def arrange(boxes: list[Box]) -> list[list[list[int]]]:
    """Reading order of boxes: rows from top to bottom, groups and boxes from left to right, as indices.

    A row is followed from box to box, so that it may slope.
    """
    rows = _follow_rows(boxes)
    parting = _parting_gap([gap for row in rows for gap in _gaps(row, boxes)])
    return [_part(row, boxes, parting) for row in rows]


def _connected(mask: Mask, stroke: float) -> list[Piece]:
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    if width == 0:
        return []
    inked = mask[top : top + height, left : left + width].astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inked, connectivity=8)
    pieces = []
    for index in range(1, count):
        x, y, width, height, area = (int(value) for value in stats[index])
        if area >= max(4.0, 0.5 * stroke * stroke):
            own = labels[y : y + height, x : x + width] == index
            pieces.append(Piece((left + x, top + y, width, height), own))
    return pieces


def _is_blot(piece: Piece, stroke: float) -> bool:
    return stroke_width(piece.mask) > _BLOT * stroke + 1


def _is_edge(piece: Piece, shape: tuple[int, ...]) -> bool:
    """Whether a piece is a sliver along or from an end of the picture: the edge of the paper, the frame of a form."""
    x, y, width, height = piece.box
    beside = (x <= 1 or x + width >= shape[1] - 1) and width < 0.3 * height
    across = (y <= 1 or y + height >= shape[0] - 1) and width < 0.08 * height
    return (beside or across) and width < 0.1 * shape[1]


def _is_digit_sized(piece: Piece, digit_height: float) -> bool:
    _, _, width, height = piece.box
    return height >= _SPECK * digit_height and max(width, height) >= 2 * _SPECK * digit_height


def _merge_fragments(pieces: list[Piece], digit_height: float) -> list[Piece]:
    """Put together what belongs to one digit: the bar of a 5, a broken stroke. Small pieces look for their body."""
    whole = sorted(pieces, key=lambda piece: -piece.mask.sum())
    merged: list[Piece] = []
    for piece in whole:
        body = next((other for other in merged if _belongs(piece, other, digit_height)), None)
        if body is None:
            merged.append(piece)
        else:
            merged[merged.index(body)] = join_pieces(body, piece)
    return merged


def _belongs(small: Piece, body: Piece, digit_height: float) -> bool:
    """Whether a piece lies over, under or just beside a body as a part of the same digit."""
    x, y, width, height = small.box
    body_x, body_y, body_width, body_height = body.box
    if height > 0.75 * digit_height or max(y + height, body_y + body_height) - min(y, body_y) > 1.4 * digit_height:
        return False
    if max(width, height) < _SPECK * digit_height and (y > body_y + 0.7 * body_height):
        return False
    overlap = min(x + width, body_x + body_width) - max(x, body_x)
    gap_y = max(y, body_y) - min(y + height, body_y + body_height)
    over = overlap >= 0.5 * min(width, body_width) and gap_y <= 0.25 * digit_height
    bar = (
        height < 0.4 * digit_height < width * 1.5 and y < body_y + 0.4 * body_height and overlap >= -0.12 * digit_height
    )
    return over or (bar and x > body_x)


def join_pieces(first: Piece, second: Piece) -> Piece:
    """Two pieces as one."""
    x, y = min(first.box[0], second.box[0]), min(first.box[1], second.box[1])
    right = max(piece.box[0] + piece.box[2] for piece in (first, second))
    bottom = max(piece.box[1] + piece.box[3] for piece in (first, second))
    mask = np.zeros((bottom - y, right - x), bool)
    for piece in (first, second):
        left, top, width, height = piece.box
        mask[top - y : top - y + height, left - x : left - x + width] |= piece.mask
    return Piece((x, y, right - x, bottom - y), mask)


def tight_piece(corner: tuple[int, int], mask: Mask) -> Piece:
    """The ink of a mask, with no more room around it than it needs.

    Args:
        corner: (x, y) of the mask's first pixel.
        mask: bool (h, w), with some ink.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    box = (corner[0] + left, corner[1] + top, right - left, bottom - top)
    return Piece(box, mask[top:bottom, left:right])


@dataclass(eq=False)
class _Line:
    """A row under construction: its boxes so far, and the middle and height of its right end."""

    members: list[int]
    recent: list[Box]

    def distance(self, box: Box) -> float:
        """Vertical distance of a box from the row's right end, in units of the largest that still joins it."""
        middle = sum(y + height / 2 for _, y, _, height in self.recent) / len(self.recent)
        usual = max(box[3], *(height for _, _, _, height in self.recent))
        return abs(box[1] + box[3] / 2 - middle) / (0.6 * usual)


def _follow_rows(boxes: list[Box]) -> list[list[int]]:
    """Rows of indices from top to bottom: from left to right, each box joins the row whose end lies level with it."""
    lines: list[_Line] = []
    for index in sorted(range(len(boxes)), key=lambda i: boxes[i][0] + boxes[i][2] / 2):
        box = boxes[index]
        distance, line = min(
            ((line.distance(box), line) for line in lines), key=lambda pair: pair[0], default=(1.0, None)
        )
        if line is None or distance >= 1.0:
            lines.append(_Line([index], [box]))
        else:
            line.members.append(index)
            line.recent = [*line.recent[-2:], box]
    rows = [line.members for line in lines]
    return sorted(rows, key=lambda row: statistics.fmean(boxes[i][1] + boxes[i][3] / 2 for i in row))


def _gaps(row: list[int], boxes: list[Box]) -> list[float]:
    """Free space between neighbours, in usual heights of the row; at least a little, so that a ratio makes sense."""
    height = statistics.median(boxes[i][3] for i in row)
    return [max(0.08, (boxes[right][0] - boxes[left][0] - boxes[left][2]) / height) for left, right in pairwise(row)]


def _parting_gap(gaps: list[float]) -> float:
    """The gap from which on two digits belong to different groups; infinite where the gaps are all of one kind."""
    if len(gaps) < 2:
        return float("inf")
    ordered = np.sort(np.log(gaps))
    between = [ordered[i:].mean() - ordered[:i].mean() for i in range(1, len(ordered))]
    spread = [ordered[:i].var() * i + ordered[i:].var() * (len(ordered) - i) for i in range(1, len(ordered))]
    cut = int(np.argmin(spread))
    if between[cut] < np.log(_GAP) or ordered[cut + 1] < np.log(0.4):
        return float("inf")
    return float(np.exp((ordered[cut] + ordered[cut + 1]) / 2))


def _part(row: list[int], boxes: list[Box], parting: float) -> list[list[int]]:
    groups = [[row[0]]]
    for index, gap in zip(row[1:], _gaps(row, boxes), strict=True):
        if gap >= parting:
            groups.append([])
        groups[-1].append(index)
    return groups
