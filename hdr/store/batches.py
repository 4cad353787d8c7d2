"""Batches of files to be read: a folder `HDR_HOME/batches/ID` for each, with what was asked and a journal of answers.

The journal has a line of JSON for each page that was read, appended as it comes, so that a killed process loses nothing
and the next one reads only what is missing. What a page's result holds is the business of whoever reads.
"""

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from hdr.config import NAME_PATTERN, home_folder
from hdr.errors import StoreError
from hdr.files import failures_explained, write_bytes_whole

_FLUSH_SECONDS = 2.0
"""So often the journal is flushed to the disk; a killed process loses nothing in between, a power cut may."""


@dataclass(frozen=True)
class Source:
    """A file to be read.

    Attributes:
        name: What it is called in the results; no two of a batch have the same.
        path: Where it lies.
    """

    name: str
    path: Path


@dataclass(frozen=True)
class Entry:
    """One page of one file, as read.

    Attributes:
        name: Of the page: its file's name, with `#3` behind it for the third page of a PDF.
        file: Its file's name.
        stamp: Size and time of the file when it was read; a file that was changed since is read again.
        result: What was read, as JSON holds it; None where there is a problem.
        problem: Why it could not be read.
        page: Number of the page, from 1.
        pages: Of the file.
        seconds: That the reading took.
    """

    name: str
    file: str
    stamp: str
    result: dict[str, Any] | None
    problem: str | None = None
    page: int = 1
    pages: int = 1
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if (self.result is None) == (self.problem is None):
            raise ValueError("an entry has either a result or a problem")


@dataclass(frozen=True)
class Batch:
    """What was asked: `about` says how to read, `files` what, `created` when, in seconds since 1970."""

    id: str
    about: dict[str, Any]
    files: tuple[Source, ...]
    created: float

    @property
    def folder(self) -> Path:
        """Where everything of it lies; who reads may keep pictures there."""
        return _folder(self.id)

    def journal(self) -> "Journal":
        """Its answers so far."""
        return Journal(self.folder / "journal.jsonl")


def create_batch(about: dict[str, Any], files: Iterable[Source], name: str | None = None) -> Batch:
    """Write down what is to be read; a batch of that name keeps its journal.

    Args:
        about: How to read: JSON's types.
        files: What to read.
        name: Its id; a new one where None is given.

    Raises:
        StoreError: It cannot be written.
    """
    batch = Batch(name or new_id(), about, tuple(files), time.time())
    listed = [[source.name, str(source.path)] for source in batch.files]
    facts = {"about": about, "files": listed, "created": batch.created}
    write_bytes_whole(batch.folder / "batch.json", json.dumps(facts).encode())
    return batch


def keep_files(batch: str, contents: Mapping[str, bytes]) -> list[Source]:
    """Keep files that lie nowhere else, such as uploads, in a batch's folder, so that it can be resumed.

    Args:
        batch: Its id, as `new_id` gives one.
        contents: By name; names come from strangers and become no paths.

    Raises:
        StoreError: They cannot be written.
    """
    folder = _folder(batch) / "files"
    sources = [Source(name, folder / f"{number:05d}") for number, name in enumerate(contents, 1)]
    for source in sources:
        write_bytes_whole(source.path, contents[source.name])
    return sources


