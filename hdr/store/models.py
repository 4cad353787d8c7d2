"""Trained models on disk: `models/NAME/` with weights, card, history, predictions and golden answers.

A model is written into a temporary folder, flushed to the disk and renamed, so that a killed process leaves no half
model; afterwards it is only read. Loading checks the weights' SHA-256, the preprocessing version and golden answers.
"""

import csv
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from hdr.config import model_folders
from hdr.errors import ModelError
from hdr.files import remove_folder, write_folder_whole
from hdr.nets.predictor import Predictor
from hdr.nets.speller import Speller
from hdr.store.cards import kind_of_model, model_folder, read_card
from hdr.store.predictions import Predictions, predictions_file, write_predictions
from hdr.store.weights import checked_weights_path, read_weights, write_weights
from hdr.vision import VERSION as PREPROCESSING_VERSION
from hdr.vision.strip import HEIGHT

Predict = Callable[[NDArray[np.float32]], NDArray[np.float32]]
GOLDEN_TOLERANCE = 1e-3
_IN_USE: WeakValueDictionary[str, Predict] = WeakValueDictionary()
"""What is loaded now, by SHA-256 of the weights: an ensemble beside its members costs nothing."""


@dataclass(frozen=True)
class Model:
    """A loaded model.

    Attributes:
        name: Folder name under `models/`.
        card: What `card.json` says.
        predict: float32 (N, 28, 28, 1) in 0..1 -> (N, 10) probabilities; of a string net see `predictor` and `Vote`.
    """

    name: str
    card: dict[str, Any]
    predict: Predict


