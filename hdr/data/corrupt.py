"""The corruptions of MNIST-C: a set of digits in, the same digits noisy, blurred, slanted, fogged or crossed out.

Mu and Gilmer 2019, "MNIST-C: A Robustness Benchmark for Computer Vision": 15 ways, each at the one strength that the
published set was made with. Written anew after the definitions of google-research/mnist-c as scikit-image and
ImageMagick of that year carried them out; the random draws are our own. Here is also Gaussian noise of any strength.

In and out: uint8 (N, 28, 28), ink 255 on paper 0. For measuring only; knows nothing of labels, nets or files.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from hdr.errors import SettingsError

Images = NDArray[np.uint8]
Ink = NDArray[np.float64]
Distortion = Callable[[Ink, np.random.Generator], Ink]
Corruption = Callable[[Images, np.random.Generator], Images]
SIDE = 28
_BLOCK = 100
_PLANE = (0, 1, 1)  # per axis of (N, 28, 28): 0 leaves the pictures apart


def corrupt(images: Images, name: str, seed: int = 0) -> Images:
    """Corrupt every picture by its own draw.

    Args:
        images: uint8 (N, 28, 28), ink 255 on paper 0.
        name: One of `CORRUPTIONS`.
        seed: 0 or more. Equal seeds give equal pictures, whatever else is corrupted before or after.

    Returns:
        uint8 (N, 28, 28), a new array.

    Raises:
        SettingsError: No corruption has that name.
    """
    if name not in CORRUPTIONS:
        raise SettingsError(f"No corruption is called {name!r}. Known corruptions: {', '.join(CORRUPTIONS)}.")
    return CORRUPTIONS[name](images, np.random.default_rng([seed, list(CORRUPTIONS).index(name)]))


def add_noise(images: Images, sigma: float, seed: int = 0) -> Images:
    """Add Gaussian noise to every pixel; with equal seeds, the same noise at another strength.

    Args:
        images: uint8 (N, 28, 28), ink 255 on paper 0.
        sigma: Standard deviation before clipping, 0 to 1 of full ink.
        seed: 0 or more.

    Returns:
        uint8 (N, 28, 28), a new array.

    Raises:
        SettingsError: `sigma` is out of range.
    """
    if not 0.0 <= sigma <= 1.0:
        raise SettingsError(f"sigma must be 0 to 1 of full ink, not {sigma}.")
    noisy = _on_bytes(lambda ink, rng: ink + rng.normal(0.0, sigma, ink.shape))
    return noisy(images, np.random.default_rng(seed))


def _on_bytes(distort: Distortion) -> Corruption:
    """Carry a distortion of ink in 0..1 over to uint8 pictures, block by block to bound the memory."""

    def corruption(images: Images, rng: np.random.Generator) -> Images:
        result = np.empty_like(images)
        for start in range(0, len(images), _BLOCK):
            block = slice(start, start + _BLOCK)
            result[block] = np.round(np.clip(distort(images[block] / 255.0, rng), 0.0, 1.0) * 255.0)
        return result

    return corruption


def _shot_noise(ink: Ink, rng: np.random.Generator) -> Ink:
    return rng.poisson(ink * 3.0) / 3.0


def _impulse_noise(ink: Ink, rng: np.random.Generator) -> Ink:
    """Salt or pepper, equally often, on 17 % of the pixels."""
    speck = rng.integers(0, 2, ink.shape).astype(float)
    return np.where(rng.random(ink.shape) < 0.17, speck, ink)


def _glass_blur(ink: Ink, rng: np.random.Generator) -> Ink:
    """Two rounds in which half of the pixels swap with one above or to the left, between two slight blurs.

    The reference blurs along y alone: it declares a grey picture to have its channels in x.
    """
    pixels = np.floor(_blur(ink, (0.0, 0.7, 0.0)) * 255.0).reshape(len(ink), -1).T.copy()
    each = np.arange(len(ink))
    inner = np.arange(SIDE - 1, 1, -1)
    for here in np.tile(np.add.outer(inner * SIDE, inner).ravel(), 2):
        there = here + rng.choice([0, 0, 0, 0, 0, -1, -SIDE, -SIDE - 1], len(ink))
        taken = pixels[there, each]
        pixels[there, each] = pixels[here]
        pixels[here] = taken
    return _blur(pixels.T.reshape(ink.shape) / 255.0, (0.0, 0.7, 0.0))


def _motion_blur(ink: Ink, rng: np.random.Generator) -> Ink:
    """Half a Gaussian of sigma 3 along 20 pixels in a direction within 45 degrees of x, as ImageMagick has it."""
    reach, radius = np.arange(21), 20
    weights = np.exp(-(reach**2) / (2 * 3.0**2))
    result = np.empty_like(ink)
    for index, angle in enumerate(np.deg2rad(rng.uniform(-45.0, 45.0, len(ink)))):
        kernel = np.zeros((2 * radius + 1, radius + 1))
        right, down = (np.ceil(reach * part - 0.5).astype(int) for part in (np.cos(angle), np.sin(angle)))
        np.add.at(kernel, (radius + down, right), weights / weights.sum())
        cv2.filter2D(ink[index], -1, kernel, result[index], (0, radius), borderType=cv2.BORDER_REPLICATE)
    return result


def _shear(ink: Ink, rng: np.random.Generator) -> Ink:
    """The y axis turned by 0.4 radians to either side, the x axis left: a slant that also stretches the height."""
    return _warp(ink, [[[1.0, -np.sin(angle)], [0.0, np.cos(angle)]] for angle in _either_side(0.4, ink, rng)])


def _scale(ink: Ink, _rng: np.random.Generator) -> Ink:
    """Shrunk to 0.7 of its size."""
    return _warp(ink, [np.eye(2) / 0.7] * len(ink))


def _rotate(ink: Ink, rng: np.random.Generator) -> Ink:
    """Turned by 0.4 radians to either side."""
    turns = [[[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]] for angle in _either_side(0.4, ink, rng)]
    return _warp(ink, turns)


def _brightness(ink: Ink, _rng: np.random.Generator) -> Ink:
    return ink + 0.5


def _translate(ink: Ink, rng: np.random.Generator) -> Ink:
    """Moved by 3 pixels along both axes, each to either side."""
    padded = np.pad(ink, ((0, 0), (3, 3), (3, 3)))
    corners = rng.choice([0, 6], (len(ink), 2))
    return np.stack(
        [image[top : top + SIDE, left : left + SIDE] for image, (top, left) in zip(padded, corners, strict=True)]
    )


def _stripe(ink: Ink, _rng: np.random.Generator) -> Ink:
    """Inverted but for the middle half."""
    inverted = 1.0 - ink
    inverted[:, :, 7:21] = ink[:, :, 7:21]
    return inverted


def _fog(ink: Ink, rng: np.random.Generator) -> Ink:
    """Three parts of plasma over one part of picture, scaled back to the picture's own peak."""
    peak = ink.max(axis=(1, 2), keepdims=True)
    plasma = _plasma(len(ink), rng)[:, :SIDE, :SIDE]
    return (ink + 3.0 * plasma) * peak / (peak + 3.0)


