"""Fit one Keras net to a lesson: build it, go on where it was left, train it, keep its best epoch, calibrate it.

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
from hdr.learn.progress import Lines, Progress
from hdr.learn.settings import TrainSettings
from hdr.nets import NETS, NetSpec
from hdr.nets.backend import keep_freed_memory, load_keras, sum_in_order
from hdr.store.checkpoints import Arrays, read_checkpoint, write_checkpoint


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
        history: A line for each epoch, as `Progress` has them.
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
    _prepare(settings)
    watcher, known = watcher or Watcher(), read_checkpoint(checkpoint) if checkpoint else None
    progress = Progress.resumed(known) if known else Progress()
    batches = make_batches(lesson, settings, progress.finished, most)
    training = _built(build(), lesson, settings, len(batches))
    if known:
        training.restore(known.state)
        watcher.epoch_done(progress.history)
    first = settings.epochs if progress.is_over(settings.patience) else progress.finished
    keeper = _keeper(training, progress, watcher, settings.patience, checkpoint)
    stopped = training.run(batches, range(first, settings.epochs), lesson, [keeper, *watcher.callbacks()])
    if not progress.history:
        raise RunError("It was stopped before its first epoch had ended, so there is nothing to keep.")
    trained = build()  # without the optimizer's state, which would triple the file
    trained.set_weights(progress.best)
    temperature = _soften(trained, lesson) if settings.calibrate else 1.0
    return Fitted(trained, temperature, progress.history, stopped)


def _prepare(settings: TrainSettings) -> None:
    """Make this process ready for a training that the seed fixes."""
    keras = load_keras()
    keep_freed_memory()
    if settings.deterministic:
        sum_in_order()
    keras.utils.set_random_seed(settings.seed)


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


class _StopTraining(Exception):  # noqa: N818 - no error
    """Ends `Model.fit` in the middle of an epoch."""


@dataclass(frozen=True)
class _Training:
    """A net that is being trained.

    Attributes:
        net: The net itself.
        model: What is fitted, which shares its weights.
        average: The average of its weights, where one is kept.
        variables: All that a checkpoint holds of the three.
    """

    net: Any
    model: Any
    average: Average | None
    variables: list[Any]

    def weights(self) -> Arrays:
        """What the net would be kept with now."""
        return self.average.weights if self.average else self.net.get_weights()

    def state(self) -> Arrays:
        """The values of all variables."""
        return [np.asarray(variable) for variable in self.variables]

    def restore(self, state: Arrays) -> None:
        """Set all variables as they were.

        Raises:
            RunError: They are of a net of another shape.
        """
        if [tuple(variable.shape) for variable in self.variables] != [value.shape for value in state]:
            raise RunError("Its checkpoint is of a net of another shape, which has changed since. Repeat the run.")
        for variable, value in zip(self.variables, state, strict=True):
            variable.assign(value)

    def run(self, batches: Any, epochs: range, lesson: Lesson, callbacks: list[Any]) -> bool:
        """Train for these epochs; whether it was stopped in the middle of one."""
        try:
            self.model.fit(
                batches,
                epochs=epochs.stop,
                initial_epoch=epochs.start,
                validation_data=lesson.validation_batch,
                validation_batch_size=500,
                shuffle=False,  # the batches are shuffled already, in an order that a resumed training repeats
                callbacks=[*([self.average.callback()] if self.average else []), *callbacks],
                verbose=1 if sys.stdout.isatty() else 2,
            )
        except _StopTraining:
            return True
        return False


def _built(net: Any, lesson: Lesson, settings: TrainSettings, steps: int) -> _Training:
    """A fresh net made ready to be trained; an epoch has so many steps."""
    net = _adjusted(net, settings)
    model = lesson.compile(net, _optimizer(settings, settings.epochs * steps), settings)
    model.optimizer.build(model.trainable_variables)
    average = Average(net, settings.average, model.optimizer.iterations) if settings.average else None
    variables = [*net.variables, *model.optimizer.variables, *(average.variables if average else [])]
    return _Training(net, model, average, variables)


def _keeper(training: _Training, progress: Progress, watcher: Watcher, patience: int, checkpoint: Path | None) -> Any:
    """Keras's callback that has every epoch noted, writes the checkpoint, and tells the watcher."""

    class Keeper(load_keras().callbacks.Callback):  # type: ignore[misc]
        def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002 - Keras's signature, as below
            self.started = time.perf_counter() - progress.seconds

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
            if watcher.batch_done(batch + 1, self.params["steps"]):
                raise _StopTraining

        def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:  # noqa: ARG002
            progress.note(logs, time.perf_counter() - self.started, training.weights)
            if checkpoint:
                write_checkpoint(checkpoint, progress.checkpoint(training.state()))
            watcher.epoch_done(progress.history)
            self.model.stop_training = progress.is_over(patience)

    return Keeper()


def _soften(net: Any, lesson: Lesson) -> float:
    """Divide the logits' weights by the temperature that fits the validation part best, and return it."""
    temperature = lesson.temperature(net)
    layer = net.get_layer("logits")
    layer.set_weights([weights / temperature for weights in layer.get_weights()])
    return temperature
