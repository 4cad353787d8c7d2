"""Labelled paths of a pen: traced from labelled pictures, or drawn by this project's own pen.

A `Dataset` of pictures goes in, `Paths` come out. Tracing MNIST takes a minute or two, so what was traced is kept in
`HDR_HOME/cache` under the pictures' fingerprint. Knows nothing of nets.
"""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hdr.config import home_folder
from hdr.data.datasets import Dataset, load_dataset, unseen_tests
from hdr.data.paths import Strokes
from hdr.data.pen import digit_strokes
from hdr.data.trace import trace_digits
from hdr.errors import DataError, StoreError
from hdr.files import write_whole

VERSION = 1
"""Of the tracing; another one does not take what this one has kept."""
DRAWN = "drawn"
"""Name of the set of paths that this project's own pen draws."""


@dataclass(frozen=True, eq=False)
class Paths:
    """Labelled digits as strokes.

    Attributes:
        name: How the set is called in tables and cards.
        digits: Strokes of each, float64 (N, 2), in the order of writing.
        labels: int64 (N,), 0 to 9.
    """

    name: str
    digits: list[Strokes]
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.digits):
            raise DataError(f"{self.name}: {len(self.digits)} digits but {len(self.labels)} labels.")
        if not all(self.digits):
            raise DataError(f"{self.name}: a digit without a stroke, which has no path.")

    def __len__(self) -> int:
        return len(self.labels)

    def sha256(self) -> str:
        """Fingerprint of strokes and labels."""
        content = b"".join(stroke.astype("<f4").tobytes() for strokes in self.digits for stroke in strokes)
        return hashlib.sha256(content + self.labels.astype("<i8").tobytes()).hexdigest()


def load_paths(name: str) -> Paths:
    """A set to test on: `drawn`, or one of `hdr.data.datasets.load_dataset`, traced.

    Raises:
        DataError: The set is unknown, missing or damaged.
    """
    return drawn_paths() if name == DRAWN else trace_set(load_dataset(name))


def unseen_paths(trained_on: Iterable[str]) -> Iterator[Paths]:
    """The drawn paths, and those of all test sets that are found here and hold nothing that was trained on."""
    yield drawn_paths()
    for name, data in unseen_tests(trained_on):
        yield replace(trace_set(data), name=f"{name}-traced")


def trace_set(data: Dataset) -> Paths:
    """The paths of labelled pictures, of which blank ones are left out; from the cache where they were traced before.

    Raises:
        DataError: All pictures are blank.
    """
    path = home_folder() / "cache" / f"traced-{VERSION}-{data.sha256()[:16]}.npz"
    digits = _read(path, len(data))
    if digits is None:
        digits = trace_digits(data.images)
        with contextlib.suppress(StoreError):  # a full disk makes the next time slow, no more
            _keep(path, digits)
    written = np.array([bool(strokes) for strokes in digits], dtype=bool)
    if not written.any():
        raise DataError(f"{data.name}: there is no ink on any picture, so there is nothing to trace.")
    return Paths(data.name, [strokes for strokes in digits if strokes], data.labels[written])


def drawn_paths(count: int = 2_000, seed: int = 0) -> Paths:
    """Digits of this project's own pen, 0 to 9 in turn, each at its own size, place and slant, by a shaking hand."""
    digits = []
    for index in range(count):
        rng = np.random.default_rng((seed, index))
        left, top, height = rng.uniform(0, 200), rng.uniform(0, 200), rng.uniform(40, 300)
        strokes = digit_strokes(index % 10, left, top, height, rng.normal(0.1, 0.15))
        digits.append([stroke + rng.normal(0.0, 0.008 * height, stroke.shape) for stroke in strokes])
    return Paths(DRAWN, digits, np.arange(count) % 10)


def _keep(path: Path, digits: list[Strokes]) -> None:
    strokes = [stroke for strokes in digits for stroke in strokes]
    write_whole(
        path,
        lambda file: np.savez_compressed(
            file,
            points=np.concatenate(strokes).astype(np.float32) if strokes else np.zeros((0, 2), np.float32),
            lengths=np.array([len(stroke) for stroke in strokes], np.int32),
            counts=np.array([len(strokes) for strokes in digits], np.int32),
        ),
    )


def _read(path: Path, count: int) -> list[Strokes] | None:
    """What was kept; None where there is nothing, or nothing of use."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            points, lengths, counts = arrays["points"].astype(float), arrays["lengths"], arrays["counts"]
        if len(counts) != count or counts.sum() != len(lengths) or lengths.sum() != len(points):
            return None
    except Exception:  # a damaged file makes NumPy raise nearly anything, and tracing again mends it
        return None
    strokes = iter(np.split(points, np.cumsum(lengths)[:-1]) if len(lengths) else [])
    return [[next(strokes) for _ in range(number)] for number in counts]
