"""The way of a picture through the vision code: whole page, drawing or single digit -> patches in reading order.

Calls the other modules of this folder in turn and keeps each step's picture, so that a page can show it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.results import RGB, Box, Glyph, Grey, Group, Layout, Line, Mask, Patch, Span, Stage
from hdr.vision.cells import Filled, FilledTable, are_square, fill_cells
from hdr.vision.colour import find_print
from hdr.vision.grid import Tables, find_tables
from hdr.vision.image import to_grey
from hdr.vision.ink import Ink, find_ink, least_of_pen, rotated_ink
from hdr.vision.normalise import ink_box, normalise_digit, normalise_steps, stroke_width
from hdr.vision.rules import remove_rules
from hdr.vision.segment import Piece, arrange, choose_digits, find_marks, usual_height
from hdr.vision.skew import find_skew
from hdr.vision.snippet import group_strip, single_line_strip
from hdr.vision.split import Stretch, split_piece
from hdr.vision.stacked import part_rows
from hdr.vision.views import View, flat_view, turned_view, whole_view, working_view

_SMALLER = 0.4
"""What is written beside a table is at least this share of the height of its digits, or it is left of its lines."""

_ROWS, _IN_A_ROW = 5, 3
"""So many rows of so many marks are a page, even where they touch one another."""


@dataclass(frozen=True, eq=False)
class _Scene:
    """What a page's pieces are cut from.

    Attributes:
        view: The picture looked at.
        grey: uint8 (H, W), its brightness.
        strength: uint8 (H, W), its ink.
        light_on_dark: Whether ink is lighter than paper.
        drawn: Whether it is a drawing.
    """

    view: View
    grey: Grey
    strength: Grey
    light_on_dark: bool
    drawn: bool = False


def find_digits(rgb: RGB, *, quarter: int = 0) -> Layout:
    """Find the digits on a photo or scan.

    Args:
        rgb: uint8 (H, W, 3), upright, as `decode_image` gives it.
        quarter: Look at it turned by this many quarters of a circle against the clock; boxes are still given on the
            picture as it came.

    Returns:
        Rows in reading order, and the picture after every step.

    Raises:
        ImageContentError: There are far more marks than a page of digits has.
    """
    whole = whole_view(rgb, quarter)
    came = working_view(whole)
    flat = flat_view(whole, came)
    seen = came if flat is None else working_view(flat)
    ink = find_ink(to_grey(seen.picture))
    line_strip = single_line_strip(to_grey(seen.picture), light_on_dark=ink.light_on_dark)
    view, ink = _levelled(seen, ink)
    grey = to_grey(view.picture)
    ink, tables = _off_squares(grey, ink, find_tables(ink.mask, ink.traces, ink.stroke))
    mask = remove_rules(ink.mask, ink.stroke, (tables.across, tables.upright))
    filled, free = fill_cells(tables, mask, ink.stroke)
    free, printed = _parted(free, filled, view.picture, ink, (tables.across | tables.upright).astype(bool))
    scene = _Scene(view, grey, ink.strength, ink.light_on_dark)
    stages = (*_first_stages(came, seen, view), *_stages(grey, ink, mask, printed))
    if line_strip is not None and not (filled or tables.squared or _is_page(free)):
        return Layout(view.size, stages, (_whole_line(free, scene, line_strip),))
    least = _SMALLER * max((table.height for table in filled), default=0.0)
    lines = _free_lines([mark for mark in free if mark.box[3] >= least], scene)
    lines += [line for table in filled for line in _table_lines(table, scene)]
    return Layout(view.size, stages, tuple(line for _, line in sorted(lines, key=lambda pair: pair[0])))


def find_drawn(rgb: RGB) -> Layout:
    """Find the digits on a drawing: dark strokes on a white canvas, without shadow or rules.

    A group has a strip where one of its marks may be several digits. What cannot be cut is read by the digit nets
    alone, at once.

    Args:
        rgb: uint8 (H, W, 3), as `decode_image` gives it.
    """
    grey = to_grey(rgb)
    strength = 255 - grey
    mask = strength > 100
    marks = find_marks(mask, max(1.0, stroke_width(mask)))
    stages = (Stage("Drawing", "As it came from the canvas.", rgb), Stage("Ink", "Strokes white on black.", strength))
    view = whole_view(rgb)
    lines = _free_lines(marks, _Scene(view, grey, strength, light_on_dark=False, drawn=True))
    return Layout(view.size, stages, tuple(line for _, line in lines))


def digit_stages(patch: Patch) -> tuple[Stage, ...]:
    """The steps that take one digit's ink into the frame of MNIST."""
    cut, fitted, centred = normalise_steps(patch.ink)
    return (
        Stage("Cut out", "This digit's ink alone.", cut),
        Stage("20 × 20", "Made to fit, in its own proportions.", fitted),
        Stage("28 × 28", "Centred by its mass: what the nets see.", centred),
    )


