"""The Upload page's view of pictures: where they come from, and what is shown for each."""

import html
import time

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hdr.colours import UNSURE, css
from hdr.config import SAMPLES
from hdr.reader import Reader
from hdr.report import digit_lines
from hdr.results import Page, Row
from hdr.ui.answer import refused_marks, seen_digits
from hdr.ui.downloads import offer_readings
from hdr.ui.embedded import show_strip
from hdr.ui.frame import model_title
from hdr.ui.pictures import Reading, read_files
from hdr.ui.plain import count, plain
from hdr.vision.document import LIMITS
from hdr.vision.image import MAX_BYTES, MAX_PAGED_BYTES, MAX_PIXELS, READABLE

MOST_MB = MAX_PAGED_BYTES // 1_000_000
"""Largest file that the uploads of pictures and scans take."""
SIZES = f"A picture may have {MAX_BYTES // 1_000_000} MB, a PDF or a TIFF of several pages {MOST_MB} MB."
_SAMPLE = "sample page"
_AT_ONCE = 8
"""Pictures that are shown on the page before a person turns over."""
_MOST_BESIDE = 9
"""Columns of a table that fit beside its picture; a broader one stands below it."""
_MOST_TILES = 60
"""Digits whose pictures are shown among the steps."""
_PATIENCE = 0.5
"""Seconds of reading anew what is on the page, after which a person is told how far it is."""


def choose_pictures() -> dict[str, bytes]:
    """Files by name: uploaded or taken with the camera; none yet is an empty dict."""
    files, camera = st.tabs(["Files", "Camera"])
    uploaded = files.file_uploader(
        "Photos, scans or PDFs of handwritten digits, several at once",
        accept_multiple_files=True,
        max_upload_size=MOST_MB,
        help=f"{READABLE}, up to {MAX_BYTES // 1_000_000} MB and {MAX_PIXELS // 1_000_000} "
        f"megapixels each; a PDF or a TIFF of several pages, up to {MOST_MB} MB and {LIMITS.pages} pages.",
    )
    files.caption(SIZES)
    taken = None
    if camera.toggle("Use the camera", help="Your browser asks for permission; the picture stays on this computer."):
        taken = camera.camera_input("Hold the page straight and close", resolution=None)
    pictures: dict[str, bytes] = {}
    for file in [*uploaded, *([taken] if taken else [])]:
        pictures[free_name(file.name, pictures)] = file.getvalue()
    return pictures


def read_pictures(files: dict[str, bytes], readers: list[Reader]) -> None:
    """Read what was uploaded, or the sample page where there is nothing yet, and show it."""
    shown = files or {_SAMPLE: (SAMPLES / "page.jpg").read_bytes()}
    asked = [*shown, *(reader.name for reader in readers)]
    others = st.session_state.get("pictures_shown") != asked
    place = st.empty() if others else st.container()  # of other pictures nothing stays in sight meanwhile
    read = _read_with_progress(shown, readers, place if others else place.empty(), 0.0 if others else _PATIENCE)
    st.session_state["pictures_shown"] = asked
    with place.container() if others else place:
        if others:
            st.empty()  # where the progress stands when they are read again
        if not files:
            st.info("Nothing uploaded yet. This sample page shows what you will get.", icon=":material/photo_camera:")
        _show_pictures(read)


def _read_with_progress(
    files: dict[str, bytes], readers: list[Reader], place: DeltaGenerator, patience: float
) -> dict[str, Reading | str]:
    """Read every picture with every model; after some seconds of it say how far it is."""
    read: dict[str, Reading | str] = {}
    started = time.monotonic()

    def tell(number: int, name: str) -> None:
        if time.monotonic() - started >= patience:
            place.progress(number / len(files), f"Reading picture {number + 1} of {len(files)}, {plain(name)} …")

    for number, (file, data) in enumerate(files.items()):
        tell(number, file)
        for name, result in read_files({file: data}, readers):
            read[name] = result
            tell(number, name)
    place.empty()
    return read


def _show_pictures(read: dict[str, Reading | str]) -> None:
    """What was read; a bad picture gets its own message."""
    readings = {name: result for name, result in read.items() if isinstance(result, Reading)}
    if readings:
        offer_readings(readings)
    for name in _turned_to(list(read)):
        with st.container(border=True):
            st.html(f"<strong>{html.escape(name)}</strong>")
            result = read[name]
            if isinstance(result, str):
                st.error(plain(result), icon=":material/broken_image:")
            else:
                _show_reading(name, result)


