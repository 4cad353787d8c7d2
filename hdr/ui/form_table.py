"""The result of a batch of forms: one table, a row a form, a column a field; on the page and as files."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from hdr.colours import UNSURE, css
from hdr.form_check import complaints
from hdr.report import as_pdf, form_table, forms_as_json, table_as_csv, table_as_xlsx
from hdr.report.tables import Cell
from hdr.store.batches import Batch, Entry
from hdr.store.corrections import Place
from hdr.store.templates import Template
from hdr.ui.downloads import EXCEL, Download, offer
from hdr.ui.form_results import Item, kept_against
from hdr.ui.plain import count
from hdr.ui.style import accent


def show_table(
    batch: Batch, template: Template, entries: list[Entry], items: list[Item], pictures: Callable[[], Iterable[bytes]]
) -> None:
    """The table with its downloads.

    Args:
        batch: Whose forms they are.
        template: That they were read with.
        entries: Its journal.
        items: All fields of all forms.
        pictures: Gives the scans with what was read drawn on them, as JPEGs.
    """
    forms = corrected(entries, items, template)
    header, lines = form_table(forms)
    stem = f"{batch.about['form']}-{batch.id}"
    offer(
        [
            Download("CSV", f"{stem}.csv", "text/csv", partial(table_as_csv, header, lines)),
            Download("Excel", f"{stem}.xlsx", EXCEL, partial(table_as_xlsx, header, lines), ":material/grid_on:"),
            Download(
                "JSON",
                f"{stem}.json",
                "application/json",
                partial(forms_as_json, forms),
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
    unsure = sum(item.unsure for item in items)
    said = [item for item in items if item.said is not None]
    unread = sum(entry.result is None for entry in entries)
    read = count(len(entries) - unread, "form") + (f", {unread} not read" if unread else "")
    st.markdown(f"{read}, :orange[**{count(unsure, 'field')} unsure**], {len(said)} looked at{kept_against(said)}.")
    _show(header, lines, items, unread)


def corrected(entries: Iterable[Entry], items: Iterable[Item], template: Template) -> dict[str, dict[str, Any]]:
    """The record of each form by its name, with what a person said in it, as `hdr.report.form_table` takes them.

    A field keeps what was `read`; `looked_at` names those that a person has spoken on, whose words are checked like
    any others. A form that could not be read has its `problem` alone.
    """
    by_place = {item.place: item for item in items}
    return {entry.name: _corrected(entry, by_place, template) for entry in entries}


def _corrected(entry: Entry, by_place: dict[Place, Item], template: Template) -> dict[str, Any]:
    if entry.result is None:
        return {"problem": entry.problem}
    known = [(field, by_place[entry.name, field["name"]]) for field in entry.result["fields"]]
    looked_at = [item.field for _, item in known if item.said is not None]
    said = complaints(template, {item.field: item.text for _, item in known}) if looked_at else {}
    fields = [
        field
        | {"read": item.read, "text": item.text}
        | {"complaint": said.get(item.field) if item.said is not None else item.complaint or None}
        for field, item in known
    ]
    return entry.result | {"fields": fields, "looked_at": looked_at}


def _show(header: Sequence[str], lines: list[tuple[Cell, ...]], items: list[Item], unread: int) -> None:
    """The table without the single confidences; unsure cells in amber, looked at ones in the accent colour."""
    fields = dict(zip(header[1:], dict.fromkeys(item.field for item in items), strict=False))
    problem = ["problem"] if unread else []
    shown = ["form", "unsure fields", *problem, "least sure", *fields]
    table = pd.DataFrame(lines, columns=header)[shown]
    table[[*fields, *problem]] = table[[*fields, *problem]].fillna("")
    table["unsure fields"] = table["unsure fields"].astype("Int64")
    unsure, said = (f"color: {css(colour)}; font-weight: 600" for colour in (UNSURE, accent()))
    empty = f"background-color: {css(UNSURE, 0.3)}"
    marked = [item for item in items if item.unsure or item.said is not None]
    styles = {item.place: (unsure if item.text else empty) if item.unsure else said for item in marked}

    def colour(row: "pd.Series[Any]") -> list[str]:
        return [styles.get((str(row["form"]), fields.get(str(column), "")), "") for column in row.index]

    can_be_coloured = table["form"].is_unique and table.size <= pd.options.styler.render.max_elements
    st.dataframe(
        table.style.apply(colour, axis=1) if can_be_coloured else table,
        hide_index=True,
        placeholder="–",
        column_config={
            "form": st.column_config.TextColumn(pinned=True),
            "least sure": st.column_config.ProgressColumn(min_value=0, max_value=1, format="percent", width="small"),
            "problem": st.column_config.TextColumn(width="medium"),
            "unsure fields": st.column_config.NumberColumn("unsure", width="small"),
        },
        alt="One row a form, one column a field",
    )
