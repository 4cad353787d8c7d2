"""Tables and rows of boxes are found by their lines, whole, faint, broken, leaning or without a frame."""

import cv2
import numpy as np
import pytest
from drawn_tables import Form, as_rgb, draw_form, turned

from hdr.vision.grid import find_tables
from hdr.vision.image import to_grey
from hdr.vision.ink import find_ink


def shapes(rgb: np.ndarray) -> list[list[int]]:
    """For every table, the number of cells in each row."""
    ink = find_ink(to_grey(rgb))
    return [[len(row) for row in table.rows] for table in find_tables(ink.mask, ink.traces, ink.stroke).tables]


FORMS = {
    "plain": Form(),
    "3 x 3": Form(rows=3, columns=3),
    "20 x 10": Form(rows=20, columns=10, wide=60, high=34, height=18, rule=1),
    "thin": Form(rule=1),
    "thick": Form(rule=5),
    "faint": Form(rule=1, colour=195),
    "very faint": Form(rule=2, colour=212),
    "no frame": Form(frame=False),
    "broken": Form(broken=True),
    "empty": Form(filled=0.0),
    "full": Form(filled=1.0),
    "one column": Form(rows=6, columns=1),
    "boxes": Form(rows=1, columns=9, wide=46, high=52, digits=1, height=34),
    "boxes, digits over the lines": Form(rows=1, columns=9, wide=46, high=52, digits=1, height=46, shift=5),
    "low cells": Form(high=32, height=26, filled=0.9),
}


@pytest.mark.parametrize("name", FORMS)
def test_all_rows_and_columns_are_found(name):
    form = FORMS[name]
    rgb, _ = draw_form(form)
    assert shapes(rgb) == [[form.columns] * form.rows]


@pytest.mark.parametrize("degrees", [-3, -1, 1, 3])
def test_lines_may_lean(degrees):
    rgb, _ = draw_form(Form())
    assert shapes(turned(rgb, degrees)) == [[4] * 5]


@pytest.mark.parametrize("lean", [-0.16, -0.1, 0.1, 0.16])
def test_sides_of_boxes_may_lean_more(lean):
    page = np.full((200, 760), 235.0)
    tops = [(60 + 70 * index, 60) for index in range(9)]
    feet = [(round(x + lean * 80 * (1 - index / 4)), 140) for index, (x, _) in enumerate(tops)]
    for top, foot in zip(tops, feet, strict=True):
        cv2.line(page, top, foot, 60, 2)
    cv2.line(page, tops[0], tops[-1], 60, 2)
    cv2.line(page, feet[0], feet[-1], 60, 2)
    assert shapes(as_rgb(page)) == [[8]]


@pytest.mark.parametrize("bend", [-14, 14])
def test_paper_may_be_bent(bend):
    rgb, _ = draw_form(Form(columns=6, wide=110))
    height, width = rgb.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    moved = (y + bend * np.sin(x / width * 4.7)).astype(np.float32)
    bent = cv2.remap(rgb, x, moved, cv2.INTER_LINEAR, borderValue=(235,) * 3)
    assert shapes(bent) == [[6] * 5]


@pytest.mark.parametrize("slope", [0.0, 0.04])
def test_a_row_that_is_cut_out_of_a_table(slope):
    """The picture ends within the row above, higher or lower on its right."""
    page = np.full((260, 900), 235.0)
    for index in range(12):
        cv2.line(page, (30 + 75 * index, round(10 + slope * 75 * index)), (30 + 75 * index, 190), 60, 2)
    for y in (110, 190):
        cv2.line(page, (30, y), (30 + 75 * 11, y), 60, 2)
    assert shapes(as_rgb(page)) == [[11]]


@pytest.mark.parametrize("gap", [4, 14, 40])
def test_boxes_that_stand_apart_are_one_row(gap):
    page = np.full((130, 620), 235.0)
    for index in range(6):
        x = 30 + index * (50 + gap)
        cv2.rectangle(page, (x, 35), (x + 50, 95), 60, 2)
    assert shapes(as_rgb(page)) == [[6]]


