"""Pictures that are no digit, for a net to learn to be unsure of, and to measure whether it is.

Nine kinds: blank, scribbles, marks, letters, signs, two digits in one box, cut digits, rules of a form, smudges. All
come out as digits come to a net: uint8 (N, 28, 28), ink 255 on 0, normalised as any picture. Those to test with are
drawn otherwise than those to train with: other fonts, marks and ways of scribbling, and from whatever digits the caller
gives. What a careful person could read as a digit is left out, such as a lone upright stroke. Knows nothing of nets.
"""

from collections.abc import Callable
from functools import cache
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.data.datasets import Dataset
from hdr.data.glyphs import CANVAS_SIDE, LETTERS, SIGNS, learned_glyph, unseen_glyph, written
from hdr.data.pen import draw_strokes
from hdr.errors import DataError, SettingsError
from hdr.results import Grey
from hdr.vision.normalise import ink_box, normalise_digit

Part = Literal["train", "test"]
Kind = Callable[[Dataset, Part, np.random.Generator], Grey]
_MIDDLE = CANVAS_SIDE / 2

_MARKS: dict[Part, tuple[tuple[str, ...], ...]] = {
    "train": (
        ("4,6 96,94", "94,4 6,96"),  # cross
        ("4,60 34,94 34,94 96,6",),  # tick
        ("4,50 96,48",),  # dash
        ("4,34 96,32", "6,66 94,68"),  # equals sign
        ("30,4 6,96", "80,4 56,96"),  # two slashes
        ("50,4 14,20 4,54 24,90 60,94 94,64 84,20 50,4", "20,20 80,80", "80,20 20,80"),  # crossed circle
        ("50,6 50,94", "6,50 94,50"),  # plus
        ("50,2 50,98", "6,26 94,74", "94,26 6,74"),  # star
        ("4,58 28,38 66,62 94,42",),  # swung dash
    ),
    "test": (
        ("2,10 98,96", "90,2 14,92"),
        ("10,50 40,90 40,90 90,20",),
        ("4,52 60,48 96,50",),
        ("4,36 96,30", "6,60 94,66", "70,6 34,96"),  # not equal
        ("20,4 4,96", "56,4 40,96", "92,4 76,96"),  # three slashes
        ("50,4 14,20 4,54 24,90 60,94 94,64 84,20 50,4", "50,8 50,92", "8,50 92,50"),
        ("4,50 96,50", "70,24 96,50 96,50 70,76"),  # arrow
        ("4,90 50,10 50,10 96,90",),  # caret
        ("4,6 46,94", "46,6 4,94", "56,6 96,94", "96,6 54,94"),  # two crosses
    ),
}

_RULES: dict[Part, tuple[tuple[str, ...], ...]] = {
    "train": (
        ("10,2 10,90 10,90 98,90",),  # lower left corner
        ("10,98 10,10 10,10 98,10",),  # upper left corner
        ("90,2 90,90 90,90 4,90",),  # lower right corner
        ("10,2 10,98", "10,50 98,50"),
        ("90,2 90,98", "90,50 2,50"),
        ("50,0 50,100", "0,50 100,50"),
        ("20,0 20,100", "80,0 80,100"),
        ("4,4 4,96 4,96 96,96 96,96 96,4",),  # open box
        ("96,4 4,4 4,4 4,96 4,96 96,96",),
    ),
    "test": (
        ("14,2 14,84 14,84 98,84", "2,84 14,84", "14,84 14,98"),
        ("30,0 30,100", "70,0 70,100", "0,50 100,50"),
        ("0,30 100,30", "0,70 100,70", "50,0 50,100"),
        ("4,4 4,90 4,90 96,90 96,90 96,4", "50,60 50,90"),  # teeth of a comb
        ("2,20 98,20", "2,50 98,50", "2,80 98,80"),
        ("50,2 50,90", "2,90 98,90"),
        ("96,10 8,10 8,10 8,90 8,90 96,90", "40,10 40,90"),
    ),
}

_CUTS: dict[str, tuple[int, ...]] = {
    "top": (0, 4, 5),
    "bottom": (0, 2),
    "left": (0, 2, 3, 4, 5, 8),
}
"""By the part that is kept, the digits of which it is a digit no more: the top of a 9 is a 0, the right of an 8 a 3."""


