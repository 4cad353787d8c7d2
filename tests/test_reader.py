"""The reader with a made-up net: order, touching digits, blank pages, refusals; then the sample page and a real net."""

import io

import numpy as np
import pytest
from PIL import Image
from tiny import shipped

from hdr.config import DEFAULT_STRING_MODEL, MODELS, SAMPLES
from hdr.errors import ImageContentError, ImageError, ModelError
from hdr.nets import ENSEMBLE
from hdr.reader import Reader, load_reader, read_with_all
from hdr.results import Glyph, Group, Layout, Line, Page, Patch, Span
from hdr.score.trust import Thresholds
from hdr.store.cards import digit_models
from hdr.vision.image import decode_image

BOX = (3, 4, 10, 20)
PAGE = "27 1863/40 5912/3 14159"
"""What stands on the sample page."""


class FakeNet:
    """Reads digit and confidence from the first two pixels, and counts its calls."""

    def __init__(self):
        self.calls = []

    def __call__(self, images):
        self.calls.append(images)
        codes = np.round(images[:, 0, :2, 0] * 255).astype(int)
        return np.stack([probabilities(digit % 10, share / 100) for digit, share in codes])


def probabilities(digit: int, confidence: float) -> np.ndarray:
    answer = np.full(10, (1 - confidence) / 9, np.float32)
    answer[digit] = confidence
    return answer


def patch(digit: int, confidence: float = 0.9, box=BOX) -> Patch:
    image = np.zeros((28, 28), np.uint8)
    image[0, :2] = digit, round(100 * confidence)
    return Patch(box, image, image)


def layout(*rows: str) -> Layout:
    """Rows of digits, blanks between groups; each digit has its own box."""
    return lines(
        *(
            [[alone(patch(int(c), box=(int(c), y, 10, 20))) for c in group] for group in row.split()]
            for y, row in enumerate(rows)
        )
    )


def lines(*rows: list[list[Glyph]]) -> Layout:
    """Rows of groups of glyphs."""
    return Layout((640, 480), (), tuple(Line(tuple(Group(BOX, tuple(group)) for group in row)) for row in rows))


def alone(whole: Patch) -> Glyph:
    return Glyph((Span(0, 1, whole),))


def touching(*spans: tuple[int, int, int, float, float]) -> Glyph:
    """Spans as (start, end, digit, confidence, oddness)."""
    return Glyph(tuple(Span(start, end, patch(digit, share), oddness) for start, end, digit, share, oddness in spans))


@pytest.fixture
def net():
    return FakeNet()


@pytest.fixture
def reader(net):
    return Reader("fake", net)


# --- thresholds -----------------------------------------------------------------------------------------------------

NO_DIGIT = 0.11
"""Confidence at which FakeNet spreads its answer evenly."""


@pytest.fixture
def strict(net):
    return Reader("fake", net, thresholds=Thresholds(0.95, 0.9))


def test_what_is_no_digit_is_left_out_and_kept_apart(strict, reader):
    found = layout("27", "5")
    odd = [alone(patch(3, NO_DIGIT, box=(90, 0, 10, 20)))]
    page = strict.read(Layout(found.size, (), (*found.rows, *lines([odd]).rows)))
    assert page.text == "27/5"
    assert [mark.box for mark in page.refused] == [(90, 0, 10, 20)]
    assert reader.read(lines([odd])).text == "3"


@pytest.mark.parametrize(("share", "text", "refused"), [(0.9, "7", 1), (0.7, "", 2)])
def test_a_mark_cut_apart_is_no_digit_where_one_piece_is_none_and_the_other_unsure(strict, share, text, refused):
    """As ordinary readers are unsure: who asks for more certainty reads the same text."""
    page = strict.read(lines([[touching((0, 2, 0, NO_DIGIT, 5.0), (0, 1, 7, share, 0.0), (1, 2, 0, NO_DIGIT, 0.0))]]))
    assert page.text == text
    assert len(page.refused) == refused


def test_a_page_of_nothing_but_other_marks_is_blank(strict):
    page = strict.read(lines([[alone(patch(3, NO_DIGIT))]]))
    assert page.blank
    assert page.text == ""
    assert page.rows == ()
    assert len(page.refused) == 1


def test_a_cell_whose_mark_is_no_digit_is_an_empty_cell(strict):
    groups = tuple(Group(BOX, (alone(patch(value, share)),)) for value, share in ((4, 0.99), (0, NO_DIGIT), (6, 0.99)))
    page = strict.read(Layout((640, 480), (), (Line(groups, ruled=True),)))
    assert page.rows[0].cells == ("4", "", "6")
    assert len(page.refused) == 1


