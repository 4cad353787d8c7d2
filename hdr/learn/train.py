"""Train a net of the registry and store it as a model.

Takes MNIST's training set, keeps a part for validation, feeds freshly distorted pictures from a worker thread, and
writes weights, card, history and test predictions through `hdr.store.models`. The test set is read once, after
everything is fixed.
"""

import datetime
import platform
import re
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

import hdr
from hdr.config import MODELS
from hdr.data.augment import Augmentation, augment
from hdr.data.datasets import Dataset, load_mnist
from hdr.errors import SettingsError
from hdr.nets import NETS, NetSpec
from hdr.nets.backend import load_keras
from hdr.nets.predictor import Predictor
from hdr.score.calibrate import fit_temperature
from hdr.score.metrics import score
from hdr.store.models import TrainingRecord, as_input, list_models, save_model
from hdr.vision import VERSION as PREPROCESSING_VERSION


@dataclass(frozen=True)
class TrainSettings:
    """How a net is trained.

    Attributes:
        epochs: Passes over the training part, 1 or more.
        batch_size: Pictures per step, 1 or more.
        learning_rate: Peak of the one-cycle schedule, above 0.
        weight_decay: Decoupled decay of AdamW, 0 or more.
        label_smoothing: Share of certainty spread over all ten classes, 0..0.5.
        validation: Pictures of the training set held out, 100 or more.
        seed: Fixes weights, order, split and distortions.
    """

    epochs: int = 20
    batch_size: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 0.03
    label_smoothing: float = 0.05
    validation: int = 5_000
    seed: int = 1

    def __post_init__(self) -> None:
        limits = {
            "epochs": (1, 10_000),
            "batch_size": (1, 65_536),
            "learning_rate": (1e-8, 10.0),
            "weight_decay": (0.0, 10.0),
            "label_smoothing": (0.0, 0.5),
            "validation": (100, 30_000),
            "seed": (0, 2**31 - 1),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            whole = "a whole number, " if isinstance(low, int) else ""
            if not low <= value <= high or (whole and not isinstance(value, int)):
                raise SettingsError(f"{name} must be {whole}{low} to {high}, not {value}.")


def settings_for(net: str, /, **changes: int | float) -> TrainSettings:
    """The net's own recipe with some settings changed.

    Raises:
        SettingsError: The net or a setting is unknown, or a value is out of range.
    """
    spec = _spec(net)
    unknown = changes.keys() - TrainSettings.__dataclass_fields__.keys()
    if unknown:
        known = ", ".join(TrainSettings.__dataclass_fields__)
        raise SettingsError(f"Unknown setting {', '.join(sorted(unknown))}. Known settings: {known}.")
    return replace(TrainSettings(**spec.recipe), **changes)  # type: ignore[arg-type]


def train(
    net: str, settings: TrainSettings, *, name: str | None = None, folder: Path = MODELS, replace_old: bool = False
) -> Path:
    """Train a net on MNIST and store it.

    Args:
        net: Name in the registry.
        settings: How to train it.
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
    spec = _spec(net)
    _check_name(name, folder, replace_old)
    data = load_mnist("train")
    learn, check = _split(data, settings)
    if settings.batch_size > len(learn):
        raise SettingsError(f"batch_size must be 1 to {len(learn)}, the training part, not {settings.batch_size}.")
    load_keras().utils.set_random_seed(settings.seed)
    model = spec.build()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        history = Path(scratch) / "history.csv"
        _fit(model, learn, check, settings, history)
        facts = {
            "name": name,
            "net": net,
            "data": f"MNIST training set, {len(learn):,} of its {len(data):,} pictures",
            "data_sha256": data.sha256(),
            "validation": f"the other {len(check):,}: for the choice of settings and for the temperature",
            "settings": asdict(settings),
            "seconds": round(time.perf_counter() - started),
        }
        model = _without_optimizer(net, model)
        facts["temperature"] = round(_soften(model, check), 4)
        return save_model(name, model, _record(spec, model, facts, history, check), folder)


def _spec(net: str) -> NetSpec:
    if net not in NETS:
        raise SettingsError(f"No net is called {net!r}. Known nets: {', '.join(NETS)}.")
    return NETS[net]


def _check_name(name: str, folder: Path, replace_old: bool) -> None:
    """Refuse a name that is no folder's, or a stored model's where that is not meant to go."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise SettingsError(f"A model's name has letters, digits, dot, dash and underscore, not {name!r}.")
    if not replace_old and name in list_models(folder):
        raise SettingsError(
            f"A model {name!r} is stored already. Give another name (--name), or replace it (--replace)."
        )


def _split(data: Dataset, settings: TrainSettings) -> tuple[Dataset, Dataset]:
    """Training and validation part, each digit with its share in both."""
    learn, check = train_test_split(
        np.arange(len(data)), test_size=settings.validation, random_state=settings.seed, stratify=data.labels
    )
    return Dataset("train", data.images[learn], data.labels[learn]), Dataset(
        "validation", data.images[check], data.labels[check]
    )


def _fit(model: Any, learn: Dataset, check: Dataset, settings: TrainSettings, history: Path) -> None:
    keras = load_keras()
    batches = _batches(learn, settings)
    steps = settings.epochs * len(batches)
    schedule = keras.optimizers.schedules.CosineDecay(
        settings.learning_rate / 25,
        decay_steps=steps - steps // 5,
        alpha=0.0,
        warmup_target=settings.learning_rate,
        warmup_steps=steps // 5,
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(schedule, weight_decay=settings.weight_decay, clipnorm=1.0),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=settings.label_smoothing),
        metrics=["accuracy"],
    )
    model.fit(
        batches,
        epochs=settings.epochs,
        validation_data=(as_input(check.images), _one_hot(check.labels)),
        validation_batch_size=500,
        callbacks=[_stopwatch(), keras.callbacks.CSVLogger(str(history))],
        verbose=1 if sys.stdout.isatty() else 2,
    )


