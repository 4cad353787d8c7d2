"""Print told from writing by its colour, on forms drawn in two inks."""

import cv2
import numpy as np
import pytest

from hdr.data.pen import digit_strokes, draw_strokes
from hdr.vision.layout import find_digits

BLACK, BLUE, RED = (45, 45, 50), (60, 70, 190), (190, 60, 60)
H, W, LEFT, TOP, SIDE = 260, 760, 130, 60, 60


def draw_form(lines, cells, beside, text="123456789"):
    """A row of nine boxes with a digit in each, and two more below; the colours of the cells from left to right."""
    rules, written, others = (np.zeros((H, W), np.uint8) for _ in range(3))
    for i in range(9):
        cv2.rectangle(rules, (LEFT + i * SIDE, TOP), (LEFT + (i + 1) * SIDE, TOP + SIDE), 255, 2)
    for i, digit in enumerate(text):
        draw_strokes(written, digit_strokes(int(digit), LEFT + i * SIDE + 20, TOP + 13, 34), 4)
    for i, digit in enumerate("47"):
        draw_strokes(others, digit_strokes(int(digit), LEFT + 60 * i, TOP + 110, 44), 5)
    page = 225.0 + np.random.default_rng(5).normal(0, 2, (H, W, 1)) + np.zeros(3)
    for ink, colours in ((rules, [lines]), (written, cells), (others, [beside])):
        share = ink[..., None] / 255.0
        for colour, part in zip(colours, np.array_split(np.arange(W), len(colours)), strict=True):
            page[:, part] += (np.array(colour) - page[:, part]) * share[:, part]
    return np.clip(page, 0, 255).astype(np.uint8)


def count(layout):
    """Digits in each row."""
    return [sum(len(group.glyphs) for group in line.groups) for line in layout.rows]


@pytest.mark.parametrize(
    ("lines", "cells", "beside", "kept"),
    [
        (BLACK, [BLUE], BLACK, [9]),
        (BLACK, [RED], BLACK, [9]),
        (RED, [BLACK], RED, [9]),
        (BLACK, [BLUE], BLUE, [9, 2]),
        (BLACK, [BLACK], BLACK, [9, 2]),
        (BLACK, [BLACK], BLUE, [9, 2]),
        (BLUE, [BLUE], BLACK, [9, 2]),
        (BLACK, [BLUE, BLACK], BLACK, [9, 2]),
    ],
)
@pytest.mark.parametrize("quality", [95, 30])
def test_print_is_what_has_the_colour_of_the_lines_and_not_of_the_pen(lines, cells, beside, kept, quality):
    page = draw_form(lines, cells, beside)
    jpeg = cv2.imencode(".jpg", page[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    assert count(find_digits(np.ascontiguousarray(cv2.imdecode(jpeg, 1)[..., ::-1]))) == kept


def test_a_stage_shows_that_print_was_removed():
    layout = find_digits(draw_form(BLACK, [BLUE], BLACK))
    strokes, writing = layout.stages[-2:]
    assert (strokes.name, writing.name) == ("Strokes", "Writing")
    assert strokes.picture[TOP + 110 :].any()
    assert not writing.picture[TOP + 100 :].any()
    assert find_digits(draw_form(BLACK, [BLUE], BLUE)).stages[-1].name == "Strokes"


def test_two_filled_cells_do_not_tell_the_pen():
    assert count(find_digits(draw_form(BLACK, [BLUE], BLACK, text="12"))) == [2, 2]
