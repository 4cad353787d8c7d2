"""A model's weights on disk: a Keras file, or a classifier's; written, checked by their hash, and read."""

import hashlib
from pathlib import Path
from typing import Any

from hdr.errors import ModelError
from hdr.nets.backend import load_keras
from hdr.nets.classical import ClassicalPredictor
from hdr.store.cards import model_folder, read_card

KERAS_FILE, CLASSICAL_FILE = "model.keras", "model.joblib"


def weights_path(name: str, folder: Path | None = None) -> Path | None:
    """Where a model's weights are stored; None where it has none of its own, or they are too large to be shipped."""
    files = [model_folder(name, folder) / file for file in (KERAS_FILE, CLASSICAL_FILE)]
    found = [path for path in files if path.is_file()]
    return found[0] if found else None


def checked_weights_path(name: str, card: dict[str, Any], folder: Path | None = None) -> Path:
    """Where the weights are stored that a model's card describes, whose file has its hash.

    Raises:
        ModelError: They are missing or damaged, or it is a vote, which has none of its own.
    """
    weights = weights_path(name, folder)
    if weights is None and not card.get("shipped", True):
        raise ModelError(
            f"The weights of model {name!r} are too large to be shipped; its figures and predictions are. "
            f"Make them with: python -m hdr train {card['net']} --name {name} --replace"
        )
    if weights is None or sha256_of(weights) != card["sha256"]:
        raise ModelError(f"The weights of model {name!r} are missing or differ from its card. Install the model again.")
    return weights


def load_weights(name: str, folder: Path | None = None) -> Any:
    """The Keras model or classifier itself, whose file has the card's hash.

    Raises:
        ModelError: It is missing or damaged, or a vote, which has no weights of its own.
    """
    return read_weights(name, checked_weights_path(name, read_card(name, folder), folder))


def read_weights(name: str, path: Path) -> Any:
    """The Keras model or classifier of a weights' file that was checked.

    Raises:
        ModelError: Another version of the library wrote it.
    """
    try:
        if path.name == CLASSICAL_FILE:
            import joblib

            return joblib.load(path)
        return load_keras().saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # a file of another version of the library makes it raise nearly anything
        raise ModelError(f"The weights of model {name!r} cannot be read ({error}). Train it again.") from error


def write_weights(model: Any, folder: Path) -> dict[str, Any]:
    """Write a Keras model's weights, or a classifier, and return what a card says of them: hash and size in bytes."""
    if isinstance(model, ClassicalPredictor):
        import joblib

        path = folder / CLASSICAL_FILE
        joblib.dump(model, path, compress=3)
    else:
        path = folder / KERAS_FILE
        model.save(path)
    return {"sha256": sha256_of(path), "bytes": path.stat().st_size}


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
