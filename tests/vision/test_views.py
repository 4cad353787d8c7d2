"""A picture is turned, flattened and reduced, and boxes find their way back to the picture as it came."""

import cv2
import numpy as np
import pytest
from drawn_tables import Form, as_rgb, draw_form, photographed

from hdr.vision.corners import find_sheet
from hdr.vision.views import flat_view, turned_view, whole_view, working_view

PAGE, _ = draw_form(Form(margin=70))
HEIGHT, WIDTH = PAGE.shape[:2]


@pytest.mark.parametrize("table", [30, 90, 150])
@pytest.mark.parametrize(("tilt", "degrees"), [(0, 0), (0, 12), (15, -10), (25, 0), (25, 8), (35, -5)])
def test_a_sheet_on_a_table_is_found_and_flattened(tilt, degrees, table):
    photo, way = photographed(PAGE, tilt, degrees, table)
    corners = find_sheet(photo)
    frame = np.array([[[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]]], float)
    np.testing.assert_allclose(corners, cv2.perspectiveTransform(frame, way)[0], atol=0.02 * max(photo.shape))
    flat = flat_view(whole_view(photo))
    assert flat.picture[5:-5, 5:-5].mean() > 190
    assert flat.picture.shape[1] / flat.picture.shape[0] == pytest.approx(WIDTH / HEIGHT, rel=0.3)


@pytest.mark.parametrize("least", [0.45, 0.6])
def test_a_sheet_under_a_falling_light_is_found(least):
    photo, way = photographed(PAGE, 15, 6, 70)
    height, width = photo.shape[:2]
    light = np.linspace(1.0, least, width)[None, :, None]
    corners = find_sheet((photo * light).astype(np.uint8))
    frame = np.array([[[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]]], float)
    np.testing.assert_allclose(corners, cv2.perspectiveTransform(frame, way)[0], atol=0.025 * max(height, width))


def framed(page: np.ndarray) -> np.ndarray:
    cv2.rectangle(page, (60, 50), (540, 350), 40, 4)
    return page


def bare(page: np.ndarray) -> np.ndarray:
    return page


def cut_off(page: np.ndarray) -> np.ndarray:
    page[:, :60] = 60
    return page


def one(page: np.ndarray) -> np.ndarray:
    """A single light stroke on a dark ground."""
    page[:] = 20
    page[60:340, 270:330] = 240
    return page


def face(page: np.ndarray) -> np.ndarray:
    page[:] = 90
    cv2.ellipse(page, (300, 200), (130, 170), 0, 0, 360, 210, -1)
    for x in (250, 350):
        cv2.circle(page, (x, 160), 18, 40, -1)
    return page


@pytest.mark.parametrize("picture", [framed, bare, cut_off, one, face])
def test_what_is_no_sheet_on_a_table(picture):
    assert find_sheet(as_rgb(picture(np.full((400, 600), 230.0)))) is None


def test_the_pages_of_the_other_tests_are_left_alone():
    assert find_sheet(PAGE) is None


@pytest.mark.parametrize("quarter", [0, 1, 2, 3, -1, 5])
def test_boxes_go_back_from_a_quarter_turn(quarter):
    picture = np.zeros((60, 100, 3), np.uint8)
    picture[10:22, 30:37] = 255
    view = whole_view(picture, quarter)
    box = cv2.boundingRect((view.picture[..., 0] > 0).astype(np.uint8))
    assert view.original_box(box) == (30, 10, 7, 12)
    np.testing.assert_array_equal(view.picture, np.rot90(picture, quarter % 4))


@pytest.mark.parametrize("size", [(40, 70), (500, 700), (1800, 2400)])
@pytest.mark.parametrize("degrees", [0.0, 7.0, -15.0])
def test_boxes_go_back_from_other_sizes_and_turns(size, degrees):
    picture = np.zeros((*size, 3), np.uint8)
    x, y, width, height = size[1] // 3, size[0] // 3, size[1] // 5, size[0] // 6
    picture[y : y + height, x : x + width] = 255
    view, _ = turned_view(working_view(whole_view(picture)), degrees)
    found = view.original_box(cv2.boundingRect((view.picture[..., 0] > 127).astype(np.uint8)))
    slack = 2 + max(width, height) * abs(np.sin(np.deg2rad(2 * degrees)))
    assert found[0] + found[2] / 2 == pytest.approx(x + width / 2, abs=2)
    assert found[1] + found[3] / 2 == pytest.approx(y + height / 2, abs=2)
    np.testing.assert_allclose(found[2:], (width, height), atol=slack)


def test_a_box_stays_on_the_picture():
    view = whole_view(np.zeros((50, 80, 3), np.uint8))
    assert view.original_box((-10, -10, 200, 200)) == (0, 0, 80, 50)
    assert view.original_box((300, 300, 5, 5)) == (79, 49, 1, 1)


@pytest.mark.parametrize(
    ("size", "longest"), [((20, 40), 320), ((320, 300), 320), ((300, 350), 700), ((500, 600), 800), ((900, 800), 900)]
)
def test_small_pages_are_enlarged_large_ones_reduced(size, longest):
    view = working_view(whole_view(np.zeros((*size, 3), np.uint8)))
    assert max(view.picture.shape) == longest
    height, width = view.picture.shape[:2]
    assert view.original_box((0, 0, width, height)) == (0, 0, size[1], size[0])


def test_a_large_photo_is_reduced():
    assert max(working_view(whole_view(np.zeros((2000, 3000, 3), np.uint8))).picture.shape) == 1600
