"""Which quarter turns are worth trying for a page."""

import numpy as np
import pytest
from drawn_tables import Form, as_rgb, draw_form

from hdr.results import Box, Glyph, Group, Layout, Line, Patch, Span
from hdr.vision.layout import find_digits
from hdr.vision.turn import has_upright_rule, quarter_turns


@pytest.fixture(scope="module")
def page(draw, on_paper):
    ink = np.zeros((420, 760), np.uint8)
    for number, text in enumerate(["314159", "2653", "9793"]):
        draw(ink, text, 60, 50 + 110 * number, 60, 5)
    return as_rgb(on_paper(ink).astype(float))


@pytest.mark.parametrize("quarter", [0, 2])
def test_level_rows_need_no_turn(page, quarter):
    layout = find_digits(np.ascontiguousarray(np.rot90(page, quarter)))
    assert quarter_turns(layout) == (0,)
    assert quarter_turns(layout) != (1, 3)


@pytest.mark.parametrize("quarter", [1, 3])
def test_rows_that_run_up_or_down_are_tried_both_ways(page, quarter):
    layout = find_digits(np.ascontiguousarray(np.rot90(page, quarter)))
    assert quarter_turns(layout) == (1, 3)
    assert quarter_turns(layout) == (1, 3)


def test_a_table_on_its_side():
    rgb, _ = draw_form(Form(filled=1.0))
    assert quarter_turns(find_digits(rgb)) == (0,)
    assert quarter_turns(find_digits(np.ascontiguousarray(np.rot90(rgb)))) == (1, 3)


@pytest.mark.parametrize("text", ["", "7", "47"])
def test_few_digits_tell_nothing(draw, on_paper, text):
    layout = find_digits(as_rgb(on_paper(draw((300, 300), text, 60, 90, 90, 8)).astype(float)))
    assert quarter_turns(layout) == (0, 1, 3)
    assert quarter_turns(layout) != (1, 3)


def test_a_page_without_rows():
    assert quarter_turns(Layout((10, 10), (), ())) == (0, 1, 3)


def layout_of(*boxes: Box) -> Layout:
    """A picture of 400 x 600 with marks in so many boxes."""
    blank = np.zeros((28, 28), np.uint8)
    glyphs = [Glyph((Span(0, 1, Patch(box, blank, blank), 0.0),)) for box in boxes]
    return Layout((400, 600), (), tuple(Line((Group(glyph.whole.box, (glyph,)),)) for glyph in glyphs))


@pytest.mark.parametrize(
    ("boxes", "tied"),
    [
        ([(100, 0, 60, 400), (300, 250, 10, 60)], True),
        ([(100, 200, 60, 400)], True),
        ([(100, 0, 60, 140)], False),
        ([(100, 0, 220, 600)], False),
        ([(100, 60, 40, 480)], False),
        ([], False),
    ],
)
def test_a_long_mark_that_runs_off_the_picture_ties_rows_together(boxes, tied):
    assert has_upright_rule(layout_of(*boxes)) is tied
