"""Fit one Keras net to labelled pictures: batches, schedule, optimizer, history, temperature.

Takes an uncompiled net and a training and a validation part; gives the trained net without its optimizer. Knows
nothing of cards, of files but `history.csv`, or of the test set.
"""

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr.data.augment import Augmentation, augment
from hdr.data.datasets import Dataset
from hdr.learn.settings import TrainSettings
from hdr.nets.backend import load_keras
from hdr.nets.predictor import Predictor
from hdr.score.calibrate import fit_temperature
from hdr.store.models import as_input


def fit_net(
    build: Callable[[], Any], learn: Dataset, check: Dataset, settings: TrainSettings, history: Path
) -> tuple[Any, float]:
    """Train a fresh net and calibrate it.

    Args:
        build: Makes the net, as in the registry.
        learn: What it learns from.
        check: Validation part, for the history and the temperature.
        settings: How to train.
        history: CSV that gets a line after every epoch.

    Returns:
        The trained net, uncompiled, and the temperature in its logits, 1 where none was asked for.
    """
    keras = load_keras()
    keras.utils.set_random_seed(settings.seed)
    model = build()
    lessons, steps = _lessons(learn, settings)
    _compiled(model, settings, settings.epochs * steps).fit(
        **lessons,
        epochs=settings.epochs,
        validation_data=(as_input(check.images), _one_hot(check.labels)),
        validation_batch_size=500,
        callbacks=[_stopwatch(), keras.callbacks.CSVLogger(str(history))],
        verbose=1 if sys.stdout.isatty() else 2,
    )
    trained = build()  # without the optimizer's state, which would triple the file
    trained.set_weights(model.get_weights())
    return trained, _soften(trained, check) if settings.calibrate else 1.0


def _compiled(model: Any, settings: TrainSettings, steps: int) -> Any:
    """What is fitted, with the model's own weights: the model, or its logits for a loss of ten sigmoids."""
    keras = load_keras()
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=settings.label_smoothing)
    if settings.loss == "binary":
        loss = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=settings.label_smoothing)
        model = keras.Model(model.inputs, model.get_layer("logits").output)
    accuracy = keras.metrics.CategoricalAccuracy(name="accuracy")
    model.compile(optimizer=_optimizer(settings, steps), loss=loss, metrics=[accuracy])
    return model


def _optimizer(settings: TrainSettings, steps: int) -> Any:
    keras = load_keras()
    rate: Any = settings.learning_rate
    if settings.schedule == "one-cycle":
        rate = keras.optimizers.schedules.CosineDecay(
            settings.learning_rate / 25,
            decay_steps=steps - steps // 5,
            alpha=0.0,
            warmup_target=settings.learning_rate,
            warmup_steps=steps // 5,
        )
    if settings.optimizer == "adamw":
        return keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay, clipnorm=1.0)
    return {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD}[settings.optimizer](rate)


def _lessons(learn: Dataset, settings: TrainSettings) -> tuple[dict[str, Any], int]:
    """What `Model.fit` learns from, and its steps per epoch: pictures as they are, or batches of distorted ones."""
    if settings.augment:
        batches = _distorted_batches(learn, settings)
        return {"x": batches}, len(batches)
    plain = {"x": as_input(learn.images), "y": _one_hot(learn.labels), "batch_size": settings.batch_size}
    return plain, math.ceil(len(learn) / settings.batch_size)


def _distorted_batches(learn: Dataset, settings: TrainSettings) -> Any:
    """Shuffled batches, distorted by a worker thread ahead of the step that needs them."""
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


def _soften(model: Any, check: Dataset) -> float:
    """Divide the logits' weights by the temperature that fits the validation part best, and return it."""
    temperature = fit_temperature(Predictor(model)(as_input(check.images)), check.labels)
    layer = model.get_layer("logits")
    layer.set_weights([weights / temperature for weights in layer.get_weights()])
    return temperature


def _one_hot(labels: NDArray[np.int64]) -> NDArray[np.float32]:
    return np.eye(10, dtype=np.float32)[labels]
