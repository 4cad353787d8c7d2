"""Pictures of a batch of forms: a field cut out, and the scans with what counts written beside every field."""

import io
from collections.abc import Iterable, Iterator, Sequence

from PIL import Image, ImageDraw

from hdr.batch.forms import field_path
from hdr.batch.tasks import picture_path
from hdr.colours import ACCENT, SURE, UNSURE
from hdr.store.batches import Batch, Entry
from hdr.ui.form_results import Item


def field_picture(batch: Batch, item: Item) -> bytes | None:
    """The JPEG of a field; None where it is gone."""
    try:
        return field_path(batch.folder / "pictures", item.form, item.field).read_bytes()
    except OSError:
        return None


def annotated_scans(batch: Batch, entries: Iterable[Entry], items: Sequence[Item]) -> Iterator[bytes]:
    """The scans with their fields: green where sure, amber where not, in the accent colour as a person has said.

    Args:
        batch: Whose scans they are.
        entries: Its journal.
        items: All fields of all forms.

    Yields:
        JPEGs, reduced; scans that could not be read are left out.
    """
    by_place = {item.place: item for item in items}
    for entry in entries:
        path = picture_path(batch.folder / "pictures", entry.name)
        if entry.result is None or not path.is_file():
            continue
        with Image.open(path, formats=("JPEG",)) as picture:
            scale = picture.width / entry.result["size"][0]
            for field in entry.result["fields"]:
                _draw(picture, by_place[entry.name, field["name"]], [side * scale for side in field["box"]])
            out = io.BytesIO()
            picture.save(out, "JPEG", quality=85)
        yield out.getvalue()


def _draw(picture: Image.Image, item: Item, box: list[float]) -> None:
    pen = ImageDraw.Draw(picture)
    colour = UNSURE if item.unsure else SURE if item.said is None else ACCENT
    x, y, width, height = box
    label, size = item.text or "–", max(11, picture.height // 80)
    pen.rectangle((x, y, x + width, y + height), outline=colour, width=2)
    edges = pen.textbbox((x, y - size - 4), label, font_size=size)
    pen.rectangle((edges[0] - 2, edges[1] - 1, edges[2] + 2, edges[3] + 1), fill=(255, 255, 255))
    pen.text((x, y - size - 4), label, fill=colour, font_size=size)