def single_digit(rgb: RGB) -> Patch:
    """A picture of one digit -> its patch; all ink is taken to be that digit, a blank picture gives a black patch."""
    view = working_view(whole_view(rgb))
    found = find_ink(to_grey(view.picture))
    ink = np.where(_grow(remove_rules(found.mask, found.stroke)), found.strength, 0).astype(np.uint8)
    box = ink_box(ink) or (0, 0, ink.shape[1], ink.shape[0])
    return Patch(view.original_box(box), ink, normalise_digit(ink))


def _levelled(view: View, ink: Ink) -> tuple[View, Ink]:
    """A picture and its ink turned so that rows and rules run level, where they clearly do not."""
    skew = find_skew(ink.mask)
    if skew == 0.0:
        return view, ink
    turned, matrix = turned_view(view, -skew)
    return turned, rotated_ink(ink, matrix, (turned.picture.shape[1], turned.picture.shape[0]))


def _off_squares(grey: Grey, ink: Ink, tables: Tables) -> tuple[Ink, Tables]:
    """Without the squares of the paper, where they are clearly paler than the pen."""
    least = least_of_pen(grey, ink, (tables.across | tables.upright).astype(bool)) if tables.squared else None
    if least is None:
        return ink, tables
    pen = find_ink(grey, least)
    if not pen.mask.any():
        return ink, tables
    return pen, replace(find_tables(pen.mask, pen.mask, pen.stroke), squared=True)


def _first_stages(came: View, seen: View, view: View) -> list[Stage]:
    """What was done to the picture before its ink was looked at; at least the picture itself."""
    stages = [Stage("Picture", "As it came, turned upright.", came.picture)]
    if seen is not came:
        stages.append(Stage("Flattened", "The sheet cut out and seen from straight above.", seen.picture))
    if view is not seen:
        stages.append(Stage("Straightened", "Turned so that rows and rules run level.", view.picture))
    return stages


def _parted(
    free: list[Piece], filled: list[FilledTable], rgb: RGB, ink: Ink, lines: Mask
) -> tuple[list[Piece], list[Piece]]:
    """What is written beside the tables, and what is printed there."""
    written = [piece for table in filled for row in table.rows for one in row for piece in one.pieces]
    printed = find_print(rgb, ink, lines, written, free)
    return (
        [mark for mark, is_print in zip(free, printed, strict=True) if not is_print],
        [mark for mark, is_print in zip(free, printed, strict=True) if is_print],
    )


def _stages(grey: Grey, ink: Ink, mask: Mask, printed: list[Piece]) -> list[Stage]:
    stages = [
        Stage("Grey", "Brightness alone; colour is no help in reading.", grey),
        Stage("Paper", "The bare paper with its shadows, as estimated from the surroundings.", ink.paper),
        Stage("Ink", "What is darker than the paper, shadow and colour taken away, white on black.", ink.strength),
        Stage("Strokes", "Ruled lines and boxes removed.", mask.astype(np.uint8) * 255),
    ]
    if printed:
        left = stages[-1].picture.copy()
        for (x, y, width, height), own in ((mark.box, mark.mask) for mark in printed):
            left[y : y + height, x : x + width][own] = 0
        stages.append(Stage("Writing", "Print removed: it has the colour of the form's lines, not of the pen.", left))
    return stages


def _free_lines(marks: list[Piece], scene: _Scene) -> list[tuple[float, Line]]:
    """Rows of what is written outside tables, each with the height at which it stands."""
    digit_height = usual_height(marks)
    pieces = choose_digits(part_rows(marks, digit_height), digit_height)
    boxes = [piece.box for piece in pieces]
    glyphs = [_glyph(piece, scene, digit_height) for piece in pieces]
    lines = []
    for row in arrange(boxes):
        height = float(np.median([boxes[i][3] for group in row for i in group]))
        groups = tuple(_group([glyphs[i] for i in group], [boxes[i] for i in group], height, scene) for group in row)
        lines.append((float(np.mean([boxes[i][1] + boxes[i][3] / 2 for group in row for i in group])), Line(groups)))
    return lines


