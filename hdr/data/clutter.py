"""What stands about numbers on forms and cheques: tails, strokes of other rows, rules, boxes, crosses, security print.

In: canvases, uint8 (32, W), ink up to 255 on 0, drawn on in place; what is darker beneath stays. Security print alone
comes as a strip of its own, float32 in 0..1. The generator of random numbers is the caller's.
"""

import cv2
import numpy as np

from hdr.data.strings import Strip
from hdr.results import Grey
from hdr.vision.strip import HEIGHT


def stamp(canvas: Grey, picture: Grey, left: int, top: int) -> None:
    """Lay a picture on the canvas, as far as it lies within."""
    high, wide = picture.shape
    first, last = max(0, top), min(HEIGHT, top + high)
    start, end = max(0, left), min(canvas.shape[1], left + wide)
    if first < last and start < end:
        part = canvas[first:last, start:end]
        np.maximum(part, picture[first - top : last - top, start - left : end - left], out=part)


def add_strokes(canvas: Grey, ends: list[int], rng: np.random.Generator) -> None:
    """Dots and commas between digits, dashes, slashes and equals signs before and after, strokes of the rows beside."""
    base = int(rng.integers(20, 29))
    for end in ends[1:-1]:
        if rng.random() < 0.12:
            _line(canvas, (end - 1, base), (end - 1 - int(rng.integers(0, 2)), base + int(rng.integers(0, 4))), rng)
    if rng.random() < 0.35:
        _add_tail(canvas, ends[-1] + int(rng.integers(2, 9)), rng)
    if rng.random() < 0.1 and ends[0] > 8:
        _add_tail(canvas, max(0, ends[0] - int(rng.integers(10, 30))), rng)
    if rng.random() < 0.3:
        _add_neighbours(canvas, rng)


def _add_tail(canvas: Grey, x: int, rng: np.random.Generator) -> None:
    """What people put after an amount so that nothing is added: a dash, two, crossed, a point and a dash, slashes."""
    kind, y, reach, tilt = (int(rng.integers(*span)) for span in ((0, 7), (6, 25), (3, 24), (-3, 3)))
    if kind in (0, 1, 2, 6):
        _line(canvas, (x, y), (x + reach, y + tilt), rng)
    if kind in (1, 3, 6):
        _line(canvas, (x, y + 5), (x + reach, y + 5 + tilt), rng)
    if kind == 6:
        middle, lean = x + reach // 2, int(rng.integers(0, 8))
        _line(canvas, (middle + lean, y - int(rng.integers(4, 12))), (middle - lean, y + int(rng.integers(8, 16))), rng)
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


def add_rules(canvas: Grey, rng: np.random.Generator) -> None:
    """Underlines, the lines of a form, the sides of boxes."""
    width = canvas.shape[1]
    if rng.random() < 0.35:
        for _ in range(int(rng.integers(1, 3))):
            y = int(rng.choice([rng.integers(0, 5), rng.integers(25, 32), rng.integers(0, 32)]))
            _line(canvas, (0, y), (width, y + int(rng.integers(-2, 3))), rng, faintest=0.15, broadest=2)
    if rng.random() < 0.15:
        for x in rng.integers(0, width, int(rng.integers(1, 4))):
            _line(canvas, (int(x), 0), (int(x), HEIGHT), rng, faintest=0.15, broadest=1)


def add_frame(canvas: Grey, left: int, right: int, rng: np.random.Generator) -> None:
    """The box of a form around what stands between two columns, its sides leaning a little."""
    top, bottom = int(rng.integers(0, 5)), int(rng.integers(HEIGHT - 5, HEIGHT))
    widest = int(rng.choice([9, 40]))
    sides = [max(0, left - int(rng.integers(widest))), min(canvas.shape[1] - 1, right + int(rng.integers(widest)))]
    over = int(rng.integers(0, 12))
    for y in (top, bottom):
        ends = (sides[0] - over, y), (sides[1] + over, y + int(rng.integers(-2, 3)))
        _line(canvas, *ends, rng, faintest=0.3, broadest=2)
    for x in sides:
        _line(canvas, (x, 0), (x + int(rng.integers(-3, 4)), HEIGHT), rng, faintest=0.3, broadest=2)


def add_cross(canvas: Grey, left: int, right: int, rng: np.random.Generator) -> None:
    """Two straight strokes from corner to corner of what lies between two columns."""
    ends = [(x, y) for x in (left, right) for y in (0, HEIGHT - 1)]
    upper_left, lower_left, upper_right, lower_right = (
        (x + int(rng.integers(-4, 5)), y + int(rng.integers(-6, 7))) for x, y in ends
    )
    _line(canvas, upper_left, lower_right, rng)
    _line(canvas, lower_left, upper_right, rng)


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


def security_print(width: int, rng: np.random.Generator) -> Strip:
    """A pattern of fine waves, as on cheques, or the grain of coloured paper: float32 (32, width), 0 to 0.4."""
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
