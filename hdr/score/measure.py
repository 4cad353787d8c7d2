"""Measure a stored model in every way that the Compare page shows, and keep the figures beside it."""

from collections.abc import Callable

from hdr.bench import machine
from hdr.data.corrupt import CORRUPTIONS
from hdr.data.datasets import Dataset, load_dataset
from hdr.data.negatives import KINDS
from hdr.errors import DataError
from hdr.score.attack import EPSILONS, attack_curves, has_gradient, load_victim
from hdr.score.evaluate import milliseconds, predict_set
from hdr.score.robust import SIGMAS, robustness
from hdr.score.trust import measure_rejection
from hdr.store.measures import write_measure
from hdr.store.models import load_digit_model
from hdr.store.predictions import SETS, predictions_path, write_predictions

STEPS = len(SETS) + len(CORRUPTIONS) + len(SIGMAS) + len(KINDS) + len(EPSILONS) + 1


def measure_stored(name: str, limit: int = 10_000, progress: Callable[[str], None] = lambda _: None) -> None:
    """Predictions on every set that is found, figures on MNIST-C, noise, no digits, attacks, time of an answer.

    Args:
        name: A stored model.
        limit: Number of MNIST's test pictures that are damaged, from the first on; a twentieth as many
            negatives are drawn of each kind.
        progress: Told the name of each of the `STEPS` steps before it is taken.

    Raises:
        ModelError: The model is missing or damaged, or reads no single digits.
        DataError: MNIST cannot be found.
    """
    model = load_digit_model(name)
    predict, answers = model.predict, {}
    for data in SETS:
        progress(data)
        try:
            dataset = load_dataset(data)
        except DataError:
            if data == "mnist":
                raise
            continue  # the others are extras that not everybody has
        answers[data] = predict_set(predict, dataset)
        write_predictions(predictions_path(name, data), answers[data])
    mnist = load_dataset("mnist")
    some = Dataset(mnist.name, mnist.images[:limit], mnist.labels[:limit])
    write_measure(name, "robustness", robustness(predict, some, progress))
    write_measure(name, "rejection", measure_rejection(predict, mnist, answers, max(1, limit // 20), progress))
    if has_gradient(model.card):
        write_measure(name, "attack", attack_curves(load_victim(name), mnist, progress))
    progress("time")
    write_measure(name, "speed", {"milliseconds": round(milliseconds(predict, mnist), 3), "machine": machine()})
