"""The language of patterns: what it allows, and what it refuses."""

import pytest

from hdr.decode.patterns import matches, parse_pattern
from hdr.errors import SettingsError


@pytest.mark.parametrize(
    ("pattern", "fits", "fails"),
    [
        ("20##", ["2000", "2099"], ["1999", "200", "20000"]),
        ("20dd", ["2024"], ["2124"]),
        ("0[1-9]####", ["010000", "099999"], ["000000", "110000"]),
        ("[024]7", ["07", "27", "47"], ["17", "37"]),
        ("[0-37]", ["0", "3", "7"], ["4", "6", "8"]),
        ("#{6}", ["123456"], ["12345", "1234567"]),
        ("1[23]{2}9", ["1239", "1339"], ["1299" + "9", "129"]),
        ("19##|20##", ["1950", "2050"], ["1850", "2150"]),
        ("## ##", ["1234"], ["123"]),
        ("#|##", ["1", "12"], ["123", ""]),
    ],
)
def test_a_pattern_allows_what_it_says(pattern, fits, fails):
    assert all(matches(pattern, text) for text in fits)
    assert not any(matches(pattern, text) for text in fails)


@pytest.mark.parametrize(
    "pattern",
    ["", "|", "12|", "a", "[", "[]", "[9-1]", "[a-z]", "[1-]", "[-1]", "]", "{3}", "#{", "#{}", "#{0}", "#{1,2}"],
)
def test_anything_else_is_refused_with_a_reason(pattern):
    with pytest.raises(SettingsError, match=r"cannot be used: .*\."):
        parse_pattern(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "\\d", ".*", "#{999}", "#{99}", "1" * 41, "#" * 121, "²", "٣"])
def test_neither_regular_expressions_nor_endless_patterns_are_taken(pattern):
    with pytest.raises(SettingsError, match=r"pattern"):
        parse_pattern(pattern)
