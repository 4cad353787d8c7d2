"""Other countries' forms: the 1, 4, 7 and 9 get what they have elsewhere, some digits another shape, all else stays."""

import cv2
import numpy as np
import pytest

from hdr.data.glyphs import written
from hdr.data.regional import FORMS, OPEN_NINES, SHAPES, other_form, other_shape
from hdr.vision.normalise import normalise_digit


@pytest.fixture(scope="module")
def digits(draw):
    """One of each digit, uint8 (28, 28)."""
    return {value: normalise_digit(draw((160, 160), str(value), 40, 30, 100, 12)) for value in range(10)}


def forms(digits, value, count=12):
    return [other_form(digits[value], value, np.random.default_rng(seed)) for seed in range(count)]


@pytest.mark.parametrize("value", sorted(FORMS))
def test_it_is_framed_as_any_digit_and_fixed_by_the_seed(digits, value):
    found = forms(digits, value)
    for one, again in zip(found, forms(digits, value), strict=True):
        assert one.shape == (28, 28)
        assert one.dtype == np.uint8
        np.testing.assert_array_equal(one, again)
        np.testing.assert_array_equal(np.abs(one.astype(int) - normalise_digit(one)).max(), 0)
    assert len({one.tobytes() for one in found}) > 8


@pytest.mark.parametrize("value", sorted(set(range(10)) - FORMS.keys()))
def test_digits_that_are_written_alike_stay(digits, value):
    assert other_form(digits[value], value, np.random.default_rng(1)) is digits[value]


def test_what_is_blank_or_tiny_stays():
    blank, tiny = np.zeros((28, 28), np.uint8), np.zeros((28, 28), np.uint8)
    tiny[12:16, 13] = 255
    for image in (blank, tiny):
        assert other_form(image, 7, np.random.default_rng(1)) is image


def test_a_seven_gets_a_bar_that_crosses_its_stem(draw):
    stem = normalise_digit(draw((160, 160), "7", 40, 30, 100, 10))
    runs = [np.diff((row > 127).astype(int)).clip(0).sum() for row in stem[14:18]]
    barred = [other_form(stem, 7, np.random.default_rng(seed)) for seed in range(8)]
    widest = [max((row > 127).sum() for row in image[12:20]) for image in barred]
    assert max(runs) == 1
    assert min(widest) > max((row > 127).sum() for row in stem[12:20])


def test_a_one_gets_a_flag_at_its_upper_left():
    bare = np.zeros((160, 160), np.uint8)
    bare[30:130, 76:86] = 255
    one = normalise_digit(bare)
    flagged = [other_form(one, 1, np.random.default_rng(seed)) for seed in range(8)]
    widths = [(image[4:14] > 127).any(axis=0).sum() for image in flagged]
    assert min(widths) > (one > 127).any(axis=0).sum()
    for image in flagged:
        stem = np.nonzero(image[14:18] > 127)[1].mean()
        assert np.nonzero(image[4:14] > 127)[1].mean() < stem


@pytest.mark.parametrize("value", sorted(SHAPES))
def test_another_shape_is_framed_as_any_digit_and_fixed_by_the_seed(value):
    found = [other_shape(value, np.random.default_rng(seed)) for seed in range(12)]
    for seed, one in enumerate(found):
        assert one.shape == (28, 28)
        assert one.max() == 255
        np.testing.assert_array_equal(one, other_shape(value, np.random.default_rng(seed)))
        np.testing.assert_array_equal(one, normalise_digit(one))
    assert len({one.tobytes() for one in found}) > 8


@pytest.mark.parametrize("value", sorted(set(range(10)) - SHAPES.keys()))
def test_digits_of_one_shape_have_no_other(value):
    assert other_shape(value, np.random.default_rng(1)) is None


def has_hole(image):
    _, tree = cv2.findContours(np.uint8(image > 127), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return bool((tree[0][:, 3] >= 0).any())


def test_a_nine_elsewhere_has_its_loop_to_the_right_of_its_stem_or_leaves_it_open():
    drawn = [other_shape(9, np.random.default_rng(seed)) for seed in range(40)]
    lean = [np.nonzero(ink[4:14] > 127)[1].mean() - np.nonzero(ink[18:24] > 127)[1].mean() for ink in drawn]
    is_open = [not has_hole(ink) for ink in drawn]
    assert 10 <= sum(shift > 1 for shift in lean) <= 30
    assert 10 <= sum(is_open) <= 36


@pytest.mark.parametrize("strokes", OPEN_NINES)
def test_a_nine_in_one_stroke_is_open_where_a_steady_hand_has_a_fine_pen(strokes):
    assert not has_hole(normalise_digit(written(strokes, np.random.default_rng(1), 0.0, (2, 3))))


def test_the_loop_of_a_nine_is_often_left_open():
    nine = np.zeros((160, 160), np.uint8)
    cv2.ellipse(nine, (75, 60), (22, 28), 0, 0, 360, 255, 8)
    cv2.line(nine, (97, 60), (92, 130), 255, 8)
    nine = normalise_digit(nine)
    assert has_hole(nine)
    found = [has_hole(other_form(nine, 9, np.random.default_rng(seed))) for seed in range(60)]
    assert 20 <= found.count(False) <= 55
