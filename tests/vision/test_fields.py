"""Fields that an unknown form offers: frames, rows of boxes, columns, lines; and nothing where there is nothing."""

import cv2
import numpy as np
import pytest

from hdr.vision.fields import find_fields
from scripts.draw_forms import FIELDS, draw_blank


def near(first, second, slack=6) -> bool:
    return all(abs(a - b) <= slack for a, b in zip(first, second, strict=True))


def test_every_field_of_our_form_is_offered():
    found = find_fields(draw_blank())
    for field in FIELDS:
        assert any(near(box, field.box) and cells == field.cells for box, cells in found), field.name
    assert len(found) == len(FIELDS)


def page(shape=(800, 1000)) -> np.ndarray:
    return np.full((*shape, 3), 250, np.uint8)


@pytest.mark.parametrize("count", [2, 6, 12])
@pytest.mark.parametrize("gap", [0, 12])
def test_boxes_in_a_row_are_counted(count, gap):
    picture = page()
    for i in range(count):
        x = 60 + i * (50 + gap)
        cv2.rectangle(picture, (x, 300), (x + 50, 355), (80, 80, 80), 2)
    assert [cells for _, cells in find_fields(picture)] == [count]
    assert near(find_fields(picture)[0][0], (60, 300, count * (50 + gap) - gap, 55))


def test_a_blank_on_a_line_lies_above_it():
    picture = page()
    cv2.putText(picture, "Amount", (60, 500), cv2.FONT_HERSHEY_SIMPLEX, 1, (60, 60, 60), 2)
    cv2.line(picture, (220, 505), (520, 505), (80, 80, 80), 2)
    ((box, cells),) = find_fields(picture)
    assert cells == 0
    assert near((box[0], box[0] + box[2], box[1] + box[3]), (220, 520, 505))
    assert box[3] >= 12


def test_fields_come_from_top_to_bottom_in_the_pictures_own_pixels():
    picture = page((2400, 3000))
    for y in (1800, 300, 1000):
        cv2.rectangle(picture, (400, y), (1400, y + 150), (60, 60, 60), 5)
    found = [box for box, _ in find_fields(picture)]
    assert [near(box, (400, y, 1000, 150), 12) for box, y in zip(found, (300, 1000, 1800), strict=True)] == [True] * 3


@pytest.mark.parametrize("shape", [(8, 8), (800, 1000), (40, 1900)])
def test_a_blank_sheet_offers_nothing(shape):
    assert find_fields(page(shape)) == []


def table(labels: str, filled: str = "", head: str = "") -> np.ndarray:
    """A table of two columns with five rows: labels on the left, what is written on the right."""
    sheet = page()
    for row in range(5):
        top = 100 + 60 * row
        cv2.rectangle(sheet, (80, top), (500, top + 60), 60, 2)
        cv2.rectangle(sheet, (500, top), (800, top + 60), 60, 2)
        right = head if head and row == 0 else filled
        for text, left in ((labels, 100), (right, 540)):
            cv2.putText(sheet, text, (left, top + 40), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 60, 2, cv2.LINE_AA)
    return sheet


@pytest.mark.parametrize(
    ("sheet", "lefts"),
    [
        (table("Article"), [501]),
        (table("Article", head="Quantity"), [501]),
        (table("Article", filled="1234"), [81, 501]),
        (table("kg"), [81, 501]),
        (table(""), [81, 501]),
        (table("", filled="Article"), [81, 501]),
    ],
)
def test_a_column_of_labels_beside_an_empty_one_is_no_field(sheet, lefts):
    found = find_fields(sheet)
    assert [round(box[0], -1) for box, _ in found] == [round(left, -1) for left in lefts]
    assert all(cells == 5 for _, cells in found)
