"""Tables with ruled cells and rows of boxes: lines that cross each other, and the cells that they close.

In: ink as bool (H, W), page level to within a few degrees. Out: tables of cells, and which pixels lie in which cell.
Knows nothing of digits: whether what looks like a table is one, is for those to say who know what is written in it.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.results import Box, Mask
from hdr.vision.combs import Comb, find_combs
from hdr.vision.frame import close_frame
from hdr.vision.lattice import Lattice, Straight, find_lattices, straight
from hdr.vision.lines import LONG, Bits, Rule, find_lines, flip
from hdr.vision.rules import find_dashes

Labels = NDArray[np.int32]

_RECTANGULAR = 0.8
"""Share of its smallest enclosing rectangle that a cell fills."""
_BARE = 0.35
"""Where less than this share of a cell's upper and of its lower side has ink, there is a gap between two boxes."""
_BRIDGED = 0.5
"""Gaps between dashes of a line up to so many strokes may be closed."""
_MOST_CELLS = 1000
"""Squares beyond which it is squared paper rather than a table."""
_SQUARED, _MANY_SQUARES = 5, 150
"""Squares in at least so many rows and columns that run off the picture on three sides are squared paper, too, and
squares beyond the second number in any case."""


@dataclass(frozen=True)
class Cell:
    """One cell of a table or one box.

    Attributes:
        box: Its inside, (x, y, w, h) on the mask.
        label: Its number in the label picture, 1 or more.
        open_side: The side that no line closes: `left`, `right`, `top`, `bottom`, or nothing.
    """

    box: Box
    label: int
    open_side: str = ""


