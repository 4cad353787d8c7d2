"""Dates with slashes between day, month and year, which nets of digits read as a 1 or a 7, or pass over.

In and out: rules and texts. Knows nothing of probabilities.
"""

from itertools import groupby, islice, product

from hdr.decode.patterns import matches
from hdr.decode.rules import Rule

READ_AS = ("", "1", "7")
"""What a slash is read as."""
_READ = "[17]"
"""A slash that is read as a digit, in the language of patterns."""


def slashed(rule: Rule) -> Rule | None:
    """A rule for what is read where a date has slashes, be it of the calendar or not; None for what is no date."""
    return Rule(pattern="|".join(_patterns(rule))) if rule.kind == "date" else None


def meaning(text: str, rule: Rule) -> str:
    """The date that a text may stand for with slashes read as digits; the text itself where it stands for none.

    Args:
        text: What was read.
        rule: Of a date, or any other.
    """
    for pattern in _patterns(rule):
        if matches(pattern, text):
            places = pattern.replace(_READ, "/")
            date = "".join(digit for digit, place in zip(text, places, strict=True) if place == "#")
            if rule.complaint(date) is None:
                return date
    return text


def spellings(text: str, rule: Rule) -> list[str]:
    """All that may be read where a text is meant, itself first; more than that for the dates of a rule alone."""
    if rule.kind != "date" or not text or rule.complaint(text) is not None:
        return [text]
    digits = iter(text)
    first, second, third = ("".join(islice(digits, len(part))) for part in _parts(rule))
    return [f"{first}{one}{second}{other}{third}" for one, other in product(READ_AS, repeat=2)]


def _patterns(rule: Rule) -> list[str]:
    """Of a date with both of its slashes read as digits, the first alone and the second; of what is no date none."""
    if rule.kind != "date":
        return []
    first, second, third = _parts(rule)
    return [f"{first}{one}{second}{other}{third}" for one, other in ((_READ, _READ), (_READ, ""), ("", _READ))]


def _parts(rule: Rule) -> list[str]:
    """Day, month and year of a date in its order, a # for each digit."""
    return ["#" * len(list(same)) for _, same in groupby(rule.date_format)]
