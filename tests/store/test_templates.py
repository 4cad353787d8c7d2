"""Templates go to disk and back, and from one person to another; what strangers send is checked."""

import base64
import json
import subprocess
import sys

import numpy as np
import pytest

from hdr.decode.rules import Rule
from hdr.errors import DataError, HdrError, SettingsError, StoreError
from hdr.store.templates import (
    MAX_FILE,
    Field,
    Template,
    Total,
    delete_template,
    list_templates,
    load_template,
    save_template,
    template_as_json,
    template_from_json,
)
from hdr.vision.image import encode_jpeg, encode_png

PICTURE = np.full((120, 200, 3), 250, np.uint8)


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    return tmp_path


def make(**changes) -> Template:
    parts = {
        "name": "order",
        "size": (200, 120),
        "fields": (
            Field("Card", (10, 10, 80, 20), Rule(lengths=(10, 10), check="luhn")),
            Field("Born", (10, 40, 80, 20), Rule("date", date_format="DDMMYYYY", low=1900, high=2020), 8),
            Field("Amounts", (100, 10, 50, 60), Rule("column", high=999, required=True), 5),
            Field("Sum", (100, 80, 50, 20), Rule(pattern="[1-9]###|###")),
        ),
        "totals": (Total("Sum", ("Amounts",)),),
        "reference": encode_png(PICTURE),
    }
    return Template(**parts | changes)


@pytest.mark.parametrize("encode", [encode_png, encode_jpeg])
def test_a_template_comes_back_from_disk_and_from_a_file(encode):
    template = make(reference=encode(PICTURE))
    save_template(template)
    assert list_templates() == ["order"]
    assert load_template("order") == template
    assert template_from_json(template_as_json(template).encode()) == template


def test_saving_again_replaces_and_removing_removes(own_home):
    save_template(make())
    other = make(fields=make().fields[:1], totals=(), reference=encode_jpeg(PICTURE))
    folder = save_template(other)
    assert load_template("order") == other
    assert folder == own_home / "templates" / "order"
    assert sorted(path.name for path in folder.iterdir()) == ["reference.jpg", "template.json"]
    delete_template("order")
    assert list_templates() == []
    for use in (delete_template, load_template):
        with pytest.raises(SettingsError, match="order"):
            use("order")


def test_a_template_that_a_killed_process_had_moved_aside_is_back(own_home):
    folder = save_template(make())
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    aside = own_home / "templates" / f".order-old-{process.pid}-x1y2z3"
    aside.mkdir()
    folder.rename(aside / "order")
    assert list_templates() == ["order"]
    assert load_template("order") == make()


def test_a_template_that_cannot_be_removed_says_so(monkeypatch):
    save_template(make())
    monkeypatch.setattr("hdr.files.shutil.rmtree", refuse)
    with pytest.raises(StoreError, match="order cannot be removed"):
        delete_template("order")


def refuse(*_args, **_options):
    raise PermissionError(13, "Permission denied")


def test_a_field_is_found_by_its_name():
    assert make().field("Card").rule.check == "luhn"
    with pytest.raises(SettingsError, match="Nothing"):
        make().field("Nothing")


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", ".hidden", "a b", "x" * 61, "é", "a\n"])
def test_a_name_that_is_no_folder_is_refused(name):
    with pytest.raises(SettingsError, match="name"):
        make(name=name)


@pytest.mark.parametrize(
    "changes",
    [
        {"fields": ()},
        {"fields": (Field("A", (0, 0, 9, 9)),) * 2, "totals": ()},
        {"fields": (Field("A", (150, 0, 60, 9)),), "totals": ()},
        {"fields": (Field("A", (-1, 0, 60, 9)),), "totals": ()},
        {"fields": tuple(Field(f"A{i}", (0, 0, 9, 9)) for i in range(301)), "totals": ()},
        {"totals": (Total("Sum", ("Nothing",)),)},
        {"totals": (Total("Sum", ()),)},
        {"totals": (Total("Sum", ("Sum",)),)},
        {"totals": (Total("Sum", ("Amounts", "Amounts")),)},
        {"totals": (Total("Amounts", ("Sum",)),)},
    ],
    ids=str,
)
def test_an_impossible_template_is_refused(changes):
    with pytest.raises(SettingsError):
        make(**changes)


