"""A date with slashes, which nets of digits read as ones: what it stands for, and what may be read for it."""

from datetime import date, timedelta

import pytest

from hdr.decode.rules import DATE_FORMATS, Rule
from hdr.decode.slashes import PASSED_OVER, meanings, slashed, spellings

DATE = Rule("date", date_format="DDMMYYYY")


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("2310412018", ["23042018"]),
        ("2370472018", ["23042018"]),
        ("231042018", ["23042018"]),  # the second slash was passed over
        ("230412018", ["23042018"]),  # the first
        ("23042018", ["23042018"]),
        ("1111111999", ["11111999"]),
        ("231512018", ["23052018"]),  # 23/5/2018
        ("511272018", ["05122018"]),  # 5/12/2018
        ("231112018", ["23012018", "23112018"]),  # 23/1/2018, or 23/11/2018 with its second slash passed over
        ("231012018", ["23012018", "23102018"]),
        ("2320422018", ["2320422018"]),  # no slash is read as a 2
        ("3110212018", ["3110212018"]),  # February has no 31st
        ("", [""]),
    ],
)
def test_what_was_read_stands_for_dates(text, dates):
    assert meanings(text, DATE) == dates


@pytest.mark.parametrize(
    ("form", "text", "meant"),
    [
        ("YYYYMMDD", "2018104123", "20180423"),
        ("YYYYMMDD", "201814123", "20180423"),
        ("MMDDYYYY", "0412312018", "04232018"),
        ("DDMMYY", "23104118", "230418"),
        ("DDMMYY", "2314118", "230418"),
    ],
)
def test_slashes_stand_where_the_format_has_them(form, text, meant):
    assert meanings(text, Rule("date", date_format=form)) == [meant]


@pytest.mark.parametrize("form", DATE_FORMATS)
def test_every_spelling_of_every_date_means_it_and_is_longer(form):
    rule, places = Rule("date", date_format=form), {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d"}
    shape = form
    for place, code in places.items():
        shape = shape.replace(place, code)
    for day in range(400):
        text = (date(2019, 12, 1) + timedelta(day)).strftime(shape)
        plain, *others = spellings(text, rule)
        assert plain == text
        assert all(text in meanings(other, rule) for other in others)
        assert all(len(other) > len(text) and slashed(rule).complaint(other) is None for other in others)


def test_how_likely_a_spelling_is():
    found = spellings("05042018", DATE)
    assert {text: share for text, share in found.items() if "7" not in text} == {
        "05042018": 1.0,
        "0510412018": 1.0,
        "051042018": PASSED_OVER,
        "050412018": PASSED_OVER,
        "510412018": 1.0,
        "051412018": 1.0,
    }


@pytest.mark.parametrize("text", ["45062024", "2306", ""])
def test_what_is_no_date_has_no_other_spelling(text):
    assert spellings(text, DATE) == {text: 1.0}


def test_other_fields_have_no_slashes():
    rule = Rule(lengths=(2, 10))
    assert slashed(rule) is None
    assert meanings("2310412018", rule) == ["2310412018"]
    assert spellings("23042018", rule) == {"23042018": 1.0}
