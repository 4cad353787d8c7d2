"""One digit's ink to the 28 x 28 frame of MNIST: hairlines broadened, aspect kept, 20 x 20 box, centred by mass.

In: uint8 (H, W), ink bright on black, nothing but this digit. Out: uint8 (28, 28), ink up to 255 on 0. Does not know
where the ink came from.
"""

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.results import Grey

Distance = TypeVar("Distance", float, NDArray[np.float64])

SIDE = 28
BOX = 20
THINNEST = 2.0
"""Stroke width in pixels of the 20 x 20 box below which a stroke is broadened; MNIST's own pens are 2 to 4 wide."""
_FAINT = 0.15
"""Share of the strongest ink below which a pixel does not count for the bounding box."""


def normalise_digit(ink: Grey) -> Grey:
    """Fit one digit into MNIST's frame, as described by LeCun et al. 1998.

    Args:
        ink: uint8 (H, W), ink bright on black.

    Returns:
        uint8 (28, 28); all black where there is no ink.
    """
    return normalise_steps(ink)[-1]


def normalise_steps(ink: Grey) -> tuple[Grey, Grey, Grey]:
    """The digit cut out tightly, fitted into 20 x 20, and centred in 28 x 28; all black where there is no ink."""
    box = ink_box(ink)
    if box is None:
        return ink, np.zeros((BOX, BOX), np.uint8), np.zeros((SIDE, SIDE), np.uint8)
    x, y, width, height = box
    crop = ink[y : y + height, x : x + width]
    fitted = _full_contrast(_fit_box(_broaden(crop)))
    return crop, fitted, _centre_by_mass(fitted)


def ink_box(ink: Grey) -> tuple[int, int, int, int] | None:
    """Bounding box (x, y, w, h) of all ink that is not faint beside the strongest; None where there is none."""
    if ink.size == 0 or ink.max() == 0:
        return None
    x, y, width, height = cv2.boundingRect((ink > _FAINT * ink.max()).astype(np.uint8))
    return int(x), int(y), int(width), int(height)


def stroke_width(mask: NDArray[np.uint8] | NDArray[np.bool_]) -> float:
    """Mean width of the strokes of a mask (H, W) in pixels; 0 where there are none."""
    bits = mask.view(np.uint8) if mask.dtype == bool else mask
    x, y, width, height = cv2.boundingRect(bits)
    if width == 0:
        return 0.0
    padded = cv2.copyMakeBorder(bits[y : y + height, x : x + width], 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 3)
    return max(1.0, width_of(float(distance.sum()) / cv2.countNonZero(padded)))


def width_of(mean_distance: Distance) -> Distance:
    """Width in pixels of strokes, or of each of several, by the mean distance of their ink to the nearest paper.

    Across a stroke of width w that distance runs from 1 to (w + 1) / 2 and back, and is (w + 2) / 4 on average.
    """
    return 4.0 * mean_distance - 2.0


def _broaden(crop: Grey) -> Grey:
    """Dilate strokes that would be a hairline in the 20 x 20 box, as a fine pen on a large scan is."""
    shrink = max(crop.shape) / BOX
    missing = THINNEST * shrink - stroke_width(crop > crop.max() // 2)
    if shrink <= 1.0 or missing < 1.0:
        return crop
    size = round(missing) + 1
    margin = size // 2
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return cv2.dilate(np.pad(crop, margin), kernel)


def _fit_box(crop: Grey) -> Grey:
    height, width = crop.shape
    scale = BOX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(crop, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def _full_contrast(small: Grey) -> Grey:
    return np.round(small * (255.0 / max(1, small.max()))).astype(np.uint8)


def _centre_by_mass(small: Grey) -> Grey:
    """Place the 20 x 20 picture so that its centre of mass falls on pixel 14 of 28 both ways, as it does in MNIST."""
    height, width = small.shape
    weight = small.astype(np.float64)
    total = weight.sum()
    centre_x = float((weight.sum(axis=0) * np.arange(width)).sum() / total)
    centre_y = float((weight.sum(axis=1) * np.arange(height)).sum() / total)
    left = int(np.clip(round(SIDE / 2 - centre_x), 0, SIDE - width))
    top = int(np.clip(round(SIDE / 2 - centre_y), 0, SIDE - height))
    frame = np.zeros((SIDE, SIDE), np.uint8)
    frame[top : top + height, left : left + width] = small
    return frame
