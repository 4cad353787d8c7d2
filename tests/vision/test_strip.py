"""A row of writing as the string net sees it."""

import cv2
import numpy as np
import pytest

from hdr.results import Group
from hdr.vision.strip import BROADENED, HEIGHT, WIDEST, cut_strip, pad_strips, string_strip


def row(text: str = "472", *, paper: int = 210, ink: int = 40, height: int = 60) -> np.ndarray:
    picture = np.full((height, 34 * len(text) + 20), paper, np.uint8)
    cv2.putText(picture, text, (10, height - 14), cv2.FONT_HERSHEY_SIMPLEX, 1.4, int(ink), 3, cv2.LINE_AA)
    return picture


def test_paper_is_black_and_ink_is_bright():
    strip = string_strip(row())
    assert strip.shape[0] == HEIGHT
    assert strip.dtype == np.uint8
    assert strip.max() == 255
    assert np.median(strip) == 0


@pytest.mark.parametrize(("paper", "ink"), [(210, 40), (120, 60), (250, 190)])
def test_brightness_does_not_matter(paper, ink):
    reference = string_strip(row()).astype(float)
    assert np.abs(string_strip(row(paper=paper, ink=ink)) - reference).mean() < 8


def test_light_on_dark():
    dark = 255 - row()
    np.testing.assert_array_equal(string_strip(dark, light_on_dark=True), string_strip(row()))


def test_a_shadow_across_the_row_is_no_ink():
    shade = np.linspace(1.0, 0.55, row().shape[1])[None]
    strip = string_strip((row() * shade).astype(np.uint8))
    assert np.median(strip) < 12
    assert np.abs(strip.astype(float) - string_strip(row())).mean() < 20


def test_bare_paper_stays_black():
    grainy = np.clip(np.random.default_rng(1).normal(200, 2, (50, 200)), 0, 255).astype(np.uint8)
    assert string_strip(grainy).mean() < 25


@pytest.mark.parametrize(
    ("height", "width", "wanted"),
    [(32, 100, round(100 * BROADENED)), (64, 100, round(50 * BROADENED)), (32, 3, 16), (10, 5000, WIDEST)],
)
def test_width(height, width, wanted):
    assert string_strip(np.full((height, width), 200, np.uint8)).shape == (HEIGHT, wanted)


def test_padding():
    padded = pad_strips([np.full((HEIGHT, 20), 9, np.uint8), np.full((HEIGHT, 70), 8, np.uint8)], 32)
    assert padded.shape == (2, HEIGHT, 96)
    assert (padded[0, :, :20] == 9).all()
    assert not padded[0, :, 20:].any()


def test_digits_are_cut_out_where_they_stand():
    """Three bars, at a quarter, the middle and three quarters of a strip that lies on x 100 to 300."""
    strip = np.zeros((HEIGHT, 160), np.uint8)
    for middle in (40, 80, 120):
        strip[6:26, middle - 2 : middle + 3] = 255
    group = Group((0, 0, 9, 9), (), strip, (100, 50, 200, 40))
    cut = cut_strip(group, ((9, 11), (19, 21), (29, 31)))
    centres = [x + width / 2 for (x, _, width, _), _ in cut]
    assert centres == pytest.approx([150, 200, 250], abs=2)
    for (_, y, _, height), image in cut:
        assert (y, height) == pytest.approx((57.5, 25), abs=1.5)
        assert image.shape == (28, 28)
        assert image.max() == 255


def test_a_digit_that_is_seen_in_the_paper_beside_a_strip_is_cut_at_its_end():
    """The net sees a strip of 33 columns with paper up to 64."""
    strip = np.zeros((HEIGHT, 33), np.uint8)
    strip[6:26, 6:12] = 255
    cut = cut_strip(Group((0, 0, 9, 9), (), strip, (0, 0, 33, 32)), ((2, 3), (14, 15)))
    assert [image.shape for _, image in cut] == [(28, 28)] * 2
    assert all(x + width <= 34 for (x, _, width, _), _ in cut)


def test_without_strip_nothing_is_cut():
    assert cut_strip(Group((0, 0, 9, 9), ()), ((0, 1),)) == []