def test_a_reader_that_asks_for_more(reader):
    found = layout("27")
    stricter = reader.with_thresholds(Thresholds(sure_from=0.95))
    assert [digit.unsure for digit in reader.read(found).digits] == [False, False]
    assert [digit.unsure for digit in stricter.read(found).digits] == [True, True]
    assert stricter.name == reader.name
    assert stricter.read(found).text == reader.read(found).text


@pytest.mark.parametrize("share", [0.4, 0.6, 0.99])
def test_a_doubt_is_no_refusal(strict, share):
    assert strict.read(lines([[alone(patch(3, share))]])).text == "3"


# --- a page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [["7"], ["27 18", "5"], ["012 345", "6", "7 8 9"]])
def test_reading_order(reader, rows):
    page = reader.read(layout(*rows))
    assert page.text == "/".join(rows)
    assert [digit.box[:2] for digit in page.digits] == [
        (int(c), y) for y, row in enumerate(rows) for c in row if c != " "
    ]
    assert (page.model, page.size) == ("fake", (640, 480))
    assert page.confidence == pytest.approx(0.9)
    assert page.seconds > 0


def test_the_net_is_called_once_a_page(reader, net):
    pair = touching((0, 2, 8, 0.4, 0), (0, 1, 1, 0.9, 0), (1, 2, 2, 0.9, 0))
    reader.read(lines([[pair, alone(patch(6))]], [[pair]]))
    assert len(net.calls) == 1
    assert net.calls[0].dtype == np.float32
    assert net.calls[0].shape == (7, 28, 28, 1)
    assert 0 < net.calls[0].max() <= 1


def test_each_digit_keeps_the_picture_that_the_net_saw(reader):
    for digit in reader.read(layout("31", "4")).digits:
        assert digit.image[0, 0] == digit.value


def test_a_blank_page(reader):
    page = reader.read(layout())
    assert page.blank
    assert (page.text, page.size, page.model) == ("", (640, 480), "fake")


def test_equal_glyphs_are_told_apart(reader):
    pair = touching((0, 2, 8, 0.3, 0), (0, 1, 1, 0.9, 0), (1, 2, 2, 0.9, 0))
    assert reader.read(lines([[pair, alone(patch(8)), pair]])).text == "12812"


# --- touching digits ------------------------------------------------------------------------------------------------

WHOLE, HALVES = (0, 2, 8, 0.9, 0), ((0, 1, 0, 0.9, 0), (1, 2, 1, 0.9, 0))


@pytest.mark.parametrize(
    ("spans", "text"),
    [
        ([WHOLE], "8"),
        ([WHOLE, *HALVES], "8"),
        ([(0, 2, 8, 0.3, 0), *HALVES], "01"),
        ([(0, 2, 8, 0.9, 3.0), *HALVES], "01"),
        ([WHOLE, (0, 1, 0, 0.99, 0), (1, 2, 1, 0.4, 0)], "8"),
        ([(0, 2, 8, 0.9, 3.0), (0, 1, 0, 0.9, 2.0), (1, 2, 1, 0.9, 2.0)], "8"),
        ([(0, 3, 8, 0.9, 3.0), (0, 2, 5, 0.95, 0), (2, 3, 6, 0.95, 0), (0, 1, 1, 0.95, 0), (1, 3, 2, 0.3, 0)], "56"),
        ([(0, 3, 8, 0.9, 5.0), (0, 1, 1, 0.9, 0), (1, 2, 2, 0.9, 0), (2, 3, 3, 0.9, 0), (0, 2, 7, 0.3, 0)], "123"),
        ([(0, 2, 8, 0.2, 3.0), (0, 1, 1, 0.99, 0)], "8"),
    ],
    ids=[
        "alone",
        "fewer",
        "surer",
        "odd whole",
        "one bad half",
        "odd halves",
        "uneven",
        "three",
        "no chain to the end",
    ],
)
def test_the_likeliest_chain_of_spans_is_read(reader, spans, text):
    assert reader.read(lines([[touching(*spans)]])).text == text


# --- pictures -------------------------------------------------------------------------------------------------------


def ink_net(images):
    """A net of no skill that answers by where the ink lies."""
    mass = images.reshape(len(images), 4, 196).sum(axis=2)
    logits = np.concatenate([mass, mass[:, :3] / 2, mass[:, 1:] / 3], axis=1) / 10
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def same(first, second) -> bool:
    return [(d.box, d.probabilities.tolist()) for d in first.digits] == [
        (d.box, d.probabilities.tolist()) for d in second.digits
    ]


