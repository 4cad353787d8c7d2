"""The way of a picture through the vision code: whole page, drawing or single digit -> patches in reading order.

Calls the other rooms of this folder in turn and keeps each step's picture, so that a page can show it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.results import Box, Glyph, Grey, Layout, Patch, Span, Stage
from hdr.vision.image import to_grey
from hdr.vision.ink import Ink, find_ink
from hdr.vision.normalise import ink_box, normalise_digit, normalise_steps, stroke_width
from hdr.vision.rules import remove_rules
from hdr.vision.segment import Piece, arrange, find_pieces
from hdr.vision.split import Stretch, split_piece

RGB = NDArray[np.uint8]
_LONGEST, _SHORTEST = 1600, 320
"""Long side in pixels to which large pictures are reduced and small ones enlarged before the ink is looked for."""


def find_digits(rgb: RGB) -> Layout:
    """Find the digits on a photo or scan.

    Args:
        rgb: uint8 (H, W, 3), upright, as `decode_image` gives it.

    Returns:
        Patches in reading order, and the picture after every step.

    Raises:
        ImageContentError: There are far more marks than a page of digits has.
    """
    size = (rgb.shape[1], rgb.shape[0])
    working = _working_size(rgb)
    grey = to_grey(working)
    ink = find_ink(grey)
    mask = remove_rules(ink.mask, ink.stroke)
    return _lay_out(mask, ink.strength, ink.stroke, size, _stages(working, grey, ink, mask))


def find_drawn(rgb: RGB) -> Layout:
    """Find the digits on a drawing: dark strokes on a white canvas, without shadow or rules.

    Args:
        rgb: uint8 (H, W, 3), as `decode_image` gives it.
    """
    size = (rgb.shape[1], rgb.shape[0])
    strength = 255 - to_grey(rgb)
    mask = strength > 100
    stroke = max(1.0, stroke_width(mask))
    stages = (Stage("Drawing", "As it came from the canvas.", rgb), Stage("Ink", "Strokes white on black.", strength))
    return _lay_out(mask, strength, stroke, size, stages)


def digit_stages(patch: Patch) -> tuple[Stage, ...]:
    """The steps that take one digit's ink into the frame of MNIST."""
    cut, fitted, centred = normalise_steps(patch.ink)
    return (
        Stage("Cut out", "This digit's ink alone.", cut),
        Stage("20 × 20", "Made to fit, in its own proportions.", fitted),
        Stage("28 × 28", "Centred by its mass: what the nets see.", centred),
    )


def single_digit(rgb: RGB) -> Patch:
    """A picture of one digit -> its patch; all ink is taken to be that digit, a blank picture gives a black patch."""
    working = _working_size(rgb)
    found = find_ink(to_grey(working))
    ink = np.where(_grow(remove_rules(found.mask, found.stroke)), found.strength, 0).astype(np.uint8)
    box = ink_box(ink) or (0, 0, ink.shape[1], ink.shape[0])
    return Patch(_scaled(box, rgb.shape[1] / ink.shape[1]), ink, normalise_digit(ink))


def _working_size(rgb: RGB) -> RGB:
    longest = max(rgb.shape[:2])
    scale = min(1.0, _LONGEST / longest) if longest > _SHORTEST else _SHORTEST / longest
    if scale == 1.0:
        return rgb
    size = (max(3, round(rgb.shape[1] * scale)), max(3, round(rgb.shape[0] * scale)))
    return cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def _stages(working: RGB, grey: Grey, ink: Ink, mask: NDArray[np.bool_]) -> tuple[Stage, ...]:
    return (
        Stage("Picture", "As it came, turned upright.", working),
        Stage("Grey", "Brightness alone; colour is no help in reading.", grey),
        Stage("Paper", "The bare paper with its shadows, as estimated from the surroundings.", ink.paper),
        Stage("Ink", "What is darker than the paper, shadow and colour taken away, white on black.", ink.strength),
        Stage("Strokes", "Ruled lines and boxes removed.", mask.astype(np.uint8) * 255),
    )


def _lay_out(
    mask: NDArray[np.bool_], strength: Grey, stroke: float, size: tuple[int, int], stages: tuple[Stage, ...]
) -> Layout:
    pieces, usual = find_pieces(mask, stroke)
    rows = arrange([piece.box for piece in pieces])
    scale = size[0] / mask.shape[1]
    glyphs = [_glyph(piece, strength, usual, scale) for piece in pieces]
    return Layout(size, stages, tuple(tuple(tuple(glyphs[i] for i in group) for group in row) for row in rows))


def _glyph(piece: Piece, strength: Grey, usual: float, scale: float) -> Glyph:
    stretches = split_piece(piece, usual) or [Stretch(0, 1, piece, 0.0)]
    return Glyph(
        tuple(Span(part.start, part.end, _patch(part.piece, strength, scale), part.oddness) for part in stretches)
    )


def _patch(piece: Piece, strength: Grey, scale: float) -> Patch:
    """Cut a piece out with the grey edge of its strokes and fit it into 28 x 28."""
    x, y, width, height = piece.box
    margin = 3
    left, top = max(0, x - margin), max(0, y - margin)
    crop = strength[top : y + height + margin, left : x + width + margin]
    own = np.zeros(crop.shape, bool)
    own[y - top : y - top + height, x - left : x - left + width] = piece.mask
    ink = np.where(_grow(own), crop, 0).astype(np.uint8)
    return Patch(_scaled(piece.box, scale), ink, normalise_digit(ink))


def _grow(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)


def _scaled(box: Box, scale: float) -> Box:
    x, y, width, height = (round(value * scale) for value in box)
    return x, y, max(1, width), max(1, height)
