"""The pictures of a training run: sources by name, each split into a training and a validation part, then mixed.

Parts are split before they are mixed, so that no picture is in both, however often a small source is repeated.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from hdr.data.augment import Augmentation
from hdr.data.datasets import Dataset, load_digits, load_folder, load_mnist
from hdr.data.labelled import kept_sets, load_kept
from hdr.errors import DataError, SettingsError
from hdr.learn.lessons import STRINGS, DigitLesson, LessonParts
from hdr.learn.settings import TrainSettings
from hdr.nets import kind_of

REPEATS = 20
"""How often a picture of a small source is shown in one epoch at most."""


def load_source(name: str) -> Dataset:
    """The pictures that may be trained on.

    Args:
        name: `mnist` (its training set), `digits` (the first 1,200 bundled ones), a kept set, or a folder.

    Raises:
        DataError: It is unknown, missing or damaged.
        StoreError: MNIST was downloaded and cannot be kept.
    """
    if name == "mnist":
        return load_mnist("train")
    if name == "digits":
        return load_digits("train")
    if name in kept_sets():
        return load_kept(name)
    if Path(name).is_dir():
        return load_folder(Path(name))
    known = ", ".join(["mnist", "digits", *kept_sets()])
    raise DataError(f"No data to train on is called {name!r}. Known: {known}, or a folder FOLDER/3/any.png.")


def load_parts(
    data: tuple[tuple[str, float], ...], settings: TrainSettings, augmentation: Augmentation | None = None
) -> LessonParts:
    """Load, split and mix the sources of a plan into a lesson of single digits.

    Args:
        data: Sources of single digits with their shares.
        settings: Of the share held out, and the seed.
        augmentation: How far pictures are distorted, where the settings ask for it; as usual where None.

    Raises:
        DataError: A source is unknown, missing or damaged.
        SettingsError: Too few pictures are left for the validation part or for one batch.
    """
    sources = {name: load_source(name) for name, _ in data}
    split_up = {name: split(source, settings) for name, source in sources.items()}
    places = mixed([(len(split_up[name][0]), share) for name, share in data], settings.seed)
    learn = joined("train", [_chosen(split_up[name][0], where) for (name, _), where in zip(data, places, strict=True)])
    validation = joined("validation", [part for _, part in split_up.values()])
    check_batch(settings.batch_size, len(learn))
    counts = {name: (len(split_up[name][0]), len(source)) for name, source in sources.items()}
    about = "; ".join(about_source(name, share, counts[name], len(data)) for name, share in data)
    return LessonParts(
        DigitLesson(learn, validation, augmentation or Augmentation()),
        {name: part for name, (_, part) in split_up.items()},
        validation.images[:16],
        about,
        {name: source.sha256() for name, source in sources.items()},
    )


def check_batch(batch_size: int, size: int) -> None:
    """Refuse a batch that is larger than an epoch.

    Raises:
        SettingsError: It is.
    """
    if batch_size > size:
        raise SettingsError(f"batch_size must be 1 to {size}, the pictures of an epoch, not {batch_size}.")


def split(data: Dataset, settings: TrainSettings) -> tuple[Dataset, Dataset]:
    """Training and validation part, each digit with its share in both where there are enough of it.

    Raises:
        SettingsError: The set is too small to hold anything out.
    """
    learn, validation = split_labels(data.labels, data.name, settings)
    return Dataset("train", data.images[learn], data.labels[learn]), Dataset(
        "validation", data.images[validation], data.labels[validation]
    )


def split_labels(
    labels: NDArray[np.int64], name: str, settings: TrainSettings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places of the training and of the validation part in a source of that name; see `split`."""
    counts, total = np.bincount(labels, minlength=10), len(labels)
    share = settings.validation if settings.validation < 1 else int(settings.validation)
    held_out = int(np.ceil(share * total)) if share < 1 else share
    if total < 2 or held_out >= total:
        raise SettingsError(
            f"validation would hold out {held_out:,} of the {total:,} pictures of {name}; some must be left."
        )
    even = counts[counts > 0].min() >= 2 and held_out >= (counts > 0).sum() <= total - held_out
    learn, validation = train_test_split(
        np.arange(total), test_size=share, random_state=settings.seed, stratify=labels if even else None
    )
    return learn, validation


def mixed(parts: list[tuple[int, float]], seed: int) -> list[NDArray[np.int64]]:
    """One epoch: every source by its share, small ones repeated up to `REPEATS` times, large ones cut.

    Args:
        parts: Pictures of each source, and its share of the epoch.
        seed: Of the draw.

    Returns:
        The places of the chosen pictures in each source, int64 (N,).
    """
    if len(parts) == 1:
        return [np.arange(parts[0][0])]
    total = min(sum(size for size, _ in parts), *(int(REPEATS * size / share) for size, share in parts))
    rng = np.random.default_rng(seed)
    return [_drawn(size, max(1, round(share * total)), rng) for size, share in parts]


def epoch_size(data: tuple[tuple[str, float], ...], net: str = "cnn") -> int:
    """About how many pictures one epoch of a net on a plan's data has.

    Raises:
        DataError: A source is unknown, missing or damaged.
    """
    if kind_of(net) == "string":
        return STRINGS
    return sum(len(places) for places in mixed([(len(load_source(name)), share) for name, share in data], seed=0))


def _drawn(size: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    rounds = [rng.permutation(size) for _ in range(-(-count // size))]
    return np.concatenate(rounds)[:count]


def _chosen(part: Dataset, places: NDArray[np.int64]) -> Dataset:
    return Dataset(part.name, part.images[places], part.labels[places])


def joined(name: str, parts: list[Dataset]) -> Dataset:
    """Several labelled sets as one."""
    return Dataset(
        name, np.concatenate([part.images for part in parts]), np.concatenate([part.labels for part in parts])
    )


def about_source(name: str, share: float, counts: tuple[int, int], sources: int) -> str:
    """A source in words, for the card: what it is, how many of its pictures are learned from, its share of an epoch.

    Args:
        name: Of the source.
        share: Of an epoch, 0..1.
        counts: Pictures that are learned from, and all that it has.
        sources: Of the plan; a single one is the whole epoch.
    """
    title = {"mnist": "MNIST training set", "digits": "scikit-learn's digits"}.get(name, name)
    mixed = f" as {share:.0%} of an epoch" if sources > 1 else ""
    return f"{title}, {counts[0]:,} of its {counts[1]:,} pictures{mixed}"
