"""What is stored of a finished model: a name that is free, its figures, its answers on every test set that is here.

Test sets are read once, after everything is fixed, and never one that was trained on.
"""

import contextlib
import datetime
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

import hdr
from hdr.config import NAME_PATTERN, NAME_RULE
from hdr.data.datasets import Dataset, unseen_tests
from hdr.data.paths import as_paths
from hdr.data.strings import Numbers, as_numbers, load_numbers
from hdr.data.traced import Paths, unseen_paths
from hdr.errors import DataError, SettingsError
from hdr.learn.progress import Lines
from hdr.nets import NETS, kind_of
from hdr.score.evaluate import predict_set
from hdr.score.metrics import score
from hdr.score.strings import score_strings
from hdr.store.cards import list_models
from hdr.store.models import Predict, TrainingRecord, as_input, predictor
from hdr.vision import VERSION as PREPROCESSING_VERSION


def check_name(name: str, folder: Path | None = None, *, replace_old: bool = False) -> None:
    """Refuse a name that is no folder's, or a stored model's where that is not meant to go.

    Raises:
        SettingsError: It says why.
    """
    if not NAME_PATTERN.fullmatch(name):
        raise SettingsError(f"A model's name has {NAME_RULE}, not {name!r}.")
    if name in {"Both", "Ensemble", *(spec.title for spec in NETS.values())}:
        raise SettingsError(f"{name!r} is what the pages call shipped models. Give another name.")
    if not replace_old and name in list_models(folder):
        raise SettingsError(f"A model {name!r} is stored already. Give another name.")


def card_figures(predict: Predict, part: Dataset | Numbers | Paths) -> dict[str, Any]:
    """Accuracy and the like on a labelled set of whichever kind, as a card holds them."""
    if isinstance(part, Paths):
        return score(predict(as_paths(part.digits)), part.labels).as_dict()
    if isinstance(part, Dataset):
        return score(predict(as_input(part.images)), part.labels).as_dict()
    return score_strings(list(predict(as_input(part.strips))), list(part.texts)).as_dict()


def record_of(model: Any, card: dict[str, Any], golden: NDArray[Any], history: Lines | None = None) -> TrainingRecord:
    """Test the finished model on every set that is here and was not trained on, and gather all that is stored."""
    predict, kind = predictor(model), kind_of(card["net"])
    tests = unseen_tests(card.get("trained_on", [])) if kind == "digit" else ()
    answers = {data: predict_set(predict, test) for data, test in tests}
    tested = {
        "mnist-test" if data == "mnist" else data: score(found.probabilities, found.labels).as_dict()
        for data, found in answers.items()
    }
    if kind == "path":
        tested = {paths.name: card_figures(predict, paths) for paths in unseen_paths(card.get("trained_on", []))}
    if kind == "string":
        with contextlib.suppress(DataError):  # not everybody has them
            tested["cheques-test"] = card_figures(predict, as_numbers(load_numbers("cheques", "test")))
    card = card | {
        "metrics": card["metrics"] | tested,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "version": hdr.__version__,
        "preprocessing": PREPROCESSING_VERSION,
    }
    return TrainingRecord(card, history or None, golden, answers)
