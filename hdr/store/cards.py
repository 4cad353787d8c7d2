"""What a stored model says of itself, read without loading it: its card and its training history."""

import csv
import json
from pathlib import Path
from typing import Any

from hdr.config import model_folders
from hdr.errors import ModelError
from hdr.nets import kind_of

_CARD_KEYS = {"net", "title", "about", "parameters", "metrics", "date", "preprocessing", "sha256"}


def list_models(folder: Path | None = None) -> list[str]:
    """Names of the stored models, sorted: those in a folder, or the shipped ones and the person's own."""
    folders = [folder] if folder else model_folders()
    return sorted({path.parent.name for where in folders for path in where.glob("[!.]*/card.json")})


def digit_models(folder: Path | None = None) -> list[str]:
    """Names of the stored models that read single digits, sorted; a damaged one is among them, so that it is missed."""
    return [name for name in list_models(folder) if kind_of_model(name, folder) == "digit"]


def kind_of_model(name: str, folder: Path | None = None) -> str:
    """What a stored model reads: `digit`, `string` or `path`; `digit` where its card cannot be read."""
    try:
        return kind_of(read_card(name, folder)["net"])
    except ModelError:
        return "digit"


def model_folder(name: str, folder: Path | None = None) -> Path:
    """Where a model lies, or would lie if there were one: in the given folder, or the first that has it."""
    folders = [folder] if folder else model_folders()
    return next((where / name for where in folders if (where / name / "card.json").is_file()), folders[-1] / name)


def read_card(name: str, folder: Path | None = None) -> dict[str, Any]:
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
        card: dict[str, Any] = json.loads((model_folder(name, folder) / "card.json").read_text(encoding="utf-8"))
        if not isinstance(card, dict) or not card.keys() >= _CARD_KEYS or not dict(card["metrics"]):
            raise ValueError(f"it must hold {', '.join(sorted(_CARD_KEYS))}, with metrics of at least one set")
    except (OSError, TypeError, ValueError) as error:
        raise ModelError(
            f"The card of model {name!r} cannot be read ({error}). Train or install the model again."
        ) from error
    return card


def headline(card: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The figures that a model is known by, and their set: MNIST's test part, be it traced, or the cheques'."""
    known = ("mnist-test", "digits-test", "cheques-test", "mnist-traced", "validation")
    data = next((name for name in known if name in card["metrics"]), next(iter(card["metrics"])))
    return card["metrics"][data], data


def title_of(card: dict[str, Any], name: str) -> str:
    """What a person calls a model: its net's title, such as CNN, or its own name where it has another."""
    return str(card["title"]) if name == card["net"] else name


def read_history(name: str, folder: Path | None = None) -> dict[str, list[float]]:
    """The training history by column (`epoch`, `seconds`, `accuracy`, `val_loss`, ...); empty where there is none.

    Raises:
        ModelError: The file is damaged.
    """
    path = model_folder(name, folder) / "history.csv"
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
        return {column: [float(line[column]) for line in lines] for column in lines[0]}
    except (OSError, ValueError, TypeError, IndexError, csv.Error) as error:
        raise ModelError(f"history.csv of model {name!r} cannot be read ({error}). Install the model again.") from error
