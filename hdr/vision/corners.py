"""The four corners of a sheet of paper that was photographed on a table, where the picture shows such a thing.

In: uint8 RGB of any size. Out: corners, or nothing. A sheet is a large quadrilateral that differs from its surroundings
all along its sides and has something written on it. A frame drawn on paper does not: beyond its line there is paper.
"""

from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.results import RGB, Grey

Points = NDArray[np.float64]

_SMALL = 400
"""Long side in pixels of the picture on which a sheet is looked for."""
_LEAST_PICTURE = 160
"""Pictures with a shorter side than this show a number, not a table."""
_LEAST, _MOST = 0.2, 0.97
"""Share of the picture that a sheet covers."""
_LONGEST = 5.0
"""Greatest proportion of a sheet's sides."""
_LEVELS = (1.0, 0.75, 0.5, 0.35)
"""Where a sheet may end, from the usual light of the picture's border (0) to Otsu's threshold (1), in the order of
trial: a sheet is darker where the lamp or the lens leaves it."""
_STEP = 18.0
"""Least difference in colour, of 255, between a sheet and the table just beyond its side."""
_SEEN = 0.8
"""Share of each side along which that difference is seen."""
_NEAR, _FAR = 5, 11
"""Where the table is looked at: pixels beyond the side; a drawn line is thinner."""
_WRITTEN, _COVERED = 0.0008, 0.4
"""Share of a sheet that is ink: at least and at most."""
_INSET = 0.006
"""Share of its size by which a sheet is cut narrower, so that no table shows along its sides."""


def find_sheet(rgb: RGB) -> Points | None:
    """Find a photographed sheet.

    Args:
        rgb: uint8 (H, W, 3).

    Returns:
        float64 (4, 2), its corners as (x, y): upper left, upper right, lower right, lower left; None without a sheet.
    """
    if min(rgb.shape[:2]) < _LEAST_PICTURE:
        return None
    scale = min(1.0, _SMALL / max(rgb.shape[:2]))
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    colour = cv2.cvtColor(cv2.medianBlur(small, 5), cv2.COLOR_RGB2LAB)
    for level, light in product(_LEVELS, (colour[..., 0], _unlike_border(colour))):
        corners = _quadrilateral(light, level)
        if corners is not None and _is_sheet(corners, colour, small):
            return _inset(corners) / np.array([small.shape[1] / rgb.shape[1], small.shape[0] / rgb.shape[0]])
    return None


def _unlike_border(colour: RGB) -> RGB:
    """Distance of every pixel's colour from the usual one at the picture's border."""
    away = np.linalg.norm(colour.astype(np.float32) - _at_border(colour).astype(np.float32), axis=2)
    return np.clip(away, 0, 255).astype(np.uint8)


