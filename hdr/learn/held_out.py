"""The pictures that none of several models was trained on, so that what they say together can be checked by them."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from hdr.data.datasets import Dataset, load_mnist
from hdr.learn.mixture import split
from hdr.learn.settings import TrainSettings


def held_out_by_all(cards: Iterable[Mapping[str, Any]]) -> Dataset | None:
    """MNIST's training pictures that every one of some models held out.

    Args:
        cards: Of the models, one or more.

    Returns:
        The validation part that they share; None where a model learned from other data too, where its card does not
        say what from, or where the models held out other pictures than each other.

    Raises:
        DataError: MNIST cannot be found.
    """
    kept = []
    for card in cards:
        settings = card.get("settings", {})
        if card.get("trained_on") != ["mnist"] or not settings.keys() >= {"validation", "seed"}:
            return None
        kept.append((settings["validation"], settings["seed"]))
    mnist = load_mnist("train")
    parts = [split(mnist, TrainSettings(validation=share, seed=seed))[1] for share, seed in dict.fromkeys(kept)]
    alike = all(np.array_equal(part.images, parts[0].images) for part in parts)
    return parts[0] if parts and alike else None
