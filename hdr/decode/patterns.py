"""The small language of patterns: which digit may stand at which place.

    7        this digit                     #, d    any digit
    [1-9]    one of these, also [024] and [0-37]      #{6}    six times what stands before
    19##|20##    one or the other

A pattern says the length, too. It is taken apart here, never run as a regular expression.
"""

from functools import lru_cache

from hdr.errors import SettingsError

Places = tuple[frozenset[int], ...]
LONGEST_PATTERN = 120
"""Characters of a pattern at most."""
MOST_FIELD_DIGITS = 40
"""Digits that any number of a form may have."""
_DIGITS = "0123456789"
_ANY = frozenset(range(10))


@lru_cache(maxsize=256)
def parse_pattern(pattern: str) -> tuple[Places, ...]:
    """The alternatives of a pattern, each the digits allowed at every place.

    Raises:
        SettingsError: It is not of this language; the message says where.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise SettingsError(f"A pattern has at most {LONGEST_PATTERN} characters, this one has {len(pattern)}.")
    return tuple(_parse_places(part, pattern) for part in pattern.split("|"))


def matches(pattern: str, text: str) -> bool:
    """Whether digits fit a pattern."""
    return any(
        len(places) == len(text) and all(int(digit) in place for digit, place in zip(text, places, strict=True))
        for places in parse_pattern(pattern)
    )


def _parse_places(part: str, pattern: str) -> Places:
    places: list[frozenset[int]] = []
    rest = part.replace(" ", "")
    while rest:
        if rest[0] == "{" and places:
            count, rest = _parse_count(rest, pattern)
            places += [places[-1]] * (count - 1)
        else:
            place, rest = _parse_place(rest, pattern)
            places.append(place)
        if len(places) > MOST_FIELD_DIGITS:
            raise _fault(pattern, f"it stands for more than {MOST_FIELD_DIGITS} digits")
    if not places:
        raise _fault(pattern, "an alternative is empty")
    return tuple(places)


def _parse_place(rest: str, pattern: str) -> tuple[frozenset[int], str]:
    if rest[0] in "#d":
        return _ANY, rest[1:]
    if rest[0] in _DIGITS:
        return frozenset({int(rest[0])}), rest[1:]
    if rest[0] == "[" and "]" in rest:
        inside, _, rest = rest[1:].partition("]")
        return _parse_class(inside, pattern), rest
    raise _fault(pattern, f"{rest[0]!r} is not understood there")


def _parse_class(inside: str, pattern: str) -> frozenset[int]:
    digits: set[int] = set()
    rest = inside
    while rest:
        is_range = rest[1:2] == "-"
        first, last = rest[0], rest[2:3] if is_range else rest[0]
        if first not in _DIGITS or not last or last not in _DIGITS or first > last:
            raise _fault(pattern, f"[{inside}] does not list digits")
        digits.update(range(int(first), int(last) + 1))
        rest = rest[3 if is_range else 1 :]
    if not digits:
        raise _fault(pattern, "[] allows no digit")
    return frozenset(digits)


def _parse_count(rest: str, pattern: str) -> tuple[int, str]:
    inside, closed, rest = rest[1:].partition("}")
    if not closed or len(inside) not in (1, 2) or any(c not in _DIGITS for c in inside) or int(inside) == 0:
        raise _fault(pattern, "{ } must hold a number from 1 on")
    return int(inside), rest


def _fault(pattern: str, what: str) -> SettingsError:
    return SettingsError(
        f"The pattern {pattern!r} cannot be used: {what}. Write digits, # for any digit, [1-9] for a choice, "
        "#{6} for six of them, | between alternatives."
    )
