"""The pen reader: the strokes of a drawing in, its digits out, read by the path of the pen alone.

Where the digits are is known already, from the picture (`hdr.reader`); each stroke belongs to the digit in whose box
most of it lies. Knows nothing of the canvas that the strokes come from.
"""

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from hdr.data.paths import Points, Strokes, as_paths
from hdr.results import Box, Digit, Page, Row
from hdr.store.models import Predict, load_model

_OWN = 0.7
"""Share of a stroke that lies in its digit's box at least; a stroke that is part of two digits cannot be read."""


class PenReader:
    """Reads the digits of a drawing by their strokes."""

    def __init__(self, name: str, predict: Predict) -> None:
        """Read with a net that is loaded.

        Args:
            name: The model's name, written into results.
            predict: float32 (N, STEPS, FEATURES) -> (N, 10) probabilities.
        """
        self.name = name
        self._predict = predict

    def classify(self, digits: list[Strokes]) -> NDArray[np.float32]:
        """Probabilities (N, 10) of digits, each of one stroke or more in the order of writing."""
        return self._predict(as_paths(digits))

    def read(self, page: Page, strokes: Strokes) -> Page | None:
        """Read the digits of a drawing again, by the path of the pen.

        Args:
            page: The drawing as read from its picture.
            strokes: Float64 (N, 2) each, in pixels of that picture, in the order of drawing.

        Returns:
            The same digits with this net's probabilities; None where a digit has no stroke of its own.
        """
        started = time.perf_counter()
        owned = _by_box([digit.box for digit in page.digits], strokes)
        if not owned or not all(owned):
            return None
        answers = iter(self.classify(owned))
        rows = tuple(Row(tuple(_reread(group, answers) for group in row.groups)) for row in page.rows)
        return Page(self.name, page.size, rows, time.perf_counter() - started)


def load_pen_reader(name: str) -> PenReader:
    """The reader of a stored pen net, loaded and warmed; takes seconds, so keep it.

    Raises:
        ModelError: The model is missing or damaged.
    """
    return PenReader(name, load_model(name).predict)


def _reread(group: tuple[Digit, ...], answers: Iterator[NDArray[np.float32]]) -> tuple[Digit, ...]:
    return tuple(Digit(digit.box, digit.image, next(answers)) for digit in group)


def _by_box(boxes: list[Box], strokes: Strokes) -> list[Strokes]:
    """The strokes of each box, in their order; none at all where one is shared by two digits."""
    owned: list[Strokes] = [[] for _ in boxes]
    for stroke in strokes:
        shares = [_share_in(box, stroke) for box in boxes]
        best = int(np.argmax(shares)) if shares else 0
        if not shares or shares[best] == 0.0:
            continue  # a speck that the eye has left out
        if shares[best] < _OWN:
            return []
        owned[best].append(stroke)
    return owned


def _share_in(box: Box, stroke: Points) -> float:
    x, y, width, height = box
    inside = (stroke >= [x, y]) & (stroke <= [x + width, y + height])
    return float(inside.all(axis=1).mean())
