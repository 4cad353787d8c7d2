"""What was read of a batch of forms, together with what a person said about it: the lines of review and table.

Knows neither how a form is read nor how it is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hdr.results import UNSURE
from hdr.store.batches import Batch, Entry
from hdr.store.corrections import Place, read_corrections


@dataclass(frozen=True)
class Item:
    """One field of one form.

    Attributes:
        form: Name of the form in its batch.
        field: Name of the field.
        read: What was read under the field's rule.
        unruled: What was read without the rule.
        confidence: Of what was read, 0..1.
        alternatives: Other readings with their probabilities, the likeliest first.
        complaint: Why the reading breaks the rule, or a total does not come out; empty where all is well.
        blank: Whether the field is empty.
        said: What a person says stands there; None where nobody has looked.
    """

    form: str
    field: str
    read: str
    unruled: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...] = ()
    complaint: str = ""
    blank: bool = False
    said: str | None = None

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.form, self.field

    @property
    def text(self) -> str:
        """What counts: what a person says, else what was read."""
        return self.read if self.said is None else self.said

    @property
    def reasons(self) -> list[str]:
        """Why a person should look; none where the reading is sure."""
        found = [self.complaint] if self.complaint else []
        if self.confidence < UNSURE and not (self.complaint and self.confidence < 0.01):
            found.append(f"Only {self.confidence:.0%} sure.")
        if self.unruled != self.read:
            found.append(f"Without its rule it reads {self.unruled or 'nothing'}.")
        return found


def items_of(batch: Batch, entries: Iterable[Entry]) -> list[Item]:
    """All fields of all forms that were read, in the order of the forms.

    Raises:
        StoreError: What was said about them cannot be read.
    """
    said = read_corrections(batch.id)
    return [
        _item(entry.name, field, said.get((entry.name, str(field["name"]))))
        for entry in entries
        if entry.result is not None
        for field in entry.result["fields"]
    ]


def to_review(items: Iterable[Item]) -> list[Item]:
    """What a person should look at: broken rules first, then the least sure."""
    unsure = [item for item in items if item.reasons]
    return sorted(unsure, key=lambda item: (not item.complaint, item.confidence, item.place))


def _item(form: str, field: dict[str, Any], said: str | None) -> Item:
    return Item(
        form,
        str(field["name"]),
        str(field["text"]),
        str(field["unruled"]),
        float(field["confidence"]),
        tuple((str(text), float(share)) for text, share in field["alternatives"]),
        field["complaint"] or "",
        bool(field["blank"]),
        said,
    )
