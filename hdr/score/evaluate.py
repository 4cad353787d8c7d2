"""Test a model on a labelled set: every figure of it, computed from its predictions.

Predictions on the named sets are kept beside the model and used again while model and set are the same.
"""

import contextlib
import time
from typing import Any

from hdr.data.datasets import TESTS, Dataset, load_dataset
from hdr.data.paths import as_paths
from hdr.data.strings import as_numbers, holds_numbers, load_numbers
from hdr.data.traced import Paths, load_paths
from hdr.errors import DataError, StoreError
from hdr.nets import kind_of
from hdr.score.calibrate import reliability
from hdr.score.metrics import class_report, confusion_matrix, score, top_k_accuracy, wilson_interval
from hdr.score.strings import score_strings
from hdr.store.cards import read_card
from hdr.store.models import Predict, as_input, load_model
from hdr.store.predictions import (
    Predictions,
    predictions_path,
    read_predictions,
    write_predictions,
)
from hdr.store.weights import sha256_of, weights_path


def predict_set(predict: Predict, data: Dataset) -> Predictions:
    """A model's answers on a set."""
    return Predictions(data.labels, predict(as_input(data.images)), data.sha256())


def figures_of(predictions: Predictions) -> dict[str, Any]:
    """All figures of a model on a set.

    Returns:
        `accuracy` with its 95 % `interval`, `top2`, `ece` (all 0..1), `loss` (nats), `n`, `errors`; `macro` and
        `weighted` averages and, `per_digit`, precision, recall, F1 and support; the `confusion` matrix, a row for
        each digit written.
    """
    labels, probabilities = predictions.labels, predictions.probabilities
    basic = score(probabilities, labels)
    guesses = probabilities.argmax(axis=1)
    report = class_report(labels, guesses)
    names = ("precision", "recall", "f1")
    return {
        **basic.as_dict(),
        "interval": wilson_interval(basic.n - basic.errors, basic.n),
        "top2": top_k_accuracy(probabilities, labels),
        "ece": reliability(probabilities, labels).ece,
        "macro": dict(zip(names, report.macro, strict=True)),
        "weighted": dict(zip(names, report.weighted, strict=True)),
        "per_digit": [
            {name: float(getattr(report, name)[digit]) for name in names} | {"support": int(report.support[digit])}
            for digit in range(10)
        ],
        "confusion": confusion_matrix(labels, guesses).tolist(),
    }


def evaluate(predict: Predict, data: Dataset) -> dict[str, Any]:
    """Figures of a model on a set: `figures_of`, and `data`, the set's name."""
    return {"data": data.name, **figures_of(predict_set(predict, data))}


def evaluate_stored(name: str, data: str, *, fresh: bool = False) -> dict[str, Any]:
    """`evaluate` by names, as the command line takes them.

    Args:
        name: A stored model.
        data: A set's name, or a folder of labelled pictures; for a string net `cheques` (their test part), or a folder
            of numbers with `labels.csv`; for the pen net also `drawn`, all others are traced for it.
        fresh: Whether the model shall answer again, even where its answers on the set are known.

    Returns:
        As `evaluate`; adds `model`, and `kept`, whether answers kept beside the model were used. Of a string net
        `accuracy` is the share of numbers that are exact, `digits` that of digits by edit distance.

    Raises:
        ModelError: The model is missing or damaged.
        DataError: The set is missing or damaged.
        StoreError: MNIST was downloaded and cannot be kept.
    """
    kind = kind_of(read_card(name)["net"])
    if kind != "digit":
        figures = _string_figures(name, data) if kind == "string" else _path_figures(name, data)
        return {"model": name, "data": data, "kept": False, **figures}
    dataset = load_dataset(data)
    known = None if fresh else _known(name, data, dataset)
    predictions = known or _asked(name, data, dataset)
    return {"model": name, "data": dataset.name, "kept": known is not None, **figures_of(predictions)}


def _string_figures(name: str, data: str) -> dict[str, Any]:
    if not holds_numbers(data):
        raise DataError(f"{name} reads whole numbers: test it on cheques or on a folder with labels.csv, not {data!r}.")
    numbers = as_numbers(load_numbers(data, "test"))
    return score_strings(list(load_model(name).predict(as_input(numbers.strips))), list(numbers.texts)).as_dict()


def _path_figures(name: str, data: str) -> dict[str, Any]:
    return figures_of(answers_on_paths(name, load_paths(data)))


def answers_on_paths(name: str, paths: Paths) -> Predictions:
    """A stored pen net's answers on paths.

    Raises:
        ModelError: The model is missing or damaged.
    """
    return Predictions(paths.labels, load_model(name).predict(as_paths(paths.digits)), paths.sha256())


def answers_of(name: str, data: str, dataset: Dataset) -> Predictions:
    """A stored model's answers on a set: those kept beside it where they still hold, else asked for now.

    Raises:
        ModelError: The model is missing or damaged.
    """
    return _known(name, data, dataset) or _asked(name, data, dataset)


def _asked(name: str, data: str, dataset: Dataset) -> Predictions:
    predictions = predict_set(load_model(name).predict, dataset)
    if data in TESTS:
        with contextlib.suppress(StoreError):  # an installation may be read-only; the answers are right all the same
            write_predictions(predictions_path(name, data), predictions)
    return predictions


def _known(name: str, data: str, dataset: Dataset) -> Predictions | None:
    """The kept answers of this very model on this very set, or None."""
    weights = weights_path(name)
    changed = weights is not None and sha256_of(weights) != read_card(name)["sha256"]
    if changed or not predictions_path(name, data).is_file():
        return None
    predictions = read_predictions(name, data)
    return predictions if predictions.data_sha256 == dataset.sha256() else None


def milliseconds(predict: Predict, data: Dataset, repeats: int = 200) -> float:
    """Median time of one warm answer on a single picture."""
    times = []
    for index in range(repeats):
        image = as_input(data.images[index % len(data)][None])
        started = time.perf_counter()
        predict(image)
        times.append(1000 * (time.perf_counter() - started))
    return sorted(times)[len(times) // 2]
