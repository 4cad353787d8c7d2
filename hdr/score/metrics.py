"""What probabilities are worth against labels: accuracy and loss. Pure arrays, no nets, no files."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Scores:
    """Figures of one model on one set.

    Attributes:
        accuracy: Share of pictures read right, 0..1.
        loss: Mean cross-entropy in nats.
        n: Number of pictures.
        errors: Number of pictures read wrong.
    """

    accuracy: float
    loss: float
    n: int
    errors: int

    def as_dict(self) -> dict[str, float | int]:
        """The figures by name, for JSON."""
        return asdict(self)


def score(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> Scores:
    """Accuracy and cross-entropy of probabilities (N, 10) against labels (N,).

    Raises:
        ValueError: No picture, or the shapes do not belong together.
    """
    if len(labels) == 0 or probabilities.shape != (len(labels), 10):
        raise ValueError(f"expected (N, 10) for N > 0 labels, got {probabilities.shape} for {len(labels)} labels")
    right = probabilities.argmax(axis=1) == labels
    return Scores(
        accuracy=float(right.mean()),
        loss=cross_entropy(probabilities, labels),
        n=len(labels),
        errors=int((~right).sum()),
    )


def cross_entropy(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Mean of -log p(label) in nats; probabilities are kept above 1e-12."""
    chosen = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.clip(chosen.astype(np.float64), 1e-12, 1.0)).mean())
