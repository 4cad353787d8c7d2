"""Fit one Keras net to a lesson: batches, schedule, optimizer, checkpoints, history, temperature.

Takes an uncompiled net and a lesson (`hdr.learn.lessons`); gives the trained net without its optimizer. A `Watcher`
hears of every batch and epoch and may end the training. Knows nothing of cards, runs or the test set.
"""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hdr.errors import RunError, SettingsError
from hdr.learn.averaging import Average
from hdr.learn.batches import make_batches
from hdr.learn.lessons import Lesson
from hdr.learn.settings import TrainSettings
from hdr.nets import NETS, NetSpec
from hdr.nets.backend import keep_freed_memory, load_keras, sum_in_order
from hdr.store.checkpoints import Arrays, Checkpoint, read_checkpoint, write_checkpoint

Lines = list[dict[str, float]]


class Watcher:
    """Hears how a training goes; this one does not mind."""

    def batch_done(self, done: int, of: int) -> bool:
        """Told after each batch how many of the epoch's are done; answers whether to stop at once."""
        del done, of
        return False

    def epoch_done(self, history: Lines) -> None:
        """Told the history after each epoch, the newest line last, and of a resumed training once at its start."""

    def callbacks(self) -> list[Any]:
        """Further callbacks of Keras."""
        return []


@dataclass(frozen=True)
class Fitted:
    """What a training gives.

    Attributes:
        net: The net after the epoch with the lowest validation loss, uncompiled; where its weights were averaged, their
            average.
        temperature: What its logits were divided by, 1 where nothing was fitted.
        history: A line for each epoch: `epoch` from 0, `seconds` since the start, `accuracy`, `loss`, `val_accuracy`,
            `val_loss`.
        stopped: Whether the watcher ended it before its last epoch.
    """

    net: Any
    temperature: float
    history: Lines
    stopped: bool


def fit_net(  # noqa: PLR0913 - what, how, and what most callers leave out
    build: Callable[[], Any],
    lesson: Lesson,
    settings: TrainSettings,
    *,
    watcher: Watcher | None = None,
    checkpoint: Path | None = None,
    most: int | None = None,
) -> Fitted:
    """Train a net and calibrate it.

    Args:
        build: Makes the net, as in the registry, or one that knows something already.
        lesson: What it learns from, and the validation part for the history, the choice of the epoch, and the
            temperature.
        settings: How to train.
        watcher: Hears how it goes.
        checkpoint: File that is written after every epoch; where it exists, training goes on from there.
        most: Pictures of an epoch at most, the same ones in each; all of the lesson's where None.

    Raises:
        RunError: It was stopped before its first epoch had ended, its loss is no number any more, or the checkpoint is
            of a net of another shape.
        SettingsError: The net has no dropout to set, or not so many layers to freeze.
        StoreError: The checkpoint cannot be written or read.
    """
    keras = load_keras()
    keep_freed_memory()
    if settings.deterministic:
        sum_in_order()
    keras.utils.set_random_seed(settings.seed)
    watcher, known = watcher or Watcher(), read_checkpoint(checkpoint) if checkpoint else None
    net = _adjusted(build(), settings)
    batches = make_batches(lesson, settings, len(known.history) if known else 0, most)
    model = lesson.compile(net, _optimizer(settings, settings.epochs * len(batches)), settings)
    model.optimizer.build(model.trainable_variables)
    average = Average(net, settings.average, model.optimizer.iterations) if settings.average else None
    keeper = _keeper(model, net, average, watcher, settings, checkpoint, known)
    stopped = False
    try:
        model.fit(
            batches,
            epochs=settings.epochs,
            initial_epoch=keeper.finished,
            validation_data=lesson.validation_batch,
            validation_batch_size=500,
            shuffle=False,  # the batches are shuffled already, in an order that a resumed training repeats
            callbacks=[*([average.callback()] if average else []), keeper, *watcher.callbacks()],
            verbose=1 if sys.stdout.isatty() else 2,
        )
    except _StopTraining:
        stopped = True
    if not keeper.history:
        raise RunError("It was stopped before its first epoch had ended, so there is nothing to keep.")
    trained = build()  # without the optimizer's state, which would triple the file
    trained.set_weights(keeper.best)
    temperature = _soften(trained, lesson) if settings.calibrate else 1.0
    return Fitted(trained, temperature, keeper.history, stopped)


