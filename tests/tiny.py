"""Small things that several tests need: a net that is built at once, a handful of drawn digits, the shipped models."""

import json
import struct
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hdr.data.pen import digit_strokes, draw_strokes
from hdr.nets.backend import load_keras
from hdr.store.cards import read_card
from hdr.store.database import reading
from hdr.store.models import Model, load_model
from hdr.store.weights import weights_path
from hdr.vision import VERSION


def tiny_card(**changes: Any) -> dict[str, Any]:
    """Card of a net for tests."""
    card = {
        "net": "cnn",
        "title": "Tiny",
        "about": "A net for tests.",
        "parameters": 7850,
        "metrics": {"mnist-test": {"accuracy": 0.5, "loss": 1.0, "n": 2, "errors": 1}},
        "date": "2026-01-01",
        "preprocessing": VERSION,
    }
    return card | changes


def tiny_net(seed: int = 1) -> Any:
    """7,850 parameters: one dense layer on the pixels."""
    keras = load_keras()
    image = keras.Input((28, 28, 1))
    kernel = keras.initializers.GlorotUniform(seed=seed)
    logits = keras.layers.Dense(10, kernel_initializer=kernel, name="logits")(keras.layers.Flatten()(image))
    return keras.Model(image, keras.layers.Softmax()(logits))


def drawn_digits(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Pictures (count, 28, 28) of 0 to 9 in turn, each at its own place, slant and pen width, and their labels."""
    rng = np.random.default_rng(seed)
    images, labels = np.zeros((count, 28, 28), np.uint8), (np.arange(count) % 10).astype(np.uint8)
    for image, digit in zip(images, labels, strict=True):
        left, top = 8 + rng.uniform(-2, 2), 4 + rng.uniform(-2, 2)
        draw_strokes(image, digit_strokes(int(digit), left, top, 20, rng.uniform(-0.1, 0.3)), int(rng.integers(2, 4)))
    return images, labels


def write_mnist(folder: Path, train: int = 600, test: int = 100) -> None:
    """Drawn digits as `folder/mnist.npz`."""
    (x_train, y_train), (x_test, y_test) = drawn_digits(train, 1), drawn_digits(test, 2)
    np.savez(folder / "mnist.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)


def kept_evidence() -> list[dict[str, Any]]:
    """What is kept in the database beside each promotion, the newest first."""
    with reading() as db:
        return [json.loads(row["evidence"]) for row in db.execute("SELECT evidence FROM promotions ORDER BY id DESC")]


def spoil(path: Path) -> None:
    """Make an npz file's compressed data nonsense, as a bad disk does; the archive's own tables stay whole."""
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.infolist()[0].header_offset
    name, extra = struct.unpack("<HH", content[start + 26 : start + 30])
    content[start + 30 + name + extra] = 0xFF
    path.write_bytes(content)


@cache
def shipped(name: str) -> Model:
    """A model of the repository, loaded once for all tests; skips where its weights are too large to be shipped."""
    if weights_path(name) is None and not read_card(name).get("shipped", True):
        pytest.skip(f"the weights of {name} are not shipped; make them with: python -m hdr train {name} --replace")
    return load_model(name)
