"""Models side by side: everything that is kept of each on one set, and what sets them apart.

Reads cards, histories, predictions and measurements; no net is loaded and no picture looked at.
"""

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr.errors import ModelError
from hdr.learn.settings import SETTINGS, TITLES, settings_of
from hdr.nets import NETS, NetSpec
from hdr.score.calibrate import Reliability, reliability
from hdr.score.evaluate import figures_of
from hdr.score.paired import PairedComparison, compare_paired
from hdr.score.rejection import Floats, compact, risk_coverage
from hdr.store.cards import headline, list_models, read_card, read_history, title_of
from hdr.store.measures import read_measures
from hdr.store.predictions import Predictions, read_predictions

DISPUTED = (947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937, 6651, 6783, 8527, 9679, 9729)
"""Pictures of MNIST's test set whose label most people reject (Northcutt et al. 2021, cleanlab's label-errors)."""

_POINTS = 120
"""Most points of a curve of coverage."""

NOISE_LINE = 1 - len(DISPUTED) / 10_000
"""Accuracy on MNIST's test set of a reader that is right where the label is wrong."""

_VOTE = "soft vote"
"""Name of the entries' vote, which no stored model can have."""


@dataclass(frozen=True)
class Entry:
    """One model in a comparison.

    Attributes:
        name: Folder name under `models/`.
        card: What `card.json` says.
        predictions: Its answers on the set.
        history: Training history by column; empty where there is none.
        measures: Robustness, speed and seeds, as far as they were measured.
    """

    name: str
    card: dict[str, Any]
    predictions: Predictions
    history: dict[str, list[float]]
    measures: dict[str, Any]

    @property
    def title(self) -> str:
        """What a person calls it."""
        return title_of(self.card, self.name)

    @property
    def stored(self) -> bool:
        """Whether it is a stored model, unlike a vote that was made from predictions."""
        return self.card["net"] != _VOTE

    @property
    def labels(self) -> NDArray[np.int64]:
        """int64 (N,), the set's labels."""
        return self.predictions.labels

    @cached_property
    def guesses(self) -> NDArray[np.int64]:
        """int64 (N,), the digits that were read."""
        return self.predictions.probabilities.argmax(axis=1)

    @cached_property
    def confidence(self) -> NDArray[np.float32]:
        """float32 (N,), the probability of the digit that was read."""
        return self.predictions.probabilities.max(axis=1)

    @cached_property
    def right(self) -> NDArray[np.bool_]:
        """bool (N,), whether each picture was read right."""
        return self.guesses == self.labels

    @cached_property
    def figures(self) -> dict[str, Any]:
        """As `hdr.score.evaluate.figures_of`."""
        return figures_of(self.predictions)

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """int64 (10, 10), row the digit written, column the digit read."""
        return np.array(self.figures["confusion"])

    @cached_property
    def reliability(self) -> Reliability:
        """Confidence against accuracy."""
        return reliability(self.predictions.probabilities, self.labels)

    @cached_property
    def coverage(self) -> tuple[Floats, Floats, Floats]:
        """Threshold, share accepted, and wrong per 1,000 accepted, each (K,): the curve of accepting fewer answers."""
        curve = compact(risk_coverage(self.confidence, self.right), _POINTS)
        return curve.threshold, curve.coverage, curve.wrong_per_1000

    @property
    def error_rates(self) -> NDArray[np.float64]:
        """float64 (10,), the share of each digit that was read wrong; 0 where the set has none."""
        written = self.confusion.sum(axis=1)
        return (written - self.confusion.diagonal()) / written.clip(1)

    @property
    def milliseconds(self) -> float | None:
        """Time of one warm answer, where it was measured."""
        return self.measures.get("speed", {}).get("milliseconds")

    def pictures_in_cell(self, written: int, read: int) -> NDArray[np.int64]:
        """Indices of the pictures in a cell of the confusion matrix, the surest answers first."""
        found = np.flatnonzero((self.labels == written) & (self.guesses == read))
        return found[np.argsort(-self.confidence[found], kind="stable")]


def load_entry(name: str, data: str) -> Entry:
    """A model with all that is kept of it on a set.

    Raises:
        ModelError: The model is missing or damaged, or there are no predictions; the message names the command.
    """
    card = read_card(name)
    return Entry(name, card, read_predictions(name, data), read_history(name), read_measures(name))


def soft_vote(entries: list[Entry]) -> Entry:
    """The ensemble of the entries, from their predictions alone: the mean of their probabilities.

    Args:
        entries: Two or more, all on the same set.
    """
    members = " + ".join(entry.title for entry in entries)
    card: dict[str, Any] = {
        "net": _VOTE,
        "title": f"Vote of {len(entries)}",
        "about": f"The mean of what {members} say.",
        "parameters": None,
        "settings": {},
        "metrics": {},
    }
    probabilities = np.mean([entry.predictions.probabilities for entry in entries], axis=0)
    return Entry(_VOTE, card, Predictions(entries[0].labels, probabilities), {}, {})


