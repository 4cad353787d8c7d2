"""Draw a form of our own, fill it in with MNIST digits as handwriting, and photograph it badly.

usage: python -m scripts.draw_forms FOLDER [--count N]

Writes the template `form.json`, the blank form and N filled, distorted ones with their truth. MNIST is needed for the
handwriting. The bench `benchmarks/forms.py` draws its forms with the functions of this file.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.data.datasets import Dataset, load_dataset
from hdr.decode.checks import CHECKS
from hdr.decode.rules import Rule
from hdr.errors import HdrError
from hdr.results import RGB, Box
from hdr.store.templates import Field, Template, Total, template_as_json
from hdr.vision.image import encode_jpeg, encode_png
from hdr.vision.normalise import stroke_width

Matrix = NDArray[np.float64]
WIDTH, HEIGHT = 1240, 1754  # A4 at 150 pixels to the inch
PRINT = (70, 70, 78)
PENS = ((25, 30, 38), (30, 52, 140), (16, 34, 96), (60, 60, 66), (130, 30, 40))
WAYS = ("straight", "shifted", "rotated", "photographed")
NOISE = (2.0, 7.0, 14.0)
_COLUMN = (780, 1080, 270, 300)

FIELDS = (
    Field("Number", (330, 250, 380, 74), Rule(lengths=(2, 7))),
    Field("Customer", (330, 370, 8 * 62, 70), Rule("boxes", lengths=(8, 8)), 8),
    Field("Date", (330, 490, 400, 74), Rule("date", date_format="DDMMYYYY", low=1980, high=2039)),
    Field("Born", (330, 610, 8 * 62, 70), Rule("date", date_format="DDMMYYYY", low=1920, high=2020), 8),
    Field("Card", (330, 730, 480, 74), Rule(lengths=(10, 10), check="luhn")),
    Field("Account", (330, 850, 10 * 62, 70), Rule("boxes", lengths=(10, 10), check="mod97"), 10),
    Field("Postcode", (330, 970, 320, 74), Rule(pattern="[1-9]####")),
    Field("Amounts", _COLUMN, Rule("column", lengths=(1, 4)), 5),
    Field("Total", (780, 1400, 270, 70), Rule(lengths=(1, 5))),
    Field("Article", (330, 1540, 560, 74), Rule(lengths=(13, 13), check="mod10")),
)


def blank_template() -> Template:
    """The form as a template with its blank picture."""
    return Template("form", (WIDTH, HEIGHT), FIELDS, (Total("Total", ("Amounts",)),), encode_png(draw_blank()))


def draw_blank() -> RGB:
    """The empty form, uint8 (1754, 1240, 3) RGB."""
    page = np.full((HEIGHT, WIDTH, 3), 252, np.uint8)
    _print(page, "ORDER AND DELIVERY NOTE", (90, 130), 1.7, 3)
    _print(page, "Please write clearly with a dark pen, one digit to a box.", (90, 185), 0.8, 1)
    for field in FIELDS:
        x, y, width, height = field.box
        cv2.rectangle(page, (x, y), (x + width, y + height), PRINT, 2)
        _print(page, field.name, (90 if x < 700 else 560, y + height - 22), 0.9, 2)
        _rule_cells(page, field)
    for line, text in enumerate(("Article / quantity", "Delivered by", "Received", "Returned", "Checked")):
        _print(page, text, (110, 1120 + 60 * line), 0.75, 1)
    cv2.rectangle(page, (90, _COLUMN[1]), (780, _COLUMN[1] + _COLUMN[3]), PRINT, 2)
    _print(page, "Form 27 B - Return this sheet with the goods. Keep the copy for your records.", (90, 1700), 0.7, 1)
    return page


def _rule_cells(page: RGB, field: Field) -> None:
    x, y, width, height = field.box
    for i in range(1, field.cells):
        if field.rule.kind == "column":
            at = y + round(i * height / field.cells)
            cv2.line(page, (90, at), (x + width, at), PRINT, 2)
        else:
            at = x + round(i * width / field.cells)
            cv2.line(page, (at, y), (at, y + height), PRINT, 2)


def _print(page: RGB, text: str, at: tuple[int, int], size: float, thickness: int) -> None:
    cv2.putText(page, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, PRINT, thickness, cv2.LINE_AA)


def draw_truth(rng: np.random.Generator) -> dict[str, str]:
    """What a person writes: a text for every field that follows its rule; a column's numbers joined by `/`."""
    truth = {field.name: _draw_text(field, rng) for field in FIELDS}
    truth["Total"] = str(sum(int(number) for number in truth["Amounts"].split("/")))
    return truth


def _draw_text(field: Field, rng: np.random.Generator) -> str:
    rule = field.rule
    if rule.kind == "column":
        return "/".join(str(rng.integers(1, 10 ** rng.integers(1, 5))) for _ in range(field.cells))
    if rule.kind == "date":
        return f"{rng.integers(1, 29):02d}{rng.integers(1, 13):02d}{rng.integers(rule.years[0], rule.years[1] + 1)}"
    if rule.pattern:
        return str(rng.integers(10_000, 100_000))
    count = int(rng.integers(rule.span[0], rule.span[1] + 1))
    body = "".join(str(digit) for digit in rng.integers(0, 10, count))
    return _with_check(body, rule.check) if rule.check else body


