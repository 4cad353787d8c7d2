"""Separate ink from paper: shadow, colour and brightness of the paper go, strokes stay, white on black.

In: uint8 (H, W) of any picture, dark on light or light on dark. Out: `Ink`. Knows nothing of digits or rows.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.results import Grey, Mask
from hdr.vision.image import fit_within
from hdr.vision.normalise import stroke_width, width_of

_VISIBLE, _CLEAR, _MATERIAL = 12, 0.25, 0.02
"""Weighing dark against light strokes: the difference in brightness, of 255, that counts; how clear the balance must
be; and how much of what weighs most at any width."""
_SMALL = 320
"""Long side in pixels up to which a picture shows a digit or a number, not a page on a table."""
_STROKE_SIDE, _PAPER_SIDE = 800, 400
"""Long side in pixels of the small pictures on which strokes are weighed and the paper is estimated."""
_SMOOTH = (3, 9, 17)
"""Smoothing of the small picture on which strokes are weighed, pixels."""
_WINDOW = 9
"""The paper's median window, in stroke widths: wide enough that ink is always the minority in it."""
_NOISE = 5.0
"""Ink must rise above this many standard deviations of the paper's grain."""
_FINEST = 0.45
"""The grain is at least this share of what the lighter half of the picture says of it."""
_LEAST = 0.03
"""Ink takes at least this share of the paper's light."""
_WEAKEST = 0.3
"""Ink weaker than this share of the page's usual ink is smudge, shadow or the back of the sheet."""
_STRONG, _DARKER, _BETWEEN = 0.9, 1.5, 0.35
"""The quantile of their pixels by which rules and pen are weighed, how much darker the pen must be to be told, and how
far from the rules to the pen, in powers, ink begins to be the pen's."""
_EDGE = 0.4
"""Where a stroke ends: at this share of the strongest ink near by."""


@dataclass(frozen=True)
class Ink:
    """What is written on a picture.

    Attributes:
        paper: uint8 (H, W), the bare paper's brightness as estimated, in the picture's own polarity.
        strength: uint8 (H, W), ink 255 on paper 0, lighting removed, grey at the strokes' edges.
        mask: bool (H, W), True on strokes.
        traces: bool (H, W), True on whatever is darker than the paper: strokes, and what is too weak to be one, such as
            faint rules.
        light_on_dark: Whether the picture is chalk on a board rather than pen on paper.
        stroke: Usual width of a stroke, pixels; 0 where there is no ink.
    """

    paper: Grey
    strength: Grey
    mask: Mask
    traces: Mask
    light_on_dark: bool
    stroke: float


def find_ink(grey: Grey, least: float = _LEAST) -> Ink:
    """Find the strokes on a picture.

    The paper is the local median over a window of several stroke widths, ink is what is darker than the paper by a
    share of the paper's brightness, so that a shadow changes nothing. A stroke ends where its ink falls below a share
    of the strongest ink near by, so that pencil survives beside marker.

    Args:
        grey: uint8 (H, W), brightness.
        least: Ink takes at least this share of the paper's light.

    Returns:
        The ink; an empty mask where there is none.
    """
    strokes = _weigh_strokes(grey)
    if strokes is None:
        return _no_ink(grey)
    light_on_dark, rough_width = strokes
    page = _inverted_if(grey, light_on_dark)
    paper, change = _estimate_paper(page, rough_width)
    contrast, floor = _contrast(page, paper, change)
    floor = np.maximum(floor, least)
    candidates = contrast[contrast > floor]
    if candidates.size < 4:
        return _no_ink(grey)
    usual = _usual_ink(_without_blots(contrast, floor, rough_width))
    traces = contrast > floor
    floor = np.maximum(floor, _WEAKEST * usual)
    width = max(1.0, stroke_width(contrast > np.maximum(floor, 0.5 * usual)))
    strongest = _strongest_near(contrast, width)
    mask = contrast > np.maximum(floor, _EDGE * strongest)
    strength = _strength(contrast, strongest, floor)
    return Ink(_inverted_if(paper, light_on_dark), strength, mask, traces, light_on_dark, _usual_width(mask, width))


