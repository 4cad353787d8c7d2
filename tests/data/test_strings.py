"""Composed and real numbers for the string net."""

import csv
import json

import cv2
import numpy as np
import pytest

from hdr.data import compose, strings
from hdr.data.compose import LONGEST, Composer
from hdr.data.datasets import Dataset
from hdr.data.strings import (
    Amount,
    Numbers,
    as_numbers,
    assemble,
    distort,
    has_cheques,
    holds_numbers,
    load_numbers,
    retail,
    shuffle,
    splice,
)
from hdr.errors import DataError
from hdr.vision.strip import HEIGHT
from tests.tiny import drawn_digits

WIDTH = 208


@pytest.fixture(scope="module")
def composer() -> Composer:
    images, labels = drawn_digits(200, 1)
    return Composer(Dataset("drawn", images, labels.astype(np.int64)))


def amount(text: str, wide: int = 20) -> Amount:
    """A strip whose digit d is a column block of brightness 20 d + 20."""
    blocks = [np.full((HEIGHT, wide), 20 * int(c) + 20, np.uint8) for c in text]
    return Amount(np.hstack(blocks), text, tuple(wide * (i + 1) for i in range(len(text))))


# --- composed -------------------------------------------------------------------------------------------------------


def test_composed_numbers(composer):
    rng = np.random.default_rng(5)
    found = [composer.compose(WIDTH, rng) for _ in range(80)]
    for strip, text in found:
        assert strip.shape == (HEIGHT, WIDTH)
        assert strip.dtype == np.float32
        assert 0 <= strip.min() <= strip.max() <= 1
        assert text == "" or text.isdigit()
        assert len(text) <= LONGEST
    lengths = {len(text) for _, text in found}
    assert {1, 3, 5} <= lengths
    assert {c for _, text in found for c in text} == set("0123456789")
    assert sum(strip.max() > 0.4 for strip, _ in found) > 75


def test_some_numbers_are_of_other_countries(composer, monkeypatch):
    asked = []
    monkeypatch.setattr(compose, "other_shape", lambda value, _: asked.append(value))
    monkeypatch.setattr(compose, "other_form", lambda image, value, _: asked.append(value) or image)
    rng, before, abroad = np.random.default_rng(2), 0, 0
    for _ in range(100):
        composer.compose(WIDTH, rng)
        abroad += len(asked) > before
        before = len(asked)
    assert 20 < abroad < 55


@pytest.mark.parametrize("alone", ["_WORDS", "_NO_DIGITS"])
def test_print_and_marks_alone_have_no_text(composer, monkeypatch, alone):
    monkeypatch.setattr(compose, "_WORDS", 0.0)
    monkeypatch.setattr(compose, alone, 1.0)
    for seed in range(20):
        strip, text = composer.compose(WIDTH, np.random.default_rng(seed))
        assert text == ""
        assert strip.max() > 0.15


@pytest.mark.parametrize(("beside", "drawn_by"), [("_PRINTED", "draw_word"), ("_MARKED", "draw_negatives")])
def test_what_stands_beside_a_number_changes_nothing_in_its_text(composer, monkeypatch, beside, drawn_by):
    for share in ("_WORDS", "_NO_DIGITS", "_PRINTED", "_MARKED"):
        monkeypatch.setattr(compose, share, float(share == beside))
    block = np.full((9, 30) if drawn_by == "draw_word" else (1, 28, 28), 200, np.uint8)
    drawn = []
    monkeypatch.setattr(compose, drawn_by, lambda *_, **__: drawn.append(1) or block)
    texts = [composer.compose(WIDTH, np.random.default_rng(seed))[1] for seed in range(20)]
    assert len(drawn) == 20
    assert all(text.isdigit() for text in texts)


def test_numbers_hold_no_digit_that_is_not_there():
    images, labels = drawn_digits(60, 1)
    few = np.isin(labels, (1, 7))
    composer, rng = Composer(Dataset("few", images[few], labels[few].astype(np.int64))), np.random.default_rng(4)
    assert {digit for _ in range(60) for digit in composer.compose(WIDTH, rng)[1]} == {"1", "7"}


