"""What was read, as files that other programs take: JSON by picture, CSV and Excel by row of writing and by digit.

Comes in as pages, or as the records that a batch keeps of them, by file name; a record with `problem` is that of a file
that could not be read. Where and how the files are written is the caller's business.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hdr.errors import SettingsError
from hdr.report.forms import form_table, forms_as_file, forms_as_json
from hdr.report.pictures import as_pdf
from hdr.report.tables import Cell, table_as_csv, table_as_xlsx, tables_as_xlsx
from hdr.results import Page

__all__ = [
    "COLUMNS",
    "KINDS",
    "Readings",
    "Record",
    "as_csv",
    "as_file",
    "as_json",
    "as_pdf",
    "as_xlsx",
    "digit_lines",
    "form_table",
    "forms_as_file",
    "forms_as_json",
    "page_record",
    "row_table",
    "table_as_csv",
    "table_as_xlsx",
]

COLUMNS = (
    "file",
    "model",
    "row",
    "group",
    "position",
    "digit",
    "confidence",
    "unsure",
    "reason",
    "x",
    "y",
    "width",
    "height",
)
KINDS = (".csv", ".xlsx", ".json", ".pdf")
"""Files that `as_file` makes, by the end of their names."""
ROW_COLUMNS = ("file", "row", "text", "confidence", "unsure", "problem")

Record = dict[str, Any]
Readings = Mapping[str, Page | Record]


def page_record(page: Page) -> Record:
    """A page as JSON holds it, complete but for its pictures: what is kept of a batch, and what all files are made of.

    Returns:
        `text`, `rows`, `confidence` and `model` as `as_json` writes them, `size` and `seconds`, and `digits`, one dict
        for each with `row`, `group` and `position` from 1, `digit`, `confidence`, `unsure`, `reason` and `box`;
        `cells` are the texts of the groups by row, empty ones kept; `rivals`, with `row`, `group` and `text`, are
        other readings of groups on which two ways of reading disagree; `refused` are the boxes of marks taken for no
        digit.
    """
    return {
        "text": page.text,
        "rows": [row.text for row in page.rows if row.digits],
        "confidence": round(page.confidence, 4),
        "model": page.model,
        "size": list(page.size),
        "seconds": round(page.seconds, 4),
        "cells": [list(row.cells) for row in page.rows],
        "rivals": [
            {"row": i, "group": j, "text": rival}
            for i, row in enumerate(page.rows, 1)
            for j, rival in enumerate(row.rivals, 1)
            if rival is not None
        ],
        "digits": [
            {
                "row": i,
                "group": j,
                "position": k,
                "digit": digit.value,
                "confidence": round(digit.confidence, 4),
                "unsure": digit.unsure,
                "reason": digit.reason,
                "box": [int(side) for side in digit.box],
            }
            for i, row in enumerate(page.rows, 1)
            for j, group in enumerate(row.groups, 1)
            for k, digit in enumerate(group, 1)
        ],
        "refused": [[int(side) for side in mark.box] for mark in page.refused],
    }


def as_json(pages: Readings, *, boxes: bool = False) -> str:
    """JSON that maps each file's name to `{"text", "rows", "confidence", "model"}`.

    Args:
        pages: What was read; files that could not be read are left out.
        boxes: Whether `size`, in pixels, `cells`, `rivals`, `digits` with their boxes and `refused` are written too.
    """
    keys = ("text", "rows", "confidence", "model", *(("size", "cells", "rivals", "digits", "refused") if boxes else ()))
    return json.dumps({name: {key: record.get(key) for key in keys} for name, record in _read(pages)}, indent=2)


def as_csv(pages: Readings) -> str:
    """CSV with a header and one line per digit; confidence 0..1, box in pixels of the picture."""
    return table_as_csv(COLUMNS, (tuple(line.values()) for line in _digit_lines(pages)))


def as_xlsx(pages: Readings) -> bytes:
    """An Excel file: a sheet with a line for each row of writing, tables as cells, and one with a line for each digit.

    Raises:
        SettingsError: There are more lines than a sheet holds.
    """
    return tables_as_xlsx(
        {"Rows": row_table(pages), "Digits": (COLUMNS, (tuple(line.values()) for line in _digit_lines(pages)))}
    )


def as_file(kind: str, pages: Readings, pictures: Iterable[bytes] = ()) -> bytes:
    """The content of a file: CSV with a line for each row of writing, Excel, JSON with boxes, or PDF.

    Args:
        kind: One of `KINDS`.
        pages: What was read.
        pictures: The pages with boxes, as JPEGs; a PDF is made of them.

    Raises:
        SettingsError: There is no such kind, or what was read does not fit into it.
    """
    match kind:
        case ".csv":
            return table_as_csv(*row_table(pages)).encode()
        case ".xlsx":
            return as_xlsx(pages)
        case ".json":
            return as_json(pages, boxes=True).encode()
        case ".pdf":
            return as_pdf(pictures)
    raise SettingsError(f"A file of what was read ends in {', '.join(KINDS)}, not in {kind or 'nothing'!r}.")


def digit_lines(pages: Readings) -> list[dict[str, Any]]:
    """One dict per digit with the keys `COLUMNS`, in reading order; rows, groups and positions count from 1."""
    return list(_digit_lines(pages))


def row_table(pages: Readings) -> tuple[tuple[str, ...], Iterator[tuple[Cell, ...]]]:
    """One line for each row of writing: its text, the confidence of its least sure digit, and its groups, cell by cell.

    A blank page and a file that could not be read have one line of their own.

    Returns:
        The header and the lines, for `table_as_csv` and `table_as_xlsx`.
    """
    widest = max((len(cells) for _, record in _records(pages) for cells in record.get("cells", ())), default=0)
    header = (*ROW_COLUMNS, *(f"cell {number}" for number in range(1, widest + 1)))
    return header, (line for name, record in _records(pages) for line in _row_lines(name, record))


def _row_lines(name: str, record: Record) -> Iterator[tuple[Cell, ...]]:
    if "problem" in record or not record["cells"]:
        yield name, None, None, None, None, record.get("problem")
        return
    for number, cells in enumerate(record["cells"], 1):
        digits = [digit for digit in record["digits"] if digit["row"] == number]
        text, lowest = " ".join(filter(None, cells)), min((digit["confidence"] for digit in digits), default=None)
        yield name, number, text, lowest, any(digit["unsure"] for digit in digits), None, *cells


def _digit_lines(pages: Readings) -> Iterator[dict[str, Any]]:
    for name, record in _read(pages):
        for digit in record["digits"]:
            values = (digit.get(key) for key in COLUMNS[2:9])
            yield dict(zip(COLUMNS, (name, record["model"], *values, *digit["box"]), strict=True))


def _records(pages: Readings) -> Iterable[tuple[str, Record]]:
    return ((name, page_record(page) if isinstance(page, Page) else page) for name, page in pages.items())


def _read(pages: Readings) -> Iterable[tuple[str, Record]]:
    return ((name, record) for name, record in _records(pages) if "problem" not in record)