@dataclass(frozen=True)
class Vote:
    """A soft vote: of nets of digits the mean of what they say, float32 (N, 28, 28, 1) in 0..1 -> (N, 10).

    String nets spell a digit at different steps: of them it gives what each says, (N, members, W // 4, 11), and
    `hdr.decode.ctc` takes the mean of what they give a text.
    """

    members: tuple[Model, ...]

    def __call__(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        answers = [member.predict(images) for member in self.members]
        return np.stack(answers, axis=1) if answers[0].ndim == 3 else np.mean(answers, axis=0)

    @property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of each member's weights by its name."""
        return {member.name: str(member.card["sha256"]) for member in self.members}


@dataclass(frozen=True)
class TrainingRecord:
    """What a training leaves behind beside the model.

    Attributes:
        card: Everything for `card.json` but the weights' hash and size.
        history: A line for each epoch; None where there were no epochs.
        golden: uint8 (16, 28, 28), strips (16, 32, W), or paths float32 (16, 54, 5), whose answers are checked at
            every load.
        predictions: The answers on test sets, by their names.
    """

    card: dict[str, Any]
    history: list[dict[str, float]] | None
    golden: NDArray[np.uint8] | NDArray[np.float32]
    predictions: dict[str, Predictions]


def golden_images(name: str, folder: Path | None = None) -> NDArray[np.uint8]:
    """uint8 (16, 28, 28), the pictures that are kept beside a model of digits, see `read_golden`."""
    return read_golden(name, folder)[0]


def read_golden(name: str, folder: Path | None = None) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """What is kept beside a model to check it by: inputs, uint8 (16, 28, 28) of a net of digits, and its answers.

    Raises:
        ModelError: The file is missing or damaged.
    """
    path = model_folder(name, folder) / "golden.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as golden:
            images, expected = golden["images"], golden["probabilities"]
        if images.ndim != 3 or not len(images) or expected.shape[:1] != images.shape[:1]:
            raise ValueError(f"pictures {images.shape}, probabilities {expected.shape}")
    except Exception as error:  # a damaged file makes NumPy raise nearly anything
        raise ModelError(f"golden.npz of model {name!r} cannot be read ({error}). Install the model again.") from error
    return images, expected


def load_model(name: str, folder: Path | None = None) -> Model:
    """Load a stored model, ready to answer.

    Raises:
        ModelError: The model is missing or damaged, was made for another preprocessing, or no longer gives the
            answers that it was saved with.
    """
    card = read_card(name, folder)
    if card["preprocessing"] != PREPROCESSING_VERSION:
        again = _how_to_vote(name, card) if "members" in card else f"python -m hdr train {card['net']}"
        raise ModelError(
            f"Model {name!r} was made for preprocessing version {card['preprocessing']}, this software has "
            f"{PREPROCESSING_VERSION}. Train it again: {again}"
        )
    predict = _load_vote(name, card, folder) if "members" in card else _load_predictor(name, card, folder)
    _check_golden(name, folder, predict)
    return Model(name, card, predict)


def load_digit_model(name: str, folder: Path | None = None) -> Model:
    """Load a stored model that reads single digits, ready to answer.

    Raises:
        ModelError: As `load_model`, or it reads something else.
    """
    if (kind := kind_of_model(name, folder)) != "digit":
        reads = {"string": "rows of digits", "path": "the path of a pen"}[kind]
        raise ModelError(f"Model {name!r} reads {reads}, not pictures of single digits. Choose another, such as cnn.")
    return load_model(name, folder)


def predictor(model: Any) -> Predict:
    """The callable that a Keras model is compiled to; a classical classifier or a vote is one already.

    Of a net that reads strings it takes strips, float32 (N, 32, W, 1), and gives step probabilities (N, W // 4, 11).
    """
    return _compiled(model) if hasattr(model, "count_params") else model


@lru_cache(maxsize=1)
def _compiled(model: Any) -> Predictor | Speller:
    """The last one is kept: whoever trains asks for it several times, and compiling takes seconds."""
    return Speller(model) if model.input_shape[1] == HEIGHT else Predictor(model)


def save_model(name: str, model: Any, record: TrainingRecord, folder: Path | None = None) -> Path:
    """Write a trained model and its record as `folder/name`, replacing an older one of that name.

    Args:
        name: Name of the folder.
        model: A Keras model, a `ClassicalPredictor` or a `Vote`, whose weights are its members'.
        record: What is stored beside it.
        folder: Folder of the models; the person's own where None.

    Returns:
        The model's folder.

    Raises:
        StoreError: It cannot be written; nothing is left behind then.
    """
    target = (folder or model_folders()[-1]) / name

    def fill(draft: Path) -> None:
        identity = _identity(model, draft)
        golden_answers = predictor(model)(_golden_input(record.golden))
        np.savez_compressed(draft / "golden.npz", images=record.golden, probabilities=golden_answers)
        for data, predictions in record.predictions.items():
            write_predictions(draft / predictions_file(data), predictions)
        if record.history:
            _write_history(record.history, draft / "history.csv")
        card = record.card | identity
        (draft / "card.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")

    write_folder_whole(target, fill)
    return target


def delete_model(name: str) -> None:
    """Remove one of the person's own models.

    Raises:
        ModelError: It is a shipped one, or there is none of that name.
        StoreError: It cannot be removed.
    """
    target = model_folders()[-1] / name
    if not (target / "card.json").is_file():
        raise ModelError(f"No model of your own is called {name!r}; shipped models stay.")
    remove_folder(target)


def _write_history(lines: list[dict[str, float]], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(lines)


def _identity(model: Any, draft: Path) -> dict[str, Any]:
    """Write the weights, where a model has any, and return what the card says of them: hash and size in bytes."""
    if not isinstance(model, Vote):
        return write_weights(model, draft)
    joined = hashlib.sha256("".join(model.hashes.values()).encode()).hexdigest()
    return {"sha256": joined, "bytes": sum(member.card.get("bytes", 0) for member in model.members)}


def _load_predictor(name: str, card: dict[str, Any], folder: Path | None) -> Predict:
    path = checked_weights_path(name, card, folder)
    found = _IN_USE.get(card["sha256"])
    if found is None:
        found = _IN_USE[card["sha256"]] = predictor(read_weights(name, path))
    return found


def _load_vote(name: str, card: dict[str, Any], folder: Path | None) -> Vote:
    vote = Vote(tuple(load_model(member, folder) for member in card["members"]))
    changed = [member for member, sha256 in vote.hashes.items() if card["members"][member] != sha256]
    if changed:
        raise ModelError(
            f"Since the ensemble {name!r} was made, {', '.join(changed)} was trained again. Make the ensemble again: "
            f"{_how_to_vote(name, card)}"
        )
    return vote


def _how_to_vote(name: str, card: dict[str, Any]) -> str:
    """The command that makes a stored vote again."""
    chosen = "".join(f" --member {member}" for member in card["members"])
    return f"python -m hdr train ensemble{chosen} --name {name} --replace"


def as_input(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 (N, 28, 28), or strips (N, 32, W) -> what a net takes, float32 with a last axis of 1, in 0..1."""
    return (images.astype(np.float32) / 255.0)[..., None]


def _golden_input(golden: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.float32]:
    """Golden pictures or strips as a net takes them; paths are kept like that."""
    return golden if golden.dtype == np.float32 else as_input(golden)  # type: ignore[return-value, arg-type]


def _check_golden(name: str, folder: Path | None, predict: Predict) -> None:
    images, expected = read_golden(name, folder)
    difference = float(np.abs(predict(_golden_input(images)) - expected).max())
    if not difference <= GOLDEN_TOLERANCE:
        raise ModelError(
            f"Model {name!r} no longer gives the answers it was saved with (off by {difference:.4f}, allowed "
            f"{GOLDEN_TOLERANCE}). A library has changed: run make run again, or train the model again."
        )