def test_the_seed_fixes_a_number(composer):
    first, again, other = (composer.compose(WIDTH, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first[1] == again[1]
    np.testing.assert_array_equal(first[0], again[0])
    assert not np.array_equal(first[0], other[0])


def test_what_finds_no_room_is_not_in_the_text(composer):
    for seed in range(20):
        _, text = composer.compose(48, np.random.default_rng(seed))
        assert len(text) <= 4


# --- real -----------------------------------------------------------------------------------------------------------


def test_splicing_cuts_between_digits():
    rng = np.random.default_rng(2)
    sources = [amount("123"), amount("98765")]
    seen = set()
    for _ in range(60):
        found = splice(sources, rng)
        assert found.strip.shape[1] == 20 * len(found.text)
        assert [int((found.strip[0, 20 * i] - 20) / 20) for i in range(len(found.text))] == [int(c) for c in found.text]
        seen.add(found.text)
    assert len(seen) > 8


def tailed(text: str, tail: int) -> Amount:
    """An amount with so many columns of brightness 250 after its last digit."""
    plain = amount(text)
    return Amount(np.hstack([plain.strip, np.full((HEIGHT, tail), 250, np.uint8)]), text, plain.ends)


def test_a_number_is_given_the_tail_of_another():
    found = retail(tailed("12", 7), [tailed("3", 30)], np.random.default_rng(1))
    assert (found.text, found.ends, found.strip.shape[1]) == ("12", (20, 40), 70)
    np.testing.assert_array_equal(found.tail, np.full((HEIGHT, 30), 250))
    whole = Amount(amount("12").strip, "12")
    assert retail(whole, [tailed("3", 30)], np.random.default_rng(1)) is whole
    assert whole.tail.shape == (HEIGHT, 0)


def test_a_shuffled_number_keeps_its_tail():
    found = shuffle(tailed("123", 9), np.random.default_rng(1))
    assert sorted(found.text) == ["1", "2", "3"]
    assert (found.tail == 250).all()
    assert found.tail.shape[1] == 9


def test_numbers_without_places_are_not_spliced():
    whole = Amount(amount("12").strip, "12")
    assert splice([whole], np.random.default_rng(1)) is whole


@pytest.mark.parametrize("wide", [40, 130, 400])
def test_distorted_strips_fit_their_frame(wide):
    strip = np.zeros((HEIGHT, wide), np.uint8)
    strip[8:24, 4:-4] = 255
    for seed in range(10):
        found = distort(strip, WIDTH, np.random.default_rng(seed))
        assert found.shape == (HEIGHT, WIDTH)
        assert found.dtype == np.float32
        assert 0 <= found.min() <= found.max() <= 1
        assert found.max() > 0.3


@pytest.mark.parametrize("text", ["", "12a", "-3", "٣", "1" * 33])
def test_a_text_must_be_digits(text):
    with pytest.raises(DataError, match="must be 1 to 32 digits"):
        Amount(np.zeros((HEIGHT, 30), np.uint8), text)


def test_a_set_of_numbers():
    found = as_numbers([amount("12"), amount("3456")])
    assert len(found) == 2
    assert found.texts == ("12", "3456")
    assert found.strips.shape[:2] == (2, HEIGHT)
    with pytest.raises(DataError, match="2 texts need strips"):
        Numbers(found.strips[:1], found.texts)


# --- on disk --------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    """Three pictures of numbers with their labels; the last has no boxes."""
    lines = []
    for name, text in (("a.png", "12"), ("b.png", "345"), ("c.png", "6")):
        picture = np.full((50, 40 * len(text) + 20), 220, np.uint8)
        cv2.putText(picture, text, (10, 40), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 20, 3)
        cv2.imwrite(str(tmp_path / name), picture)
        boxes = [[int(c), 10 + 28 * i, 8, 26, 34] for i, c in enumerate(text)]
        lines.append({"file": name, "text": text, "boxes_digit_x_y_w_h": json.dumps(boxes) if name != "c.png" else ""})
    with (tmp_path / "labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)
    return tmp_path


def test_a_folder_of_numbers(folder):
    found = load_numbers(str(folder))
    assert [number.text for number in found] == ["12", "345", "6"]
    assert [len(number.ends) for number in found] == [2, 3, 0]
    scale = found[0].strip.shape[1] / 100
    assert found[0].ends[-1] == round((10 + 28 + 26) * scale) + 2
    assert [number.tail.shape[1] for number in found] == [
        90 - found[0].ends[-1],
        found[1].strip.shape[1] - found[1].ends[-1],
        0,
    ]
    assert holds_numbers(str(folder))


def test_the_cheques_have_two_parts(folder, monkeypatch):
    monkeypatch.setenv("HDR_DATA", str(folder.parent))
    assert not has_cheques()
    folder.rename(folder.parent / "cheques")
    monkeypatch.setattr(strings, "CHEQUES_TRAINING", 2)
    assert has_cheques()
    assert holds_numbers("cheques")
    assert [number.text for number in load_numbers("cheques")] == ["12", "345"]
    assert [number.text for number in load_numbers("cheques", "test")] == ["6"]
    with pytest.raises(DataError, match="train and test"):
        load_numbers("cheques", "all")


def test_labels_of_the_cheques_are_corrected_to_learn_from_alone(folder, tmp_path, monkeypatch):
    corrections = tmp_path / "corrections.csv"
    corrections.write_text("file,text\na.png,19\nb.png,34\nc.png,8\n")
    monkeypatch.setattr(strings, "_CORRECTIONS", corrections)
    monkeypatch.setattr(strings, "CHEQUES_TRAINING", 2)
    assert [number.text for number in load_numbers(str(folder))] == ["12", "345", "6"]
    monkeypatch.setattr(strings, "_cheques_folder", lambda: folder)
    found = load_numbers("cheques")
    assert [(number.text, len(number.ends)) for number in found] == [("19", 2), ("34", 0)]
    assert [number.text for number in load_numbers("cheques", "test")] == ["6"]


@pytest.mark.skipif(not has_cheques(), reason="needs the cheques: set HDR_DATA to the folder that holds them")
def test_every_correction_is_of_an_amount_to_learn_from():
    lines = strings._lines(strings._cheques_folder() / "labels.csv")[: strings.CHEQUES_TRAINING]
    labels = {line["file"]: line["text"] for line in lines}
    corrections = strings._lines(strings._CORRECTIONS)
    assert corrections
    assert all(labels[line["file"]] != line["text"] for line in corrections)


def test_no_cheques(tmp_path, monkeypatch):
    monkeypatch.setenv("HDR_DATA", str(tmp_path))
    with pytest.raises(DataError, match="Set HDR_DATA"):
        load_numbers("cheques")


@pytest.mark.parametrize(
    "fault", ["no labels", "no picture", "damaged picture", "no column", "no text", "no line", "bad text"]
)
def test_damaged_folders(folder, fault):
    labels = folder / "labels.csv"
    if fault == "no labels":
        labels.unlink()
    elif fault == "no picture":
        (folder / "b.png").unlink()
    elif fault == "damaged picture":
        (folder / "b.png").write_bytes(b"no picture")
    elif fault == "no column":
        labels.write_text("file\na.png\n")
    elif fault == "no text":
        labels.write_text("file,text\na.png\n")
    elif fault == "no line":
        labels.write_text("file,text\n")
    else:
        labels.write_text("file,text\na.png,x1\n")
    with pytest.raises(DataError):
        load_numbers(str(folder))


@pytest.mark.parametrize("boxes", ["[]", "[[1, 2, 2, 5, 9]]"])
def test_places_of_other_digits_than_the_texts_are_not_taken(folder, boxes):
    rows = [("file", "text", "boxes_digit_x_y_w_h"), ("a.png", "12", boxes)]
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    (number,) = load_numbers(str(folder))
    assert (number.text, number.ends) == ("12", ())


def test_shuffled_digits_stay_of_one_hand():
    strip = np.hstack([np.full((32, 10), shade, np.uint8) for shade in (10, 20, 30)])
    amount = Amount(strip, "123", (10, 20, 30))
    seen = set()
    for seed in range(30):
        found = shuffle(amount, np.random.default_rng(seed))
        assert found.ends == (10, 20, 30)
        assert [int(found.strip[0, end - 1]) for end in found.ends] == [10 * int(digit) for digit in found.text]
        seen.add(found.text)
    assert len(seen) == 6
    assert shuffle(Amount(strip, "123"), np.random.default_rng(0)).text == "123"


def test_assembled_numbers_mix_the_digits_of_many_hands():
    first, second = (
        Amount(np.hstack([np.full((HEIGHT, 10), 25 * int(d), np.uint8) for d in text]), text, (10, 20, 30))
        for text in ("123", "456")
    )
    seen = set()
    for seed in range(40):
        found = assemble([first, second], np.random.default_rng(seed))
        starts = (0, *found.ends[:-1])
        middles = [found.strip[16, (start + end) // 2] for start, end in zip(starts, found.ends, strict=True)]
        assert [round(int(shade) / 25) for shade in middles] == [int(digit) for digit in found.text]
        assert found.strip.shape == (HEIGHT, found.ends[-1])
        assert 2 <= len(found.text) <= 7
        seen |= set(found.text)
    assert seen == set("123456")


def test_where_no_places_are_known_nothing_is_assembled():
    plain = Amount(np.full((HEIGHT, 20), 90, np.uint8), "12")
    assert assemble([plain], np.random.default_rng(0)) is plain
    known = Amount(np.full((HEIGHT, 20), 90, np.uint8), "77", (10, 20))
    assert all(set(assemble([plain, known], np.random.default_rng(seed)).text) <= {"1", "2", "7"} for seed in range(20))
