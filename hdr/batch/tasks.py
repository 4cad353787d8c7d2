"""What is done with a page of a batch: read its digits, and keep a picture of it with boxes where that is wished."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr.files import write_whole
from hdr.reader import Reader, load_reader
from hdr.report import page_record
from hdr.vision.annotate import annotate
from hdr.vision.image import encode_jpeg, fit_within

_SHOWN = 2000
"""Long side in pixels to which the pictures with boxes are reduced."""


class ReaderTask:
    """What the tasks have in common: one model, loaded where it works, once."""

    model: str

    @cached_property
    def reader(self) -> Reader:
        """The reader, loaded at the first page.

        Raises:
            ModelError: The model is missing or damaged.
        """
        return load_reader(self.model)


@dataclass(frozen=True)
class ReadPageTask(ReaderTask):
    """Reads a page with one model: a `Task` that is sent to a process and loads the model there, once.

    Attributes:
        model: Name of the stored model.
        pictures: Folder for pictures with boxes; none are made where None is given.
    """

    model: str
    pictures: Path | None = None

    def __call__(self, name: str, rgb: NDArray[np.uint8]) -> dict[str, Any]:
        """The record of a page, uint8 (H, W, 3), as `hdr.report` takes it.

        Raises:
            ImageError: The page cannot be one of digits.
            StoreError: Its picture with boxes cannot be written.
        """
        page = self.reader.look(rgb)[1]
        if self.pictures:
            boxed = encode_jpeg(fit_within(annotate(rgb, page), _SHOWN))
            write_whole(picture_path(self.pictures, name), lambda file: file.write(boxed))
        return page_record(page)


def picture_path(folder: Path, name: str) -> Path:
    """Where the picture of a page lies; names come from strangers and become no paths."""
    return folder / f"{hashlib.sha256(name.encode()).hexdigest()[:20]}.jpg"