def least_of_pen(grey: Grey, ink: Ink, rules: Mask) -> float | None:
    """The share of the paper's light from which on ink is the pen's, where the rules are clearly paler; None elsewhere.

    Args:
        grey: uint8 (H, W), brightness.
        ink: Of the same picture.
        rules: bool (H, W), True on the ink of ruled lines.
    """
    paper, page = (_inverted_if(picture, ink.light_on_dark) for picture in (ink.paper, grey))
    contrast = _missing(page, paper) / _light(paper)
    beside = _within(ink.mask & ~cv2.dilate(rules.view(np.uint8), np.ones((5, 5), np.uint8)).astype(bool))
    if not rules.any() or not beside.any():
        return None
    paler, pen = (max(0.0, float(np.quantile(contrast[of], _STRONG))) for of in (rules, beside))
    return float(paler ** (1 - _BETWEEN) * pen**_BETWEEN) if pen > _DARKER * paler else None


def _within(mask: Mask) -> Mask:
    """A mask without the marks that touch the picture's border, such as the table beside the sheet."""
    _, labels = cv2.connectedComponents(mask.view(np.uint8))
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    return mask & ~np.isin(labels, border)


def rotated_ink(ink: Ink, matrix: NDArray[np.float64], size: tuple[int, int]) -> Ink:
    """The same ink on a turned picture.

    Args:
        ink: On the picture as it was.
        matrix: float64 (2, 3), from positions on that to positions on the turned one.
        size: (width, height) of the turned picture; where it shows nothing of the old one there is no ink.
    """
    paper = cv2.warpAffine(ink.paper, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    mask, traces = (
        cv2.warpAffine(bits.view(np.uint8) * np.uint8(255), matrix, size) > 127 for bits in (ink.mask, ink.traces)
    )
    return Ink(paper, cv2.warpAffine(ink.strength, matrix, size), mask, traces, ink.light_on_dark, ink.stroke)


def _no_ink(grey: Grey) -> Ink:
    nothing = np.zeros(grey.shape, bool)
    return Ink(cv2.medianBlur(grey, 5), np.zeros_like(grey), nothing, nothing, light_on_dark=False, stroke=0.0)


def _inverted_if(grey: Grey, light_on_dark: bool) -> Grey:
    return 255 - grey if light_on_dark else grey


def _weigh_strokes(grey: Grey) -> tuple[bool, float] | None:
    """Whether strokes are lighter than their surroundings, and roughly their width in pixels; None without strokes.

    At growing widths, what is narrower and darker (black-hat) is weighed against what is narrower and lighter
    (top-hat). Strokes are the thinnest things on a page, so the first clear answer counts: at greater widths the paper
    between strokes has its say, then the page on its table. A small picture, such as a single thick digit, is judged by
    its border where that is plain. Where grain hides all strokes, they are looked for on ever smoother pictures.
    """
    small = fit_within(grey, _STROKE_SIDE)
    looks = (_weigh_smooth(grey, cv2.GaussianBlur(small, (size, size), 0)) for size in _SMOOTH)
    return next((look for look in looks if look is not None), None)


def _weigh_smooth(grey: Grey, small: Grey) -> tuple[bool, float] | None:
    widths = [width for width in (3, 5, 9, 17, 33, 65) if width < min(small.shape)]
    lighter = np.array([_thin_energy(small, cv2.MORPH_TOPHAT, width) for width in widths])
    darker = np.array([_thin_energy(small, cv2.MORPH_BLACKHAT, width) for width in widths])
    both, bias = lighter + darker, lighter - darker
    clear = np.flatnonzero((np.abs(bias) >= _CLEAR * both) & (both >= _MATERIAL * both.max(initial=0.0)) & (both > 0))
    border = _plain_border(grey) if max(grey.shape) <= _SMALL else None
    if not both.any() or (border is None and not clear.size):
        return None
    light_on_dark = bool(bias[clear[0]] > 0) if border is None else border < float(grey.mean())
    best = int(np.argmax(bias if light_on_dark else -bias))
    return light_on_dark, widths[best] * max(grey.shape) / max(small.shape)


def _thin_energy(small: Grey, operation: int, width: int) -> float:
    """Mean brightness, over the picture, of what is thinner than `width`; 0 where it is no more than a little grain."""
    hat = cv2.morphologyEx(small, operation, np.ones((width, width), np.uint8))
    energy = float(hat[hat >= _VISIBLE].sum()) / small.size
    return energy if energy >= 0.002 * _VISIBLE else 0.0


def _plain_border(grey: Grey) -> float | None:
    """Brightness of the picture's border, or None where the border is not of one kind."""
    width = max(1, min(grey.shape) // 16)
    border = np.concatenate(
        [grey[:width].ravel(), grey[-width:].ravel(), grey[:, :width].ravel(), grey[:, -width:].ravel()]
    )
    low, middle, high = np.quantile(border, (0.1, 0.5, 0.9))
    return float(middle) if high - low < 0.25 * (int(grey.max()) - int(grey.min())) else None


def _estimate_paper(page: Grey, width: float) -> tuple[Grey, Grey]:
    """Local median over a window of several stroke widths, and how much it changes near by; page is dark on light."""
    small = fit_within(page, _PAPER_SIDE)
    window = round(_WINDOW * width * max(small.shape) / max(page.shape))
    paper = cv2.blur(cv2.medianBlur(small, _odd(int(np.clip(window, 15, min(small.shape))))), (3, 3))
    change = cv2.morphologyEx(paper, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8))
    size = page.shape[::-1]
    return cv2.resize(paper, size), cv2.resize(change, size)


def _contrast(page: Grey, paper: Grey, change: Grey) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Share of the paper's light that is missing, and the share that is no ink yet, float32 (H, W).

    The paper's grain is measured once in grey levels, on the lighter half of the picture, or on its lightest quarter
    where ink and its soft edges reach into that half; where the paper is dim it is a larger share of the light. At the
    edge of a shadow or of the paper, ink must be darker than the step.
    """
    light, missing = _light(paper), _missing(page, paper)
    low, quarter, middle = np.quantile(missing, (0.05, 0.25, 0.5))
    tail, half = (quarter - low) / 0.971, (middle - quarter) / 0.674  # standard deviations of even noise
    grain = float(np.clip(tail, _FINEST * half, half))
    return missing / light, np.asarray(np.maximum(_NOISE * grain, change) / light, np.float32)


def _missing(page: Grey, paper: Grey) -> NDArray[np.float32]:
    """What is missing to the paper's brightness, a little smoothed, float32 (H, W)."""
    return np.asarray(cv2.GaussianBlur(paper.astype(np.float32) - page, (0, 0), 0.8), np.float32)


def _light(paper: Grey) -> NDArray[np.float32]:
    """The paper's light, float32 (H, W); where it is nearly black, shares of it would be of noise."""
    return np.maximum(paper, 32).astype(np.float32)


def _without_blots(contrast: NDArray[np.float32], floor: NDArray[np.float32], width: float) -> NDArray[np.float32]:
    """Contrast of all candidates but for those in blots and printed squares, unless there is little else."""
    inked = (contrast > floor).view(np.uint8)
    size = _odd(round(1.5 * width))
    blots = cv2.morphologyEx(inked, cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
    thin = contrast[inked > cv2.dilate(blots, np.ones((3, 3), np.uint8))]
    return thin if thin.size >= 0.3 * cv2.countNonZero(inked) else contrast[inked > 0]


def _usual_ink(candidates: NDArray[np.float32]) -> float:
    """Contrast of the page's strokes: the mean of what Otsu's threshold puts above itself."""
    scaled = np.clip(candidates * 255, 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(scaled, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    above = candidates[scaled > threshold]
    return float(above.mean()) if above.size else float(candidates.mean())


def _usual_width(mask: Mask, mean: float) -> float:
    """Mean width of the strokes, or the median one where a few blots or printed squares make the mean broad."""
    bits = mask.view(np.uint8)
    count, labels = cv2.connectedComponents(bits)
    distance = cv2.distanceTransform(bits, cv2.DIST_L2, 3)
    own = labels[mask]
    area = np.bincount(own, minlength=count)
    mean_distance = np.bincount(own, distance[mask], minlength=count) / np.maximum(1, area)
    widths = np.maximum(1.0, width_of(mean_distance))
    order = np.argsort(widths)
    total = np.cumsum(area[order])
    return min(mean, float(widths[order][np.searchsorted(total, total[-1] / 2)])) if total[-1] else mean


def _strongest_near(contrast: NDArray[np.float32], width: float) -> NDArray[np.float32]:
    size = _odd(round(2 * width) + 1)
    return cv2.dilate(contrast, np.ones((size, size), np.uint8))


def _strength(contrast: NDArray[np.float32], peak: NDArray[np.float32], floor: NDArray[np.float32]) -> Grey:
    """Contrast as a share of the strongest ink near by, so that faint and dark strokes look alike."""
    share = contrast / np.maximum(peak, floor)
    return (255 * np.clip((share - 0.15) / 0.7, 0.0, 1.0) * (peak > floor)).astype(np.uint8)


def _odd(size: int) -> int:
    return max(3, size | 1)
