"""What is written in which cell: marks sorted into the cells of tables and rows of boxes.

In: tables as found by their lines, and marks with those lines taken out. Out: tables with the digits of each cell, and
the marks that lie in none. What looks like a table but has writing across its lines is squared paper, and is let go.
"""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hdr.vision.grid import Cell, Table, Tables
from hdr.vision.segment import Piece, choose_digits, find_marks, join_pieces, tight_piece, usual_height

_SHARED = 0.25
"""A mark with at least this share of its ink in each of two cells is two marks."""
_ACROSS = 0.5
"""Share of marks that lie across lines from which on these are squared paper and no table."""
_TALLEST = 1.1
"""Digits that keep to cells are at most this many times as high."""
_SQUARE = 1.3
"""Cells no wider than this many heights are for single digits, where nearly all hold one."""
_LOWEST = 0.2
"""Digits in a cell are at least this share of its height, or they are what is left of its lines."""


@dataclass(frozen=True, eq=False)
class Filled:
    """A cell and its digits.

    Attributes:
        cell: The cell.
        pieces: From left to right; none in an empty cell.
    """

    cell: Cell
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, eq=False)
class FilledTable:
    """A table with what is written in it.

    Attributes:
        rows: From top to bottom, cells from left to right.
        height: Usual height of its digits, pixels; 0 where all cells are empty.
    """

    rows: tuple[tuple[Filled, ...], ...]
    height: float


def fill_cells(found: Tables, mask: NDArray[np.bool_], stroke: float) -> tuple[list[FilledTable], list[Piece]]:
    """Sort a page's marks into the cells of its tables.

    Args:
        found: The tables.
        mask: bool (H, W), ink without rules.
        stroke: Usual width of a stroke, pixels.

    Returns:
        Tables with their digits, and the marks that lie in no table.

    Raises:
        ImageContentError: There are far more marks than a page of digits has.
    """
    marks = find_marks(mask, stroke)
    homes = [_home(mark, found.labels) for mark in marks]
    filled = []
    for table in found.tables:
        labels = {cell.label for cell in table.cells}
        inside = [i for i, home in enumerate(homes) if home and home[0][0] in labels]
        one = _fill(table, [part for i in inside for part in _parts(marks[i], homes[i], found.labels)])
        if sum(len(row) for row in one.rows) > 1 and _is_table(table, [(marks[i], homes[i]) for i in inside]):
            filled.append(one)
            taken = set(inside)
            marks = [mark for i, mark in enumerate(marks) if i not in taken]
            homes = [home for i, home in enumerate(homes) if i not in taken]
    return filled, marks


Home = list[tuple[int, float]]


def _home(mark: Piece, labels: NDArray[np.int32]) -> Home:
    """The cells that a mark lies in and the share of its ink in each, the greatest first; none outside tables."""
    x, y, width, height = mark.box
    own = labels[y : y + height, x : x + width][mark.mask]
    values, counts = np.unique(own[own > 0], return_counts=True)
    if counts.sum() < 0.5 * own.size:
        return []
    order = np.argsort(-counts)
    return [(int(values[i]), float(counts[i] / counts.sum())) for i in order]


def _is_table(table: Table, inside: list[tuple[Piece, Home]]) -> bool:
    """Whether the writing keeps to the cells."""
    cell_height = statistics.median(cell.box[3] for cell in table.cells)
    large = [(mark, home) for mark, home in inside if mark.box[3] >= _LOWEST * cell_height]
    if not large:
        return True
    within = [mark for mark, home in large if home[0][1] >= 1 - _SHARED]
    keeps = len(large) - len(within) <= max(1, _ACROSS * len(large))
    return keeps and usual_height(within) <= _TALLEST * cell_height


def _parts(mark: Piece, home: Home, labels: NDArray[np.int32]) -> list[tuple[int, Piece]]:
    """A mark with the cell that it belongs to, or its parts where it joins writing of several cells."""
    shared = [label for label, share in home if share >= _SHARED]
    if len(shared) < 2:
        return [(home[0][0], mark)]
    x, y, width, height = mark.box
    own = labels[y : y + height, x : x + width]
    return [(label, tight_piece(mark.box[:2], mark.mask & (own == label))) for label in shared]


def _fill(table: Table, parts: list[tuple[int, Piece]]) -> FilledTable:
    floor = _LOWEST * statistics.median(cell.box[3] for cell in table.cells)
    height = usual_height([piece for _, piece in parts if piece.box[3] >= floor])
    by_cell: dict[int, list[Piece]] = {}
    for label, piece in parts:
        by_cell.setdefault(label, []).append(piece)
    digits = {label: _digits(own, height, floor) for label, own in by_cell.items()}
    if _is_for_single_digits(table, digits):
        digits = {label: _whole_digit(digits[label], by_cell[label], height) for label in digits}
    rows = [
        [Filled(cell, tuple(sorted(digits.get(cell.label, []), key=lambda piece: piece.box[0]))) for cell in row]
        for row in table.rows
    ]
    return FilledTable(_without_empty_sides(rows), height)


def _digits(marks: list[Piece], height: float, floor: float) -> list[Piece]:
    return [piece for piece in choose_digits(marks, height) if piece.box[3] >= floor]


def are_square(cells: Iterable[Cell]) -> bool:
    """Whether a table's cells, one or more, are no broader than boxes of single digits are."""
    return statistics.median(cell.box[2] / cell.box[3] for cell in cells) <= _SQUARE


def _is_for_single_digits(table: Table, digits: dict[int, list[Piece]]) -> bool:
    """Whether cells are about square and nearly all that are filled hold one piece."""
    counts = [len(own) for own in digits.values() if own]
    return are_square(table.cells) and counts.count(1) >= 0.6 * len(counts)


def _whole_digit(digits: list[Piece], marks: list[Piece], height: float) -> list[Piece]:
    """The only digit of a box with what has broken off it; what is as high as a digit is another one."""
    full = [piece for piece in digits if piece.box[3] >= 0.75 * height]
    if len(full) > 1 or not digits:
        return digits
    body = max(digits, key=lambda piece: piece.box[3])
    for mark in sorted(marks, key=lambda mark: -mark.mask.sum()):
        joined = join_pieces(body, mark)
        _, _, width, total = joined.box
        if mark.box[3] < 0.75 * height and max(mark.box[2:]) >= 0.3 * height and max(width, total) <= 1.4 * height:
            body = joined
    return [body]


def _without_empty_sides(rows: list[list[Filled]]) -> tuple[tuple[Filled, ...], ...]:
    """Leave out rows and columns that no line closes and that nothing is written in."""
    written = {filled.cell.open_side for row in rows for filled in row if filled.pieces}
    kept = [[filled for filled in row if not filled.cell.open_side or filled.cell.open_side in written] for row in rows]
    return tuple(tuple(row) for row in kept if row)
