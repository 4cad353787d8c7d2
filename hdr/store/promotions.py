"""Which model Draw and Upload read with by default, and every default that there was: rows of the database."""

import json
import time
from dataclasses import dataclass
from typing import Any

from hdr.config import DEFAULT_MODEL, DEFAULT_STRING_MODEL
from hdr.errors import ModelError
from hdr.nets import PEN_NET
from hdr.store.cards import kind_of_model, list_models
from hdr.store.database import database_path, reading, writing


@dataclass(frozen=True)
class Promotion:
    """One change of the default.

    Attributes:
        model: Name of the model that became the default.
        date: When, seconds since 1970.
    """

    model: str
    date: float


def default_model() -> str:
    """Name of the model to read with where nobody says another: the last promoted, or the shipped one."""
    return _promoted("digit", DEFAULT_MODEL) or DEFAULT_MODEL


def default_string_model() -> str | None:
    """Name of the string net to read with: the last promoted, or the shipped one; None where there is none."""
    return _promoted("string", DEFAULT_STRING_MODEL)


def default_pen_model() -> str | None:
    """Name of the net to read a pen's path with: the last promoted, or the shipped one; None where there is none."""
    return _promoted("path", PEN_NET)


def _promoted(kind: str, shipped: str) -> str | None:
    """The last promoted of a kind of models that is still stored, or the shipped one; None where that is not either."""
    stored = list_models()
    promoted = [promotion.model for promotion in list_promotions() if promotion.model in stored]
    fitting = [name for name in promoted if kind_of_model(name) == kind]
    return next((name for name in [*fitting, shipped] if name in stored), None)


def defaults() -> set[str]:
    """Names of all models that are read with where nobody says another."""
    return {name for name in (default_model(), default_string_model(), default_pen_model()) if name}


def default_beside(name: str) -> str:
    """The default that a stored model would take the place of: of its kind, digits, strings or paths."""
    own = {"string": default_string_model, "path": default_pen_model}.get(kind_of_model(name), default_model)
    return own() or default_model()


def list_promotions() -> list[Promotion]:
    """All promotions, the newest first."""
    if not database_path().is_file():
        return []
    with reading() as db:
        rows = db.execute("SELECT model, date FROM promotions ORDER BY id DESC").fetchall()
    return [Promotion(row["model"], row["date"]) for row in rows]


def promote(model: str, evidence: dict[str, Any]) -> None:
    """Make a stored model the default.

    Args:
        model: Its name.
        evidence: What the gate showed, by test set, to be kept beside it; empty for a rollback.

    Raises:
        ModelError: There is no such model.
    """
    if model not in list_models():
        raise ModelError(f"No model is called {model!r}, so it cannot be the default.")
    with writing() as db:
        db.execute(
            "INSERT INTO promotions (model, date, evidence) VALUES (?, ?, ?)",
            (model, time.time(), json.dumps(evidence)),
        )
