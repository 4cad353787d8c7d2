"""The door for whole documents: the bytes of a picture, a TIFF of several pages or a PDF -> its pages, one by one.

A picture goes through `hdr.vision.image`. A PDF is drawn by a process of its own with limits (`hdr.vision.pdf`); what
that process says is checked like any stranger's word, and it is killed when its time is up or nobody wants more pages.
"""

import contextlib
import json
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

import numpy as np

from hdr.config import PROJECT
from hdr.errors import ImageError, ImageFormatError, ImageSizeError, StoreError
from hdr.results import RGB
from hdr.vision.image import (
    MAX_ASPECT,
    MAX_PAGED_BYTES,
    MAX_PIXELS,
    MIN_SIDE,
    TIFF_MARKS,
    decode_image,
    page_frames,
)
from hdr.vision.pdf import Limits

LIMITS = Limits(pixels=MAX_PIXELS, aspect=MAX_ASPECT, file_bytes=MAX_PAGED_BYTES)
"""What a document may cost: as large pages as a picture may be, and as large a file as a TIFF of several pages."""
_LONGEST_LINE = 1000
_PROBLEMS: dict[str, tuple[type[ImageError], str]] = {
    "locked": (ImageFormatError, "The PDF is locked with a password. Save a copy without one."),
    "damaged": (ImageFormatError, "The PDF is damaged or has no pages. Save or scan it again."),
    "pages": (ImageSizeError, "The PDF has {found} pages, at most {pages} are read. Split it."),
    "page": (ImageFormatError, "This page of the PDF is damaged. Save or scan it again."),
    "shape": (ImageSizeError, "This page of the PDF is too thin, too long or without any size. Save it as a picture."),
    "memory": (ImageSizeError, "Drawing the PDF takes more than {memory:.1f} GB. Save its pages as pictures."),
    "time": (ImageSizeError, "Drawing the PDF takes more than {seconds} seconds. Save its pages as pictures."),
    "crash": (
        ImageFormatError,
        "The PDF cannot be drawn: it is damaged, or takes more than {memory:.1f} GB. Save its pages as pictures.",
    ),
}


@dataclass(frozen=True, eq=False)
class DocumentPage:
    """One page of a document: its picture, or why there is none.

    Attributes:
        number: Of the page, from 1.
        pages: Of the document.
        rgb: uint8 (H, W, 3), upright; None where there is a problem.
        problem: Why the page, or it and those after it, cannot be read.
    """

    number: int
    pages: int
    rgb: RGB | None
    problem: ImageError | None = None

    def __post_init__(self) -> None:
        if (self.rgb is None) == (self.problem is None):
            raise ValueError("a page has either a picture or a problem")


def is_pdf(data: bytes) -> bool:
    """Whether a file with this content, or this beginning, is a PDF; some have other bytes before its mark."""
    return b"%PDF-" in data[:1024]


def holds_pages(file: BinaryIO) -> bool:
    """Whether a file, open at its beginning, is a PDF or a TIFF of several pages, for `read_document_pages`."""
    head = file.read(1024)
    return is_pdf(head) or (head.startswith(TIFF_MARKS) and len(page_frames(head + file.read(MAX_PAGED_BYTES))) > 1)


def read_document_pages(data: bytes, *, first: int = 1, limits: Limits = LIMITS) -> Iterator[DocumentPage]:
    """The pages of a document, one by one, so that never more than two of them are in memory.

    Args:
        data: Content of a picture that `decode_image` reads, a TIFF of several pages or a PDF.
        first: Number of the first page that is wanted, from 1.
        limits: What a PDF may cost, and how many pages a TIFF may have.

    Yields:
        The pages in order. One that cannot be drawn has a problem and the next follows; where the drawing broke off,
        the last page's problem says so.

    Raises:
        ImageError: The document as a whole cannot be read.
        StoreError: There is no room for the process that draws, or for its copy of the file.
    """
    if is_pdf(data):
        yield from _read_pdf(data, first, limits)
    elif len(frames := page_frames(data)) > 1:
        yield from _read_tiff(data, frames, first, limits)
    elif first == 1:
        yield DocumentPage(1, 1, decode_image(data))


class _BrokenError(Exception):
    """The process that draws has ended, or has said what cannot be."""


