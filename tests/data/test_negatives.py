"""Pictures that are no digit: of every kind, reproducible, in the frame of a digit, and none that is one after all."""

import numpy as np
import pytest

from hdr.data import glyphs
from hdr.data.datasets import Dataset
from hdr.data.glyphs import LETTERS, PEN, SIGNS, learned_glyph, unseen_glyph
from hdr.data.negatives import _CUTS, KINDS, draw_negatives
from hdr.errors import DataError, SettingsError
from hdr.vision.normalise import ink_box
from tests.tiny import drawn_digits

IMAGES, LABELS = drawn_digits(100, 3)
DIGITS = Dataset("drawn", IMAGES, LABELS.astype(np.int64))
PARTS = ["train", "test"]


def drawn(count: int, seed: int = 1, digits: Dataset = DIGITS, **options) -> np.ndarray:
    return draw_negatives(count, digits, np.random.default_rng(seed), **options)


def only(*values: int) -> Dataset:
    chosen = np.isin(LABELS, values)
    return Dataset("some", IMAGES[chosen], LABELS[chosen].astype(np.int64))


def size(picture: np.ndarray) -> tuple[int, int]:
    return ink_box(picture)[2:]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", [*KINDS, None])
def test_they_come_as_digits_do(kind, part):
    pictures = drawn(40, kind=kind, part=part)
    assert (pictures.shape, pictures.dtype) == ((40, 28, 28), np.uint8)
    inked = [picture for picture in pictures if picture.any()]
    assert len({picture.tobytes() for picture in inked}) >= 0.8 * len(inked)
    if kind not in ("blank", None):
        assert len(inked) == 40
        assert all(18 <= max(size(picture)) <= 20 and picture.max() == 255 for picture in pictures)


@pytest.mark.parametrize("part", PARTS)
def test_the_seed_fixes_every_picture(part):
    np.testing.assert_array_equal(drawn(30, 5, part=part), drawn(30, 5, part=part))
    assert (drawn(30, 5, part=part) != drawn(30, 6, part=part)).any()


def test_all_kinds_come_about_equally_often(monkeypatch):
    counts = dict.fromkeys(KINDS, 0)

    def counted(kind):
        def draw(_digits, _part, _rng):
            counts[kind] += 1
            return np.zeros((28, 28), np.uint8)

        return draw

    for kind in KINDS:
        monkeypatch.setitem(KINDS, kind, counted(kind))
    drawn(900)
    assert len(counts) == 9
    assert all(70 <= count <= 130 for count in counts.values())


def test_none_at_all():
    assert drawn(0).shape == (0, 28, 28)


@pytest.mark.parametrize("kind", ["blank", "scribbles", "marks", "letters", "signs", "rules", "smudges"])
def test_what_is_tested_is_not_what_was_learned(kind):
    """The same draws give other pictures."""
    learned, tested = (drawn(20, 2, kind=kind, part=part) for part in PARTS)
    alike = sum((a == b).all() for a, b in zip(learned, tested, strict=True) if a.any() or b.any())
    assert alike <= 4  # faint noise and empty frames


def test_blank_is_blank_but_for_specks():
    for part in PARTS:
        pictures = drawn(60, kind="blank", part=part)
        assert (pictures > 64).sum(axis=(1, 2)).max() <= 35
        assert any(not picture.any() for picture in pictures)


@pytest.mark.parametrize("character", LETTERS + SIGNS)
def test_every_glyph_has_ink_in_every_font(character):
    rng = np.random.default_rng(1)
    for draw in (learned_glyph, unseen_glyph):
        for _ in range(6):
            glyph = draw(character, rng)
            assert (glyph.shape, glyph.dtype) == ((64, 64), np.uint8)
            assert (glyph > 128).sum() > 20
            edge = np.concatenate([glyph[0], glyph[-1], glyph[:, 0], glyph[:, -1]])
            assert (edge > 128).sum() <= 8  # a wide stroke's end at most


def test_letters_that_pass_as_digits_are_left_out():
    assert not set(LETTERS + "".join(PEN)) & set("OoDQCcUuGIliJTSsZzBgqaybtY0123456789")
    assert not set(SIGNS) & set("?!,/|()$<>.-")
    assert set(PEN) <= set(LETTERS)


def test_pillows_own_font_is_always_tested_with(monkeypatch):
    assert glyphs.unseen_fonts()[0] == "Aileron Regular"
    monkeypatch.setattr(glyphs, "_TEST_FILES", ("no-such-font.ttf",))
    glyphs._faces.cache_clear()
    try:
        assert glyphs.unseen_fonts() == ["Aileron Regular"]
    finally:
        glyphs._faces.cache_clear()


def test_two_digits_are_wider_than_one():
    widths = [size(picture)[0] for picture in drawn(60, kind="pairs")]
    assert np.mean(widths) == pytest.approx(20, abs=0.8)
    single = np.mean([size(image)[0] for image in IMAGES])
    assert single < 17


def test_a_one_stands_apart():
    """Between two strokes there is a column without ink."""
    for picture in drawn(40, kind="pairs", digits=only(1)):
        columns = np.flatnonzero((picture > 64).any(axis=0))
        rows = (picture > 64).sum(axis=1).max()
        assert np.ptp(columns) >= 3
        assert rows >= 2


@pytest.mark.parametrize("digit", range(10))
def test_only_cuts_that_leave_no_digit(digit):
    sides = {side for side, digits in _CUTS.items() if digit in digits}
    assert (digit in (1, 6, 7, 9)) == (not sides)
    if digit == 8:
        assert sides == {"left"}


def test_a_cut_zero_is_open():
    """The paper inside is one with the paper outside."""
    import cv2

    for picture in drawn(40, kind="cuts", digits=only(0)):
        parts, _ = cv2.connectedComponents((picture < 64).astype(np.uint8), connectivity=4)
        assert parts == 2


def test_what_cannot_be_cut_comes_in_pairs():
    assert drawn(10, kind="cuts", digits=only(1, 7)).any(axis=(1, 2)).all()


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", ["scribbles", "rules", "smudges"])
def test_none_is_an_upright_stroke(kind, part):
    assert all(width >= 6 for width, _ in map(size, drawn(80, kind=kind, part=part)))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"kind": "doodles"},
            SettingsError,
            r"No kind of negatives is called 'doodles'\. Known kinds: blank, scribbles",
        ),
        ({"part": "validation"}, SettingsError, "the parts train and test, not 'validation'"),
        ({"digits": only()}, DataError, "some holds no digits"),
    ],
)
def test_refused(options, error, message):
    with pytest.raises(error, match=message):
        drawn(3, **options)