def draw_negatives(
    count: int, digits: Dataset, rng: np.random.Generator, *, part: Part = "train", kind: str | None = None
) -> Grey:
    """Pictures that are no digit.

    Args:
        count: How many, 0 or more.
        digits: Where pairs and cut digits come from; those of the test set belong to `part="test"`.
        rng: Source of all randomness.
        part: `train`, or `test` for fonts, marks and scribbles that are not trained with.
        kind: One of `KINDS`; where None, each picture is of a kind drawn at random.

    Returns:
        uint8 (count, 28, 28), ink 255 on 0.

    Raises:
        SettingsError: There is no such kind or part.
        DataError: There are no digits to draw from.
    """
    if kind is not None and kind not in KINDS:
        raise SettingsError(f"No kind of negatives is called {kind!r}. Known kinds: {', '.join(KINDS)}.")
    if part not in ("train", "test"):
        raise SettingsError(f"Negatives have the parts train and test, not {part!r}.")
    if not len(digits):
        raise DataError(f"{digits.name} holds no digits, which pairs and cut digits are made of. Give some.")
    names = [kind] * count if kind else rng.choice(list(KINDS), count)
    pictures = [KINDS[str(name)](digits, part, rng) for name in names]
    return np.stack(pictures) if pictures else np.zeros((0, 28, 28), np.uint8)


def _blank(_digits: Dataset, part: Part, rng: np.random.Generator) -> Grey:
    """An empty frame, faint noise, or a few specks; to test with, dust along a line too."""
    frame = np.zeros((28, 28), np.uint8)
    kind = rng.random()
    if kind < 0.2:
        return frame
    if kind < 0.5:
        limit = 60 if part == "train" else 40
        return rng.integers(0, rng.integers(8, limit), (28, 28)).astype(np.uint8)
    count = int(rng.integers(1, 7))
    places = rng.integers(3, 25, (count, 2))
    if part == "test" and rng.random() < 0.5:
        left, right = rng.uniform(4, 24, 2)
        places[:, 0], places[:, 1] = np.linspace(4, 24, count), np.linspace(left, right, count)
    for x, y in places:
        cv2.circle(frame, (int(x), int(y)), int(rng.integers(0, 2)), int(rng.integers(60, 256)), -1)
    return frame


def _scribble(_digits: Dataset, part: Part, rng: np.random.Generator) -> Grey:
    """To train with: a smooth line through many points, or hatching. To test with: coils and knots."""
    t = np.linspace(0.0, 1.0, 90)
    if part == "test":
        loops, drift, knot = rng.uniform(2.5, 6.0), rng.uniform(16.0, 40.0), rng.choice([1.0, rng.uniform(1.2, 1.8)])
        x = drift * (t - 0.5) + rng.uniform(8, 16) * np.cos(2 * np.pi * loops * t)
        y = rng.uniform(10, 22) * np.sin(2 * np.pi * loops * knot * t + rng.uniform(0, 6))
    elif rng.random() < 0.4:
        x, y = 44 * (t - 0.5), rng.uniform(10, 22) * (2 * np.abs((rng.integers(4, 8) * t) % 1 * 2 - 1) - 1)
    else:
        corners = rng.uniform(-26, 26, (2, int(rng.integers(15, 24))))
        x, y = (
            np.convolve(np.interp(t, np.linspace(0, 1, len(line)), line), np.full(5, 1 / 5), "valid")
            for line in corners
        )
    turn = rng.uniform(0, np.pi)
    points = np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], -1)
    return _framed(_inked([_MIDDLE + points], int(rng.integers(2, 6))))


def _mark(_digits: Dataset, part: Part, rng: np.random.Generator) -> Grey:
    """What people put in place of a digit: crosses, ticks, dashes, slashes, crossed circles; or a few dots."""
    kinds = _MARKS[part]
    chosen = int(rng.integers(len(kinds) + 1))
    if chosen == len(kinds):
        dots = rng.uniform(10, 54, (int(rng.integers(2, 5)), 1, 2)).repeat(2, axis=1)
        return _framed(_inked(list(dots), int(rng.integers(4, 9))))
    return _framed(_moved(written(kinds[chosen], rng), rng))


def _letter(_digits: Dataset, part: Part, rng: np.random.Generator) -> Grey:
    return _framed(_moved((learned_glyph if part == "train" else unseen_glyph)(LETTERS, rng), rng))


def _sign(_digits: Dataset, part: Part, rng: np.random.Generator) -> Grey:
    return _framed(_moved((learned_glyph if part == "train" else unseen_glyph)(SIGNS, rng), rng))


def _pair(digits: Dataset, _part: Part, rng: np.random.Generator) -> Grey:
    """Two digits in one box, apart or touching; a 1 stands apart, for it would pass as a part of the other."""
    chosen = rng.integers(len(digits), size=2)
    first, second = (_tight(digits.images[index]) for index in chosen)
    apart = 1 in digits.labels[chosen]
    gap = int(rng.integers(2, 7) if apart else rng.integers(-3, 6))
    height = max(len(first), len(second)) + int(rng.integers(0, 4))
    canvas = np.zeros((height, max(first.shape[1] + second.shape[1] + gap, 1)), np.uint8)
    for ink, left in ((first, 0), (second, canvas.shape[1] - second.shape[1])):
        top = int(rng.integers(0, height - len(ink) + 1))
        place = canvas[top : top + len(ink), max(left, 0) : max(left, 0) + ink.shape[1]]
        np.maximum(place, ink[:, : place.shape[1]], out=place)
    return _framed(canvas)


