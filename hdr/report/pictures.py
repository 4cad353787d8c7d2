"""Pictures as the pages of a PDF; JPEGs are put in as they are, so that nothing is lost and little memory is needed."""

import io
from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image

from hdr.errors import SettingsError

_LONG_SIDE = 842
"""Of a page in points: that of A4."""
_CATALOG, _PAGES, _FIRST = 1, 2, 3
"""Numbers of the PDF's objects: its root, the list of its pages, and the first of a page's three."""


@dataclass(frozen=True)
class _Jpeg:
    data: bytes
    width: int
    height: int
    colours: str


def as_pdf(pictures: Iterable[bytes]) -> bytes:
    """A PDF with a page for each picture, the long side as long as that of A4.

    Args:
        pictures: Contents of JPEG or PNG files that this software made, such as those of `hdr.vision.annotate`.

    Raises:
        SettingsError: There is no picture.

    References:
        ISO 32000-1:2008, 7.5 (structure of a file) and 7.4.8 (JPEGs as they are).
    """
    objects: list[int] = []
    out = io.BytesIO(b"%PDF-1.4\n")
    out.seek(0, io.SEEK_END)
    for picture in pictures:
        _add_page(out, objects, _as_jpeg(picture))
    if not objects:
        raise SettingsError("No picture was read, so there is none to put into a PDF. Choose another kind of file.")
    pages = range(_FIRST, _FIRST + len(objects), 3)
    kids = " ".join(f"{number} 0 R" for number in pages)
    listed = [_add(out, _PAGES, f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>")]
    listed.insert(0, _add(out, _CATALOG, f"<< /Type /Catalog /Pages {_PAGES} 0 R >>"))
    _end(out, listed + objects)
    return out.getvalue()


def _add_page(out: io.BytesIO, objects: list[int], jpeg: _Jpeg) -> None:
    """A page, what is drawn on it, and its picture."""
    number = _FIRST + len(objects)
    scale = _LONG_SIDE / max(jpeg.width, jpeg.height)
    width, height = round(jpeg.width * scale, 2), round(jpeg.height * scale, 2)
    drawing = f"{width} 0 0 {height} 0 0 cm /I Do".encode()
    page = (
        f"<< /Type /Page /Parent {_PAGES} 0 R /MediaBox [0 0 {width} {height}] /Contents {number + 1} 0 R "
        f"/Resources << /XObject << /I {number + 2} 0 R >> >> >>"
    )
    picture = (
        f"/Type /XObject /Subtype /Image /Width {jpeg.width} /Height {jpeg.height} /BitsPerComponent 8 "
        f"/ColorSpace /{jpeg.colours} /Filter /DCTDecode "
    )
    objects += [
        _add(out, number, page),
        _add(out, number + 1, "", drawing),
        _add(out, number + 2, picture, jpeg.data),
    ]


def _add(out: io.BytesIO, number: int, entries: str, stream: bytes | None = None) -> int:
    """Write an object, or with a stream its entries and the stream; returns where it begins."""
    place = out.tell()
    if stream is None:
        body = entries.encode()
    else:
        body = b"<< %s/Length %d >>\nstream\n%s\nendstream" % (entries.encode(), len(stream), stream)
    out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    return place


def _end(out: io.BytesIO, places: list[int]) -> None:
    """The table of where the objects begin, and the trailer."""
    start, size = out.tell(), len(places) + 1
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, _CATALOG, start))


def _as_jpeg(picture: bytes) -> _Jpeg:
    with Image.open(io.BytesIO(picture), formats=("JPEG", "PNG")) as image:
        if image.format == "JPEG" and image.mode in ("L", "RGB"):
            return _Jpeg(picture, *image.size, "DeviceGray" if image.mode == "L" else "DeviceRGB")
        out = io.BytesIO()
        image.convert("RGB").save(out, "JPEG", quality=88)
        return _Jpeg(out.getvalue(), *image.size, "DeviceRGB")
