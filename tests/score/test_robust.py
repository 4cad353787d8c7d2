"""Accuracy on damaged pictures, with fake models that know which pictures they are shown."""

import json

import numpy as np
import pytest
from tiny import drawn_digits

from hdr.data.corrupt import CORRUPTIONS, add_noise, corrupt
from hdr.data.datasets import Dataset
from hdr.score.robust import SIGMAS, robustness
from hdr.store.models import as_input

STEPS = [*CORRUPTIONS, *(f"noise {sigma:.1f}" for sigma in SIGMAS)]


@pytest.fixture
def data():
    images, labels = drawn_digits(40, 6)
    return Dataset("drawn", images, labels.astype(np.int64))


def one_hot(digits) -> np.ndarray:
    return np.eye(10, dtype=np.float32)[digits]


def test_the_corruptions_of_mnist_c_and_a_curve_from_clean_to_noisy(data):
    found = robustness(lambda images: one_hot(np.full(len(images), 3)), data)
    assert list(found["corruptions"]) == [
        "shot_noise",
        "impulse_noise",
        "glass_blur",
        "motion_blur",
        "shear",
        "scale",
        "rotate",
        "brightness",
        "translate",
        "stripe",
        "fog",
        "spatter",
        "dotted_line",
        "zigzag",
        "canny_edges",
    ]
    levels = [sigma for sigma, _ in found["noise"]]
    assert levels[0] == 0.0
    assert levels == sorted(set(levels)) == list(SIGMAS)


def test_a_model_that_always_says_three_is_right_on_the_threes(data):
    found = robustness(lambda images: one_hot(np.full(len(images), 3)), data)
    assert found["n"] == 40
    assert found["mean"] == pytest.approx(0.1)
    assert list(found["corruptions"].values()) == [0.1] * len(CORRUPTIONS)
    assert found["noise"] == [[sigma, 0.1] for sigma in SIGMAS]


def test_each_figure_stands_under_its_own_name(data):
    """The fake model gets 1 right at the first step, 2 at the second, and so on."""
    steps = iter(range(1, 100))

    def predict(images):
        right = np.arange(len(images)) < next(steps)
        return one_hot(np.where(right, data.labels, (data.labels + 1) % 10))

    found = robustness(predict, data)
    shares = [count / 40 for count in range(1, len(STEPS) + 1)]
    assert found["corruptions"] == pytest.approx(dict(zip(CORRUPTIONS, shares, strict=False)))
    assert found["mean"] == pytest.approx(np.mean(shares[: len(CORRUPTIONS)]))
    expected = list(zip(SIGMAS, shares[len(CORRUPTIONS) :], strict=True))
    assert [tuple(point) for point in found["noise"]] == [pytest.approx(point) for point in expected]


def test_the_clean_accuracy_at_no_noise(data):
    """The fake model knows the clean pictures by heart, a quarter of them wrongly, and no other."""
    said = np.where(np.arange(40) < 10, (data.labels + 1) % 10, data.labels)
    known = {picture.tobytes(): digit for picture, digit in zip(as_input(data.images), said, strict=True)}

    def predict(images):
        unknown = (data.labels + 5) % 10
        return one_hot([known.get(image.tobytes(), digit) for image, digit in zip(images, unknown, strict=True)])

    assert robustness(predict, data)["noise"] == [[sigma, 0.0 if sigma else 0.75] for sigma in SIGMAS]


def test_the_model_is_shown_the_damaged_pictures(data):
    seen, before = [], data.images.copy()

    def predict(images):
        seen.append(images)
        return one_hot(data.labels)

    found = robustness(predict, data)
    expected = [corrupt(data.images, name) for name in CORRUPTIONS] + [add_noise(data.images, s) for s in SIGMAS]
    assert len(seen) == len(expected)
    for shown, images in zip(seen, expected, strict=True):
        assert shown.dtype == np.float32
        np.testing.assert_array_equal(shown, as_input(images))
    np.testing.assert_array_equal(data.images, before)
    assert (found["mean"], found["noise"][-1][1]) == (1.0, 1.0)


def test_progress_is_told_before_each_step(data):
    diary = []

    def predict(images):
        diary.append("predict")
        return one_hot(np.zeros(len(images), int))

    robustness(predict, data, diary.append)
    assert diary == [word for step in STEPS for word in (step, "predict")]


def test_figures_are_plain_and_the_draws_are_fixed(data):
    """A model that weighs every pixel gives equal figures at every run, and JSON takes them."""
    weights = np.random.default_rng(2).normal(size=(784, 10))
    first, second = (robustness(lambda images: images.reshape(-1, 784) @ weights, data) for _ in range(2))
    assert first == second == json.loads(json.dumps(first))
