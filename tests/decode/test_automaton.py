"""The table of a rule leads to exactly those texts that the rule has no complaint about."""

from itertools import product

import numpy as np
import pytest

from hdr.decode.automaton import Automaton, automaton_of
from hdr.decode.rules import DATE_FORMATS, Rule
from hdr.errors import SettingsError

RULES = [
    Rule(),
    Rule(lengths=(3, 3)),
    Rule(lengths=(2, 4), low=17, high=305),
    Rule(low=17, high=305),
    Rule(low=40),
    Rule(pattern="20##|1[89]#"),
    Rule(lengths=(4, 4), check="luhn"),
    Rule(check="mod11"),
    Rule(check="mod10", lengths=(3, 4)),
    Rule(check="mod97"),
    Rule(check="luhn", low=100, high=4000, pattern="[0-4]#{3}|#{2}"),
    Rule("boxes", lengths=(2, 2), low=7),
]


def accepts(automaton: Automaton, text: str) -> bool:
    """Whether a table leads through a text to an end."""
    state = 0
    for character in text:
        state = int(automaton.table[state, int(character)])
        if state < 0:
            return False
    return bool(automaton.accepts[state])


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_every_short_text_is_judged_alike(rule):
    automaton = automaton_of(rule)
    texts = ["".join(digits) for count in (1, 2, 3) for digits in product("0123456789", repeat=count)]
    texts += ["".join(digits) for digits in product("01234", repeat=4)]
    assert all(accepts(automaton, text) == (rule.complaint(text) is None) for text in texts)
    assert not accepts(automaton, "")


@pytest.mark.parametrize("form", DATE_FORMATS)
def test_dates_are_judged_as_the_calendar_does(form):
    rule = Rule("date", date_format=form)
    automaton, rng = automaton_of(rule), np.random.default_rng(1)
    judged = []
    for _ in range(4000):
        parts = {
            "DD": f"{rng.integers(34):02d}",
            "MM": f"{rng.integers(14):02d}",
            "YYYY": f"{rng.integers(1880, 2120)}",
        }
        text = form.replace("DD", parts["DD"]).replace("MM", parts["MM"])
        text = text.replace("YYYY", parts["YYYY"]).replace("YY", parts["YYYY"][2:])
        assert accepts(automaton, text) == (rule.complaint(text) is None), text
        judged.append(accepts(automaton, text))
    assert 0.2 < np.mean(judged) < 0.95


@pytest.mark.parametrize("years", [(1990, 1995), (1895, 1905), (2001, 2004), (None, 1960)])
@pytest.mark.parametrize("form", DATE_FORMATS)
def test_dates_of_some_years_alone(form, years):
    rule, rng = Rule("date", date_format=form, low=years[0], high=years[1]), np.random.default_rng(1)
    automaton, judged = automaton_of(rule), []
    for _ in range(1500):
        day, month, year = rng.integers(1, 32), rng.integers(1, 13), rng.integers(1890, 2010)
        text = form.replace("DD", f"{day:02}").replace("MM", f"{month:02}").replace("YYYY", f"{year}")
        text = text.replace("YY", f"{year % 100:02}")
        judged.append(accepts(automaton, text))
        assert judged[-1] == (rule.complaint(text) is None), text
    assert 0 < np.mean(judged) < 0.9


@pytest.mark.parametrize(("text", "fits"), [("29022000", True), ("29021900", False), ("29022096", True)])
def test_the_29th_of_february_needs_a_leap_year(text, fits):
    assert accepts(automaton_of(Rule("date", date_format="DDMMYYYY")), text) is fits


@pytest.mark.parametrize(
    "rule",
    [
        Rule(lengths=(2, 2), low=100),
        Rule(lengths=(3, 3), pattern="##"),
        Rule(low=50, pattern="1#"),
        Rule(lengths=(1, 1), check="luhn"),
    ],
    ids=str,
)
def test_a_rule_that_nothing_satisfies_is_refused(rule):
    with pytest.raises(SettingsError, match="No text satisfies"):
        automaton_of(rule)


def test_a_rule_with_too_many_states_is_refused():
    wide = Rule(lengths=(1, 40), low=12345678901234567890, high=98765432109876543210987654321, check="mod97")
    with pytest.raises(SettingsError, match="too involved"):
        automaton_of(wide)


def test_no_way_leads_where_no_text_ends():
    table = automaton_of(Rule(pattern="12|13")).table
    assert (table[0] >= 0).sum() == 1
