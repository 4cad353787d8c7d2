"""What was read of a batch of forms, together with what a person said about it: the lines of review and table.

Where a person has said something about a form, the rules and totals of its other fields are looked at anew. Knows
neither how a form is read nor how it is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from hdr.form_check import complaints, doubts
from hdr.store.batches import Batch, Entry
from hdr.store.corrections import Place, read_corrections
from hdr.store.templates import Template

_EMPTY = "Nothing is written on this form."


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
        against: Why what a person says breaks the rule, or a total does not come out; empty where all is well.
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
    against: str = ""

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
        return doubts(self.read, self.unruled, self.confidence, self.complaint)

    @property
    def unsure(self) -> bool:
        """Whether it is still in doubt: nobody has looked, or what was said breaks a rule."""
        return bool(self.reasons) if self.said is None else bool(self.against)


def items_of(batch: Batch, entries: Iterable[Entry], template: Template) -> list[Item]:
    """All fields of all forms that were read, in the order of the forms.

    Args:
        batch: Whose forms they are.
        entries: Its journal.
        template: That they were read with.

    Raises:
        StoreError: What was said about them cannot be read.
    """
    said = read_corrections(batch.id)
    forms = [
        [_item(entry.name, field, said.get((entry.name, str(field["name"])))) for field in entry.result["fields"]]
        for entry in entries
        if entry.result is not None
    ]
    return [item for form in forms for item in _with_empty_said(_looked_at_anew(form, template))]


def complaint_of(template: Template, form: Iterable[Item], field: str, text: str) -> str | None:
    """Why a text in a field would break its rule or a total of its form; None where it would not."""
    return complaints(template, {item.field: item.text for item in form} | {field: text}).get(field)


def _looked_at_anew(form: list[Item], template: Template) -> list[Item]:
    if all(item.said is None for item in form):
        return form
    found = complaints(template, {item.field: item.text for item in form})
    faults = [(item, found.get(item.field, "")) for item in form]
    return [
        replace(item, complaint=fault) if item.said is None else replace(item, against=fault) for item, fault in faults
    ]


def _with_empty_said(form: list[Item]) -> list[Item]:
    """A form on which nothing is written says so at its first field: it may be the wrong page, or its back."""
    if not form or not all(item.blank and not item.read for item in form):
        return form
    return [replace(form[0], complaint=_EMPTY), *form[1:]]


def to_review(items: Iterable[Item]) -> list[Item]:
    """What a person should look at: broken rules first, then the least sure."""
    unsure = [item for item in items if item.reasons]
    return sorted(unsure, key=lambda item: (not item.complaint, item.confidence, item.place))


def kept_against(items: Iterable[Item]) -> str:
    """How many of the fields hold what their rule forbids, as the end of a sentence; empty where none does."""
    kept = sum(bool(item.against) for item in items)
    return f", :orange[**{kept} kept against {'its rule' if kept == 1 else 'their rule'}**]" if kept else ""


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
