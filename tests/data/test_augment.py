"""Augmentation: what comes out is a picture of the same kind, fixed by the seed, as far off as the settings allow."""

from dataclasses import asdict, fields, replace

import numpy as np
import pytest

from hdr.data.augment import LIMITS, Augmentation, augment, augmentation_of
from hdr.errors import SettingsError
from hdr.vision.normalise import normalise_digit

OFF = Augmentation(**{field.name: 0.0 for field in fields(Augmentation)})
DISTORTIONS = [field.name for field in fields(Augmentation)]


@pytest.fixture(scope="module")
def digits(draw):
    """Two of each digit, float32 (20, 28, 28) in 0..1."""
    frames = [normalise_digit(draw((160, 160), digit, 40, 30, 100, pen)) for digit in "0123456789" for pen in (9, 15)]
    return (np.stack(frames) / 255.0).astype(np.float32)


LABELS = np.arange(10).repeat(2)
REGIONAL = np.isin(LABELS, (1, 4, 7, 9))


def run(images, settings=None, seed=1):
    return augment(images, settings or Augmentation(), np.random.default_rng(seed), LABELS[: len(images)])


@pytest.mark.parametrize("settings", [OFF, Augmentation(), replace(OFF, noise=1.0), replace(OFF, contrast=1.0)])
def test_shape_dtype_and_range(digits, settings):
    result = run(digits, settings)
    assert result.shape == digits.shape
    assert result.dtype == np.float32
    assert np.isfinite(result).all()
    assert result.min() >= 0.0
    assert result.max() <= 1.0


def test_a_batch_of_one(digits):
    assert run(digits[:1]).shape == (1, 28, 28)


def test_the_seed_fixes_every_picture(digits):
    np.testing.assert_array_equal(run(digits, seed=5), run(digits, seed=5))
    assert np.abs(run(digits, seed=5) - run(digits, seed=6)).mean() > 0.01


def test_all_off_returns_the_input(digits):
    np.testing.assert_allclose(run(digits, OFF), digits, atol=1e-4)


@pytest.mark.parametrize("settings", [OFF, Augmentation()])
def test_the_input_is_not_changed(digits, settings):
    before = digits.copy()
    result = run(digits, settings)
    np.testing.assert_array_equal(digits, before)
    assert not np.shares_memory(result, digits)


@pytest.mark.parametrize("name", DISTORTIONS)
def test_each_distortion_alone_changes_pictures_but_keeps_the_digit(digits, name):
    settings = replace(
        OFF,
        **{name: max(getattr(Augmentation(), name), 1.0) if name in DISTORTIONS[5:] else getattr(Augmentation(), name)},
    )
    result = run(digits, settings)
    away = np.abs(result - digits).mean(axis=(1, 2)) > 1e-3
    assert away[REGIONAL if name == "regional" else slice(None)].mean() > 0.8
    assert name != "regional" or not away[~REGIONAL].any()
    alike = [np.corrcoef(one.ravel(), other.ravel())[0, 1] for one, other in zip(result, digits, strict=True)]
    assert np.median(alike) > 0.5


def test_without_labels_no_form_is_changed(digits):
    result = augment(digits, replace(OFF, regional=1.0), np.random.default_rng(1))
    np.testing.assert_allclose(result, digits, atol=1e-6)


def test_what_is_beyond_the_labels_is_no_digit(digits):
    images = np.concatenate([digits, digits])
    result = augment(images, replace(OFF, regional=1.0), np.random.default_rng(1), LABELS)
    np.testing.assert_allclose(result[20:], digits, atol=1e-6)


@pytest.mark.parametrize(
    ("known", "expected"),
    [({}, Augmentation()), ({"rotate": 5.0}, replace(OFF, rotate=5.0)), (asdict(Augmentation()), Augmentation())],
)
def test_what_an_older_record_does_not_know_was_off(known, expected):
    assert augmentation_of(known) == expected


def test_a_record_of_a_later_version_is_refused():
    with pytest.raises(TypeError, match="melted"):
        augmentation_of({"melted": 1.0})


@pytest.mark.parametrize("name", DISTORTIONS)
def test_each_distortion_has_its_limits(name):
    limit = LIMITS[name]
    assert [getattr(Augmentation(**{name: value}), name) for value in (0, 0.0, limit)] == [0, 0.0, limit]
    assert LIMITS.keys() == set(DISTORTIONS)
    for value in (-0.01, limit * 1.01, float("nan"), True, "much", None):
        with pytest.raises(SettingsError, match=f"^{name} must be 0 to {limit:g}, not {value}\\.$"):
            Augmentation(**{name: value})


@pytest.mark.parametrize("name", DISTORTIONS)
def test_the_furthest_distortion_is_a_picture_still(digits, name):
    result = run(digits, replace(OFF, **{name: LIMITS[name]}))
    assert result.shape == digits.shape
    assert 0.0 <= result.min() <= result.max() <= 1.0
    assert (result.max(axis=(1, 2)) > 0.1).mean() > 0.9


def test_pictures_of_a_batch_get_different_draws(digits):
    same = np.repeat(digits[:1], 12, axis=0)
    result = run(same)
    assert len({one.tobytes() for one in result}) == 12


@pytest.mark.parametrize(("name", "limit", "axes"), [("shift", 2.0, 2.9), ("shift", 4.0, 5.7)])
def test_shift_stays_within_its_limit(digits, name, limit, axes):
    def centre(images):
        y, x = np.mgrid[:28, :28]
        total = images.sum(axis=(1, 2))
        return np.stack([(images * x).sum(axis=(1, 2)) / total, (images * y).sum(axis=(1, 2)) / total], -1)

    moved = np.linalg.norm(centre(run(digits, replace(OFF, **{name: limit}))) - centre(digits), axis=1)
    assert moved.max() <= axes
    assert moved.max() > limit / 2


def test_stroke_makes_some_thinner_and_some_thicker(digits):
    change = run(digits, replace(OFF, stroke=1.0)).sum(axis=(1, 2)) / digits.sum(axis=(1, 2))
    assert change.min() < 0.9
    assert change.max() > 1.1


def test_contrast_makes_ink_fainter_and_leaves_paper_black(digits):
    result = run(digits, replace(OFF, contrast=1.0))
    assert result.max(axis=(1, 2)).min() < 0.7
    assert result[digits == 0].max() < 1e-3
