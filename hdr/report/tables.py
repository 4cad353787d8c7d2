"""Tables as CSV and Excel: a header and lines of cells. Knows nothing of what stands in them.

Names of files come from strangers, and a spreadsheet takes a text that begins with `=` for a formula. In CSV such a
text gets an apostrophe before it; in Excel files every text is stored as text.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hdr.errors import SettingsError

Cell = str | int | float | bool | None
Table = tuple[Sequence[str], Iterable[Sequence[Cell]]]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_MOST_LINES, _LONGEST_TEXT = 1_048_576, 32_767
"""Of a sheet and of a cell, from Excel's specification."""


def table_as_csv(header: Sequence[str], lines: Iterable[Sequence[Cell]]) -> str:
    """CSV; what could be taken for a formula is defused, None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([defused(title) for title in header])
    writer.writerows([defused(cell) for cell in line] for line in lines)
    return out.getvalue()


def table_as_xlsx(header: Sequence[str], lines: Iterable[Sequence[Cell]], name: str = "Table") -> bytes:
    """An Excel file with one sheet; texts stay texts with their leading zeros, None is an empty cell.

    Raises:
        SettingsError: There are more lines than a sheet holds.
    """
    return tables_as_xlsx({name: (header, lines)})


def tables_as_xlsx(tables: Mapping[str, Table]) -> bytes:
    """An Excel file with a sheet for each table; only one line at a time is in memory.

    Args:
        tables: Header and lines by the sheet's name, which has at most 31 characters.

    Raises:
        SettingsError: There are more lines than a sheet holds.
    """
    import xlsxwriter  # type: ignore[import-untyped]

    out = io.BytesIO()
    safe = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, safe) as book:
        bold = book.add_format({"bold": True})
        for name, (header, lines) in tables.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, 0, 30)
            _write_line(sheet, 0, header, bold)
            for number, line in enumerate(lines, 1):
                _write_line(sheet, number, line)
    return out.getvalue()


def defused(cell: Cell) -> Cell:
    """The cell, with an apostrophe before a text that a spreadsheet could take for a formula; CR becomes a blank."""
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r", " ")  # which Python's writer does not put into quotes
    return f"'{text}" if cell.startswith(_FORMULA) else text


def _write_line(sheet: Any, number: int, line: Sequence[Cell], style: Any = None) -> None:
    if number >= _MOST_LINES:
        raise SettingsError(f"An Excel sheet holds {_MOST_LINES:,} lines, there are more. Choose CSV.")
    for column, cell in enumerate(line):
        match cell:
            case None | "":
                continue
            case bool():
                sheet.write_boolean(number, column, cell, style)
            case int() | float():
                sheet.write_number(number, column, cell, style)
            case _:
                sheet.write_string(number, column, cell[:_LONGEST_TEXT], style)