@pytest.mark.parametrize("name", ["page.jpg", "drawing.png"])
def test_equal_input_gives_equal_answers(name):
    data = (SAMPLES / name).read_bytes()
    first, second = Reader("ink", ink_net).read_picture(data), Reader("ink", ink_net).read_picture(data)
    assert len(first.digits) >= 2
    assert first.text == second.text
    assert same(first, second)
    layout, page = Reader("ink", ink_net).find_and_read(decode_image(data))
    assert same(first, page)
    assert same(first, Reader("ink", ink_net).read(layout))


def test_white_paper_is_blank():
    file = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(file, "PNG")
    page = Reader("ink", ink_net).read_picture(file.getvalue())
    assert page.blank
    assert page.size == (300, 200)


@pytest.mark.parametrize(
    "data",
    [b"", b"not a picture", b"\x89PNG\r\n\x1a\n", (SAMPLES / "drawing.png").read_bytes()[:2000]],
    ids=["empty", "text", "signature alone", "cut short"],
)
def test_damaged_bytes(reader, net, data):
    with pytest.raises(ImageError, match=r"."):
        reader.read_picture(data)
    assert net.calls == []


# --- stored models --------------------------------------------------------------------------------------------------


def test_an_unknown_model():
    with pytest.raises(ModelError, match="No model is called 'cmm'"):
        load_reader("cmm")


@pytest.mark.parametrize("name", digit_models(MODELS))
def test_shipped_models_read_the_sample_page(name):
    """Our own nets without a mistake; the others may misread a digit or two, but none is lost."""
    page = Reader(name, shipped(name).predict).read_picture((SAMPLES / "page.jpg").read_bytes())
    wrong = [(read, written) for read, written in zip(page.text, PAGE, strict=True) if read != written]
    assert all(read.isdigit() and written.isdigit() for read, written in wrong)
    assert len(wrong) <= (0 if name in ENSEMBLE else 4)
    assert page.size == (1200, 900)


def test_a_loaded_reader_answers_as_its_model():
    data = (SAMPLES / "drawing.png").read_bytes()
    loaded = load_reader("cnn")
    assert loaded.name == "cnn"
    alike = Reader("cnn", shipped("cnn").predict, shipped(DEFAULT_STRING_MODEL).predict)
    page, expected = loaded.read_picture(data), alike.read_picture(data)
    assert page.text == expected.text == "42"
    for digit, other in zip(page.digits, expected.digits, strict=True):
        np.testing.assert_allclose(digit.probabilities, other.probabilities, atol=1e-6)


# --- with the string net --------------------------------------------------------------------------------------------