@pytest.mark.parametrize(
    ("name", "box", "rule", "cells"),
    [
        ("", (0, 0, 9, 9), Rule(), 0),
        (" A", (0, 0, 9, 9), Rule(), 0),
        ("A\n", (0, 0, 9, 9), Rule(), 0),
        ("A\ud800", (0, 0, 9, 9), Rule(), 0),
        ("A" * 61, (0, 0, 9, 9), Rule(), 0),
        ("A", (0, 0, 3, 9), Rule(), 0),
        ("A", (0, 0, 9, 9), Rule(), 101),
        ("A", (0, 0, 9, 9), Rule(), -1),
        ("A", (0, 0, 9, 9), Rule("boxes"), 0),
    ],
)
def test_an_impossible_field_is_refused(name, box, rule, cells):
    with pytest.raises(SettingsError):
        Field(name, box, rule, cells)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"7", b"\xff\xfe", b"[" * 100_000, b'{"name": "x"}'])
def test_what_is_no_template_is_refused(data):
    with pytest.raises(DataError, match="not a template file"):
        template_from_json(data)


def changed(path: tuple, value: object) -> bytes:
    content = json.loads(template_as_json(make()))
    part = content
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),
        (("version",), True),
        (("version",), "1"),
        (("name",), 7),
        (("name",), "../../etc"),
        (("size",), [200]),
        (("size",), [200, 121]),
        (("size",), [200, 1.5]),
        (("size",), [200, True]),
        (("size",), [10**9, 10**9]),
        (("fields",), []),
        (("fields",), {}),
        (("fields",), [7]),
        (("fields",), [{}] * 301),
        (("fields", 0, "name"), None),
        (("fields", 0, "name"), ["x"]),
        (("fields", 0, "box"), [0, 0, 10**7, 5]),
        (("fields", 0, "box"), [0, 0, 10, "5"]),
        (("fields", 0, "box"), None),
        (("fields", 0, "cells"), True),
        (("fields", 0, "cells"), 10**6),
        (("fields", 0, "rule"), None),
        (("fields", 0, "rule", "kind"), "script"),
        (("fields", 0, "rule", "kind"), 1),
        (("fields", 0, "rule", "check"), "x"),
        (("fields", 0, "rule", "lengths"), [1, 2, 3]),
        (("fields", 0, "rule", "lengths"), [5, 2]),
        (("fields", 0, "rule", "low"), "1"),
        (("fields", 0, "rule", "low"), 10**50),
        (("fields", 0, "rule"), {"lengths": [2, 2], "low": 1000}),
        (("fields", 0, "rule", "pattern"), "(a+)+$"),
        (("fields", 0, "rule", "required"), 1),
        (("fields", 0, "rule", "eval"), "1"),
        (("totals",), "x"),
        (("totals", 0, "parts"), [1]),
        (("totals", 0, "field"), "Nothing"),
        (("reference",), "no base64!"),
        (("reference",), "é"),
        (("reference",), base64.b64encode(b"no picture").decode()),
        (("reference",), base64.b64encode(b"\x89PNG but not really").decode()),
        (("reference",), base64.b64encode(b"GIF89a").decode()),
        (("reference",), None),
    ],
    ids=str,
)
def test_a_manipulated_file_is_refused_with_a_message(path, value):
    with pytest.raises((DataError, SettingsError)) as caught:
        template_from_json(changed(path, value))
    assert str(caught.value).endswith(".")


def test_a_huge_file_is_refused_before_it_is_parsed():
    with pytest.raises(DataError, match="MB"):
        template_from_json(b" " * (MAX_FILE + 1))


def test_a_picture_of_another_size_is_not_saved():
    with pytest.raises(DataError, match="200 x 120"):
        save_template(make(size=(201, 120)))
    assert list_templates() == []


def test_a_rule_that_nothing_satisfies_is_not_saved():
    with pytest.raises(SettingsError, match="'Odd': No text satisfies"):
        save_template(make(fields=(Field("Odd", (0, 0, 9, 9), Rule(lengths=(2, 2), low=100)),), totals=()))
    assert list_templates() == []


@pytest.mark.parametrize("damage", ["template.json", "reference.png"])
def test_a_damaged_template_says_so(damage):
    folder = save_template(make())
    (folder / damage).unlink()
    with pytest.raises(HdrError, match="order"):
        load_template("order")
