"""What was found inside a net as pictures and charts: colours, strips, frames and lines."""

import numpy as np
import pytest

from hdr.colours import ACCENT
from hdr.nets.inside import FeatureMaps
from hdr.ui.belief_charts import belief_animation, belief_lines
from hdr.ui.inside_pictures import heat_figure, maps_figure, tint

BLANK = np.zeros((28, 28), np.uint8)


def beliefs(*changes: tuple[int, int]) -> np.ndarray:
    """Certain of a digit from each (row, digit) on."""
    found = np.zeros((28, 10), np.float32)
    for row, digit in changes:
        found[row:] = 0
        found[row:, digit] = 1
    return found


def test_what_speaks_for_a_digit_is_blue_and_what_speaks_against_it_orange():
    heat = np.zeros((28, 28), np.float32)
    heat[5, 5], heat[9, 9] = 2.0, -0.5
    image = BLANK.copy()
    image[5, 5] = image[9, 9] = image[20, 20] = 255
    picture = tint(image, heat)
    assert tuple(picture[5, 5]) == (86, 180, 233)
    red, green, blue = (int(value) for value in picture[9, 9])
    assert red > green > blue
    assert len(set(picture[20, 20].tolist())) <= 2, "ink that says nothing is nearly grey"
    assert picture[20, 20].max() < 120
    assert not picture[0, 0].any()


def test_a_blank_picture_without_heat_is_black():
    assert not tint(BLANK, np.zeros((28, 28), np.float32)).any()


@pytest.mark.parametrize(
    ("in_nats", "expected"), [(True, ("for 3: 1.5<", "against: 0.4<")), (False, ("for 3<", "against<"))]
)
def test_the_sums_are_told_where_they_have_a_unit(in_nats, expected):
    heat = np.zeros((28, 28), np.float32)
    heat[0, :3], heat[1, 0] = 0.5, -0.4
    found = heat_figure(BLANK, heat, 3, in_nats=in_nats)
    assert all(part in found for part in expected)


@pytest.mark.parametrize(("count", "shown", "said"), [(3, 3, False), (16, 16, False), (40, 16, True)])
def test_a_strip_shows_the_maps_in_which_most_was_found(count, shown, said):
    maps = np.zeros((7, 5, count), np.float32)
    maps[2, 2, 2] = 1.0
    found = maps_figure(FeatureMaps("Convolution 1", maps))
    assert found.count("<img") == shown
    assert found.index("map 3") < found.index("map 1")
    assert f"{count} maps of 5 × 7" in found
    assert ("in which it found most" in found) == said


def test_maps_in_which_nothing_was_found_are_shown_black():
    assert maps_figure(FeatureMaps("Convolution 1", np.zeros((7, 7, 2), np.float32))).count("<img") == 2


def test_each_frame_uncovers_a_row_and_shows_the_belief_after_it():
    figure = belief_animation(BLANK, beliefs((0, 1), (12, 7)), ACCENT)
    assert [frame.name for frame in figure.frames] == [str(row) for row in range(1, 29)]
    for row in (0, 11, 12, 27):
        cover, bars = figure.frames[row].data
        assert cover.y[0] == row + 0.5
        assert int(np.argmax(bars.x)) == (1 if row < 12 else 7)
        assert bars.text[1 if row < 12 else 7] == "100%"
    assert figure.data[0].y[0] == 27.5, "it starts with the whole picture"


def test_digits_that_were_never_likely_get_no_line():
    found = beliefs((0, 3), (14, 8))
    found[5, 3], found[5, 6] = 0.9, 0.1
    image = BLANK.copy()
    image[4:20, 10] = 255
    assert [line.name for line in belief_lines(image, found, ACCENT).data] == ["8", "3"]


@pytest.mark.parametrize(("first", "shaded"), [(0, 0), (6, 1)])
def test_rows_above_the_ink_are_shaded(first, shaded):
    image = BLANK.copy()
    image[first:, 10] = 255
    assert len(belief_lines(image, beliefs((0, 1)), ACCENT).layout.shapes) == shaded
