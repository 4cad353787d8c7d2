"""How far a training is: its history, the best weights so far, and whether it still gets better.

Plain values, noted after every epoch; goes into a checkpoint and comes out of it. Knows no Keras and no watcher.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hdr.errors import RunError
from hdr.store.checkpoints import Arrays, Checkpoint

Lines = list[dict[str, float]]
_FIGURES = ("accuracy", "loss", "val_accuracy", "val_loss")


@dataclass
class Progress:
    """Where a training stands between two epochs.

    Attributes:
        history: A line for each finished epoch: `epoch` from 0, `seconds` since the start, `accuracy`, `loss`,
            `val_accuracy`, `val_loss`.
        best: The weights after the epoch with the lowest validation loss, the latest of equal ones.
    """

    history: Lines = field(default_factory=list)
    best: Arrays = field(default_factory=list)

    @classmethod
    def resumed(cls, known: Checkpoint) -> "Progress":
        """As it was when the checkpoint was written."""
        return cls(known.history, known.best)

    def checkpoint(self, state: Arrays) -> Checkpoint:
        """What is to be written; `state` is every variable of net and optimizer."""
        return Checkpoint(state, self.best, self.history)

    @property
    def finished(self) -> int:
        """Epochs that are finished."""
        return len(self.history)

    @property
    def seconds(self) -> float:
        """How long they took."""
        return self.history[-1]["seconds"] if self.history else 0.0

    def note(self, logs: Mapping[str, float], seconds: float, weights: Callable[[], Arrays]) -> None:
        """Take down an epoch that has just ended.

        Args:
            logs: Its figures, as Keras tells them.
            seconds: Since the start of the training.
            weights: Gives the weights as they are now; asked only where they are the best so far.

        Raises:
            RunError: A figure is no number.
        """
        figures = {name: float(logs[name]) for name in _FIGURES}
        if not all(map(math.isfinite, figures.values())):
            raise RunError(f"Its loss is no number any more in epoch {self.finished + 1}. Lower the learning rate.")
        self.history.append({"epoch": self.finished, "seconds": round(seconds, 1)} | figures)
        if figures["val_loss"] <= min(self._losses):
            self.best = weights()

    def is_over(self, patience: int) -> bool:
        """Whether so many epochs in a row had no lower validation loss than one before; never where it is 0."""
        losses = self._losses
        return bool(losses) and 0 < patience < len(losses) - losses.index(min(losses))

    @property
    def _losses(self) -> list[float]:
        return [line["val_loss"] for line in self.history]
