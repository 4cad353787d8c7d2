"""What probabilities are worth against labels. Pure arrays, no nets, no files; scikit-learn and scipy do the sums.

Throughout, `probabilities` are (N, 10), `labels` and `guesses` (N,) with values 0 to 9.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.floating]
Labels = NDArray[np.integer]


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


@dataclass(frozen=True)
class ClassReport:
    """Precision, recall and F1 (0..1) per digit, and their averages.

    Attributes:
        precision: float64 (10,): of those read as the digit, the share that are it; 0 where none was.
        recall: float64 (10,): of those that are the digit, the share read as it; 0 where none is.
        f1: float64 (10,): harmonic mean of both.
        support: int64 (10,): how many are the digit.
        macro: Precision, recall and F1, each the plain mean over the digits that occur as label or guess.
        weighted: The same, weighted by support.
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    support: NDArray[np.int64]
    macro: tuple[float, float, float]
    weighted: tuple[float, float, float]


def score(probabilities: Probabilities, labels: Labels) -> Scores:
    """Accuracy and cross-entropy.

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


def cross_entropy(probabilities: Probabilities, labels: Labels) -> float:
    """Mean of -log p(label) in nats; probabilities are kept above 1e-12."""
    chosen = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.clip(chosen.astype(np.float64), 1e-12, 1.0)).mean())


def wilson_interval(right: int, n: int) -> tuple[float, float]:
    """95 % interval of a share of `right` in `n` > 0 (Wilson 1927), 0..1."""
    from scipy.stats import binomtest

    interval = binomtest(right, n).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def top_k_accuracy(probabilities: Probabilities, labels: Labels, k: int = 2) -> float:
    """Share of pictures whose label is among the k likeliest digits, 0..1; of equal ones the smaller digit counts."""
    likeliest = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    return float((likeliest == labels[:, None]).any(axis=1).mean())


def confusion_matrix(labels: Labels, guesses: Labels) -> NDArray[np.int64]:
    """Counts (10, 10): row the digit that was written, column the digit that was read."""
    from sklearn.metrics import confusion_matrix as count

    return count(labels, guesses, labels=np.arange(10)).astype(np.int64)


def class_report(labels: Labels, guesses: Labels) -> ClassReport:
    """Precision, recall and F1 of each digit; averages over the digits that occur as label or guess."""
    from sklearn.metrics import precision_recall_fscore_support as count

    precision, recall, f1, support = count(labels, guesses, labels=np.arange(10), zero_division=0.0)

    def average(kind: str) -> tuple[float, float, float]:
        precision, recall, f1, _ = count(labels, guesses, average=kind, zero_division=0.0)
        return float(precision), float(recall), float(f1)

    return ClassReport(precision, recall, f1, support.astype(np.int64), average("macro"), average("weighted"))


def most_confused(matrix: NDArray[np.integer], count: int = 8) -> list[tuple[int, int, int]]:
    """The commonest confusions of a matrix (10, 10): (written, read, how often), most frequent first."""
    errors = np.where(np.eye(10, dtype=bool), 0, matrix)
    order = np.argsort(-errors, axis=None, kind="stable")[:count]
    pairs = [(int(cell // 10), int(cell % 10), int(errors.flat[cell])) for cell in order]
    return [pair for pair in pairs if pair[2] > 0]
