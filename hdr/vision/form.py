"""Scans of a known form: where its fields lie on a new scan or photo of it, and the fields cut out upright.

In: the scan and the reference picture of the form. Features of both (SIFT, Lowe 2004) are matched, a homography is
fitted (MAGSAC++, Barath et al. 2020), and refined by all matches that lie near the first estimate. Does not know what
is written in a field.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.errors import ImageContentError
from hdr.results import RGB, Box, Grey
from hdr.vision.image import fit_within

Matrix = NDArray[np.float64]
Floats = NDArray[np.float32]

_SIDE = 1200
"""Long side to which both pictures are reduced, pixels."""
_FEATURES = 2500
_RATIO = 0.85
"""How much nearer the best match is than the second best, at most."""
_FIRST, _NEAR, _CLOSE = 5.0, 12.0, 2.5
"""Pixels of the reduced reference: tolerance of the first fit, reach of the second matching, tolerance of its fit."""
_ALIKE = 0.8
"""Likeness of two points, 0..1, from which on they are taken for the same where they lie near each other."""
_FEWEST = 18
"""Matches that fit, below which a picture is not taken for the form."""
_LEAST_SCORE = 0.45
"""Share of the form's print that must be found again in its place."""


@dataclass(frozen=True, eq=False)
class Registration:
    """Where a form lies on a scan.

    Attributes:
        matrix: float64 (3, 3), from pixels of the reference picture to pixels of the scan.
    """

    matrix: Matrix

    def __post_init__(self) -> None:
        if self.matrix.shape != (3, 3) or not np.isfinite(self.matrix).all():
            raise ValueError(f"a registration is a finite matrix of 3 x 3, not {self.matrix.shape}")

    def corners(self, box: Box) -> NDArray[np.float64]:
        """The corners of a box of the reference picture on the scan, float64 (4, 2), clockwise from the upper left."""
        x, y, width, height = box
        corners = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float64)
        return cv2.perspectiveTransform(corners[None], self.matrix)[0]

    def box_on_scan(self, box: Box) -> Box:
        """The upright box on the scan that holds a box of the reference picture."""
        corners = self.corners(box)
        left, top = np.floor(corners.min(axis=0)).astype(int)
        right, bottom = np.ceil(corners.max(axis=0)).astype(int)
        return int(left), int(top), int(right - left), int(bottom - top)


def register(scan: Grey, reference: Grey) -> Registration:
    """Find a form on a scan or photo: shifted, turned by any angle, scaled, seen from the side, filled in.

    Args:
        scan: uint8 (H, W).
        reference: uint8 (H', W'), the form as its template has it.

    Raises:
        ImageContentError: The picture does not show that form, or too little of it.
    """
    small, small_reference = fit_within(scan, _SIDE), fit_within(reference, _SIDE)
    model, seen = _reference_features(_Picture(small_reference)), _features(small)
    first = _fit(*_match(model, seen), _FIRST)
    if first is None:
        raise _not_this_form("hardly anything of its print was found")
    second = _fit(*_match_near(model, seen, first[0]), _CLOSE)
    matrix, inliers = second if second and second[1] >= first[1] else first
    score = _score(small, small_reference, matrix)
    if inliers < _FEWEST or score < _LEAST_SCORE or not _is_plausible(matrix, small_reference.shape):
        raise _not_this_form(f"{score:.0%} of its print was found in its place, {_LEAST_SCORE:.0%} are needed")
    return Registration(_full_size(matrix, small, scan, small_reference, reference))