def new_id() -> str:
    """An id for a new batch that sorts by time."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"


def get_batch(name: str) -> Batch:
    """A batch by its id.

    Raises:
        StoreError: There is none, or its file is damaged.
    """
    path = _folder(name) / "batch.json"
    try:
        facts = json.loads(path.read_bytes())
        files = tuple(Source(title, Path(place)) for title, place in facts["files"])
        return Batch(name, facts["about"], files, facts["created"])
    except FileNotFoundError as error:
        raise StoreError(f"There is no batch {name}.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} cannot be read ({error}). Delete the batch and read the files again.") from error


def list_batches() -> list[str]:
    """Ids of all batches, sorted."""
    return sorted(path.parent.name for path in (home_folder() / "batches").glob("*/batch.json"))


def delete_batch(name: str) -> None:
    """Delete a batch with its answers and the files that were kept for it; one that is not there is no matter.

    Raises:
        StoreError: A process reads it just now.
    """
    folder = _folder(name)
    if folder.is_dir():
        with Journal(folder / "journal.jsonl").writing():
            shutil.rmtree(folder, ignore_errors=True)


def _folder(name: str) -> Path:
    if not NAME_PATTERN.fullmatch(name):
        raise StoreError(f"There is no batch {name!r}.")
    return home_folder() / "batches" / name


class Journal:
    """The answers of a batch, on disk; of each only its place in the file is held in memory."""

    def __init__(self, path: Path) -> None:
        """Find the answers that are there.

        Args:
            path: The file; it need not exist yet.
        """
        self._path = path
        self._places: dict[str, dict[int, tuple[int, int, str]]] = {}
        self._end = 0
        self._file: BinaryIO | None = None
        self._flushed = 0.0
        self._find_places()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep the journal open for `add`; what a killed writer left half written is cut off.

        Raises:
            StoreError: Another process writes it, or it cannot be written.
        """
        with failures_explained(self._path, "used"):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._path.with_suffix(".lock"))
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise StoreError("Another process reads this batch. Wait for it, or stop it.") from None
        try:
            with failures_explained(self._path, "used"):
                self._path.touch()
                self._file = self._path.open("r+b")
                self._find_places()
                self._file.truncate(self._end)
                self._file.seek(self._end)
            yield
        finally:
            try:
                self._close()
            finally:
                lock.release()

    def add(self, entry: Entry) -> None:
        """Append an answer; a later one for the same page takes the place of an earlier one.

        Raises:
            StoreError: It cannot be written.
        """
        if self._file is None:
            raise ValueError("the journal is not open for writing")
        line = json.dumps(asdict(entry)).encode() + b"\n"
        with failures_explained(self._path, "used"):
            self._file.write(line)
            self._file.flush()
            if time.monotonic() - self._flushed > _FLUSH_SECONDS:
                os.fsync(self._file.fileno())
                self._flushed = time.monotonic()
        self._note(entry, self._end)
        self._end += len(line)

    def pages_done(self, file: str, stamp: str) -> dict[int, int]:
        """The pages of a file that were read since it was last changed, and with each, of how many."""
        return {page: pages for page, (_, pages, old) in self._places.get(file, {}).items() if old == stamp}

    def entries(self, files: Iterable[str] | None = None) -> Iterator[Entry]:
        """All answers, by file and page.

        Args:
            files: Names of the files in the order that is wanted; those of others are left out.
        """
        for name in list(self._places) if files is None else files:
            for page in sorted(self._places.get(name, {})):
                yield self.entry(name, page)

    def entry(self, file: str, page: int) -> Entry:
        """One answer.

        Raises:
            KeyError: There is none.
        """
        with failures_explained(self._path, "used"), self._path.open("rb") as journal:
            journal.seek(self._places[file][page][0])
            return Entry(**json.loads(journal.readline()))

    def _find_places(self) -> None:
        self._places, self._end = {}, 0
        if not self._path.is_file():
            return
        with failures_explained(self._path, "used"), self._path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                entry = _parse(line)
                if entry is not None:
                    self._note(entry, self._end)
                self._end += len(line)

    def _note(self, entry: Entry, place: int) -> None:
        pages = self._places.setdefault(entry.file, {})
        if any(stamp != entry.stamp for _, _, stamp in pages.values()):
            pages.clear()
        pages[entry.page] = (place, entry.pages, entry.stamp)

    def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            with failures_explained(self._path, "used"), file:
                os.fsync(file.fileno())


def _parse(line: bytes) -> Entry | None:
    """The entry of a line; None of one that a bad disk has spoilt, and whose page is read again."""
    try:
        return Entry(**json.loads(line))
    except (ValueError, TypeError):
        return None
