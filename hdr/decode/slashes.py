"""Dates with slashes between day, month and year, which nets of digits read as a 1 or a 7, or now and then pass over.

In and out: rules and texts. What is read may stand for several dates: 231112018 is 23/1/2018, or 23/11/2018 with its
second slash passed over. Knows nothing of probabilities of digits.
"""

from itertools import groupby, product

from hdr.decode.patterns import matches
from hdr.decode.rules import Rule

SLASH, READ_AS = "/", "17"
"""What stands between the parts of a date, and the digits that it is read as."""
PASSED_OVER = 0.5
"""How likely, beside all else that may be read, it is that a net passes over one of the two slashes."""


def slashed(rule: Rule) -> Rule | None:
    """A rule for what is read where a date has slashes, be it of the calendar or not; None for what is no date."""
    return Rule(pattern="|".join(map(_pattern, _ways(rule)))) if rule.kind == "date" else None


def meanings(text: str, rule: Rule) -> list[str]:
    """The dates that a text may stand for that was read with slashes; the text itself where it stands for none.

    Args:
        text: What was read.
        rule: Of a date, or any other.
    """
    if rule.kind != "date":
        return [text]
    dates = {_date(text, way, rule) for way in _ways(rule) if matches(_pattern(way), text)}
    return sorted(date for date in dates if rule.complaint(date) is None) or [text]


def spellings(text: str, rule: Rule) -> dict[str, float]:
    """All that may be read where a text is meant, and how likely that is beside the text itself.

    Of a date these are the same with slashes, also where its day or its month stands without its 0; of other texts only
    they themselves.
    """
    found = {text: 1.0}
    if rule.kind == "date" and text and rule.complaint(text) is None:
        for way, likely in _ways(rule).items():
            written = _written(text, way, rule)
            for read in product(READ_AS, repeat=way.count(SLASH)) if written else ():
                digits = iter(read)
                found["".join(next(digits) if place == SLASH else place for place in written)] = likely
    return found


def _ways(rule: Rule) -> dict[str, float]:
    """How a date may be written for a net: with both slashes, one that it passes over, no 0 before day or month."""
    first, second, third = _parts(rule)
    whole = SLASH.join((first, second, third))
    passed_over = {f"{first}{SLASH}{second}{third}": PASSED_OVER, f"{first}{second}{SLASH}{third}": PASSED_OVER}
    return {whole: 1.0} | passed_over | {whole.replace(letter * 2, letter): 1.0 for letter in "DM"}


def _parts(rule: Rule) -> list[str]:
    """The letters of day, month and year in the order of a date's format."""
    return ["".join(same) for _, same in groupby(rule.date_format)]


def _pattern(way: str) -> str:
    return "".join(f"[{READ_AS}]" if place == SLASH else "#" for place in way)


def _date(text: str, way: str, rule: Rule) -> str:
    """The digits of a text that was written in a way, without slashes and with every 0."""
    pairs = list(zip(text, way, strict=True))
    return "".join(
        "".join(digit for digit, place in pairs if place == part[0]).zfill(len(part)) for part in _parts(rule)
    )


def _written(date: str, way: str, rule: Rule) -> str:
    """A date in a way, with its slashes; empty where a digit that is no 0 would be lost."""
    digits = dict.fromkeys(way, "")
    for digit, letter in zip(date, rule.date_format, strict=True):
        digits[letter] += digit
    short = [letter for letter in "DM" if way.count(letter) < len(digits[letter])]
    if any(digits[letter][0] != "0" for letter in short):
        return ""
    left = {letter: iter(text[-way.count(letter) :]) for letter, text in digits.items()}
    return "".join(SLASH if place == SLASH else next(left[place]) for place in way)
