"""The Draw page's parts: the canvas, and what is shown while a person draws.

All of it lives in one fragment, so that a stroke reruns this part of the page alone. The panel inside is another
fragment, in a container that is always there: where strokes come fast, Streamlit may send of a run's elements those of
the inner fragment alone, and a browser that has no place for them shows a white page.
"""

import json
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit_drawable_canvas import CanvasResult, st_canvas

from hdr.config import SAMPLES
from hdr.data.canvas import canvas_strokes
from hdr.errors import HdrError
from hdr.pen_reader import PenReader
from hdr.reader import Reader, read_with_all
from hdr.results import Layout, Page
from hdr.ui.answer import seen_digits, show_answers, show_path_answer
from hdr.ui.canvas import HIDDEN, canvas_css, style_toolbar
from hdr.ui.embedded import Captioned, captioned, show_strip
from hdr.ui.errors import guarded, show_error
from hdr.ui.inside import show_inside
from hdr.vision.image import decode_image
from hdr.vision.layout import digit_stages, find_drawn

_SIDE = 340
_PENS = {"Fine": 8, "Medium": 16, "Broad": 28}
_FIT_COLUMN = canvas_css("canvas", _SIDE, range(300, 560, 20), narrowest=0.8)


@dataclass(frozen=True)
class _Sheet:
    """A drawing: what the canvas takes to show it again, and its picture as the bytes of a PNG."""

    objects: list[dict[str, Any]]
    picture: bytes


@st.fragment
def draw_and_read(readers: list[Reader], pen: PenReader | None = None) -> None:
    """Canvas on the left, answers beside it, the steps below; reruns by itself after every stroke."""
    guarded(_draw_and_read, readers, pen)


def _draw_and_read(readers: list[Reader], pen: PenReader | None) -> None:
    left, right = st.columns(2, gap="medium")
    steps, panel = st.container(), st.container()
    with left.container(key="canvas"):
        sheet = _canvas()
    try:
        layout = None if sheet is None else find_drawn(decode_image(sheet.picture))
    except HdrError as error:
        with right:
            show_error(error)
        return
    if sheet is None or layout is None or not layout.rows:
        with right:
            _invite(drawn=layout is not None)
        return
    pages = read_with_all(readers, layout)
    with right:
        show_answers(pages)
        _show_path(pen, pages[0], sheet)
    with steps:
        st.subheader("What the nets saw", anchor=False)
        show_strip(_steps(layout, pages[0]))
    with panel:
        show_inside(pages)


def _show_path(pen: PenReader | None, page: Page, sheet: _Sheet) -> None:
    """What the pen net makes of the strokes, below what the others make of the picture."""
    strokes = canvas_strokes(sheet.objects)
    if pen is None or not strokes or page.blank:
        return
    read = pen.read(page, strokes)
    if read:
        show_path_answer(read)
    else:
        st.html('<p class="hdr-note">No answer by the path of the pen: each digit needs strokes of its own.</p>')


def _canvas() -> _Sheet | None:
    """The canvas with its pen and buttons; the drawing, or None before the first stroke."""
    state = st.session_state
    state.setdefault("canvas_number", 0)
    sheets: list[_Sheet] = state.setdefault("canvas_sheets", [])
    st.html(_FIT_COLUMN)
    pen = st.segmented_control(
        "Pen",
        list(_PENS),
        default="Medium",
        required=True,
        key="pen",
        bind="query-params",
        label_visibility="collapsed",
    )
    start: _Sheet | None = state.get("canvas_start")
    style_toolbar("canvas", f"canvas-{state.canvas_number}", HIDDEN)
    result = st_canvas(
        stroke_width=_PENS[pen],
        stroke_color="#1b1e28",
        background_color="#ffffff",
        height=_SIDE,
        width=_SIDE,
        initial_drawing={"objects": start.objects} if start else None,
        return_image_data=True,
        key=f"canvas-{state.canvas_number}",
    )
    _remember(sheets, result)
    with st.container(horizontal=True):
        st.button("Undo", icon=":material/undo:", on_click=_undo, disabled=not sheets)
        st.button("Clear", icon=":material/delete:", on_click=_restart, args=([],))
        st.button("Example", icon=":material/gesture:", on_click=_show_example)
    if sheets:
        return sheets[-1]
    return None if result.image_bytes is None else _Sheet([], result.image_bytes)


def _remember(sheets: list[_Sheet], result: CanvasResult) -> None:
    """Keep the drawing after each stroke, the last few dozen; the canvas's own undo takes the last ones back."""
    objects = (result.json_data or {}).get("objects", [])
    if result.image_bytes is None or (sheets and sheets[-1].picture == result.image_bytes):
        return
    while sheets and len(sheets[-1].objects) >= max(1, len(objects)):
        sheets.pop()
    if objects:
        sheets.append(_Sheet(objects, result.image_bytes))
    del sheets[:-50]


def _undo() -> None:
    _restart(st.session_state.canvas_sheets[:-1])


def _restart(sheets: list[_Sheet]) -> None:
    """A fresh canvas that shows the last of the sheets: a new key is the canvas's way to start anew."""
    st.session_state.canvas_number += 1
    st.session_state.canvas_sheets = sheets
    st.session_state.canvas_start = sheets[-1] if sheets else None


def _show_example() -> None:
    drawing = json.loads((SAMPLES / "drawing.json").read_text(encoding="utf-8"))
    _restart([_Sheet(drawing["objects"], (SAMPLES / "drawing.png").read_bytes())])


def _invite(*, drawn: bool) -> None:
    said = "Blank: there is no digit on the canvas." if drawn else "The canvas is empty."
    st.info(f"{said} Draw a digit or a whole number; the answer follows every stroke.", icon=":material/draw:")
    st.html('<p class="hdr-note">Anywhere on the canvas, small or large, with a fine or a broad pen.</p>')


def _steps(layout: Layout, page: Page) -> list[Captioned]:
    """The drawing, the ink, and each digit on its way into the nets."""
    glyphs = [glyph for line in layout.rows for group in line.groups for glyph in group.glyphs]
    if len(glyphs) == len(page.digits) + len(page.refused) == 1:
        return [captioned(stage) for stage in (*layout.stages, *digit_stages(glyphs[0].whole))]
    return [*map(captioned, layout.stages), *seen_digits(page)]
