"""Which model Draw and Upload read with by default, and every default that there was: rows of the database."""

import json
import time
from dataclasses import dataclass
from typing import Any

from hdr.config import DEFAULT_MODEL
from hdr.errors import ModelError
from hdr.nets import STRING_NET
from hdr.store.cards import is_string_model, list_models
from hdr.store.database import database_path, reading, writing


@dataclass(frozen=True)
class Promotion:
    """One change of the default.

    Attributes:
        id: Its number.
        model: Name of the model that became the default.
        date: When, seconds since 1970.
        evidence: What the gate showed at the time, by test set; empty for a rollback.
    """

    id: int
    model: str
    date: float
    evidence: dict[str, Any]


def default_model() -> str:
    """Name of the model to read with where nobody says another: the last promoted, or the shipped one."""
    stored = list_models()
    kind = [promotion.model for promotion in list_promotions() if not is_string_model(promotion.model)]
    return kind[0] if kind and kind[0] in stored else DEFAULT_MODEL


def default_string_model() -> str | None:
    """Name of the string net to read with: the last promoted, or the shipped one; None where there is none."""
    stored = list_models()
    promoted = [promotion.model for promotion in list_promotions() if is_string_model(promotion.model)]
    return next((name for name in [*promoted[:1], STRING_NET] if name in stored), None)


def default_beside(name: str) -> str:
    """The default that a stored model would take the place of: of its kind, digits or strings."""
    return (is_string_model(name) and default_string_model()) or default_model()


def list_promotions() -> list[Promotion]:
    """All promotions, the newest first."""
    if not database_path().is_file():
        return []
    with reading() as db:
        rows = db.execute("SELECT * FROM promotions ORDER BY id DESC").fetchall()
    return [Promotion(row["id"], row["model"], row["date"], json.loads(row["evidence"])) for row in rows]


def promote(model: str, evidence: dict[str, Any]) -> None:
    """Make a stored model the default.

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
