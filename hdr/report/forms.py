"""What was read of forms, as a table with a line for each form and a column for each field, and as JSON with boxes.

Comes in as the records that a batch of forms keeps, by file name; a record with `problem` is that of a page on which
the form could not be read.
"""

import json
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from hdr.errors import SettingsError
from hdr.form_check import doubts
from hdr.report.tables import Cell, table_as_csv, table_as_xlsx

_OWN = ("form", "least sure", "unsure fields", "problem")


def form_table(forms: Mapping[str, dict[str, Any]]) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """One line for each form: its fields, the lowest confidence, how many fields are unsure, and each confidence.

    Args:
        forms: Records by name: `fields` is a list of dicts with `name`, `text`, `unruled`, `confidence` and
            `complaint`; `looked_at` may name those on which a person has had the last word: they count as certain,
            and as unsure only where they have a complaint still.

    Returns:
        The header, of which no two are alike, and the lines, for `table_as_csv` and `table_as_xlsx`.
    """
    titles = tuple(dict.fromkeys(field["name"] for record in forms.values() for field in record.get("fields", ())))
    fields = _headings(titles)
    header = (_OWN[0], *fields, *_OWN[1:], *(f"{heading}: sure" for heading in fields))
    return header, [_line(name, record, titles) for name, record in forms.items()]


def _headings(titles: Iterable[str]) -> list[str]:
    """The fields' names, with a number where another column is called that, as of a field named `form`."""
    taken, headings = set(_OWN), []
    for title in titles:
        names = (title if number == 1 else f"{title} ({number})" for number in count(1))
        heading = next(name for name in names if not {name, f"{name}: sure"} & taken)
        taken |= {heading, f"{heading}: sure"}
        headings.append(heading)
    return headings


def forms_as_json(forms: Mapping[str, dict[str, Any]]) -> str:
    """JSON that maps each form's name to its record; forms that could not be read are left out."""
    return json.dumps({name: record for name, record in forms.items() if "problem" not in record}, indent=2)


def forms_as_file(kind: str, forms: Mapping[str, dict[str, Any]]) -> bytes:
    """The content of a file: CSV or Excel with a line for each form, or JSON with boxes.

    Raises:
        SettingsError: There is no such kind, or what was read does not fit into it.
    """
    match kind:
        case ".csv":
            return table_as_csv(*form_table(forms)).encode()
        case ".xlsx":
            return table_as_xlsx(*form_table(forms))
        case ".json":
            return forms_as_json(forms).encode()
    raise SettingsError(f"A file of what was read of forms ends in .csv, .xlsx or .json, not in {kind or 'nothing'!r}.")


def _line(name: str, record: dict[str, Any], titles: tuple[str, ...]) -> tuple[Cell, ...]:
    found = {field["name"]: field for field in record.get("fields", ())}
    looked_at = record.get("looked_at", ())
    known = {title: 1.0 if title in looked_at else field["confidence"] for title, field in found.items()}
    return (
        name,
        *(found[title]["text"] if title in found else None for title in titles),
        min(known.values(), default=None),
        sum(_is_unsure(field, title in looked_at) for title, field in found.items()) if found else None,
        record.get("problem"),
        *(known.get(title) for title in titles),
    )


def _is_unsure(field: dict[str, Any], looked_at: bool) -> bool:
    if looked_at:
        return bool(field["complaint"])
    return bool(doubts(field["text"], field["unruled"], field["confidence"], field["complaint"]))
