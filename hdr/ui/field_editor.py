"""The editor of a form's fields: boxes drawn over a scan, and the table of their rules.

What is drawn and what is typed change the same lines, kept in a `Draft` in the session. A canvas that shows something
else than the lines is drawn anew, and a table replaced by a fresh one: a new key is its way to start anew.
"""

from typing import Any

import streamlit as st
from streamlit_drawable_canvas import CanvasResult, boxes_to_drawing, st_canvas

from hdr.colours import ACCENT, css
from hdr.decode.checks import CHECKS
from hdr.decode.rules import DATE_FORMATS, KINDS
from hdr.results import Box
from hdr.store.templates import MOST_CELLS
from hdr.ui.canvas import PINNED, canvas_css, style_toolbar
from hdr.ui.field_draft import CANVAS_WIDTH, Draft, as_table, take_table
from hdr.ui.field_rows import Drawn, FieldRow, follow_canvas, free_name, problems
from hdr.ui.plain import plain

_LABEL = 12
_HALVES = {
    "What may stand there": ("kind", "digits", "values", "check", "pattern", "cells", "date"),
    "Needed, sums, places": ("needed", "sum_of", "place"),
}
"""Columns that fit beside each other where the page has its usual width."""
_LINE, _FILL = css(ACCENT), css(ACCENT, 0.14)
_FIT_COLUMN = canvas_css("scan", CANVAS_WIDTH, range(300, 1000, 20), narrowest=0.5)


def draw_fields(draft: Draft, key: str) -> None:
    """The scan with a box for every field; drawing, moving, relabelling and deleting change the draft."""
    st.html(_FIT_COLUMN)
    canvas = f"{key}-scan"
    mounted = canvas in st.session_state
    if not mounted:
        draft.redraw()
    with st.container(key="scan"):
        style_toolbar("scan", canvas, PINNED)
        result = st_canvas(
            fill_color=_FILL,
            stroke_width=2,
            stroke_color=_LINE,
            background_image=draft.shown,
            width=CANVAS_WIDTH,
            height=round(draft.size[1] * draft.scale),
            drawing_mode="labeled_rect",
            initial_drawing=_as_drawing(draft),
            label=free_name(draft.rows),
            font_size=_LABEL,
            key=canvas,
        )
    _follow(draft, result, mounted=mounted)


def edit_table(draft: Draft, key: str) -> None:
    """The table of fields, one half of its columns at a time; what is impossible is said below it."""
    half = st.segmented_control(
        "Columns",
        list(_HALVES),
        default=next(iter(_HALVES)),
        required=True,
        key=f"{key}-columns",
        on_change=draft.relist,  # another table, with all that was typed
        label_visibility="collapsed",
    )
    table = f"{key}-fields-{draft.table}"
    if table not in st.session_state:
        draft.listed = list(draft.rows)
    edited = st.data_editor(
        as_table(draft.listed),
        key=table,
        hide_index=True,
        num_rows="delete",
        column_order=("name", *_HALVES[half]),
        column_config=_columns([row.name for row in draft.listed]),
        placeholder="",
    )
    if take_table(draft, edited):
        st.rerun()
    for name, problem in problems(draft.rows).items():
        st.markdown(f":red[**{plain(name)}**: {plain(problem)}]")


def _columns(names: list[str]) -> dict[str, Any]:
    config = st.column_config
    return {
        "name": config.TextColumn("Field", required=True, pinned=True, width=120, max_chars=60),
        "kind": config.SelectboxColumn("Kind", options=list(KINDS.values()), required=True, width=133),
        "digits": config.TextColumn("Digits", width=76, help="How many: 4, or 2-6. Empty for any number."),
        "values": config.TextColumn(
            "Values", width=80, help="Smallest to largest: 0-100, 10- or -100. Of a date, its years."
        ),
        "check": config.SelectboxColumn(
            "Check",
            options=[check.title for check in CHECKS.values()],
            width=84,
            help="  \n".join(f"{check.title}: {check.about}" for check in CHECKS.values()),
        ),
        "pattern": config.TextColumn(
            "Pattern", width=108, help="# any digit, [1-9] one of these, #{6} six times, | one or the other."
        ),
        "cells": config.NumberColumn(
            "Boxes",
            min_value=0,
            max_value=MOST_CELLS,
            step=1,
            width=76,
            help="How many single-digit boxes; of a table column, how many rows.",
        ),
        "date": config.SelectboxColumn("Date", options=list(DATE_FORMATS), width=104, help="How a date is written."),
        "needed": config.CheckboxColumn("Needed", width="small", help="An empty field is marked."),
        "sum_of": config.MultiselectColumn(
            "Sum of", options=names, width="medium", help="A total: it must equal the sum of these fields."
        ),
        "place": config.TextColumn(
            "Place", width="medium", help="x, y, width, height in pixels of the scan; a way to move it without a mouse."
        ),
    }


def _as_drawing(draft: Draft) -> dict[str, Any]:
    """What the canvas begins with."""
    boxes = [_on_canvas(row, draft.scale) for row in draft.drawn]
    drawing = boxes_to_drawing(boxes, stroke_color=_LINE, stroke_width=2, fill_color=_FILL)
    return {"objects": [box | {"fontSize": _LABEL} for box in drawing["objects"]], "turn": draft.turn}


def _on_canvas(row: FieldRow, scale: float) -> dict[str, Any]:
    x, y, width, height = (side * scale for side in row.box)
    return {"label": row.name, "left": x, "top": y, "width": width, "height": height}


def _follow(draft: Draft, result: CanvasResult, *, mounted: bool) -> None:
    """Take what was drawn; a canvas that shows other names than the table is drawn anew."""
    boxes = [Drawn(str(box["label"]), _on_scan(box, draft.scale)) for box in result.boxes]
    drawn = draft.hear(boxes, mounted=mounted)
    if drawn is None:
        return
    rows = follow_canvas(draft.rows, drawn, draft.size, slack=1.5 / draft.scale)
    if rows == draft.rows:
        return
    draft.rows = rows
    draft.relist()
    if sorted(box.label for box in drawn) != sorted(row.name for row in rows):
        draft.redraw()
    st.rerun()  # the next box gets the next name


def _on_scan(box: dict[str, Any], scale: float) -> Box:
    x, y = round(box["left"] / scale), round(box["top"] / scale)
    return x, y, round(box["width"] / scale), round(box["height"] / scale)
