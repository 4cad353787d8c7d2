"""Damage that no pen does, for training: one digit in, the same digit noisy, fogged, crossed out or half inverted out.

The families are those of bad light, poor cameras and dirty paper, as MNIST-C (Mu and Gilmer 2019) has them too, but
with every strength drawn anew and in other forms; `hdr.data.corrupt`, which measures, is not used here. A net that
learned from these has met the benchmark's families, so its figure there says less of damage of yet another kind.

In and out: float32 (28, 28), ink 1 on paper 0. Results may leave 0..1 slightly; the caller clips.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.floating]
Damage = Callable[[Image, np.random.Generator], Image]
SIDE = 28


def damage(image: Image, rng: np.random.Generator) -> Image:
    """Damage a picture in one way, drawn at random."""
    return DAMAGES[int(rng.integers(len(DAMAGES)))](image, rng).astype(np.float32)


def _grain(image: Image, rng: np.random.Generator) -> Image:
    return image + rng.normal(0.0, rng.uniform(0.1, 0.45), image.shape)


def _shot(image: Image, rng: np.random.Generator) -> Image:
    """The noise of few photons: ink that comes in grains."""
    light = rng.uniform(1.5, 8.0)
    return rng.poisson(np.maximum(image, 0.0) * light) / light


def _specks(image: Image, rng: np.random.Generator) -> Image:
    black_or_white = rng.integers(0, 2, image.shape)
    return np.where(rng.random(image.shape) < rng.uniform(0.02, 0.28), black_or_white, image)


def _light(image: Image, rng: np.random.Generator) -> Image:
    """Grey paper: everything lighter, up to where little more than the digit's core stands out."""
    return image + rng.uniform(0.1, 0.6)


def _fog(image: Image, rng: np.random.Generator) -> Image:
    """Clouds of several sizes over a digit that is left faint."""
    clouds = sum(
        cv2.resize(rng.random((size, size)).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) / size
        for size in (2, 4, 7, 14)
    )
    clouds = (clouds - np.min(clouds)) / max(float(np.ptp(clouds)), 1e-6)
    strength = rng.uniform(0.5, 3.5)
    return (image + strength * clouds) / (1.0 + strength)


def _invert(image: Image, rng: np.random.Generator) -> Image:
    """A band across the picture, or all but the band, as its own negative."""
    low, high = np.sort(rng.integers(0, SIDE + 1, 2))
    inside = np.zeros(SIDE, bool)
    inside[low:high] = True
    inside = inside ^ (rng.random() < 0.5)
    band = np.broadcast_to(inside, image.shape)
    return np.where(band if rng.random() < 0.6 else band.T, 1.0 - image, image)


def _lines(image: Image, rng: np.random.Generator) -> Image:
    """One or two lines from edge to edge: straight, dashed, or a zigzag."""
    result = image.copy()
    for _ in range(int(rng.integers(1, 3))):
        x = np.arange(0, SIDE + 4, int(rng.integers(2, 6)))
        swing = rng.uniform(1.0, 3.0) * (-1.0) ** np.arange(len(x)) * (rng.random() < 0.5)
        left, right = rng.uniform(0, SIDE, 2)
        y = np.linspace(left, right, len(x)) + swing
        points = np.stack([x, y], -1)
        canvas = np.zeros((SIDE, SIDE), np.uint8)
        gap = 2 if rng.random() < 0.4 else 1
        for start, end in zip(points[:-1:gap], points[1::gap], strict=False):
            cv2.line(canvas, np.intp(start), np.intp(end), 255, 1, cv2.LINE_AA)
        result += (canvas if rng.random() < 0.7 else canvas.T) / np.float32(255.0)
    return result


def _drops(image: Image, rng: np.random.Generator) -> Image:
    """Grey drops that cover what is below them."""
    canvas = np.zeros((SIDE, SIDE), np.float32)
    for _ in range(int(rng.integers(4, 24))):
        place, axes = rng.integers(0, SIDE, 2), rng.integers(0, 4, 2)
        cv2.ellipse(canvas, np.intp(place), np.intp(axes), rng.uniform(0, 180), 0, 360, 1.0, -1)
    cover = cv2.GaussianBlur(canvas, (0, 0), 0.6)
    return image * (1.0 - cover) + np.float32(rng.uniform(0.0, 0.5)) * cover


def _shake(image: Image, rng: np.random.Generator) -> Image:
    """A camera that moved along a line, at one pace or slowing down."""
    angle, length = rng.uniform(0.0, np.pi), int(rng.integers(4, 14))
    kernel = np.zeros((27, 27), np.float32)
    weights = np.exp(-np.linspace(0.0, rng.uniform(0.0, 3.0), length))
    places = np.arange(length) - rng.uniform(0.0, 1.0) * (length - 1)
    rows, columns = (np.rint(13 + places * part).astype(int) for part in (np.sin(angle), np.cos(angle)))
    np.add.at(kernel, (rows, columns), weights)
    return cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_CONSTANT)


def _glass(image: Image, rng: np.random.Generator) -> Image:
    """Pixels taken from near by, as through rough glass."""
    rows, columns = np.indices(image.shape).astype(np.float32)
    moved = rng.normal(0.0, rng.uniform(0.5, 1.3), (2, *image.shape)).astype(np.float32)
    shattered = cv2.remap(image, columns + moved[0], rows + moved[1], cv2.INTER_LINEAR)
    return cv2.GaussianBlur(shattered, (0, 0), rng.uniform(0.3, 0.8))


def _coarse(image: Image, rng: np.random.Generator) -> Image:
    """Low resolution: shrunk to 7 to 16 pixels and enlarged again."""
    side = int(rng.integers(7, 17))
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    enlarge = cv2.INTER_NEAREST if rng.random() < 0.5 else cv2.INTER_CUBIC
    return cv2.resize(small, (SIDE, SIDE), interpolation=enlarge)


def _outline(image: Image, rng: np.random.Generator) -> Image:
    """Only the strokes' edges, thin or softened."""
    smooth = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 1.3))
    low = rng.uniform(20.0, 90.0)
    edges = cv2.Canny(np.uint8(np.clip(smooth, 0, 1) * 255), low, 2.0 * low) / np.float32(255.0)
    return edges if rng.random() < 0.7 else cv2.GaussianBlur(edges, (0, 0), 0.6)


def _askew(image: Image, rng: np.random.Generator) -> Image:
    """Turned, slanted or shrunk further than a hand would."""
    middle = (SIDE - 1) / 2
    turn, slant, size = rng.choice(np.eye(3, dtype=bool))
    angle = rng.uniform(-26.0, 26.0) if turn else 0.0
    matrix = cv2.getRotationMatrix2D((middle, middle), angle, rng.uniform(0.6, 0.85) if size else 1.0)
    lean = rng.uniform(-0.45, 0.45) if slant else 0.0
    matrix[0] += lean * np.array([0.0, 1.0, -middle])
    return cv2.warpAffine(image, matrix, (SIDE, SIDE))


DAMAGES: tuple[Damage, ...] = (
    _grain,
    _shot,
    _specks,
    _light,
    _fog,
    _invert,
    _lines,
    _drops,
    _shake,
    _glass,
    _coarse,
    _outline,
    _askew,
)
"""All that can happen to a picture, each as likely."""
