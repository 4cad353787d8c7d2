"""Marks that reach over two rows are cut between them; tall digits, and marks beside which no row is, stay whole."""

import numpy as np
import pytest

from hdr.vision.segment import Piece, find_marks, usual_height
from hdr.vision.stacked import part_rows

PEN, HIGH = 6, 60


@pytest.fixture
def sheet(draw):
    """Writes rows, each at its top and from its own left end, on one sheet: its marks."""

    def write(*rows: tuple[str, int, int, int]) -> list[Piece]:
        ink = np.zeros((330, 420), np.uint8)
        for text, left, top, high in rows:
            draw(ink, text, left, top, high, PEN, pitch=66 / high)
        return find_marks(ink > 127, PEN)

    return write


def heights(marks: list[Piece]) -> list[int]:
    return sorted(mark.box[3] for mark in marks)


def test_rows_that_touch_are_parted(sheet):
    """A tail reaches down to the digit below it."""
    touching = sheet(("38 5", 20, 30, HIGH), ("  4 ", 20, 30, 80), ("9208", 20, 100, HIGH))
    assert len(touching) == 7
    parts = part_rows(touching, HIGH)
    assert len(parts) == 8
    assert max(heights(parts)) <= 100
    assert sum(int(part.mask.sum()) for part in parts) == sum(int(mark.mask.sum()) for mark in touching)


def test_rows_apart_stay_as_they_are(sheet):
    marks = sheet(("3865", 20, 30, HIGH), ("9208", 20, 130, HIGH))
    assert part_rows(marks, usual_height(marks)) == marks


@pytest.mark.parametrize("text", ["1", "8", "9", "0"])
def test_a_tall_digit_among_low_ones_is_one(sheet, text):
    marks = sheet(("38 5", 20, 60, HIGH), (f"  {text} ", 20, 30, 120))
    assert heights(part_rows(marks, usual_height(marks))) == heights(marks)


def test_digits_beside_lower_print_are_whole(sheet):
    """The lower half of each is level with the letters, but nothing is level with the upper one."""
    marks = sheet(("325", 20, 80, 40), ("48", 250, 40, 80))
    assert heights(part_rows(marks, usual_height(marks))) == heights(marks)


@pytest.mark.parametrize("text", ["", "7"])
def test_little_or_nothing(sheet, text):
    marks = sheet((text, 20, 30, HIGH))
    assert part_rows(marks, usual_height(marks)) == marks


def test_a_large_digit_beside_two_rows_is_one(sheet):
    marks = sheet(("7", 20, 30, 100), ("302", 150, 30, 42), ("615", 150, 90, 42))
    assert heights(part_rows(marks, usual_height(marks))) == heights(marks)
