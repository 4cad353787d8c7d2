"""Other countries' digits from American ones: a 1 with a flag and a foot, a crossed 7 and 4, a 9 with a hook or open.

MNIST was written in the United States, where a 1 is one stroke, a 7 has no bar and a 9 has its loop closed. In and out:
uint8 (28, 28), ink 255 on paper 0, framed as MNIST is. Some shapes have nothing in common with an American digit, such
as the 7 that is a stem with a bar and the 9 whose loop is to the right of its stem: they are drawn afresh. Knows
nothing of nets or files.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.data.glyphs import written
from hdr.data.paths import Points
from hdr.results import Grey
from hdr.vision.normalise import ink_box, normalise_digit

DrawStrokes = Callable[[Grey, np.random.Generator], list[Points]]
"""Strokes to add to a digit; now and then also takes ink away from it."""
_ENLARGED, _MARGIN = 4, 28
_UNSTEADY = 0.06
"""Standard deviation by which points of a drawn shape move, as a share of its height."""
_PENS = (3, 7)
"""Widths of the pen that they are drawn with, in fortieths of their height; the second is too broad."""
_DRAWN, _OPEN, _OPEN_WITH_TAIL = 0.35, 0.7, 0.5
"""Share of the 9s that are drawn afresh in one stroke; of the others, the share whose loop is left open, and of those
the share whose tail is drawn on, too."""


def other_form(image: Grey, label: int, rng: np.random.Generator) -> Grey:
    """The digit as it is written elsewhere.

    Args:
        image: uint8 (28, 28), a digit as MNIST frames it.
        label: Which digit it is.
        rng: Source of all randomness.

    Returns:
        uint8 (28, 28), framed anew; the same picture for digits that are written alike, and for a blank one.
    """
    box = ink_box(image)
    if label not in FORMS or box is None or box[3] < 10:
        return image
    if label == 9 and rng.random() < _DRAWN:
        return _drawn(OPEN_NINES, rng)
    canvas = cv2.resize(image, None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_CUBIC)
    canvas = np.pad(canvas, _MARGIN)
    pen = max(2, round(2.0 * float(np.percentile(_depth(canvas), 75)) * rng.uniform(0.7, 1.1)))
    for stroke in FORMS[label](canvas, rng):
        cv2.polylines(canvas, [np.intp(np.rint(stroke))], False, 255, pen, cv2.LINE_AA)
    return normalise_digit(canvas)


def _depth(canvas: Grey) -> NDArray[np.float32]:
    """How deep in the ink the pixels along the middle of the strokes lie."""
    depth = cv2.distanceTransform(np.uint8(canvas > 127), cv2.DIST_L2, 3)
    ridge = (depth > 0) & (depth >= cv2.dilate(depth, np.ones((3, 3), np.uint8)))
    return depth[ridge] if ridge.any() else np.ones(1, np.float32)


def _place(canvas: Grey, share: float) -> tuple[Points, float]:
    """The middle of the ink in the row at that share of its height, as x and y; and the height of all ink."""
    ink = canvas > 127
    rows = np.flatnonzero(ink.any(axis=1))
    height = float(rows[-1] - rows[0])
    y = rows[0] + share * height
    columns = np.flatnonzero(ink[round(y)])
    x = columns.mean() if len(columns) else np.nonzero(ink)[1].mean()
    return np.array([x, y]), height


def _flag(canvas: Grey, rng: np.random.Generator) -> list[Points]:
    """The upstroke of a 1, and now and then its foot."""
    top, height = _place(canvas, 0.03)
    angle, length = np.deg2rad(rng.uniform(25.0, 65.0)), rng.uniform(0.2, 0.5) * height
    strokes = [np.array([top + length * np.array([-np.cos(angle), np.sin(angle)]), top])]
    if rng.random() < 0.4:
        foot, _ = _place(canvas, 0.97)
        strokes.append(foot + height * np.array([[-rng.uniform(0.1, 0.3), 0.0], [rng.uniform(0.1, 0.3), 0.0]]))
    return strokes


def _bar(canvas: Grey, rng: np.random.Generator) -> list[Points]:
    """The bar through a 7."""
    middle, height = _place(canvas, rng.uniform(0.45, 0.62))
    tilt = rng.uniform(-0.08, 0.08) * height
    left, right = rng.uniform(0.12, 0.28, 2) * height
    return [middle + np.array([[-left, tilt], [right, -tilt]])]


def _crossing(canvas: Grey, rng: np.random.Generator) -> list[Points]:
    """The bar of a 4 drawn on to the right, through its stem."""
    ink = canvas > 127
    rows = np.flatnonzero(ink.any(axis=1))
    height = float(rows[-1] - rows[0])
    lower = range(round(rows[0] + 0.4 * height), round(rows[0] + 0.85 * height))
    y = max(lower, key=lambda row: np.count_nonzero(ink[row]))
    end = np.array([np.flatnonzero(ink[y])[-1], y], float)
    return [end + height * np.array([[-0.1, 0.0], [rng.uniform(0.12, 0.3), rng.uniform(-0.06, 0.03)]])]


def _open_loop(canvas: Grey, rng: np.random.Generator) -> None:
    """Leave a gap at the upper right of a 9's loop, in place, as where the pen starts there and never comes back."""
    contours, tree = cv2.findContours(np.uint8(canvas > 127), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    holes = [contour for contour, (*_, parent) in zip(contours, tree[0], strict=True) if parent >= 0]
    if not holes:
        return
    x, y, width, height = cv2.boundingRect(max(holes, key=cv2.contourArea))
    centre = np.array([x + width / 2, y + height / 2])
    lower = np.deg2rad(rng.uniform(-15.0, 25.0))
    around = np.linspace(lower, lower - np.deg2rad(rng.uniform(25.0, 60.0)), 6)
    rim = centre + canvas.shape[1] * np.stack([np.cos(around), np.sin(around)], -1)
    cv2.fillPoly(canvas, [np.intp(np.rint([centre, *rim]))], 0)


def _hook(canvas: Grey, rng: np.random.Generator) -> list[Points]:
    """The tail of a 9 drawn on to the left and up again."""
    end, height = _place(canvas, 0.97)
    around = np.linspace(0.0, rng.uniform(0.6, 1.0) * np.pi * 0.75, 8)
    radius = rng.uniform(0.12, 0.24) * height
    return [end + radius * np.stack([-np.sin(around) * rng.uniform(1.0, 1.6), 0.5 * (1.0 - np.cos(around)) * -0.6], -1)]


def _gap_or_hook(canvas: Grey, rng: np.random.Generator) -> list[Points]:
    """A 9 whose loop is left open, in place, or whose tail is drawn on, or both."""
    if rng.random() < _OPEN:
        _open_loop(canvas, rng)
        if rng.random() >= _OPEN_WITH_TAIL:
            return []
    return _hook(canvas, rng)


FORMS: dict[int, DrawStrokes] = {1: _flag, 4: _crossing, 7: _bar, 9: _gap_or_hook}
"""The digits that are written differently elsewhere, and the strokes that make the difference."""

OPEN_NINES = (
    ("60,4 42,2 18,20 6,38 16,46 42,34 60,26 70,40 62,72 30,99",),
    ("66,8 46,1 22,12 8,32 18,42 42,34 62,22 74,40 62,74 26,98",),
    ("62,16 48,2 26,8 12,28 22,42 46,32 60,30 60,54 48,82 24,99",),
    ("56,6 38,2 12,24 4,44 16,46 40,30 56,20 60,44 52,76 34,99",),
)
"""A 9 in one stroke whose loop turns back below its beginning, as strokes of `hdr.data.pen`; about two thirds of those
that a broad pen and an unsteady hand draw close after all."""

SHAPES: dict[int, tuple[tuple[str, ...], ...]] = {
    1: (("2,66 36,2 36,2 30,98",), ("0,84 30,40 40,2 40,2 28,98",)),
    5: (("4,64 16,97 16,97 36,4 36,4 84,1",), ("2,76 10,97 22,88 30,30 40,5 52,3 80,10",)),
    7: (("36,2 32,50 26,98", "2,48 68,42"), ("8,16 20,3 44,4 38,50 28,98", "8,52 62,46")),
    9: (
        ("12,99 22,44 32,6 58,8 60,34 30,54",),
        ("26,52 60,30 46,3 22,22 16,64 22,99",),
        ("10,99 16,50 20,8 48,3 58,26 22,52",),
        *OPEN_NINES,
    ),
}
"""Digits of another shape elsewhere, as such strokes: a 5 like a tick, a 7 like a t, a 9 like a p or an S."""


def other_shape(label: int, rng: np.random.Generator) -> Grey | None:
    """A digit drawn in the shape that it has elsewhere, uint8 (28, 28); None for digits that have no other."""
    if label not in SHAPES:
        return None
    return _drawn(SHAPES[label], rng)


def _drawn(shapes: tuple[tuple[str, ...], ...], rng: np.random.Generator) -> Grey:
    return normalise_digit(written(shapes[int(rng.integers(len(shapes)))], rng, _UNSTEADY, _PENS))
