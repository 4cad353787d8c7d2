"""Uploaded files as pictures that were read: a photo is one, the pages of a PDF are one each, such as `scan.pdf#3`.

Each picture is drawn, looked at and read once, then kept for the next run of the page. One that cannot be read comes as
the reason, and stops nothing.
"""

import contextlib
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import streamlit as st

from hdr.errors import HdrError, ImageError
from hdr.reader import Reader, find_and_read_with_all
from hdr.results import RGB, Page
from hdr.score.trust import Thresholds
from hdr.ui.readers import weights_of
from hdr.vision.annotate import annotate
from hdr.vision.document import DocumentPage, holds_pages, read_document_pages
from hdr.vision.image import encode_jpeg, fit_within

_SHOWN = 1000
"""Long side in pixels of the steps' pictures on the page; the picture to download is kept twice as large."""


@dataclass(frozen=True)
class Reading:
    """One picture, read; pictures are bytes of JPEGs.

    Attributes:
        pages: What each model read, by its name.
        annotated: The picture with what each model read in boxes.
        steps: Name, sentence and picture of every step.
    """

    pages: dict[str, Page]
    annotated: dict[str, bytes]
    steps: list[tuple[str, str, bytes]]


@dataclass(frozen=True)
class _Outcome:
    """A picture, read, or why not; and whether the document has another one."""

    reading: Reading | None
    problem: str
    more: bool


@dataclass
class _Document:
    """A file's pages on demand: what draws a PDF is started where a page is asked for that was not read before."""

    data: bytes
    _sheets: Iterator[DocumentPage] | None = None
    _next: DocumentPage | None = None
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        self.digest = hashlib.sha256(self.data).hexdigest()

    def sheet(self, number: int) -> tuple[DocumentPage, bool]:
        """A page, and whether another one follows; raises ImageError where the document as a whole is refused."""
        if self._next is None or self._next.number != number:
            self.close()
            self._sheets = read_document_pages(self.data, first=number)
            self._next = next(self._sheets)
        assert self._sheets is not None
        sheet = self._next
        more = sheet.number < sheet.pages
        self._next = next(self._sheets, None) if more else None
        return sheet, self._next is not None

    def close(self) -> None:
        """End what draws."""
        close = getattr(self._sheets, "close", None)
        if close:
            close()


def read_files(files: dict[str, bytes], readers: list[Reader]) -> Iterator[tuple[str, Reading | str]]:
    """Read all pictures of some files with every model.

    Args:
        files: Content by name.
        readers: One or more.

    Yields:
        The picture's name with what was read, or with the reason why not.

    Raises:
        ModelError: A reader's model is gone, or its card is damaged.
    """
    asked = tuple((reader.name, reader.thresholds, weights_of(reader.name)) for reader in readers)
    for name, data in files.items():
        paged = holds_pages(io.BytesIO(data))
        with contextlib.closing(_Document(data)) as document:
            number, more = 0, True
            while more:
                number += 1
                try:
                    outcome = _read(document.digest, number, asked, document, readers)
                except HdrError as error:
                    outcome = _Outcome(None, str(error), more=False)
                more = outcome.more
                refused = outcome.problem and number == 1 and not more
                yield f"{name}#{number}" if paged and not refused else name, outcome.reading or outcome.problem


@st.cache_data(max_entries=60, show_spinner=False)
def _read(
    digest: str,  # noqa: ARG001 - part of the key, as `asked`
    number: int,
    asked: tuple[tuple[str, Thresholds, tuple[str, ...]], ...],  # noqa: ARG001
    _document: _Document,
    _readers: list[Reader],
) -> _Outcome:
    try:
        sheet, more = _document.sheet(number)
        if sheet.rgb is None:
            return _Outcome(None, str(sheet.problem), more)
    except ImageError as error:
        return _Outcome(None, str(error), more=False)
    try:
        return _Outcome(_look_and_read(sheet.rgb, _readers), "", more)
    except ImageError as error:
        return _Outcome(None, str(error), more)


def _look_and_read(rgb: RGB, readers: list[Reader]) -> Reading:
    layout, found = find_and_read_with_all(readers, rgb)
    pages = {page.model: page for page in found}
    annotated = {name: encode_jpeg(fit_within(annotate(rgb, page), 2 * _SHOWN)) for name, page in pages.items()}
    steps = [(step.name, step.about, encode_jpeg(fit_within(step.picture, _SHOWN))) for step in layout.stages]
    return Reading(pages, annotated, steps)