class FakeStrings:
    """Spells the text that is written into a strip's first row, a digit + 1 to every eighth column."""

    def __init__(self, sure: float = 0.99):
        self.sure, self.calls = sure, []

    def __call__(self, strips):
        self.calls.append(strips.shape)
        steps = np.full((len(strips), strips.shape[2] // 4, 11), (1 - self.sure) / 10, np.float32)
        for row, marks in zip(steps, np.round(strips[:, 0, ::8, 0] * 255).astype(int), strict=True):
            for place in range(len(row)):
                digit = marks[place // 2] - 1 if place % 2 == 0 and place // 2 < len(marks) else -1
                row[place, digit if digit >= 0 else 10] = self.sure
        return steps


def strip(text: str, width: int = 96) -> np.ndarray:
    picture = np.zeros((32, width), np.uint8)
    for place, digit in enumerate(text):
        picture[0, 8 * place] = int(digit) + 1
        picture[10:22, 8 * place : 8 * place + 4] = 255
    return picture


def number(cut: str, spelled: str | None, confidence: float = 0.9, width: int = 96) -> Group:
    glyphs = tuple(alone(patch(int(c), confidence)) for c in cut)
    return Group((100, 50, 96, 32), glyphs, None if spelled is None else strip(spelled, width))


def page_of(*groups: Group, ruled: bool = False, size: tuple[int, int] = (640, 480)) -> Layout:
    return Layout(size, (), (Line(groups, ruled),))


@pytest.fixture
def strings():
    return FakeStrings()


@pytest.fixture
def both(net, strings):
    return Reader("fake", net, strings)


@pytest.mark.parametrize(
    ("cut", "spelled", "confidence", "text", "rival"),
    [
        ("12", "12", 0.6, "12", None),
        ("12", "345", 0.9, "345", "12"),
        ("12", "345", 0.999, "12", "345"),
        ("", "345", 0.9, "345", ""),
        ("17", "11", 0.6, "11", "17"),
        ("17", "11", 0.999, "17", "11"),
        ("8", None, 0.6, "8", None),
    ],
)
def test_the_better_founded_way_is_taken(net, cut, spelled, confidence, text, rival):  # noqa: PLR0913, PLR0917
    sure = 0.995 if len(cut) != len(spelled or cut) else 0.97
    page = Reader("fake", net, FakeStrings(sure)).read(page_of(number(cut, spelled, confidence)))
    assert page.text == text
    (row,) = page.rows
    assert row.rivals == (rival,)


def test_what_the_string_net_takes_for_no_digit_at_all_is_refused(net):
    page = Reader("fake", net, FakeStrings(0.999)).read(page_of(number("7", "", 0.6)))
    assert (page.text, [mark.value for mark in page.refused]) == ("", [7])


def test_what_both_ways_say_is_surer_than_what_they_dispute(both):
    agreed = both.read(page_of(number("12", "12"))).confidence
    disputed = both.read(page_of(number("12", "345"))).confidence
    assert agreed > 0.9
    assert disputed < agreed


def test_digits_of_the_string_net_have_boxes_on_the_picture(both):
    digits = both.read(page_of(number("1", "345", 0.3))).digits
    assert [digit.value for digit in digits] == [3, 4, 5]
    lefts = [digit.box[0] for digit in digits]
    assert lefts == sorted(lefts)
    for x, y, width, height in (digit.box for digit in digits):
        assert 100 <= x < x + width <= 196
        assert 50 <= y < y + height <= 82


def test_strips_of_a_length_are_read_together(both, strings):
    groups = [number("12", "12", width=width) for width in (70, 90, 100, 300)]
    assert both.read(page_of(*groups)).text == "12 12 12 12"
    assert [shape[0] for shape in strings.calls] == [3, 1]


def test_empty_cells_stay_and_empty_groups_go(both):
    empty, full = Group((0, 0, 9, 9), ()), number("7", "7")
    ruled = both.read(page_of(empty, full, empty, ruled=True))
    assert ruled.rows[0].cells == ("", "7", "")
    assert ruled.text == "7"
    assert both.read(page_of(empty, full)).rows[0].cells == ("7",)


def test_readers_share_the_answers_of_the_string_net(net, strings):
    readers = [Reader(name, net, strings) for name in ("a", "b")]
    pages = read_with_all(readers, page_of(number("12", "12")))
    assert [page.text for page in pages] == ["12", "12"]
    assert len(strings.calls) == 1


# --- how a page lies ------------------------------------------------------------------------------------------------


@pytest.fixture
def turned(monkeypatch, net):
    """A reader of a page whose digits are sure only when it is looked at with so many quarter turns."""

    def look(right: int, turns: tuple[int, ...], sure: float = 0.97, count: int = 8) -> tuple[Page, list[int]]:
        looked: list[int] = []

        def find(_rgb, quarter: int = 0) -> Layout:
            looked.append(quarter)
            return page_of(number(str(quarter) * count, None, sure if quarter == right else 0.4))

        monkeypatch.setattr("hdr.orientation.find_digits", find)
        monkeypatch.setattr("hdr.orientation.quarter_turns", lambda _layout: turns)
        return Reader("fake", net).find_and_read(np.zeros((48, 64, 3), np.uint8))[1], looked

    return look


@pytest.mark.parametrize(
    ("right", "turns", "looked"),
    [
        (0, (0,), [0]),
        (0, (0, 1, 3), [0]),
        (0, (1, 3), [0, 1, 3]),
        (2, (0,), [0, 1, 2, 3]),
        (1, (1, 3), [0, 1, 2, 3]),
        (3, (0, 1, 3), [0, 1, 2, 3]),
    ],
)
def test_a_page_is_turned_where_it_reads_better(turned, right, turns, looked):
    page, tried = turned(right, turns)
    assert page.text == str(right) * 8
    assert tried == looked


def test_another_turn_must_read_clearly_better(turned):
    assert turned(2, (0,), sure=0.45)[0].text == "0" * 8


@pytest.mark.parametrize(
    ("upright", "turned", "text"),
    [(0.93, 0.99, "6" * 8), (0.93, 0.97, "9" * 8), (0.97, 0.999, "9" * 8)],
)
def test_a_page_on_its_head_may_read_well_but_not_as_well(monkeypatch, net, upright, turned, text):
    """Many digits are others upside down: 0, 1, 6, 8, 9."""

    def find(_rgb, quarter: int = 0) -> Layout:
        return page_of(number("6" * 8, None, turned) if quarter == 2 else number("9" * 8, None, upright))

    monkeypatch.setattr("hdr.orientation.find_digits", find)
    monkeypatch.setattr("hdr.orientation.quarter_turns", lambda _layout: (0,))
    assert Reader("fake", net).find_and_read(np.zeros((48, 64, 3), np.uint8))[1].text == text


def test_refused_marks_speak_against_a_turn(monkeypatch, net):
    """Upside down, most marks are no digits; the few that are left, however sure, must not win."""

    def find(_rgb, quarter: int = 0) -> Layout:
        few = [alone(patch(8, 0.99)), *(alone(patch(3, NO_DIGIT)) for _ in range(7))]
        return lines([few if quarter else [alone(patch(4, 0.7)) for _ in range(8)]])

    monkeypatch.setattr("hdr.orientation.find_digits", find)
    monkeypatch.setattr("hdr.orientation.quarter_turns", lambda _layout: (0,))
    page = Reader("fake", net, thresholds=Thresholds(0.8, 0.9)).find_and_read(np.zeros((48, 64, 3), np.uint8))[1]
    assert page.text == "4" * 8


def test_a_turn_that_leaves_few_digits_is_no_better(monkeypatch, net):
    def find(_rgb, quarter: int = 0) -> Layout:
        return page_of(number("8" * 3, None, 0.99) if quarter else number("4" * 8, None, 0.6))

    monkeypatch.setattr("hdr.orientation.find_digits", find)
    assert Reader("fake", net).find_and_read(np.zeros((48, 64, 3), np.uint8))[1].text == "4" * 8


def test_a_turn_that_finds_far_too_many_marks_is_no_better(monkeypatch, net):
    def find(_rgb, quarter: int = 0) -> Layout:
        if quarter:
            raise ImageContentError("far more marks")
        return page_of(number("4" * 8, None, 0.4))

    monkeypatch.setattr("hdr.orientation.find_digits", find)
    monkeypatch.setattr("hdr.orientation.quarter_turns", lambda _layout: (0, 1, 3))
    assert Reader("fake", net).find_and_read(np.zeros((48, 64, 3), np.uint8))[1].text == "4" * 8


def test_a_few_digits_do_not_tell_how_a_page_lies(turned):
    page, tried = turned(2, (0,), count=3)
    assert (page.text, tried) == ("000", [0])


@pytest.mark.parametrize(("sure", "text"), [(0.99, "12"), (0.35, "")])
def test_the_string_net_can_vouch_for_what_looks_like_no_digit(net, sure, text):
    strict = Reader("fake", net, FakeStrings(sure), Thresholds(0.8, 0.9))
    page = strict.read(page_of(number("12", "12", NO_DIGIT)))
    assert page.text == text
    assert len(page.refused) == 2 - len(text)


@pytest.mark.parametrize(("spelled", "sure", "text"), [("12", 0.97, "12"), ("", 0.9, "12")])
def test_the_string_net_that_sees_fewer_digits_vouches_for_no_mark(net, spelled, sure, text):
    """A mark between two digits: left out by both ways alike, or by the net of digits whatever the string net says."""
    glyphs = tuple(alone(patch(digit, share)) for digit, share in ((1, 0.99), (5, NO_DIGIT), (2, 0.99)))
    group = Group((100, 50, 96, 32), glyphs, strip(spelled, 96))
    page = Reader("fake", net, FakeStrings(sure), Thresholds(0.8, 0.9)).read(page_of(group))
    assert page.text == text
    assert [mark.value for mark in page.refused] == [5]
    assert page.rows[0].rivals == (None if spelled == text else spelled,)


@pytest.mark.parametrize(("spelled", "text"), [("7", "7"), ("1", "")])
def test_a_piece_of_a_cross_that_the_string_net_reads_otherwise_is_no_digit(net, spelled, text):
    cross = touching((0, 2, 0, NO_DIGIT, 5.0), (0, 1, 7, 0.99, 0.0), (1, 2, 6, NO_DIGIT, 0.0))
    group = Group((100, 50, 96, 32), (cross,), strip(spelled, 96))
    page = Reader("fake", net, FakeStrings(0.97), Thresholds(0.8, 0.9)).read(page_of(group))
    assert page.text == text
    assert [mark.value for mark in page.refused] == ([6] if text else [7, 6])
