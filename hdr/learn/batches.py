"""A lesson's batches as Keras takes them: shuffled anew for every epoch, prepared ahead of the step that needs them.

Order and draws hang on seed, epoch and place in the epoch alone, so that a resumed training sees what it would have
seen. Knows no net.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr.learn.lessons import Batch, Lesson
from hdr.learn.settings import TrainSettings
from hdr.nets.backend import load_keras


def make_batches(lesson: Lesson, settings: TrainSettings, epoch: int = 0, most: int | None = None) -> Any:
    """The batches of one epoch after the other; an epoch's last odd pictures, too few for a batch, are left out.

    TensorFlow holds on to them for as long as the process lives, so they keep no pictures of their own.

    Args:
        lesson: Gives the pictures.
        settings: Batch size, seed, and how many epochs at the end are gentle.
        epoch: Epochs that are finished already.
        most: Pictures of an epoch at most, the same ones in each; all of the lesson's where None.

    Returns:
        A `keras.utils.PyDataset` of `Batch`, whose worker is a thread.
    """
    learned = _learned(lesson.size, most, settings.seed)
    last_full = settings.epochs - round(settings.gentle * settings.epochs)

    class Batches(load_keras().utils.PyDataset):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(workers=1, use_multiprocessing=False, max_queue_size=16)
            self.epoch = epoch
            self._shuffle()

        def __len__(self) -> int:
            return len(learned) // settings.batch_size

        def __getitem__(self, index: int) -> Batch:
            chosen = self.order[index * settings.batch_size : (index + 1) * settings.batch_size]
            rng = np.random.default_rng((settings.seed, self.epoch, index))
            return lesson.batch(chosen, settings, rng, gently=self.epoch > last_full)

        def on_epoch_end(self) -> None:  # Keras calls it before the first epoch, too
            self.epoch += 1
            self._shuffle()

        def _shuffle(self) -> None:
            self.order = np.random.default_rng((settings.seed, self.epoch)).permutation(learned)

    return Batches()


def _learned(size: int, most: int | None, seed: int) -> NDArray[np.int64]:
    """The numbers of the pictures that are learned from: all, or so many drawn by the seed."""
    return np.random.default_rng(seed).permutation(size)[:most] if most else np.arange(size)
