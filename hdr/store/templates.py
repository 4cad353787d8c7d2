"""Templates of forms on disk: `HDR_HOME/templates/NAME/` with `template.json` and the picture of such a form.

A `Template` names the fields of a form, where they lie on that reference picture and what may stand in them. As one
JSON file with the picture inside it goes to other people and comes from them; what comes is checked before it is used.
Knows nothing of how a form is read.
"""

import base64
import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from hdr.config import NAME_PATTERN, NAME_RULE, home_folder
from hdr.decode.automaton import automaton_of
from hdr.decode.rules import Rule
from hdr.errors import DataError, HdrError, SettingsError
from hdr.files import remove_folder, sweep_drafts, write_folder_whole
from hdr.results import Box
from hdr.store.untrusted import entries, numbers, parse_versioned, picture_bytes, texts, typed
from hdr.vision.image import MAX_BYTES, decode_image

VERSION = 1
"""Version of the JSON; a file of a later one is refused."""
MOST_FIELDS, MOST_CELLS, MOST_TOTALS = 300, 100, 50
LONGEST_NAME = 60
MAX_FILE = MAX_BYTES * 4 // 3 + 1_000_000
"""Bytes of a template file with its picture at most."""
_FILE = "template.json"


@dataclass(frozen=True)
class Field:
    """One field of a form.

    Attributes:
        name: What a person calls it, the heading of its column in a table.
        box: Where it lies on the reference picture, pixels; the printed frame, or the blank to write in.
        rule: What may stand in it.
        cells: Number of its single-digit boxes, or of a column its rows; 0 where it is not divided.
    """

    name: str
    box: Box
    rule: Rule = field(default_factory=Rule)
    cells: int = 0

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= LONGEST_NAME or not self.name.isprintable() or self.name != self.name.strip():
            raise SettingsError(f"A field's name has 1 to {LONGEST_NAME} printable characters, not {self.name[:80]!r}.")
        if not 0 <= self.cells <= MOST_CELLS:
            raise SettingsError(f"Field {self.name!r} has {self.cells} cells, 0 to {MOST_CELLS} are possible.")
        if self.rule.kind == "boxes" and not self.cells:
            raise SettingsError(f"Field {self.name!r} is a row of boxes: say how many.")
        if min(self.box[2:]) < 4:
            raise SettingsError(f"Field {self.name!r} is {self.box[2]} x {self.box[3]} pixels, too small to write in.")


@dataclass(frozen=True)
class Total:
    """A field that must equal the sum of others.

    Attributes:
        field: Name of the field with the total, which is no column.
        parts: Names of the fields to add; of a column all its numbers count.
    """

    field: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Template:
    """A form: its fields on a reference picture.

    Attributes:
        name: Its folder's name, of letters, digits, `.`, `_` and `-`.
        size: (width, height) of the reference picture, pixels.
        fields: One or more, with different names.
        totals: Sums that must come out.
        reference: The picture's file, PNG or JPEG.
    """

    name: str
    size: tuple[int, int]
    fields: tuple[Field, ...]
    totals: tuple[Total, ...] = ()
    reference: bytes = b""

    def __post_init__(self) -> None:
        _check_name(self.name)
        if not 1 <= len(self.fields) <= MOST_FIELDS or len(self.totals) > MOST_TOTALS:
            raise SettingsError(
                f"A template has 1 to {MOST_FIELDS} fields and at most {MOST_TOTALS} totals, not {len(self.fields)} "
                f"and {len(self.totals)}."
            )
        names = [field.name for field in self.fields]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise SettingsError(f"Two fields are called {twice!r}. Give each a name of its own.")
        for part in self.fields:
            self._check_place(part)
        for total in self.totals:
            _check_total(total, {field.name: field.rule.kind for field in self.fields})

    def field(self, name: str) -> Field:
        """The field of that name.

        Raises:
            SettingsError: There is none.
        """
        found = next((field for field in self.fields if field.name == name), None)
        if found is None:
            raise SettingsError(f"Template {self.name!r} has no field {name!r}.")
        return found

    def _check_place(self, field: Field) -> None:
        x, y, width, height = field.box
        if x < 0 or y < 0 or x + width > self.size[0] or y + height > self.size[1]:
            raise SettingsError(
                f"Field {field.name!r} at {field.box} does not lie within the picture of {self.size[0]} x "
                f"{self.size[1]} pixels. Draw it again."
            )


def _check_name(name: str) -> None:
    if len(name) > LONGEST_NAME or not NAME_PATTERN.fullmatch(name):
        raise SettingsError(f"A template's name has {NAME_RULE} and is at most {LONGEST_NAME} long, not {name[:80]!r}.")


def templates_folder() -> Path:
    """Folder of the person's templates."""
    return home_folder() / "templates"


def list_templates() -> list[str]:
    """Names of the stored templates, sorted; one that a killed process had moved aside is back among them."""
    sweep_drafts(templates_folder())
    return sorted(path.parent.name for path in templates_folder().glob(f"[!.]*/{_FILE}"))


def save_template(template: Template) -> Path:
    """Write a template, replacing an older one of that name, and return its folder.

    Raises:
        DataError: Its reference picture is not one, or of another size.
        SettingsError: No text can satisfy a field's rule.
        StoreError: It cannot be written; the older one stays then.
    """
    _check_reference(template)
    _check_rules(template)
    target = templates_folder() / template.name

    def fill(draft: Path) -> None:
        (draft / _picture_name(template.reference)).write_bytes(template.reference)
        (draft / _FILE).write_text(json.dumps(_as_dict(template), indent=2) + "\n", encoding="utf-8")

    write_folder_whole(target, fill)
    return target


