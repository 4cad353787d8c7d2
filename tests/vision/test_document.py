"""Documents page by page: pictures, PDFs drawn here, and PDFs that are locked, damaged or made to do harm."""

import io
import subprocess
import time
import zlib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from hdr.errors import ImageError, ImageFormatError, ImageSizeError
from hdr.vision import document
from hdr.vision.document import LIMITS, DocumentPage, holds_pages, is_pdf, read_document_pages
from hdr.vision.image import decode_image, encode_png
from hdr.vision.pdf import page_scale

ROOM = b"/MediaBox [0 0 144 72]"


def scanned(*greys: int, size: tuple[int, int] = (200, 100)) -> bytes:
    """A PDF with one picture of one grey a page."""
    first, *others = [Image.new("L", size, grey) for grey in greys]
    out = io.BytesIO()
    first.save(out, "PDF", save_all=True, append_images=others, resolution=100)
    return out.getvalue()


def faxed(*greys: int, reduced: tuple[int, ...] = ()) -> bytes:
    """A TIFF with one picture of one grey a page; the frames of these numbers are marked as smaller copies."""
    first, *others = frames = [Image.new("L", (60, 40), grey) for grey in greys]
    for number, frame in enumerate(frames):
        frame.encoderinfo = {"tiffinfo": {254: int(number in reduced)}}
    out = io.BytesIO()
    first.save(out, "TIFF", save_all=True, append_images=others, tiffinfo={254: int(0 in reduced)})
    return out.getvalue()


def written(page: bytes = ROOM, *objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF by hand: a page with these entries, and further objects from number 4 on."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R " + page + b" >>",
        *objects,
    ]
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(parts) + 1, table)
    tail = b"trailer << /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, trailer, len(out))
    return bytes(out) + head + tail


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def locked() -> bytes:
    return written(
        ROOM,
        b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (b"5a" * 32, b"a5" * 32),
        trailer=b"/Encrypt 4 0 R /ID [<00> <00>]",
    )


def nested(depth: int = 12) -> bytes:
    """An empty page, and one with ten times the form that is ten times the form ...: ages to draw, for 4 kilobytes."""
    forms = [
        stream(
            b"/F Do " * 10 if level < depth - 1 else b"0 0 100 60 re f ",
            b"/Type /XObject /Subtype /Form /BBox [0 0 144 72] /Resources << /XObject << /F %d 0 R >> >>" % (level + 6),
        )
        for level in range(depth)
    ]
    page = ROOM + b" /Contents 4 0 R /Resources << /XObject << /F 5 0 R >> >>"
    empty = b"<< /Type /Page /Parent 2 0 R " + ROOM + b" >>"
    kids = b"[%d 0 R 3 0 R] /Count 2" % (depth + 5)
    return written(page, stream(b"/F Do " * 10), *forms, empty).replace(b"[3 0 R] /Count 1", kids)


