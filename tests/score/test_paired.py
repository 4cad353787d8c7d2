"""Two models on the same pictures: the test by whole-number arithmetic, the interval by drawing pictures one by one."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hdr.score.paired import compare_paired, mcnemar

many = settings(max_examples=80, deadline=None, database=None)
counts = st.integers(0, 120)


def answers(both: int, only_first: int, only_second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    """Which pictures the first and the second read right, shuffled."""
    first = np.repeat([True, True, False, False], [both, only_first, only_second, neither])
    second = np.repeat([True, False, True, False], [both, only_first, only_second, neither])
    order = np.random.default_rng(3).permutation(len(first))
    return first[order], second[order]


def exact(only_first: int, only_second: int) -> float:
    """Share of all ways to deal the discordant pictures that are at least as lopsided as this one."""
    n, larger = only_first + only_second, max(only_first, only_second)
    lopsided = [k for k in range(n + 1) if max(k, n - k) >= larger]
    return float(Fraction(sum(comb(n, k) for k in lopsided), 2**n))


# --- McNemar's exact test -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("only_first", "only_second", "p_value"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (1, 1, 1.0),
        (2, 0, 0.5),
        (5, 0, 2 / 32),
        (0, 6, 2 / 64),
        (1, 7, 2 * (1 + 8) / 256),
        (3, 9, 2 * (1 + 12 + 66 + 220) / 4096),
        (4, 4, 1.0),
    ],
)
def test_p_values_by_hand(only_first, only_second, p_value):
    assert mcnemar(only_first, only_second) == pytest.approx(p_value, rel=1e-12)


@many
@given(counts, counts)
@example(0, 0)
@example(60, 60)
@example(0, 120)
@example(61, 60)
def test_the_p_value_is_exact_and_symmetric(only_first, only_second):
    found = mcnemar(only_first, only_second)
    assert found == pytest.approx(exact(only_first, only_second), rel=1e-9)
    assert found == pytest.approx(mcnemar(only_second, only_first), rel=1e-12)
    assert 0.0 <= found <= 1.0


# --- the comparison -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kinds", [(90, 6, 1, 3), (0, 0, 7, 0), (5, 0, 0, 0), (0, 0, 0, 4), (1, 2, 3, 4)], ids=str)
def test_the_four_kinds_of_pictures(kinds):
    found = compare_paired(*answers(*kinds))
    assert (found.only_first, found.only_second) == kinds[1:3]
    assert found.difference == pytest.approx((kinds[1] - kinds[2]) / sum(kinds))
    assert found.p_value == pytest.approx(exact(kinds[1], kinds[2]))


@pytest.mark.parametrize(
    ("kinds", "difference", "p_value"),
    [((8, 0, 0, 2), 0.0, 1.0), ((0, 5, 0, 0), 1.0, 0.0625), ((0, 0, 5, 0), -1.0, 0.0625)],
    ids=["alike", "the first always", "the second always"],
)
def test_without_doubt_the_interval_has_no_width(kinds, difference, p_value):
    found = compare_paired(*answers(*kinds))
    assert (found.difference, found.low, found.high) == (difference, difference, difference)
    assert found.p_value == pytest.approx(p_value)


@many
@given(counts, counts, counts, st.integers(1, 120))
def test_turned_round(both, only_first, only_second, neither):
    first, second = answers(both, only_first, only_second, neither)
    there, back = compare_paired(first, second, draws=500), compare_paired(second, first, draws=500)
    assert there.low <= there.difference <= there.high
    assert -1.0 <= there.low <= there.high <= 1.0
    assert (back.only_first, back.only_second) == (only_second, only_first)
    assert back.difference == -there.difference
    assert back.p_value == pytest.approx(there.p_value, rel=1e-12)


def test_the_interval_is_that_of_drawing_pictures():
    """1,000 pictures drawn with replacement, 4,000 times; the same picture for both models."""
    first, second = answers(700, 150, 70, 80)
    rng = np.random.default_rng(8)
    differences = []
    for _ in range(4000):
        drawn = rng.integers(0, 1000, 1000)
        differences.append(first[drawn].mean() - second[drawn].mean())
    found = compare_paired(first, second)
    assert (found.low, found.high) == pytest.approx(np.quantile(differences, [0.025, 0.975]), abs=0.0025)


def test_the_interval_is_that_of_the_normal_law_where_pictures_are_many():
    found = compare_paired(*answers(9000, 400, 300, 300), draws=40_000)
    spread = 1.96 * np.sqrt((0.04 + 0.03 - 0.01**2) / 10_000)
    assert (found.low, found.high) == pytest.approx((0.01 - spread, 0.01 + spread), abs=0.0003)


def test_equal_seeds_give_equal_intervals():
    case = answers(700, 150, 70, 80)
    assert compare_paired(*case, seed=5, draws=300) == compare_paired(*case, seed=5, draws=300)
    assert compare_paired(*case) == compare_paired(*case, seed=1, draws=10_000)
    intervals = {(found.low, found.high) for found in (compare_paired(*case, seed=s, draws=300) for s in range(5))}
    assert len(intervals) > 1


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 3), (3, 0), (3, 2), (1, 2)])
def test_lengths_that_do_not_belong_together(first, second):
    with pytest.raises(ValueError, match=f"got {first} and {second}"):
        compare_paired(np.ones(first, bool), np.ones(second, bool))
