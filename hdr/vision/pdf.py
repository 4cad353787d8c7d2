"""The process that draws a PDF's pages: `python -m hdr.vision.pdf`, started by `hdr.vision.document` alone.

PDFium may crash, hang or take gigabytes over a file that was made for it, so this process limits its own memory, time
and files before it looks at a byte. The PDF comes on standard input. On standard output goes a line of JSON with the
number of pages, then for each page a line and its pixels, RGB row by row. A line with `problem` says what is wrong, as
a key of the messages in `hdr.vision.document`. It knows no picture library and no NumPy, so that it starts at once.
"""

import contextlib
import json
import math
import sys
from dataclasses import dataclass
from typing import Any, BinaryIO

_POINTS_PER_INCH = 72
_DOTS_PER_INCH = 250
_WANTED_PIXELS = 8_000_000
"""Larger pages are drawn with fewer dots per inch; the reader looks at fewer pixels than that."""
_PASSWORD = 4
"""PDFium's error code for a locked file, from fpdfview.h."""


@dataclass(frozen=True)
class Limits:
    """What one document may cost.

    Attributes:
        pixels: Of a page.
        aspect: How many times as long as wide a page may be.
        file_bytes: Size of the file.
        memory: Bytes of address space of the process.
        seconds: Of its computing time, and of the time that its caller waits for it in all.
        pages: Of the document.
    """

    pixels: int
    aspect: int
    file_bytes: int
    memory: int = 2_000_000_000
    seconds: int = 30
    pages: int = 50


def draw_document(data: bytes, first: int, limits: Limits, out: BinaryIO) -> None:
    """Draw the pages of a PDF, one after the other.

    Args:
        data: Content of the file.
        first: Number of the first page to draw, from 1.
        limits: Of pages and pixels; those of the process were set before.
        out: Where lines and pixels go.
    """
    import pypdfium2  # type: ignore[import-untyped]

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        _tell(out, problem="locked" if error.err_code == _PASSWORD else "damaged")
        return
    count = len(document)
    if not 1 <= count <= limits.pages:
        _tell(out, problem="pages" if count else "damaged", pages=count)
        return
    _tell(out, pages=count)
    for number in range(first, count + 1):
        _draw_page(document, number, limits, out)


def _draw_page(document: Any, number: int, limits: Limits, out: BinaryIO) -> None:
    import pypdfium2

    try:
        page = document[number - 1]
        scale = page_scale(page.get_width(), page.get_height(), limits)
        bitmap = page.render(scale=scale, rev_byteorder=True) if scale else None
    except (pypdfium2.PdfiumError, ValueError):
        _tell(out, problem="page")
        return
    if bitmap is None:
        _tell(out, problem="shape")
    else:
        _tell(out, size=[bitmap.width, bitmap.height])
        out.write(bitmap.buffer)
        out.flush()
        bitmap.close()
    page.close()


def page_scale(width: float, height: float, limits: Limits) -> float | None:
    """Pixels to a point at which a page is drawn.

    Args:
        width: Of the page, points.
        height: Of the page, points.
        limits: Of its picture.

    Returns:
        None where the page is of no size that a picture could have.
    """
    shortest, longest = sorted((width, height))
    if not (math.isfinite(width * height) and 0 < shortest <= longest <= limits.aspect * shortest):
        return None
    pixels = min(_WANTED_PIXELS, limits.pixels)
    return min(_DOTS_PER_INCH / _POINTS_PER_INCH, math.sqrt(pixels / (width * height)))


def _tell(out: BinaryIO, **facts: object) -> None:
    out.write(json.dumps(facts).encode() + b"\n")
    out.flush()


def _limit_process(limits: Limits) -> None:
    """Memory, computing time, and no files at all; where the system cannot limit one, the caller's clock remains."""
    import resource

    wanted = {
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_CPU: limits.seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in wanted.items():
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most + 1 if kind == resource.RLIMIT_CPU else most))  # first SIGXCPU


def main() -> None:
    """Draw what comes on standard input, within the limits of the first argument, from the page of the second."""
    limits, first = Limits(**json.loads(sys.argv[1])), int(sys.argv[2])
    import pypdfium2  # noqa: F401 - while files can still be opened

    _limit_process(limits)
    try:
        draw_document(sys.stdin.buffer.read(), first, limits, sys.stdout.buffer)
    except MemoryError:
        _tell(sys.stdout.buffer, problem="memory")


if __name__ == "__main__":
    main()
