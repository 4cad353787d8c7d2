"""Which ink is one digit, and in what order digits are read."""

import cv2
import numpy as np
import pytest

from hdr.data.pen import digit_strokes, draw_strokes
from hdr.vision.segment import Piece, arrange, choose_digits, find_marks, usual_height

H, W = 260, 700
PEN, STROKE = 7, 8.0


def row_of_boxes(left: int, top: int, gaps: list[int], slope: float = 0.0) -> list[tuple[int, int, int, int]]:
    """Boxes of 40 x 60 with the given free space between them."""
    boxes, x = [], left
    for gap in [0, *gaps]:
        x += gap
        boxes.append((x, round(top + slope * (x - left)), 40, 60))
        x += 40
    return boxes


def find_pieces(mask: np.ndarray, stroke: float) -> tuple[list[Piece], float]:
    """What may be digits on a page, and their usual height."""
    marks = find_marks(mask, stroke)
    height = usual_height(marks)
    return choose_digits(marks, height), height


def lefts(pieces) -> list[int]:
    return sorted(piece.box[0] for piece in pieces)


@pytest.mark.parametrize("digit", "0123456789")
@pytest.mark.parametrize(("height", "pen"), [(30, 3), (75, 7), (180, 12)])
def test_each_digit_is_one_piece(draw, digit, height, pen):
    mask = draw((H, W), digit * 3, 30, 40, height, pen) > 127
    pieces, usual = find_pieces(mask, pen + 1.0)
    assert len(pieces) == 3
    assert usual == pytest.approx(height, rel=0.2)
    for piece in pieces:
        x, y, w, h = piece.box
        np.testing.assert_array_equal(piece.mask, mask[y : y + h, x : x + w])


def test_nothing():
    assert find_pieces(np.zeros((H, W), bool), 0.0) == ([], 0.0)
    assert arrange([]) == []


@pytest.mark.parametrize(
    ("right", "up"), [(0.0, 0.15), (0.15, 0.08), (0.22, 0.03), (0.28, 0.0)], ids=["over", "aslant", "beside", "right"]
)
def test_a_five_with_its_bar_apart_is_one_piece(draw, right, up):
    ink = draw((H, W), "27 86", 60, 90, 90, PEN)
    body, bar = digit_strokes(5, 60 + 2 * 81, 90, 90)
    bar = bar + np.array([right, -up]) * 90
    draw_strokes(ink, [body, bar], PEN)
    five = np.zeros((H, W), np.uint8)
    draw_strokes(five, [body, bar], PEN)
    assert cv2.connectedComponents((five > 127).astype(np.uint8))[0] - 1 == 2, "the bar must be apart in the drawing"
    pieces, _ = find_pieces(ink > 127, STROKE)
    assert len(pieces) == 5
    assert cv2.boundingRect((five > 127).astype(np.uint8)) in [piece.box for piece in pieces]


@pytest.mark.parametrize("digit", "013678")
def test_a_broken_stroke_is_one_piece(draw, digit):
    ink = draw((H, W), f"25{digit}94", 60, 90, 90, PEN)
    ink[133:136, 210:290] = 0
    assert len(find_pieces(ink > 127, STROKE)[0]) == 5


@pytest.mark.parametrize(
    "box",
    [(600, 120, 8, 8), (215, 160, 12, 22), (600, 130, 50, 8), (560, 90, 90, 90), (675, 0, 10, H)],
    ids=["speck", "comma", "dash", "blot", "paper-edge"],
)
def test_what_is_no_digit_is_dropped(draw, box):
    ink = draw((H, W), "258 63", 60, 90, 75, PEN)
    alone = lefts(find_pieces(ink > 127, STROKE)[0])
    x, y, w, h = box
    ink[y : y + h, x : x + w] = 255
    pieces, _ = find_pieces(ink > 127, STROKE)
    assert len(alone) == 5
    assert lefts(pieces) == alone


def test_crumbs_do_not_tell_the_usual_height(draw):
    ink = draw((300, 900), "2718", 60, 100, 90, 8)
    for x in range(20, 880, 12):
        ink[250:256, x : x + 6] = 255
    assert usual_height(find_marks(ink > 127, 8.0)) == pytest.approx(98, abs=3)


def test_usual_height_is_that_of_the_digits(draw):
    ink = draw((H, W), "2580413", 40, 60, 80, PEN)
    for x in range(40, 640, 30):
        cv2.circle(ink, (x, 220), 4, 255, -1)
    pieces, usual = find_pieces(ink > 127, STROKE)
    assert usual == pytest.approx(87, abs=4)
    assert usual_height(pieces) == pytest.approx(87, abs=4)


ROW = [20] * 4


@pytest.mark.parametrize(
    ("boxes", "wanted"),
    [
        (row_of_boxes(10, 50, ROW), [[[0, 1, 2, 3, 4]]]),
        (row_of_boxes(10, 50, ROW)[::-1], [[[4, 3, 2, 1, 0]]]),
        (row_of_boxes(10, 50, []), [[[0]]]),
        (row_of_boxes(10, 50, [14, 70, 16, 12, 80]), [[[0, 1], [2, 3, 4], [5]]]),
        (row_of_boxes(10, 50, [70] * 5), [[[0, 1, 2, 3, 4, 5]]]),
        (row_of_boxes(10, 50, [2] * 5), [[[0, 1, 2, 3, 4, 5]]]),
        (row_of_boxes(10, 50, [14, 22, 17, 25]), [[[0, 1, 2, 3, 4]]]),
        (row_of_boxes(10, 50, [-3, 60, -5]), [[[0, 1], [2, 3]]]),
        (row_of_boxes(10, 50, [20]) + row_of_boxes(10, 140, [20]), [[[0, 1]], [[2, 3]]]),
        (row_of_boxes(10, 140, [20]) + row_of_boxes(10, 50, [20]), [[[2, 3]], [[0, 1]]]),
        (row_of_boxes(10, 50, [20]) + row_of_boxes(200, 150, [20]), [[[0, 1]], [[2, 3]]]),
    ],
    ids=["row", "reversed", "single", "groups", "wide", "tight", "uneven", "overlap", "two", "upside-down", "indented"],
)
def test_reading_order(boxes, wanted):
    assert arrange(boxes) == wanted


@pytest.mark.parametrize("degrees", [-8, -4, 4, 8])
def test_sloping_rows(degrees):
    """Over ten digits a row at 8 degrees climbs by more than a line; it must be followed from digit to digit."""
    slope = np.tan(np.deg2rad(degrees))
    boxes = [box for row in range(3) for box in row_of_boxes(10, 200 + 110 * row, [20] * 9, slope)]
    assert arrange(boxes) == [[list(range(10 * row, 10 * row + 10))] for row in range(3)]
