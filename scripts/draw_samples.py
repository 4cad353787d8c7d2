"""Draw the pictures that the pages show before a person brings their own, and the icon.

`samples/page.jpg`, `samples/drawing.json` with `samples/drawing.png`, `samples/icon.png`.

usage: python -m scripts.draw_samples
"""

import json

import cv2
import numpy as np

from hdr.colours import ACCENT
from hdr.config import SAMPLES
from hdr.data.pen import digit_strokes, draw_strokes
from scripts.draw_forms import draw_blank

SIDE, PEN = 340, 16  # of the canvas on the Draw page
ROWS = ("27 1863", "40 5912", "3 14159")


def draw_page() -> np.ndarray:
    """A photographed note, uint8 (900, 1200, 3) RGB: warm paper, faint rules, a soft shadow, blue ink, sloping rows."""
    rng = np.random.default_rng(7)
    height, width = 900, 1200
    ink, rules = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
    for line in range(120, height, 130):
        cv2.line(rules, (0, line + 8), (width, line - 8), 60, 2, cv2.LINE_AA)
    for row, text in enumerate(ROWS):
        left = 170.0
        for character in text:
            if character != " ":
                top = 150 + 230 * row - 0.05 * left + rng.normal(0, 4)
                draw_strokes(
                    ink, digit_strokes(int(character), left, top, rng.normal(125, 5), rng.normal(0.12, 0.04)), 9
                )
            left += 105 + rng.normal(0, 5)
    y, x = np.mgrid[0:height, 0:width]
    light = 0.97 - 0.32 / (1 + np.exp(-(x + 0.5 * y - 1150) / 90)) + rng.normal(0, 0.008, ink.shape)
    paper = np.array([236, 229, 214], float) * light[..., None]
    for mask, colour in ((rules, (120, 150, 190)), (ink, (38, 52, 120))):
        share = mask[..., None] / 255.0
        paper = paper * (1 - share) + np.array(colour, float) * light[..., None] * share
    return cv2.GaussianBlur(np.clip(paper, 0, 255).astype(np.uint8), (0, 0), 0.8)


def _example_strokes() -> list[np.ndarray]:
    return [
        points for digit, left in ((4, 55.0), (2, 185.0)) for points in digit_strokes(digit, left, 85.0, 170.0, 0.08)
    ]


def draw_canvas() -> dict[str, object]:
    """A drawing for the canvas of the Draw page: the number 42 as Fabric.js paths."""
    paths = [
        {"type": "Path", "path": _as_path(points), "fill": None, "stroke": "#1b1e28", "strokeWidth": PEN}
        | {"strokeLineCap": "round", "strokeLineJoin": "round"}
        for points in _example_strokes()
    ]
    return {"version": "6.0.0", "objects": paths}


def _as_path(points: np.ndarray) -> list[list[object]]:
    return [["L" if index else "M", *point] for index, point in enumerate(np.round(points, 1).tolist())]


def draw_canvas_picture() -> np.ndarray:
    """The same drawing as the canvas shows it, uint8 (340, 340) grey."""
    ink = np.zeros((SIDE, SIDE), np.uint8)
    draw_strokes(ink, _example_strokes(), PEN)
    return 255 - ink


def draw_icon() -> np.ndarray:
    """White 4 on a square in the accent colour, uint8 (64, 64, 3) RGB."""
    ink = np.zeros((64, 64), np.uint8)
    draw_strokes(ink, digit_strokes(4, 18, 11, 42, 0.1), 6)
    share = ink[..., None] / 255.0
    return (np.array(ACCENT) * (1 - share) + 255 * share).astype(np.uint8)


if __name__ == "__main__":
    SAMPLES.mkdir(exist_ok=True)
    cv2.imwrite(str(SAMPLES / "page.jpg"), draw_page()[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    (SAMPLES / "drawing.json").write_text(json.dumps(draw_canvas()) + "\n", encoding="utf-8")
    cv2.imwrite(str(SAMPLES / "drawing.png"), draw_canvas_picture())
    cv2.imwrite(str(SAMPLES / "icon.png"), draw_icon()[..., ::-1])
    cv2.imwrite(str(SAMPLES / "form.png"), cv2.cvtColor(draw_blank(), cv2.COLOR_RGB2GRAY))
    print(f"Drew the samples in {SAMPLES}.")