def cut_field(picture: RGB, registration: Registration, box: Box, margin: float = 0.0) -> RGB:
    """Cut a field out, upright and at the scan's own resolution.

    Args:
        picture: uint8 (H, W) or (H, W, 3), the scan.
        registration: Where the form lies on it.
        box: The field on the reference picture.
        margin: Pixels of the reference to cut out around the box; less than 0 cuts into it.

    Returns:
        uint8 (h, w) or (h, w, 3); what lies outside the scan repeats its edge.
    """
    x, y, width, height = box
    around = (x - margin, y - margin, width + 2 * margin, height + 2 * margin)
    corners = registration.corners(around)  # type: ignore[arg-type]
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    wide, high = (max(4, round(float(sides[i] + sides[i + 2]) / 2)) for i in (0, 1))
    scale = np.diag([around[2] / wide, around[3] / high, 1.0])
    matrix = registration.matrix @ _shift(around[0], around[1]) @ scale
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(picture, matrix, (wide, high), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def is_dark(grey: Grey) -> NDArray[np.bool_]:
    """Whether each pixel is darker than its surroundings, as print is: bool (H, W) of uint8 (H, W)."""
    return cv2.GaussianBlur(grey, (0, 0), 1.0) < cv2.blur(grey, (31, 31)).astype(np.int16) - 12


@dataclass(frozen=True, eq=False)
class _Features:
    """Points of a picture, float32 (N, 2), and what it looks like around them, float32 (N, 128)."""

    points: Floats
    looks: Floats


class _Picture:
    """A picture that is told from others by its content, so that its features can be kept."""

    def __init__(self, grey: Grey) -> None:
        self.grey = grey
        self._content = grey.tobytes()

    def __hash__(self) -> int:
        return hash(self._content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Picture) and self._content == other._content


@lru_cache(maxsize=8)
def _reference_features(picture: _Picture) -> _Features:
    return _features(picture.grey)


def _features(grey: Grey) -> _Features:
    """SIFT with the square roots of Arandjelovic and Zisserman 2012."""
    points, looks = cv2.SIFT.create(nfeatures=_FEATURES, contrastThreshold=0.03).detectAndCompute(grey, None)
    if looks is None:
        return _Features(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
    looks = np.sqrt(looks / np.maximum(looks.sum(axis=1, keepdims=True), 1e-6))
    return _Features(np.array([point.pt for point in points], np.float32), looks.astype(np.float32))


def _match(model: _Features, seen: _Features) -> tuple[Floats, Floats]:
    """Pairs of points that look alike, and clearly more so than the second best."""
    if len(model.points) < 2 or len(seen.points) < 2:
        return model.points[:0], seen.points[:0]
    likeness = seen.looks @ model.looks.T
    best = likeness.argmax(axis=1)
    every = np.arange(len(best))
    top = likeness[every, best]
    likeness[every, best] = -1.0
    second = likeness.max(axis=1)
    clear = (1.0 - top) < _RATIO**2 * (1.0 - second)
    return model.points[best[clear]], seen.points[clear]


def _match_near(model: _Features, seen: _Features, matrix: Matrix) -> tuple[Floats, Floats]:
    """Pairs of points that look alike and lie near each other by a first estimate; repeated forms find theirs, too."""
    way_back = np.asarray(np.linalg.inv(matrix), np.float64)
    back = cv2.perspectiveTransform(seen.points[None].astype(np.float64), way_back)[0].astype(np.float32)
    likeness = seen.looks @ model.looks.T
    for axis in (0, 1):
        likeness[np.abs(back[:, axis, None] - model.points[None, :, axis]) > _NEAR] = -1.0
    best = likeness.argmax(axis=1)
    every = np.arange(len(best))
    fits = (likeness[every, best] > _ALIKE) & (likeness.argmax(axis=0)[best] == every)
    return model.points[best[fits]], seen.points[fits]


def _fit(model: Floats, seen: Floats, tolerance: float) -> tuple[Matrix, int] | None:
    """The homography from the reference to the scan and the number of pairs that agree with it."""
    if len(model) < _FEWEST:
        return None
    cv2.setRNGSeed(1)
    matrix, agree = cv2.findHomography(model, seen, cv2.USAC_MAGSAC, tolerance, maxIters=5000, confidence=0.9999)
    if matrix is None or int(agree.sum()) < _FEWEST or abs(np.linalg.det(matrix)) < 1e-6:
        return None
    kept = agree.ravel() > 0
    refined, _ = cv2.findHomography(model[kept], seen[kept], 0)
    return (matrix if refined is None else refined), int(kept.sum())


def _score(scan: Grey, reference: Grey, matrix: Matrix) -> float:
    """Share of the reference's print, as far as the scan shows its place, where the scan is dark, too."""
    height, width = reference.shape
    size = (width, height)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    upright = cv2.warpPerspective(scan, matrix, size, flags=flags, borderValue=255)
    shown = cv2.warpPerspective(np.full_like(scan, 255), matrix, size, flags=flags) > 0
    own = is_dark(reference)
    printed = own & shown
    dark = cv2.dilate(is_dark(upright).view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    least = 0.4 * float(own.sum())
    return float((printed & dark).sum()) / max(1.0, float(printed.sum()), least)


def _is_plausible(matrix: Matrix, shape: tuple[int, ...]) -> bool:
    """Whether the sheet stays a convex quadrangle, not mirrored, of a size that a scan can have."""
    height, width = shape
    outline = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    corners = cv2.perspectiveTransform(outline[None], matrix)[0]
    edges = np.roll(corners, -1, axis=0) - corners
    turns = edges[:, 0] * np.roll(edges[:, 1], -1) - edges[:, 1] * np.roll(edges[:, 0], -1)
    area = abs(cv2.contourArea(corners.astype(np.float32)))
    return bool((turns > 0).all()) and 0.02 < area / (width * height) < 50


def _full_size(matrix: Matrix, small: Grey, scan: Grey, small_reference: Grey, reference: Grey) -> Matrix:
    down = np.diag([small_reference.shape[1] / reference.shape[1], small_reference.shape[0] / reference.shape[0], 1.0])
    up = np.diag([scan.shape[1] / small.shape[1], scan.shape[0] / small.shape[0], 1.0])
    full = up @ matrix @ down
    return full / full[2, 2]


def _shift(x: float, y: float) -> Matrix:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def _not_this_form(why: str) -> ImageContentError:
    return ImageContentError(f"The picture does not look like this form: {why}. Choose another template or scan.")
