"""Slow measurements of a model, kept beside it in `measures.json`: robustness, time, other training seeds.

They go with the model's folder: a model that is replaced takes them along.
"""

import json
from pathlib import Path
from typing import Any

from hdr.errors import ModelError
from hdr.files import write_bytes_whole
from hdr.store.cards import model_folder


def read_measures(name: str, folder: Path | None = None) -> dict[str, Any]:
    """What was measured of a model, by kind; empty where nothing was.

    Raises:
        ModelError: The file is damaged.
    """
    path = model_folder(name, folder) / "measures.json"
    if not path.is_file():
        return {}
    try:
        measures = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(measures, dict):
            raise ValueError("it must hold an object")
    except (OSError, ValueError) as error:
        raise ModelError(
            f"measures.json of model {name!r} cannot be read ({error}). Make it again: python -m hdr measure {name}"
        ) from error
    return measures


def write_measure(name: str, kind: str, value: Any, folder: Path | None = None) -> None:
    """Put one kind of measurement into the model's file, whole or not at all; the others stay.

    Raises:
        StoreError: The file cannot be written.
    """
    try:
        known = read_measures(name, folder)
    except ModelError:
        known = {}
    text = json.dumps(known | {kind: value}, indent=1) + "\n"
    write_bytes_whole(model_folder(name, folder) / "measures.json", text.encode())
