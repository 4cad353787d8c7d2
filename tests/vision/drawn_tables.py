"""Tables, boxes and sheets on a table, drawn for the tests of this folder."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.data.pen import digit_strokes, draw_strokes

RGB = NDArray[np.uint8]


@dataclass(frozen=True)
class Form:
    """A table to be drawn: cells of `wide` x `high` pixels, with `digits` in each that is filled."""

    rows: int = 5
    columns: int = 4
    wide: int = 90
    high: int = 46
    digits: int = 2
    height: int = 26
    rule: int = 2
    colour: int = 70
    frame: bool = True
    broken: bool = False
    filled: float = 0.7
    margin: int = 40
    shift: int = 0

    @property
    def size(self) -> tuple[int, int]:
        return self.rows * self.high + 2 * self.margin, self.columns * self.wide + 2 * self.margin


def draw_form(form: Form, seed: int = 0) -> tuple[RGB, list[list[str]]]:
    """The form on paper, and what is written in its cells; an empty cell holds an empty text."""
    rng = np.random.default_rng(seed)
    ink = np.zeros(form.size, np.uint8)
    texts = [[_text(rng, form) for _ in range(form.columns)] for _ in range(form.rows)]
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            _write(ink, text, form, (row, column), rng)
    page = 235.0 - draw_rules(form) / 255.0 * (235 - form.colour)
    page -= ink / 255.0 * np.maximum(0.0, page - 40)
    return as_rgb(page + rng.normal(0, 2, page.shape)), texts


def draw_rules(form: Form) -> NDArray[np.uint8]:
    """The form's lines, uint8 (H, W), 255 on 0."""
    rules = np.zeros(form.size, np.uint8)
    left, top = form.margin, form.margin
    right, bottom = left + form.columns * form.wide, top + form.rows * form.high
    inner = 0 if form.frame else 1
    for row in range(inner, form.rows + 1 - inner):
        cv2.line(rules, (left, top + row * form.high), (right, top + row * form.high), 255, form.rule, cv2.LINE_AA)
    for column in range(inner, form.columns + 1 - inner):
        x = left + column * form.wide
        cv2.line(rules, (x, top), (x, bottom), 255, form.rule, cv2.LINE_AA)
    if form.broken:
        for row in range(form.rows + 1):
            for column in range(row % 2, form.columns + 1, 2):
                cv2.circle(rules, (left + column * form.wide, top + row * form.high), 5, 0, -1)
    return rules


def as_rgb(page: NDArray[np.float64]) -> RGB:
    """Brightness as a picture."""
    return np.repeat(np.clip(np.round(page), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def turned(rgb: RGB, degrees: float, paper: int = 235) -> RGB:
    """The page turned clockwise on a larger sheet of the same paper."""
    height, width = rgb.shape[:2]
    way = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    cos, sin = abs(way[0, 0]), abs(way[0, 1])
    size = (round(width * cos + height * sin), round(height * cos + width * sin))
    way[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    return cv2.warpAffine(rgb, way, size, borderValue=(paper,) * 3)


def photographed(
    rgb: RGB, tilt: float, degrees: float, table: int = 90, seed: int = 0
) -> tuple[RGB, NDArray[np.float64]]:
    """The sheet on a rough table, turned and seen at an angle of `tilt` degrees, and the way there, float64 (3, 3)."""
    rng = np.random.default_rng(seed)
    height, width = rgb.shape[:2]
    corners = np.array([[-width, -height], [width, -height], [width, height], [-width, height]], float) / 2
    angle, lean = np.deg2rad(degrees), np.deg2rad(tilt)
    flat = corners @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    away = 1.6 * max(height, width)
    seen = np.stack([flat[:, 0], flat[:, 1] * np.cos(lean)], axis=1) / (1 + flat[:, 1:] * np.sin(lean) / away)
    placed = seen - seen.min(axis=0) + 60
    size = tuple(int(value) for value in np.ceil(placed.max(axis=0)) + 60)
    frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    way = cv2.getPerspectiveTransform(frame, placed.astype(np.float32))
    ground = as_rgb(table + rng.normal(0, 6, (size[1], size[0])))
    share = cv2.warpPerspective(np.full((height, width), 255, np.uint8), way, size)[..., None] / 255.0
    photo = cv2.warpPerspective(rgb, way, size, flags=cv2.INTER_AREA) * share + ground * (1 - share)
    return photo.astype(np.uint8), way


def _text(rng: np.random.Generator, form: Form) -> str:
    if rng.random() >= form.filled:
        return ""
    return "".join(str(rng.integers(10)) for _ in range(form.digits))


def _write(ink: NDArray[np.uint8], text: str, form: Form, cell: tuple[int, int], rng: np.random.Generator) -> None:
    pitch = 0.95 * form.height
    left = form.margin + cell[1] * form.wide + (form.wide - pitch * form.digits) / 2 + rng.uniform(-3, 3)
    top = form.margin + cell[0] * form.high + (form.high - form.height) / 2 + form.shift
    for index, digit in enumerate(text):
        draw_strokes(ink, digit_strokes(int(digit), left + index * pitch, top, form.height), 3)