def _turned_to(names: list[str]) -> list[str]:
    """The names to show: all, or of many those on the leaf that a person has turned to."""
    leaves = -(-len(names) // _AT_ONCE)
    if leaves < 2:
        return names
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{len(names)} pictures, {_AT_ONCE} at a time")
        leaf = st.pagination(leaves, key="leaf")
    return names[(leaf - 1) * _AT_ONCE : leaf * _AT_ONCE]


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
                more = len(page.digits) + len(page.refused) - _MOST_TILES
                cut = f": {_MOST_TILES}, the unsure ones first, of {_MOST_TILES + more}" if more > 0 else ""
                st.caption(f"{len(reading.steps) + 1}. Each digit, as the {model_title(model)} saw it{cut}")
                show_strip(seen_digits(page, _MOST_TILES))
                if more > 0:
                    st.caption(f"And {more} more; the list of digits has them all.")


def _stem(name: str) -> str:
    """A picture's name without its kind; of a page such as `scan.pdf#3` with its number."""
    file, mark, page = name.rpartition("#")
    return f"{file.rsplit('.', 1)[0]} {page}" if mark and page.isdigit() else name.rsplit(".", 1)[0]


def _show_page(name: str, page: Page, annotated: bytes) -> None:
    ruled = any(row.ruled for row in page.rows)
    broad = ruled and max(len(row.groups) for row in page.rows) > _MOST_BESIDE
    picture, text = (st.container(), st.container()) if broad else st.columns([4, 5] if ruled else [5, 4], gap="medium")
    picture.image(annotated, width="stretch", alt=f"{name} with a box round every digit")
    with text:
        if page.blank:
            said = f"No digit: {refused_marks(page)}." if page.refused else "Blank: no digit was found on this picture."
            st.info(said, icon=":material/search_off:")
            return
        if ruled:
            _show_cells(page)
        else:
            st.code("\n".join(row.text for row in page.rows), language=None)
        _show_rivals(page)
        unsure = sum(digit.unsure for digit in page.digits)
        counts = f"{count(len(page.digits), 'digit')} in {count(len(page.rows), 'row')}"
        note = f"{counts}, read by the net in {1000 * page.seconds:.0f} ms."
        aside = f" :gray[{refused_marks(page)}, left out.]" if page.refused else ""
        sure = f":orange[**{unsure} unsure, boxed in amber.**]" if unsure else "Green boxes are sure."
        st.caption(f"{note} {sure}{aside}")
        _show_table(page)
        st.download_button(
            "Picture with boxes",
            annotated,
            f"{_stem(name)} {page.model}.jpg",
            "image/jpeg",
            icon=":material/image:",
            key=f"picture-{name}-{page.model}",
            on_click="ignore",
        )


def _show_cells(page: Page) -> None:
    """The page as a table, a cell to a group; empty cells stay, unsure ones are amber."""
    cells = pd.DataFrame([row.cells for row in page.rows]).fillna("")
    cells.index, cells.columns = cells.index + 1, [str(number + 1) for number in cells.columns]
    amber = f"color: {css(UNSURE)}; font-weight: 600"
    styles = pd.DataFrame(
        [[amber if _is_unsure(row, group) else "" for group in range(len(row.groups))] for row in page.rows]
    )
    styles = styles.fillna("").set_axis(cells.index).set_axis(cells.columns, axis=1)

    def colour(_: pd.DataFrame) -> pd.DataFrame:
        return styles

    widths = {"_index": 40} | {name: max(38, 20 + 9 * max(map(len, cells[name]))) for name in cells}
    st.dataframe(
        cells.style.apply(colour, axis=None),
        height="content",
        column_config={name: st.column_config.TextColumn(width=width) for name, width in widths.items()},
        alt="The table as read, cell by cell",
    )


def _is_unsure(row: Row, group: int) -> bool:
    """Whether a digit of a cell is unsure, or the two ways of reading disagree about it."""
    return any(digit.unsure for digit in row.groups[group]) or (bool(row.rivals) and row.rivals[group] is not None)


def _show_rivals(page: Page) -> None:
    """Where the two ways of reading, digit by digit and as a whole, disagree."""
    rivals = [
        f"**{cell or 'nothing'}** may be **{rival or 'nothing'}**"
        for row in page.rows
        for cell, rival in zip(row.cells, row.rivals, strict=False)
        if rival is not None
    ]
    if rivals:
        st.markdown(
            f":orange[Read digit by digit and as a whole row, these differ: {', '.join(rivals[:6])}"
            f"{' …' if len(rivals) > 6 else ''}.]"
        )


def _show_table(page: Page) -> None:
    """Every digit, the unsure ones first."""
    table = pd.DataFrame(digit_lines({"": page})).fillna({"reason": ""})
    table = table.sort_values("reason", key=lambda reasons: reasons == "", kind="stable")
    st.dataframe(
        table[["row", "digit", "confidence", "reason"]],
        hide_index=True,
        height=min(38 * (len(table) + 1), 320),
        column_config={
            "row": st.column_config.NumberColumn(width=45),
            "digit": st.column_config.NumberColumn(width=45),
            "confidence": st.column_config.ProgressColumn(
                "confidence",
                width=105,
                min_value=0,
                max_value=1,
                format="percent",
                help="Probability of this digit, as the net sees it.",
            ),
            "reason": st.column_config.TextColumn("please look", help="Why a person should look."),
        },
    )


def free_name(name: str, taken: dict[str, bytes]) -> str:
    """The name itself, or with a number where another picture has it already."""
    stem, dot, suffix = name.rpartition(".")
    number = 1
    free = name
    while free in taken:
        number += 1
        free = f"{stem} ({number}){dot}{suffix}" if dot else f"{name} ({number})"
    return free
