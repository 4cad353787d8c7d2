"""How a model holds out against damaged pictures: the 15 corruptions of MNIST-C, and Gaussian noise as a curve."""

from collections.abc import Callable
from typing import Any

from hdr.data.corrupt import CORRUPTIONS, add_noise, corrupt
from hdr.data.datasets import Dataset
from hdr.store.models import Predict, as_input

SIGMAS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
"""Noise levels of the curve, as shares of full ink."""


def robustness(predict: Predict, data: Dataset, progress: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Accuracy on every corruption and at every noise level.

    Args:
        predict: The model.
        data: Clean pictures; the corruptions' draws are fixed.
        progress: Told the name of each step before it is taken.

    Returns:
        `n`, `corruptions` (name -> accuracy), their `mean`, and `noise`, a list of [sigma, accuracy].
    """

    def accuracy(images: Any) -> float:
        return float((predict(as_input(images)).argmax(axis=1) == data.labels).mean())

    found = {}
    for name in CORRUPTIONS:
        progress(name)
        found[name] = accuracy(corrupt(data.images, name))
    noise = []
    for sigma in SIGMAS:
        progress(f"noise {sigma:.1f}")
        noise.append([sigma, accuracy(add_noise(data.images, sigma))])
    return {"n": len(data), "corruptions": found, "mean": sum(found.values()) / len(found), "noise": noise}
