"""The gate before a new default: candidate and current default on the same test sets, with gains, losses and luck."""

import contextlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from hdr.data.datasets import Dataset, unseen_tests
from hdr.data.strings import as_numbers, load_numbers
from hdr.data.traced import unseen_paths
from hdr.decode.ctc import ctc_beam_search
from hdr.errors import DataError, ModelError
from hdr.score.evaluate import answers_of, answers_on_paths
from hdr.score.metrics import score
from hdr.score.paired import PairedComparison, compare_paired
from hdr.store.cards import kind_of_model, read_card
from hdr.store.models import as_input, load_model
from hdr.store.predictions import Predictions


@dataclass(frozen=True)
class Comparison:
    """Two models on one test set.

    Attributes:
        data: The set's name.
        n: Its pictures.
        candidate: The candidate's accuracy, 0..1.
        current: The current default's.
        paired: The candidate against the current default: `only_first` are its gains, `only_second` its losses.
    """

    data: str
    n: int
    candidate: float
    current: float
    paired: PairedComparison

    @property
    def verdict(self) -> str:
        """`better`, `worse`, or `level` where the difference may be luck."""
        if self.paired.p_value >= 0.05:
            return "level"
        return "better" if self.paired.difference > 0 else "worse"


def compare_on_tests(candidate: str, current: str) -> list[Comparison]:
    """Both models on every test set that is found here and that neither was trained on.

    Args:
        candidate: A stored model.
        current: The default, another stored model.

    Raises:
        ModelError: One is missing or damaged, or they are the same.
        DataError: No test set is left.
    """
    if candidate == current:
        raise ModelError(f"{candidate!r} is the default already. Choose another model.")
    kind = kind_of_model(candidate)
    if kind_of_model(current) != kind:
        raise ModelError(
            f"{candidate} and {current} read different things: digits, whole numbers or a pen's path. Choose another."
        )
    load_model(candidate)  # which says what is wrong, before anybody is asked
    seen = {source for name in (candidate, current) for source in read_card(name).get("trained_on", [])}
    if kind == "string":
        comparisons = list(_on_strings(candidate, current))
    elif kind == "path":
        comparisons = list(_on_paths(candidate, current, seen))
    else:
        comparisons = [_on_pictures(name, data, candidate, current) for name, data in unseen_tests(seen)]
    if not comparisons:
        raise DataError(
            "No test set is here that neither model was trained on. Set HDR_DATA to a folder with mnist.npz or cheques."
        )
    return comparisons


def as_evidence(comparisons: list[Comparison]) -> dict[str, Any]:
    """What is kept of a comparison beside the promotion that it led to."""
    return {comparison.data: asdict(comparison) for comparison in comparisons}


def _on_strings(candidate: str, current: str) -> Iterator[Comparison]:
    """Both string nets on the cheques' test part, where it is here."""
    with contextlib.suppress(DataError):
        numbers = as_numbers(load_numbers("cheques", "test"))
        answers = (load_model(name).predict(as_input(numbers.strips)) for name in (candidate, current))
        right = [
            np.array([ctc_beam_search(s)[0][0] == t for s, t in zip(a, numbers.texts, strict=True)]) for a in answers
        ]
        yield Comparison("cheques", len(numbers), right[0].mean(), right[1].mean(), compare_paired(right[0], right[1]))


def _on_paths(candidate: str, current: str, seen: set[str]) -> Iterator[Comparison]:
    """Both pen nets on every set of paths."""
    for paths in unseen_paths(seen):
        yield _compared(paths.name, *(answers_on_paths(model, paths) for model in (candidate, current)))


def _on_pictures(name: str, data: Dataset, candidate: str, current: str) -> Comparison:
    return _compared(name, *(answers_of(model, name, data) for model in (candidate, current)))


def _compared(name: str, first: Predictions, second: Predictions) -> Comparison:
    accuracies = [score(answers.probabilities, answers.labels).accuracy for answers in (first, second)]
    right = [answers.probabilities.argmax(axis=1) == answers.labels for answers in (first, second)]
    return Comparison(name, len(first.labels), accuracies[0], accuracies[1], compare_paired(right[0], right[1]))
