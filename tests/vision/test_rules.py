"""Ruled lines and boxes go, strokes that cross them stay, and no digit is taken for a rule."""

import cv2
import numpy as np
import pytest

from hdr.vision.rules import remove_rules

H, W = 420, 900
PEN, STROKE = 6, 7.0


def lines(thickness: int, slope: float = 0.0, apart: int = 90) -> np.ndarray:
    """Ruled paper, uint8 (H, W); the slope in degrees, rising to the right."""
    sheet, rise = np.zeros((H, W), np.uint8), np.tan(np.deg2rad(slope)) * W / 2
    for y in range(60, H, apart):
        cv2.line(sheet, (0, round(y + rise)), (W, round(y - rise)), 255, thickness, cv2.LINE_AA)
    return sheet


def grid(thickness: int, slope: float = 0.0) -> np.ndarray:
    sheet, lean = lines(thickness, slope), np.tan(np.deg2rad(slope)) * H / 2
    for x in range(60, W, 90):
        cv2.line(sheet, (round(x - lean), 0), (round(x + lean), H), 255, thickness, cv2.LINE_AA)
    return sheet


def boxes(thickness: int, apart: int) -> np.ndarray:
    sheet = np.zeros((H, W), np.uint8)
    for x in range(60, W - 120, apart):
        cv2.rectangle(sheet, (x, 180), (x + 100, 320), 255, thickness)
    return sheet


SHEETS = {
    **{
        f"lines {t} px, {s} degrees": (lines(t, s), "1234567890", 40, 175, 75, 0.9)
        for t in (1, 2, 3)
        for s in (0, 3, -3)
    },
    **{f"grid {t} px, {s} degrees": (grid(t, s), "1234567890", 40, 200, 75, 0.9) for t in (1, 2) for s in (0, 3)},
    **{f"joined boxes {t} px": (boxes(t, 100), "1425789", 85, 205, 85, 100 / 85) for t in (1, 2, 3)},
    **{f"joined boxes {t} px, crossed": (boxes(t, 100), "1425789", 85, 150, 110, 100 / 110) for t in (1, 2, 3)},
    **{f"single boxes {t} px": (boxes(t, 130), "142578", 85, 205, 85, 130 / 85) for t in (1, 2, 3)},
}


@pytest.mark.parametrize("name", SHEETS)
def test_rules_go_and_strokes_stay(draw, name):
    sheet, text, left, top, height, pitch = SHEETS[name]
    ink = draw((H, W), text, left, top, height, PEN, pitch=pitch)
    strokes, rules = ink > 127, sheet > 127
    kept = remove_rules(strokes | rules, STROKE)
    clear_of_strokes = rules & ~cv2.dilate(ink, np.ones((5, 5), np.uint8)).astype(bool)
    assert clear_of_strokes.sum() > 1000
    assert kept[clear_of_strokes].mean() < 0.02
    assert kept[strokes].mean() > 0.9
    assert not kept[~(strokes | rules)].any()


@pytest.mark.parametrize("thickness", [2, 3])
@pytest.mark.parametrize("slope", [0, 3])
def test_every_digit_keeps_most_of_its_ink_where_a_rule_crosses_it(draw, thickness, slope):
    rules = lines(thickness, slope) > 127
    row = [draw((H, W), " " * place + digit, 40, 175, 75, PEN) > 127 for place, digit in enumerate("1234567890")]
    kept = remove_rules(rules | np.logical_or.reduce(row), STROKE)
    assert min(kept[digit].mean() for digit in row) > 0.8


def test_blank_sheet_of_rules_becomes_empty():
    assert remove_rules(lines(2) > 127, 2.0).sum() == 0
    assert remove_rules(grid(2) > 127, 2.0).mean() < 0.0005


@pytest.mark.parametrize("shape", [(8, 8), (1, 300), (300, 1), (H, W)])
def test_nothing_stays_nothing(shape):
    kept = remove_rules(np.zeros(shape, bool), 0.0)
    assert kept.shape == shape
    assert kept.dtype == bool
    assert not kept.any()


def test_the_mask_given_is_not_changed(draw):
    mask = (draw((H, W), "147", 100, 175, 75, PEN) | lines(2)) > 127
    before = mask.copy()
    remove_rules(mask, STROKE)
    np.testing.assert_array_equal(mask, before)


@pytest.mark.parametrize("digit", "1234567890")
@pytest.mark.parametrize("pen", [4, 8])
def test_a_row_of_equal_digits_is_left_alone(draw, digit, pen):
    """The bars of 7777 lie on one line, with wide gaps: that is no rule."""
    mask = draw((180, 760), digit * 8, 60, 45, 90, pen) > 127
    assert remove_rules(mask, pen + 1.0)[mask].mean() > 0.97


@pytest.mark.parametrize("digit", "147")
@pytest.mark.parametrize("pen", [4, 9, 18])
@pytest.mark.parametrize("margin", [20, 150])
def test_a_lone_digit_cut_out_closely_is_not_a_rule(draw, digit, pen, margin):
    """A fine pen and a close cut make the stem of a 1 or the bar of a 4 as long and slender as a rule."""
    mask = draw((300 + 2 * margin, 186 + 2 * margin), digit, margin, margin, 300, pen) > 127
    assert remove_rules(mask, pen + 1.0)[mask].mean() > 0.97


@pytest.mark.parametrize(("dash", "gap"), [(2, 8), (12, 10), (20, 14)])
def test_dashed_and_dotted_lines_go_and_strokes_stay(draw, dash, gap):
    sheet = np.zeros((H, W), np.uint8)
    for x in range(40, W - 40, dash + gap):
        cv2.line(sheet, (x, 330), (x + dash, 330), 255, 3)
        if x + dash < H - 40:
            cv2.line(sheet, (60, x), (60, x + dash), 255, 3)
    strokes = draw((H, W), "1234567", 140, 180, 90, PEN, pitch=1.0) > 127
    kept = remove_rules(strokes | (sheet > 127), STROKE)
    assert kept[strokes].mean() > 0.97
    assert kept[(sheet > 127) & ~strokes].mean() < 0.1


def test_ones_under_each_other_are_no_dashes(draw):
    column = np.zeros((700, 300), bool)
    for row in range(8):
        column |= draw((700, 300), "1", 100, 20 + 80 * row, 60, PEN) > 127
    assert remove_rules(column, STROKE).sum() > 0.95 * column.sum()
