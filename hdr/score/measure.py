"""Measure a stored model in every way that the Compare page shows, and keep the figures beside it."""

from collections.abc import Callable

from hdr.bench import machine
from hdr.data.corrupt import CORRUPTIONS
from hdr.data.datasets import Dataset, load_dataset
from hdr.errors import DataError
from hdr.score.evaluate import milliseconds, predict_set
from hdr.score.robust import SIGMAS, robustness
from hdr.store.measures import write_measure
from hdr.store.models import load_model
from hdr.store.predictions import SETS, predictions_path, write_predictions

STEPS = len(SETS) + len(CORRUPTIONS) + len(SIGMAS) + 1


def measure_stored(name: str, limit: int = 10_000, progress: Callable[[str], None] = lambda _: None) -> None:
    """Predictions on every set that is found, accuracy on MNIST-C and under noise, time of one answer.

    Args:
        name: A stored model.
        limit: Number of MNIST's test pictures that are damaged, from the first on.
        progress: Told the name of each of the `STEPS` steps before it is taken.

    Raises:
        ModelError: The model is missing or damaged.
        DataError: MNIST cannot be found.
    """
    predict = load_model(name).predict
    for data in SETS:
        progress(data)
        try:
            dataset = load_dataset(data)
        except DataError:
            if data == "mnist":
                raise
            continue  # the others are extras that not everybody has
        write_predictions(predictions_path(name, data), predict_set(predict, dataset))
    mnist = load_dataset("mnist")
    some = Dataset(mnist.name, mnist.images[:limit], mnist.labels[:limit])
    write_measure(name, "robustness", robustness(predict, some, progress))
    progress("time")
    write_measure(name, "speed", {"milliseconds": round(milliseconds(predict, mnist), 3), "machine": machine()})
