"""A picture made to be looked at straight: quarter turns, the sheet on a table flattened, a skew undone, reduced.

Every step keeps the way back, so that what is found can be boxed on the picture as it came. Knows nothing of ink or
digits: where a sheet lies is told by `hdr.vision.corners`, how far rows of writing slope by `hdr.vision.skew`.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.results import RGB, Box
from hdr.vision.corners import find_sheet

Matrix = NDArray[np.float64]

LONGEST, PAGE, SHORTEST = 1600, 800, 320
"""Long side in pixels before the ink is looked for: to the first large pictures are reduced, to the second small pages
are enlarged, to the third what is too small for a page."""
_ENLARGED = 2.0
"""A page is enlarged by this factor at most."""


@dataclass(frozen=True, eq=False)
class View:
    """A picture to look at, and where its pixels were.

    Attributes:
        picture: uint8 (H, W, 3).
        back: float64 (3, 3), from positions on it to positions on the original picture, homogeneous.
        size: (width, height) of the original picture.
    """

    picture: RGB
    back: Matrix
    size: tuple[int, int]

    def original_box(self, box: Box) -> Box:
        """The upright box on the original picture around a box of this one."""
        x, y, width, height = box
        corners = np.array([[x, y], [x + width, y], [x, y + height], [x + width, y + height]], np.float64)
        placed = cv2.perspectiveTransform(corners[None], self.back)[0]
        left, top = (round(float(value)) for value in placed.min(axis=0))
        right, bottom = (round(float(value)) for value in placed.max(axis=0))
        left, top = min(max(0, left), self.size[0] - 1), min(max(0, top), self.size[1] - 1)
        right, bottom = min(max(left + 1, right), self.size[0]), min(max(top + 1, bottom), self.size[1])
        return left, top, right - left, bottom - top


def whole_view(rgb: RGB, quarter: int = 0) -> View:
    """A picture as it came, or turned by quarters of a circle against the clock.

    Args:
        rgb: uint8 (H, W, 3).
        quarter: How many quarters; 0 to 3, others are taken modulo 4.
    """
    height, width = rgb.shape[:2]
    ways = {
        0: np.eye(3),
        1: np.array([[0.0, -1.0, width], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
        2: np.array([[-1.0, 0.0, width], [0.0, -1.0, height], [0.0, 0.0, 1.0]]),
        3: np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, height], [0.0, 0.0, 1.0]]),
    }
    turned = np.ascontiguousarray(np.rot90(rgb, quarter % 4))
    return View(turned, ways[quarter % 4], (width, height))


def flat_view(view: View, reduced: View | None = None) -> View | None:
    """The sheet that lies on a table, cut out and flattened; None where the picture shows no such thing.

    Args:
        view: The picture.
        reduced: The same one smaller, where it is at hand: there the sheet is sooner found.
    """
    small = (reduced or view).picture
    corners = find_sheet(small)
    if corners is None:
        return None
    corners = corners * (view.picture.shape[1] / small.shape[1], view.picture.shape[0] / small.shape[0])
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    width, height = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    scale = min(1.0, LONGEST / max(width, height))
    size = (max(3, round(width * scale)), max(3, round(height * scale)))
    picture = view.picture
    if scale < 0.8:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    shrink = np.array([picture.shape[1] / view.picture.shape[1], picture.shape[0] / view.picture.shape[0]])
    frame = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    there = cv2.getPerspectiveTransform((corners * shrink).astype(np.float32), frame)
    flat = cv2.warpPerspective(picture, there, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    back = cv2.getPerspectiveTransform(frame, corners.astype(np.float32))
    return View(flat, view.back @ back, view.size)


def working_view(view: View) -> View:
    """Reduced or enlarged to the size at which ink is looked for."""
    height, width = view.picture.shape[:2]
    scale = _working_scale(max(height, width))
    if scale == 1.0:
        return view
    size = (max(3, round(width * scale)), max(3, round(height * scale)))
    picture = cv2.resize(view.picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return View(picture, view.back @ np.diag([width / size[0], height / size[1], 1.0]), view.size)


def _working_scale(longest: int) -> float:
    if longest <= SHORTEST:
        return SHORTEST / longest
    return min(_ENLARGED, PAGE / longest) if longest < PAGE else min(1.0, LONGEST / longest)


def turned_view(view: View, degrees: float) -> tuple[View, Matrix]:
    """Turned clockwise about the middle, on a canvas that holds all of it.

    Returns:
        The view, and the way from the old picture to the new one, float64 (2, 3), for arrays that lie over it.
    """
    height, width = view.picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    size = (round(width * cos + height * sin), round(height * cos + width * sin))
    turn[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    picture = cv2.warpAffine(view.picture, turn, size, borderMode=cv2.BORDER_REPLICATE)
    return View(picture, view.back @ np.vstack([cv2.invertAffineTransform(turn), [0.0, 0.0, 1.0]]), view.size), turn
