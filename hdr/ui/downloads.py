"""Buttons that hand out what was read, as files of several kinds behind one menu; a file is made when it is wanted."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from hdr.report import as_csv, as_json, as_pdf, as_xlsx
from hdr.results import Page
from hdr.ui.frame import model_title
from hdr.ui.pictures import Reading

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Download:
    """A file to be had.

    Attributes:
        label: Of the button.
        file: Its name.
        mime: Kind of its content.
        make: Gives the content; called when the button is pressed.
        icon: Of the button.
    """

    label: str
    file: str
    mime: str
    make: Callable[[], str | bytes]
    icon: str = ":material/table:"


def offer(downloads: list[Download]) -> None:
    """The buttons in a row, which wraps on a narrow screen."""
    with st.container(horizontal=True):
        for one in downloads:
            st.download_button(one.label, one.make, one.file, one.mime, icon=one.icon, on_click="ignore")


def offer_readings(readings: dict[str, Reading]) -> None:
    """CSV, JSON, Excel and a PDF with boxes of all pictures, for each model."""
    models = list(next(iter(readings.values())).pages)
    with st.popover("Download", icon=":material/download:"):
        for model in models:
            pages = {name: reading.pages[model] for name, reading in readings.items()}
            annotated = [reading.annotated[model] for reading in readings.values()]
            offer(_files(model, pages, annotated))


def _files(model: str, pages: dict[str, Page], annotated: list[bytes]) -> list[Download]:
    title, stem = model_title(model), f"digits-{model}"
    return [
        Download(f"{title} as CSV", f"{stem}.csv", "text/csv", partial(as_csv, pages)),
        Download(
            f"{title} as JSON",
            f"{stem}.json",
            "application/json",
            partial(as_json, pages, boxes=True),
            ":material/data_object:",
        ),
        Download(f"{title} as Excel", f"{stem}.xlsx", EXCEL, partial(as_xlsx, pages), ":material/grid_on:"),
        Download(
            f"{title} as PDF",
            f"{stem}.pdf",
            "application/pdf",
            partial(as_pdf, annotated),
            ":material/picture_as_pdf:",
        ),
    ]
