"""The strips that the string net is shown: margins, slopes, and pictures of a single line."""

import numpy as np
import pytest
from drawn_tables import as_rgb, turned

from hdr.vision.layout import find_digits
from hdr.vision.snippet import group_strip, single_line_strip
from hdr.vision.strip import BROADENED


def filled(strip: np.ndarray) -> tuple[int, int]:
    """First and last row of a strip with ink."""
    rows = np.flatnonzero((strip > 128).any(axis=1))
    return int(rows[0]), int(rows[-1])


@pytest.mark.parametrize("height", [20, 48, 110])
def test_digits_fill_most_of_a_strip(draw, on_paper, height):
    grey = on_paper(draw((300, 900), "27186", 120, 90, height, max(2, height // 12)))
    boxes = [(round(120 + 0.9 * height * i), 90, round(0.6 * height), height) for i in range(5)]
    strip, (x, y, width, high) = group_strip(grey, boxes, height, light_on_dark=False)
    top, bottom = filled(strip)
    assert 18 <= bottom - top <= 28
    assert 2 <= top <= 7
    assert (x, y) == (round(120 - 0.3 * height), round(90 - 0.22 * height))
    assert (width, high) == pytest.approx((4.2 * height + 0.6 * height, 1.44 * height), abs=3)


@pytest.mark.parametrize("slope", [-0.25, -0.1, 0.12, 0.3])
def test_a_sloping_row_is_followed(draw, on_paper, slope):
    grey = on_paper(draw((420, 700), "2718628", 60, 180, 50, 5, slope=slope))
    boxes = [(round(60 + 45 * i), round(180 + slope * 45 * i), 30, 50) for i in range(7)]
    strip, reach = group_strip(grey, boxes, 50, light_on_dark=False)
    for part in np.array_split(strip[:, 8:-8], 5, axis=1):
        top, bottom = filled(part)
        assert top <= 11
        assert bottom >= 20
    assert reach[3] > 70


def test_a_group_at_the_border_of_the_picture(draw, on_paper):
    grey = on_paper(draw((60, 120), "17", 4, 2, 56, 5))
    strip, reach = group_strip(grey, [(4, 2, 30, 56), (56, 2, 34, 56)], 56, light_on_dark=False)
    assert strip.shape[0] == 32
    assert reach[:2] == (0, 0)
    assert reach[1] + reach[3] <= 60


def security_print(shape: tuple[int, int]) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]]
    return 190 + 22 * np.sin(x / 2.1 + 3 * np.sin(y / 9)) + 14 * np.sin(y / 1.7 + x / 15)


@pytest.mark.parametrize("pen", [3, 6])
@pytest.mark.parametrize("text", ["1905", "25 000", "77"])
def test_an_amount_on_security_print_is_a_single_line(draw, text, pen):
    ink = draw((64, 40 + 38 * len(text)), text, 14, 12, 40, pen) / 255.0
    page = security_print(ink.shape) * (1 - ink) + 50 * ink
    layout = find_digits(as_rgb(page))
    assert [len(line.groups) for line in layout.rows] == [1]
    group = layout.rows[0].groups[0]
    assert group.box == (0, 0, ink.shape[1], 64)
    assert group.strip.shape == (32, pytest.approx(BROADENED * ink.shape[1] / 2, abs=2))


def two_rows(draw):
    ink = draw((200, 320), "2718", 20, 10, 80, 7)
    return draw(ink, "314", 20, 108, 80, 7)


def rows_beside_a_smudge(draw):
    ink = draw((420, 760), "1", 700, 40, 330, 9)
    for number in range(4):
        draw(ink, "31415926", 40, 20 + 100 * number, 60, 6)
    return ink


CROPS = {
    "rows beside a smudge": rows_beside_a_smudge,
    "a digit in a frame as large as the picture": lambda draw: np.pad(
        draw((100, 200), "3", 90, 30, 30, 4), 4, constant_values=255
    ),
    "two rows": two_rows,
    "small digits": lambda draw: draw((300, 700), "271862", 60, 120, 50, 5),
    "a single digit": lambda draw: draw((120, 100), "7", 20, 15, 90, 8),
    "nothing": lambda _: np.zeros((60, 200), np.uint8),
    "a bar": lambda _: np.pad(np.full((100, 12), 255, np.uint8), ((0, 0), (30, 200))),
}


@pytest.mark.parametrize("name", CROPS)
def test_what_is_no_single_line(draw, on_paper, name):
    assert single_line_strip(on_paper(CROPS[name](draw)), light_on_dark=False) is None


def test_a_turned_page_is_straightened_and_its_boxes_lie_on_the_picture_as_it_came(draw, on_paper):
    ink = np.zeros((420, 760), np.uint8)
    for number, text in enumerate(["31415926", "265358", "97932384"]):
        draw(ink, text, 60, 50 + 110 * number, 60, 6)
    page = turned(as_rgb(on_paper(ink).astype(float)), 14)
    layout = find_digits(page)
    assert [len(group.glyphs) for line in layout.rows for group in line.groups] == [8, 6, 8]
    assert "Straightened" in [stage.name for stage in layout.stages]
    for line in layout.rows:
        for glyph in line.groups[0].glyphs:
            x, y, width, height = glyph.whole.box
            assert page[y : y + height, x : x + width].min() < 90
            assert 50 < height < 90


def test_rows_beside_a_shadow_are_no_single_line(draw, on_paper):
    """A shadow is as long as a rule; taken for one, it would leave slivers that look like a line of digits."""
    ink = draw((300, 620), "27186", 60, 40, 80, 8)
    ink = np.maximum(ink, draw((300, 620), "31415", 60, 180, 80, 8))
    y, x = np.mgrid[:300, :620]
    light = np.where(x + 0.4 * y > 560, 0.5, 1.0)
    assert single_line_strip(on_paper(ink, 235 * light, 40 * light), light_on_dark=False) is None


@pytest.mark.parametrize(("pen", "darkest", "slope"), [(2, 0.7, 0.2), (3, 0.6, 0.4), (4, 0.6, 0.4), (3, 0.8, 0.0)])
def test_rows_under_fading_light_are_no_single_line(draw, on_paper, pen, darkest, slope):
    """On a strip the dim side of the page is one broad mark, as high as a digit."""
    ink = np.zeros((420, 620), np.uint8)
    for number, text in enumerate(["88373", "432", "146698", "470", "978"]):
        draw(ink, text, 60 + 15 * number, 20 + 78 * number, 42, pen)
        ink[66 + 78 * number : 70 + 78 * number, 20:590] = 255
    y, x = np.mgrid[:420, :620]
    light = 1 - (1 - darkest) * (y + slope * x) / (420 + slope * 620)
    assert single_line_strip(on_paper(ink, 235 * light, 40 * light), light_on_dark=False) is None
