"""Numbers composed of single digits for the string net, as one hand might write them amid the clutter of forms.

In: labelled digits, uint8 (N, 28, 28). Out: strips float32 (32, W), ink 1 on paper 0, with their texts. The generator
of random numbers is the caller's.
"""

import cv2
import numpy as np

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
        _add_rules(canvas, rng)
        strip = cv2.resize(canvas, (width, HEIGHT)).astype(np.float32) / 255.0
        if rng.random() < 0.5:
            strip = np.maximum(strip, _security_print(width, rng))
        return wear(bend(strip, rng), rng), text

    def _number(self, width: int, rng: np.random.Generator) -> tuple[Grey, str]:
        """A number with dots, dashes and print about it, uint8 (32, width), and its text."""
        text = self._draw_text(rng)
        beside, before = self._draw_beside(rng), rng.random() < 0.7
        room = beside.shape[1] if before else 0
        canvas, ends = self._write(text, width, room, rng)
        top = rng.uniform(0.25, 0.95) * max(0, HEIGHT - len(beside))
        _stamp(canvas, beside, ends[0] - room if before else ends[-1] + 3, int(top))
        _add_marks(canvas, ends, rng)
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
        canvas, x, size = np.zeros((HEIGHT, width), np.uint8), int(rng.integers(0, 18)), rng.uniform(13.0, 30.0)
        for _ in range(int(rng.geometric(0.6))):
            mark = self._draw_mark(size, rng)
            _stamp(canvas, mark, x, (HEIGHT - len(mark)) // 2 + int(rng.integers(-2, 3)))
            x += mark.shape[1] + int(rng.integers(2, 12))
        return canvas

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
            _stamp(canvas, picture, round(x), round(top))
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
        _stamp(canvas, word, x, (HEIGHT - word.shape[0]) // 2 + int(rng.integers(-2, 3)))
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


def _stamp(canvas: Grey, picture: Grey, left: int, top: int) -> None:
    """Lay a picture on the canvas, as far as it lies within."""
    high, wide = picture.shape
    first, last = max(0, top), min(HEIGHT, top + high)
    start, end = max(0, left), min(canvas.shape[1], left + wide)
    if first < last and start < end:
        part = canvas[first:last, start:end]
        np.maximum(part, picture[first - top : last - top, start - left : end - left], out=part)


def _add_marks(canvas: Grey, ends: list[int], rng: np.random.Generator) -> None:
    """Dots and commas between digits, dashes, slashes and equals signs before and after, strokes of the rows beside."""
    base = int(rng.integers(20, 29))
    for end in ends[1:-1]:
        if rng.random() < 0.12:
            _line(canvas, (end - 1, base), (end - 1 - int(rng.integers(0, 2)), base + int(rng.integers(0, 4))), rng)
    if rng.random() < 0.35:
        _add_tail(canvas, ends[-1] + int(rng.integers(2, 9)), rng)
    if rng.random() < 0.08 and ends[0] > 8:
        _add_tail(canvas, max(0, ends[0] - 12), rng)
    if rng.random() < 0.3:
        _add_neighbours(canvas, rng)


def _add_tail(canvas: Grey, x: int, rng: np.random.Generator) -> None:
    """What people put after an amount so that nothing is added: a dash, two, a point with a dash, slashes."""
    kind, y, reach, tilt = (int(rng.integers(*span)) for span in ((0, 6), (6, 25), (3, 24), (-3, 3)))
    if kind in (0, 1, 2):
        _line(canvas, (x, y), (x + reach, y + tilt), rng)
    if kind in (1, 3):
        _line(canvas, (x, y + 5), (x + reach, y + 5 + tilt), rng)
    if kind in (2, 3, 4):
        _line(canvas, (x, 26), (x, 26), rng)
    if kind == 5:
        for start in (x, x + 5):
            _line(canvas, (start, 28), (start + int(rng.integers(4, 9)), 5), rng)


def _add_neighbours(canvas: Grey, rng: np.random.Generator) -> None:
    """Ends of strokes of the rows above and below."""
    for _ in range(int(rng.integers(1, 5))):
        x, deep = int(rng.integers(0, canvas.shape[1])), int(rng.integers(1, 6))
        edge, inner = (0, deep) if rng.random() < 0.5 else (HEIGHT - 1, HEIGHT - 1 - deep)
        _line(canvas, (x, edge), (x + int(rng.integers(-6, 7)), inner), rng, faintest=0.4)


def _add_rules(canvas: Grey, rng: np.random.Generator) -> None:
    """Underlines, the lines of a form, the sides of boxes."""
    width = canvas.shape[1]
    if rng.random() < 0.35:
        for _ in range(int(rng.integers(1, 3))):
            y = int(rng.choice([rng.integers(0, 5), rng.integers(25, 32), rng.integers(0, 32)]))
            _line(canvas, (0, y), (width, y + int(rng.integers(-2, 3))), rng, faintest=0.15, broadest=2)
    if rng.random() < 0.15:
        for x in rng.integers(0, width, int(rng.integers(1, 4))):
            _line(canvas, (int(x), 0), (int(x), HEIGHT), rng, faintest=0.15, broadest=1)


def _line(  # noqa: PLR0913 - where, and how strong
    canvas: Grey,
    start: tuple[int, int],
    end: tuple[int, int],
    rng: np.random.Generator,
    *,
    faintest: float = 0.6,
    broadest: int = 3,
) -> None:
    """A line of random strength and breadth; what lies beneath it and is darker stays."""
    layer = cv2.line(
        np.zeros_like(canvas),
        start,
        end,
        255 * rng.uniform(faintest, 1.0),
        int(rng.integers(1, broadest + 1)),
        cv2.LINE_AA,
    )
    np.maximum(canvas, layer, out=canvas)


def _security_print(width: int, rng: np.random.Generator) -> Strip:
    """A pattern of fine waves, as on cheques, or the grain of coloured paper."""
    y, x = np.mgrid[0:HEIGHT, 0:width].astype(np.float32)
    print_ = np.zeros((HEIGHT, width), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        angle, pitch = rng.uniform(0.0, np.pi), rng.uniform(2.5, 8.0)
        wave = rng.uniform(0.0, 4.0) * np.sin(x / rng.uniform(6.0, 30.0) + rng.uniform(0.0, 6.0))
        phase = (x * np.sin(angle) + (y + wave) * np.cos(angle)) * (2 * np.pi / pitch)
        print_ = np.maximum(print_, np.maximum(0.0, np.sin(phase)))
    if rng.random() < 0.4:
        print_ += rng.normal(0.0, 0.5, print_.shape)
    return (rng.uniform(0.08, 0.4) * np.clip(print_, 0.0, 1.0)).astype(np.float32)
