"""The skeleton of a digit's ink as a graph: branches one pixel wide between joints and ends.

Ink uint8 (H, W) goes in, `Branch`es come out, cleaned of what thinning adds: spurs at rough edges, two joints where
lines cross, rings around pinholes. Knows nothing of pens and of the order of writing.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.data.paths import Points, length

SCALE = 2
"""The picture is enlarged so many times before it is thinned."""
OFFSET = 0.5 + 0.5 / SCALE
"""What its points, made small again, lie too far to the right and below: for the border, and half a pixel."""
_INK = 96
"""A pixel brighter than this is ink."""
_SPECK, _PINHOLE = 6, 3
"""Patches of ink and of paper with fewer pixels, enlarged ones, are none."""
_SPUR, _CROSSING = 0.75, 0.9
"""A free end shorter than this, and two joints closer than this, in widths of the pen, come from the thinning."""
_AROUND = tuple((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if y or x)

Pixel = tuple[int, int]
"""(row, column)."""


@dataclass(frozen=True, eq=False)
class Branch:
    """A line of the skeleton between two joints or ends.

    Attributes:
        start: Number of the joint or end where it begins; a ring ends where it begins.
        end: Number of the one where it ends.
        points: Float64 (N, 2) with N > 1, pixels of the enlarged picture.
    """

    start: int
    end: int
    points: Points

    @property
    def length(self) -> float:
        """Pixels from end to end along it."""
        return length(self.points)


@dataclass(frozen=True, eq=False)
class Skeleton:
    """What is left of ink that was thinned to lines.

    Attributes:
        branches: Its lines; none of a blank picture.
        width: Width of the pen, pixels of the enlarged picture.
    """

    branches: tuple[Branch, ...]
    width: float


def find_skeleton(image: NDArray[np.uint8]) -> Skeleton:
    """Thin ink to lines (Zhang and Suen 1984).

    Args:
        image: uint8 (H, W), ink bright on black.

    Returns:
        Its lines, `SCALE` times as large as the picture.
    """
    ink = _ink(image)
    if not ink.any():
        return Skeleton((), 1.0)
    from skimage.morphology import skeletonize

    thin = skeletonize(ink)
    width = float(ink.sum() / thin.sum()) / 1.1  # lines aslant have fewer pixels than they are long
    joints, branches = _graph({(int(y), int(x)) for y, x in np.argwhere(thin)})
    return Skeleton(tuple(_pruned(_contracted(branches, joints, width), width)), width)


def degrees(branches: list[Branch] | tuple[Branch, ...]) -> Counter[int]:
    """How many branches meet at each joint or end."""
    return Counter(number for branch in branches for number in (branch.start, branch.end))


def _ink(image: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The ink, enlarged, with black all around, without specks and pinholes."""
    large = cv2.resize(image, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_LINEAR)
    ink = np.pad(large > min(_INK, int(large.max()) // 2), 1).astype(np.uint8)
    return ~_without_patches(~_without_patches(ink > 0, _SPECK), _PINHOLE)


def _without_patches(mask: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """The mask without patches of fewer pixels; the largest stays."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count < 3:
        return mask
    areas = stats[1:, cv2.CC_STAT_AREA]
    keep = np.concatenate([[False], (areas >= least) | (areas == areas.max())])
    return np.asarray(keep[labels])


def _graph(pixels: set[Pixel]) -> tuple[list[Points], list[Branch]]:
    """The places of joints and ends by their numbers, and the branches between them."""
    links = _links(pixels)
    joints = {pixel: number for number, pixel in enumerate(pixel for pixel in links if len(links[pixel]) != 2)}
    seen: set[tuple[Pixel, Pixel]] = set()
    chains = [[pixel, pixel] for pixel in joints if not links[pixel]]
    for pixel in joints:
        chains += [_walk(links, joints, pixel, first, seen) for first in links[pixel] if (pixel, first) not in seen]
    for pixel in links:  # rings without a joint, from their top
        if pixel not in joints and (pixel, links[pixel][0]) not in seen:
            joints[pixel] = len(joints)
            chains.append(_walk(links, joints, pixel, links[pixel][0], seen))
    branches = [Branch(joints[chain[0]], joints[chain[-1]], np.array(chain, float)[:, ::-1]) for chain in chains]
    return [np.array(pixel[::-1], float) for pixel in joints], branches


def _links(pixels: set[Pixel]) -> dict[Pixel, list[Pixel]]:
    """Each pixel's neighbours, from the top; one across a corner only where no pixel at its side leads there too."""
    return {
        (y, x): [
            (y + dy, x + dx)
            for dy, dx in _AROUND
            if (y + dy, x + dx) in pixels and not (dy and dx and ((y + dy, x) in pixels or (y, x + dx) in pixels))
        ]
        for y, x in sorted(pixels)
    }


def _walk(
    links: dict[Pixel, list[Pixel]],
    joints: dict[Pixel, int],
    start: Pixel,
    first: Pixel,
    seen: set[tuple[Pixel, Pixel]],
) -> list[Pixel]:
    """The chain from a joint over its neighbour to the next joint; its links are noted as seen, both ways."""
    chain = [start, first]
    while chain[-1] not in joints:
        one, other = links[chain[-1]]
        chain.append(other if one == chain[-2] else one)
    seen.update(pairwise(chain))
    seen.update(pairwise(chain[::-1]))
    return chain


def _contracted(branches: list[Branch], joints: list[Points], width: float) -> list[Branch]:
    """Joints that lie closer together than the pen is wide become one."""
    degree, root = degrees(branches), list(range(len(joints)))
    short = {
        index
        for index, branch in enumerate(branches)
        if branch.start != branch.end
        and min(degree[branch.start], degree[branch.end]) > 2
        and branch.length < _CROSSING * width
    }
    for index in short:
        old, new = root[branches[index].start], root[branches[index].end]
        root = [new if number == old else number for number in root]
    if not short:
        return branches
    places = [np.mean([joints[i] for i, other in enumerate(root) if other == number], axis=0) for number in root]
    return [_fastened(branch, root, places) for index, branch in enumerate(branches) if index not in short]


def _fastened(branch: Branch, root: list[int], places: list[Points]) -> Branch:
    points = np.concatenate([[places[branch.start]], branch.points[1:-1], [places[branch.end]]])
    return Branch(root[branch.start], root[branch.end], points)


def _pruned(branches: list[Branch], width: float) -> list[Branch]:
    """The branches without spurs: free ends that are hardly longer than the ink is thick, the shortest first."""
    while True:
        degree = degrees(branches)
        spurs = [
            branch
            for branch in branches
            if min(degree[branch.start], degree[branch.end]) == 1
            and max(degree[branch.start], degree[branch.end]) > 2
            and branch.length < _SPUR * width
        ]
        if not spurs:
            return branches
        shortest = min(spurs, key=lambda branch: branch.length)
        branches = [branch for branch in branches if branch is not shortest]
