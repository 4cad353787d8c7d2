"""Train a net or a classical classifier of the registry as a plan says, and store it as a model.

Takes the plan's data, keeps a part for validation, and writes weights, card, history and test predictions through
`hdr.store.models`. Test sets are read once, after everything is fixed, and never one that was trained on.
"""

import contextlib
import datetime
import platform
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import hdr
from hdr.config import NAME
from hdr.data.datasets import Dataset, load_mnist, unseen_tests
from hdr.data.strings import Numbers, as_numbers, load_numbers
from hdr.errors import DataError, SettingsError
from hdr.learn.fit import Lines, Watcher, fit_net
from hdr.learn.lessons import DigitLesson
from hdr.learn.mixture import Parts, load_parts
from hdr.learn.plan import Plan
from hdr.learn.settings import TrainSettings
from hdr.learn.string_data import StringParts, load_string_parts
from hdr.nets import ENSEMBLE, NETS, ClassicalSpec, reads_strings
from hdr.nets.backend import load_keras
from hdr.nets.classical import ClassicalPredictor
from hdr.score.calibrate import fit_temperature
from hdr.score.metrics import score
from hdr.score.strings import score_strings
from hdr.store.cards import list_models, model_folder, read_card, title_of
from hdr.store.models import Predict, TrainingRecord, Vote, as_input, load_model, load_weights, predictor, save_model
from hdr.store.predictions import Predictions
from hdr.vision import VERSION as PREPROCESSING_VERSION


def train(  # noqa: PLR0913 - what, where to, and what most callers leave out
    plan: Plan,
    *,
    name: str | None = None,
    folder: Path | None = None,
    replace_old: bool = False,
    watcher: Watcher | None = None,
    checkpoint: Path | None = None,
) -> Path:
    """Train what a plan says and store it.

    Args:
        plan: Net, settings and data; a classical classifier heeds `validation` and `seed` alone.
        name: Name of the stored model; the net's own where None.
        folder: Folder of the models; where None, that of the model that is replaced, or the person's own.
        replace_old: Whether a stored model of that name may be replaced.
        watcher: Hears how the training goes.
        checkpoint: File that is written after every epoch; where it exists, training goes on from there.

    Returns:
        The stored model's folder.

    Raises:
        SettingsError: The name is taken or no name, or the settings do not fit net and data.
        DataError: A source of data cannot be found.
        ModelError: The model to start from is missing or damaged.
        RunError: It was stopped before its first epoch had ended.
        StoreError: Checkpoint or model cannot be written.
    """
    name = name or plan.net
    check_name(name, folder, replace_old)
    parts = load_plan(plan)
    started = time.perf_counter()
    model, facts, history = fit_plan(plan, parts, watcher, checkpoint)
    spec = NETS[plan.net]
    card = facts | {
        "name": name,
        "net": plan.net,
        "title": spec.title,
        "about": spec.about,
        "data": parts.about,
        "data_sha256": parts.sha256,
        "trained_on": sorted({*parts.sources, *_known_data(plan)}),
        "validation": f"{len(parts.check):,} other pictures: for the choice of epoch and settings, and the temperature",
        "seconds": round(history[-1]["seconds"] if history else time.perf_counter() - started),
        "metrics": _checked(model, parts),
    }
    record = _record(model, card, parts.golden, history)
    return save_model(name, model, record, folder or model_folder(name).parent)


def load_plan(plan: Plan) -> Parts | StringParts:
    """The data of a plan, as its net learns from it.

    Raises:
        DataError: A source is unknown, missing or damaged.
        SettingsError: Too little is left to learn from.
    """
    return (load_string_parts if reads_strings(plan.net) else load_parts)(plan.data, plan.settings)


def _checked(model: Any, parts: Parts | StringParts) -> dict[str, Any]:
    """Figures on the validation part, and where there are several sources on each one's share of it."""
    predict, sources = predictor(model), {f"validation on {name}": part for name, part in parts.sources.items()}
    checked = {"validation": parts.check} | (sources if len(sources) > 1 else {})
    return {what: _figures(predict, part) for what, part in checked.items()}


def _figures(predict: Predict, part: Dataset | Numbers) -> dict[str, Any]:
    if isinstance(part, Dataset):
        return score(predict(as_input(part.images)), part.labels).as_dict()
    return score_strings(list(predict(as_input(part.strips))), list(part.texts)).as_dict()