@dataclass(frozen=True)
class Table:
    """Cells that lines join, or a row of boxes.

    Attributes:
        rows: Cells from top to bottom and from left to right; no row is empty.
    """

    rows: tuple[tuple[Cell, ...], ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All cells in reading order."""
        return tuple(cell for row in self.rows for cell in row)


@dataclass(frozen=True, eq=False)
class Tables:
    """All tables of a page.

    Attributes:
        tables: From top to bottom.
        labels: int32 (H, W), the label of the cell that a pixel lies in; 0 outside.
        across: uint8 (H, W), 1 on the ink of level lines; of squared paper also on what is too faint for ink.
        upright: The same of upright lines.
        squared: Whether it is squared paper, without a table.
    """

    tables: tuple[Table, ...]
    labels: Labels
    across: Bits
    upright: Bits
    squared: bool


def find_tables(mask: Mask, traces: Mask, stroke: float) -> Tables:
    """Find tables and rows of boxes by their lines; lines may be broken, lean a little, and the frame may be open.

    Args:
        mask: bool (H, W), ink with its rules.
        traces: bool (H, W), the same with what is too faint for ink, as printed lines often are.
        stroke: Usual width of a stroke, pixels.
    """
    ink = mask.astype(np.uint8)
    labels = np.zeros(mask.shape, np.int32)
    halo = cv2.dilate(ink, np.ones((3, 3), np.uint8))
    lines = ink | (traces.view(np.uint8) & ~halo)  # what is faint counts, but not around ink
    dashes = find_dashes(ink, stroke)[1]
    lines |= dashes
    level, lattices = _lattices(lines, stroke, dashed=bool(dashes.any()))
    tables = [Table(_cells(close_frame(lattice, mask.shape), labels, lines, stroke)) for lattice in lattices]
    kept = [table for table in _join_boxes(tables) if len(table.cells) > 1 and not _is_squared(table, mask.shape)]
    numbers = {cell.label for table in kept for cell in table.cells}
    used = [
        lattice
        for lattice, own in zip(lattices, tables, strict=True)
        if any(cell.label in numbers for cell in own.cells) or lattice.even_grid
    ]
    taken = {id(line) for lattice in used for line in lattice.level}
    squared = not kept and any(lattice.even_grid for lattice in used)
    combs = (
        [] if squared else find_combs((ink, traces.view(np.uint8)), [line for line in level if id(line) not in taken])
    )
    kept += [Table((_comb_cells(comb, labels),)) for comb in combs]
    seen = lines if squared else ink
    across = _ink_of([line for lattice in used for line in lattice.level] + [comb.base for comb in combs], seen)
    teeth = [tooth for comb in combs for tooth in comb.teeth]
    upright = _ink_of([line for lattice in used for line in lattice.upright] + teeth, flip(seen))
    in_order = tuple(sorted(kept, key=lambda table: table.cells[0].box[1]))
    return Tables(in_order, labels, across, flip(upright), squared)


def _lattices(lines: Bits, stroke: float, *, dashed: bool) -> tuple[list[Rule], list[Lattice]]:
    """Level lines, and what they and upright ones make; where that is no table, dashes that almost touch are joined."""
    level, lattices = _crossing_lines(lines, flip(lines), stroke)
    if not dashed or any(lattice.credible for lattice in lattices):
        return level, lattices
    kernel = np.ones((1, max(3, round(_BRIDGED * stroke) | 1)), np.uint8)
    across, upright = (cv2.morphologyEx(way, cv2.MORPH_CLOSE, kernel) for way in (lines, flip(lines)))
    level_of_dashes, of_dashes = _crossing_lines(across, upright, stroke)
    even = [lattice for lattice in of_dashes if lattice.even_row]
    return (level_of_dashes, even) if even else (level, lattices)


def _crossing_lines(across: Bits, upright: Bits, stroke: float) -> tuple[list[Rule], list[Lattice]]:
    """Level lines, and what they make with the upright ones of a transposed picture."""
    level = find_lines(across, stroke)
    if len(level) < 2:
        return level, []
    ruled = sum(line.length >= LONG * across.shape[1] for line in level) > 1
    return level, find_lattices(level, find_lines(upright, stroke, leaning=ruled), stroke)


def _comb_cells(comb: Comb, labels: Labels) -> tuple[Cell, ...]:
    """The room over each stretch between two teeth, written into the label picture where it is free."""
    cells = []
    for left, right in pairwise(comb.teeth):
        x, below = round(left.at(left.right)) + 1, comb.base.at(left.at(left.right))
        y, width = max(0, round(below - comb.room)), round(right.at(right.right)) - x
        height = max(1, round(below) - y)
        area = labels[y : y + height, x : x + width]
        area[area == 0] = int(labels.max()) + 1
        cells.append(Cell((x, y, width, height), int(labels.max())))
    return tuple(cells)


def _cells(lattice: Lattice, labels: Labels, lines: Bits, stroke: float) -> tuple[tuple[Cell, ...], ...]:
    """The areas that the lines of a lattice close, written into the label picture."""
    if not lattice.credible or (len(lattice.level) - 1) * (len(lattice.upright) - 1) > _MOST_CELLS:
        return ()
    areas, corner = _areas(lattice)
    _, areas, stats, centres = cv2.connectedComponentsWithStats(areas, connectivity=4)
    label = int(labels.max())
    straightened = straight(lattice.level), straight(lattice.upright)
    rows: dict[int, list[Cell]] = {}
    for index in _inner(stats, areas.shape, max(8.0, 3 * stroke)):
        x, y, width, height, size = (int(value) for value in stats[index])
        part = areas[y : y + height, x : x + width] == index
        if size < _RECTANGULAR * _rectangle(part):
            continue
        row, column = _place(straightened, centres[index] + corner)
        if _is_between_boxes(lattice, row, part, corner[0] + x, lines):
            continue
        label += 1
        box = _write(labels, part, (corner[0] + x, corner[1] + y), label)
        if box is not None:
            rows.setdefault(row, []).append(Cell(box, label, _open_side(lattice, row, column)))
    return tuple(tuple(sorted(rows[row], key=lambda cell: cell.box[0])) for row in sorted(rows))


def _areas(lattice: Lattice) -> tuple[Bits, tuple[int, int]]:
    """1 between lines and 0 on them, a little larger than the table, and where its upper left corner lies."""
    paths = [_path(line) for line in lattice.level] + [_path(line)[:, ::-1] for line in lattice.upright]
    every = np.concatenate(paths)
    left, top = (int(value) for value in np.floor(every.min(axis=0)) - 3)
    width, height = (int(value) for value in np.ceil(every.max(axis=0)) + 4 - (left, top))
    paper = np.ones((height, width), np.uint8)
    for path in paths:
        cv2.polylines(paper, [np.round(path - (left, top)).astype(np.int32)], isClosed=False, color=0)
    return paper, (left, top)


def _inner(stats: NDArray[np.int32], shape: tuple[int, ...], least: float) -> NDArray[np.int64]:
    """Areas that lines close on all sides and that are no slivers; none where slivers prevail, as on squared paper."""
    x, y, width, height, _ = stats.T
    closed = (x > 0) & (y > 0) & (x + width < shape[1]) & (y + height < shape[0])
    large = np.minimum(width, height) >= least
    closed[0] = False
    slivers = int((closed & ~large).sum())
    return np.flatnonzero(closed & large & (slivers <= 1.5 * int((closed & large).sum())))


def _path(line: Rule) -> NDArray[np.float64]:
    return np.stack((line.xs, line.ys), axis=1)


def _rectangle(part: Mask) -> float:
    """Area of the smallest rectangle, turned or not, around a mask."""
    outlines, _ = cv2.findContours(part.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    _, (width, height), _ = cv2.minAreaRect(np.concatenate(outlines))
    return float((width + 1) * (height + 1))


def _place(straightened: tuple[Straight, Straight], centre: NDArray[np.float64]) -> tuple[int, int]:
    """Row and column of a cell: how many lines lie above it and how many to its left."""
    x, y = float(centre[0]), float(centre[1])
    (start, rise), (left, lean) = straightened
    return int((start + rise * x < y).sum()), int((left + lean * y < x).sum())


def _is_between_boxes(lattice: Lattice, row: int, part: Mask, left: int, lines: Bits) -> bool:
    """Whether an area has neither a line above nor below it: the gap between two boxes that stand apart."""
    if {"top", "bottom"} & set(lattice.open_sides) or not 0 < row < len(lattice.level):
        return False
    near = len(part) // 8
    sides = ((lattice.level[row - 1], part[near]), (lattice.level[row], part[-1 - near]))
    return all(_inked_share(line, left + np.flatnonzero(columns)[3:-3], lines) < _BARE for line, columns in sides)


def _inked_share(line: Rule, columns: NDArray[np.int64], lines: Bits) -> float:
    """Share of a line's columns that have ink near by; 0 of none."""
    if not columns.size:
        return 0.0
    ys = np.round(np.interp(columns, line.xs, line.ys)).astype(np.int64) + np.arange(-3, 4)[:, None]
    inked = lines[np.clip(ys, 0, lines.shape[0] - 1), np.clip(columns, 0, lines.shape[1] - 1)]
    return float(inked.any(axis=0).mean())


def _open_side(lattice: Lattice, row: int, column: int) -> str:
    sides = {"left": column == 1, "right": column == len(lattice.upright) - 1, "top": row == 1}
    sides["bottom"] = row == len(lattice.level) - 1
    return next((name for name in lattice.open_sides if sides[name]), "")


def _write(labels: Labels, part: Mask, corner: tuple[int, int], label: int) -> Box | None:
    """Write a cell into the label picture, as far as it lies on it, and give its box there."""
    left, top = max(0, corner[0]), max(0, corner[1])
    right, bottom = min(labels.shape[1], corner[0] + part.shape[1]), min(labels.shape[0], corner[1] + part.shape[0])
    if right - left < 3 or bottom - top < 3:
        return None
    own = part[top - corner[1] : bottom - corner[1], left - corner[0] : right - corner[0]]
    labels[top:bottom, left:right][own] = label
    return left, top, right - left, bottom - top


def _is_squared(table: Table, shape: tuple[int, ...]) -> bool:
    """Whether it is squared paper: many squares that run off the picture."""
    boxes = np.array([cell.box for cell in table.cells])
    proportion = np.median(boxes[:, 2] / boxes[:, 3])
    many = len(table.rows) >= _SQUARED and max(len(row) for row in table.rows) >= _SQUARED
    ends = boxes[:, :2] + boxes[:, 2:]
    near = 0.03 * np.array(shape[::-1]) + np.median(boxes[:, 2:], axis=0)
    off = [*(boxes[:, :2].min(axis=0) < near), *(ends.max(axis=0) > np.array(shape[::-1]) - near)]
    return bool(many and 0.85 <= proportion <= 1.18 and (sum(off) >= 3 or len(boxes) >= _MANY_SQUARES))


def _join_boxes(tables: list[Table]) -> list[Table]:
    """Put boxes that stand apart in one row together; what has more than one row stays as it is."""
    single = sorted((t for t in tables if len(t.rows) == 1), key=lambda table: table.cells[0].box[0])
    joined: list[list[Cell]] = []
    for table in single:
        cells = list(table.cells)
        row = next((row for row in joined if _stands_beside(row[-1].box, cells[0].box)), None)
        if row is None:
            joined.append(cells)
        else:
            row += cells
    return [table for table in tables if len(table.rows) > 1] + [Table((tuple(row),)) for row in joined]


def _stands_beside(left: Box, right: Box) -> bool:
    gap = right[0] - left[0] - left[2]
    apart = abs(left[1] + left[3] / 2 - right[1] - right[3] / 2)
    alike = 0.75 * left[3] <= right[3] <= 1.33 * left[3] and 0.5 * left[2] <= right[2] <= 2.0 * left[2]
    return alike and apart <= 0.3 * left[3] and -3 <= gap <= 1.2 * max(left[2], right[2])


def _ink_of(lines: list[Rule], ink: Bits) -> Bits:
    """The ink that lies on lines, 1 on 0."""
    canvas = np.zeros_like(ink)
    for line in lines:
        path = np.round(_path(line) * 8).astype(np.int32)
        cv2.polylines(canvas, [path], isClosed=False, color=1, thickness=round(line.thickness) + 2, shift=3)
    return canvas & ink
