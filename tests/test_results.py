"""The value types: what they refuse at birth and what follows from their fields."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from hdr.results import UNSURE, Digit, Glyph, Page, Patch, Row, Span

FRAME = np.zeros((28, 28), np.uint8)
BOX = (3, 4, 10, 20)
PATCH = Patch(box=BOX, ink=FRAME, image=FRAME)


def digit(value: int, confidence: float = 0.91) -> Digit:
    probabilities = np.full(10, (1 - confidence) / 9, np.float32)
    probabilities[value] = confidence
    return Digit(BOX, FRAME, probabilities)


def row(text: str, confidence: float = 0.91) -> Row:
    return Row(tuple(tuple(digit(int(character), confidence) for character in group) for group in text.split()))


@pytest.mark.parametrize(
    "image",
    [np.zeros((20, 20), np.uint8), np.zeros((28, 28), np.float32), np.zeros((28, 28, 1), np.uint8)],
    ids=["size", "dtype", "channels"],
)
def test_a_patch_is_uint8_28_by_28(image):
    with pytest.raises(ValueError, match=r"uint8 \(28, 28\), not " + str(image.dtype)):
        Patch(box=BOX, ink=FRAME, image=image)


@pytest.mark.parametrize(
    "probabilities",
    [np.full(9, 1 / 9), np.full((1, 10), 0.1), np.full(10, 0.2), np.zeros(10), np.full(10, np.nan)],
    ids=["nine", "shape", "above-one", "zeros", "nan"],
)
def test_a_digit_needs_ten_probabilities_that_add_up(probabilities):
    with pytest.raises(ValueError, match="ten probabilities"):
        Digit(BOX, FRAME, probabilities.astype(np.float32))


@pytest.mark.parametrize("value", range(10))
def test_value_and_confidence(value):
    assert digit(value, 0.6).value == value
    assert digit(value, 0.6).confidence == pytest.approx(0.6, abs=1e-6)


@pytest.mark.parametrize(
    ("confidence", "unsure"), [(0.99, False), (UNSURE + 0.01, False), (UNSURE - 0.01, True), (0.2, True)]
)
def test_unsure(confidence, unsure):
    assert digit(3, confidence).unsure is unsure


@pytest.mark.parametrize(
    ("sure_from", "shares", "reason"),
    [
        (UNSURE, {4: 0.9}, None),
        (UNSURE, {4: 0.5, 9: 0.45}, "4 or 9"),
        (UNSURE, {9: 0.6, 4: 0.38}, "9 or 4"),
        (UNSURE, {3: 0.75}, "an unusual form"),
        (UNSURE, {3: 0.2, 5: 0.2}, "unlike any digit"),
        (0.99, {4: 0.9}, "sure, but less than asked"),
        (0.99, {4: 0.88, 9: 0.11}, "4 or 9"),
        (0.99, {4: 0.9999}, None),
    ],
)
def test_why_a_person_should_look(sure_from, shares, reason):
    answer = np.full(10, (1 - sum(shares.values())) / (10 - len(shares)), np.float32)
    answer[list(shares)] = list(shares.values())
    found = Digit(BOX, FRAME, answer, sure_from)
    assert found.reason == reason
    assert found.unsure == (reason is not None)


@pytest.mark.parametrize("text", ["7", "2718", "27 18", "0 12 345"])
def test_a_rows_text_has_a_space_between_groups(text):
    assert row(text).text == text
    assert [d.value for d in row(text).digits] == [int(c) for c in text if c != " "]


def test_a_page():
    page = Page("cnn", (640, 480), (row("27 18"), row("5", 0.4)), 0.01)
    assert page.text == "27 18/5"
    assert [d.value for d in page.digits] == [2, 7, 1, 8, 5]
    assert page.confidence == pytest.approx(0.4, abs=1e-6)
    assert not page.blank


def test_a_blank_page():
    page = Page("cnn", (640, 480), (), 0.0)
    assert page.blank
    assert (page.text, page.digits, page.confidence) == ("", (), 0.0)


@pytest.mark.parametrize(
    "thing", [digit(1), row("1"), PATCH, Glyph((Span(0, 1, PATCH),))], ids=lambda t: type(t).__name__
)
def test_results_are_frozen(thing):
    with pytest.raises(FrozenInstanceError):
        thing.box = thing.groups = thing.whole = None
