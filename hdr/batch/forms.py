"""What is done with a page of a batch of forms: read its fields, and keep small pictures of them for the review."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr.batch.tasks import ReaderTask, picture_path
from hdr.errors import StoreError
from hdr.files import write_whole
from hdr.form_reader import FieldReading, FormReading, read_form
from hdr.store.batches import Batch
from hdr.store.templates import Template, template_as_json, template_from_json
from hdr.vision.image import encode_jpeg, fit_within

_FIELD_SIDE, _SCAN_SIDE = 640, 1600
"""Long side in pixels to which the pictures of a field and of the whole scan are reduced."""


@dataclass(frozen=True)
class ReadFormTask(ReaderTask):
    """Reads forms of one template with one model: a `Task` that loads the model where it works, once.

    Attributes:
        form: The template.
        model: Name of the stored model.
        pictures: Folder for the pictures.
    """

    form: Template
    model: str
    pictures: Path

    def __call__(self, name: str, rgb: NDArray[np.uint8]) -> dict[str, Any]:
        """The record of a form on a scan, uint8 (H, W, 3).

        Raises:
            ImageContentError: The picture does not show the form.
            StoreError: Its pictures cannot be written.
        """
        reading = read_form(self.reader, rgb, self.form)
        _keep(picture_path(self.pictures, name), fit_within(rgb, _SCAN_SIDE))
        for field in reading.fields:
            _keep(field_path(self.pictures, name, field.name), fit_within(field.crop, _FIELD_SIDE))
        return form_record(reading, (rgb.shape[1], rgb.shape[0]))


def keep_template(batch: Batch, template: Template) -> None:
    """Keep the template beside the batch, so that it stays what it was when the batch was begun.

    Raises:
        StoreError: It cannot be written.
    """
    data = template_as_json(template).encode()
    write_whole(_template_path(batch), lambda file: file.write(data))


def kept_template(batch: Batch) -> Template:
    """The template that a batch was begun with.

    Raises:
        StoreError: It is not there.
        DataError: It is damaged.
    """
    path = _template_path(batch)
    try:
        return template_from_json(path.read_bytes())
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error}). Delete the batch and read the files again.") from error


def _template_path(batch: Batch) -> Path:
    return batch.folder / "template.json"


def form_record(reading: FormReading, size: tuple[int, int]) -> dict[str, Any]:
    """A form as JSON holds it, complete but for its pictures.

    Args:
        reading: The form.
        size: (width, height) of the scan, pixels.
    """
    return {
        "template": reading.template,
        "size": list(size),
        "confidence": round(float(reading.confidence), 4),
        "fields": [_field_record(field) for field in reading.fields],
    }


def field_path(pictures: Path, name: str, field: str) -> Path:
    """Where the picture of a field lies."""
    return picture_path(picture_path(pictures, name).with_suffix(""), field)


def _field_record(field: FieldReading) -> dict[str, Any]:
    return {
        "name": field.name,
        "text": field.text,
        "unruled": field.unruled,
        "confidence": round(float(field.confidence), 4),
        "alternatives": [[text, round(float(share), 4)] for text, share in field.alternatives],
        "box": [int(side) for side in field.box],
        "complaint": field.complaint,
        "blank": bool(field.blank),
    }


def _keep(path: Path, picture: NDArray[np.uint8]) -> None:
    data = encode_jpeg(picture)
    write_whole(path, lambda file: file.write(data))
