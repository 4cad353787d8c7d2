"""Trust of models: thresholds from a card, and what is measured on test digits and on what is none."""

import base64
import json
import math

import numpy as np
import pytest

from hdr.data.datasets import Dataset
from hdr.data.negatives import KINDS
from hdr.errors import ModelError, SettingsError
from hdr.score.rejection import loosest_threshold, reject_score, risk_coverage
from hdr.score.trust import (
    Thresholds,
    confidence_needed,
    fewest_promised,
    measure_rejection,
    refusal_score,
    share_accepted,
    thresholds_of,
    trust_of,
)
from hdr.store.predictions import Predictions
from hdr.vision.image import decode_image
from tests.tiny import drawn_digits

IMAGES, LABELS = drawn_digits(60, 3)
DIGITS = Dataset("drawn", IMAGES, LABELS.astype(np.int64))


def said(count: int, wrong: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Answers to zeros that grow less sure, some of them wrong."""
    probabilities = np.zeros((count, 10), np.float32)
    probabilities[:, 0] = np.linspace(0.999, 0.6, count)
    probabilities[:, 1] = 1 - probabilities[:, 0]
    labels = np.zeros(count, np.int64)
    labels[wrong] = 7
    return probabilities, labels


TRUST = trust_of(*said(5000, [3000, 4800, 4950]))


def test_a_card_gives_the_threshold_of_the_validation_part():
    probabilities, labels = said(5000, [3000, 4800, 4950])
    card = {"trust": json.loads(json.dumps(TRUST))}
    right = labels == 0
    curve = risk_coverage(probabilities.max(axis=1), right)
    for wish in (1.0, 1.2, 1.5, 2.0, 20.0):
        assert confidence_needed(card, wish) == loosest_threshold(curve, wish)
    assert confidence_needed(card, 1.0) > confidence_needed(card, 2.0)
    assert (TRUST["n"], TRUST["sureness"]) == (5000, 0.95)
    assert len(json.dumps(TRUST)) < 2000


def test_one_digit_in_a_thousand_is_refused():
    """Here every answer is a doubt between two digits, until five are spread wider."""
    probabilities, labels = said(5000, [])
    probabilities[-5:] = 0.1
    probabilities[-5:, 0] = np.linspace(0.1, 0.2, 5)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    card = {"trust": trust_of(probabilities, labels) | {"refuse_above": 0.9}}
    assert (reject_score(probabilities) > refusal_score(card)).sum() == 5


@pytest.mark.parametrize(("refuse_above", "n", "found"), [(0.2, 5000, 0.31), (0.4, 1000, 0.4), (0.4, 999, math.inf)])
def test_a_doubt_between_two_digits_is_never_refused(refuse_above, n, found):
    """And a small validation part says nothing of one digit in 1,000."""
    assert refusal_score({"trust": TRUST | {"refuse_above": refuse_above, "n": n}}) == found
    assert reject_score(np.array([[0.5, 0.5] + [0.0] * 8]))[0] < 0.31


def test_a_threshold_accepts_its_share():
    card = {"trust": TRUST}
    assert share_accepted(card, confidence_needed(card, 1.0)) == 0.96
    assert share_accepted(card, 0.0) == share_accepted(card, confidence_needed(card, 20.0)) == 1.0
    assert share_accepted(card, 0.9999) == 0.0


def test_what_a_card_cannot_promise():
    with pytest.raises(SettingsError, match=r"At most 0\.1 wrong per 1,000 cannot be promised"):
        confidence_needed({"trust": TRUST}, 0.1)


@pytest.mark.parametrize("trust", [None, [], {}, {"threshold": [0.5]}])
def test_a_card_of_earlier_days(trust):
    card = {"title": "Old one", "trust": trust}
    for ask in (lambda: confidence_needed(card, 1.0), lambda: refusal_score(card)):
        with pytest.raises(ModelError, match=r"The card of Old one has no thresholds .* Train it again"):
            ask()


def test_a_damaged_curve():
    with pytest.raises(ModelError, match=r"needs the columns .* Train the model again"):
        confidence_needed({"trust": {"refuse_above": 0.5, "threshold": [0.5]}}, 1.0)


def knows(images: np.ndarray) -> np.ndarray:
    """Sure of digits that it has seen, and of nothing else; of those, it takes every tenth for another."""
    known = {image.tobytes(): index for index, image in enumerate(IMAGES)}
    answers = np.full((len(images), 10), 0.1, np.float32)
    for answer, image in zip(answers, np.round(images[..., 0] * 255).astype(np.uint8), strict=True):
        index = known.get(image.tobytes())
        if index is not None:
            answer[:] = 0.001
            answer[LABELS[index] if index % 10 else 5] = 0.991
    return answers


def answers_of(predict) -> dict[str, Predictions]:
    return {"mnist": Predictions(DIGITS.labels, predict(IMAGES[..., None].astype(np.float32) / 255))}


@pytest.fixture(scope="module")
def measured():
    told: list[str] = []
    return measure_rejection(knows, DIGITS, answers_of(knows), 8, told.append), told


def test_a_model_that_knows_what_is_no_digit(measured):
    found, told = measured
    assert told == list(KINDS)
    assert found["n"] == 8
    assert list(found["auroc"]) == list(found["refused"]) == [*KINDS, "all"]
    assert set(found["auroc"].values()) == set(found["refused"].values()) == {1.0}
    assert found["coverage"] == {"mnist": 0.0}
    assert found["fonts"][0] == "Aileron Regular"
    json.dumps(found)


def test_examples_are_pictures_with_what_was_said(measured):
    examples = measured[0]["examples"]
    assert [example["kind"] for example in examples] == [kind for kind in KINDS for _ in range(2)]
    for example in examples:
        assert decode_image(base64.b64decode(example["png"])).shape[:2] == (28, 28)
        assert (example["digit"], example["confidence"]) == (0, 0.1)


def test_a_model_that_is_as_sure_of_anything():
    def guess(images: np.ndarray) -> np.ndarray:
        return np.tile(np.eye(10, dtype=np.float32)[3], (len(images), 1))

    found = measure_rejection(guess, DIGITS, answers_of(guess), 2)
    assert set(found["auroc"].values()) == {0.5}
    assert set(found["refused"].values()) == {0.0}


def test_the_same_again():
    assert measure_rejection(knows, DIGITS, answers_of(knows), 2) == measure_rejection(
        knows, DIGITS, answers_of(knows), 2
    )


@pytest.mark.parametrize(("wrong", "at_least"), [(None, 0.8), (1000.0, 0.8)])
def test_the_ordinary_threshold_is_never_undercut(wrong, at_least):
    found = thresholds_of({"trust": TRUST}, wrong)
    assert found.sure_from == at_least
    assert found.refuse_above == refusal_score({"trust": TRUST})


def test_fewer_wrong_ones_take_more_confidence():
    strict = min(TRUST["at_most_per_1000"])
    assert fewest_promised({"trust": TRUST}) == strict
    assert thresholds_of({"trust": TRUST}, strict).sure_from == max(0.8, confidence_needed({"trust": TRUST}, strict))


def test_a_card_without_thresholds_refuses_nothing():
    assert thresholds_of({}) == Thresholds(0.8)
    assert not Thresholds().is_no_digit(np.full(10, 0.1))
    with pytest.raises(ModelError, match="no thresholds of confidence"):
        thresholds_of({}, 5.0)