class _Drawer:
    """The process that draws: what it says, within the time that is left."""

    def __init__(self, data: bytes, first: int, limits: Limits) -> None:
        self._left = float(limits.seconds)
        command = [sys.executable, "-m", "hdr.vision.pdf", json.dumps(asdict(limits)), str(first)]
        try:
            with tempfile.TemporaryFile() as file:
                file.write(data)
                file.seek(0)
                self._process = subprocess.Popen(
                    command, cwd=PROJECT, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
                )
        except OSError as error:
            raise StoreError(f"The PDF cannot be drawn now ({error}). Make room or close other programs.") from error
        assert self._process.stdout is not None
        self._pipe = self._process.stdout
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._pipe, selectors.EVENT_READ)

    def line(self) -> dict[str, Any]:
        """What it says next."""
        said = bytearray()
        while not said.endswith(b"\n"):
            said += self.take(1)
            if len(said) > _LONGEST_LINE:
                raise _BrokenError
        try:
            facts = json.loads(said)
        except ValueError as error:
            raise _BrokenError from error
        if not isinstance(facts, dict):
            raise _BrokenError
        return facts

    def take(self, count: int) -> bytearray:
        """So many bytes; only the time spent waiting for them counts."""
        taken = bytearray(count)
        view = memoryview(taken)
        while view:
            started = time.monotonic()
            ready = self._selector.select(max(0.0, self._left))
            self._left -= time.monotonic() - started
            got = self._pipe.readinto(view) if ready else 0  # type: ignore[attr-defined]
            if not got:
                raise _BrokenError
            view = view[got:]
        return taken

    def why_broken(self) -> str:
        """The problem that ended it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self._left > 0 and self._process.wait(1) != -signal.SIGXCPU:
                return "crash"
        return "time"

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._selector.close()
        self._pipe.close()


def _read_tiff(data: bytes, frames: list[int], first: int, limits: Limits) -> Iterator[DocumentPage]:
    if len(frames) > limits.pages:
        raise ImageSizeError(f"The TIFF has {len(frames)} pages, at most {limits.pages} are read. Split it.")
    for number, frame in enumerate(frames[first - 1 :], first):
        try:
            page = DocumentPage(number, len(frames), decode_image(data, frame))
        except ImageError as error:
            page = DocumentPage(number, len(frames), None, error)
        yield page


def _read_pdf(data: bytes, first: int, limits: Limits) -> Iterator[DocumentPage]:
    if len(data) > limits.file_bytes:
        raise ImageSizeError(
            f"The PDF has {len(data) / 1e6:.1f} MB, at most {limits.file_bytes / 1e6:.0f} MB are read. Split it."
        )
    with contextlib.closing(_Drawer(data, first, limits)) as drawer:
        pages = _count_pages(drawer, limits)
        for number in range(first, pages + 1):
            try:
                page = _next_page(drawer, number, pages, limits)
            except _BrokenError:
                problem = _problem(drawer.why_broken(), limits)
                if number == first == 1:
                    raise problem from None
                yield DocumentPage(
                    number, pages, None, type(problem)(f"From page {number} on nothing was read. {problem}")
                )
                return
            yield page


def _count_pages(drawer: _Drawer, limits: Limits) -> int:
    try:
        facts = drawer.line()
    except _BrokenError:
        raise _problem(drawer.why_broken(), limits) from None
    found = facts.get("pages")
    if facts.get("problem") or not (isinstance(found, int) and 1 <= found <= limits.pages):
        raise _problem(str(facts.get("problem")), limits, found)
    return found


def _next_page(drawer: _Drawer, number: int, pages: int, limits: Limits) -> DocumentPage:
    facts = drawer.line()
    if facts.get("problem") == "memory":
        raise _BrokenError
    if "problem" in facts:
        return DocumentPage(number, pages, None, _problem(str(facts["problem"]), limits))
    match facts.get("size"):
        case [int(width), int(height)] if width > 0 and height > 0 and width * height <= limits.pixels:
            rgb = np.frombuffer(drawer.take(width * height * 3), np.uint8).reshape(height, width, 3)
        case _:
            raise _BrokenError
    if min(width, height) < MIN_SIDE:
        return DocumentPage(number, pages, None, _problem("shape", limits))
    return DocumentPage(number, pages, rgb)


def _problem(key: str, limits: Limits, found: object = None) -> ImageError:
    kind, message = _PROBLEMS.get(key, _PROBLEMS["crash"])
    return kind(message.format(found=found, pages=limits.pages, seconds=limits.seconds, memory=limits.memory / 1e9))
