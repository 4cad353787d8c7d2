"""A total that must come out decides between what its numbers may be."""

import pytest

from hdr.decode.totals import settle, value_of


@pytest.mark.parametrize(
    ("parts", "total", "texts", "written"),
    [
        ([[("12", 0.9)], [("30", 0.9)]], [("42", 0.9)], ("12", "30"), "42"),
        ([[("12", 0.9), ("17", 0.1)], [("30", 0.9)]], [("47", 0.9), ("42", 0.001)], ("17", "30"), "47"),
        ([[("12", 0.6), ("17", 0.4)], [("30", 0.9)]], [("42", 0.4), ("47", 0.1)], ("12", "30"), "42"),
        ([[("", 0.98)], [("7", 0.9)]], [("7", 0.9)], ("", "7"), "7"),
        ([[("1 2", 0.9)]], [("12", 0.9)], ("1 2",), "12"),
    ],
)
def test_the_likeliest_texts_that_add_up_are_taken(parts, total, texts, written):
    found = settle(parts, total)
    assert found is not None
    assert (found.parts, found.total) == (texts, written)
    assert found.confidence > 0.5


def test_texts_that_do_not_add_up_settle_nothing():
    assert settle([[("1", 0.9)], [("2", 0.9)]], [("4", 0.9)]) is None


def test_an_unlikely_way_to_add_up_is_not_trusted():
    found = settle([[("12", 0.999), ("17", 0.0001)], [("30", 0.999)]], [("47", 0.999)])
    assert found is not None
    assert found.confidence < 0.1


def test_several_ways_to_add_up_share_the_confidence():
    parts = [[("1", 0.5), ("2", 0.5)], [("1", 0.5), ("2", 0.5)]]
    found = settle(parts, [("3", 1.0)])
    assert found is not None
    assert found.confidence == pytest.approx(0.25 * 100 / (0.5 * 100 + 0.5))


def test_many_numbers_take_little():
    parts = [[(str(100 + 7 * i + j), 0.12) for j in range(8)] for i in range(40)]
    total = str(sum(int(options[0][0]) for options in parts))
    assert settle(parts, [(total, 0.9)]) is not None


@pytest.mark.parametrize(
    ("text", "value"), [("", 0), ("007", 7), ("1 2", 12), ("x", 0), ("²", 0), ("9" * 40, 10**40 - 1), ("9" * 41, 0)]
)
def test_the_value_of_a_text(text, value):
    assert value_of(text) == value
