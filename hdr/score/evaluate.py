"""Test a model on a labelled set."""

from typing import Any

from hdr.data.datasets import Dataset, load_dataset
from hdr.score.metrics import score
from hdr.store.models import Predict, as_input, load_model


def evaluate(predict: Predict, data: Dataset) -> dict[str, Any]:
    """Figures of a model on a set.

    Returns:
        `accuracy` (0..1), `loss` (nats), `n`, `errors`, and `data`, the set's name.
    """
    return {"data": data.name, **score(predict(as_input(data.images)), data.labels).as_dict()}


def evaluate_stored(name: str, data: str) -> dict[str, Any]:
    """`evaluate` by names, as the command line takes them; adds `model`.

    Raises:
        ModelError: The model is missing or damaged.
        DataError: The set is missing or damaged.
    """
    return {"model": name, **evaluate(load_model(name).predict, load_dataset(data))}