def _cut(digits: Dataset, part: Part, rng: np.random.Generator) -> Grey:
    """About half of a digit that the edge of a box or of the picture has cut through."""
    side = str(rng.choice(list(_CUTS)))
    fitting = np.flatnonzero(np.isin(np.arange(10), _CUTS[side])[digits.labels])
    if not len(fitting):
        return _pair(digits, part, rng)
    ink = _tight(digits.images[rng.choice(fitting)])
    axis = 1 if side == "left" else 0
    kept = max(2, round(ink.shape[axis] * rng.uniform(0.35, 0.5)))
    return _framed({"top": ink[:kept], "bottom": ink[-kept:], "left": ink[:, :kept]}[side])


def _rule(_digits: Dataset, part: Part, rng: np.random.Generator) -> Grey:
    """Edges of boxes and rules of tables: straight, thin, at right angles, hardly turned."""
    kinds = _RULES[part]
    strokes = kinds[int(rng.integers(len(kinds)))]
    stretch = rng.uniform(0.7, 1.0, 2)
    lines = [_corners(stroke) * 44.0 * stretch + rng.normal(0.0, 0.7, 2) + 10.0 for stroke in strokes]
    return _framed(_inked(lines, int(rng.integers(2, 6))))


def _smudge(_digits: Dataset, part: Part, rng: np.random.Generator) -> Grey:
    """Blots: smooth noise above a threshold, or filled rings of uneven radius; none as narrow as a 1."""
    canvas = np.zeros((CANVAS_SIDE, CANVAS_SIDE), np.uint8)
    if part == "train":
        cloud = cv2.resize(
            rng.random((6, 6)).astype(np.float32), (CANVAS_SIDE, CANVAS_SIDE), interpolation=cv2.INTER_CUBIC
        )
        canvas[8:56, 8:56] = np.clip(700 * (cloud - rng.uniform(0.35, 0.6)), 0, 255)[8:56, 8:56]
    else:
        around = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        radius = rng.uniform(12, 22) * (1 + 0.3 * np.sin(around * rng.integers(2, 6)) + rng.normal(0, 0.1, 24))
        ring = np.stack([radius * np.cos(around), radius * np.sin(around) * rng.uniform(0.4, 1.1)], -1)
        cv2.fillPoly(canvas, [np.round(_MIDDLE + ring).astype(np.int32)], 255)
        canvas[rng.random(canvas.shape) < rng.uniform(0.0, 0.2)] = 0
    return _framed(cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.6, 2.5)))


KINDS: dict[str, Kind] = {
    "blank": _blank,
    "scribbles": _scribble,
    "marks": _mark,
    "letters": _letter,
    "signs": _sign,
    "pairs": _pair,
    "cuts": _cut,
    "rules": _rule,
    "smudges": _smudge,
}
"""Kinds of what is no digit: name -> drawing of one picture, uint8 (28, 28)."""


def _framed(ink: Grey) -> Grey:
    return normalise_digit(np.ascontiguousarray(ink))


def _tight(image: Grey) -> Grey:
    """A picture cut out to its ink; as it is where there is none."""
    x, y, width, height = ink_box(image) or (0, 0, image.shape[1], image.shape[0])
    return image[y : y + height, x : x + width]


def _inked(lines: list[NDArray[np.float64]], pen: int) -> Grey:
    canvas = np.zeros((CANVAS_SIDE, CANVAS_SIDE), np.uint8)
    draw_strokes(canvas, lines, pen)
    return canvas


@cache
def _corners(stroke: str) -> NDArray[np.float64]:
    """A stroke's points as they are, (N, 2) in 0..1: joined by straight lines."""
    return np.array([point.split(",") for point in stroke.split()], dtype=float) / 100.0


def _moved(ink: Grey, rng: np.random.Generator) -> Grey:
    """Turned by up to 12 degrees, slanted and stretched, with a finer or broader pen."""
    turn, slant, wide = rng.uniform(-0.2, 0.2), rng.uniform(-0.25, 0.25), rng.uniform(0.75, 1.15)
    matrix = np.array([[wide * np.cos(turn), slant - np.sin(turn), 0.0], [np.sin(turn), np.cos(turn), 0.0]]) * 0.9
    matrix[:, 2] = _MIDDLE - matrix[:, :2] @ [_MIDDLE, _MIDDLE]
    moved = cv2.warpAffine(ink, matrix, (CANVAS_SIDE, CANVAS_SIDE))
    pen = int(rng.integers(1, 4))
    change = cv2.dilate if rng.random() < 0.6 else cv2.erode
    changed = change(moved, np.ones((pen, pen), np.uint8))
    return changed if changed.max() > 128 else moved
