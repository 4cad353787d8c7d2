"""What is written in which cell, through the whole way from the picture."""

import cv2
import numpy as np
import pytest
from drawn_tables import Form, as_rgb, draw_form, photographed, turned

from hdr.vision.layout import find_digits


def table(rgb: np.ndarray, **how: int) -> list[list[int]]:
    """The number of glyphs in each cell of the ruled rows."""
    layout = find_digits(rgb, **how)
    return [[len(group.glyphs) for group in line.groups] for line in layout.rows if line.ruled]


def counts(texts: list[list[str]]) -> list[list[int]]:
    return [[len(text) for text in line] for line in texts]


FORMS = {
    "plain": Form(),
    "no frame": Form(frame=False, filled=1.0),
    "sparse": Form(filled=0.2),
    "empty": Form(filled=0.0),
    "faint": Form(rule=1, colour=195),
    "boxes": Form(rows=1, columns=9, wide=46, high=52, digits=1, height=34, margin=25),
    "digits over the lines": Form(digits=1, shift=12),
    "digits under the lines": Form(digits=1, shift=-12),
}


@pytest.mark.parametrize("name", FORMS)
def test_digits_lie_in_their_cells_and_empty_ones_are_kept(name):
    rgb, texts = draw_form(FORMS[name], seed=4)
    assert table(rgb) == counts(texts)
    assert all(line.ruled for line in find_digits(rgb).rows)


@pytest.mark.parametrize("degrees", [-15, -6, 3, 10])
def test_a_turned_table(degrees):
    rgb, texts = draw_form(Form(), seed=1)
    assert table(turned(rgb, degrees)) == counts(texts)


@pytest.mark.parametrize(("tilt", "degrees"), [(10, 0), (25, 6), (25, -8)])
def test_a_photographed_table(tilt, degrees):
    rgb, texts = draw_form(Form(margin=70), seed=1)
    photo, way = photographed(rgb, tilt, degrees)
    layout = find_digits(photo)
    assert [[len(group.glyphs) for group in line.groups] for line in layout.rows] == counts(texts)
    assert "Flattened" in [stage.name for stage in layout.stages]
    first = np.array([[[70, 70], [160, 70], [160, 116], [70, 116]]], float)
    left, top, width, height = cv2.boundingRect(cv2.perspectiveTransform(first, way).astype(np.float32))
    np.testing.assert_allclose(layout.rows[0].groups[0].box, (left, top, width, height), atol=12)


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_a_page_turned_by_quarters(quarter):
    rgb, texts = draw_form(Form(), seed=2)
    lying = np.ascontiguousarray(np.rot90(rgb, -quarter))
    assert table(lying, quarter=quarter) == counts(texts)
    upright, back = find_digits(rgb), find_digits(lying, quarter=quarter)
    x, y, width, height = upright.rows[1].groups[2].box
    marked = np.zeros(rgb.shape[:2], np.uint8)
    marked[y : y + height, x : x + width] = 1
    wanted = cv2.boundingRect(np.ascontiguousarray(np.rot90(marked, -quarter)))
    np.testing.assert_allclose(back.rows[1].groups[2].box, wanted, atol=2)


def test_rows_of_single_boxes_need_no_strip_and_wide_cells_do():
    boxes, _ = draw_form(FORMS["boxes"], seed=4)
    wide, _ = draw_form(Form(), seed=4)
    assert all(group.strip is None for line in find_digits(boxes).rows for group in line.groups)
    for line in find_digits(wide).rows:
        assert all((group.strip is None) == (not group.glyphs) for group in line.groups)


def test_a_box_with_a_cross_has_a_strip(draw):
    """It may be cut into two digits; whether it is any, the string net is to say."""
    ink = np.zeros((110, 330), np.uint8)
    for index, digit in enumerate("2104"):
        draw(ink, digit, 28 + 60 * index, 30, 44, 4)
    for across in ((262, 306), (306, 262)):
        cv2.line(ink, (across[0], 32), (across[1], 76), 255, 4)
    for x in range(15, 330, 60):
        cv2.line(ink, (x, 22), (x, 86), 255, 2)
    for y in (22, 86):
        cv2.line(ink, (15, y), (315, y), 255, 2)
    (row,) = find_digits(as_rgb(235.0 - ink / 255.0 * 190)).rows
    assert [group.strip is not None for group in row.groups] == [False, False, False, False, True]


def test_a_digit_broken_in_two_is_one_glyph_of_its_box(draw):
    ink = np.zeros((110, 330), np.uint8)
    for index, digit in enumerate("21047"):
        draw(ink, digit, 28 + 60 * index, 30, 44, 4)
    ink[:, 28 + 180 + 17 : 28 + 180 + 21] = 0
    for x in range(15, 330, 60):
        cv2.line(ink, (x, 22), (x, 86), 255, 2)
    for y in (22, 86):
        cv2.line(ink, (15, y), (315, y), 255, 2)
    assert table(as_rgb(235.0 - ink / 255.0 * 190)) == [[1] * 5]


@pytest.mark.parametrize("pitch", [24, 40])
@pytest.mark.parametrize("colour", [90, 170])
def test_squared_paper_is_no_table(draw, on_paper, pitch, colour):
    squares = np.zeros((400, 700), np.uint8)
    for at in range(9, 700, pitch):
        cv2.line(squares, (0, at), (700, at), 255, 1)
        cv2.line(squares, (at, 0), (at, 400), 255, 1)
    ink = draw((400, 700), "314159", 60, 60, 70, 6)
    draw(ink, "27182", 60, 210, 70, 6)
    page = np.minimum(on_paper(ink), on_paper(squares, 235, colour))
    assert not any(line.ruled for line in find_digits(as_rgb(page.astype(float))).rows)
