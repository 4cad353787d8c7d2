"""Comb fields are found by their teeth, with digits that touch them, and what is no comb is none."""

import cv2
import numpy as np
import pytest

from hdr.vision.combs import find_combs
from hdr.vision.image import to_grey
from hdr.vision.ink import find_ink
from hdr.vision.layout import find_digits
from hdr.vision.lines import find_lines

H, W = 220, 900


def comb(teeth: int = 9, *, tooth: int = 30, rule: int = 3, lean: float = 0.0) -> np.ndarray:
    """A comb of cells 80 pixels wide, uint8 (H, W), 255 on 0."""
    sheet = np.zeros((H, W), np.uint8)
    for index in range(teeth):
        foot = (60 + 80 * index, round(160 + lean * 80 * index))
        cv2.line(sheet, foot, (foot[0], foot[1] - tooth), 255, rule)
    cv2.line(sheet, (60, 160), (60 + 80 * (teeth - 1), round(160 + lean * 80 * (teeth - 1))), 255, rule)
    return sheet


def found(ink: np.ndarray) -> list[int]:
    """Number of teeth of each comb."""
    bits = (ink > 127).astype(np.uint8)
    return [len(one.teeth) for one in find_combs([bits], find_lines(bits, 6.0))]


@pytest.mark.parametrize("tooth", [16, 30, 60])
@pytest.mark.parametrize("rule", [2, 4])
@pytest.mark.parametrize("lean", [0.0, 0.03, -0.03])
def test_a_comb_is_found(tooth, rule, lean):
    assert found(comb(tooth=tooth, rule=rule, lean=lean)) == [9]


def test_digits_that_touch_the_line_are_no_teeth(draw):
    digits = draw((H, W), "14719417", 85, 95, 66, 6, pitch=80 / 66)
    assert found(np.maximum(comb(), digits)) == [9]


@pytest.mark.parametrize("growth", [0.97, 1.03])
def test_teeth_of_a_sheet_at_an_angle_stand_ever_closer(growth):
    sheet, x = np.zeros((H, W), np.uint8), 60.0
    for index in range(9):
        cv2.line(sheet, (round(x), 160), (round(x), 130), 255, 3)
        end, x = round(x), x + 80 * growth**index
    cv2.line(sheet, (60, 160), (end, 160), 255, 3)
    assert found(sheet) == [9]


@pytest.mark.parametrize("tip", [143, 90])
def test_a_tooth_may_be_faint_or_made_longer_by_a_digit(tip):
    sheet = comb()
    sheet[:158, 296:304] = 0
    cv2.line(sheet, (300, 160), (300, tip), 255, 3)
    assert found(sheet) == [9]


def test_faint_teeth_are_found_among_the_traces():
    bare, whole = comb(tooth=0), comb()
    (one,) = find_combs([bare // 255, whole // 255], find_lines(whole // 255, 6.0))
    assert len(one.teeth) == 9


def uneven(sheet: np.ndarray) -> None:
    for x in (60, 100, 300, 420, 700):
        cv2.line(sheet, (x, 160), (x, 130), 255, 3)


def two_teeth(sheet: np.ndarray) -> None:
    for x in (60, 700):
        cv2.line(sheet, (x, 160), (x, 130), 255, 3)


def in_the_middle(sheet: np.ndarray) -> None:
    for x in range(300, 560, 60):
        cv2.line(sheet, (x, 160), (x, 130), 255, 3)


def bare(sheet: np.ndarray) -> None:
    del sheet


@pytest.mark.parametrize("clutter", [uneven, two_teeth, in_the_middle, bare])
def test_what_is_no_comb(clutter):
    sheet = np.zeros((H, W), np.uint8)
    cv2.line(sheet, (60, 160), (700, 160), 255, 3)
    clutter(sheet)
    assert found(sheet) == []


def test_digits_written_on_a_line_are_no_teeth(draw):
    sheet = draw((H, W), "1111111", 60, 90, 70, 6, pitch=1.2)
    cv2.line(sheet, (0, 158), (W, 158), 255, 3)
    assert found(sheet) == []


def test_a_comb_is_read_as_a_row_of_boxes(draw, on_paper):
    digits = draw((H, W), "2718", 85, 80, 60, 6, pitch=80 / 60)
    page = on_paper(np.maximum(comb(), digits))
    (row,) = find_digits(np.repeat(page[..., None], 3, axis=2)).rows
    assert row.ruled
    assert [len(group.glyphs) for group in row.groups] == [1, 1, 1, 1, 0, 0, 0, 0]
    assert find_ink(to_grey(np.repeat(page[..., None], 3, axis=2))).mask.any()
