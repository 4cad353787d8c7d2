"""Decoding under a rule: exact on small problems, honest where rule and reading disagree, quick."""

import time
from itertools import product

import numpy as np
import pytest

from hdr.decode.constrained import Decision, condense, constrained_beam_search, decide, steps_of_digits, with_doubt
from hdr.decode.ctc import BLANK, log_probabilities
from hdr.decode.rules import Rule

SURE = 0.97


def clear_steps(text: str, doubts: dict[int, str] | None = None, share: float = 0.3) -> np.ndarray:
    """Steps that spell a text, two steps to a digit and blanks between; at some places another digit has a share."""
    rows = [np.eye(11)[BLANK] * 0.98 + 0.02 / 11]
    for place, digit in enumerate(text):
        row = np.full(11, (1 - SURE) / 10)
        row[int(digit)] = SURE
        other = (doubts or {}).get(place)
        if other is not None:
            row[int(digit)] -= share
            row[int(other)] += share
        rows += [row, rows[0]]
    return np.array(rows)


def decide_steps(steps: np.ndarray, rule: Rule) -> Decision:
    """What a field holds, by one net alone."""
    doubted = with_doubt(steps)
    return decide(constrained_beam_search(doubted, rule, 50), constrained_beam_search(doubted, None, 50))


@pytest.mark.parametrize(
    "rule", [None, Rule(check="luhn"), Rule(lengths=(2, 3), check="mod11"), Rule(low=12, high=99), Rule(required=True)]
)
@pytest.mark.parametrize("seed", range(4))
def test_small_problems_are_solved_exactly(rule, seed):
    steps = np.random.default_rng(seed).dirichlet(np.full(11, 0.3), size=4)
    exact = {"": float(steps[:, BLANK].prod())}
    for count in range(1, 5):
        texts = ["".join(digits) for digits in product("0123456789", repeat=count)]
        exact.update(zip(texts, np.exp(log_probabilities(steps, texts)).tolist(), strict=True))
    fitting = sorted((p, text) for text, p in exact.items() if rule is None or rule.complaint(text) is None)[::-1][:4]
    found = constrained_beam_search(steps, rule, 4)
    assert [text for text, _ in found] == [text for _, text in fitting]
    np.testing.assert_allclose([p for _, p in found], [p for p, _ in fitting], rtol=2e-3)


@pytest.mark.parametrize(
    ("rule", "written", "doubts", "read"),
    [
        (Rule(check="luhn"), "79927398713", {4: "1"}, "79927398713"),
        (Rule(check="luhn"), "79921398713", {4: "7"}, "79927398713"),
        (Rule(pattern="20##"), "2624", {1: "0"}, "2024"),
        (Rule("date", date_format="DDMMYYYY"), "31062024", {1: "0"}, "30062024"),
        (Rule(lengths=(4, 4)), "1234", {}, "1234"),
        (Rule(high=250), "180", {0: "7"}, "180"),
        (Rule(high=250), "780", {0: "1"}, "180"),
    ],
)
def test_the_rule_decides_where_the_reading_leaves_room(rule, written, doubts, read):
    decision = decide_steps(clear_steps(written, doubts), rule)
    assert (decision.text, decision.unruled) == (read, written)
    assert decision.confidence > 0.8


@pytest.mark.parametrize(
    ("rule", "written"),
    [
        (Rule(check="luhn"), "79927398710"),
        (Rule(check="mod97", lengths=(10, 10)), "1234567890"),
        (Rule(pattern="20##"), "7924"),
        (Rule("date", date_format="DDMMYYYY"), "45062024"),
    ],
)
def test_a_clear_text_that_breaks_the_rule_is_unsure(rule, written):
    decision = decide_steps(clear_steps(written), rule)
    assert decision.unruled == written
    assert rule.complaint(decision.text) is None
    assert decision.confidence < 0.8


def test_a_valid_text_is_found_far_from_the_best():
    text = "1234567890123456789012"
    found = constrained_beam_search(clear_steps(text), Rule(lengths=(22, 22), check="mod97"), 1)
    assert found
    assert sum(a != b for a, b in zip(found[0][0], text, strict=True)) <= 2


@pytest.mark.parametrize(("required", "first"), [(False, ""), (True, "7")])
def test_nothing_written_is_read_only_where_it_may_be(required, first):
    row = np.full(11, 0.001)
    row[BLANK], row[7] = 0.9, 0.091
    assert constrained_beam_search(row[None], Rule(required=required))[0][0] == first


def test_a_doubled_digit_needs_a_blank_between():
    assert constrained_beam_search(clear_steps("1155"))[0][0] == "1155"
    sevens = np.full((2, 11), 0.001)
    sevens[:, 7] = 0.99
    assert constrained_beam_search(sevens)[0][0] == "7"


def test_bare_steps_in_a_row_count_once():
    bare = np.eye(11)[[BLANK] * 5]
    steps = np.concatenate([bare, np.eye(11)[[3]], bare])
    assert len(condense(steps)) == 3
    assert constrained_beam_search(steps)[0] == ("3", 1.0)


def test_digits_read_one_by_one_become_steps():
    steps = steps_of_digits([np.eye(10)[3], np.eye(10)[3]])
    assert steps.shape == (5, 11)
    np.testing.assert_allclose(steps.sum(axis=1), 1.0)
    assert constrained_beam_search(steps)[0] == ("33", 1.0)


@pytest.mark.parametrize(
    ("valid", "free", "text", "confidence"),
    [
        ([("12", 0.9)], [("12", 0.9), ("17", 0.1)], "12", 90 / 90.1),
        ([("17", 0.001)], [("12", 0.9), ("17", 0.001)], "17", 0.1),
        ([("17", 0.3), ("27", 0.3)], [("17", 0.3), ("27", 0.3)], "17", 0.5),
        ([], [("12", 0.9)], "12", 0.0),
    ],
)
def test_confidence_is_the_share_among_all(valid, free, text, confidence):
    decision = decide(valid, free)
    assert decision.text == text
    assert decision.confidence == pytest.approx(confidence, rel=1e-6)


def test_a_field_of_ten_digits_takes_little_time():
    steps, rule = np.repeat(clear_steps("4539578763"), 3, axis=0), Rule(lengths=(10, 10), check="luhn")
    constrained_beam_search(steps, rule)
    times = []
    for _ in range(5):
        started = time.process_time()
        constrained_beam_search(steps, rule)
        times.append(time.process_time() - started)
    assert min(times) < 0.05
