"""A rule as a table that a decoder can follow digit by digit: from each state, where each digit leads.

In: a `Rule`. Out: an `Automaton`, whose texts are exactly those that the rule has no complaint about, the empty one
aside. Knows nothing of probabilities.
"""

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr.decode.checks import CHECKS
from hdr.decode.patterns import MOST_FIELD_DIGITS, parse_pattern
from hdr.decode.rules import Rule
from hdr.errors import SettingsError

MOST_STATES = 6_000
"""States beyond which a rule is refused as too large to follow."""
State = Any
_LEAP = 2000
"""A leap year, to stand for all of them."""


@dataclass(frozen=True, eq=False)
class Automaton:
    """States are numbered from 0, the first one.

    Attributes:
        table: int32 (S, 10), the state after each digit; -1 where no text of the rule goes on so.
        accepts: bool (S,), whether a text may end there.
    """

    table: NDArray[np.int32]
    accepts: NDArray[np.bool_]


@dataclass(frozen=True)
class _Part:
    """One demand of a rule as an automaton of its own: a step gives None where no text goes on."""

    start: State
    step: Callable[[State, int], State | None]
    ends: Callable[[State], bool]


@lru_cache(maxsize=128)
def automaton_of(rule: Rule) -> Automaton:
    """The table of a rule; kept, for making one can take a tenth of a second.

    Raises:
        SettingsError: No text satisfies the rule, or its parts together make too many states.
    """
    parts = tuple(_parts(rule))
    starts = tuple(part.start for part in parts)
    numbers: dict[tuple[State, ...], int] = {starts: 0}
    rows: list[list[int]] = []
    queue = [starts]
    for state in queue:
        rows.append([-1] * 10)
        for digit in range(10):
            after = _step(parts, state, digit)
            if after is None:
                continue
            if after not in numbers:
                numbers[after] = len(numbers)
                queue.append(after)
            rows[-1][digit] = numbers[after]
        if len(numbers) > MOST_STATES:
            raise SettingsError("The field's rule is too involved to be followed. Use a shorter length or no range.")
    accepts = np.array([all(p.ends(s) for p, s in zip(parts, state, strict=True)) for state in queue])
    accepts[0] = False
    return _trimmed(np.array(rows, np.int32), accepts)


def _step(parts: tuple[_Part, ...], state: tuple[State, ...], digit: int) -> tuple[State, ...] | None:
    after = []
    for part, own in zip(parts, state, strict=True):
        following = part.step(own, digit)
        if following is None:
            return None
        after.append(following)
    return tuple(after)


def _trimmed(table: NDArray[np.int32], accepts: NDArray[np.bool_]) -> Automaton:
    """Cut the ways that lead to no end, so that a decoder never follows them."""
    alive = accepts.copy()
    while True:
        reaching = alive | ((table >= 0) & alive[table]).any(axis=1)
        if (reaching == alive).all():
            break
        alive = reaching
    if not alive[0]:
        raise SettingsError(
            "No text satisfies the field's rule: its length, range, pattern or check exclude each other."
        )
    return Automaton(np.where((table >= 0) & alive[table], table, -1).astype(np.int32), accepts)


def _parts(rule: Rule) -> Iterator[_Part]:
    if rule.kind == "date":
        yield _date(rule)
    else:
        least, most = rule.span
        yield _length(least, most, counted=(least, most) != (1, MOST_FIELD_DIGITS))
        if rule.low is not None or rule.high is not None:
            yield _range(rule.low or 0, rule.high, least, most)
        if rule.check:
            yield _check(rule.check)
    if rule.pattern:
        yield _pattern(rule.pattern)


def _length(least: int, most: int, *, counted: bool) -> _Part:
    if not counted:
        return _Part(0, lambda _, __: 1, lambda _: True)
    return _Part(0, lambda n, _: n + 1 if n < most else None, lambda n: least <= n)


def _check(name: str) -> _Part:
    check = CHECKS[name]
    return _Part(
        (0, check.start),
        lambda state, digit: (min(2, state[0] + 1), check.step(state[1], digit)),
        lambda state: state[0] == 2 and check.holds(state[1]),
    )


def _pattern(pattern: str) -> _Part:
    """The state: how many digits there were, and which alternatives still fit."""
    alternatives = parse_pattern(pattern)

    def step(state: State, digit: int) -> State | None:
        at, open_ = state
        left = tuple(i for i in open_ if at < len(alternatives[i]) and digit in alternatives[i][at])
        return (at + 1, left) if left else None

    return _Part(
        (0, tuple(range(len(alternatives)))),
        step,
        lambda state: any(len(alternatives[i]) == state[0] for i in state[1]),
    )


def _range(low: int, high: int | None, least: int, most: int) -> _Part:
    """The state: how many digits there were, and for every length that the number may have, how it compares so far."""
    bounds = {}
    for length in range(least, most + 1):
        if low < 10**length:
            top = min(10**length - 1, high if high is not None else 10**length)
            bounds[length] = (f"{low:0{length}d}", f"{top:0{length}d}")

    def step(state: State, digit: int) -> State | None:
        at, open_ = state
        left = []
        for length, above, below in open_:
            if at == length:
                continue
            first, last = (int(bound[at]) for bound in bounds[length])
            if (above or digit >= first) and (below or digit <= last):
                left.append((length, above or digit > first, below or digit < last))
        return (at + 1, tuple(left)) if left else None

    start = (0, tuple((length, False, False) for length in bounds))
    return _Part(start, step, lambda state: any(length == state[0] for length, _, _ in state[1]))


def _date(rule: Rule) -> _Part:
    """The state: how many digits there were, and of day, month and year what still matters."""
    form = rule.date_format

    def step(state: State, digit: int) -> State | None:
        at, values = state
        if at == len(form):
            return None
        letter = "DMY".index(form[at])
        changed = tuple(10 * v + digit if i == letter and v is not None else v for i, v in enumerate(values))
        return _reduced(rule, at + 1, changed)

    return _Part((0, (0, 0, 0)), step, lambda state: state[0] == len(form))


def _reduced(rule: Rule, at: int, values: tuple[int, ...]) -> State | None:
    """None where the calendar has no such day; what decides nothing more is forgotten."""
    form = rule.date_format
    day, month, year = values
    has_day, has_month, has_year = (letter not in form[at:] for letter in "DMY")
    if (has_day and not 1 <= day <= 31) or (has_month and not 1 <= month <= 12):
        return None
    if form[at - 1] == "Y" and "YYYY" in form and not _may_be_year(year, form[:at].count("Y"), rule.years):
        return None
    if form[at - 1] == "Y" and has_year and (year := rule.full_year(year)) < rule.years[0]:
        return None
    if has_day and has_month and day > calendar.monthrange(year if has_year else _LEAP, month)[1]:
        return None
    if has_day and has_month and (day, month) != (29, 2):
        day, month = 1, 1
    if has_year:
        year = _LEAP if calendar.isleap(year) else _LEAP + 1
    return at, (day, month, year)


def _may_be_year(prefix: int, digits: int, years: tuple[int, int]) -> bool:
    unit = 10 ** (4 - digits)
    return prefix * unit <= years[1] and (prefix + 1) * unit > years[0]
