"""The reader: patches in, digits with confidences out. Pages, commands and the API read through this and nothing else.

A `Reader` holds one model's `predict`. Looking at a picture (`hdr.vision.layout`) and reading it are apart, so that
several models can read what was looked at once.
"""

import time

import numpy as np

from hdr.results import Digit, Glyph, Layout, Page, Patch, Row
from hdr.store.models import Predict, as_input, load_model
from hdr.vision.image import decode_image
from hdr.vision.layout import find_digits

_SPLIT_GAIN = 0.05
"""A piece is taken as several digits where this makes the least sure part surer than the whole by this much."""

_WIDEST = 1.4
"""No single digit is this many times wider than high."""


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
        patches = [patch for glyph in glyphs for way in _ways(glyph) for patch in way]
        digits = iter(self._read_patches(patches))
        best = {id(glyph): _best_way([[next(digits) for _ in way] for way in _ways(glyph)]) for glyph in glyphs}
        rows = tuple(
            Row(tuple(tuple(digit for glyph in group for digit in best[id(glyph)]) for group in row))
            for row in layout.rows
        )
        return Page(self.name, layout.size, rows, time.perf_counter() - started)

    def read_picture(self, data: bytes) -> Page:
        """Read the bytes of a photo or scan.

        Raises:
            ImageError: The bytes are not a picture that can be read.
        """
        return self.read(find_digits(decode_image(data)))

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


def _ways(glyph: Glyph) -> tuple[tuple[Patch, ...], ...]:
    return ((glyph.whole,), *glyph.splits)


def _best_way(ways: list[list[Digit]]) -> list[Digit]:
    """The whole, unless some way of cutting makes even its least sure part surer than the whole."""
    whole, *cuts = ways
    best = max(cuts, key=lambda way: min(digit.confidence for digit in way), default=whole)
    gain = min(digit.confidence for digit in best) - whole[0].confidence
    _, _, width, height = whole[0].box
    return best if gain > _SPLIT_GAIN or width > _WIDEST * height else whole
