"""How far rows slope is told by rules, tables and rows of writing, and by nothing shorter."""

import numpy as np
import pytest
from drawn_tables import Form, draw_form, turned

from hdr.vision.image import to_grey
from hdr.vision.ink import find_ink
from hdr.vision.skew import find_skew


def skew(grey: np.ndarray) -> float:
    return find_skew(find_ink(grey).mask)


@pytest.fixture(scope="module")
def page(draw, on_paper):
    ink = np.zeros((420, 760), np.uint8)
    for number, text in enumerate(["314 15", "92653589", "79323"]):
        draw(ink, text, 60, 50 + 110 * number, 60, 5)
    return np.repeat(on_paper(ink)[..., None], 3, axis=2)


@pytest.mark.parametrize("degrees", [-18, -9, -4, 4, 7, 15, 20])
def test_skew_of_writing(page, degrees):
    assert skew(to_grey(turned(page, degrees))) == pytest.approx(degrees, abs=1.5)


@pytest.mark.parametrize("degrees", [-18, -7, -3, 3, 6, 19])
def test_skew_of_a_table(degrees):
    rgb, _ = draw_form(Form())
    assert skew(to_grey(turned(rgb, degrees))) == pytest.approx(degrees, abs=0.6)


@pytest.mark.parametrize("text", ["7", "1", "47", "111", "074"])
@pytest.mark.parametrize("degrees", [-12, 5, 15])
def test_a_short_number_tells_nothing(draw, on_paper, text, degrees):
    page = on_paper(draw((300, 420), text, 60, 90, 110, 9))
    assert skew(to_grey(turned(np.repeat(page[..., None], 3, axis=2), degrees))) == 0.0


def test_a_level_page_has_no_skew(page):
    assert skew(to_grey(page)) == 0.0


@pytest.mark.parametrize("shape", [(8, 8), (1, 200), (300, 500)])
def test_nothing_has_no_skew(shape):
    assert find_skew(np.zeros(shape, bool)) == 0.0
    assert find_skew(np.ones(shape, bool)) == 0.0
