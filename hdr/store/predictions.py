"""What a model said of a labelled set, kept beside it: `predictions.npz` for MNIST's test set, `predictions-SET.npz`.

Every matrix, curve and report is computed from these files. Each holds labels, probabilities and the set's SHA-256, so
that a changed set is noticed. They go with the model's folder: a model that is replaced takes them along.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hdr.data.datasets import COMPARED
from hdr.errors import ModelError
from hdr.files import write_whole
from hdr.store.cards import model_folder


@dataclass(frozen=True)
class Predictions:
    """Answers of one model on one set.

    Attributes:
        labels: int64 (N,), 0 to 9.
        probabilities: float32 (N, 10).
        data_sha256: Fingerprint of the set; empty where it was not noted.
    """

    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    data_sha256: str = ""

    def __post_init__(self) -> None:
        if self.labels.ndim != 1 or not len(self.labels) or self.probabilities.shape != (len(self.labels), 10):
            raise ModelError(
                f"Predictions must be (N, 10) for N > 0 labels, not {self.probabilities.shape} for {self.labels.shape}."
            )
        if self.labels.min() < 0 or self.labels.max() > 9:
            raise ModelError(f"Labels must be 0 to 9, not {self.labels.min()} to {self.labels.max()}.")


def predictions_path(name: str, data: str, folder: Path | None = None) -> Path:
    """Where a model's predictions on a set are kept."""
    return model_folder(name, folder) / predictions_file(data)


def predictions_file(data: str) -> str:
    """Name of the file for a set."""
    return "predictions.npz" if data == "mnist" else f"predictions-{data}.npz"


def stored_sets(name: str, folder: Path | None = None) -> list[str]:
    """Of the sets that models are compared on, those whose predictions are kept beside the model."""
    return [data for data in COMPARED if predictions_path(name, data, folder).is_file()]


def read_predictions(name: str, data: str, folder: Path | None = None) -> Predictions:
    """A model's stored answers on a set.

    Raises:
        ModelError: There are none, or the file is damaged; the message says which command makes them.
    """
    path = predictions_path(name, data, folder)
    remedy = f"Make them with: python -m hdr evaluate {name} --data {data}"
    if not path.is_file():
        raise ModelError(f"Model {name!r} has no predictions on {data} yet. {remedy}")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            sha256 = str(arrays["data_sha256"]) if "data_sha256" in arrays else ""
            return Predictions(arrays["labels"], arrays["probabilities"], sha256)
    except Exception as error:  # a damaged file makes NumPy raise nearly anything
        raise ModelError(f"{path.name} of model {name!r} cannot be read ({error}). {remedy} --fresh") from error


def write_predictions(path: Path, predictions: Predictions) -> None:
    """Write answers to a file, whole or not at all.

    Raises:
        StoreError: The file cannot be written.
    """
    write_whole(
        path,
        lambda file: np.savez_compressed(
            file,
            labels=predictions.labels,
            probabilities=predictions.probabilities,
            data_sha256=predictions.data_sha256,
        ),
    )
