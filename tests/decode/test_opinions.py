"""Two who read one field: together they are surer, apart they are in doubt, and one may say nothing."""

import numpy as np
import pytest

from hdr.decode.constrained import constrained_beam_search, steps_of_digits
from hdr.decode.opinions import merge_digits, single_digit_of, weigh
from hdr.decode.rules import Rule
from hdr.results import UNSURE


def said(text: str, sure: float = 0.98) -> np.ndarray:
    rows = np.full((len(text), 10), (1 - sure) / 9)
    rows[np.arange(len(text)), [int(digit) for digit in text]] = sure
    return steps_of_digits(list(rows))


NOTHING = np.zeros((0, 11))


@pytest.mark.parametrize(
    ("opinions", "rule", "text", "sure"),
    [
        ([said("1234"), said("1234")], Rule(), "1234", True),
        ([said("1234"), NOTHING], Rule(), "1234", True),
        ([said("1234"), said("1284")], Rule(), None, False),
        ([said("1234", 0.999), said("1284", 0.6)], Rule(), "1234", True),
        ([said("1234"), said("123")], Rule(lengths=(4, 4)), "1234", False),
        ([said("1234"), said("1244")], Rule(check="luhn", lengths=(4, 4)), None, False),
        ([said("79927398713"), said("79921398713")], Rule(check="luhn"), "79927398713", True),
        ([said("79921398713"), said("79921398713")], Rule(check="luhn"), None, False),
    ],
)
def test_opinions_are_weighed(opinions, rule, text, sure):
    decision = weigh(opinions, rule)
    assert (decision.confidence > 0.8) is sure
    assert text is None or decision.text == text
    assert not decision.text or rule.complaint(decision.text) is None


def test_where_nobody_says_anything_nothing_is_sure():
    decision = weigh([NOTHING, NOTHING], Rule())
    assert (decision.text, decision.confidence) == ("", 0.0)


def test_the_order_of_opinions_does_not_matter():
    first, second = said("907", 0.9), said("901", 0.7)
    assert weigh([first, second], Rule()) == weigh([second, first], Rule())


def test_several_nets_are_one_opinion():
    """They have seen the same picture: two of them do not outweigh the other way of reading."""
    nets, cut = np.stack([said("907", 0.8), said("907", 0.8)]), said("901", 0.8)
    alone = weigh([nets[0], cut], Rule())
    together = weigh([nets, cut], Rule())
    assert dict(together.alternatives) == pytest.approx(dict(alone.alternatives))
    assert together.confidence == pytest.approx(alone.confidence)


def test_what_only_one_of_several_nets_reads_is_considered():
    nets = np.stack([said("79921398713", 0.9), said("79927398713", 0.9)])
    assert weigh([nets], Rule(check="luhn")).text == "79927398713"


def test_each_opinion_is_searched_once_with_the_rule_and_once_without(monkeypatch):
    searched = []

    def counted(steps, rule, count):
        searched.append(rule)
        return constrained_beam_search(steps, rule, count)

    monkeypatch.setattr("hdr.decode.opinions.constrained_beam_search", counted)
    weigh([said("907"), said("901")], Rule(lengths=(3, 3)))
    assert searched.count(None) == searched.count(Rule(lengths=(3, 3))) == 2
    assert len(searched) == 4


DATE = Rule("date", date_format="DDMMYYYY")


@pytest.mark.parametrize("others", ["2310412018", "23042018", "231042018", "2370412018"])
def test_a_date_is_read_whether_its_slashes_are_seen_or_not(others):
    decision = weigh([said("2310412018"), said(others)], DATE)
    assert (decision.text, decision.unruled) == ("23042018", "23042018")
    assert decision.confidence > 0.9


@pytest.mark.parametrize(
    ("text", "date", "sure"),
    [
        ("2310512018", "23052018", True),
        ("231512018", "23052018", True),  # no 0 before the month
        ("231112018", "23012018", False),  # 23/1, or 23/11 with a slash passed over
        ("231012018", None, False),
        ("2311112018", "23112018", True),
        ("21112024", "21112024", True),
    ],
)
def test_what_may_be_two_dates_is_unsure(text, date, sure):
    decision = weigh([said(text), said(text)], DATE)
    assert date is None or decision.text == date
    assert (decision.confidence >= UNSURE) is sure


def test_two_dates_with_slashes_leave_it_unsure():
    decision = weigh([said("2310412018"), said("2310912018")], DATE)
    assert {decision.text, decision.alternatives[0][0]} == {"23042018", "23092018"}
    assert decision.confidence < 0.6


def test_digits_that_are_no_slashes_are_no_date():
    assert weigh([said("2320422018"), said("2320422018")], DATE).confidence < 0.5


def test_merged_digits_add_up_and_agreement_makes_sure():
    seven = np.full(10, 0.03)
    seven[7] = 0.73
    merged = merge_digits([seven, seven])
    assert merged.sum() == pytest.approx(1.0)
    assert merged.argmax() == 7
    assert merged[7] > 0.85


def test_steps_of_one_digit_become_its_probabilities():
    found = single_digit_of(said("4", 0.9))
    assert found.shape == (10,)
    assert found.sum() == pytest.approx(1.0)
    assert found[4] == pytest.approx(0.9)
