"""Files written whole or not at all: a draft beside the target, flushed to the disk and renamed."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from hdr.errors import ModelError


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file through a draft, so that a killed process or a full disk leaves the old one as it was.

    Args:
        path: The file; its folder must exist.
        write: Writes the content into the open draft.

    Raises:
        ModelError: The file cannot be written; the message says where and why.
    """
    draft = None
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, 0o644)
        os.replace(draft, path)
    except BaseException as error:
        if draft:
            Path(draft).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise ModelError(
                f"{path} cannot be written ({error}). Make its folder writable or some room there."
            ) from error
        raise
