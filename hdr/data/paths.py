"""Strokes of a pen as the pen net takes them: points along the path, alike in number, size and place.

Strokes are float64 (N, 2) each, x to the right and y down, in any unit and in the order of writing; traced ones and a
person's own go through the same functions. Out comes float32 (STEPS, FEATURES): x and y with the digit's middle at 0
and its longer side from -1 to 1, the direction in which the pen came (unit vector dx, dy), and 1 where it was set down.
For training strokes are also distorted. Knows nothing of pictures and nets.
"""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""float64 (..., 2), mostly (N, 2): x to the right, y down."""
Strokes = list[Points]
PathArray = NDArray[np.float32]
STEPS, FEATURES = 54, 5
"""Points of a path, and numbers for each."""
MOST_STROKES = 12
"""Of more strokes the longest are kept."""
_REVERSED, _SWAPPED, _SPLIT, _JOINED = 0.08, 0.12, 0.12, 0.15
"""How often a stroke is turned round, two change places, one is broken in two, and near ones are written in one go."""
_FLAGGED = 0.2
"""How often a 1 gets an upstroke."""
_NEAR = 0.2
"""Strokes whose end and beginning are closer than this, in sizes of the digit, may be written in one go."""
_TRIMMED = 0.05
"""Most that a stroke loses at either end, as a share of its points."""


def as_paths(digits: list[Strokes]) -> PathArray:
    """What the pen net sees of each of some digits: float32 (N, STEPS, FEATURES).

    Raises:
        ValueError: A digit has no stroke, or a stroke is no (N, 2) with N > 0.
    """
    return features(*resample(digits)) if digits else np.zeros((0, STEPS, FEATURES), np.float32)


def distorted_paths(digits: list[Strokes], rng: np.random.Generator) -> PathArray:
    """Paths float32 (N, STEPS, FEATURES) of some digits as other people may write them."""
    points, down = resample([rewritten(strokes, rng) for strokes in digits])
    return features(bent(points, rng), down)


def resample(digits: list[Strokes]) -> tuple[Points, NDArray[np.float32]]:
    """Points at even distances along the strokes of each digit, at least two on a stroke.

    All digits are laid end to end, so that one interpolation serves them all.

    Returns:
        Float64 (N, STEPS, 2), and float32 (N, STEPS), 1 where a stroke begins.

    Raises:
        ValueError: A digit has no stroke, or a stroke is no (N, 2) with N > 0.
    """
    kept = [_longest(strokes) for strokes in digits]
    strokes = [stroke for kept_strokes in kept for stroke in kept_strokes]
    sizes = np.array([len(stroke) for stroke in strokes])
    points, ends = np.concatenate(strokes), np.cumsum(sizes)
    steps = np.hypot(*np.diff(points, axis=0, prepend=points[:1]).T)
    steps[ends[:-1]] = 1.0  # a gap between strokes, in which no point falls
    way = np.cumsum(steps)
    starts, stops = way[ends - sizes], way[ends - 1]
    counts = _shared_out(stops - starts, np.array([len(kept_strokes) for kept_strokes in kept]))
    firsts = np.cumsum(counts) - counts
    share = (np.arange(counts.sum()) - np.repeat(firsts, counts)) / np.repeat(counts - 1, counts)
    spots = np.repeat(starts, counts) + share * np.repeat(stops - starts, counts)
    found = np.stack([np.interp(spots, way, axis) for axis in points.T], axis=1)
    down = np.zeros(len(spots), np.float32)
    down[firsts] = 1.0
    return found.reshape(-1, STEPS, 2), down.reshape(-1, STEPS)


def features(points: Points, down: NDArray[np.float32]) -> PathArray:
    """Resampled points (N, STEPS, 2), and (N, STEPS) where strokes begin, as float32 (N, STEPS, FEATURES)."""
    low, high = points.min(axis=1, keepdims=True), points.max(axis=1, keepdims=True)
    half = np.maximum((high - low).max(axis=2, keepdims=True) / 2, 1e-6)
    places = (points - (low + high) / 2) / half
    steps = np.diff(places, axis=1, prepend=places[:, :1])
    ways = steps / np.maximum(np.hypot(steps[..., :1], steps[..., 1:]), 1e-6)
    return np.concatenate([places, ways, down[..., None]], axis=2).astype(np.float32)


def rewritten(strokes: Strokes, rng: np.random.Generator) -> Strokes:
    """The same lines in another way: now and then joined, broken, turned round, in another order, a little shorter."""
    size = max(1e-6, float(np.ptp(np.concatenate(strokes), axis=0).max()))
    written = _joined(strokes, _NEAR * size, rng)
    written = [part for stroke in written for part in _broken(stroke, rng)]
    written = [stroke[::-1] if rng.random() < _REVERSED else stroke for stroke in written]
    if len(written) > 1 and rng.random() < _SWAPPED:
        index = int(rng.integers(len(written) - 1))
        written[index], written[index + 1] = written[index + 1], written[index]
    return [_trimmed(stroke, rng) for stroke in written]


def flagged(strokes: Strokes, rng: np.random.Generator) -> Strokes:
    """A plain 1 with the upstroke that many countries write before it and MNIST hardly knows; others as they are."""
    if len(strokes) != 1 or rng.random() >= _FLAGGED:
        return strokes
    top, height = strokes[0][0], float(np.ptp(strokes[0][:, 1]))
    start = top + height * np.array([-rng.uniform(0.12, 0.32), rng.uniform(0.15, 0.4)])
    return [np.concatenate([np.linspace(start, top, 8, endpoint=False), strokes[0]])]


def bent(points: Points, rng: np.random.Generator) -> Points:
    """Points (N, STEPS, 2) turned, slanted, stretched, bent in waves, and written with a shaking hand."""
    count = len(points)
    middle = points.mean(axis=1, keepdims=True)
    size = np.maximum(np.ptp(points, axis=1).max(axis=1), 1e-6)[:, None, None]
    places = (points - middle) / size
    turn, slant = rng.normal(0.0, 0.14, count), rng.normal(0.0, 0.15, count)
    wide, high = np.exp(rng.normal(0.0, 0.13, (2, count)))
    change = np.array([[wide * np.cos(turn), np.sin(turn)], [slant - np.sin(turn), high * np.cos(turn)]])
    places = places @ change.transpose(2, 0, 1)
    waves = rng.uniform(1.0, 2.5, (count, 1, 2)) * places[..., ::-1] + rng.random((count, 1, 2))
    places += rng.normal(0.0, 0.025, (count, 1, 2)) * np.sin(2 * np.pi * waves)
    return places + _shaking(rng, (count, STEPS, 2)) * np.abs(rng.normal(0.0, 0.008, (count, 1, 1)))


def _shaking(rng: np.random.Generator, shape: tuple[int, int, int]) -> Points:
    """Noise along the path that is smooth over about three points."""
    noise = rng.standard_normal(shape)
    return 0.6 * (noise + np.roll(noise, 1, axis=1) + np.roll(noise, -1, axis=1))


def length(points: Points) -> float:
    """Length of the line through points (N, 2) in their order, in their unit."""
    return float(np.hypot(*np.diff(points, axis=0).T).sum())


def _longest(strokes: Strokes) -> Strokes:
    """The strokes, of too many the longest, in their order."""
    if not strokes or any(stroke.ndim != 2 or stroke.shape[1] != 2 or not len(stroke) for stroke in strokes):
        raise ValueError(f"a path needs strokes (N, 2) with N > 0, not {[stroke.shape for stroke in strokes]}")
    if len(strokes) <= MOST_STROKES:
        return strokes
    lengths = [-length(stroke) for stroke in strokes]
    return [strokes[index] for index in sorted(np.argsort(lengths, kind="stable")[:MOST_STROKES])]


def _shared_out(lengths: Points, strokes: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of a digit's points each of its strokes gets: two, and the rest by length, the last what is left."""
    lengths = lengths + 1e-9
    lasts = np.cumsum(strokes)
    way = np.cumsum(lengths)
    before = np.repeat((way - lengths)[lasts - strokes], strokes)
    whole = np.repeat(way[lasts - 1], strokes) - before
    free = np.repeat(STEPS - 2 * strokes, strokes)
    ends = np.round(free * (way - before) / whole).astype(np.int64)
    begins = np.concatenate([[0], ends[:-1]])
    begins[lasts - strokes] = 0
    return 2 + ends - begins


def _joined(strokes: Strokes, near: float, rng: np.random.Generator) -> Strokes:
    joined = strokes[:1]
    for stroke in strokes[1:]:
        gap = np.hypot(*(stroke[0] - joined[-1][-1]))
        if gap < near and rng.random() < _JOINED:
            joined[-1] = np.concatenate([joined[-1], stroke])
        else:
            joined.append(stroke)
    return joined


def _broken(stroke: Points, rng: np.random.Generator) -> Strokes:
    if len(stroke) < 8 or rng.random() >= _SPLIT:
        return [stroke]
    cut = int(rng.integers(3, len(stroke) - 3))
    return [stroke[: cut + 1], stroke[cut:]]


def _trimmed(stroke: Points, rng: np.random.Generator) -> Points:
    first, last = (rng.random(2) * _TRIMMED * len(stroke)).astype(int)
    return stroke[first : len(stroke) - last]
