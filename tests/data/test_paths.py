"""Strokes become paths that are alike in number, size and place, and other people's for training."""

import numpy as np
import pytest

from hdr.data import paths
from hdr.data.paths import FEATURES, MOST_STROKES, STEPS, as_paths, bent, distorted_paths, flagged, resample, rewritten
from hdr.data.pen import digit_strokes

LINE = np.array([[10.0, 0.0], [10.0, 30.0]])
BAR = np.array([[0.0, 10.0], [5.0, 10.0], [20.0, 10.0]])
HOOK = np.array([[0.0, 0.0], [0.0, 40.0], [20.0, 40.0]])


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("strokes", [[LINE], [LINE, BAR], [HOOK, LINE, BAR], digit_strokes(4, 3, 3, 20)])
def test_points_lie_at_even_distances(strokes):
    (points,), (down,) = resample([strokes])
    assert points.shape == (STEPS, 2)
    assert down.sum() == len(strokes)
    parts = np.split(points, np.flatnonzero(down)[1:])
    for part, stroke in zip(parts, strokes, strict=True):
        np.testing.assert_allclose(part[[0, -1]], stroke[[0, -1]])
    gaps = np.concatenate([np.hypot(*np.diff(part, axis=0).T) for part in parts])
    assert gaps.min() > 0.7 * gaps.max()


def test_many_digits_at_once_are_each_as_alone():
    digits = [digit_strokes(digit, 5, 5, 20 + digit) for digit in range(10)]
    together = as_paths(digits)
    assert (together.shape, together.dtype) == ((10, STEPS, FEATURES), np.float32)
    for digit, path in zip(digits, together, strict=True):
        np.testing.assert_allclose(as_paths([digit])[0], path, atol=1e-5)


def test_size_and_place_do_not_matter():
    here, there = as_paths([digit_strokes(5, 10, 10, 20), digit_strokes(5, 300, 150, 280)])
    np.testing.assert_allclose(here, there, atol=1e-4)
    assert np.abs(here[:, :2]).max() == pytest.approx(1.0)


def test_what_the_numbers_mean():
    (path,) = as_paths([[LINE, BAR]])
    second = int(np.flatnonzero(path[:, 4])[1])
    np.testing.assert_allclose(path[0, :4], [0, -1, 0, 0], atol=1e-6)
    np.testing.assert_allclose(path[1 : second - 1, 2:4], [[0, 1]] * (second - 2), atol=1e-5)
    np.testing.assert_allclose(path[second + 1 :, 2:4], [[1, 0]] * (STEPS - second - 1), atol=1e-5)
    assert path[second, 2] < 0  # the pen came back to the left, lifted


@pytest.mark.parametrize("strokes", [[np.array([[3.0, 4.0]])], [np.array([[3.0, 4.0]] * 5)], [LINE, LINE[:1]]])
def test_dots_are_strokes_too(strokes):
    (path,) = as_paths([strokes])
    assert np.isfinite(path).all()
    assert path[:, 4].sum() == len(strokes)


def test_of_too_many_strokes_the_longest_are_kept():
    strokes = [BAR * (1 + index % 7) + index for index in range(40)]
    (_, (down,)) = resample([strokes])
    assert down.sum() == MOST_STROKES


@pytest.mark.parametrize("strokes", [[], [np.zeros((0, 2))], [np.zeros((4, 3))], [np.zeros(4)]])
def test_what_is_no_stroke_is_refused(strokes):
    with pytest.raises(ValueError, match="a path needs strokes"):
        as_paths([[LINE], strokes])


def test_no_digit():
    assert as_paths([]).shape == (0, STEPS, FEATURES)


def test_distortions_hang_on_the_seed():
    digits = [digit_strokes(digit, 0, 0, 20) for digit in range(10)]
    first, again, other = (distorted_paths(digits, rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.05
    assert (first.shape, first.dtype) == ((10, STEPS, FEATURES), np.float32)
    assert np.abs(first[..., :2]).max() <= 1 + 1e-6


def test_a_distorted_digit_stays_near_itself():
    digits = [digit_strokes(1, 0, 0, 20)] * 200
    gaps = np.abs(distorted_paths(digits, rng())[:, STEPS // 2, :2] - as_paths(digits)[:, STEPS // 2, :2])
    assert 0.02 < np.median(gaps) < 0.3


def chance(monkeypatch, **changed: float) -> None:
    """All that happens now and then never happens, but for what is named."""
    for name in ("_REVERSED", "_SWAPPED", "_SPLIT", "_JOINED", "_TRIMMED"):
        monkeypatch.setattr(paths, name, changed.get(name, 0.0))


@pytest.mark.parametrize(
    ("what", "starts"),
    [
        ("", [LINE[0], BAR[0]]),
        ("_REVERSED", [LINE[-1], BAR[-1]]),
        ("_SWAPPED", [BAR[0], LINE[0]]),
    ],
)
def test_what_people_do_otherwise(monkeypatch, what, starts):
    chance(monkeypatch, **{what: 1.0})
    np.testing.assert_array_equal([stroke[0] for stroke in rewritten([LINE, BAR], rng())], starts)


def test_near_strokes_are_joined_and_far_ones_not(monkeypatch):
    chance(monkeypatch, _JOINED=1.0)
    near = [LINE, BAR + LINE[-1] - BAR[0] + 1.0]
    assert len(rewritten(near, rng())) == 1
    assert len(rewritten([LINE, BAR + 100.0], rng())) == 2


def test_a_stroke_is_broken_in_two_that_meet(monkeypatch):
    chance(monkeypatch, _SPLIT=1.0)
    first, second = rewritten([np.linspace([0, 0], [0, 30], 31)], rng())
    np.testing.assert_array_equal(first[-1], second[0])


def test_a_one_gets_an_upstroke(monkeypatch):
    monkeypatch.setattr(paths, "_FLAGGED", 1.0)
    (stroke,) = flagged([LINE], rng())
    start, rest = stroke[0], stroke[8:]
    np.testing.assert_array_equal(rest, LINE)
    assert (LINE[0] - start)[0] > 3
    assert (start - LINE[0])[1] > 2
    assert flagged([LINE, BAR], rng())[0] is LINE


def test_bending_leaves_nothing_undefined():
    assert np.isfinite(bent(np.zeros((3, STEPS, 2)), rng())).all()
