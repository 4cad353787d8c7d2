"""Separate ink from paper: shadow, colour and brightness of the paper go, strokes stay, white on black.

In: uint8 (H, W) of any picture, dark on light or light on dark. Out: `Ink`. Knows nothing of digits or rows.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.vision.normalise import stroke_width

Grey = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_PAPER_SIDE = 400
"""Long side in pixels of the small picture on which the paper is estimated; paper has no fine detail."""
_WINDOW = 12
"""The paper's median window, in stroke widths: wide enough that ink is always the minority in it."""
_NOISE = 5.0
"""Ink must rise above this many standard deviations of the paper's grain."""
_WEAKEST = 0.3
"""Ink weaker than this share of the page's usual ink is smudge, shadow or the back of the sheet."""
_EDGE = 0.4
"""Where a stroke ends: at this share of the strongest ink near by."""


@dataclass(frozen=True)
class Ink:
    """What is written on a picture.

    Attributes:
        paper: uint8 (H, W), the bare paper's brightness as estimated, in the picture's own polarity.
        strength: uint8 (H, W), ink 255 on paper 0, lighting removed, grey at the strokes' edges.
        mask: bool (H, W), True on strokes.
        light_on_dark: Whether the picture is chalk on a board rather than pen on paper.
        stroke: Usual width of a stroke, pixels; 0 where there is no ink.
    """

    paper: Grey
    strength: Grey
    mask: Mask
    light_on_dark: bool
    stroke: float


def find_ink(grey: Grey) -> Ink:
    """Find the strokes on a picture.

    The paper is the local median over a window of several stroke widths, ink is what is darker than the paper by a
    share of the paper's brightness, so that a shadow changes nothing. A stroke ends where its ink falls below a share
    of the strongest ink near by, so that pencil survives beside marker.

    Args:
        grey: uint8 (H, W), brightness.

    Returns:
        The ink; an empty mask where there is none.
    """
    light_on_dark = _is_light_on_dark(grey)
    page = 255 - grey if light_on_dark else grey
    paper = _estimate_paper(page)
    contrast, grain = _contrast(page, paper)
    floor = max(_NOISE * grain, 0.03)
    candidates = contrast[contrast > floor]
    if candidates.size < 4:
        return Ink(_turn(paper, light_on_dark), np.zeros_like(grey), np.zeros(grey.shape, bool), light_on_dark, 0.0)
    usual = _usual_ink(candidates)
    floor = max(floor, _WEAKEST * usual)
    width = max(1.0, stroke_width(contrast > max(floor, 0.5 * usual)))
    mask = contrast > np.maximum(floor, _EDGE * _strongest_near(contrast, width))
    strength = _strength(contrast, _strongest_near(contrast, width), floor)
    return Ink(_turn(paper, light_on_dark), strength, mask, light_on_dark, width)


def _turn(grey: Grey, turn: bool) -> Grey:
    return 255 - grey if turn else grey


def _is_light_on_dark(grey: Grey) -> bool:
    """Whether strokes are lighter than what surrounds them: compare what leaves the broad median to either side."""
    small = _shrink(grey)
    away = small.astype(np.int16) - cv2.medianBlur(small, _odd(min(small.shape) // 2))
    away[np.abs(away) < 24] = 0
    return float(away.sum()) > 0


def _estimate_paper(page: Grey) -> Grey:
    """Local median with a window fitted to the strokes; page is dark on light."""
    small = _shrink(page)
    rough = cv2.medianBlur(small, _odd(min(small.shape) // 2))
    darker = cv2.subtract(rough, small)
    threshold, mask = cv2.threshold(darker, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    width = max(1.0, stroke_width(mask)) if threshold >= 8 else 1.0
    window = _odd(int(np.clip(_WINDOW * width, 15, min(small.shape))))
    paper = cv2.blur(cv2.medianBlur(small, window), (3, 3))
    return cv2.resize(paper, page.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _contrast(page: Grey, paper: Grey) -> tuple[NDArray[np.float32], float]:
    """Share of the paper's light that is missing, float32 (H, W), and the grain's standard deviation in it."""
    light = np.maximum(paper, 32).astype(np.float32)
    contrast = cv2.GaussianBlur((paper.astype(np.float32) - page) / light, (0, 0), 0.8)
    grain = 1.4826 * float(np.median(np.abs(contrast - np.median(contrast))))
    return contrast, grain


def _usual_ink(candidates: NDArray[np.float32]) -> float:
    """Contrast of the page's strokes: the mean of what Otsu's threshold puts above itself."""
    scaled = np.clip(candidates * 255, 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(scaled, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    above = candidates[scaled > threshold]
    return float(above.mean()) if above.size else float(candidates.mean())


def _strongest_near(contrast: NDArray[np.float32], width: float) -> NDArray[np.float32]:
    size = _odd(round(2 * width) + 1)
    return cv2.dilate(contrast, np.ones((size, size), np.uint8))


def _strength(contrast: NDArray[np.float32], peak: NDArray[np.float32], floor: float) -> Grey:
    """Contrast as a share of the strongest ink near by, so that faint and dark strokes look alike."""
    share = contrast / np.maximum(peak, floor)
    return (255 * np.clip((share - 0.15) / 0.7, 0.0, 1.0) * (peak > floor)).astype(np.uint8)


def _shrink(grey: Grey) -> Grey:
    scale = _PAPER_SIDE / max(grey.shape)
    if scale >= 1:
        return grey
    size = (max(3, round(grey.shape[1] * scale)), max(3, round(grey.shape[0] * scale)))
    return cv2.resize(grey, size, interpolation=cv2.INTER_AREA)


def _odd(size: int) -> int:
    return max(3, size | 1)
