"""The path that a pen may have taken, traced from a picture of one digit.

A picture uint8 (28, 28) goes in, strokes in the order of writing come out: lines of its skeleton (`hdr.data.skeleton`)
that run on straight through a joint are one stroke. People begin at the top left, write downwards, go round a loop
against the clock, and now and then do otherwise. Knows neither nets nor canvases.
"""

import numpy as np
from numpy.typing import NDArray

from hdr.data.paths import Points, length
from hdr.data.skeleton import OFFSET, SCALE, Branch, find_skeleton

_SHARP = 1.9
"""A pen that goes on through a joint turns by less than this, radians."""
_RIGHTWARDS = 0.45
"""How late in writing a step to the right makes a point, where a step down makes it 1."""
_LENGTH = 0.4
"""How much earlier long strokes are written."""
_ODD, _LIFTED, _CLOCKWISE = 0.06, 0.05, 0.15
"""How often a stroke is written backwards, the pen lifted at a joint, a loop begun to the right."""

_Half = tuple[int, bool]
"""A branch's number, and whether it is met at its end rather than at its start."""


def trace_digit(image: NDArray[np.uint8], rng: np.random.Generator) -> list[Points]:
    """Strokes that make the digit on a picture.

    Args:
        image: uint8 (H, W), ink bright on black.
        rng: Draws what people do differently.

    Returns:
        Float64 (N, 2) each, N > 1, in pixels of the picture, in the order of writing; none of a blank picture.
    """
    skeleton = find_skeleton(image)
    if not skeleton.branches:
        return []
    lines = [_smoothed(line) for line in _lines(skeleton.branches, skeleton.width, rng)]
    height = max(1.0, float(np.ptp(np.concatenate(lines)[:, 1])))
    strokes = [_begun(line / height, rng) for line in lines]
    order = np.argsort([_lateness(stroke[0], rng) - _LENGTH * length(stroke) for stroke in strokes])
    return [strokes[index] * (height / SCALE) - OFFSET for index in order]


def trace_digits(images: NDArray[np.uint8], seed: int = 0) -> list[list[Points]]:
    """The strokes of each of uint8 (N, 28, 28); what is drawn hangs on the seed and the picture's place alone."""
    return [trace_digit(image, np.random.default_rng((seed, index))) for index, image in enumerate(images)]


def _lines(branches: tuple[Branch, ...], width: float, rng: np.random.Generator) -> list[Points]:
    """Branches put together where the pen runs on from one to the next; those with a free end come first."""
    partners, open_halves = _partners(branches, width, rng), dict.fromkeys(range(len(branches)))
    starts = [(i, at_end) for i in range(len(branches)) for at_end in (False, True) if (i, at_end) not in partners]
    lines = []
    for start in [*starts, *((i, False) for i in range(len(branches)))]:
        half: _Half | None = start
        parts = []
        while half is not None and half[0] in open_halves:
            index, at_end = half
            del open_halves[index]
            parts.append(branches[index].points[::-1] if at_end else branches[index].points)
            half = partners.get((index, not at_end))
        if parts:
            lines.append(np.concatenate([parts[0], *(part[1:] for part in parts[1:])]))
    return lines


def _partners(branches: tuple[Branch, ...], width: float, rng: np.random.Generator) -> dict[_Half, _Half]:
    """Which end of a branch goes on into which other: the straightest at each joint, none where it lifts."""
    meeting: dict[int, list[_Half]] = {}
    for index, branch in enumerate(branches):
        meeting.setdefault(branch.start, []).append((index, False))
        meeting.setdefault(branch.end, []).append((index, True))
    partners: dict[_Half, _Half] = {}
    for halves in meeting.values():
        if len(halves) == 2:
            partners |= {halves[0]: halves[1], halves[1]: halves[0]}
        elif len(halves) > 2 and rng.random() >= _LIFTED:
            for one, other in _straightest(branches, halves, width, rng):
                if one not in partners and other not in partners:
                    partners |= {one: other, other: one}
    return partners


def _straightest(
    branches: tuple[Branch, ...], halves: list[_Half], width: float, rng: np.random.Generator
) -> list[tuple[_Half, _Half]]:
    """Pairs of ends of different branches at a joint, the straightest way through it first, sharp turns left out."""
    ways = [_way(branches[index], at_end, width) for index, at_end in halves]
    turns = [
        (float(np.arccos(np.clip(-ways[i] @ ways[j], -1.0, 1.0))) + rng.normal(0.0, 0.12), i, j)
        for i in range(len(halves))
        for j in range(i)
        if halves[i][0] != halves[j][0]
    ]
    return [(halves[i], halves[j]) for turn, i, j in sorted(turns) if turn < _SHARP]


def _way(branch: Branch, at_end: bool, width: float) -> Points:
    """Unit vector from a joint into a branch, over about the width of the pen."""
    points = branch.points[::-1] if at_end else branch.points
    way = points[min(len(points) - 1, max(2, round(1.5 * width)))] - points[0]
    return np.asarray(way / max(1e-9, float(np.hypot(*way))))


def _begun(line: Points, rng: np.random.Generator) -> Points:
    """A line as a stroke from where people begin it; a ring is opened at its top."""
    if len(line) > 3 and np.hypot(*(line[0] - line[-1])) < 1e-6:
        return _opened(line[:-1], rng)
    late = _lateness(line[0], rng) > _lateness(line[-1], rng)
    return line[::-1] if late != (rng.random() < _ODD) else line


def _opened(ring: Points, rng: np.random.Generator) -> Points:
    """A closed line, begun near its top and usually to the left, that does not quite meet or goes on too far."""
    count = len(ring)
    top = int(np.argmin(ring[:, 1] - 0.15 * ring[:, 0])) + round(count * rng.normal(0.0, 0.05))
    stroke = np.roll(ring, -top, axis=0)
    if (stroke[count // 8, 0] > stroke[0, 0]) != (rng.random() < _CLOCKWISE):
        stroke = np.roll(stroke[::-1], 1, axis=0)
    return np.concatenate([stroke, stroke])[: max(2, round(count * rng.uniform(0.95, 1.06)))]


def _smoothed(line: Points) -> Points:
    """The line without the stairs of its pixels; its ends stay."""
    if len(line) < 5:
        return line
    closed = bool((line[0] == line[-1]).all())
    before, after = (line[-4:-1], line[1:4]) if closed else (2 * line[0] - line[3:0:-1], 2 * line[-1] - line[-2:-5:-1])
    padded, kernel = np.concatenate([before, line, after]), np.array([1, 2, 3, 4, 3, 2, 1]) / 16
    return np.stack([np.convolve(axis, kernel, "valid") for axis in padded.T], axis=1)


def _lateness(point: Points, rng: np.random.Generator) -> float:
    """How late people come to a point, in heights of the digit; it differs a little."""
    return float(point[1] + _RIGHTWARDS * point[0] + rng.normal(0.0, 0.06))