def _with_check(text: str, check: str) -> str:
    """The text with its last digits changed to what the check demands."""
    places = 2 if check == "mod97" else 1
    ends = ("".join(map(str, end)) for end in product(range(10), repeat=places))
    return next(text[:-places] + end for end in ends if CHECKS[check].accepts(text[:-places] + end))


@dataclass(frozen=True, eq=False)
class Hand:
    """A person's writing.

    Attributes:
        pictures: uint8 (N, 28, 28), digits to write with.
        by_value: Indices of the pictures of each digit.
        colour: RGB of the pen.
        size: Height of a digit as a share of the field's.
        pen: Width of the pen, pixels of a digit that is about 103 pixels high.
        gap: Space between digits as a share of their height.
        slant: Shear to the right.
    """

    pictures: RGB
    by_value: tuple[NDArray[np.int64], ...]
    colour: tuple[int, int, int]
    size: float
    pen: float
    gap: float
    slant: float


def draw_hand(digits: Dataset, rng: np.random.Generator) -> Hand:
    """A person, by chance."""
    by_value = tuple(np.flatnonzero(digits.labels == value) for value in range(10))
    colour = PENS[int(rng.integers(len(PENS)))]
    size, pen, gap = rng.uniform(0.58, 0.78), rng.uniform(6.0, 16.0), rng.uniform(0.06, 0.4)
    return Hand(digits.images, by_value, colour, size, pen, gap, rng.normal(0.0, 0.1))


def fill(page: RGB, truth: dict[str, str], hand: Hand, rng: np.random.Generator) -> RGB:
    """The form with a person's writing in it."""
    ink = np.zeros(page.shape[:2], np.float32)
    for field in FIELDS:
        for box, text in _places(field, truth[field.name]):
            _write(ink, box, text, hand, rng)
    share = ink[..., None] * rng.uniform(0.8, 1.0)
    return np.clip(page * (1 - share) + np.array(hand.colour) * share, 0, 255).astype(np.uint8)


def _places(field: Field, text: str) -> list[tuple[Box, str]]:
    x, y, width, height = field.box
    if field.rule.kind == "column":
        high = height / field.cells
        return [((x, round(y + i * high), width, round(high)), part) for i, part in enumerate(text.split("/"))]
    if field.cells:
        wide = width / field.cells
        return [((round(x + i * wide), y, round(wide), height), digit) for i, digit in enumerate(text)]
    return [(field.box, text)]


def _write(ink: NDArray[np.float32], box: Box, text: str, hand: Hand, rng: np.random.Generator) -> None:
    x, y, width, height = box
    glyphs = [_glyph(int(digit), hand.size * height * rng.uniform(0.9, 1.08), hand, rng) for digit in text]
    gap = hand.gap * hand.size * height
    long = sum(glyph.shape[1] + gap for glyph in glyphs) - gap
    shrink = min(1.0, (width - 14) / long)
    at = x + 7 + (width - 14 - long * shrink) * (0.5 if len(text) == 1 else rng.uniform(0.0, 0.6))
    for glyph in glyphs:
        size = (max(2, round(glyph.shape[1] * shrink)), max(2, round(glyph.shape[0] * shrink)))
        small = cv2.resize(glyph, size, interpolation=cv2.INTER_AREA)
        top = round(y + (height - small.shape[0]) / 2 + rng.normal(0.0, 0.03 * height))
        left = round(at + rng.normal(0.0, 0.01 * height))
        window = ink[top : top + small.shape[0], left : left + small.shape[1]]
        np.maximum(window, small[: window.shape[0], : window.shape[1]], out=window)
        at += (glyph.shape[1] + gap) * shrink


def _glyph(value: int, height: float, hand: Hand, rng: np.random.Generator) -> NDArray[np.float32]:
    """One digit, float32 0..1, cut out closely, `height` pixels high."""
    picture = hand.pictures[rng.choice(hand.by_value[value])]
    large = cv2.resize(np.pad(picture, 4), (144, 144), interpolation=cv2.INTER_CUBIC)
    lean = np.array([[1, hand.slant, -72 * hand.slant], [0, 1, 0]])
    large = cv2.warpAffine(large, lean, (144, 144))
    large = _as_pen(large, hand.pen)
    x, y, width, high = cv2.boundingRect((large > 60).astype(np.uint8))
    scale = height / max(high, 0.8 * width)
    cut = large[y : y + high, x : x + width]
    shape = (max(2, round(width * scale)), max(2, round(high * scale)))
    return np.clip(cv2.resize(cut, shape, interpolation=cv2.INTER_AREA).astype(np.float32) / 255 * 1.4 - 0.2, 0, 1)


