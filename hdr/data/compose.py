"""Numbers composed of single digits for the string net, as one hand might write them amid the clutter of forms.

In: labelled digits, uint8 (N, 28, 28). Out: strips float32 (32, W), ink 1 on paper 0, with their texts. The generator
of random numbers is the caller's.
"""

import cv2
import numpy as np

from hdr.data.clutter import add_cross, add_frame, add_rules, add_strokes, security_print, stamp
from hdr.data.datasets import Dataset
from hdr.data.negatives import draw_negatives
from hdr.data.printed import BESIDE, LABELS, draw_word
from hdr.data.regional import other_form, other_shape
from hdr.data.strings import Strip, bend, wear
from hdr.results import Grey
from hdr.vision.strip import BROADENED, HEIGHT

LONGEST = 8
"""Most digits of a composed number."""
_ABROAD, _OTHER_SHAPE = 0.35, 0.5
"""Share of numbers by a hand of another country, and how often its digits have another shape than American ones."""
_PRINTED, _MARKED = 0.12, 0.04
"""Share of numbers with print before or after them, such as a currency, and with a cross, a tick or a letter."""
_WORDS, _NO_DIGITS = 0.06, 0.06
"""Share of strips that hold print alone, and of strips that hold such marks alone."""
_MARKS = ("marks", "letters", "signs", "scribbles")
"""Kinds of `hdr.data.negatives` that stand on forms where a number might."""
_FRAMED, _MARKS_FRAMED = 0.1, 0.4
"""Share of numbers and of marks in a box of their own."""
_CROSSED, _BROAD = 0.2, 0.4
"""Share of marks that are a cross from corner to corner, and of the others those as broad as a box."""
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


