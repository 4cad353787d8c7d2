"""Train a net or a classical classifier of the registry as a plan says, and store it as a model.

Takes the plan's data, keeps a part for validation, and writes weights, card, history and test predictions through
`hdr.store.models`. Test sets are read once, after everything is fixed, and never one that was trained on.
"""

import platform
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from hdr.errors import SettingsError
from hdr.learn.fit import Fitted, Watcher, fit_net
from hdr.learn.hardening import gain_and_loss, in_words
from hdr.learn.lessons import DigitLesson, LessonParts
from hdr.learn.mixture import load_parts
from hdr.learn.path_lesson import load_path_parts
from hdr.learn.plan import Plan
from hdr.learn.progress import Lines
from hdr.learn.record import card_figures, check_name, record_of
from hdr.learn.settings import TrainSettings, settings_of
from hdr.learn.string_data import load_string_parts
from hdr.nets import NETS, ClassicalSpec, kind_of
from hdr.nets.backend import load_keras
from hdr.nets.classical import ClassicalPredictor
from hdr.score.trust import trust_of
from hdr.store.cards import model_folder, read_card, title_of
from hdr.store.models import as_input, predictor, save_model
from hdr.store.weights import load_weights


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
    check_name(name, folder, replace_old=replace_old)
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
        "validation": f"{len(parts.validation):,} other pictures: for the choice of epoch and settings, "
        "and the temperature",
        "seconds": round(history[-1]["seconds"] if history else time.perf_counter() - started),
        "metrics": _checked(model, parts),
        **_trust(plan, model, parts),
        **_hardness(plan, model, parts, folder),
    }
    record = record_of(model, card, parts.golden, history)
    return save_model(name, model, record, folder or model_folder(name).parent)


def load_plan(plan: Plan) -> LessonParts:
    """The data of a plan, as its net learns from it.

    Raises:
        DataError: A source is unknown, missing or damaged.
        SettingsError: Too little is left to learn from.
    """
    kind = kind_of(plan.net)
    if kind == "digit":
        return load_parts(plan.data, plan.settings, plan.augmentation)
    return (load_string_parts if kind == "string" else load_path_parts)(plan.data, plan.settings)


def _checked(model: Any, parts: LessonParts) -> dict[str, Any]:
    """Figures on the validation part, and where there are several sources on each one's share of it."""
    predict, sources = predictor(model), {f"validation on {name}": part for name, part in parts.sources.items()}
    checked = {"validation": parts.validation} | (sources if len(sources) > 1 else {})
    return {what: card_figures(predict, part) for what, part in checked.items()}


def _trust(plan: Plan, model: Any, parts: LessonParts) -> dict[str, Any]:
    """How far the confidence of a net of single digits can be trusted, from the validation part."""
    if kind_of(plan.net) != "digit":
        return {}
    return {"trust": trust_of(predictor(model)(as_input(parts.validation.images)), parts.validation.labels)}


def _hardness(plan: Plan, model: Any, parts: LessonParts, folder: Path | None) -> dict[str, Any]:
    """What a net that was trained on attacked pictures gains and loses, beside the one it starts from or its sister."""
    if not plan.settings.attack or kind_of(plan.net) != "digit":
        return {}
    found = gain_and_loss(model, parts.validation, plan.settings.attack, plan.base or plan.net, folder)
    return {"attack": found, "about": f"{NETS[plan.net].about} {in_words(found)}"}


def fit_plan(
    plan: Plan,
    parts: LessonParts,
    watcher: Watcher | None = None,
    checkpoint: Path | None = None,
    most: int | None = None,
) -> tuple[Any, dict[str, Any], Lines]:
    """Fit a net or a classifier, as `fit_net` does; a classifier learns from all pictures, whatever `most` is.

    Returns:
        The Keras model or `ClassicalPredictor`, what its card says of how it was made, and the history by epoch.
    """
    spec = NETS[plan.net]
    if isinstance(spec, ClassicalSpec):
        assert isinstance(parts.lesson, DigitLesson)
        return *_fit_classical(spec, parts.lesson, plan.settings), []
    known = _known_weights(plan)

    def build() -> Any:
        net = spec.build()
        if known is not None:
            _start_from(known, net, plan)
        return net

    fitted = fit_net(build, parts.lesson, plan.settings, watcher=watcher, checkpoint=checkpoint, most=most)
    return fitted.net, _facts(plan, fitted), fitted.history


def _facts(plan: Plan, fitted: Fitted) -> dict[str, Any]:
    """What a card says of how a net was made."""
    keras, is_distorted = load_keras(), plan.settings.augment and kind_of(plan.net) == "digit"
    facts = {
        "parameters": int(fitted.net.count_params()),
        "settings": asdict(plan.settings),
        "augmentation": asdict(plan.augmentation) if is_distorted else {},
        "temperature": round(fitted.temperature, 4),
        "trained_with": f"Keras {keras.__version__} on {keras.backend.backend()}, {platform.machine()}",
    }
    if plan.base:
        facts["base"] = f"{plan.base} ({read_card(plan.base)['sha256'][:12]})"
    if fitted.stopped:
        facts["stopped"] = f"after {len(fitted.history)} of {plan.settings.epochs} epochs"
    return facts


def _known_data(plan: Plan) -> list[str]:
    """What the model that the plan starts from was trained on."""
    return list(read_card(plan.base).get("trained_on", [])) if plan.base else []


def _known_weights(plan: Plan) -> list[NDArray[Any]] | None:
    """The weights of the model that the plan starts from."""
    if plan.base is None:
        return None
    card = read_card(plan.base)
    if card["net"] != plan.net:
        raise SettingsError(f"{title_of(card, plan.base)} is a {card['net']}, which is no start for a {plan.net}.")
    _check_held_out(plan, card)
    return list(load_weights(plan.base).get_weights())


def _start_from(known: list[NDArray[Any]], net: Any, plan: Plan) -> None:
    """Give a fresh net the weights of the model that the plan starts from."""
    if [weights.shape for weights in known] != [weights.shape for weights in net.get_weights()]:
        raise SettingsError(
            f"{plan.base} is a {plan.net} of another shape, which has changed since it was trained. Start from a newer "
            "model, or from nothing."
        )
    net.set_weights(known)


def _check_held_out(plan: Plan, card: dict[str, Any]) -> None:
    """Refuse a start that has learned from pictures which the plan would hold out."""
    own, known = plan.settings, settings_of(card)
    shared = set(card.get("trained_on", [])) & dict(plan.data).keys()
    if shared and (own.seed, own.validation) != (known.seed, known.validation):
        raise SettingsError(
            f"{title_of(card, plan.base or '')} was trained on pictures that this run would hold out. Start from it "
            f"with seed={known.seed} and validation={known.validation}, as it was trained."
        )


def _fit_classical(
    spec: ClassicalSpec, lesson: DigitLesson, settings: TrainSettings
) -> tuple[ClassicalPredictor, dict[str, Any]]:
    import sklearn

    classifier = spec.build(settings.seed)
    classifier.fit(as_input(lesson.learn.images).reshape(lesson.size, -1), lesson.learn.labels)
    model = ClassicalPredictor(classifier)
    if not hasattr(classifier, "predict_proba"):
        model.temperature = lesson.temperature(model)
    plain = {key: value for key, value in classifier.get_params().items() if isinstance(value, int | float | str)}
    return model, {
        "parameters": None,
        "settings": plain | {"validation": settings.validation, "seed": settings.seed},
        "shipped": spec.shipped,
        "temperature": round(model.temperature, 4),
        "trained_with": f"scikit-learn {sklearn.__version__}, {platform.machine()}",
    }
