"""A date with slashes, which nets of digits read as ones: what it stands for, and what may be read for it."""

import pytest

from hdr.decode.rules import DATE_FORMATS, Rule
from hdr.decode.slashes import meaning, slashed, spellings

DATE = Rule("date", date_format="DDMMYYYY")


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2310412018", "23042018"),
        ("2370472018", "23042018"),
        ("231042018", "23042018"),  # the second slash was passed over
        ("230412018", "23042018"),  # the first
        ("23042018", "23042018"),
        ("1111111999", "11111999"),
        ("2320422018", "2320422018"),  # no slash is read as a 2
        ("3110212018", "3110212018"),  # February has no 31st
        ("", ""),
    ],
)
def test_what_was_read_stands_for_a_date(text, date):
    assert meaning(text, DATE) == date


@pytest.mark.parametrize(
    ("form", "text", "date"), [("YYYYMMDD", "2018104123", "20180423"), ("DDMMYY", "23104118", "230418")]
)
def test_slashes_stand_where_the_format_has_them(form, text, date):
    assert meaning(text, Rule("date", date_format=form)) == date


@pytest.mark.parametrize("form", DATE_FORMATS)
def test_every_spelling_of_a_date_means_it_and_fits_the_rule_for_slashes(form):
    rule = Rule("date", date_format=form)
    date = "22122022" if len(form) == 8 else "221222"
    if form == "MMDDYYYY":
        date = "12222022"
    if form == "YYYYMMDD":
        date = "20221222"
    plain, *others = spellings(date, rule)
    assert plain == date
    assert len(set(others)) == 8
    assert {meaning(other, rule) for other in others} == {date}
    assert all(slashed(rule).complaint(other) is None for other in others)


@pytest.mark.parametrize("text", ["45062024", "2306", ""])
def test_what_is_no_date_has_no_other_spelling(text):
    assert spellings(text, DATE) == [text]


def test_other_fields_have_no_slashes():
    rule = Rule(lengths=(2, 10))
    assert slashed(rule) is None
    assert meaning("2310412018", rule) == "2310412018"
    assert spellings("23042018", rule) == ["23042018"]