def swollen(size: int = 250_000_000) -> bytes:
    """A page whose drawing instructions are some hundred megabytes of blanks, packed into a thousandth of that."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 1_000_000) for _ in range(size // 1_000_000)) + packer.flush()
    return written(ROOM + b" /Contents 4 0 R", stream(packed, b"/Filter /FlateDecode"))


def test_every_page_in_order():
    sheets = list(read_document_pages(scanned(10, 100, 200)))
    assert [(sheet.number, sheet.pages, sheet.problem) for sheet in sheets] == [
        (1, 3, None),
        (2, 3, None),
        (3, 3, None),
    ]
    for sheet, grey in zip(sheets, (10, 100, 200), strict=True):
        assert sheet.rgb is not None
        assert (sheet.rgb.shape, sheet.rgb.dtype) == ((250, 500, 3), np.uint8)
        assert abs(int(sheet.rgb[125, 250, 0]) - grey) <= 2


def test_colours_and_sides_are_kept():
    picture = Image.new("RGB", (200, 100), (250, 10, 20))
    picture.paste((10, 20, 250), (100, 0, 200, 100))
    out = io.BytesIO()
    picture.save(out, "PDF", resolution=100)
    (sheet,) = read_document_pages(out.getvalue())
    assert sheet.rgb is not None
    assert np.abs(sheet.rgb[100, 100].astype(int) - (250, 10, 20)).max() < 12
    assert np.abs(sheet.rgb[100, 400].astype(int) - (10, 20, 250)).max() < 12


def test_from_a_later_page_on():
    assert [sheet.number for sheet in read_document_pages(scanned(1, 2, 3, 4), first=3)] == [3, 4]
    assert list(read_document_pages(scanned(1), first=2)) == []


def test_a_picture_is_a_document_of_one_page():
    data = encode_png(np.arange(3200, dtype=np.uint8).reshape(40, 80))
    (sheet,) = read_document_pages(data)
    assert sheet.rgb is not None
    assert np.array_equal(sheet.rgb, decode_image(data))
    assert (sheet.number, sheet.pages) == (1, 1)
    assert list(read_document_pages(data, first=2)) == []


def test_every_page_of_a_tiff_in_order():
    data = faxed(10, 20, 30)
    sheets = list(read_document_pages(data))
    assert [(sheet.number, sheet.pages, int(sheet.rgb.mean())) for sheet in sheets] == [
        (1, 3, 10),
        (2, 3, 20),
        (3, 3, 30),
    ]
    assert [(sheet.number, int(sheet.rgb.mean())) for sheet in read_document_pages(data, first=3)] == [(3, 30)]
    assert list(read_document_pages(data, first=4)) == []


def test_a_smaller_copy_is_no_page_of_a_tiff():
    assert [int(sheet.rgb.mean()) for sheet in read_document_pages(faxed(10, 20, 30, reduced=(1,)))] == [10, 30]
    for data in (faxed(10), faxed(10, 20, reduced=(1,)), faxed(10, 20, reduced=(0, 1))):
        assert [(sheet.pages, int(sheet.rgb.mean())) for sheet in read_document_pages(data)] == [(1, 10)]
    assert [(sheet.pages, int(sheet.rgb.mean())) for sheet in read_document_pages(faxed(10, 20, reduced=(0,)))] == [
        (1, 20)
    ]


def test_a_bad_page_of_a_tiff_stops_no_other():
    """The second of three pages is a stripe."""
    first, *others = [Image.new("L", size, 100) for size in ((60, 40), (2000, 10), (60, 40))]
    out = io.BytesIO()
    first.save(out, "TIFF", save_all=True, append_images=others)
    assert [sheet.problem is None for sheet in read_document_pages(out.getvalue())] == [True, False, True]


def test_a_tiff_of_too_many_pages():
    with pytest.raises(ImageSizeError, match=r"The TIFF has 51 pages, at most 50 are read\. Split it\."):
        list(read_document_pages(faxed(*range(51))))


@pytest.mark.parametrize("content", [b"II*\0", b"MM\0*" + bytes(40), faxed(1, 2)[:60]])
def test_a_damaged_tiff(content):
    assert not holds_pages(io.BytesIO(content))
    with pytest.raises(ImageFormatError):
        list(read_document_pages(content))


def test_pages_come_one_by_one(monkeypatch):
    """The process waits with the next page, and ends when nobody wants it."""
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(document.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1])
    sheets = read_document_pages(scanned(*range(30), size=(600, 400)), limits=replace(LIMITS, seconds=5))
    assert next(sheets).number == 1
    assert started[0].poll() is None
    sheets.close()
    assert started[0].returncode is not None


def test_time_spent_elsewhere_does_not_count():
    sheets = read_document_pages(scanned(1, 2, 3), limits=replace(LIMITS, seconds=2))
    next(sheets)
    time.sleep(2.2)
    assert [sheet.problem for sheet in sheets] == [None, None]


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        (scanned(*range(60), size=(20, 20)), ImageSizeError, "60 pages, at most 50 are read"),
        (locked(), ImageFormatError, "locked with a password"),
        (scanned(1, 2)[:300], ImageFormatError, "damaged"),
        (b"%PDF-1.7\n", ImageFormatError, "damaged"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 400, ImageFormatError, "damaged"),
        (written().replace(b"/Kids [3 0 R] /Count 1", b"/Kids [] /Count 0"), ImageFormatError, "no pages"),
        (b"Dear reader,\nthis is a text.\n", ImageFormatError, "not a picture"),
        (b"", ImageFormatError, "empty"),
    ],
    ids=["60 pages", "locked", "truncated", "a mark alone", "noise", "no pages", "text", "empty"],
)
def test_what_is_no_document(data, kind, message):
    with pytest.raises(kind, match=message):
        list(read_document_pages(data))


def test_a_file_that_is_too_large():
    with pytest.raises(ImageSizeError, match=r"The PDF has 2\.0 MB, at most 1 MB are read\. Split it\."):
        list(read_document_pages(b"%PDF-1.7" + bytes(2_000_000), limits=replace(LIMITS, file_bytes=1_000_000)))


@pytest.mark.parametrize(
    ("room", "shape"),
    [
        (b"[0 0 14400 14400]", (2829, 2829)),
        (b"[0 0 1000000000 1000000000]", (2829, 2829)),
        (b"[0 0 595 842]", (2924, 2066)),
    ],
    ids=["200 inches", "thousands of miles", "A4"],
)
def test_pages_of_any_size_get_a_picture_of_a_page(room, shape):
    (sheet,) = read_document_pages(written(b"/MediaBox " + room))
    assert sheet.rgb is not None
    assert np.abs(np.subtract(sheet.rgb.shape[:2], shape)).max() <= 1
    assert sheet.rgb.min() == 255


@pytest.mark.parametrize("room", [b"[0 0 14400 10]", b"[0 0 2 2]", b"[0 0 " + b"9" * 30 + b".0 5]"])
def test_a_page_that_is_no_page(room):
    (sheet,) = read_document_pages(written(b"/MediaBox " + room))
    assert sheet.rgb is None
    assert isinstance(sheet.problem, ImageSizeError)
    assert "too thin, too long" in str(sheet.problem)


def test_one_bad_page_stops_no_other():
    """The second of three pages is the picture of a stripe."""
    pages = [Image.new("L", size, 100) for size in ((200, 100), (2000, 10), (200, 100))]
    out = io.BytesIO()
    pages[0].save(out, "PDF", save_all=True, append_images=pages[1:])
    assert [sheet.problem is None for sheet in read_document_pages(out.getvalue())] == [True, False, True]


def test_a_page_that_takes_too_long():
    started = time.monotonic()
    first, last = read_document_pages(nested(), limits=replace(LIMITS, seconds=1))
    assert first.rgb is not None
    assert str(last.problem).startswith("From page 2 on nothing was read. Drawing the PDF takes more than 1 seconds.")
    assert time.monotonic() - started < 6


def test_computing_time_counts_while_nobody_waits():
    """The process ends itself, though the clock of who waits for it stands still."""
    sheets = read_document_pages(nested(), limits=replace(LIMITS, seconds=1))
    next(sheets)
    time.sleep(2.5)
    started = time.monotonic()
    assert "takes more than 1 seconds" in str(next(sheets).problem)
    assert time.monotonic() - started < 0.5


def test_a_page_that_takes_too_much_memory():
    with pytest.raises(ImageFormatError, match=r"takes more than 0\.2 GB"):
        list(read_document_pages(swollen(), limits=replace(LIMITS, memory=200_000_000)))


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[]\n",
        b"nonsense\n",
        b"x" * 5000,
        b'{"pages": -1}\n',
        b'{"pages": "many"}\n',
        b'{"pages": 51}\n',
        b'{"problem": "never heard of"}\n',
        b'{"pages": 1}\n',
        b'{"pages": 1}\n{"size": [1000000, 1000000]}\n',
        b'{"pages": 1}\n{"size": [-5, -5]}\n',
        b'{"pages": 1}\n{"size": [20, 20]}\nfew',
        b'{"pages": 1}\n{}\n',
    ],
)
def test_a_process_taken_over_is_not_believed(said, monkeypatch):
    """Whatever the process says, there is a plain error and no picture."""
    popen = subprocess.Popen
    program = f"import sys; sys.stdout.buffer.write({said!r})"
    monkeypatch.setattr(
        document.subprocess, "Popen", lambda command, **k: popen([command[0], "-S", "-c", program], **k)
    )
    with pytest.raises(ImageError):
        list(read_document_pages(written()))


def test_a_process_that_dies_later_leaves_the_pages_before(monkeypatch):
    popen = subprocess.Popen
    said = b'{"pages": 3}\n{"size": [8, 8]}\n' + bytes(8 * 8 * 3)
    program = f"import os, sys; sys.stdout.buffer.write({said!r}); sys.stdout.flush(); os.kill(os.getpid(), 11)"
    monkeypatch.setattr(
        document.subprocess, "Popen", lambda command, **k: popen([command[0], "-S", "-c", program], **k)
    )
    first, last = read_document_pages(written())
    assert first.rgb is not None
    assert (last.number, last.pages) == (2, 3)
    assert str(last.problem).startswith("From page 2 on nothing was read. The PDF cannot be drawn")


@pytest.mark.parametrize(
    ("beginning", "answer"),
    [(b"%PDF-1.4\n", True), (b"\xef\xbb\xbf\n%PDF-1.4", True), (b"PDF", False), (b"", False), (bytes(2000), False)],
)
def test_is_pdf(beginning, answer):
    assert is_pdf(beginning) is answer


def test_what_holds_pages():
    """A PDF of one page does, too: its pages are drawn, not decoded."""
    contents = [scanned(1), faxed(1, 2), faxed(1), encode_png(np.zeros((9, 9), np.uint8)), b""]
    assert [holds_pages(io.BytesIO(content)) for content in contents] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("width", "height", "scale"),
    [
        (595, 842, 250 / 72),
        (14400, 14400, 8_000_000**0.5 / 14400),
        (0, 5, None),
        (-5, 5, None),
        (float("nan"), 5, None),
        (510, 10, None),
    ],
)
def test_page_scale(width, height, scale):
    assert page_scale(width, height, LIMITS) == pytest.approx(scale)


def test_a_sheet_is_a_picture_or_a_problem():
    with pytest.raises(ValueError, match="either"):
        DocumentPage(1, 1, None)
