"""Measure a stored model in every way that the Compare page shows, and keep the figures beside it."""

from collections.abc import Callable, Collection

from hdr.config import machine
from hdr.data.corrupt import CORRUPTIONS
from hdr.data.datasets import COMPARED, Dataset, load_dataset
from hdr.data.negatives import KINDS
from hdr.errors import DataError, ModelError
from hdr.score.attack import EPSILONS, attack_curves, has_gradient, load_victim
from hdr.score.evaluate import milliseconds, predict_set
from hdr.score.robust import SIGMAS, robustness
from hdr.score.trust import measure_rejection
from hdr.store.measures import write_measure
from hdr.store.models import Predict, load_digit_model
from hdr.store.predictions import predictions_path, read_predictions, stored_sets, write_predictions

STEPS = {
    "sets": len(COMPARED),
    "robustness": len(CORRUPTIONS) + len(SIGMAS),
    "rejection": len(KINDS),
    "attack": len(EPSILONS),
    "speed": 1,
}
"""What is measured, and the number of steps that it takes."""


def measure_stored(
    name: str,
    limit: int = 10_000,
    progress: Callable[[str], None] = lambda _: None,
    only: Collection[str] = tuple(STEPS),
) -> None:
    """Predictions on every set that is found, figures on MNIST-C, noise, no digits, attacks, time of an answer.

    Args:
        name: A stored model.
        limit: Number of MNIST's test pictures that are damaged, from the first on; a twentieth as many
            negatives are drawn of each kind.
        progress: Told the name of each single step before it is taken.
        only: Which of the `STEPS` to measure; `rejection` needs the answers on MNIST's test set.

    Raises:
        ModelError: The model is missing or damaged, reads no single digits, or has given no answers yet; or attacks
            alone are asked for, and it has no gradient.
        DataError: MNIST cannot be found.
    """
    model = load_digit_model(name)
    if set(only) == {"attack"} and not has_gradient(model.card):
        raise ModelError(f"Model {name!r} has no gradient that an attack could follow.")
    predict, mnist = model.predict, load_dataset("mnist")
    if "sets" in only:
        _answer_sets(name, predict, progress)
    if "robustness" in only:
        some = Dataset(mnist.name, mnist.images[:limit], mnist.labels[:limit])
        write_measure(name, "robustness", robustness(predict, some, progress))
    if "rejection" in only:
        answers = {data: read_predictions(name, data) for data in dict.fromkeys(("mnist", *stored_sets(name)))}
        write_measure(name, "rejection", measure_rejection(predict, mnist, answers, max(1, limit // 20), progress))
    if "attack" in only and has_gradient(model.card):
        write_measure(name, "attack", attack_curves(load_victim(name), mnist, progress))
    if "speed" in only:
        progress("time")
        write_measure(name, "speed", {"milliseconds": round(milliseconds(predict, mnist), 3), "machine": machine()})


def _answer_sets(name: str, predict: Predict, progress: Callable[[str], None]) -> None:
    for data in COMPARED:
        progress(data)
        try:
            dataset = load_dataset(data)
        except DataError:
            continue  # all but MNIST are extras that not everybody has
        write_predictions(predictions_path(name, data), predict_set(predict, dataset))
