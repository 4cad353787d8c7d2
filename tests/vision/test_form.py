"""A form is found again when shifted, turned, scaled, tilted and written on, and another picture is refused."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from hdr.errors import ImageContentError
from hdr.vision.form import Registration, cut_field, register
from hdr.vision.image import to_grey
from scripts.draw_forms import FIELDS, HEIGHT, WIDTH, draw_blank

BOXES = [field.box for field in FIELDS]


@pytest.fixture(scope="module")
def form() -> np.ndarray:
    """The blank form at half its size, uint8 (877, 620)."""
    return cv2.resize(to_grey(draw_blank()), (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def filled(form, draw) -> np.ndarray:
    ink = np.zeros(form.shape, np.uint8)
    for x, y, width, height in BOXES:
        draw(ink, "83146"[: width // 80 + 1], x / 2 + 8, y / 2 + 6, min(24, height / 2 - 10), 3)
    return np.where(ink > 100, 40, form).astype(np.uint8)


def turned(
    degrees: float, scale: float = 1.0, shift: tuple[float, float] = (0, 0)
) -> tuple[np.ndarray, tuple[int, int]]:
    width, height = WIDTH // 2, HEIGHT // 2
    matrix = np.eye(3)
    matrix[:2] = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    room = 1.45 * scale if degrees else scale
    size = (
        (round(max(width, height) * room), round(max(width, height) * room))
        if degrees
        else (
            round(width * room),
            round(height * room),
        )
    )
    matrix[:2, 2] += (np.array(size) - (width, height)) / 2 + np.array(shift) * size
    return matrix, size


def overlap(found: Registration, true: np.ndarray, box: tuple[int, int, int, int]) -> float:
    half = tuple(value // 2 for value in box)
    first, second = (Registration(m).corners(half).astype(np.float32) for m in (found.matrix, true))  # type: ignore[arg-type]
    shared, _ = cv2.intersectConvexConvex(first, second)
    return shared / (cv2.contourArea(first) + cv2.contourArea(second) - shared)


@pytest.mark.parametrize(
    ("move", "noise"),
    [
        ((0, 1.0, (0, 0)), 0),
        ((0, 1.0, (0.1, -0.1)), 12),
        ((15, 1.0, (0, 0)), 6),
        ((-15, 1.5, (0, 0)), 12),
        ((0, 0.6, (0, 0)), 0),
        ((180, 1.0, (0, 0)), 6),
        ((90, 1.0, (0, 0)), 0),
    ],
)
def test_every_field_is_found_again(form, filled, move, noise):
    matrix, size = turned(*move)
    scan = cv2.warpPerspective(filled, matrix, size, flags=cv2.INTER_AREA, borderValue=245).astype(np.float32)
    scan = np.clip(scan + np.random.default_rng(1).normal(0, noise, scan.shape), 0, 255).astype(np.uint8)
    found = register(scan, form)
    assert min(overlap(found, matrix, box) for box in BOXES) > 0.85


def test_a_photo_from_the_side_is_found_again(form, filled):
    height, width = form.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = np.array([[70, 60], [560, 20], [640, 830], [20, 760]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, seen)
    scan = cv2.warpPerspective(filled, matrix, (680, 880), flags=cv2.INTER_AREA, borderValue=70)
    light = np.linspace(0.55, 1.0, 680)[None]
    found = register((scan * light).astype(np.uint8), form)
    assert min(overlap(found, matrix, box) for box in BOXES) > 0.85


def other_form() -> np.ndarray:
    page = np.full((877, 620), 250, np.uint8)
    for line in range(20):
        cv2.putText(
            page, f"Another sheet, line {line * 37}", (40, 60 + 40 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 50, 1
        )
    return page


@pytest.mark.parametrize(
    "picture",
    [
        other_form(),
        np.full((400, 300), 255, np.uint8),
        np.zeros((9, 9), np.uint8),
        np.random.default_rng(0).integers(0, 256, (500, 400)).astype(np.uint8),
    ],
    ids=["another form", "blank", "tiny", "noise"],
)
def test_another_picture_is_refused(form, picture):
    with pytest.raises(ImageContentError, match="does not look like this form"):
        register(picture, form)


def test_the_same_scan_gives_the_same_place(form, filled):
    np.testing.assert_array_equal(register(filled, form).matrix, register(filled, form).matrix)


def test_a_field_is_cut_out_upright_at_the_scans_resolution(filled):
    matrix, size = turned(15, 2.0)
    scan = cv2.warpPerspective(filled, matrix, size, flags=cv2.INTER_LINEAR, borderValue=245)
    box = (165, 365, 240, 37)
    cut = cut_field(scan, Registration(matrix), box)
    assert cut.shape == (74, 480)
    plain = cv2.resize(filled[365:402, 165:405], (480, 74))
    assert np.corrcoef(cut.ravel(), plain.ravel())[0, 1] > 0.9
    colour = cut_field(np.dstack([scan] * 3), Registration(matrix), box, margin=10)
    assert colour.shape == (114, 520, 3)


def test_the_box_on_the_scan_holds_all_corners():
    matrix, _ = turned(10)
    found = Registration(matrix)
    x, y, width, height = found.box_on_scan((10, 20, 100, 30))
    corners = found.corners((10, 20, 100, 30))
    assert (corners >= (x, y)).all()
    assert (corners <= (x + width, y + height)).all()


@pytest.mark.parametrize("matrix", [np.eye(2), np.full((3, 3), np.nan)])
def test_a_registration_is_a_finite_matrix(matrix):
    with pytest.raises(ValueError, match="3 x 3"):
        replace(Registration(np.eye(3)), matrix=matrix)
