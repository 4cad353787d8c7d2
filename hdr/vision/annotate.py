"""Draw what was read onto the picture it was read from."""

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.results import Digit, Page

_SURE, _UNSURE, _PAPER = (26, 115, 62), (196, 106, 0), (255, 255, 255)


def annotate(rgb: NDArray[np.uint8], page: Page) -> NDArray[np.uint8]:
    """Box every digit with its reading and confidence: green where sure, amber where not.

    Args:
        rgb: uint8 (H, W, 3), the picture that the page was read from.
        page: Boxes in pixels of that picture.

    Returns:
        uint8 (H, W, 3), a copy.
    """
    picture = rgb.copy()
    line = max(1, round(max(rgb.shape[:2]) / 500))
    for digit in page.digits:
        _draw(picture, digit, line)
    return picture


def _draw(picture: NDArray[np.uint8], digit: Digit, line: int) -> None:
    x, y, width, height = digit.box
    colour = _UNSURE if digit.unsure else _SURE
    label = f"{digit.value} {digit.confidence:.0%}"
    scale = float(np.clip(height / 110, 0.3 * line, 0.7 * line))
    (text_width, text_height), _ = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, scale, line)
    top = max(0, y - text_height - 4 * line)
    cv2.rectangle(picture, (x, y), (x + width, y + height), colour, line)
    cv2.rectangle(picture, (x, top), (x + text_width + 2 * line, top + text_height + 3 * line), _PAPER, -1)
    origin = (x + line, top + text_height + line)
    cv2.putText(picture, label, origin, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, line, cv2.LINE_AA)
