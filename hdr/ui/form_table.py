"""The result of a batch of forms: one table, a row a form, a column a field; on the page and as files."""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from hdr.report import as_pdf, table_as_csv, table_as_xlsx
from hdr.report.tables import Cell
from hdr.store.batches import Batch, Entry
from hdr.ui.downloads import EXCEL, Download, offer
from hdr.ui.form_results import Item
from hdr.ui.plain import count

Line = tuple[Cell, ...]
_AMBER, _SAID = "color: #c46a00; font-weight: 600", "color: #4a74e8; font-weight: 600"


def show_table(batch: Batch, entries: list[Entry], items: list[Item], pictures: Callable[[], Iterable[bytes]]) -> None:
    """The table with its downloads.

    Args:
        batch: Whose forms they are.
        entries: Its journal.
        items: All fields of all forms.
        pictures: Gives the scans with what was read drawn on them, as JPEGs.
    """
    header, lines = as_lines(entries, items)
    stem = f"{batch.about['form']}-{batch.id}"
    offer(
        [
            Download("CSV", f"{stem}.csv", "text/csv", partial(table_as_csv, header, lines)),
            Download("Excel", f"{stem}.xlsx", EXCEL, partial(table_as_xlsx, header, lines), ":material/grid_on:"),
            Download(
                "JSON",
                f"{stem}.json",
                "application/json",
                partial(as_json, entries, items),
                ":material/data_object:",
            ),
            Download(
                "PDF with boxes",
                f"{stem}.pdf",
                "application/pdf",
                lambda: as_pdf(pictures()),
                ":material/picture_as_pdf:",
            ),
        ]
    )
    open_items = sum(bool(item.reasons) and item.said is None for item in items)
    said = sum(item.said is not None for item in items)
    st.markdown(f"{count(len(lines), 'form')}, :orange[**{count(open_items, 'field')} unsure**], {said} looked at.")
    _show(header, lines, items)


def as_lines(entries: Sequence[Entry], items: Sequence[Item]) -> tuple[list[str], list[Line]]:
    """Header and lines: the form, its fields, the lowest confidence, what is open, the problem, and each confidence.

    A form that could not be read has its line with the problem. What a person said counts as certain.
    """
    fields = list(dict.fromkeys(item.field for item in items))
    by_form: dict[str, dict[str, Item]] = {}
    for item in items:
        by_form.setdefault(item.form, {})[item.field] = item
    header = ["form", *fields, "least sure", "unsure fields", "problem", *(f"{field}: sure" for field in fields)]
    return header, [_line(entry, by_form.get(entry.name, {}), fields) for entry in entries]


def as_json(entries: Sequence[Entry], items: Sequence[Item]) -> str:
    """JSON that maps each form's name to its fields as read, with boxes in pixels of the scan, and as corrected."""
    said = {item.place: item.said for item in items if item.said is not None}
    forms: dict[str, Any] = {}
    for entry in entries:
        if entry.result is None:
            forms[entry.name] = {"problem": entry.problem}
            continue
        fields = [
            field | {"read": field["text"], "text": said.get((entry.name, field["name"]), field["text"])}
            for field in entry.result["fields"]
        ]
        looked = [field["name"] for field in fields if (entry.name, field["name"]) in said]
        forms[entry.name] = entry.result | {"fields": fields, "looked_at": looked}
    return json.dumps(forms, indent=2)


def _line(entry: Entry, found: dict[str, Item], fields: list[str]) -> Line:
    sure = [round(_sureness(found[field]), 4) if field in found else None for field in fields]
    open_items = sum(bool(item.reasons) and item.said is None for item in found.values())
    return (
        entry.name,
        *(found[field].text if field in found else None for field in fields),
        min((share for share in sure if share is not None), default=None),
        open_items if found else None,
        entry.problem,
        *sure,
    )


def _sureness(item: Item) -> float:
    return item.confidence if item.said is None else 1.0


def _show(header: list[str], lines: list[Line], items: list[Item]) -> None:
    """The table without the single confidences; unsure cells in amber, looked at ones in the accent colour."""
    fields = list(dict.fromkeys(item.field for item in items))
    shown = ["form", "least sure", "unsure fields", *fields, "problem"]
    table = pd.DataFrame(lines, columns=header)[shown]
    table[[*fields, "problem"]] = table[[*fields, "problem"]].fillna("")
    table["unsure fields"] = table["unsure fields"].astype("Int64")
    styles = {item.place: _SAID if item.said is not None else _AMBER for item in items if _is_marked(item)}

    def colour(row: "pd.Series[Any]") -> list[str]:
        return [styles.get((str(row["form"]), str(column)), "") for column in row.index]

    st.dataframe(
        table.style.apply(colour, axis=1) if table["form"].is_unique else table,
        hide_index=True,
        column_config={
            "form": st.column_config.TextColumn(pinned=True),
            "least sure": st.column_config.ProgressColumn(min_value=0, max_value=1, format="percent", width="small"),
            "unsure fields": st.column_config.NumberColumn("unsure", width="small"),
        },
        alt="One row a form, one column a field",
    )


def _is_marked(item: Item) -> bool:
    return item.said is not None or bool(item.reasons)
