"""A person's own labelled pictures: read from an uploaded folder or zip file, kept for training.

In come files with their paths; the folder that a picture lies in, 0 to 9, is its label. Out comes a `Dataset`, which is
kept as `HDR_HOME/data/sets/NAME.npz`. Nothing is unpacked to disk. Knows nothing of nets and pages.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from hdr.config import NAME_PATTERN, NAME_RULE, home_folder
from hdr.data.datasets import BUILT_IN, Dataset, is_picture, read_arrays, read_picture
from hdr.errors import DataError, ImageError
from hdr.files import failures_explained, write_whole

MAX_FILES = 20_000
MAX_FILE_BYTES, MAX_ZIP_BYTES = 25_000_000, 500_000_000
"""Unpacked size of one file in a zip file, and of all of them."""


def read_labelled(name: str, files: Iterable[tuple[str, bytes]]) -> tuple[Dataset, list[str]]:
    """Read labelled pictures; one that cannot be read does not stop the rest.

    Args:
        name: How the set is called.
        files: Relative path, with / or \\, and content of each file. The label of `any/3/any.png` is 3. What file
            managers leave behind is passed over.

    Returns:
        The pictures in the order of their paths, and a line for each file that is not among them:
        `3/bad.png: what was wrong`.

    Raises:
        DataError: No picture is left, or there are more than `MAX_FILES`.
    """
    found = [(PurePosixPath(path.replace("\\", "/")), content) for path, content in files]
    meant = sorted((path, content) for path, content in found if is_picture(path))
    if len(meant) > MAX_FILES:
        raise DataError(f"At most {MAX_FILES:,} pictures are read, not {len(meant):,}. Leave some out.")
    pictures: list[tuple[int, NDArray[np.uint8]]] = []
    problems: list[str] = []
    for path, content in meant:
        try:
            pictures.append((_label(path), _inked(content)))
        except (DataError, ImageError) as error:
            problems.append(f"{path}: {error}")
    if not pictures:
        raise DataError(_nothing_left(name, problems))
    labels, images = zip(*pictures, strict=True)
    return Dataset(name, np.stack(images), np.array(labels, dtype=np.int64)), problems


def files_of_zip(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The files in a zip file, each unpacked in memory when it is asked for; folders are passed over.

    Args:
        data: Content of the zip file, untrusted.

    Yields:
        Path in the zip file, and content.

    Raises:
        DataError: The zip file is damaged, encrypted, packed in a rare way, or holds more than `MAX_FILES` entries,
            `MAX_FILE_BYTES` in one or `MAX_ZIP_BYTES` in all. Raised while the files are gone through.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_entries(archive.infolist())
            yield from _unpacked(archive)
    except DataError:
        raise
    except Exception as error:  # a damaged archive makes zipfile raise nearly anything
        raise DataError(f"The zip file is damaged or not a zip file ({error}). Pack the folder again.") from error


def keep_set(name: str, data: Dataset) -> Path:
    """Keep a set under a name, in place of one that had it; written whole or not at all.

    Args:
        name: Letters, digits, '.', '_' and '-', beginning with a letter or digit; not that of a built-in set.
        data: The pictures and labels.

    Returns:
        The file, `HDR_HOME/data/sets/NAME.npz`.

    Raises:
        DataError: The name cannot be used.
        StoreError: The file cannot be written.
    """
    _check_name(name)
    path = _file(name)
    write_whole(path, lambda file: np.savez_compressed(file, x=data.images, y=data.labels))
    return path


def kept_sets() -> list[str]:
    """Names of the kept sets, sorted."""
    return sorted(path.stem for path in _folder().glob("[!.]*.npz"))


def load_kept(name: str) -> Dataset:
    """The kept set of this name.

    Raises:
        DataError: There is none, or its file is damaged.
    """
    path = _find(name)
    try:
        return Dataset(name, *read_arrays(path, "x", "y"))
    except DataError as error:
        raise DataError(f"{error} Remove the set {name} and upload its pictures again.") from error


def forget_set(name: str) -> None:
    """Remove the kept set of this name from the disk.

    Raises:
        DataError: There is none.
        StoreError: Its file cannot be removed.
    """
    path = _find(name)
    with failures_explained(path, "removed", "Make its folder writable."):
        path.unlink()


def _label(path: PurePosixPath) -> int:
    folder = path.parent.name
    if not re.fullmatch("[0-9]", folder):
        raise DataError(f"It must lie in a folder named 0 to 9, not in {repr(folder) if folder else 'none'}.")
    return int(folder)


def _inked(content: bytes) -> NDArray[np.uint8]:
    image = read_picture(content)
    if not image.any():
        raise DataError("It is blank.")
    return image


def _nothing_left(name: str, problems: list[str]) -> str:
    expected = f"No labelled picture was found. Expected folders 0 to 9 with pictures, such as {name}/3/any.png."
    return " ".join([expected, *problems[:3]])


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_FILES:
        raise DataError(f"The zip file holds {len(entries):,} entries, at most {MAX_FILES:,} are read. Leave some out.")
    for entry in entries:
        if entry.flag_bits & 1:
            raise DataError(f"{entry.filename} in the zip file is encrypted. Pack the folder without a password.")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):  # others unpack without a limit
            raise DataError(
                f"{entry.filename} in the zip file is packed by method {entry.compress_type}, only stored and deflated "
                "files are read. Pack the folder with the usual settings."
            )


def _unpacked(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """Path and content of each file; sizes are counted as they come, for a header may lie."""
    total = 0
    for entry in archive.infolist():
        if entry.filename.endswith(("/", "\\")):
            continue
        with archive.open(entry) as file:
            content = file.read(MAX_FILE_BYTES + 1)
        total += len(content)
        if len(content) > MAX_FILE_BYTES:
            raise DataError(
                f"{entry.filename} in the zip file unpacks to more than {MAX_FILE_BYTES / 1e6:g} MB. Leave it out."
            )
        if total > MAX_ZIP_BYTES:
            raise DataError(f"The zip file unpacks to more than {MAX_ZIP_BYTES / 1e6:g} MB. Pack fewer pictures.")
        yield entry.filename, content


def _folder() -> Path:
    return home_folder() / "data" / "sets"


def _file(name: str) -> Path:
    return _folder() / f"{name}.npz"


def _find(name: str) -> Path:
    known = kept_sets()
    if name not in known:
        raise DataError(f"No set of your own is called {name!r}. Kept: {', '.join(known) or 'none yet'}.")
    return _file(name)


def _check_name(name: str) -> None:
    if not NAME_PATTERN.fullmatch(name):
        raise DataError(f"A set's name has {NAME_RULE}, not {name!r}.")
    taken = (*BUILT_IN, "cheques")
    if name in taken:
        raise DataError(f"{name!r} is the name of a built-in set, as are {', '.join(taken)}. Choose another.")