def compare(first: Entry, second: Entry) -> PairedComparison:
    """Whether the first is better than the second, or only luckier."""
    return compare_paired(first.right, second.right)


def galleries(first: Entry, second: Entry) -> dict[str, NDArray[np.int64]]:
    """Indices of the pictures that both, only one, or neither reads right, the surest mistakes first."""
    sure = np.maximum(first.confidence, second.confidence)

    def sorted_by_surety(chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        found = np.flatnonzero(chosen)
        return found[np.argsort(-sure[found], kind="stable")]

    return {
        "neither": sorted_by_surety(~first.right & ~second.right),
        f"only {first.title}": sorted_by_surety(first.right & ~second.right),
        f"only {second.title}": sorted_by_surety(~first.right & second.right),
        "both": sorted_by_surety(first.right & second.right)[::-1],
    }


def seed_spread(entry: Entry) -> tuple[float, float, int] | None:
    """Mean and standard deviation of MNIST accuracy over the training seeds, and their number; None for one seed."""
    others = [run["accuracy"] for run in entry.measures.get("seeds", [])]
    if not others:
        return None
    runs = [headline(entry.card)[0]["accuracy"], *others]
    return float(np.mean(runs)), float(np.std(runs, ddof=1)), len(runs)


_TITLES: dict[str, str] = TITLES | {"net": "Kind of net", "seconds": "Time of training"}


def setting_differences(entries: list[Entry]) -> list[dict[str, str]]:
    """The settings in which the entries differ, a row for each: `setting`, and the value by model title."""
    settings = [_settings(entry) for entry in entries]
    names = list(dict.fromkeys(name for values in settings for name in values))
    rows = [[_as_text(values.get(name)) for values in settings] for name in names]
    titles = [entry.title for entry in entries]
    return [
        {"setting": _TITLES.get(name, name.replace("_", " ").capitalize()), **dict(zip(titles, row, strict=True))}
        for name, row in zip(names, rows, strict=True)
        if len(set(row)) > 1
    ]


def _settings(entry: Entry) -> dict[str, Any]:
    """All settings of a model, defaults included, and what else its card says of its making."""
    given = entry.card.get("settings", {})
    known = asdict(settings_of(entry.card)) if set(given) & set(SETTINGS[:3]) else given
    about: dict[str, Any] = {key: entry.card[key] for key in ("parameters", "data") if key in entry.card}
    if "net" in entry.card:
        about["net"] = NETS[entry.card["net"]].title if entry.card["net"] in NETS else entry.card["net"]
    if "seconds" in entry.card:
        about["seconds"] = f"{entry.card['seconds'] / 60:.1f} min"
    return known | about


def _as_text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}" if isinstance(value, float) else str(value)


def claim_rows(folder: Path | None = None) -> list[dict[str, Any]]:
    """The papers' claims beside what our own run of each system reached on MNIST's test set, from the stored cards.

    Returns:
        A row for each stored net that a paper claims a figure for: `system`, `claimed` and `measured` (0..1),
        `difference`, `errors`, `about`.
    """
    stored = set(list_models(folder))
    rows = []
    for name, spec in NETS.items():
        if not isinstance(spec, NetSpec) or spec.claim is None or name not in stored:
            continue
        measured = _measured(name, folder)
        if measured is None:
            continue
        rows.append(
            {
                "system": spec.title,
                "claimed": spec.claim.accuracy,
                "measured": measured["accuracy"],
                "difference": measured["accuracy"] - spec.claim.accuracy,
                "errors": measured["errors"],
                "about": spec.claim.about,
            }
        )
    return rows


def _measured(name: str, folder: Path | None) -> dict[str, Any] | None:
    """What a card says of MNIST's test set; None where it says nothing, or is damaged, as the choice of models says."""
    try:
        return read_card(name, folder)["metrics"].get("mnist-test")
    except ModelError:
        return None


def summary_rows(entries: list[Entry]) -> list[dict[str, Any]]:
    """One row of plain figures for each entry, as tables and CSV show them; None where something was not measured."""
    return [
        {
            "model": entry.title,
            "accuracy": entry.figures["accuracy"],
            "low": entry.figures["interval"][0],
            "high": entry.figures["interval"][1],
            "errors": entry.figures["errors"],
            "n": entry.figures["n"],
            "loss": entry.figures["loss"],
            "top2": entry.figures["top2"],
            "precision": entry.figures["macro"]["precision"],
            "recall": entry.figures["macro"]["recall"],
            "f1": entry.figures["macro"]["f1"],
            "ece": entry.figures["ece"],
            "milliseconds": entry.milliseconds,
            "parameters": entry.card["parameters"],
            "bytes": entry.card.get("bytes"),
            "mnist_c": entry.measures.get("robustness", {}).get("mean"),
        }
        for entry in entries
    ]
