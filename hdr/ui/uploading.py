"""The Upload page's parts: where pictures come from, and what is shown for each."""

import html
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from hdr.config import SAMPLES
from hdr.errors import HdrError
from hdr.reader import Reader, read_with_all
from hdr.report import as_csv, as_json, digit_lines
from hdr.results import Page
from hdr.ui.answer import seen_digits, show_strip
from hdr.ui.frame import model_title
from hdr.vision.annotate import annotate
from hdr.vision.image import decode_image, encode_jpeg, fit_within
from hdr.vision.layout import find_digits

_SAMPLE = "sample page"
_SHOWN = 1000
"""Long side in pixels of the steps' pictures on the page; the picture to download is kept twice as large."""


@dataclass(frozen=True)
class Reading:
    """One picture, read: what each model read, the boxes on the picture, the steps; pictures are bytes of JPEGs."""

    pages: dict[str, Page]
    annotated: dict[str, bytes]
    steps: list[tuple[str, str, bytes]]


def choose_pictures() -> dict[str, bytes]:
    """Pictures by file name: uploaded, taken with the camera, or the sample page where there is none yet."""
    files, camera = st.tabs(["Files", "Camera"])
    uploaded = files.file_uploader(
        "Photos or scans of handwritten digits, several at once",
        accept_multiple_files=True,
        help="PNG, JPEG, WEBP, BMP, TIFF or GIF, up to 10 MB and 20 megapixels each.",
    )
    taken = None
    if camera.toggle("Use the camera", help="Your browser asks for permission; the picture stays on this computer."):
        taken = camera.camera_input("Hold the page straight and close", resolution=None)
    pictures: dict[str, bytes] = {}
    for file in [*uploaded, *([taken] if taken else [])]:
        pictures[_free_name(file.name, pictures)] = file.getvalue()
    if not pictures:
        st.info("Nothing uploaded yet. This sample page shows what you will get.", icon=":material/photo_camera:")
        pictures[_SAMPLE] = (SAMPLES / "page.jpg").read_bytes()
    return pictures


def show_pictures(pictures: dict[str, bytes], readers: list[Reader]) -> None:
    """Read every picture with every model and show it; a bad one gets its own message and stops nothing."""
    summary = st.container()
    readings: dict[str, Reading] = {}
    for name, data in pictures.items():
        with st.container(border=True):
            st.html(f"<strong>{html.escape(name)}</strong>")
            try:
                with st.spinner("Reading …"):
                    readings[name] = _read(data, tuple(reader.name for reader in readers), readers)
            except HdrError as error:
                st.error(str(error), icon=":material/broken_image:")
            else:
                _show_reading(name, readings[name])
    if readings:
        with summary:
            _offer_downloads(readings)


@st.cache_data(max_entries=12, show_spinner=False)
def _read(data: bytes, names: tuple[str, ...], _readers: list[Reader]) -> Reading:  # noqa: ARG001  (names are the key)
    rgb = decode_image(data)
    layout = find_digits(rgb)
    pages = {page.model: page for page in read_with_all(_readers, layout)}
    annotated = {name: encode_jpeg(fit_within(annotate(rgb, page), 2 * _SHOWN)) for name, page in pages.items()}
    steps = [(step.name, step.about, encode_jpeg(fit_within(step.picture, _SHOWN))) for step in layout.stages]
    return Reading(pages, annotated, steps)


def _show_reading(name: str, reading: Reading) -> None:
    tabs = st.tabs([*(model_title(model) for model in reading.pages), "Step by step"])
    for tab, (model, page) in zip(tabs, reading.pages.items(), strict=False):
        with tab:
            _show_page(name, page, reading.annotated[model])
    with tabs[-1]:
        columns = st.columns(2)
        for index, (title, about, picture) in enumerate(reading.steps):
            columns[index % 2].image(picture, caption=f"{index + 1}. {title}: {about}", width="stretch")
        for model, page in reading.pages.items():
            if not page.blank:
                st.caption(f"{len(reading.steps) + 1}. Each digit, as the {model_title(model)} saw it")
                show_strip(seen_digits(page))


def _show_page(name: str, page: Page, annotated: bytes) -> None:
    picture, text = st.columns([5, 4], gap="medium")
    picture.image(annotated, width="stretch", alt=f"{name} with a box round every digit")
    with text:
        if page.blank:
            st.info("Blank: no digit was found on this picture.", icon=":material/search_off:")
            return
        st.code("\n".join(row.text for row in page.rows), language=None)
        unsure = sum(digit.unsure for digit in page.digits)
        counts = f"{_count(len(page.digits), 'digit')} in {_count(len(page.rows), 'row')}"
        note = f"{counts}, read by the net in {1000 * page.seconds:.0f} ms."
        st.caption(
            f"{note} Green boxes are sure." if not unsure else f"{note} :orange[**{unsure} unsure, boxed in amber.**]"
        )
        _show_table(page)
        st.download_button(
            "Picture with boxes",
            annotated,
            f"{name.rsplit('.', 1)[0]} {page.model}.jpg",
            "image/jpeg",
            icon=":material/image:",
            key=f"picture-{name}-{page.model}",
            on_click="ignore",
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _show_table(page: Page) -> None:
    table = pd.DataFrame(digit_lines({"": page}))
    st.dataframe(
        table[["row", "digit", "confidence", "unsure"]],
        hide_index=True,
        height=min(38 * (len(table) + 1), 320),
        column_config={
            "confidence": st.column_config.ProgressColumn(
                "confidence",
                min_value=0,
                max_value=1,
                format="percent",
                help="Probability of this digit, as the net sees it.",
            ),
            "unsure": st.column_config.CheckboxColumn("unsure", help="A person should look."),
        },
    )


def _offer_downloads(readings: dict[str, Reading]) -> None:
    """CSV and JSON of all pictures, for each model."""
    models = list(next(iter(readings.values())).pages)
    with st.container(horizontal=True):
        for model in models:
            pages = {name: reading.pages[model] for name, reading in readings.items()}
            title = model_title(model)
            st.download_button(
                f"{title} as CSV",
                as_csv(pages),
                f"digits-{model}.csv",
                "text/csv",
                icon=":material/table:",
                on_click="ignore",
            )
            st.download_button(
                f"{title} as JSON",
                as_json(pages),
                f"digits-{model}.json",
                "application/json",
                icon=":material/data_object:",
                on_click="ignore",
            )


def _free_name(name: str, taken: dict[str, bytes]) -> str:
    """The name itself, or with a number where another picture has it already."""
    stem, dot, suffix = name.rpartition(".")
    number = 1
    free = name
    while free in taken:
        number += 1
        free = f"{stem} ({number}){dot}{suffix}" if dot else f"{name} ({number})"
    return free
