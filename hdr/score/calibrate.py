"""Make a confidence mean what it says: one temperature for the logits, fitted on pictures not trained on."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import softmax

from hdr.score.metrics import cross_entropy


def fit_temperature(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """The divisor of the logits that gives the lowest cross-entropy (Guo et al. 2017).

    Args:
        probabilities: (N, 10), as the net gives them.
        labels: (N,), 0 to 9.

    Returns:
        Temperature between 0.05 and 20; above 1 the net was too sure of itself, below 1 too modest.
    """
    logits = np.log(np.clip(probabilities.astype(np.float64), 1e-12, 1.0))

    def loss(log_temperature: float) -> float:
        return cross_entropy(softmax(logits / np.exp(log_temperature), axis=1), labels)

    found = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return float(np.exp(found.x))
