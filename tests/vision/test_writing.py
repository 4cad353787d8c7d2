"""A field without its frame: the writing closely, cells one by one, and nothing where nothing is written."""

import cv2
import numpy as np
import pytest

from hdr.vision.form import Registration
from hdr.vision.image import to_grey
from hdr.vision.writing import cut_cells, digit_patch

HERE = Registration(np.eye(3))
BOX = (40, 50, 360, 60)


@pytest.fixture
def sheet() -> np.ndarray:
    """A frame of six boxes on paper, uint8 (160, 440, 3)."""
    page = np.full((160, 440, 3), 240, np.uint8)
    for i in range(6):
        cv2.rectangle(page, (40 + 60 * i, 50), (100 + 60 * i, 110), (60, 60, 60), 2)
    return page


def written(sheet: np.ndarray, draw, text: str, left: float = 52, pitch: float = 60 / 36) -> np.ndarray:
    ink = draw(sheet.shape[:2], text, left, 62, 36, 4, pitch=pitch)
    return np.where(ink[..., None] > 100, np.array([30, 40, 120]), sheet).astype(np.uint8)


def cut(scan: np.ndarray, sheet: np.ndarray, box=BOX, parts=(6, True)):
    return cut_cells(scan, to_grey(sheet), HERE, box, parts)


@pytest.mark.parametrize(
    ("text", "filled"), [("123456", "xxxxxx"), ("1 3 5 ", "x-x-x-"), ("      ", "------"), (" 11", "-xx---")]
)
def test_cells_are_told_apart_and_empty_ones_noticed(sheet, draw, text, filled):
    cuts = cut(written(sheet, draw, text), sheet)
    assert "".join("-" if part is None else "x" for part in cuts) == filled


@pytest.mark.parametrize("noise", [0, 6, 14])
@pytest.mark.parametrize("paper", [255, 240, 120])
def test_an_empty_field_is_empty_on_any_paper(sheet, noise, paper):
    scan = sheet.astype(np.float32) * paper / 240
    scan = np.clip(scan + np.random.default_rng(2).normal(0, noise, scan.shape), 0, 255).astype(np.uint8)
    scan = (scan * np.linspace(0.7, 1.0, scan.shape[1])[None, :, None]).astype(np.uint8)
    assert all(part is None for part in cut(scan, sheet))


def test_the_frame_stays_outside_and_the_digit_whole(sheet, draw):
    for writing in cut(written(sheet, draw, "888888"), sheet):
        dark = to_grey(writing) < 200
        assert not np.r_[dark[0], dark[-1], dark[:, 0], dark[:, -1]].any()
        assert dark.any(axis=1).sum() >= 36


@pytest.mark.parametrize("off", [-6, 0, 6])
def test_a_field_drawn_a_little_beside_its_frame_loses_it_all_the_same(sheet, draw, off):
    scan = written(sheet, draw, "3", 60)
    (part,) = cut(scan, sheet, (40 + off, 50 + off, 60, 60), (1, True))
    assert part is not None
    assert to_grey(part)[:, [0, -1]].mean() > 150


def test_the_writing_fills_seven_tenths_of_its_height(sheet, draw):
    (part,) = cut(written(sheet, draw, "8", 150), sheet, (160 - 20, 52, 80, 56), (1, True))
    rows = np.flatnonzero((to_grey(part) < 120).any(axis=1))
    assert (rows[-1] + 1 - rows[0]) / part.shape[0] == pytest.approx(0.71, abs=0.08)


def test_a_columns_cells_lie_between_its_lines(draw):
    page = np.full((260, 200, 3), 245, np.uint8)
    for y in (20, 80, 140, 240):
        cv2.line(page, (20, y), (180, y), (70, 70, 70), 2)
    scan = np.where(draw((260, 200), "47", 60, 92, 36, 4)[..., None] > 100, 20, page).astype(np.uint8)
    found = cut(scan, page, (20, 15, 160, 232), (0, False))
    assert [part is not None for part in found] == [False, True, False]
    equal = cut(scan, page, (20, 20, 160, 180), (3, False))
    assert [part is not None for part in equal] == [False, True, False]
    assert len(cut(page, np.full((260, 200, 3), 245, np.uint8), (20, 20, 160, 180), (0, False))) == 1


def test_a_cells_digit_becomes_a_patch(sheet, draw):
    part = cut(written(sheet, draw, "7"), sheet)[0]
    patch = digit_patch(part)
    assert patch.image.max() == 255
    assert 20 < (patch.image > 100).sum() < 250
