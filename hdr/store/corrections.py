"""What a person said about a batch's forms: a line of JSON for each field looked at, beside the batch's journal.

Lines are appended as they come, so that a closed tab or a killed server loses nothing; of several for a field the last
one counts. Knows nothing of how a form is read.
"""

import json
import os

from hdr.files import failures_explained
from hdr.store.batches import get_batch

Place = tuple[str, str]
"""A form's name in its batch, and a field's."""


def correct(batch: str, place: Place, text: str | None) -> None:
    """Keep what stands in a field, after a person has looked.

    Args:
        batch: Its id.
        place: Which form and field.
        text: What stands there; None to forget what was said before.

    Raises:
        StoreError: There is no such batch, or its folder cannot be written.
    """
    line = b"\n" + json.dumps([*place, text]).encode() + b"\n"  # one that was cut off before spoils no other
    path = get_batch(batch).folder / "corrections.jsonl"
    with failures_explained(path), path.open("ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def read_corrections(batch: str) -> dict[Place, str]:
    """What stands in the fields that a person has looked at.

    Raises:
        StoreError: There is no such batch, or its file cannot be read.
    """
    path = get_batch(batch).folder / "corrections.jsonl"
    with failures_explained(path, "read", "Make it readable."):
        lines = path.read_bytes().splitlines() if path.is_file() else []
    found: dict[Place, str] = {}
    for line in lines:
        match _parsed(line):
            case [str(form), str(field), str(text)]:
                found[form, field] = text
            case [str(form), str(field), None]:
                found.pop((form, field), None)
    return found


def _parsed(line: bytes) -> object:
    """The line's content; None of one that a bad disk or a kill has spoilt."""
    try:
        return json.loads(line)
    except ValueError:
        return None