class _StopTraining(Exception):  # noqa: N818 - no error
    """Ends `Model.fit` in the middle of an epoch."""


def _adjusted(net: Any, settings: TrainSettings) -> Any:
    """The net with the dropout and the frozen layers that the settings ask for."""
    dropouts = [layer for layer in net.layers if type(layer).__name__ == "Dropout"]
    if settings.dropout is not None and not dropouts:
        raise SettingsError(f"dropout cannot be set for {net.name}, which has no dropout layer. Leave it out.")
    for layer in dropouts:
        layer.rate = layer.rate if settings.dropout is None else settings.dropout
    weighty = _with_weights(net)
    if settings.frozen >= len(weighty):
        raise SettingsError(f"frozen must be 0 to {len(weighty) - 1} for {net.name}, not {settings.frozen}.")
    for layer in weighty[: settings.frozen]:
        layer.trainable = False
    return net


def _with_weights(net: Any) -> list[Any]:
    return [layer for layer in net.layers if layer.weights]


def most_frozen(net: str) -> int:
    """The most layers of a net of layers of the registry that can be frozen: one must be left to learn."""
    spec = NETS[net]
    assert isinstance(spec, NetSpec)
    return len(_with_weights(spec.build())) - 1


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


def _keeper(  # noqa: PLR0913, PLR0917 - all that a training consists of
    model: Any,
    net: Any,
    average: Average | None,
    watcher: Watcher,
    settings: TrainSettings,
    path: Path | None,
    known: Checkpoint | None,
) -> Any:
    """The callback that keeps history and best weights, writes checkpoints, and tells the watcher."""
    keras = load_keras()
    variables = [*net.variables, *model.optimizer.variables, *(average.variables if average else [])]

    class Keeper(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.history: Lines = known.history if known else []
            self.best: Arrays = known.best if known else []
            self.finished = len(self.history)
            if known:
                _restore(variables, known.state)
                watcher.epoch_done(self.history)
                self.finished = settings.epochs if self._is_over() else self.finished

        def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002 - Keras's signature, as below
            self.started = time.perf_counter() - (self.history[-1]["seconds"] if self.history else 0.0)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
            if watcher.batch_done(batch + 1, self.params["steps"]):
                raise _StopTraining

        def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
            figures = {name: float(logs[name]) for name in ("accuracy", "loss", "val_accuracy", "val_loss")}
            if not np.isfinite(list(figures.values())).all():
                raise RunError(f"Its loss is no number any more in epoch {epoch + 1}. Lower the learning rate.")
            seconds = round(time.perf_counter() - self.started, 1)
            self.history.append({"epoch": epoch, "seconds": seconds} | figures)
            if figures["val_loss"] <= min(line["val_loss"] for line in self.history):
                self.best = average.weights if average else net.get_weights()
            if path:
                state = [np.asarray(variable) for variable in variables]
                write_checkpoint(path, Checkpoint(state, self.best, self.history))
            watcher.epoch_done(self.history)
            self.model.stop_training = self._is_over()

        def _is_over(self) -> bool:
            losses = [line["val_loss"] for line in self.history]
            return 0 < settings.patience < len(losses) - losses.index(min(losses))

    return Keeper()


def _restore(variables: list[Any], state: Arrays) -> None:
    if [tuple(variable.shape) for variable in variables] != [value.shape for value in state]:
        raise RunError("Its checkpoint is of a net of another shape, which has changed since. Repeat the run.")
    for variable, value in zip(variables, state, strict=True):
        variable.assign(value)


def _soften(net: Any, lesson: Lesson) -> float:
    """Divide the logits' weights by the temperature that fits the validation part best, and return it."""
    temperature = lesson.temperature(net)
    layer = net.get_layer("logits")
    layer.set_weights([weights / temperature for weights in layer.get_weights()])
    return temperature
