"""The fields of a form as the lines of a table that a person edits, and as boxes on a canvas; and back.

A `FieldRow` holds what stands in the table's cells, right or wrong. What is impossible is refused with a sentence when
the line becomes a field.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hdr.decode.checks import CHECKS
from hdr.decode.rules import DATE_FORMATS, KINDS, Rule
from hdr.errors import SettingsError
from hdr.results import Box
from hdr.store.templates import MOST_CELLS, MOST_FIELDS, Field, Template, Total

_SPAN = re.compile(r"\s*(\d{0,41})\s*(?:-|–|to)\s*(\d{0,41})\s*")
_SMALLEST = 4
"""Side in pixels of the smallest box that counts as one."""


@dataclass(frozen=True)
class FieldRow:
    """One line of the table.

    Attributes:
        name: What a person calls the field.
        box: Where it lies on the scan, pixels.
        kind: One of the titles in `KINDS`.
        digits: How many, `4` or `2-6`; empty for any number.
        values: From the smallest to the largest, `0-100`, `10-` or `-100`; empty for any.
        check: Title of a check digit; empty for none.
        pattern: In the language of `hdr.decode.patterns`; empty for any.
        cells: Number of single-digit boxes, or of a column's rows.
        date: How a date is written; empty where it is none.
        needed: Whether it must not be empty.
        sum_of: Names of the fields that add up to it; none where it is no total.
    """

    name: str
    box: Box
    kind: str = KINDS["number"]
    digits: str = ""
    values: str = ""
    check: str = ""
    pattern: str = ""
    cells: int = 0
    date: str = ""
    needed: bool = False
    sum_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawn:
    """A box on the canvas, in pixels of the scan, with its label."""

    label: str
    box: Box


def rows_of(template: Template) -> list[FieldRow]:
    """The lines of a stored template."""
    totals = {total.field: total.parts for total in template.totals}
    return [row_of(field, totals.get(field.name, ())) for field in template.fields]


def found_rows(found: Sequence[tuple[Box, int]], size: tuple[int, int]) -> list[FieldRow]:
    """Lines for what was found on a scan: boxes with their numbers of cells.

    Args:
        found: As `hdr.vision.fields` gives them; more than a template holds are left out.
        size: (width, height) of the scan, pixels.
    """
    rows: list[FieldRow] = []
    for place, cells in found[:MOST_FIELDS]:
        box = _within(place, size)
        across = box[2] > box[3]
        kind = KINDS["number" if not cells else "boxes" if across else "column"]
        if min(box[2:]) >= _SMALLEST:
            rows.append(FieldRow(free_name(rows), box, kind, cells=min(cells, MOST_CELLS)))
    return rows


def row_of(field: Field, parts: tuple[str, ...] = ()) -> FieldRow:
    """The line of a field whose total is the sum of some parts, or of none."""
    rule = field.rule
    return FieldRow(
        field.name,
        field.box,
        KINDS[rule.kind],
        _digits_in_words(rule.lengths),
        "" if rule.low is None and rule.high is None else f"{_shown(rule.low)}-{_shown(rule.high)}",
        CHECKS[rule.check].title if rule.check else "",
        rule.pattern,
        field.cells,
        rule.date_format,
        rule.required,
        parts,
    )


def field_of(row: FieldRow) -> Field:
    """The field that a line asks for.

    Raises:
        SettingsError: It is impossible; the message says why.
    """
    kind = _key(row.kind, KINDS, "kind")
    low, high = _read_values(row.values)
    rule = Rule(
        kind=kind,
        lengths=_read_digits(row.digits),
        low=low,
        high=high,
        pattern=row.pattern.strip(),
        check=_key(row.check, {key: check.title for key, check in CHECKS.items()}, "check digit") if row.check else "",
        date_format=(row.date or DATE_FORMATS[0]) if kind == "date" else "",
        required=row.needed,
    )
    return Field(row.name.strip(), row.box, rule, row.cells)


def problems(rows: Sequence[FieldRow]) -> dict[str, str]:
    """Why fields are refused, by their names; empty where all are right."""
    found = {}
    for row in rows:
        try:
            field_of(row)
        except SettingsError as error:
            found[row.name] = str(error)
    return found


def template_of(name: str, rows: Sequence[FieldRow], size: tuple[int, int], reference: bytes) -> Template:
    """A template of the table's lines.

    Args:
        name: Of the template.
        rows: One or more.
        size: (width, height) of the scan, pixels.
        reference: The scan's file, PNG or JPEG.

    Raises:
        SettingsError: A field, a total or the name is impossible.
    """
    fields = tuple(field_of(row) for row in rows)
    totals = tuple(Total(row.name.strip(), row.sum_of) for row in rows if row.sum_of)
    return Template(name, size, fields, totals, reference)


def follow_canvas(
    rows: Sequence[FieldRow], drawn: Sequence[Drawn], size: tuple[int, int], slack: float
) -> list[FieldRow]:
    """The lines after something was drawn, moved, relabelled or removed on the canvas.

    Args:
        rows: The lines before.
        drawn: All boxes on the canvas.
        size: (width, height) of the scan, pixels.
        slack: Pixels by which a box may seem to move although nobody moved it.

    Returns:
        The old lines in their order, then those of new boxes. A line keeps its exact box where it was not moved.
    """
    left = list(range(len(rows)))
    kept: dict[int, FieldRow] = {}
    new: list[Drawn] = []
    for one in drawn:
        box = _within(one.box, size)
        if min(box[2:]) < max(_SMALLEST, slack):
            continue
        index = _same(rows, left, replace(one, box=box), slack)
        if index is None:
            new.append(Drawn(one.label, box))
            continue
        left.remove(index)
        moved = not _near(rows[index].box, box, slack)
        kept[index] = replace(rows[index], name=one.label or rows[index].name, box=box if moved else rows[index].box)
    result = follow_names([kept[index] for index in sorted(kept)], [rows[index].name for index in sorted(kept)])
    for one in new:
        taken = not one.label or any(row.name == one.label for row in result)
        result.append(FieldRow(free_name(result) if taken else one.label, one.box))
    return result


def follow_names(rows: Sequence[FieldRow], before: Sequence[str]) -> list[FieldRow]:
    """The lines with sums that name their parts as they are called now; of parts that are gone nothing stays.

    Args:
        rows: The lines.
        before: What each of them was called before.
    """
    now = {old: row.name for old, row in zip(before, rows, strict=True)} | {row.name: row.name for row in rows}
    return [replace(row, sum_of=tuple(now[part] for part in row.sum_of if part in now)) for row in rows]


def free_name(rows: Sequence[FieldRow]) -> str:
    """A name for the next field."""
    names = {row.name for row in rows}
    return next(name for number in range(1, len(rows) + 2) if (name := f"field {number}") not in names)


def as_place(box: Box) -> str:
    """A box as the table shows it."""
    return ", ".join(str(side) for side in box)


def read_place(text: str, size: tuple[int, int]) -> Box | None:
    """A box that a person has typed, kept within the scan; None where it is none."""
    numbers = re.findall(r"\d+", text)
    if len(numbers) != 4 or any(len(number) > 5 for number in numbers):
        return None
    x, y, width, height = map(int, numbers)
    return _within((x, y, width, height), size)


def _same(rows: Sequence[FieldRow], left: list[int], one: Drawn, slack: float) -> int | None:
    """The line that a box belongs to: by name and place, else by name, else by place."""
    named = [index for index in left if rows[index].name == one.label]
    near = [index for index in left if _near(rows[index].box, one.box, slack)]
    both = [index for index in named if index in near]
    return next(iter([*both, *named, *near]), None)


def _near(box: Box, other: Box, slack: float) -> bool:
    return all(abs(side - another) <= slack for side, another in zip(box, other, strict=True))


def _within(box: Box, size: tuple[int, int]) -> Box:
    x, y = min(max(0, box[0]), size[0]), min(max(0, box[1]), size[1])
    right, bottom = min(max(x, box[0] + box[2]), size[0]), min(max(y, box[1] + box[3]), size[1])
    return x, y, right - x, bottom - y


def _key(title: str, titles: dict[str, str], what: str) -> str:
    for key, known in titles.items():
        if title == known:
            return key
    raise SettingsError(f"The {what} is one of {', '.join(titles.values())}, not {title!r}.")


def _read_digits(text: str) -> tuple[int, int] | None:
    if not text.strip():
        return None
    span = _SPAN.fullmatch(text)
    numbers = span.groups() if span else (text.strip(), text.strip())
    if not all(number.isdecimal() and len(number) < 4 for number in numbers):
        raise SettingsError(f"Write the number of digits as 4 or as 2-6, not {text[:20]!r}.")
    return int(numbers[0]), int(numbers[1])


def _read_values(text: str) -> tuple[int | None, int | None]:
    if not text.strip():
        return None, None
    span = _SPAN.fullmatch(text)
    if span is None or not any(span.groups()):
        raise SettingsError(f"Write the values as 0-100, 10- or -100, not {text[:20]!r}.")
    low, high = (int(number) if number else None for number in span.groups())
    return low, high


def _digits_in_words(lengths: tuple[int, int] | None) -> str:
    if lengths is None:
        return ""
    return str(lengths[0]) if lengths[0] == lengths[1] else f"{lengths[0]}-{lengths[1]}"


def _shown(bound: int | None) -> str:
    return "" if bound is None else str(bound)
