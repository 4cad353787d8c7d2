"""What a stored model says of itself, read without loading it: its card and its training history."""

import csv
import json
from pathlib import Path
from typing import Any

from hdr.config import MODELS
from hdr.errors import ModelError

_CARD_KEYS = {"net", "title", "about", "parameters", "metrics", "date", "preprocessing", "sha256"}


def list_models(folder: Path = MODELS) -> list[str]:
    """Names of the stored models, sorted."""
    return sorted(path.parent.name for path in folder.glob("[!.]*/card.json"))


def read_card(name: str, folder: Path = MODELS) -> dict[str, Any]:
    """The model's card.

    Raises:
        ModelError: There is no such model, or its card cannot be read.
    """
    if name not in list_models(folder):
        known = ", ".join(list_models(folder)) or "none yet"
        raise ModelError(
            f"No model is called {name!r}. Stored models: {known}. Make one with: python -m hdr train NAME"
        )
    try:
        card: dict[str, Any] = json.loads((folder / name / "card.json").read_text(encoding="utf-8"))
        if not isinstance(card, dict) or not card.keys() >= _CARD_KEYS or "mnist-test" not in dict(card["metrics"]):
            raise ValueError(f"it must hold {', '.join(sorted(_CARD_KEYS))}, with metrics on mnist-test")
    except (OSError, TypeError, ValueError) as error:
        raise ModelError(
            f"The card of model {name!r} cannot be read ({error}). Train or install the model again."
        ) from error
    return card


def title_of(card: dict[str, Any], name: str) -> str:
    """What a person calls a model: its net's title, such as CNN, or its own name where it has another."""
    return str(card["title"]) if name == card["net"] else name


def read_history(name: str, folder: Path = MODELS) -> dict[str, list[float]]:
    """The training history by column (`epoch`, `seconds`, `accuracy`, `val_loss`, ...); empty where there is none.

    Raises:
        ModelError: The file is damaged.
    """
    path = folder / name / "history.csv"
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
        return {column: [float(line[column]) for line in lines] for column in lines[0]}
    except (OSError, ValueError, TypeError, IndexError, csv.Error) as error:
        raise ModelError(f"history.csv of model {name!r} cannot be read ({error}). Install the model again.") from error
