"""What is to be said of the texts in a form's fields: rules that they break, sums that do not come out, doubts.

Rules and sums are the same whether a machine read the texts or a person typed them.
"""

from collections.abc import Mapping

from hdr.decode.patterns import MOST_FIELD_DIGITS
from hdr.decode.totals import value_of
from hdr.results import UNSURE
from hdr.store.templates import MOST_CELLS, Field, Template, Total

_WORTHLESS = 0.01
"""Confidence below which a complaint says all there is to say."""
_LONGEST = MOST_CELLS * (MOST_FIELD_DIGITS + 1)
"""Characters of a value: a column full of the longest numbers."""


def complaints(template: Template, texts: Mapping[str, str]) -> dict[str, str]:
    """Why texts cannot be right, by the names of their fields; fields without a fault are left out.

    Args:
        template: The form.
        texts: Of every field; rows of a column are joined by `/`, an empty box between digits is a space.
    """
    faults: dict[str, str] = {}
    for total in template.totals:
        faults |= _wrong_sum(total, texts)
    broken = {field.name: _broken_rule(field, texts[field.name]) for field in template.fields}
    return faults | {name: fault for name, fault in broken.items() if fault}


def impossible(field: Field, text: str) -> str | None:
    """Why a text is no value of a field of that kind, be it a right or a wrong one; None where it may be one.

    Args:
        field: The field.
        text: What a person typed; rows of a column are joined by `/`, an empty box between digits is a space.
    """
    between = {"column": "/", "boxes": " "}.get(field.rule.kind, " " if field.cells else "")
    strange = "".join(dict.fromkeys(letter for letter in text if letter not in f"0123456789{between}"))
    if strange:
        also = ", with / between the numbers of its rows" if between == "/" else ""
        return f"{field.name} takes digits alone{also}: {strange[:10]!r} cannot stand there."
    if len(text) > _LONGEST:
        return f"{field.name} takes {_LONGEST:,} characters at most, not {len(text):,}."
    return None


def doubts(text: str, unruled: str, confidence: float, complaint: str | None) -> list[str]:
    """Why a person should look at what was read of a field, a sentence each; none where it is sure.

    Args:
        text: What was read under the field's rule.
        unruled: What was read without it.
        confidence: Of the text, 0..1.
        complaint: What `complaints` says of the field; None or empty where all is well.
    """
    found = [complaint] if complaint else []
    if confidence < UNSURE and not (complaint and confidence < _WORTHLESS):
        found.append(f"Only {confidence:.0%} sure.")
    if unruled != text:
        found.append(f"Without its rule it reads {unruled or 'nothing'}.")
    return found


def _broken_rule(field: Field, text: str) -> str | None:
    if " " in text:
        return "A box between digits is empty."
    parts = (field.rule.complaint(part) for part in text.split("/") if part or not text)
    return next((found for found in parts if found), None)


def _wrong_sum(total: Total, texts: Mapping[str, str]) -> dict[str, str]:
    """The faults of a total and its parts; none where it comes out, or nothing is written."""
    said = texts[total.field]
    numbers = [part for name in total.parts for part in texts[name].split("/")]
    added = sum(value_of(part) for part in numbers)
    if value_of(said) == added or not (said or any(numbers)):
        return {}
    claim = f"It says {value_of(said)}" if said else "It is empty"
    faults = dict.fromkeys(total.parts, f"The total in {total.field} does not come out.")
    return faults | {total.field: f"{claim}, but its parts add up to {added}."}
