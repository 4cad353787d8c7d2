"""What a net or a classifier learns from and how it is marked: single digits, or rows of digits.

A lesson gives shuffled batches, the validation part, the loss and the temperature; `hdr.learn.fit` does the rest. Order
and distortions hang on seed, epoch and batch alone, so that a resumed training sees what it would have seen.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr.data.augment import Augmentation, augment
from hdr.data.compose import Composer
from hdr.data.datasets import Dataset
from hdr.data.negatives import draw_negatives
from hdr.data.strings import MOST_AMOUNT_DIGITS, Amount, Numbers, assemble, distort, retail, shuffle, splice
from hdr.learn.hardening import harden
from hdr.learn.settings import TrainSettings
from hdr.nets.backend import load_keras
from hdr.nets.crnn import together_and_apart
from hdr.score.attack import logits_of
from hdr.score.calibrate import fit_temperature
from hdr.score.strings import fit_string_temperature
from hdr.store.models import as_input, predictor

Batch = tuple[NDArray[np.float32], NDArray[Any]]
STRINGS = 6_400
"""Numbers of an epoch of strings, of which there is no end."""
_SPLICED, _SHUFFLED = 0.4, 0.2
"""Shares of an epoch's real numbers that are put together of two, and whose digits change places."""
_RETAILED = 0.5
"""Share of real numbers that end with the tail of another: a dash, an equals sign, or nothing."""
_ASSEMBLED = 0.4
"""Share of real numbers that are put together of the digits of many hands, before the gentle epochs."""
FRAME = 208
"""Width of the frame that strings are trained in, pixels."""


class Lesson(ABC):
    """What a net learns from and how it is marked.

    Attributes:
        held_out: The validation part, as it was loaded.
    """

    held_out: Any

    @property
    @abstractmethod
    def size(self) -> int:
        """Pictures of an epoch."""

    @property
    @abstractmethod
    def validation_batch(self) -> Batch:
        """The validation part: what goes into the net, and what should come out."""

    @abstractmethod
    def batch(
        self, chosen: NDArray[np.int64], settings: TrainSettings, rng: np.random.Generator, *, gently: bool = False
    ) -> Batch:
        """Some pictures of an epoch by their numbers, distorted where the settings ask for it, half as much gently."""

    @abstractmethod
    def compile(self, net: Any, optimizer: Any, settings: TrainSettings) -> Any:
        """What is fitted: a compiled model that shares the net's weights, with a metric named `accuracy`."""

    @abstractmethod
    def temperature(self, net: Any) -> float:
        """The temperature that fits the validation part best."""


@dataclass(frozen=True)
class LessonParts:
    """A lesson, and what a card says of where it is from.

    Attributes:
        lesson: All of it, as the trainer takes it.
        sources: Each source's own validation part by its name.
        golden: 16 inputs whose answers are kept beside the model.
        about: The data in words.
        sha256: Fingerprint of all sources by name.
    """

    lesson: Lesson
    sources: dict[str, Any]
    golden: NDArray[Any]
    about: str
    sha256: dict[str, str]

    @property
    def validation(self) -> Any:
        """The validation part."""
        return self.lesson.held_out


@dataclass(frozen=True)
class DigitLesson(Lesson):
    """Single digits, and beside them what is no digit, to be unsure of (Hendrycks et al. 2019, outlier exposure).

    The validation part holds digits alone, so that accuracy, choice of the epoch and temperature are about digits.

    Attributes:
        learn: What is learned from.
        held_out: The validation part.
        augmentation: How far pictures are distorted, where the settings ask for it.
    """

    learn: Dataset
    held_out: Dataset
    augmentation: Augmentation = field(default_factory=Augmentation)

    @property
    def size(self) -> int:
        return len(self.learn)

    @property
    def validation_batch(self) -> Batch:
        return as_input(self.held_out.images), one_hot(self.held_out.labels)

    def batch(
        self, chosen: NDArray[np.int64], settings: TrainSettings, rng: np.random.Generator, *, gently: bool = False
    ) -> Batch:
        pictures, targets = self.learn.images[chosen], one_hot(self.learn.labels[chosen])
        if settings.negatives:
            others = draw_negatives(_count_beside(len(chosen), settings.negatives), self.learn, rng)
            pictures = np.concatenate([pictures, others])
            targets = np.concatenate([targets, np.full((len(others), 10), 0.1, np.float32)])
        images = as_input(pictures)
        if settings.augment:
            how = self.augmentation.half if gently else self.augmentation
            images = augment(images[..., 0], how, rng, self.learn.labels[chosen])[..., None]
        return images, targets

    def compile(self, net: Any, optimizer: Any, settings: TrainSettings) -> Any:
        keras = load_keras()
        loss = keras.losses.CategoricalCrossentropy(label_smoothing=settings.label_smoothing)
        if settings.loss == "binary":
            loss = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=settings.label_smoothing)
            net = logits_of(net)
        if settings.attack:
            net = harden(net, settings.attack, settings.seed)
        net.compile(optimizer=optimizer, loss=loss, metrics=[_accuracy_of_digits()])
        return net

    def temperature(self, net: Any) -> float:
        return fit_temperature(predictor(net)(as_input(self.held_out.images)), self.held_out.labels)


