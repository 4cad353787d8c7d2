"""Confusion matrices that lead to the very pictures, and the digits that models read right or wrong."""

import html
from collections.abc import Iterable
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from hdr import figures
from hdr.data.datasets import Dataset, load_dataset
from hdr.errors import HdrError
from hdr.score.compare import DISPUTED, NOISE_LINE, Entry, galleries
from hdr.score.metrics import most_confused
from hdr.ui.chart import show_chart
from hdr.ui.embedded import img

_PICTURES = 40
_VOICES = 4
"""Models whose answers stand under a picture."""


@st.cache_resource(show_spinner="Fetching the pictures …")
def pictures_of(data: str) -> Dataset:
    """A set's pictures, read once."""
    return load_dataset(data)


@st.fragment
def show_matrices(entries: list[Entry], data: str) -> None:
    """A matrix for each model on one colour scale; a click on a cell shows its pictures."""
    with st.container(horizontal=True, vertical_alignment="center"):
        percent = (
            st.segmented_control(
                "Cells show",
                ["Counts", "Row percent"],
                default="Counts",
                required=True,
                key="cells",
                bind="query-params",
                label_visibility="collapsed",
            )
            == "Row percent"
        )
        errors_only = st.toggle("Errors alone", value=True, key="errors", bind="query-params")
        difference = len(entries) == 2 and st.toggle("Difference", key="difference", bind="query-params")
    st.caption("Rows: the digit written. Columns: the digit read. Click a cell to see its pictures.")
    if difference:
        _show_difference(entries, percent, errors_only)
    else:
        _show_grid(entries, percent, errors_only)
    _show_cell(entries, data)
    _show_pairs(entries)


def _show_grid(entries: list[Entry], percent: bool, errors_only: bool) -> None:
    shown = [figures.shown_values(entry.confusion, percent=percent, errors_only=errors_only) for entry in entries]
    top = max(float(values.max()) for values in shown)
    columns = st.columns(2 if len(entries) < 3 else 3, gap="small")
    for index, entry in enumerate(entries):
        with columns[index % len(columns)]:
            st.markdown(f"**{entry.title}**")
            figure = figures.confusion_figure(entry.confusion, percent=percent, errors_only=errors_only, top=top)
            key = f"matrix-{entry.name}"
            show_chart(figure, key, on_click=partial(_choose_cell, key, entry.name))


def _show_difference(entries: list[Entry], percent: bool, errors_only: bool) -> None:
    first, second = entries
    st.markdown(
        f"**{first.title}** less **{second.title}**: blue where {first.title} has more, orange where it has less"
    )
    matrices = {entry.title: entry.confusion for entry in entries}
    figure = figures.confusion_difference(matrices, percent=percent, errors_only=errors_only)
    show_chart(figure, "matrix-difference", on_click=partial(_choose_cell, "matrix-difference", ""))


def _choose_cell(key: str, name: str) -> None:
    points = st.session_state[key].selection.points
    if points:
        st.session_state.cell = (int(points[0]["y"]), int(points[0]["x"]), name)


def _show_cell(entries: list[Entry], data: str) -> None:
    """The pictures of the chosen cell, in the matrix that was clicked or in any where both are subtracted."""
    written, read, name = st.session_state.get("cell", (None, None, ""))
    if written is None:
        return
    clicked = [entry for entry in entries if entry.name == name] or entries
    found = list(dict.fromkeys(int(i) for entry in clicked for i in entry.pictures_in_cell(written, read)))
    by = " or ".join(entry.title for entry in clicked)
    st.subheader(f"{written} read as {read} by {by}: {len(found):,}", anchor=False)
    if found:
        voices = clicked[:1] + [entry for entry in entries if entry is not clicked[0]]
        show_pictures(data, found, voices)
    else:
        st.caption("No picture is in this cell.")


def _show_pairs(entries: list[Entry]) -> None:
    st.subheader("Most confused", anchor=False)
    lists = {
        entry.title: [f"{written} as {read}: {count}" for written, read, count in most_confused(entry.confusion)]
        for entry in entries
    }
    st.dataframe(pd.DataFrame({title: pd.Series(pairs) for title, pairs in lists.items()}), hide_index=True)


@st.fragment
def show_digits(entries: list[Entry], data: str) -> None:
    """The report per digit, and galleries of pictures that both, only one, or neither reads right."""
    show_chart(figures.digit_errors({entry.title: entry.error_rates for entry in entries}), "errors-by-digit")
    _show_reports(entries)
    if len(entries) > 1:
        _show_gallery(entries, data)
    if data == "mnist":
        _show_disputed(entries)


def _show_reports(entries: list[Entry]) -> None:
    by_title = {entry.title: entry for entry in entries}
    chosen = st.selectbox("Report of", list(by_title), key="report")
    found = by_title[chosen].figures
    table = pd.DataFrame(found["per_digit"], index=[str(digit) for digit in range(10)])
    for average in ("macro", "weighted"):
        table.loc[f"{average} average"] = found[average] | {"support": found["n"]}
    style = table.style.format(dict.fromkeys(("precision", "recall", "f1"), "{:.2%}") | {"support": "{:,.0f}"})
    st.dataframe(style)


def _show_gallery(entries: list[Entry], data: str) -> None:
    first, second = entries[:2]
    st.subheader(f"{first.title} and {second.title}, picture by picture", anchor=False)
    found = galleries(first, second)
    chosen = st.segmented_control(
        "Read right by",
        list(found),
        default="neither",
        required=True,
        key="gallery",
        format_func=lambda kind: f"{kind} ({len(found[kind]):,})",
    )
    show_pictures(data, found[chosen], [first, second])


def _show_disputed(entries: list[Entry]) -> None:
    st.subheader("Labels that people reject", anchor=False)
    st.write(
        f"Most human raters disagree with the labels of these {len(DISPUTED)} test pictures. A reader that is right "
        f"about them is counted wrong, so that accuracy beyond {NOISE_LINE:.2%} says little."
    )
    show_pictures("mnist", DISPUTED, entries)


def show_pictures(data: str, indices: Iterable[int] | NDArray[np.int64], entries: list[Entry]) -> None:
    """Pictures of a set with their label and what the models read; says so where the set is not there."""
    try:
        images = pictures_of(data).images
    except HdrError as error:
        st.info(f"The pictures themselves are not here. {error}", icon=":material/image_not_supported:")
        return
    indices = [int(index) for index in indices]
    shown = "".join(_picture(images[index], index, entries[:_VOICES]) for index in indices[:_PICTURES])
    st.html(f'<div class="hdr-gallery">{shown or "None."}</div>')
    if len(indices) > _PICTURES:
        st.caption(f"The first {_PICTURES} of {len(indices):,}.")


def _picture(image: NDArray[np.uint8], index: int, entries: list[Entry]) -> str:
    label = entries[0].labels[index]
    answers = "".join(
        f'<span class="{"right" if entry.right[index] else "wrong"}">{html.escape(entry.title)}'
        f"<b>{entry.guesses[index]}</b>{entry.confidence[index]:.0%}</span>"
        for entry in entries
    )
    return (
        f'<figure data-index="{index}">{img(image, f"a {label}", pixel=True)}<figcaption>label <b>{label}</b> '
        f"<small>#{index}</small>{answers}</figcaption></figure>"
    )