def load_template(name: str) -> Template:
    """A stored template.

    Raises:
        SettingsError: There is none of that name.
        DataError: It is damaged.
    """
    if name not in list_templates():
        known = ", ".join(list_templates()) or "none yet"
        raise SettingsError(f"No template is called {name!r}. Stored templates: {known}.")
    folder = templates_folder() / name
    try:
        data = (folder / _FILE).read_bytes()
        picture = next(path for path in sorted(folder.glob("reference.*"))).read_bytes()
    except (OSError, StopIteration) as error:
        raise DataError(f"Template {name!r} cannot be read ({error}). Import or make it again.") from error
    return _from_dict(parse_versioned(data, VERSION), picture)


def delete_template(name: str) -> None:
    """Remove a stored template.

    Raises:
        SettingsError: There is none of that name.
        StoreError: It cannot be removed.
    """
    if name not in list_templates():
        raise SettingsError(f"No template is called {name!r}, so none was removed.")
    remove_folder(templates_folder() / name)


def template_as_json(template: Template) -> str:
    """The template as one JSON text, its picture inside, for another person."""
    picture = base64.b64encode(template.reference).decode("ascii")
    return json.dumps(_as_dict(template) | {"reference": picture}, indent=2) + "\n"


def template_from_json(data: bytes) -> Template:
    """A template from a file of another person.

    Args:
        data: What `template_as_json` made; anything else is refused.

    Raises:
        DataError: It is no template, of a later version, or its picture is damaged.
        SettingsError: A field or a rule of it is impossible; the message says which.
    """
    if len(data) > MAX_FILE:
        raise DataError(f"The file has {len(data) / 1e6:.1f} MB, a template at most {MAX_FILE / 1e6:.0f} MB.")
    content = parse_versioned(data, VERSION)
    template = _from_dict(content, picture_bytes(content, "reference"))
    _check_reference(template)
    _check_rules(template)
    return template


def _as_dict(template: Template) -> dict[str, Any]:
    return {
        "version": VERSION,
        "name": template.name,
        "size": template.size,
        "fields": [asdict(field) for field in template.fields],
        "totals": [asdict(total) for total in template.totals],
    }


def _from_dict(content: dict[str, Any], picture: bytes) -> Template:
    size = numbers(content, "size", 2)
    return Template(
        typed(content, "name", str),
        (size[0], size[1]),
        tuple(_field(part) for part in entries(content, "fields", MOST_FIELDS)),
        tuple(_total(part) for part in entries(content, "totals", MOST_TOTALS)),
        picture,
    )


def _field(part: dict[str, Any]) -> Field:
    x, y, width, height = numbers(part, "box", 4)
    rule = _rule(typed(part, "rule", dict))
    return Field(typed(part, "name", str), (x, y, width, height), rule, typed(part, "cells", int))


def _rule(part: dict[str, Any]) -> Rule:
    unknown = part.keys() - {field.name for field in fields(Rule)}
    if unknown:
        raise DataError(f"The template file has a rule with an unknown part, {sorted(unknown)[0][:40]!r}. Update it.")
    lengths = None if part.get("lengths") is None else numbers(part, "lengths", 2)
    bounds = {key: None if part.get(key) is None else typed(part, key, int) for key in ("low", "high")}
    words = {key: typed(part, key, str) for key in ("kind", "pattern", "check", "date_format") if key in part}
    required = typed(part, "required", bool) if "required" in part else False
    return Rule(lengths=lengths, required=required, **bounds, **words)  # type: ignore[arg-type]


def _total(part: dict[str, Any]) -> Total:
    return Total(typed(part, "field", str), texts(part, "parts"))


def _check_total(total: Total, kinds: dict[str, str]) -> None:
    unknown = {total.field, *total.parts} - kinds.keys()
    if unknown:
        raise SettingsError(f"A total names the field {sorted(unknown)[0][:80]!r}, which the template does not have.")
    if not total.parts or total.field in total.parts or len(set(total.parts)) < len(total.parts):
        raise SettingsError(f"The total {total.field!r} needs one or more other fields, each once.")
    if kinds[total.field] == "column":
        raise SettingsError(f"{total.field!r} is a table column, and no total: that is one number. Empty its sum.")


def _check_rules(template: Template) -> None:
    for part in template.fields:
        try:
            automaton_of(part.rule)
        except SettingsError as error:
            raise SettingsError(f"Field {part.name!r}: {error}") from error


def _check_reference(template: Template) -> None:
    """Refuse a picture that cannot be decoded, is neither PNG nor JPEG, or has another size than is written."""
    _picture_name(template.reference)
    try:
        height, width = decode_image(template.reference).shape[:2]
    except HdrError as error:
        raise DataError(f"The template's picture cannot be used. {error}") from error
    if (width, height) != template.size:
        raise DataError(
            f"The template's picture is {width} x {height} pixels, the template says {template.size[0]} x "
            f"{template.size[1]}. Export it again."
        )


def _picture_name(reference: bytes) -> str:
    for name, start in (("reference.png", b"\x89PNG"), ("reference.jpg", b"\xff\xd8")):
        if reference.startswith(start):
            return name
    raise DataError("The template's picture must be a PNG or JPEG file.")
