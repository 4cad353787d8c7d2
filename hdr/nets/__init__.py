"""Registry of nets: one dict, name -> spec. To add a net, write one builder and one line here.

A builder takes nothing and returns an uncompiled Keras model, float32 (N, 28, 28, 1) in 0..1 -> (N, 10)
probabilities, whose last dense layer is named `logits`. Importing this package does not import Keras.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hdr.nets.cnn import build_cnn
from hdr.nets.rnn import build_rnn


@dataclass(frozen=True)
class NetSpec:
    """A net that can be trained.

    Attributes:
        title: What a person calls it.
        about: One sentence on how it reads a picture.
        build: Makes a fresh, uncompiled Keras model.
        recipe: Training settings that differ from the trainer's defaults.
    """

    title: str
    about: str
    build: Callable[[], Any]
    recipe: dict[str, float | int]


NETS: dict[str, NetSpec] = {
    "cnn": NetSpec("CNN", "Looks for small shapes all over the picture and counts them up.", build_cnn, {"epochs": 22}),
    "rnn": NetSpec(
        "RNN",
        "Reads the picture line by line, by rows and by columns, and remembers what it saw.",
        build_rnn,
        {"epochs": 16, "batch_size": 128},
    ),
}
