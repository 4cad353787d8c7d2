"""Ink from paper: drawn digits on every kind of synthetic paper are found again, bare paper stays bare."""

import cv2
import numpy as np
import pytest

from hdr.vision.image import to_grey
from hdr.vision.ink import find_ink, least_of_pen

H, W = 240, 640
Y, X = np.mgrid[:H, :W]
NOISE = np.random.default_rng(3).normal(0.0, 1.0, (H, W))
GRADIENT = 0.35 + 0.65 * X / W
SHADOW = np.where(X + 0.4 * Y < 340, 1.0, 0.45)
"""A shadow with a sharp edge that runs through the writing."""


@pytest.fixture(scope="module")
def ink(draw):
    return draw((H, W), "1234567890", 20, 80, 70, 6, pitch=0.86)


def iou(mask: np.ndarray, truth: np.ndarray) -> float:
    return float((mask & truth).sum() / (mask | truth).sum())


def as_grey(values: np.ndarray) -> np.ndarray:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


PAPERS = {
    "white": (255, 0),
    "grey": (150, 40),
    "little contrast": (200, 150),
    "dim": (60, 15),
    "gradient": (235 * GRADIENT, 40 * GRADIENT),
    "sharp shadow": (235 * SHADOW, 40 * SHADOW),
    "soft shadow": (235 * cv2.GaussianBlur(SHADOW, (0, 0), 3), 30),
    "noise": (215 + 8 * NOISE, 45 + 8 * NOISE),
    "much noise": (215 + 22 * NOISE, 45 + 22 * NOISE),
    "dim noise": (60 + 2 * NOISE, 15 + 2 * NOISE),
    "light on dark": (30, 230),
    "light on dark, gradient": (90 * GRADIENT, 250 * GRADIENT),
    "light on dark, noise": (60 + 8 * NOISE, 225 + 8 * NOISE),
}


@pytest.mark.parametrize("name", PAPERS)
def test_ink_is_recovered(ink, on_paper, name):
    paper, pen = PAPERS[name]
    found = find_ink(on_paper(ink, paper, pen))
    assert iou(found.mask, ink > 127) > 0.88
    assert found.light_on_dark == name.startswith("light")
    assert found.stroke == pytest.approx(7, abs=2.5)


@pytest.mark.parametrize(
    ("paper", "pen"),
    [
        ((240, 220, 120), (30, 40, 160)),
        ((250, 250, 250), (210, 40, 40)),
        ((180, 220, 180), (60, 60, 60)),
        ((30, 90, 60), (240, 240, 230)),
    ],
    ids=["blue on yellow", "red on white", "grey on green", "chalk on a board"],
)
def test_coloured_paper(ink, paper, pen):
    share = ink[..., None] / 255.0
    rgb = as_grey(np.array(paper) * (1 - share) + np.array(pen) * share)
    found = find_ink(to_grey(rgb))
    assert iou(found.mask, ink > 127) > 0.88
    assert found.light_on_dark == (sum(pen) > sum(paper))


@pytest.mark.parametrize(
    "paper",
    [
        np.full((H, W), 255.0),
        np.full((H, W), 128.0),
        np.zeros((H, W)),
        235 * GRADIENT,
        240 * (1 - 0.6 * (((X - W / 2) / W) ** 2 + ((Y - H / 2) / H) ** 2)),
        200 + 8 * NOISE,
        200 + 20 * NOISE,
        30 + 8 * NOISE,
        235 * GRADIENT + 4 * NOISE,
        np.full((1, 50), 200.0),
        np.full((8, 8), 90.0),
    ],
    ids=["white", "grey", "black", "gradient", "vignette", "noise", "grain", "dark", "both", "line", "tiny"],
)
def test_bare_paper_has_no_ink(paper):
    found = find_ink(as_grey(paper))
    assert not found.mask.any()
    assert not found.strength.any()
    assert found.stroke == 0.0
    assert found.mask.shape == found.strength.shape == found.paper.shape == paper.shape