class Composer:
    """Composes numbers of single digits as one hand might write them, with what else forms and cheques hold."""

    def __init__(self, digits: Dataset) -> None:
        """Sort the digits by value.

        Args:
            digits: Labelled digits to compose from, one or more; numbers hold those alone that are among them.
        """
        self._digits = digits
        self._known = np.unique(digits.labels)
        self._by_value = {int(value): np.flatnonzero(digits.labels == value) for value in self._known}

    def compose(self, width: int, rng: np.random.Generator) -> tuple[Strip, str]:
        """One number in a frame, float32 (32, width) in 0..1, and its text; now and then no number, and no text."""
        across, kind = round(width / BROADENED), rng.random()
        if kind < _WORDS:
            canvas, text = _draw_labels(across, rng), ""
        elif kind < _WORDS + _NO_DIGITS:
            canvas, text = self._draw_marks(across, rng), ""
        else:
            canvas, text = self._number(across, rng)
        add_rules(canvas, rng)
        strip = cv2.resize(canvas, (width, HEIGHT)).astype(np.float32) / 255.0
        if rng.random() < 0.5:
            strip = np.maximum(strip, security_print(width, rng))
        return wear(bend(strip, rng), rng), text

    def _number(self, width: int, rng: np.random.Generator) -> tuple[Grey, str]:
        """A number with dots, dashes and print about it, uint8 (32, width), and its text."""
        text = self._draw_text(rng)
        beside, before = self._draw_beside(rng), rng.random() < 0.7
        room = beside.shape[1] if before else 0
        canvas, ends = self._write(text, width, room, rng)
        top = rng.uniform(0.25, 0.95) * max(0, HEIGHT - len(beside))
        stamp(canvas, beside, ends[0] - room if before else ends[-1] + 3, int(top))
        add_strokes(canvas, ends, rng)
        if rng.random() < _FRAMED:
            add_frame(canvas, ends[0], ends[-1], rng)
        return canvas, text[: len(ends) - 1]

    def _draw_beside(self, rng: np.random.Generator) -> Grey:
        """What stands beside a number: now and then a word in print or a mark, mostly nothing, (h, 0)."""
        kind = rng.random()
        if kind < _PRINTED:
            return draw_word(BESIDE, rng.uniform(0.35, 0.7), rng)
        if kind < _PRINTED + _MARKED:
            return np.pad(self._draw_mark(rng.uniform(12.0, 26.0), rng), ((0, 0), (0, int(rng.integers(2, 10)))))
        return np.zeros((0, 0), np.uint8)

    def _draw_marks(self, width: int, rng: np.random.Generator) -> Grey:
        """Crosses, ticks, letters or scribbles in a row, mostly a single one, uint8 (32, width)."""
        canvas, left = np.zeros((HEIGHT, width), np.uint8), int(rng.integers(0, 18))
        if rng.random() < _CROSSED:
            right = left + int(rng.integers(14, 100))
            add_cross(canvas, left, right, rng)
        else:
            right = self._stamp_marks(canvas, left, rng)
        if rng.random() < _MARKS_FRAMED:
            add_frame(canvas, left, right, rng)
        return canvas

    def _stamp_marks(self, canvas: Grey, x: int, rng: np.random.Generator) -> int:
        """Marks in a row from a column on, or a broad one; returns the column after the last."""
        size, broad = rng.uniform(13.0, 30.0), rng.random() < _BROAD
        for _ in range(1 if broad else int(rng.geometric(0.6))):
            mark = self._draw_mark(size, rng)
            if broad:
                mark = np.asarray(cv2.resize(mark, None, fx=rng.uniform(1.3, 3.0), fy=1.0), np.uint8)
            stamp(canvas, mark, x, (HEIGHT - len(mark)) // 2 + int(rng.integers(-2, 3)))
            x += mark.shape[1] + int(rng.integers(2, 12))
        return x

    def _draw_mark(self, size: float, rng: np.random.Generator) -> Grey:
        """Something written that is no digit, `size` pixels high or so."""
        (image,) = draw_negatives(1, self._digits, rng, kind=str(rng.choice(_MARKS)))
        return _rewritten(image, size, rng.normal(0.0, 0.1), rng.uniform(-0.9, 0.9), rng)

    def _draw_text(self, rng: np.random.Generator) -> str:
        count = int(rng.choice(LONGEST, p=[0.1, 0.14, 0.14, 0.16, 0.18, 0.12, 0.08, 0.08])) + 1
        if 0 in self._by_value and count > 2 and rng.random() < 0.2:
            zeros = int(rng.integers(1, count))
            return self._draw_digits(count - zeros, rng) + "0" * zeros
        return self._draw_digits(count, rng)

    def _draw_digits(self, count: int, rng: np.random.Generator) -> str:
        return "".join(str(value) for value in self._known[rng.integers(0, len(self._known), count)])

    def _write(self, text: str, width: int, room: int, rng: np.random.Generator) -> tuple[Grey, list[int]]:
        """Digits side by side on a blank frame, and the columns before the first and after each that found room.

        Args:
            text: The digits.
            width: Of the frame, pixels.
            room: What is left free at the left end at least, pixels.
            rng: Source of all randomness.
        """
        canvas = np.zeros((HEIGHT, width), np.uint8)
        size = rng.uniform(13.0, 28.0)
        slant, slope, pen = rng.normal(0.0, 0.2), rng.normal(0.0, 0.03), rng.uniform(-0.9, 0.9)
        abroad = rng.random() < _ABROAD
        pitch = rng.choice([rng.uniform(-0.1, 0.12), rng.uniform(0.05, 0.7)])
        x = room + float(rng.uniform(0.0, 18.0))
        line = (HEIGHT - size) / 2 + rng.normal(0.0, 0.12 * (HEIGHT - size))
        ends = [round(x)]
        for value in text:
            image = self._picture(int(value), abroad, rng)
            picture = _rewritten(image, size * rng.uniform(0.85, 1.1), slant + rng.normal(0.0, 0.05), pen, rng)
            high, wide = picture.shape
            if round(x) + wide > width:
                break
            top = line + slope * (x - width / 3) + (size - high) * rng.uniform(0.3, 1.0) + rng.normal(0.0, 0.6)
            stamp(canvas, picture, round(x), round(top))
            x += wide + size * (pitch + rng.normal(0.0, 0.05))
            x = max(x, ends[-1] + 3.0)
            ends.append(round(x))
        return canvas, ends

    def _picture(self, value: int, abroad: bool, rng: np.random.Generator) -> Grey:
        """A digit as American hands write it or as others do, uint8 (28, 28)."""
        if abroad and rng.random() < _OTHER_SHAPE and (drawn := other_shape(value, rng)) is not None:
            return drawn
        image = self._digits.images[rng.choice(self._by_value[value])]
        return other_form(image, value, rng) if abroad else image


def _draw_labels(width: int, rng: np.random.Generator) -> Grey:
    """Words in print, as high as a strip shows them, uint8 (32, width)."""
    canvas, x, scale = np.zeros((HEIGHT, width), np.uint8), int(rng.integers(0, 12)), rng.uniform(0.5, 1.0)
    for _ in range(int(rng.integers(1, 3))):
        word = draw_word(LABELS, scale, rng)
        stamp(canvas, word, x, (HEIGHT - word.shape[0]) // 2 + int(rng.integers(-2, 3)))
        x += word.shape[1]
    return canvas


def _rewritten(image: Grey, size: float, slant: float, pen: float, rng: np.random.Generator) -> Grey:
    """A digit by a given pen, cut out tightly, about `size` pixels high."""
    if rng.random() < 0.8:
        changed = (cv2.dilate if pen > 0 else cv2.erode)(image, _CROSS)
        image = cv2.addWeighted(image, 1.0 - abs(pen), changed, abs(pen), 0.0)
    zoom, turn = size / 20.0, rng.normal(0.0, 0.06)
    broad = zoom * rng.uniform(0.8, 1.15)
    side = int(28 * 1.5 * zoom) + 4
    matrix = np.array([[broad, -(slant + turn) * zoom, 0.0], [turn * broad, zoom, 0.0]])
    matrix[:, 2] = side / 2 - matrix[:, :2] @ np.array([13.5, 13.5])
    turned = cv2.warpAffine(image, matrix, (side, side))
    x, y, wide, high = cv2.boundingRect((turned > 64).astype(np.uint8))
    return turned[y : y + max(1, high), x : x + max(1, wide)]