def train_ensemble(
    members: tuple[str, ...] = ENSEMBLE,
    *,
    name: str = "ensemble",
    folder: Path | None = None,
    replace_old: bool = False,
) -> Path:
    """Store a soft vote of stored models: the mean of their probabilities. Nothing is trained.

    Args:
        members: Names of stored models, two or more.
        name: Name of the stored model.
        folder: Folder of the models; where None, that of the model that is replaced, or the person's own.
        replace_old: Whether a stored model of that name may be replaced.

    Returns:
        The stored model's folder.

    Raises:
        SettingsError: There are too few members, or the name is taken or no name.
        ModelError: A member is missing or damaged.
        DataError: MNIST cannot be found.
    """
    check_name(name, folder, replace_old)
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
        "trained_on": sorted({source for model in vote.members for source in model.card.get("trained_on", [])}),
        "parameters": sum(model.card["parameters"] or 0 for model in vote.members),
        "settings": {},
        "data": "none: its members are trained",
        "validation": "none: nothing is fitted",
        "seconds": 0,
        "metrics": {},
    }
    record = _record(vote, card, load_mnist("train").images[:16])
    return save_model(name, vote, record, folder or model_folder(name).parent)


def check_name(name: str, folder: Path | None = None, replace_old: bool = False) -> None:
    """Refuse a name that is no folder's, or a stored model's where that is not meant to go.

    Raises:
        SettingsError: It says why.
    """
    if not NAME.fullmatch(name):
        raise SettingsError(f"A model's name has letters, digits, dot, dash and underscore, not {name!r}.")
    if name in {"Both", *(spec.title for spec in NETS.values())}:
        raise SettingsError(f"{name!r} is what the pages call a shipped model. Give another name (--name).")
    if not replace_old and name in list_models(folder):
        raise SettingsError(
            f"A model {name!r} is stored already. Give another name (--name), or replace it (--replace)."
        )


def fit_plan(
    plan: Plan, parts: Parts | StringParts, watcher: Watcher | None = None, checkpoint: Path | None = None
) -> tuple[Any, dict[str, Any], Lines]:
    """Fit a net or a classifier.

    Returns:
        The Keras model or `ClassicalPredictor`, what its card says of how it was made, and the history by epoch.
    """
    spec = NETS[plan.net]
    if isinstance(spec, ClassicalSpec):
        assert isinstance(parts, Parts)
        return *_fit_classical(spec, parts.learn, parts.check, plan.settings), []
    keras, known = load_keras(), _known_weights(plan)

    def build() -> Any:
        net = spec.build()
        if known is not None:
            net.set_weights(known)
        return net

    lesson = DigitLesson(parts.learn, parts.check, plan.augmentation) if isinstance(parts, Parts) else parts.lesson
    fitted = fit_net(build, lesson, plan.settings, watcher=watcher, checkpoint=checkpoint)
    return (
        fitted.net,
        {
            "parameters": int(fitted.net.count_params()),
            "settings": asdict(plan.settings),
            "augmentation": asdict(plan.augmentation) if plan.settings.augment and isinstance(parts, Parts) else {},
            "temperature": round(fitted.temperature, 4),
            "trained_with": f"Keras {keras.__version__} on {keras.backend.backend()}, {platform.machine()}",
        }
        | ({"base": f"{plan.base} ({read_card(plan.base)['sha256'][:12]})"} if plan.base else {})
        | ({"stopped": f"after {len(fitted.history)} of {plan.settings.epochs} epochs"} if fitted.stopped else {}),
        fitted.history,
    )


def _known_data(plan: Plan) -> list[str]:
    """What the model that the plan starts from was trained on, besides MNIST."""
    return list(read_card(plan.base).get("trained_on", [])) if plan.base else []


def _known_weights(plan: Plan) -> list[NDArray[Any]] | None:
    """The weights of the model that the plan starts from."""
    if plan.base is None:
        return None
    card = read_card(plan.base)
    if card["net"] != plan.net:
        raise SettingsError(f"{title_of(card, plan.base)} is a {card['net']}, which is no start for a {plan.net}.")
    return list(load_weights(plan.base).get_weights())


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


def _record(
    model: Any, card: dict[str, Any], golden: NDArray[np.uint8], history: Lines | None = None
) -> TrainingRecord:
    """Test the finished model on every set that is here and was not trained on, and gather all that is stored."""
    predict = predictor(model)
    answers = {} if reads_strings(card["net"]) else _answers(predict, card.get("trained_on", []))
    tested = {
        "mnist-test" if data == "mnist" else data: score(found.probabilities, found.labels).as_dict()
        for data, found in answers.items()
    }
    if reads_strings(card["net"]):
        with contextlib.suppress(DataError):  # not everybody has them
            tested["cheques-test"] = _figures(predict, as_numbers(load_numbers("cheques", "test")))
    card = card | {
        "metrics": card["metrics"] | tested,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "version": hdr.__version__,
        "preprocessing": PREPROCESSING_VERSION,
    }
    return TrainingRecord(card, history or None, golden, answers)


def _answers(predict: Predict, trained_on: list[str]) -> dict[str, Predictions]:
    return {
        data: Predictions(test.labels, predict(as_input(test.images)), test.sha256())
        for data, test in unseen_tests(trained_on)
    }
