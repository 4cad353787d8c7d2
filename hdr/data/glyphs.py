"""Letters and signs that cannot be taken for digits: by this project's own pen, and from printed fonts.

Those to train with come from the pen and from the font that is built into OpenCV; those to test with from Pillow's own
font and, where installed, the DejaVu family. So no digit net is tested on a letter in the form that it was learned in;
the string net has seen Pillow's font in words (`hdr.data.printed`). What a careful person could read as a digit is left
out: O, D, Q, C, U and G (0, 6), I, l, i, J and T (1, 7), S (5), Z (2), B (8), g, q, a and y (9), b (6), t and Y (4),
and ? ! , / | ( ) $ < >.
"""

import contextlib
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.data.pen import draw_strokes, spline_points
from hdr.results import Grey

CANVAS_SIDE = 64
"""Height and width of a glyph's picture, pixels."""

LETTERS = "AEFHKMNPRVWXdehkmnprvwx"
SIGNS = "%&#@+=:;*~"

PEN: dict[str, tuple[str, ...]] = {
    "A": ("2,98 30,2 30,2 58,98", "14,62 46,62"),
    "E": ("50,4 10,4 10,4 8,96 8,96 52,95", "9,50 42,49"),
    "F": ("52,3 10,4 10,4 8,98", "9,48 40,47"),
    "H": ("8,2 6,98", "52,2 50,98", "7,50 51,48"),
    "K": ("10,2 8,98", "50,3 10,54 10,54 54,97"),
    "M": ("4,98 12,4 12,4 34,66 34,66 58,4 58,4 66,98",),
    "N": ("6,98 8,3 8,3 50,96 50,96 52,2",),
    "P": ("10,98 10,3 10,3 44,8 46,42 11,54",),
    "R": ("10,98 10,3 10,3 44,8 46,40 12,50 12,50 52,97",),
    "V": ("4,3 28,97 28,97 54,3",),
    "W": ("2,3 18,97 18,97 34,30 34,30 50,97 50,97 68,3",),
    "X": ("6,3 52,97", "52,3 4,97"),
    "d": ("44,52 24,44 8,66 18,94 42,84", "46,2 45,84 58,97"),
    "e": ("8,68 40,62 38,42 22,40 8,62 16,94 46,88",),
    "h": ("10,2 8,98 8,98 24,52 44,56 44,98",),
    "k": ("10,2 8,98", "40,44 10,70 10,70 44,97"),
    "m": ("6,98 8,46 8,46 10,62 24,46 34,56 34,98 34,98 36,60 50,46 60,58 62,98",),
    "n": ("8,98 9,46 9,46 22,46 40,50 42,98",),
    "r": ("8,98 9,45 9,45 20,50 42,46",),
}
"""Letters as a hand writes them, in strokes as in `hdr.data.pen`."""

_TEST_FILES = (
    "DejaVuSans.ttf",
    "DejaVuSans-Oblique.ttf",
    "DejaVuSerif.ttf",
    "DejaVuSerif-Italic.ttf",
    "DejaVuSansMono.ttf",
)
FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
"""Upright, bold, slanted, and both, all of one family since OpenCV 5."""


def learned_glyph(text: str, rng: np.random.Generator) -> Grey:
    """One of some characters to train with: by the pen, or printed. uint8 (64, 64), ink 255 on 0."""
    character = text[int(rng.integers(len(text)))]
    if character in PEN and rng.random() < 0.6:
        return written(PEN[character], rng)
    return _printed(character, int(rng.integers(len(FONTS))))


def unseen_glyph(text: str, rng: np.random.Generator) -> Grey:
    """One of some characters to test with, in fonts that are none of those to train with. uint8 (64, 64)."""
    return _set(text[int(rng.integers(len(text)))], int(rng.integers(len(unseen_fonts()))))


def written(
    strokes: tuple[str, ...], rng: np.random.Generator, jitter: float = 0.04, pens: tuple[int, int] = (4, 9)
) -> Grey:
    """Strokes of the pen by an unsteady hand, uint8 (64, 64), ink 255 on 0.

    Args:
        strokes: As in `hdr.data.pen`, in hundredths.
        rng: Moves the points and chooses the pen.
        jitter: Standard deviation of each point's move, as a share of the height.
        pens: Least width of the pen and the first that is too broad, pixels; letters are 40 high.
    """
    canvas = np.zeros((CANVAS_SIDE, CANVAS_SIDE), np.uint8)
    lines = [_shaken(_stroke_points(stroke), rng, jitter) for stroke in strokes]
    draw_strokes(canvas, [12.0 + 40.0 * line for line in lines], int(rng.integers(*pens)))
    return canvas


@cache
def _stroke_points(stroke: str) -> NDArray[np.float64]:
    return spline_points(stroke, steps=6)


def _shaken(points: NDArray[np.float64], rng: np.random.Generator, jitter: float) -> NDArray[np.float64]:
    """Points (N, 2) moved by a wave that is as long as the stroke."""
    along = np.linspace(0.0, 1.0, len(points))[:, None]
    start, bend, end = rng.normal(0.0, jitter, (3, 2))
    return points + start * (1 - along) + bend * np.sin(np.pi * along) + end * along


@cache
def _printed(character: str, face: int) -> Grey:
    canvas = np.zeros((CANVAS_SIDE, CANVAS_SIDE), np.uint8)
    cv2.putText(canvas, character, (8, 50), FONTS[face], 1.6, 255, 2, cv2.LINE_AA)
    return canvas


@cache
def _set(character: str, face: int) -> Grey:
    from PIL import Image, ImageDraw

    picture = Image.new("L", (CANVAS_SIDE, CANVAS_SIDE))
    ImageDraw.Draw(picture).text((CANVAS_SIDE / 2, CANVAS_SIDE / 2), character, 255, _faces()[face], anchor="mm")
    return np.asarray(picture)


def unseen_fonts() -> list[str]:
    """Names of the fonts that are tested with, Pillow's own first."""
    return [" ".join(part for part in face.getname() if part) for face in _faces()]


@cache
def _faces() -> list[Any]:
    from PIL import ImageFont

    faces = [ImageFont.load_default(44)]
    for file in _TEST_FILES:
        with contextlib.suppress(OSError):  # not installed everywhere
            faces.append(ImageFont.truetype(file, 44))
    return faces
