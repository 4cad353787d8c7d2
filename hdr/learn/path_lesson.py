"""What the pen net learns from: paths traced from pictures of single digits, with a part held out.

Takes a plan's sources of digits and gives a lesson that hands out paths, written otherwise in every epoch.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr.data.paths import as_paths, distorted_paths, flagged
from hdr.data.traced import Paths, trace_set
from hdr.learn.lessons import Batch, Lesson, LessonParts, one_hot
from hdr.learn.mixture import about_source, check_batch, load_source, mixed, split_labels
from hdr.learn.settings import TrainSettings
from hdr.nets.backend import load_keras
from hdr.score.calibrate import fit_temperature
from hdr.store.models import predictor


@dataclass(frozen=True)
class PathLesson(Lesson):
    """Paths of single digits.

    Attributes:
        learn: The digits of one epoch.
        held_out: The validation part.
    """

    learn: Paths
    held_out: Paths

    @property
    def size(self) -> int:
        return len(self.learn)

    @property
    def validation_batch(self) -> Batch:
        return as_paths(self.held_out.digits), one_hot(self.held_out.labels)

    def batch(
        self, chosen: NDArray[np.int64], settings: TrainSettings, rng: np.random.Generator, *, gently: bool = False
    ) -> Batch:
        del gently
        digits, labels = [self.learn.digits[index] for index in chosen], self.learn.labels[chosen]
        if settings.augment:
            written = [flagged(one, rng) if label == 1 else one for one, label in zip(digits, labels, strict=True)]
            return distorted_paths(written, rng), one_hot(labels)
        return as_paths(digits), one_hot(labels)

    def compile(self, net: Any, optimizer: Any, settings: TrainSettings) -> Any:
        keras = load_keras()
        loss = keras.losses.CategoricalCrossentropy(label_smoothing=settings.label_smoothing)
        net.compile(optimizer=optimizer, loss=loss, metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")])
        return net

    def temperature(self, net: Any) -> float:
        return fit_temperature(predictor(net)(as_paths(self.held_out.digits)), self.held_out.labels)


def load_path_parts(data: tuple[tuple[str, float], ...], settings: TrainSettings) -> LessonParts:
    """Load, split and trace the sources of a plan.

    Args:
        data: Sources of single digits with their shares.
        settings: Of the share held out, and the seed.

    Raises:
        DataError: A source is unknown, missing, damaged or blank.
        SettingsError: Too few digits are left for the validation part or for one batch.
    """
    sources = {name: load_source(name) for name, _ in data}
    traced = {name: trace_set(source) for name, source in sources.items()}
    learn, validation = {}, {}
    for name, paths in traced.items():
        learn[name], validation[name] = _split(paths, settings)
    places = mixed([(len(learn[name]), share) for name, share in data], settings.seed)
    epoch = [_chosen(part, "train", where) for part, where in zip(learn.values(), places, strict=True)]
    lesson = PathLesson(_joined("train", epoch), _joined("validation", list(validation.values())))
    check_batch(settings.batch_size, lesson.size)
    counts = {name: (len(learn[name]), len(source)) for name, source in sources.items()}
    about = "; ".join(about_source(name, share, counts[name], len(data)) for name, share in data)
    hashes = {name: source.sha256() for name, source in sources.items()}
    golden = as_paths(lesson.held_out.digits[:16])
    return LessonParts(lesson, validation, golden, f"paths traced from {about}", hashes)


def _split(paths: Paths, settings: TrainSettings) -> tuple[Paths, Paths]:
    """Training and validation part, drawn as those of pictures are."""
    learn, validation = split_labels(paths.labels, paths.name, settings)
    return _chosen(paths, "train", learn), _chosen(paths, "validation", validation)


def _chosen(paths: Paths, name: str, indices: NDArray[np.int64]) -> Paths:
    return Paths(name, [paths.digits[index] for index in indices], paths.labels[indices])


def _joined(name: str, parts: list[Paths]) -> Paths:
    digits = [strokes for part in parts for strokes in part.digits]
    return Paths(name, digits, np.concatenate([part.labels for part in parts]))