def _at_border(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Median of the three outermost rows and columns, of each channel."""
    channels = picture.shape[2:]
    sides = (picture[:3], picture[-3:], picture[:, :3], picture[:, -3:])
    return np.asarray(np.median(np.concatenate([side.reshape(-1, *channels) for side in sides]), axis=0))


def _quadrilateral(light: Grey, level: float) -> Points | None:
    """Corners of the largest area that is lighter than a level of `_LEVELS`, where it has four sides."""
    otsu, _ = cv2.threshold(light, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    border = float(_at_border(light))
    mask = (light > border + level * (otsu - border)).astype(np.uint8)
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    mask = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not outlines:
        return None
    outline = max(outlines, key=cv2.contourArea)
    area, hull = cv2.contourArea(outline), cv2.convexHull(outline)
    if not _LEAST * light.size <= area <= _MOST * light.size or area < 0.93 * cv2.contourArea(hull):
        return None
    for share in (0.02, 0.03, 0.045, 0.06):
        found = cv2.approxPolyDP(hull, share * cv2.arcLength(hull, closed=True), closed=True)
        if len(found) == 4:
            corners = _refined(_in_order(found[:, 0].astype(np.float64)), outline[:, 0].astype(np.float64))
            return corners if 0.93 * area <= cv2.contourArea(corners.astype(np.float32)) <= 1.07 * area else None
    return None


def _in_order(corners: Points) -> Points:
    """Clockwise from the upper left."""
    centre = corners.mean(axis=0)
    around = corners[np.argsort(np.arctan2(corners[:, 1] - centre[1], corners[:, 0] - centre[0]))]
    return np.roll(around, -int(around.sum(axis=1).argmin()), axis=0)


def _refined(corners: Points, outline: Points) -> Points:
    """Where straight lines through the four sides meet: rounded or folded corners do not count."""
    lines = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = (end - start) / max(1e-6, float(np.linalg.norm(end - start)))
        away = outline - start
        share = away @ along / max(1e-6, float(np.linalg.norm(end - start)))
        near = (np.abs(away @ np.array([-along[1], along[0]])) <= 8) & (share > 0.1) & (share < 0.9)
        if near.sum() < 10:
            return corners
        dx, dy, x, y = cv2.fitLine(outline[near].astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
        lines.append((float(dx), float(dy), float(x), float(y)))
    return np.array([_meeting(lines[i - 1], lines[i], corners[i]) for i in range(4)])


def _meeting(
    first: tuple[float, float, float, float], second: tuple[float, float, float, float], otherwise: Points
) -> Points:
    """Where two lines, each a direction and a point, meet."""
    sides = np.array([[first[0], -second[0]], [first[1], -second[1]]])
    if abs(np.linalg.det(sides)) < 0.1:
        return otherwise
    share = np.linalg.solve(sides, np.array([second[2] - first[2], second[3] - first[3]]))[0]
    return np.array([first[2] + share * first[0], first[3] + share * first[1]])


def _is_sheet(corners: Points, colour: RGB, small: RGB) -> bool:
    """Whether all corners lie on the picture, the sides differ from what is beyond, and something is written."""
    height, width = small.shape[:2]
    inside = (corners >= 1).all() and (corners[:, 0] <= width - 2).all() and (corners[:, 1] <= height - 2).all()
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    if not inside or sides.max() > _LONGEST * sides.min() or not cv2.isContourConvex(corners.astype(np.float32)):
        return False
    if sides.min() < 0.25 * min(height, width):
        return False
    ends = zip(corners, np.roll(corners, -1, axis=0), strict=True)
    return all(_differs(start, end, colour) for start, end in ends) and _is_written(corners, small)


def _differs(start: Points, end: Points, colour: RGB) -> bool:
    """Whether the picture is of another colour beyond a side than before it; corners run clockwise."""
    along = (end - start) / np.linalg.norm(end - start)
    outward = np.array([along[1], -along[0]])
    points = start + np.linspace(0.06, 0.94, 40)[:, None] * (end - start)
    paper = _sample(colour, points - _NEAR * outward)
    steps = [np.linalg.norm(paper - _sample(colour, points + far * outward), axis=1) for far in (_NEAR, _FAR)]
    return bool(np.mean(np.minimum(*steps) >= _STEP) >= _SEEN)


def _sample(colour: RGB, points: Points) -> NDArray[np.float32]:
    xs = np.clip(np.round(points[:, 0]).astype(int), 0, colour.shape[1] - 1)
    ys = np.clip(np.round(points[:, 1]).astype(int), 0, colour.shape[0] - 1)
    return colour[ys, xs].astype(np.float32)


def _is_written(corners: Points, small: RGB) -> bool:
    """Whether there are marks on the sheet, away from its sides."""
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    inner = np.zeros(grey.shape, np.uint8)
    centre = corners.mean(axis=0)
    cv2.fillConvexPoly(inner, np.round(centre + 0.92 * (corners - centre)).astype(np.int32), 1)
    marks = cv2.absdiff(grey, cv2.medianBlur(grey, 21))[inner > 0] > 20
    return bool(marks.size and _WRITTEN <= marks.mean() <= _COVERED)


def _inset(corners: Points) -> Points:
    centre = corners.mean(axis=0)
    return centre + (1 - 2 * _INSET) * (corners - centre)
