"""What a rule complains of, in words, and which rules cannot be made."""

import pytest

from hdr.decode.rules import DATE_FORMATS, Rule
from hdr.errors import SettingsError


def dated(form: str, **more: int) -> Rule:
    return Rule("date", date_format=form, **more)


@pytest.mark.parametrize(
    ("rule", "text", "words"),
    [
        (Rule(), "", None),
        (Rule(), "0123456789", None),
        (Rule(required=True), "", "empty"),
        (Rule(), "12a", "other characters"),
        (Rule(), "١٢", "other characters"),
        (Rule(lengths=(3, 3)), "123", None),
        (Rule(lengths=(3, 3)), "12", "2 digits, not 3"),
        (Rule(lengths=(3, 5)), "123456", "not 3 to 5"),
        (Rule(low=5, high=120), "120", None),
        (Rule(low=5, high=120), "007", None),
        (Rule(low=5, high=120), "0007", "4 digits"),
        (Rule(low=5, high=120), "4", "below"),
        (Rule(low=5, high=120), "121", "above"),
        (Rule(pattern="20##"), "2024", None),
        (Rule(pattern="20##"), "1924", "pattern 20##"),
        (Rule(check="luhn"), "79927398713", None),
        (Rule(check="luhn"), "79927398710", "check digit"),
        (dated("DDMMYYYY"), "29022024", None),
        (dated("DDMMYYYY"), "29022023", "calendar"),
        (dated("DDMMYYYY"), "31042023", "calendar"),
        (dated("DDMMYYYY"), "01011899", "1899"),
        (dated("DDMMYYYY", low=2020, high=2025), "01012019", "2020 and 2025"),
        (dated("DDMMYY"), "290200", None),
        (dated("DDMMYY"), "290201", "calendar"),
        (dated("DDMMYY", low=1990, high=1995), "010193", None),
        (dated("DDMMYY", low=1990, high=1995), "010105", "The year 05 does not lie between 1990 and 1995"),
        (dated("DDMMYY", low=1990, high=1999), "290296", None),
        (dated("DDMMYY", low=1895, high=1905), "290200", "calendar"),
        (dated("YYYYMMDD"), "20241231", None),
        (dated("YYYYMMDD"), "20241331", "calendar"),
        (dated("MMDDYYYY"), "12312024", None),
        (dated("MMDDYYYY"), "31122024", "calendar"),
        (dated("DDMMYYYY"), "1122024", "DDMMYYYY"),
        (dated("DDMMYYYY"), "00000000", "calendar"),
    ],
)
def test_a_complaint_says_what_is_wrong(rule, text, words):
    complaint = rule.complaint(text)
    if words is None:
        assert complaint is None
    else:
        assert complaint is not None
        assert words in complaint
        assert complaint.endswith(".")


@pytest.mark.parametrize(
    "parts",
    [
        {"kind": "letters"},
        {"check": "mod7"},
        {"lengths": (0, 3)},
        {"lengths": (5, 3)},
        {"lengths": (1, 41)},
        {"low": -1},
        {"low": 9, "high": 8},
        {"high": 10**40},
        {"pattern": "x"},
        {"kind": "date"},
        {"kind": "date", "date_format": "YYDDMM"},
        {"kind": "date", "date_format": "DDMMYYYY", "check": "luhn"},
        {"kind": "date", "date_format": "DDMMYYYY", "lengths": (8, 8)},
        {"kind": "date", "date_format": "DDMMYYYY", "low": 2030, "high": 2020},
        {"kind": "number", "date_format": "DDMMYYYY"},
    ],
)
def test_impossible_rules_are_refused(parts):
    with pytest.raises(SettingsError):
        Rule(**parts)


@pytest.mark.parametrize(
    ("rule", "span"),
    [
        (Rule(), (1, 40)),
        (Rule(lengths=(2, 4)), (2, 4)),
        (Rule(pattern="#|###"), (1, 3)),
        (Rule(high=500), (1, 3)),
        (dated(DATE_FORMATS[0]), (8, 8)),
    ],
)
def test_the_span_of_digits_follows_from_the_rule(rule, span):
    assert rule.span == span


def test_a_rule_can_be_kept_as_a_key():
    assert {Rule(check="luhn"): 1}[Rule(check="luhn")] == 1