def _is_page(marks: list[Piece]) -> bool:
    """Whether marks stand in more rows than what is left of a single line's security print ever does."""
    boxes = [piece.box for piece in choose_digits(marks, usual_height(marks))]
    return sum(sum(len(group) for group in row) >= _IN_A_ROW for row in arrange(boxes)) >= _ROWS


def _whole_line(marks: list[Piece], scene: _Scene, strip: Grey) -> Line:
    """All that is written on a picture of a single line, as one group; its strip is the whole picture."""
    digit_height = usual_height(marks)
    glyphs = tuple(
        _glyph(piece, scene, digit_height)
        for piece in sorted(choose_digits(marks, digit_height), key=lambda piece: piece.box[0] + piece.box[2] / 2)
    )
    return Line((Group((0, 0, *scene.view.size), glyphs, strip, whole=True),))


def _table_lines(table: FilledTable, scene: _Scene) -> list[tuple[float, Line]]:
    """Rows of a table, each with the height at which it stands."""
    boxes = _is_boxes(table)
    return [
        (
            float(np.mean([filled.cell.box[1] + filled.cell.box[3] / 2 for filled in row])),
            Line(tuple(_cell_group(filled, table.height, scene, single=boxes) for filled in row), ruled=True),
        )
        for row in table.rows
    ]


def _is_boxes(table: FilledTable) -> bool:
    """Whether every cell is for a single digit."""
    filled = [filled for row in table.rows for filled in row]
    return are_square(one.cell for one in filled) and all(len(one.pieces) <= 1 for one in filled)


def _cell_group(filled: Filled, digit_height: float, scene: _Scene, *, single: bool) -> Group:
    order = [i for row in arrange([piece.box for piece in filled.pieces]) for group in row for i in group]
    pieces = [filled.pieces[i] for i in order]
    glyphs = tuple(_glyph(piece, scene, digit_height) for piece in pieces)
    asked = _may_be_several(glyphs) if single else bool(pieces)
    shown = _strip([piece.box for piece in pieces], digit_height, scene) if asked else (None, None)
    return Group(scene.view.original_box(filled.cell.box), glyphs, *shown)


def _may_be_several(glyphs: Sequence[Glyph]) -> bool:
    """Whether one of the marks can be cut: if it is a digit, several or a cross is for the string net to say."""
    return any(len(glyph.spans) > 1 for glyph in glyphs)


def _strip(boxes: list[Box], digit_height: float, scene: _Scene) -> tuple[Grey, Box]:
    """The strip of a group, and where it lies on the original picture."""
    strip, reach = group_strip(scene.grey, boxes, digit_height, light_on_dark=scene.light_on_dark)
    return strip, scene.view.original_box(reach)


def _group(glyphs: list[Glyph], boxes: list[Box], digit_height: float, scene: _Scene) -> Group:
    placed = [glyph.whole.box for glyph in glyphs]
    left, top = min(x for x, _, _, _ in placed), min(y for _, y, _, _ in placed)
    right, bottom = max(x + width for x, _, width, _ in placed), max(y + height for _, y, _, height in placed)
    asked = not scene.drawn or _may_be_several(glyphs)
    shown = _strip(boxes, digit_height, scene) if asked else (None, None)
    return Group((left, top, right - left, bottom - top), tuple(glyphs), *shown)


def _glyph(piece: Piece, scene: _Scene, digit_height: float) -> Glyph:
    stretches = split_piece(piece, digit_height) or [Stretch(0, 1, piece, 0.0)]
    return Glyph(tuple(Span(part.start, part.end, _patch(part.piece, scene), part.oddness) for part in stretches))


def _patch(piece: Piece, scene: _Scene) -> Patch:
    """Cut a piece out with the grey edge of its strokes and fit it into 28 x 28."""
    x, y, width, height = piece.box
    margin = 3
    left, top = max(0, x - margin), max(0, y - margin)
    crop = scene.strength[top : y + height + margin, left : x + width + margin]
    own = np.zeros(crop.shape, bool)
    own[y - top : y - top + height, x - left : x - left + width] = piece.mask
    ink = np.where(_grow(own), crop, 0).astype(np.uint8)
    return Patch(scene.view.original_box(piece.box), ink, normalise_digit(ink))


def _grow(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
