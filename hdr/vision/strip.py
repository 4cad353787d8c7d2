"""A row of writing as the string net sees it: 32 pixels high, broadened by a fixed factor, paper 0, ink up to 255.

Nothing is thresholded or cut away: lines, dots, dashes and security print stay, for the net has learned to pass over
them. Knows nothing of digits.
"""

from itertools import pairwise

import cv2
import numpy as np

from hdr.results import Box, Grey, Group
from hdr.vision.normalise import ink_box, normalise_digit

HEIGHT = 32
"""Height of every strip, pixels."""
BROADENED = 1.4
"""How many times broader than high a strip shows what was square, so that narrow digits side by side stay apart."""
NARROWEST, WIDEST = 16, 960
"""Least and greatest width of a strip, pixels; what is longer is squeezed."""
STEP = 4
"""Columns of a strip to a step of the string net's answer."""
_PRINT = 90
"""Ink of a strip, of 255, that is no more than security print."""
_PAPER = 75
"""Percentile of a column's brightness that counts as paper: writing covers less than a quarter of it near by."""
_REACH = 45
"""Columns over which the paper's brightness is averaged."""
_FAINTEST = 24.0
"""Difference to the paper, of 255, that is drawn as full ink at the least, so that bare paper does not become ink."""


def string_strip(grey: Grey, *, light_on_dark: bool = False) -> Grey:
    """A picture of one row of writing -> its strip.

    Args:
        grey: uint8 (H, W), brightness, the row filling most of the height.
        light_on_dark: Whether the writing is lighter than its ground.

    Returns:
        uint8 (32, W'), ink bright on black, W' between 16 and 960.
    """
    height, width = grey.shape
    size = (int(np.clip(round(BROADENED * width * HEIGHT / height), NARROWEST, WIDEST)), HEIGHT)
    small = cv2.resize(255 - grey if light_on_dark else grey, size, interpolation=_interpolation(height))
    level = np.percentile(small, _PAPER, axis=0).astype(np.float32)[None]
    paper = cv2.blur(level, (_REACH, 1), borderType=cv2.BORDER_REPLICATE)
    missing = paper - small
    full = max(_FAINTEST, float(np.percentile(missing, 98)))
    return np.round(255 * np.clip(missing / full, 0.0, 1.0)).astype(np.uint8)


def pad_strips(strips: list[Grey], multiple: int = 32) -> Grey:
    """Strips side by side in one array, uint8 (N, 32, W), with paper at their right up to a common width.

    Args:
        strips: uint8 (32, W_i), one or more.
        multiple: W is a multiple of this, so that a net sees few different shapes.
    """
    width = -(-max(strip.shape[1] for strip in strips) // multiple) * multiple
    padded = np.zeros((len(strips), HEIGHT, width), np.uint8)
    for row, strip in zip(padded, strips, strict=True):
        row[:, : strip.shape[1]] = strip
    return padded


def cut_strip(group: Group, places: tuple[tuple[int, int], ...]) -> list[tuple[Box, Grey]]:
    """The digits of a group's strip: where each lies on the original picture, and its uint8 (28, 28).

    Args:
        group: With a strip.
        places: First step of each digit and the step after its last, as the string net has them.

    Returns:
        For each place a box and a picture; neighbours are parted half-way between their steps.
    """
    strip = group.strip
    if strip is None or not places:
        return []
    between = [STEP * (left[1] + right[0]) // 2 for left, right in pairwise(places)]
    ends = [STEP * (places[0][0] - 3), *between, STEP * (places[-1][1] + 3)]
    ends = [min(max(0, end), strip.shape[1]) for end in ends]  # the net saw the strip with paper beside it
    within = [(min(left, strip.shape[1] - 1), right) for left, right in pairwise(ends)]
    return [_cut(strip, group.reach or group.box, left, max(right, left + 1)) for left, right in within]


def _cut(strip: Grey, reach: Box, left: int, right: int) -> tuple[Box, Grey]:
    part = strip[:, left:right]
    plain = np.where(part > _PRINT, part, 0).astype(np.uint8)
    square = cv2.resize(plain, (max(1, round(plain.shape[1] / BROADENED)), HEIGHT), interpolation=cv2.INTER_AREA)
    x, y, width, height = ink_box(plain) or (0, 0, part.shape[1], HEIGHT)
    across, down = reach[2] / strip.shape[1], reach[3] / HEIGHT
    box = (
        round(reach[0] + (left + x) * across),
        round(reach[1] + y * down),
        max(1, round(width * across)),
        max(1, round(height * down)),
    )
    return box, normalise_digit(square)


def _interpolation(height: int) -> int:
    return cv2.INTER_AREA if height > HEIGHT else cv2.INTER_LINEAR
