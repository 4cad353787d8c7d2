"""The state of a training after an epoch, in one file: written whole or not at all, and read to go on from there."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hdr.errors import StoreError
from hdr.files import write_whole

Arrays = list[NDArray[Any]]


@dataclass(frozen=True)
class Checkpoint:
    """Where a training stands.

    Attributes:
        state: Every variable of net and optimizer, in Keras's order.
        best: The net's weights after the epoch with the lowest validation loss.
        history: A line for each finished epoch, as `hdr.learn.progress` makes them.
    """

    state: Arrays
    best: Arrays
    history: list[dict[str, float]]


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write the file, whole or not at all.

    Raises:
        StoreError: It cannot be written.
    """
    arrays = {f"state{index}": array for index, array in enumerate(checkpoint.state)}
    arrays |= {f"best{index}": array for index, array in enumerate(checkpoint.best)}
    history = np.array(json.dumps(checkpoint.history))
    write_whole(path, lambda file: np.savez(file, history=history, **arrays))  # type: ignore[arg-type]


def read_checkpoint(path: Path) -> Checkpoint | None:
    """What was written; None where there is none yet.

    Raises:
        StoreError: The file is damaged.
    """
    if not path.is_file():
        return None
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            sizes = {kind: sum(name.startswith(kind) for name in arrays.files) for kind in ("state", "best")}
            state, best = ([arrays[f"{kind}{index}"] for index in range(size)] for kind, size in sizes.items())
            return Checkpoint(state, best, json.loads(str(arrays["history"])))
    except Exception as error:  # a damaged file makes NumPy raise nearly anything
        raise StoreError(f"{path} cannot be read ({error}). Repeat the run from its start.") from error
