"""Draw what was read onto the picture it was read from."""

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.colours import REFUSED, SURE, UNSURE, Colour
from hdr.results import Box, Page

_PAPER = (255, 255, 255)
_READABLE = 60
"""Height in pixels that digits have at least, so that there is room for their readings."""
_LARGEST = 1600
"""Long side of an enlarged picture, pixels."""


def annotate(rgb: NDArray[np.uint8], page: Page) -> NDArray[np.uint8]:
    """Box every digit with its reading and confidence: green where sure, amber where not; what is no digit in grey.

    A picture of small digits is enlarged by a whole number. A sure digit's confidence is left out where it would cover
    its neighbours' readings.

    Args:
        rgb: uint8 (H, W, 3), the picture that the page was read from.
        page: Boxes in pixels of that picture.

    Returns:
        uint8 (H', W', 3), a copy.
    """
    zoom = _zoom(rgb, page)
    picture = np.asarray(cv2.resize(rgb, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC), np.uint8)
    line = max(1, round(max(picture.shape[:2]) / 500))
    for digit in page.digits:
        full = f"{digit.value} {digit.confidence:.0%}"
        if digit.unsure:
            _draw(picture, _enlarged(digit.box, zoom), [full], UNSURE, line)
        else:
            _draw(picture, _enlarged(digit.box, zoom), [full, str(digit.value)], SURE, line)
    for mark in page.refused:
        _draw(picture, _enlarged(mark.box, zoom), ["no digit"], REFUSED, line)
    return picture


def _zoom(rgb: NDArray[np.uint8], page: Page) -> int:
    """How many times the picture is enlarged, 1 or more."""
    heights = [digit.box[3] for digit in page.digits]
    wanted = np.ceil(_READABLE / max(1.0, float(np.median(heights)))) if heights else 1
    return max(1, int(min(wanted, _LARGEST // max(rgb.shape[:2]))))


def _enlarged(box: Box, zoom: int) -> Box:
    x, y, width, height = box
    return x * zoom, y * zoom, width * zoom, height * zoom


def _draw(picture: NDArray[np.uint8], box: Box, labels: list[str], colour: Colour, line: int) -> None:
    """A box, and above it or where the picture ends below it the first label that is no broader, or the last."""
    x, y, width, height = box
    scale = float(np.clip(height / 110, 0.3 * line, 0.7 * line))
    sizes = [cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, scale, line)[0] for label in labels]
    fitting = (pair for pair in zip(labels, sizes, strict=True) if pair[1][0] <= width)
    label, (text_width, text_height) = next(fitting, (labels[-1], sizes[-1]))
    above, below = y - text_height - 4 * line, y + height + line
    fits_below = below + text_height + 3 * line <= picture.shape[0]
    top = below if above < 0 and fits_below else max(0, above)
    cv2.rectangle(picture, (x, y), (x + width, y + height), colour, line)
    cv2.rectangle(picture, (x, top), (x + text_width + 2 * line, top + text_height + 3 * line), _PAPER, -1)
    origin = (x + line, top + text_height + line)
    cv2.putText(picture, label, origin, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, line, cv2.LINE_AA)