def _spatter(ink: Ink, rng: np.random.Generator) -> Ink:
    """Opaque grey drops, where smooth noise is high over a patch."""
    liquid = _blur(rng.normal(0.65, 0.3, ink.shape), _PLANE)
    drops = _blur((liquid > 0.65).astype(float), (0.0, 1.5, 1.5))
    drops[drops < 0.8] = 0.0
    return ink * (1.0 - drops) + 63.0 / 255.0 * drops


def _dotted_line(ink: Ink, rng: np.random.Generator) -> Ink:
    """A line from the left edge to the right, two columns off and two on."""
    left, right = rng.integers(0, 27, (2, len(ink)))
    line = _lines((np.zeros(len(ink)), left), (np.full(len(ink), 27.0), right))
    return ink + line * (np.arange(SIDE) // 2 % 2)


def _zigzag(ink: Ink, rng: np.random.Generator) -> Ink:
    """A nearly level line from column 2 to column 25 that swings by 2 pixels to either side every 4."""
    start, rise = rng.integers(0, 27, len(ink)), rng.integers(-5, 5, len(ink))
    angle = np.arctan(rise / 23.0)
    length = 23.0 / np.cos(angle)
    along = [0.0, 2.0, 6.0, 10.0, 14.0, 18.0, 22.0, length]
    across = [0.0, 2.0, -2.0, 2.0, -2.0, 2.0, -2.0, -1.0 / (length - 20.0)]
    corners = [
        (2.0 + a * np.cos(angle) - b * np.sin(angle), start + a * np.sin(angle) + b * np.cos(angle))
        for a, b in zip(along, across, strict=True)
    ]
    return ink + sum(_lines(here, there) for here, there in pairwise(corners))


def _canny_edges(ink: Ink, _rng: np.random.Generator) -> Ink:
    """Canny 1986 at sigma 1: ridges of the gradient of at least 0.1, if they reach 0.2 somewhere."""
    smooth = ndimage.gaussian_filter(ink, _PLANE, mode="constant")
    smooth /= ndimage.gaussian_filter(np.ones((SIDE, SIDE)), 1.0, mode="constant")
    down, right = (
        ndimage.correlate1d(ndimage.correlate1d(smooth, [-1, 0, 1], axis), [1, 2, 1], 3 - axis) for axis in (1, 2)
    )
    strength = np.hypot(down, right)
    ridge = _is_ridge(strength, down, right)
    in_plane = np.array([np.zeros((3, 3)), np.ones((3, 3)), np.zeros((3, 3))])
    parts, count = ndimage.label(ridge & (strength >= 0.1), in_plane)
    strong = np.zeros(count + 1)
    strong[parts[ridge & (strength >= 0.2)]] = 1.0
    return strong[parts]


def _is_ridge(strength: Ink, down: Ink, right: Ink) -> NDArray[np.bool_]:
    """Where the gradient is no weaker than a pixel on and a pixel back along its own direction; never at the edge."""
    reach = np.maximum(np.maximum(np.abs(down), np.abs(right)), 1e-12)
    step = np.stack([np.zeros_like(reach), down / reach, right / reach])
    here = np.indices(strength.shape)
    ahead, behind = (ndimage.map_coordinates(strength, here + side * step, order=1) for side in (1, -1))
    ridge = (strength >= ahead) & (strength >= behind)
    return ridge & np.pad(np.ones((SIDE - 2, SIDE - 2), bool), 1)


def _blur(ink: Ink, sigma: tuple[float, float, float]) -> Ink:
    return ndimage.gaussian_filter(ink, sigma, mode="nearest")


def _either_side(angle: float, ink: Ink, rng: np.random.Generator) -> Ink:
    return rng.choice([-angle, angle], len(ink))


def _warp(ink: Ink, matrices: Sequence[ArrayLike]) -> Ink:
    """Look each picture up through its own matrix, from x, y in the result to x, y in `ink`, about the centre."""
    result = np.empty_like(ink)
    centre = np.full(2, (SIDE - 1) / 2)
    for index, matrix in enumerate(matrices):
        rows_first = np.flip(matrix)
        offset = centre - rows_first @ centre
        ndimage.affine_transform(ink[index], rows_first, offset, output=result[index], order=1, mode="grid-constant")
    return result


def _lines(start: tuple[Ink, Ink], end: tuple[Ink, Ink]) -> Ink:
    """Soft lines (N, 28, 28) from x, y to x, y, each an array (N,); they pale with the distance along y."""
    (x0, y0), (x1, y1) = np.asarray(start)[..., None, None], np.asarray(end)[..., None, None]
    y, x = np.mgrid[:SIDE, :SIDE]
    distance = np.abs(y - y0 - (y1 - y0) / (x1 - x0) * (x - x0))
    shade = 1.0 + np.log(1.0 - np.minimum(distance, 2.2) / 2.3)
    return np.maximum(shade, 0.0) * ((x >= np.floor(x0)) & (x < np.ceil(x1)))


def _plasma(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Clouds (count, 256, 256) in 0..1 by the diamond-square method on a torus."""
    side, decay = 256, 1.4
    cloud = np.zeros((count, side, side), np.float32)
    step, swing = side, np.float32(1.0)

    def jolt(sums: NDArray[np.float32]) -> NDArray[np.float32]:
        return sums / 4 + swing * (2 * rng.random(sums.shape, np.float32) - 1)

    while step >= 2:
        half = step // 2
        corners, middles = cloud[:, ::step, ::step], cloud[:, half::step, half::step]
        upright, level = corners + np.roll(corners, -1, 1), corners + np.roll(corners, -1, 2)
        middles[:] = jolt(upright + np.roll(upright, -1, 2))
        cloud[:, ::step, half::step] = jolt(level + middles + np.roll(middles, 1, 1))
        cloud[:, half::step, ::step] = jolt(upright + middles + np.roll(middles, 1, 2))
        step, swing = half, swing / np.float32(decay**2)
    cloud -= cloud.min(axis=(1, 2), keepdims=True)
    return cloud / cloud.max(axis=(1, 2), keepdims=True)


CORRUPTIONS: dict[str, Corruption] = {
    "shot_noise": _on_bytes(_shot_noise),
    "impulse_noise": _on_bytes(_impulse_noise),
    "glass_blur": _on_bytes(_glass_blur),
    "motion_blur": _on_bytes(_motion_blur),
    "shear": _on_bytes(_shear),
    "scale": _on_bytes(_scale),
    "rotate": _on_bytes(_rotate),
    "brightness": _on_bytes(_brightness),
    "translate": _on_bytes(_translate),
    "stripe": _on_bytes(_stripe),
    "fog": _on_bytes(_fog),
    "spatter": _on_bytes(_spatter),
    "dotted_line": _on_bytes(_dotted_line),
    "zigzag": _on_bytes(_zigzag),
    "canny_edges": _on_bytes(_canny_edges),
}
