"""Benches that a user can repeat: time of one drawing against the usual way, and photos read right.

Times are medians; the rival runs in the same process, turn by turn, because machines are shared and noisy.
"""

import contextlib
import io
import math
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from hdr.bench_pages import bench_pages, timed
from hdr.config import data_folders, machine
from hdr.data.datasets import Dataset, load_dataset
from hdr.data.pen import digit_strokes, draw_strokes
from hdr.errors import DataError, SettingsError
from hdr.nets.backend import load_keras
from hdr.reader import Reader, load_reader, read_with_all
from hdr.results import Page
from hdr.score.evaluate import evaluate
from hdr.score.pages import score_pages, summarise
from hdr.store.models import Predict, as_input, load_model
from hdr.store.weights import KERAS_FILE, weights_path
from hdr.vision.image import decode_image
from hdr.vision.layout import find_drawn

_TURNS = 5
"""Evaluations timed, after one that warms up."""


def bench(names: tuple[str, ...], pages_with: str, repeats: int = 60) -> dict[str, Any]:
    """Run every bench that this machine has the data for.

    Args:
        names: Models, all of which read each drawing and the photos.
        pages_with: The model that reads the photos, too, and all other pages.
        repeats: Drawings timed.

    Raises:
        ModelError: A model is missing or damaged.
        SettingsError: A model is no Keras net.
    """
    readers, page_reader = [load_reader(name) for name in names], load_reader(pages_with)
    report: dict[str, Any] = {"machine": machine(), "models": list(names), "pages_with": pages_with}
    report["drawing"] = time_drawing(readers, repeats)
    with contextlib.suppress(DataError):  # not everybody has MNIST
        report["evaluation"] = time_evaluation(load_model(names[0]).predict, load_dataset("mnist"))
    photos = [folder / "real" for folder in data_folders() if (folder / "real" / "truth.csv").is_file()]
    if photos:
        report["photos"] = {reader.name: read_photos(reader, photos[0]) for reader in [*readers, page_reader]}
    report["pages"] = bench_pages(page_reader, photos[0].parent if photos else data_folders()[0])
    return report


def time_drawing(readers: list[Reader], repeats: int) -> dict[str, float]:
    """Milliseconds from the bytes of a drawing to all readers' probabilities, ours and the usual way's.

    Both take turns, ten drawings at a time; the first turn warms up and is not counted.

    Raises:
        SettingsError: A model is no Keras net.
    """
    rivals = [_usual_way(reader.name) for reader in readers]
    drawings = [_drawing(digit) for digit in range(10)]
    ours, usual = [], []
    for _ in range(1 + math.ceil(repeats / len(drawings))):
        ours += [_milliseconds(lambda drawing: _our_way(readers, drawing), drawing) for drawing in drawings]
        usual += [_milliseconds(lambda drawing: [rival(drawing) for rival in rivals], drawing) for drawing in drawings]
    mine, theirs = statistics.median(ours[10:]), statistics.median(usual[10:])
    return {"median_ms": round(mine, 2), "usual_way_ms": round(theirs, 2), "ratio": round(theirs / mine, 1)}


def time_evaluation(predict: Predict, data: Dataset) -> dict[str, float]:
    """Seconds of a whole evaluation against those of the net's own forward pass over the same array, turn by turn."""
    images = as_input(data.images)
    forward, whole = [], []
    for _ in range(1 + _TURNS):
        forward.append(_milliseconds(predict, images))
        whole.append(_milliseconds(lambda chosen: evaluate(predict, chosen), data))
    mine, net = statistics.median(whole[1:]), statistics.median(forward[1:])
    return {"forward_s": round(net / 1000, 2), "evaluate_s": round(mine / 1000, 2), "ratio": round(mine / net, 2)}


def read_photos(reader: Reader, folder: Path) -> dict[str, dict[str, float | int]]:
    """Accuracy by kind and difficulty of the pictures in a folder with `truth.csv`."""
    return summarise(score_pages(folder, lambda data: reader.read_picture(data).text))


def _our_way(readers: list[Reader], data: bytes) -> list[Page]:
    return read_with_all(readers, find_drawn(decode_image(data)))


def _usual_way(name: str) -> Callable[[bytes], Any]:
    """What most demos do: decode, shrink to 28 x 28, `model.predict`."""
    path = weights_path(name)
    if path is None or path.name != KERAS_FILE:
        raise SettingsError(f"{name!r} is no Keras net, and only such can be timed the usual way. Choose another.")
    model = load_keras().saving.load_model(path, compile=False)

    def read(data: bytes) -> Any:
        grey: Any = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        small = cv2.resize(255 - grey, (28, 28), interpolation=cv2.INTER_AREA)
        return model.predict(small[None, ..., None].astype(np.float32) / 255.0, verbose=0)

    return read


def _drawing(digit: int) -> bytes:
    """A digit drawn with the pen of the Draw page, as the bytes of a PNG."""
    canvas = np.zeros((340, 340), np.uint8)
    draw_strokes(canvas, digit_strokes(digit, 110, 70, 200), 16)
    out = io.BytesIO()
    Image.fromarray(255 - canvas).convert("RGBA").save(out, "PNG")
    return out.getvalue()


def _milliseconds(call: Callable[[Any], Any], data: Any) -> float:
    return 1000 * timed(lambda: call(data))[1]