@pytest.mark.parametrize("gap", [12, 20, 28, 34, 44])
@pytest.mark.parametrize("lean", [0.17, -0.12, 0.08])
def test_sides_of_boxes_that_stand_apart_may_lean(gap, lean):
    """As on a photo at an angle: all to one side, or less and less from the left to the right."""
    for fading in (0.0, 0.13):
        page = np.full((180, 1400), 235.0)
        for index in range(11):
            x, shift = 60 + index * (75 + gap), round(75 * lean * (1 - fading * index))
            corners = np.array([[x, 50], [x + 75, 50], [x + 75 + shift, 125], [x + shift, 125]])
            cv2.polylines(page, [corners], True, 60, 3)
        assert shapes(as_rgb(page)) == [[11]]


@pytest.mark.parametrize("gap", [6, 10])
def test_dashes_that_all_but_touch_make_boxes(gap):
    page = np.full((240, 620), 235.0)
    for x in range(60, 561, 100):
        for y in range(70, 170, 12 + gap):
            cv2.line(page, (x, y), (x, min(170, y + 12)), 60, 7, cv2.LINE_AA)
    for y in (70, 170):
        for x in range(60, 560, 12 + gap):
            cv2.line(page, (x, y), (min(560, x + 12), y), 60, 7, cv2.LINE_AA)
    for x in range(110, 560, 100):
        cv2.ellipse(page, (x, 120), (20, 30), 0, 0, 360, 40, 6, cv2.LINE_AA)
    assert shapes(as_rgb(page)) == [[5]]


def test_cells_lie_where_they_were_drawn():
    form = Form(rows=3, columns=3)
    rgb, _ = draw_form(form)
    ink = find_ink(to_grey(rgb))
    found = find_tables(ink.mask, ink.traces, ink.stroke)
    for row, line in enumerate(found.tables[0].rows):
        for column, cell in enumerate(line):
            wanted = (form.margin + column * form.wide, form.margin + row * form.high, form.wide, form.high)
            np.testing.assert_allclose(cell.box, wanted, atol=5)
            assert (found.labels == cell.label).sum() > 0.85 * form.wide * form.high


def blank(_: np.ndarray) -> None:
    pass


def box(page: np.ndarray) -> None:
    cv2.rectangle(page, (40, 60), (560, 180), 60, 3)


def notebook(page: np.ndarray) -> None:
    for y in range(30, 300, 40):
        cv2.line(page, (0, y), (600, y), 120, 2)
    cv2.line(page, (80, 0), (80, 300), 90, 2)


def squared(page: np.ndarray) -> None:
    for at in range(10, 600, 24):
        cv2.line(page, (0, at), (600, at), 170, 1)
        cv2.line(page, (at, 0), (at, 300), 170, 1)


def ladders(page: np.ndarray) -> None:
    """Uprights that short rungs join, none of them a line of a table."""
    for index, x in enumerate(range(75, 525, 50)):
        cv2.line(page, (x, 20), (x, 280), 60, 2)
        for y in (60, 130, 200):
            if x < 475:
                cv2.line(page, (x, y + 15 * (index % 3)), (x + 50, y + 15 * (index % 3)), 60, 2)


@pytest.mark.parametrize("draw_lines", [blank, box, notebook, squared, ladders])
def test_what_is_no_table(draw_lines):
    """A box round a whole number, a notebook with a margin, squared paper."""
    page = np.full((300, 600), 235.0)
    draw_lines(page)
    assert shapes(as_rgb(page)) == []


@pytest.mark.parametrize("text", ["7777777", "1111", "4747", "0808"])
@pytest.mark.parametrize("rules", [[], [44, 156]])
def test_digits_are_no_table(draw, on_paper, text, rules):
    ink = draw((200, 760), text, 60, 50, 90, 6)
    for y in rules:
        cv2.line(ink, (0, y), (760, y), 255, 2)
    assert shapes(as_rgb(on_paper(ink).astype(float))) == []