def _batches(learn: Dataset, settings: TrainSettings) -> Any:
    """Shuffled, distorted batches, made by a worker thread ahead of the step that needs them."""
    keras = load_keras()

    class Batches(keras.utils.PyDataset):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__(workers=1, use_multiprocessing=False, max_queue_size=16)
            self.images = learn.images.astype(np.float32) / 255.0
            self.labels = _one_hot(learn.labels)
            self.epoch = 0
            self.on_epoch_end()

        def __len__(self) -> int:
            return len(learn) // settings.batch_size

        def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            chosen = self.order[index * settings.batch_size : (index + 1) * settings.batch_size]
            rng = np.random.default_rng((settings.seed, self.epoch, index))
            return augment(self.images[chosen], Augmentation(), rng)[..., None], self.labels[chosen]

        def on_epoch_end(self) -> None:
            self.epoch += 1
            self.order = np.random.default_rng((settings.seed, self.epoch)).permutation(len(learn))

    return Batches()


def _stopwatch() -> Any:
    """Callback that adds the seconds since the start to every epoch's line."""
    keras = load_keras()

    class Stopwatch(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_train_begin(self, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002  (Keras's signature)
            self.started = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: dict[str, float]) -> None:  # noqa: ARG002
            logs["seconds"] = round(time.perf_counter() - self.started, 1)

    return Stopwatch()


def _without_optimizer(net: str, model: Any) -> Any:
    """The same net without the optimizer's state, which would triple the file."""
    finished = NETS[net].build()
    finished.set_weights(model.get_weights())
    return finished


def _soften(model: Any, check: Dataset) -> float:
    """Divide the logits' weights by the temperature that fits the validation part best, and return it."""
    temperature = fit_temperature(Predictor(model)(as_input(check.images)), check.labels)
    layer = model.get_layer("logits")
    layer.set_weights([weights / temperature for weights in layer.get_weights()])
    return temperature


def _record(spec: NetSpec, model: Any, facts: dict[str, Any], history: Path, check: Dataset) -> TrainingRecord:
    """Test the finished model and gather all that is stored beside its weights."""
    keras = load_keras()
    test = load_mnist("test")
    predict = Predictor(model)
    answers = predict(as_input(test.images))
    card = facts | {
        "title": spec.title,
        "about": spec.about,
        "parameters": int(model.count_params()),
        "augmentation": asdict(Augmentation()),
        "metrics": {
            "validation": score(predict(as_input(check.images)), check.labels).as_dict(),
            test.name: score(answers, test.labels).as_dict(),
        },
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "version": hdr.__version__,
        "preprocessing": PREPROCESSING_VERSION,
        "trained_with": f"Keras {keras.__version__} on {keras.backend.backend()}, {platform.machine()}",
    }
    return TrainingRecord(card, history, check.images[:16], test.labels, answers)


def _one_hot(labels: NDArray[np.int64]) -> NDArray[np.float32]:
    return np.eye(10, dtype=np.float32)[labels]
