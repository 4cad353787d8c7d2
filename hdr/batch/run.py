"""A batch, from files to entries: pictures as they are, PDFs page by page, and only what is missing.

A bad file is an entry like any other. The answers go out as they come, so memory does not grow with the batch.
"""

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hdr.batch.crew import Answer, Crew, Job, Task, answer, worker_count
from hdr.errors import HdrError
from hdr.store.batches import Entry, Journal, Source
from hdr.vision.document import LIMITS, holds_pages, read_document_pages

SUFFIXES = (".png", ".jpg", ".jpeg", ".heic", ".heif", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".pdf")
"""Ends of the names that are looked for in a folder."""


@dataclass(frozen=True)
class Progress:
    """How far a batch is: pages done and pages in all, as far as its PDFs were opened, and the entry just made."""

    done: int
    total: int
    entry: Entry


Watch = Callable[[Progress], object]


def find_files(paths: Iterable[Path]) -> list[Source]:
    """Files as they are named, folders searched for pictures and PDFs with all that is below them, hidden ones skipped.

    Returns:
        In the order given, each folder's sorted; every file once. A file is called by its name, in a folder by its way
        from there, and by its whole path where that name is taken. A folder without any is in the list itself.
    """
    found: dict[str, Source] = {}
    seen: set[Path] = set()
    for path in paths:
        for name, file in _look_in(path) if path.is_dir() else [(path.name, path)]:
            if file.absolute() not in seen:
                seen.add(file.absolute())
                title = _free_title((_writable(name), _writable(str(file))), found)
                found[title] = Source(title, file.absolute())
    return list(found.values())


def _free_title(wishes: tuple[str, ...], taken: Mapping[str, Source]) -> str:
    """The first wish that is not taken, else the last with a number."""
    numbered = (f"{wishes[-1]} ({number})" for number in itertools.count(2))
    return next(title for title in itertools.chain(wishes, numbered) if title not in taken)


def run_batch(  # noqa: PLR0913 - how many work, who watches and who stops it are said by name
    task: Task,
    files: Sequence[Source],
    journal: Journal,
    *,
    workers: int | None = None,
    watch: Watch = lambda _: None,
    stopping: Callable[[], bool] = lambda: False,
) -> bool:
    """Read what the journal does not have yet, with several processes, and write it there as it comes.

    Args:
        task: Done with every page, in other processes: a function or an object that pickle can send.
        files: All of the batch.
        journal: Of the batch.
        workers: Processes; as many as cores where None is given.
        watch: Called after every page.
        stopping: Asked before every page; True ends the batch after those that are being read.

    Returns:
        Whether all was read.

    Raises:
        StoreError: The journal cannot be written, another process writes it, or no process could be started.
    """
    missing, stopped = _Missing(files, journal.pages_done), False

    def keep(entry: Entry) -> None:
        journal.add(entry)
        watch(missing.count(entry))

    with journal.writing(), Crew(task, workers or worker_count()) as crew:
        for item in missing:
            if stopped := stopping():
                break
            if isinstance(item, Entry):
                keep(item)
                continue
            while crew.full:
                keep(_entry(*crew.next_done()))
            crew.submit(item)
        while crew.busy:
            keep(_entry(*crew.next_done()))
    return not stopped


def read_here(task: Task, files: Sequence[Source], watch: Watch = lambda _: None) -> list[Entry]:
    """Read a few files in this process, which spares the start of others; nothing is written."""
    missing, entries = _Missing(files, lambda _file, _stamp: {}), []
    for item in missing:
        entries.append(item if isinstance(item, Entry) else _entry(item, answer(task, item)))
        watch(missing.count(entries[-1]))
    return entries


class _Missing:
    """The pages of a batch that are to be read, and entries of those that cannot be; counts as it goes."""

    def __init__(self, files: Sequence[Source], pages_done: Callable[[str, str], dict[int, int]]) -> None:
        self._files, self._pages_done = files, pages_done
        self._done, self._total = 0, len(files)

    def __iter__(self) -> Iterator[Job | Entry]:
        for source in self._files:
            try:
                stamp, paged = _look_at(source.path)
            except OSError as error:
                yield Entry(source.name, source.name, "", None, _sentence(source.path, error))
                continue
            done = self._pages_done(source.name, stamp)
            self._done += len(done)
            self._total += max(done.values(), default=1) - 1
            if done and len(done) == done[max(done)]:
                continue
            if paged:
                yield from self._document_pages(source, stamp, done)
            else:
                yield Job(source.name, source.path, source.name, stamp)

    def count(self, entry: Entry) -> Progress:
        """One more is done."""
        self._done += 1
        return Progress(self._done, self._total, entry)

    def _document_pages(self, source: Source, stamp: str, done: dict[int, int]) -> Iterator[Job | Entry]:
        first = next(number for number in itertools.count(1) if number not in done)
        opened = bool(done)
        try:
            with source.path.open("rb") as file:
                data = file.read(LIMITS.file_bytes + 1)
            for page in read_document_pages(data, first=first):
                self._total += 0 if opened else page.pages - 1
                opened = True
                name, place = f"{source.name}#{page.number}", (page.number, page.pages)
                if page.rgb is None:
                    yield Entry(name, source.name, stamp, None, str(page.problem), *place)
                elif page.number not in done:
                    yield Job(name, page.rgb, source.name, stamp, *place)
        except (HdrError, OSError) as error:
            yield Entry(source.name, source.name, stamp, None, str(error), first, first)


def _entry(job: Job, found: Answer) -> Entry:
    seconds = round(found.seconds, 3)
    return Entry(job.name, job.file, job.stamp, found.result, found.problem, job.page, job.pages, seconds)


def _look_at(path: Path) -> tuple[str, bool]:
    """The stamp of a file, and whether it holds pages."""
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        return f"{status.st_size}-{status.st_mtime_ns}", holds_pages(file)


def _look_in(folder: Path) -> list[tuple[str, Path]]:
    found = [
        (path.relative_to(folder).as_posix(), path)
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    ]
    return found or [(str(folder), folder)]


def _sentence(path: Path, error: OSError) -> str:
    if path.is_dir():
        return "This folder holds no pictures or PDFs. Name another, or the files themselves."
    return f"It cannot be opened ({error}). Check its name."


def _writable(name: str) -> str:
    """A name that can be written as UTF-8; names of files may hold any bytes."""
    return name.encode("utf-8", "replace").decode()
