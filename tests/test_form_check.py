"""Broken rules and sums that do not come out, of texts read or typed."""

import pytest

from hdr.decode.rules import Rule
from hdr.form_check import complaints, doubts, impossible
from hdr.store.templates import Field, Template, Total

FIELDS = (
    Field("Card", (0, 0, 20, 9), Rule(check="luhn")),
    Field("Boxes", (0, 10, 20, 9), Rule("boxes"), cells=3),
    Field("Amounts", (0, 20, 20, 40), Rule("column"), cells=4),
    Field("Fee", (0, 60, 20, 9), Rule(required=True)),
    Field("Sum", (0, 70, 20, 9)),
)
FORM = Template("order", (100, 100), FIELDS, (Total("Sum", ("Amounts", "Fee")),))
RIGHT = {"Card": "18", "Boxes": "123", "Amounts": "10//5", "Fee": "2", "Sum": "17"}


@pytest.mark.parametrize(
    ("texts", "faults"),
    [
        ({}, {}),
        ({"Card": "28"}, {"Card": "check digit"}),
        ({"Boxes": "1 3"}, {"Boxes": "between digits is empty"}),
        ({"Amounts": "10/x/5"}, {"Amounts": "'x' has other characters"}),
        ({"Sum": ""}, {"Amounts": "does not come out", "Fee": "does not come out", "Sum": "It is empty, but"}),
        ({"Sum": "18"}, {"Amounts": "total in Sum", "Fee": "total in Sum", "Sum": "It says 18, but its parts"}),
        ({"Amounts": "", "Fee": "", "Sum": ""}, {"Fee": "The field is empty."}),
        ({"Fee": "²"}, {"Amounts": "total in Sum", "Fee": "other characters", "Sum": "add up to 15"}),
        ({"Fee": "9" * 5000}, {"Amounts": "total in Sum", "Fee": "has 5000 digits", "Sum": "add up to 15"}),
    ],
)
def test_complaints(texts, faults):
    found = complaints(FORM, RIGHT | texts)
    assert found.keys() == faults.keys()
    assert all(words in found[name] for name, words in faults.items())


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("Fee", "", None),
        ("Fee", "9" * 60, None),
        ("Fee", "1/2", "Fee takes digits alone: '/' cannot stand there."),
        ("Fee", "²", "Fee takes digits alone: '²' cannot stand there."),
        ("Fee", "1 2", "' ' cannot stand"),
        ("Boxes", "1 3", None),
        ("Boxes", "a13a", "'a' cannot stand"),
        ("Amounts", "10//5", None),
        ("Amounts", "12/ab/3", "digits alone, with / between the numbers of its rows: 'ab' cannot stand there."),
        ("Amounts", "9" * 4101, "4,100 characters at most, not 4,101."),
    ],
)
def test_what_no_value_can_be(name, text, said):
    found = impossible(FORM.field(name), text)
    assert (said in found) if said else found is None


@pytest.mark.parametrize(
    ("read", "reasons"),
    [
        (("12", "12", 0.8, None), []),
        (("12", "12", 0.8, ""), []),
        (("12", "12", 0.79, None), ["Only 79% sure."]),
        (("12", "12", 0.4, "So."), ["So.", "Only 40% sure."]),
        (("12", "12", 0.009, "So."), ["So."]),
        (("12", "12", 0.009, None), ["Only 1% sure."]),
        (("12", "112", 0.99, None), ["Without its rule it reads 112."]),
        (("12", "", 0.99, "So."), ["So.", "Without its rule it reads nothing."]),
    ],
)
def test_doubts(read, reasons):
    assert doubts(*read) == reasons