@dataclass(frozen=True)
class StringLesson(Lesson):
    """Rows of digits: composed of single ones, or real ones, spliced and distorted.

    Attributes:
        composer: Composes numbers.
        amounts: Real numbers; may be empty.
        share: Share of an epoch that is real.
        held_out: The validation part.
    """

    composer: Composer
    amounts: list[Amount]
    share: float
    held_out: Numbers

    @property
    def size(self) -> int:
        return STRINGS

    @property
    def validation_batch(self) -> Batch:
        return as_input(self.held_out.strips), _spelled(self.held_out.texts)

    def batch(
        self, chosen: NDArray[np.int64], settings: TrainSettings, rng: np.random.Generator, *, gently: bool = False
    ) -> Batch:
        del settings
        strips, texts = zip(*(self._number(rng, gently=gently) for _ in chosen), strict=True)
        return np.stack(strips)[..., None], _spelled(texts)

    def _number(self, rng: np.random.Generator, *, gently: bool) -> tuple[NDArray[np.float32], str]:
        if rng.random() >= self.share:
            return self.composer.compose(FRAME, rng)
        amount = self._changed(rng) if gently or rng.random() >= _ASSEMBLED else assemble(self.amounts, rng)
        if rng.random() < _RETAILED:
            amount = retail(amount, self.amounts, rng)
        return distort(amount.strip, FRAME, rng), amount.text

    def _changed(self, rng: np.random.Generator) -> Amount:
        """A real number as it was written, with its digits in another order, or spliced with another."""
        amount, kind = self.amounts[int(rng.integers(len(self.amounts)))], rng.random()
        if kind < _SPLICED:
            return splice(self.amounts, rng)
        return shuffle(amount, rng) if kind < _SPLICED + _SHUFFLED else amount

    def compile(self, net: Any, optimizer: Any, settings: TrainSettings) -> Any:
        del settings
        model = together_and_apart(net)
        model.compile(optimizer=optimizer, loss=_ctc_loss, metrics=[_exact])
        return model

    def temperature(self, net: Any) -> float:
        answers = predictor(net)(as_input(self.held_out.strips))
        return fit_string_temperature(list(answers), list(self.held_out.texts))


def _count_beside(digits: int, share: float) -> int:
    """How many pictures beside so many digits make such a share of all; at least one."""
    return max(1, round(digits * share / (1.0 - share)))


def _accuracy_of_digits() -> Any:
    """Share of the digits that are read right; what is no digit, whose target has no peak, does not count."""
    keras = load_keras()

    class Accuracy(keras.metrics.CategoricalAccuracy):  # type: ignore[misc, name-defined]
        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # noqa: ARG002 - Keras's
            is_digit = keras.ops.cast(keras.ops.max(y_true, axis=-1) > 0.5, "float32")
            return super().update_state(y_true, y_pred, is_digit)

    return Accuracy(name="accuracy")


def one_hot(labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Labels (N,) as targets, float32 (N, 10)."""
    return np.eye(10, dtype=np.float32)[labels]


def _spelled(texts: Sequence[str]) -> NDArray[np.int32]:
    """Texts as rows of digits, int32 (N, 32), -1 after the end of each."""
    rows = np.full((len(texts), MOST_AMOUNT_DIGITS), -1, np.int32)
    for row, text in zip(rows, texts, strict=True):
        row[: len(text)] = [int(digit) for digit in text]
    return rows


def _ctc_loss(texts: Any, logits: Any) -> Any:
    """Mean loss of the towers together and of each alone, logits (N, T, 1 + towers, 11)."""
    import tensorflow as tf

    return tf.reduce_mean([_ctc_loss_of_one(texts, one) for one in tf.unstack(logits, axis=2)], axis=0)


def _ctc_loss_of_one(texts: Any, logits: Any) -> Any:
    """Connectionist temporal classification (Graves et al. 2006), by TensorFlow's first kernel for it.

    The later one, which Keras calls, takes as long as all convolutions together.
    """
    import tensorflow as tf

    texts = tf.cast(texts, tf.int32)
    empty = tf.reduce_all(texts < 0, axis=1)
    first = tf.range(tf.shape(texts)[1]) == 0
    spelled = tf.where(empty[:, None] & first, 0, texts)  # the kernel takes no empty text
    where = tf.where(spelled >= 0)
    sparse = tf.SparseTensor(where, tf.gather_nd(spelled, where), tf.shape(spelled, out_type=tf.int64))
    loss = tf.compat.v1.nn.ctc_loss(
        sparse, logits, _steps(logits), time_major=False, ignore_longer_outputs_than_inputs=True
    )
    blank = -tf.reduce_sum(tf.nn.log_softmax(logits)[..., -1], axis=1)
    return tf.where(empty, blank, loss)


def _exact(texts: Any, logits: Any) -> Any:
    """Whether the towers together spell each row exactly, by the likeliest channel at every step."""
    import tensorflow as tf

    texts, together = tf.cast(texts, tf.int64), logits[:, :, 0]
    (found,), _ = tf.nn.ctc_greedy_decoder(tf.transpose(together, (1, 0, 2)), _steps(together))
    read = tf.sparse.to_dense(found, default_value=-1)
    width = tf.maximum(tf.shape(read)[1], tf.shape(texts)[1])
    alike = tf.equal(_widened(read, width), _widened(texts, width))
    return tf.cast(tf.reduce_all(alike, axis=1), tf.float32)


_exact.__name__ = "accuracy"


def _widened(rows: Any, width: Any) -> Any:
    import tensorflow as tf

    return tf.pad(rows, [[0, 0], [0, width - tf.shape(rows)[1]]], constant_values=-1)


def _steps(logits: Any) -> Any:
    import tensorflow as tf

    return tf.fill([tf.shape(logits)[0]], tf.shape(logits)[1])
