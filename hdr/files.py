"""Files and folders written whole or not at all: a draft beside the target, flushed to the disk and renamed.

A draft's name begins with a dot and holds its writer's process id, so that what a killed process left is known as such
and swept away.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from hdr.errors import StoreError

_DRAFT = re.compile(r"\.(?P<target>.+)-(?P<kind>new|old)-(?P<pid>\d+)-\w+")


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file through a draft, so that a killed process or a full disk leaves the old one as it was.

    Args:
        path: The file; its folder is made where it is missing.
        write: Writes the content into the open draft.

    Raises:
        StoreError: The file cannot be written; the message says where and why.
    """
    with failures_explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=_prefix(path, "new"), dir=path.parent)
        draft = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(draft, 0o644)
            os.replace(draft, path)
        finally:
            draft.unlink(missing_ok=True)


def write_bytes_whole(path: Path, data: bytes) -> None:
    """Write a file with this content as `write_whole` does.

    Raises:
        StoreError: The file cannot be written; the message says where and why.
    """
    write_whole(path, lambda file: file.write(data))


def write_folder_whole(path: Path, fill: Callable[[Path], object]) -> None:
    """Write a folder through a draft beside it, and put it in the place of an older one of that name.

    What killed processes left beside it is swept away first.

    Args:
        path: The folder; the one above it is made where it is missing.
        fill: Writes files, no folders, into the draft.

    Raises:
        StoreError: The folder cannot be written; the message says where and why.
    """
    with failures_explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep_drafts(path.parent)
        draft = Path(tempfile.mkdtemp(prefix=_prefix(path, "new"), dir=path.parent))
        try:
            fill(draft)
            draft.chmod(0o755)
            for part in [*draft.iterdir(), draft]:
                _flush(part)
            _put_in_place(draft, path)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def remove_folder(path: Path) -> None:
    """Remove a folder with all that is in it.

    Raises:
        StoreError: It cannot be removed; the message says where and why.
    """
    with failures_explained(path, "removed", "Make it and its folder writable."):
        shutil.rmtree(path)


def sweep_drafts(folder: Path) -> list[Path]:
    """Remove what killed processes left in a folder; what one had moved aside and not replaced is put back.

    What cannot be put back stays where it is.

    Returns:
        What is gone from there.
    """
    found = []
    for path in sorted(folder.glob(".*")):
        draft = _DRAFT.fullmatch(path.name)
        if draft is None or _is_alive(int(draft["pid"])):
            continue
        with suppress(OSError):  # another process may sweep at the same time, or nobody may write here
            _sweep_draft(path, draft["kind"], folder / draft["target"])
            found.append(path)
    return found


def _sweep_draft(path: Path, kind: str, target: Path) -> None:
    kept = path / target.name
    if kind == "old" and kept.exists() and not target.exists():
        kept.rename(target)
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _put_in_place(draft: Path, target: Path) -> None:
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=_prefix(target, "old"), dir=target.parent))
        target.rename(old / target.name)
        try:
            draft.rename(target)
        except OSError:
            (old / target.name).rename(target)
            old.rmdir()
            raise
        shutil.rmtree(old)
    else:
        draft.rename(target)
    _flush(target.parent)


def _prefix(target: Path, kind: str) -> str:
    return f".{target.name}-{kind}-{os.getpid()}-"


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def failures_explained(
    path: Path, deed: str = "written", remedy: str = "Make its folder writable or some room there."
) -> Iterator[None]:
    """Turn a failure of the disk within the block into an error that says what to do.

    Args:
        path: The file or folder that the block is about.
        deed: What cannot be done with it, such as `read`.
        remedy: What helps, a sentence.

    Raises:
        StoreError: In place of any OSError.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path} cannot be {deed} ({error}). {remedy}") from error
