"""Damage: each kind leaves a picture that is another one, fixed by the seed, in which the digit can still be found."""

import numpy as np
import pytest

from hdr.data import damage as module
from hdr.data.damage import DAMAGES, damage
from hdr.vision.normalise import normalise_digit

NAMED = {kind.__name__.strip("_"): kind for kind in DAMAGES}
KINDS = pytest.mark.parametrize("kind", DAMAGES, ids=lambda kind: kind.__name__.strip("_"))


@pytest.fixture(scope="module")
def digits(draw):
    """One of each digit, float32 (10, 28, 28) in 0..1."""
    frames = [normalise_digit(draw((160, 160), digit, 40, 30, 100, 12)) for digit in "0123456789"]
    return (np.stack(frames) / 255.0).astype(np.float32)


def rng(seed=3):
    return np.random.default_rng(seed)


@KINDS
def test_a_damaged_picture_is_a_picture(digits, kind):
    for seed in range(20):
        result = kind(digits[seed % 10], rng(seed))
        assert result.shape == (28, 28)
        assert np.isfinite(result).all()
        assert np.ptp(np.clip(result, 0.0, 1.0)) > 0.1


@KINDS
def test_the_seed_decides_and_the_picture_stays(digits, kind):
    before = digits[2].copy()
    first, second, other = kind(digits[2], rng()), kind(digits[2], rng()), kind(digits[2], rng(8))
    np.testing.assert_array_equal(digits[2], before)
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


@KINDS
def test_most_pictures_are_changed(digits, kind):
    changed = [np.abs(kind(digits[seed % 10], rng(seed)) - digits[seed % 10]).mean() > 0.005 for seed in range(20)]
    assert np.mean(changed) > 0.8


@KINDS
def test_a_blank_picture_can_be_damaged(kind):
    for seed in range(10):
        assert np.isfinite(kind(np.zeros((28, 28), np.float32), rng(seed))).all()


def test_every_kind_is_drawn():
    met = []
    kinds = tuple(lambda image, _, kind=kind: met.append(kind) or image for kind in range(len(DAMAGES)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "DAMAGES", kinds)
        draws = rng()
        for _ in range(300):
            damage(np.zeros((28, 28), np.float32), draws)
    assert set(met) == set(range(len(DAMAGES)))


def test_a_band_is_the_negative_of_what_it_covers(digits):
    for seed in range(20):
        result = NAMED["invert"](digits[5], rng(seed))
        assert (np.isclose(result, digits[5]) | np.isclose(result, 1.0 - digits[5])).all()


@pytest.mark.parametrize("name", ["specks", "fog", "invert", "drops", "glass", "outline", "askew"])
def test_what_covers_or_moves_leaves_nothing_brighter_than_ink_or_darker_than_paper(digits, name):
    for seed in range(20):
        result = NAMED[name](digits[0], rng(seed))
        assert -1e-6 <= result.min() <= result.max() <= 1.0 + 1e-6
