"""A page of a batch of forms: its record in JSON's types, and the small pictures kept for the review."""

import json
from pathlib import Path

import numpy as np
import pytest

from hdr.batch import forms
from hdr.batch.forms import ReadFormTask, field_path, form_record
from hdr.batch.tasks import picture_path
from hdr.form_reader import FieldReading, FormReading
from hdr.store.templates import Field, Template
from hdr.vision.image import decode_image, encode_png

SCAN = np.full((2000, 1000, 3), 240, np.uint8)


def reading(name: str = "Sum") -> FormReading:
    crop = np.full((40, 1280, 3), 200, np.uint8)
    others = (("13", np.float32(0.25)),)
    field = FieldReading(name, "12", "112", np.float32(0.7), others, (1, 2, 30, 40), crop, None, False)
    return FormReading("note", (field,))


@pytest.fixture
def task(tmp_path, monkeypatch) -> ReadFormTask:
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    template = Template("note", (60, 50), (Field("Sum", (1, 2, 30, 40)),), (), encode_png(SCAN[:50, :60]))
    monkeypatch.setattr(forms, "read_form", lambda _reader, _rgb, form: reading(form.fields[0].name))
    monkeypatch.setattr("hdr.batch.tasks.load_reader", lambda name: name)
    return ReadFormTask(template, "cnn", tmp_path / "pictures")


def test_a_record_is_what_json_holds():
    record = form_record(reading(), (1000, 2000))
    assert json.loads(json.dumps(record)) == record
    assert record["size"] == [1000, 2000]
    assert record["fields"] == [
        {
            "name": "Sum",
            "text": "12",
            "unruled": "112",
            "confidence": 0.7,
            "alternatives": [["13", 0.25]],
            "box": [1, 2, 30, 40],
            "complaint": None,
            "blank": False,
        }
    ]


def test_a_page_is_read_and_its_pictures_are_kept_small(task):
    record = task("scan.pdf#3", SCAN)
    assert (record["template"], record["fields"][0]["name"]) == ("note", "Sum")
    assert decode_image(picture_path(task.pictures, "scan.pdf#3").read_bytes()).shape == (1600, 800, 3)
    assert decode_image(field_path(task.pictures, "scan.pdf#3", "Sum").read_bytes()).shape == (20, 640, 3)


def test_names_of_strangers_become_no_paths(task):
    task("../../evil", SCAN)
    assert all(task.pictures in path.parents for path in Path(task.pictures).parent.rglob("*.jpg"))
    assert picture_path(task.pictures, "a") != picture_path(task.pictures, "b")
