"""Train a net or a classical classifier of the registry and store it as a model.

Takes MNIST's training set, keeps a part for validation, and writes weights, card, history and test predictions through
`hdr.store.models`. The test set is read once, after everything is fixed.
"""

import datetime
import platform
import re
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

import hdr
from hdr.config import MODELS
from hdr.data.augment import Augmentation
from hdr.data.datasets import Dataset, load_mnist
from hdr.errors import SettingsError
from hdr.learn.fit import fit_net
from hdr.learn.settings import TrainSettings
from hdr.nets import ENSEMBLE, NETS, ClassicalSpec, NetSpec
from hdr.nets.backend import load_keras
from hdr.nets.classical import ClassicalPredictor
from hdr.score.calibrate import fit_temperature
from hdr.score.metrics import score
from hdr.store.cards import list_models
from hdr.store.models import TrainingRecord, Vote, as_input, load_model, predictor, save_model
from hdr.store.predictions import Predictions
from hdr.vision import VERSION as PREPROCESSING_VERSION


def train(
    net: str, settings: TrainSettings, *, name: str | None = None, folder: Path = MODELS, replace_old: bool = False
) -> Path:
    """Train a net or a classical classifier on MNIST and store it.

    Args:
        net: Name in the registry.
        settings: How to train it; a classical classifier heeds `validation` and `seed` alone.
        name: Name of the stored model; the net's own where None.
        folder: Folder of the models.
        replace_old: Whether a stored model of that name may be replaced.

    Returns:
        The stored model's folder.

    Raises:
        SettingsError: The net is unknown, the name is taken or no name, or a batch is larger than the training part.
        DataError: MNIST cannot be found.
    """
    name = name or net
    if net not in NETS:
        raise SettingsError(f"No net is called {net!r}. Known nets: {', '.join(NETS)}.")
    _check_name(name, folder, replace_old)
    data = load_mnist("train")
    learn, check = split(data, settings)
    if settings.batch_size > len(learn):
        raise SettingsError(f"batch_size must be 1 to {len(learn)}, the training part, not {settings.batch_size}.")
    spec = NETS[net]
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        history = Path(scratch) / "history.csv"
        model, facts = fit_spec(spec, learn, check, settings, history)
        checked = score(predictor(model)(as_input(check.images)), check.labels)
        card = facts | {
            "name": name,
            "net": net,
            "title": spec.title,
            "about": spec.about,
            "data": f"MNIST training set, {len(learn):,} of its {len(data):,} pictures",
            "data_sha256": data.sha256(),
            "validation": f"the other {len(check):,}: for the choice of settings and for the temperature",
            "seconds": round(time.perf_counter() - started),
            "metrics": {"validation": checked.as_dict()},
        }
        record = _record(model, card, check.images[:16], history if history.is_file() else None)
        return save_model(name, model, record, folder)


def train_ensemble(
    members: tuple[str, ...] = ENSEMBLE, *, name: str = "ensemble", folder: Path = MODELS, replace_old: bool = False
) -> Path:
    """Store a soft vote of stored models: the mean of their probabilities. Nothing is trained.

    Args:
        members: Names of stored models, two or more.
        name: Name of the stored model.
        folder: Folder of the models.
        replace_old: Whether a stored model of that name may be replaced.

    Returns:
        The stored model's folder.

    Raises:
        SettingsError: There are too few members, or the name is taken or no name.
        ModelError: A member is missing or damaged.
        DataError: MNIST cannot be found.
    """
    _check_name(name, folder, replace_old)
    if len(set(members)) < max(2, len(members)) or name in members:
        raise SettingsError("An ensemble has two members or more, each of them once, and it is no member of itself.")
    vote = Vote(tuple(load_model(member, folder) for member in members))
    votes = [member.name for member in vote.members if "members" in member.card]
    if votes:
        raise SettingsError(
            f"A member is a model of its own, and {', '.join(votes)} is a vote. Name its members instead."
        )
    titles = " and ".join(str(member.card["title"]) for member in vote.members)
    card = {
        "name": name,
        "net": "ensemble",
        "title": "Ensemble",
        "about": f"The mean of what {titles} say.",
        "members": vote.hashes,
        "parameters": sum(model.card["parameters"] or 0 for model in vote.members),
        "settings": {},
        "data": "none: its members are trained",
        "validation": "none: nothing is fitted",
        "seconds": 0,
        "metrics": {},
    }
    return save_model(name, vote, _record(vote, card, load_mnist("train").images[:16]), folder)


def _check_name(name: str, folder: Path, replace_old: bool) -> None:
    """Refuse a name that is no folder's, or a stored model's where that is not meant to go."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise SettingsError(f"A model's name has letters, digits, dot, dash and underscore, not {name!r}.")
    if not replace_old and name in list_models(folder):
        raise SettingsError(
            f"A model {name!r} is stored already. Give another name (--name), or replace it (--replace)."
        )


def split(data: Dataset, settings: TrainSettings) -> tuple[Dataset, Dataset]:
    """Training and validation part, each digit with its share in both."""
    learn, check = train_test_split(
        np.arange(len(data)), test_size=settings.validation, random_state=settings.seed, stratify=data.labels
    )
    return Dataset("train", data.images[learn], data.labels[learn]), Dataset(
        "validation", data.images[check], data.labels[check]
    )


def fit_spec(
    spec: NetSpec | ClassicalSpec, learn: Dataset, check: Dataset, settings: TrainSettings, history: Path
) -> tuple[Any, dict[str, Any]]:
    """Fit a net or a classifier.

    Returns:
        The Keras model or `ClassicalPredictor`, and what its card says of how it was made.
    """
    if isinstance(spec, ClassicalSpec):
        return _fit_classical(spec, learn, check, settings)
    keras = load_keras()
    model, temperature = fit_net(spec.build, learn, check, settings, history)
    return model, {
        "parameters": int(model.count_params()),
        "settings": asdict(settings),
        "augmentation": asdict(Augmentation()) if settings.augment else {},
        "temperature": round(temperature, 4),
        "trained_with": f"Keras {keras.__version__} on {keras.backend.backend()}, {platform.machine()}",
    }


def _fit_classical(
    spec: ClassicalSpec, learn: Dataset, check: Dataset, settings: TrainSettings
) -> tuple[ClassicalPredictor, dict[str, Any]]:
    import sklearn

    classifier = spec.build(settings.seed)
    classifier.fit(as_input(learn.images).reshape(len(learn), -1), learn.labels)
    model = ClassicalPredictor(classifier)
    if not hasattr(classifier, "predict_proba"):
        model.temperature = fit_temperature(model(as_input(check.images)), check.labels)
    plain = {key: value for key, value in classifier.get_params().items() if isinstance(value, int | float | str)}
    return model, {
        "parameters": None,
        "settings": plain | {"validation": settings.validation, "seed": settings.seed},
        "shipped": spec.shipped,
        "temperature": round(model.temperature, 4),
        "trained_with": f"scikit-learn {sklearn.__version__}, {platform.machine()}",
    }


def _record(model: Any, card: dict[str, Any], golden: NDArray[np.uint8], history: Path | None = None) -> TrainingRecord:
    """Test the finished model and gather all that is stored beside its weights."""
    test = load_mnist("test")
    answers = predictor(model)(as_input(test.images))
    card = card | {
        "metrics": card["metrics"] | {test.name: score(answers, test.labels).as_dict()},
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "version": hdr.__version__,
        "preprocessing": PREPROCESSING_VERSION,
    }
    return TrainingRecord(card, history, golden, Predictions(test.labels, answers, test.sha256()))
