"""Whether a confidence means what it says, and one temperature for the logits that makes it do so."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hdr.score.metrics import cross_entropy

BINS = 15
"""Of the calibration error, as Guo et al. have it."""


@dataclass(frozen=True)
class Reliability:
    """Confidence against accuracy in bins of equal width.

    Attributes:
        counts: int64 (bins,), pictures in each bin.
        confidence: float64 (bins,), their mean confidence, 0..1; NaN where there are none.
        accuracy: float64 (bins,), the share of them read right, 0..1; NaN where there are none.
        ece: Expected calibration error, 0..1: the mean gap between both, weighted by counts.
    """

    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    ece: float


def fit_temperature(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """The divisor of the logits that gives the lowest cross-entropy (Guo et al. 2017).

    Args:
        probabilities: (N, 10), as the net gives them.
        labels: (N,), 0 to 9.

    Returns:
        Temperature between 0.05 and 20; above 1 the net was too sure of itself, below 1 too modest.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import softmax

    logits = np.log(np.clip(probabilities.astype(np.float64), 1e-12, 1.0))

    def loss(log_temperature: float) -> float:
        return cross_entropy(softmax(logits / np.exp(log_temperature), axis=1), labels)

    found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return float(np.exp(found.x))


def reliability(probabilities: NDArray[np.floating], labels: NDArray[np.integer], bins: int = BINS) -> Reliability:
    """How far confidence and accuracy are apart (Guo et al. 2017).

    Args:
        probabilities: (N, 10) with N > 0.
        labels: (N,), 0 to 9.
        bins: Number of bins between 0 and 1, each open below and closed above.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    index = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    counts = np.bincount(index, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean_confidence = np.bincount(index, confidence, bins) / counts
        accuracy = np.bincount(index, right, bins) / counts
    gaps = np.nan_to_num(np.abs(mean_confidence - accuracy))
    return Reliability(counts, mean_confidence, accuracy, float(gaps @ counts / len(labels)))
