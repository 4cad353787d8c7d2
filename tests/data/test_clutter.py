"""Clutter about numbers: where it lies, that it takes no ink away, and that the seed fixes it."""

import numpy as np
import pytest

from hdr.data.clutter import add_cross, add_frame, add_rules, add_strokes, security_print, stamp
from hdr.vision.strip import HEIGHT

WIDTH = 148
DRAWN = {
    "strokes": lambda canvas, rng: add_strokes(canvas, [20, 40, 60, 80], rng),
    "rules": add_rules,
    "frame": lambda canvas, rng: add_frame(canvas, 40, 90, rng),
    "cross": lambda canvas, rng: add_cross(canvas, 40, 90, rng),
}


def blank() -> np.ndarray:
    return np.zeros((HEIGHT, WIDTH), np.uint8)


@pytest.mark.parametrize("name", DRAWN)
def test_it_only_adds_ink_and_the_seed_fixes_it(name):
    inked = 0
    for seed in range(30):
        ground = np.full((HEIGHT, WIDTH), 90, np.uint8)
        first, again = ground.copy(), ground.copy()
        DRAWN[name](first, np.random.default_rng(seed))
        DRAWN[name](again, np.random.default_rng(seed))
        assert (first >= ground).all()
        np.testing.assert_array_equal(first, again)
        inked += bool((first > ground).any())
    assert inked >= 5


def test_a_frame_goes_around_and_leaves_the_middle_free():
    for seed in range(20):
        canvas = blank()
        add_frame(canvas, 40, 90, np.random.default_rng(seed))
        assert canvas[:, :42].any(axis=1).all(), "a side at the left"
        assert canvas[:, 88:].any(axis=1).all(), "and at the right"
        assert canvas[:8, 45:85].any(axis=0).all(), "a line above"
        assert canvas[-8:, 45:85].any(axis=0).all(), "and below"
        assert not canvas[10:22, 46:84].any()


def test_some_frames_stand_far_apart():
    lefts = []
    for seed in range(40):
        canvas = blank()
        add_frame(canvas, 60, 110, np.random.default_rng(seed))
        lefts.append(int(np.flatnonzero(canvas[12:20].any(axis=0))[0]))
    assert min(lefts) < 45
    assert max(lefts) > 52


def test_a_cross_meets_in_the_middle_and_reaches_the_corners():
    for seed in range(20):
        canvas = blank()
        add_cross(canvas, 40, 90, np.random.default_rng(seed))
        assert canvas[10:22, 55:75].any()
        corners = canvas[:9, 34:56], canvas[:9, 74:96], canvas[-9:, 34:56], canvas[-9:, 74:96]
        assert all(corner.any() for corner in corners)


@pytest.mark.parametrize(("left", "top"), [(-5, -3), (WIDTH - 4, HEIGHT - 4), (WIDTH + 9, 0), (0, HEIGHT), (-40, 0)])
def test_what_lies_beside_the_canvas_is_left_out(left, top):
    canvas, picture = blank(), np.full((10, 20), 200, np.uint8)
    stamp(canvas, picture, left, top)
    wide = max(0, min(WIDTH, left + 20) - max(0, left))
    high = max(0, min(HEIGHT, top + 10) - max(0, top))
    assert (canvas > 0).sum() == wide * high


def test_security_print_is_fainter_than_ink():
    prints = [security_print(WIDTH, np.random.default_rng(seed)) for seed in range(10)]
    assert all(found.shape == (HEIGHT, WIDTH) and found.dtype == np.float32 for found in prints)
    assert all(0 <= found.min() <= found.max() <= 0.4 for found in prints)
    assert len({found.tobytes() for found in prints}) == 10
