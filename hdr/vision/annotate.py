"""Draw what was read onto the picture it was read from."""

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.results import Box, Page

_SURE, _UNSURE, _REFUSED, _PAPER = (26, 115, 62), (196, 106, 0), (112, 117, 128), (255, 255, 255)


def annotate(rgb: NDArray[np.uint8], page: Page) -> NDArray[np.uint8]:
    """Box every digit with its reading and confidence: green where sure, amber where not; what is no digit in grey.

    Args:
        rgb: uint8 (H, W, 3), the picture that the page was read from.
        page: Boxes in pixels of that picture.

    Returns:
        uint8 (H, W, 3), a copy.
    """
    picture = rgb.copy()
    line = max(1, round(max(rgb.shape[:2]) / 500))
    for digit in page.digits:
        colour = _UNSURE if digit.unsure else _SURE
        _draw(picture, digit.box, f"{digit.value} {digit.confidence:.0%}", colour, line)
    for mark in page.refused:
        _draw(picture, mark.box, "no digit", _REFUSED, line)
    return picture


def _draw(picture: NDArray[np.uint8], box: Box, label: str, colour: tuple[int, int, int], line: int) -> None:
    x, y, width, height = box
    scale = float(np.clip(height / 110, 0.3 * line, 0.7 * line))
    (text_width, text_height), _ = cv2.getTextSize(label, cv2.FONT_HERSHEY_SIMPLEX, scale, line)
    top = max(0, y - text_height - 4 * line)
    cv2.rectangle(picture, (x, y), (x + width, y + height), colour, line)
    cv2.rectangle(picture, (x, top), (x + text_width + 2 * line, top + text_height + 3 * line), _PAPER, -1)
    origin = (x + line, top + text_height + line)
    cv2.putText(picture, label, origin, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, line, cv2.LINE_AA)