def _as_pen(large: RGB, pen: float) -> RGB:
    """The digit as a pen of that width writes it; no stroke loses more than a third, or it would break."""
    width = stroke_width((large > 100).astype(np.uint8))
    change = max(pen - width, -width / 3)
    size = round(abs(change)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(large, kernel) if change > 0 else cv2.erode(large, kernel), np.uint8)


def distort(page: RGB, way: str, noise: float, rng: np.random.Generator) -> tuple[RGB, Matrix]:
    """A scan or photo of the sheet, and the matrix that leads from the form to it.

    Args:
        page: The filled form.
        way: One of `WAYS`.
        noise: Standard deviation of the sensor's noise, of 255.
        rng: Source of all randomness.
    """
    scale = rng.uniform(0.8, 1.6)
    matrix, size = _camera(way, scale, rng)
    ground = (252, 252, 250) if way != "photographed" else (92, 74, 60)
    picture = cv2.warpPerspective(
        page, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_CONSTANT, borderValue=ground
    ).astype(np.float32)
    if way == "photographed":
        picture *= _shadow(size, rng)[..., None]
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 0.9) * scale)
    picture += rng.normal(0.0, noise, picture.shape).astype(np.float32)
    bytes_ = cv2.imencode(".jpg", np.clip(picture, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
    return np.asarray(cv2.imdecode(bytes_, cv2.IMREAD_COLOR), np.uint8), matrix


def _camera(way: str, scale: float, rng: np.random.Generator) -> tuple[Matrix, tuple[int, int]]:
    """Matrix from the form to the picture, and the picture's size."""
    width, height = round(WIDTH * scale), round(HEIGHT * scale)
    turn = {"rotated": rng.uniform(-15, 15), "photographed": rng.uniform(-6, 6)}.get(way, rng.uniform(-0.5, 0.5))
    centre = _shift(-WIDTH / 2, -HEIGHT / 2)
    angle = np.deg2rad(turn)
    rotation = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    if way == "photographed":
        tilt = _tilt(25.0, rng.uniform(0, 2 * np.pi))
        return _shift(0.6 * width, 0.6 * height) @ np.diag([scale, scale, 1.0]) @ tilt @ rotation @ centre, (
            round(1.2 * width),
            round(1.2 * height),
        )
    away = rng.uniform(-0.1, 0.1, 2) if way == "shifted" else np.zeros(2)
    room = 1.25 if way == "rotated" else 1.0
    place = _shift(width * (0.5 * room + away[0]), height * (0.5 * room + away[1]))
    return place @ np.diag([scale, scale, 1.0]) @ rotation @ centre, (round(width * room), round(height * room))


def _shift(x: float, y: float) -> Matrix:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def _tilt(degrees: float, towards: float) -> Matrix:
    """A sheet seen from the side: by so many degrees, from a direction, at twice its height's distance."""
    angle, distance = np.deg2rad(degrees), 2.0 * HEIGHT
    axis = np.array([np.cos(towards), np.sin(towards), 0.0])
    rotation, _ = cv2.Rodrigues(axis * angle)
    lens = np.diag([distance, distance, 1.0])
    return lens @ np.column_stack([rotation[:, 0], rotation[:, 1], [0.0, 0.0, distance]])


def _shadow(size: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Light over the picture, 0..1: a gradient and the soft edge of a shadow."""
    x, y = np.meshgrid(np.linspace(0, 1, size[0], dtype=np.float32), np.linspace(0, 1, size[1], dtype=np.float32))
    angle = rng.uniform(0, 2 * np.pi)
    along = (x - 0.5) * np.float32(np.cos(angle)) + (y - 0.5) * np.float32(np.sin(angle))
    edge = 1 / (1 + np.exp(-(along - np.float32(rng.uniform(-0.3, 0.3))) / np.float32(rng.uniform(0.02, 0.15))))
    return np.float32(0.95) - np.float32(rng.uniform(0.1, 0.35)) * edge - np.float32(0.1) * along


def main() -> None:
    """Write the template, the blank form and filled ones."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=12)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    template, digits, rng = blank_template(), load_dataset("mnist"), np.random.default_rng(5)
    (asked.folder / "form.json").write_text(template_as_json(template), encoding="utf-8")
    (asked.folder / "blank.png").write_bytes(template.reference)
    truths = {}
    for number in range(asked.count):
        truth = draw_truth(rng)
        page = fill(draw_blank(), truth, draw_hand(digits, rng), rng)
        picture, _ = distort(page, WAYS[number % len(WAYS)], NOISE[number // len(WAYS) % len(NOISE)], rng)
        (asked.folder / f"filled-{number:02d}.jpg").write_bytes(encode_jpeg(picture))
        truths[f"filled-{number:02d}.jpg"] = truth
    (asked.folder / "truth.json").write_text(json.dumps(truths, indent=2) + "\n", encoding="utf-8")
    print(f"Drew {asked.count} filled forms in {asked.folder}.")


if __name__ == "__main__":
    try:
        main()
    except HdrError as error:
        sys.exit(f"Error: {error}")
