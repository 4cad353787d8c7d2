"""The whole way of the command `read`: files and folders in, what was read out, resumed where it broke off.

A few pictures are read in this process. More of them, and PDFs, become a batch under `HDR_HOME` until what was read is
in the hands of the caller; its id comes from what was asked, so that the same command finds it again.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hdr.batch.forms import ReadFormTask
from hdr.batch.run import Watch, find_files, read_here, run_batch
from hdr.batch.tasks import ReadPageTask, picture_path
from hdr.errors import SettingsError
from hdr.report import Record, as_file, as_json, forms_as_file, forms_as_json
from hdr.store.batches import Batch, Entry, Journal, Source, create_batch, delete_batch
from hdr.store.cards import read_card
from hdr.store.promotions import default_string_model
from hdr.store.templates import Template, load_template, template_as_json, template_from_json
from hdr.vision.document import holds_pages

FEW = 3
"""Up to so many pictures are read in this process: starting others takes longer than reading them."""


@dataclass(frozen=True)
class ReadRequest:
    """What a person asked to be read, and how.

    Attributes:
        paths: Files and folders.
        model: Name of the stored model.
        workers: Processes; as many as cores where None is given.
        resume: Whether to go on with what an earlier request for the same files left, instead of beginning again.
        pictures: Whether pictures with boxes are wanted.
        template: Name of the stored template of the form that all pages are, or the path of a file with one; None
            where they are no forms.
    """

    paths: tuple[Path, ...]
    model: str
    workers: int | None = None
    resume: bool = False
    pictures: bool = False
    template: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a request: records by name, those of failed pages with `problem`, and the folder of pictures."""

    records: Mapping[str, Record]
    pictures: Path
    forms: bool = False

    def as_json(self) -> str:
        """What was read, by name: as `hdr.report.as_json` has it, of forms their fields."""
        return forms_as_json(self.records) if self.forms else as_json(self.records)

    def as_file(self, suffix: str) -> bytes:
        """The content of a file of this kind, such as `.csv`; see `hdr.report.as_file`.

        Raises:
            SettingsError: There is no such kind, or what was read does not fit into it.
        """
        if self.forms:
            return forms_as_file(suffix, self.records)
        paths = (picture_path(self.pictures, name) for name in self.records)
        return as_file(suffix, self.records, (path.read_bytes() for path in paths if path.is_file()))


@contextmanager
def carry_out(request: ReadRequest, watch: Watch) -> Iterator[Outcome]:
    """Read what was asked for; that is forgotten when the block ends well, and can be resumed when it does not.

    Raises:
        ModelError: The model is missing or damaged.
        SettingsError: There is no such template, or a field or a rule of it is impossible.
        DataError: The template is damaged.
        StoreError: The batch cannot be written, or another process reads it.
    """
    template = None if request.template is None else _find_template(request.template)
    files = find_files(request.paths)
    if len(files) <= FEW and not any(_is_document(source) for source in files):
        with tempfile.TemporaryDirectory() as place:
            task = _task(request, template, Path(place))
            yield Outcome(_read_few(files, task, watch), Path(place), template is not None)
        return
    batch = _batch(request, template, files)
    folder = batch.folder.absolute() / "pictures"
    journal = batch.journal()
    run_batch(_task(request, template, folder), files, journal, workers=request.workers, watch=watch)
    yield Outcome(_Records(journal, files), folder, template is not None)
    delete_batch(batch.id)


def _find_template(wish: str) -> Template:
    path = Path(wish)
    if path.suffix.lower() != ".json":
        return load_template(wish)
    try:
        return template_from_json(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"The template {wish} cannot be opened ({error}). Check its name.") from error


def _read_few(files: Sequence[Source], task: ReadPageTask | ReadFormTask, watch: Watch) -> dict[str, Record]:
    assert task.reader  # a model that is missing is no matter of one picture
    return {entry.name: _record(entry) for entry in read_here(task, files, watch)}


def _task(request: ReadRequest, template: Template | None, folder: Path) -> ReadPageTask | ReadFormTask:
    """What is done with a page; the one place that knows the ways of reading."""
    if template is not None:
        return ReadFormTask(template, request.model, folder)
    return ReadPageTask(request.model, folder if request.pictures else None)


def _batch(request: ReadRequest, template: Template | None, files: Sequence[Source]) -> Batch:
    """The batch of this request: as it was left where it is to be resumed, else without answers."""
    strings = default_string_model()
    about = {
        "model": request.model,
        "nets": [read_card(name) for name in (request.model, strings) if name],
        "template": hashlib.sha256(template_as_json(template).encode()).hexdigest() if template else None,
        "pictures": request.pictures,
    }
    asked = json.dumps([about, sorted(str(path.absolute()) for path in request.paths)], sort_keys=True)
    name = f"read-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"
    if not request.resume:
        delete_batch(name)
    return create_batch(about, files, name)


class _Records(Mapping[str, Record]):
    """The records of a journal, in the order of the files; they stay on disk."""

    def __init__(self, journal: Journal, files: Sequence[Source]) -> None:
        self._journal = journal
        self._places = {entry.name: (entry.file, entry.page) for entry in journal.entries(f.name for f in files)}

    def __getitem__(self, name: str) -> Record:
        return _record(self._journal.entry(*self._places[name]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _record(entry: Entry) -> Record:
    return {"problem": entry.problem} if entry.result is None else entry.result


def _is_document(source: Source) -> bool:
    try:
        with source.path.open("rb") as file:
            return holds_pages(file)
    except OSError:
        return False