@pytest.mark.parametrize(
    "paper", [235 * SHADOW, 60 + 190 * X / W, 215 + 8 * NOISE], ids=["shadow", "gradient", "noise"]
)
def test_paper_is_the_brightness_without_the_ink(ink, on_paper, paper):
    found = find_ink(on_paper(ink, paper, 40 * SHADOW))
    away = np.abs(found.paper - paper)[5:-5, 5:-5]
    assert np.quantile(away, 0.9) < 15


def test_types_and_polarity(ink, on_paper):
    page = find_ink(on_paper(ink, 230, 50))
    assert page.mask.dtype == bool
    assert page.strength.dtype == page.paper.dtype == np.uint8
    assert page.strength[ink == 255].mean() > 240
    assert page.strength[ink == 0].mean() < 12
    assert np.median(page.paper) == 230
    assert np.median(find_ink(on_paper(ink, 50, 230)).paper) == 50


def test_a_negative_gives_the_same_ink(ink, on_paper):
    page = on_paper(ink, 215 + 5 * NOISE, 40)
    assert iou(find_ink(page).mask, find_ink(255 - page).mask) > 0.97


@pytest.mark.parametrize("pen", [2, 4, 8, 14])
def test_stroke_follows_the_pen(draw, on_paper, pen):
    ink = draw((H, W), "25386", 40, 70, 100, pen)
    found = find_ink(on_paper(ink))
    assert iou(found.mask, ink > 127) > 0.85
    assert pen - 1 < found.stroke < pen + 4


def test_faint_pencil_beside_black_marker(draw, on_paper):
    """Pencil of two fifths of the marker's contrast: one threshold for the page loses it or fattens the marker."""
    pencil, marker = draw((H, W), "12345", 20, 80, 70, 4), draw((H, W), "     67890", 20, 80, 70, 8)
    page = np.minimum(on_paper(pencil, 235, 150), on_paper(marker, 235, 15))
    mask = find_ink(page).mask
    assert mask[pencil > 127].mean() > 0.8
    assert mask[marker > 127].mean() > 0.95
    assert iou(mask, (pencil > 127) | (marker > 127)) > 0.8


def test_faint_boxes_that_fill_a_small_picture_stay_whole(draw):
    """Writing and boxes take a quarter of the picture: they must not count as the paper's grain."""
    ink = draw((56, 400), "123456789", 18, 14, 30, 3, pitch=1.44)
    for x in range(5, 400, 43):
        cv2.line(ink, (x, 5), (x, 51), 255, 2)
    for y in (5, 51):
        cv2.line(ink, (0, y), (399, y), 255, 2)
    soft = cv2.GaussianBlur(ink, (0, 0), 1.0) / 255.0
    grain = np.random.default_rng(1).normal(0.0, 2.0, ink.shape)
    found = find_ink(as_grey(142 - 34 * soft + grain))
    assert (found.mask & (ink > 127)).sum() > 0.9 * (ink > 127).sum()


# --- rules and pen --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize(("colour", "told"), [(190, True), (140, True), (80, False), (40, False)])
def test_a_pen_is_told_from_paler_rules_alone(ink, on_paper, colour, told, inverted):
    rules = np.zeros((H, W), np.uint8)
    for at in (7, 8, 9):
        rules[at::60, :], rules[:, at::60] = 255, 255
    page = np.minimum(on_paper(ink), on_paper(rules, 235, colour))
    grey = 255 - page if inverted else page
    found = find_ink(grey)
    least = least_of_pen(grey, found, found.traces & (rules > 0))
    assert (least is not None) == told
    if least is not None:
        assert iou(find_ink(grey, least).mask, ink > 127) > 0.75


def test_without_rules_or_without_a_pen_nothing_is_told(ink, on_paper):
    grey = on_paper(ink)
    found = find_ink(grey)
    assert least_of_pen(grey, found, np.zeros_like(found.mask)) is None
    assert least_of_pen(grey, found, found.mask) is None
