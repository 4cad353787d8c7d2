"""The reader: patches in, digits with confidences out. Pages and commands read through this and nothing else.

A `Reader` holds one model's `predict`. Looking at a picture (`hdr.vision.layout`) and reading it are apart, so that
several models can read what was looked at once.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from hdr.errors import ImageContentError
from hdr.results import Digit, Glyph, Layout, Page, Patch, Row
from hdr.store.models import Predict, as_input, load_model
from hdr.vision.image import decode_image
from hdr.vision.layout import find_digits, find_drawn, single_digit

_THREADS = ThreadPoolExecutor(4, thread_name_prefix="reader")
_ANOTHER_DIGIT = 0.4
"""Cost of each digit in a chain, as -log of a probability: of two equal ways, the one with fewer digits wins."""


class Reader:
    """Reads what was found on a picture with one model."""

    def __init__(self, name: str, predict: Predict) -> None:
        """Args:
        name: The model's name, written into results.
        predict: float32 (N, 28, 28, 1) in 0..1 -> (N, 10) probabilities.
        """
        self.name = name
        self._predict = predict

    def read(self, layout: Layout) -> Page:
        """Read a picture that was looked at, in one call of the net."""
        started = time.perf_counter()
        glyphs = [glyph for row in layout.rows for group in row for glyph in group]
        digits = iter(self._read_patches([span.patch for glyph in glyphs for span in glyph.spans]))
        chains = {id(glyph): _best_chain(glyph, [next(digits) for _ in glyph.spans]) for glyph in glyphs}
        rows = tuple(
            Row(tuple(tuple(digit for glyph in group for digit in chains[id(glyph)]) for group in row))
            for row in layout.rows
        )
        return Page(self.name, layout.size, rows, time.perf_counter() - started)

    def read_picture(self, data: bytes) -> Page:
        """Read the bytes of a photo or scan.

        Raises:
            ImageError: The bytes are not a picture that can be read.
        """
        return self.read(find_digits(decode_image(data)))

    def read_drawing(self, data: bytes) -> Page:
        """Read the bytes of a drawing: dark strokes on a white or transparent canvas.

        Raises:
            ImageError: The bytes are not a picture that can be read.
        """
        return self.read(find_drawn(decode_image(data)))

    def read_digit(self, data: bytes) -> Digit:
        """Read the bytes of a picture whose ink is all one digit.

        Raises:
            ImageError: The bytes are not a picture that can be read, or it is blank.
        """
        patch = single_digit(decode_image(data))
        if not patch.image.any():
            raise ImageContentError("The picture is blank: no ink was found on it.")
        return self._read_patches([patch])[0]

    def _read_patches(self, patches: list[Patch]) -> list[Digit]:
        if not patches:
            return []
        probabilities = self._predict(as_input(np.stack([patch.image for patch in patches])))
        return [Digit(patch.box, patch.image, row) for patch, row in zip(patches, probabilities, strict=True)]


def load_reader(name: str) -> Reader:
    """The reader of a stored model, loaded and warmed; takes seconds, so load it once and keep it.

    Raises:
        ModelError: The model is missing or damaged.
    """
    return Reader(name, load_model(name).predict)


def read_with_all(readers: list[Reader], layout: Layout) -> list[Page]:
    """Read what was found with several models at once, each in a thread of its own; TensorFlow works beside Python."""
    if len(readers) == 1:
        return [readers[0].read(layout)]
    return list(_THREADS.map(lambda reader: reader.read(layout), readers))


def _best_chain(glyph: Glyph, digits: list[Digit]) -> list[Digit]:
    """The cheapest chain of spans from end to end: confident digits of ordinary form, and few of them."""
    best: dict[int, tuple[float, list[Digit]]] = {0: (0.0, [])}
    for span, digit in sorted(zip(glyph.spans, digits, strict=True), key=lambda pair: pair[0].end):
        if span.start not in best:
            continue
        cost, chain = best[span.start]
        cost += span.oddness + _ANOTHER_DIGIT - float(np.log(max(digit.confidence, 1e-9)))
        if span.end not in best or cost < best[span.end][0]:
            best[span.end] = (cost, [*chain, digit])
    return best[max(best)][1]
