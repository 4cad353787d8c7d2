"""Labelled digits by name: MNIST, USPS, optdigits, scikit-learn's digits, or a folder of pictures.

Every set comes out alike: uint8 (N, 28, 28), ink 255 on paper 0, and labels int64 (N,). Sets that are not 28 x 28 go
through the same normalisation as any picture. Files are looked for in `HDR_DATA`, then in the person's cache; MNIST is
then downloaded and checked. Knows nothing of nets.
"""

import contextlib
import hashlib
import http.client
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray

from hdr.config import data_folders, home_folder
from hdr.errors import DataError, ImageError
from hdr.files import write_bytes_whole
from hdr.vision.image import decode_image
from hdr.vision.layout import single_digit
from hdr.vision.normalise import normalise_digit

MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
MNIST_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
FILES = {
    "mnist": "mnist.npz",
    "usps": "usps_test_16x16.npz",
    "optdigits": "optdigits_windep_32x32.npz",
}
BUILT_IN = (*FILES, "digits")
"""Names of the sets that are known to everybody."""
DIGITS_TRAINING = 1_200
COMPARED = BUILT_IN
"""Sets that models are compared on, each of them whole."""
TESTS = (*COMPARED, "digits-test")
"""Sets to test on, whose answers are kept; the last is what stays of `digits` for a model that was trained on them."""
_LEFT_BEHIND = ("Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Dataset:
    """Labelled digits.

    Attributes:
        name: How the set is called in tables and cards.
        images: uint8 (N, 28, 28), ink 255 on paper 0.
        labels: int64 (N,), 0 to 9.
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.images.ndim != 3 or self.images.shape[1:] != (28, 28) or self.images.dtype != np.uint8:
            raise DataError(
                f"{self.name}: images must be uint8 (N, 28, 28), not {self.images.dtype} {self.images.shape}."
            )
        if self.labels.shape != (len(self.images),):
            raise DataError(f"{self.name}: {len(self.images)} images but labels of shape {self.labels.shape}.")
        if len(self.labels) and (self.labels.min() < 0 or self.labels.max() > 9):
            raise DataError(f"{self.name}: labels must be 0 to 9, not {self.labels.min()} to {self.labels.max()}.")

    def __len__(self) -> int:
        return len(self.labels)

    def sha256(self) -> str:
        """Fingerprint of pictures and labels, written into cards."""
        return hashlib.sha256(self.images.tobytes() + self.labels.astype("<i8").tobytes()).hexdigest()


def load_dataset(name: str) -> Dataset:
    """The set to evaluate on, by name or folder.

    Args:
        name: `mnist` (its test part), `usps`, `optdigits`, `digits` (bundled with scikit-learn), `digits-test` (what
            of them is never trained on), or the path of a folder of labelled pictures, `FOLDER/3/any.png`.

    Raises:
        DataError: The set is unknown, missing or damaged; the message says how to get it.
        StoreError: MNIST was downloaded and cannot be kept.
    """
    if name == "mnist":
        return load_mnist("test")
    if name == "digits":
        return _bundled_digits()
    if name == "digits-test":
        return load_digits("test")
    if name in FILES:
        images, labels = read_arrays(_find(name), "x", "y")
        return Dataset(name, _normalise_all(images), labels)
    if Path(name).is_dir():
        return load_folder(Path(name))
    raise DataError(f"No data set is called {name!r}. Known: {', '.join(BUILT_IN)}, or a folder FOLDER/3/any.png.")


def unseen_tests(trained_on: Iterable[str]) -> Iterator[tuple[str, Dataset]]:
    """The test sets that are found here and hold none of the pictures trained on, by name.

    Args:
        trained_on: Sources of the training. Where `digits` is among them, `digits-test` stands for it.
    """
    skipped = seen_tests(trained_on) or {"digits-test"}  # of which `digits` holds more
    for name in TESTS:
        if name not in skipped:
            with contextlib.suppress(DataError):  # not everybody has every set
                yield name, load_dataset(name)


def seen_tests(trained_on: Iterable[str]) -> set[str]:
    """Test sets that hold pictures of a training's sources; optdigits are the pictures of `digits` at a finer grid."""
    return {"digits", "optdigits"} if "digits" in trained_on else set()


def load_mnist(part: str) -> Dataset:
    """MNIST (LeCun et al. 1998): `part` is `train` (60,000) or `test` (10,000).

    Raises:
        DataError: The file is neither stored nor can it be downloaded.
        StoreError: It was downloaded and cannot be kept.
    """
    if part not in ("train", "test"):
        raise DataError(f"MNIST has the parts train and test, not {part!r}.")
    images, labels = read_arrays(_find("mnist"), f"x_{part}", f"y_{part}")
    return Dataset(f"mnist-{part}", images, labels)


def read_arrays(path: Path, images_key: str, labels_key: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures and labels of an npz file.

    Raises:
        DataError: The file is missing, damaged, or not of this kind.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            images, labels = arrays[images_key], arrays[labels_key].astype(np.int64)
    except Exception as error:  # a damaged file makes NumPy raise nearly anything
        raise DataError(
            f"{path} cannot be read as a data set ({error}); it must hold {images_key} and {labels_key}."
        ) from error
    if images.ndim != 3 or images.dtype != np.uint8 or not len(images):
        raise DataError(f"{path}: {images_key} must be uint8 (N, H, W) with N > 0, not {images.dtype} {images.shape}.")
    return images, labels


def read_picture(content: bytes) -> NDArray[np.uint8]:
    """The one digit on a picture, uint8 (28, 28), ink 255 on paper 0.

    Raises:
        ImageError: The bytes cannot be read as a picture.
    """
    return single_digit(decode_image(content)).image


def is_picture(path: PurePath) -> bool:
    """Whether a file is meant as a picture, unlike what file managers leave behind."""
    return not path.name.startswith(".") and path.name not in _LEFT_BEHIND and "__MACOSX" not in path.parts


def load_digits(part: str) -> Dataset:
    """scikit-learn's digits: `part` is `train` (the first 1,200) or `test` (the other 597)."""
    chosen = slice(None, DIGITS_TRAINING) if part == "train" else slice(DIGITS_TRAINING, None)
    whole = _bundled_digits()
    return Dataset(f"digits-{part}", whole.images[chosen], whole.labels[chosen])


def is_here(name: str) -> bool:
    """Whether a set's file lies in one of the data folders, so that nothing need be downloaded."""
    return any((folder / FILES[name]).is_file() for folder in data_folders())


def _find(name: str) -> Path:
    """The set's file in the data folders; MNIST alone is downloaded where it is missing."""
    for folder in data_folders():
        path = folder / FILES[name]
        if path.is_file():
            return path
    if name == "mnist":
        return _download_mnist()
    searched = ", ".join(str(folder) for folder in data_folders())
    raise DataError(
        f"{FILES[name]} was not found in {searched}. Put it there, or set HDR_DATA to the folder that holds it."
    )


def _download_mnist() -> Path:
    target = home_folder() / "data" / FILES["mnist"]
    try:
        with urllib.request.urlopen(MNIST_URL, timeout=30) as response:
            content = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise DataError(
            f"MNIST is not stored here and could not be downloaded ({error}). "
            f"Put mnist.npz into {target.parent}, or set HDR_DATA to the folder that holds it."
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != MNIST_SHA256:
        raise DataError(f"The downloaded mnist.npz is damaged: SHA-256 {found}, expected {MNIST_SHA256}. Try again.")
    write_bytes_whole(target, content)
    return target


def _normalise_all(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.stack([normalise_digit(image) for image in images])


@lru_cache(maxsize=1)
def _bundled_digits() -> Dataset:
    """Normalised once in a process: that takes half a second."""
    from sklearn.datasets import load_digits

    bundle = load_digits()
    images = np.round(bundle.images * (255 / 16)).astype(np.uint8)
    return Dataset("digits", _normalise_all(images), bundle.target.astype(np.int64))


def load_folder(folder: Path) -> Dataset:
    """The pictures of a folder whose sub-folders are named 0 to 9.

    Raises:
        DataError: There are none, or one is damaged.
    """
    files = [
        (path, digit)
        for digit in range(10)
        for path in sorted((folder / str(digit)).glob("*"))
        if path.is_file() and is_picture(path)
    ]
    if not files:
        example = folder / "3" / "any.png"
        raise DataError(f"{folder} holds no labelled pictures. Expected sub-folders 0 to 9, such as {example}.")
    images = np.stack([_read_file(path) for path, _ in files])
    return Dataset(folder.name, images, np.array([digit for _, digit in files], dtype=np.int64))


def _read_file(path: Path) -> NDArray[np.uint8]:
    try:
        return read_picture(path.read_bytes())
    except (ImageError, OSError) as error:
        raise DataError(f"{path}: {error}") from error
