"""Orders: the same answers from one process as from many, resumed where they broke off, forgotten when delivered."""

import json
import shutil

import numpy as np
import pytest
from fake_tasks import Blank, BlankForm
from PIL import Image

from hdr.batch import request as request_module
from hdr.batch.request import Outcome, ReadRequest, carry_out
from hdr.batch.tasks import ReadPageTask, picture_path
from hdr.config import SAMPLES
from hdr.decode.rules import Rule
from hdr.errors import ModelError, SettingsError, StoreError
from hdr.reader import load_reader
from hdr.store.batches import create_batch, list_batches
from hdr.store.templates import Field, Template, save_template, template_as_json
from hdr.vision.document import read_sheets
from hdr.vision.image import encode_png

PAPER = np.full((30, 40), 250, np.uint8)
QUICK = "logistic_regression"
"""A shipped model that loads without TensorFlow."""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path):
    """Three pictures and a PDF that is none."""
    scans = tmp_path / "scans"
    scans.mkdir()
    shutil.copy(SAMPLES / "page.jpg", scans / "1.jpg")
    shutil.copy(SAMPLES / "drawing.png", scans / "3.png")
    (scans / "4.png").write_text("no picture")
    (scans / "2.pdf").write_text("%PDF-1.7 no more")
    return scans


@pytest.fixture
def quickly(monkeypatch):
    """Pages are taken for blank, and the crew starts at once."""
    monkeypatch.setattr(request_module, "ReadPageTask", lambda _model, _pictures: Blank())


def ignore(_progress):
    pass


def test_many_processes_give_the_answers_of_one(folder, home):
    page = Image.open(SAMPLES / "page.jpg")
    page.save(folder / "2.pdf", save_all=True, append_images=[page], resolution=250)
    with carry_out(ReadRequest((folder,), QUICK, workers=1, pictures=True), ignore) as many:
        found = {name: many.records[name] for name in many.records}
        assert json.loads(many.as_file(".json")).keys() == {"1.jpg", "2.pdf#1", "2.pdf#2", "3.png"}
        assert len(list(read_sheets(many.as_file(".pdf")))) == 4
        assert len(list_batches()) == 1
    assert list(found) == ["1.jpg", "2.pdf#1", "2.pdf#2", "3.png", "4.png"]
    assert "not a picture" in found["4.png"]["problem"]
    assert len(found["2.pdf#1"]["rows"]) == 3
    assert list((home / "batches").glob("*")) == []
    assert not many.pictures.exists()
    with carry_out(ReadRequest((folder / "1.jpg", folder / "3.png", folder / "4.png"), QUICK), ignore) as few:
        here = dict(few.records)
    reader = load_reader(QUICK)
    for name in ("1.jpg", "3.png"):
        text = reader.read_picture((folder / name).read_bytes()).text
        assert found[name]["text"] == here[name]["text"] == text
        assert found[name]["digits"] == here[name]["digits"]
    assert here["4.png"] == found["4.png"]


def test_a_few_pictures_need_no_home(folder, home):
    with carry_out(ReadRequest((folder / "3.png",), QUICK), ignore) as outcome:
        assert outcome.records["3.png"]["model"] == QUICK
    assert not home.exists()


class BreakError(Exception):
    """Stands for whatever ends a command."""


@pytest.mark.usefixtures("quickly")
def test_resumed_where_it_broke_off(folder, monkeypatch):
    """The second command reads what is missing, the third what is new; without `resume` all is read again."""
    read = []

    def break_off(progress):
        if progress.entry.name == "3.png":
            raise BreakError

    def go(*, resume: bool, watch=lambda progress: read.append(progress.entry.name)):
        read.clear()
        with carry_out(ReadRequest((folder,), QUICK, workers=1, resume=resume), watch) as outcome:
            return dict(outcome.records)

    with pytest.raises(BreakError):
        go(resume=False, watch=break_off)
    assert len(list_batches()) == 1
    monkeypatch.setattr(request_module, "delete_batch", lambda _name: None)
    assert len(go(resume=True)) == 4
    assert read == ["4.png"]
    shutil.copy(SAMPLES / "drawing.png", folder / "0.png")
    assert list(go(resume=True)) == ["0.png", "1.jpg", "2.pdf", "3.png", "4.png"]
    assert read == ["0.png"]


@pytest.mark.usefixtures("quickly")
def test_begun_again_without_resume(folder):
    watched = []
    with pytest.raises(BreakError), carry_out(ReadRequest((folder,), QUICK, workers=1), ignore):
        raise BreakError
    with carry_out(ReadRequest((folder,), QUICK, workers=1), watched.append):
        assert len(watched) == 4


@pytest.mark.usefixtures("quickly")
def test_one_that_is_at_work_is_left_alone(folder):
    wish = ReadRequest((folder,), QUICK, workers=1)
    with pytest.raises(BreakError), carry_out(wish, ignore):
        raise BreakError
    with create_batch({}, [], list_batches()[0]).journal().writing():
        for resume in (True, False):
            with (
                pytest.raises(StoreError, match="Another process reads this batch"),
                carry_out(ReadRequest((folder,), QUICK, workers=1, resume=resume), ignore),
            ):
                pass


@pytest.mark.parametrize("few", [True, False])
def test_forms_give_a_line_each(folder, few, monkeypatch):
    asked = []
    monkeypatch.setattr(request_module, "ReadFormTask", lambda *how: asked.append(how) or BlankForm())
    template = Template("order", (40, 30), (Field("File", (1, 1, 9, 9), Rule()),), (), encode_png(PAPER))
    save_template(template)
    paths = (folder / "1.jpg", folder / "3.png") if few else (folder,)
    with carry_out(ReadRequest(paths, QUICK, workers=1, template="order"), ignore) as outcome:
        lines = outcome.as_file(".csv").decode().splitlines()
        assert json.loads(outcome.as_json())["3.png"]["fields"][0]["text"] == "3.png"
    assert asked[0][:2] == (template, QUICK)
    assert lines[:2] == ["form,File,least sure,unsure fields,problem,File: sure", "1.jpg,1.jpg,0.9,0,,0.9"]
    assert len(lines) == 1 + (2 if few else 4)


def test_a_template_in_a_file(folder, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(request_module, "ReadFormTask", lambda *how: asked.append(how) or BlankForm())
    template = Template("order", (40, 30), (Field("File", (1, 1, 9, 9), Rule()),), (), encode_png(PAPER))
    file = tmp_path / "order.json"
    file.write_text(template_as_json(template), encoding="utf-8")
    with carry_out(ReadRequest((folder / "1.jpg",), QUICK, template=str(file)), ignore) as outcome:
        assert outcome.forms
    assert asked[0][:2] == (template, QUICK)
    wish = ReadRequest((folder / "1.jpg",), QUICK, template=str(tmp_path / "none.json"))
    with pytest.raises(SettingsError, match=r"none\.json cannot be opened"), carry_out(wish, ignore):
        pass


def test_a_template_that_is_missing(folder):
    for paths in ((folder,), (folder / "1.jpg",)):
        wish = ReadRequest(paths, QUICK, template="order")
        with pytest.raises(SettingsError, match="No template is called 'order'"), carry_out(wish, ignore):
            pass
    assert list_batches() == []


@pytest.mark.parametrize("few", [True, False])
def test_a_model_that_is_missing_is_no_matter_of_one_picture(folder, few):
    paths = (folder / "1.jpg",) if few else (folder,)
    with pytest.raises(ModelError, match="No model is called 'cmm'"), carry_out(ReadRequest(paths, "cmm"), ignore):
        pass
    assert list_batches() == []


def test_files_of_all_kinds(tmp_path):
    pictures = tmp_path / "boxed"
    task = ReadPageTask(QUICK, pictures)
    (sheet,) = read_sheets((SAMPLES / "page.jpg").read_bytes())
    record = task("../page.jpg", sheet.rgb)
    assert [path.parent for path in pictures.iterdir()] == [pictures]
    assert picture_path(pictures, "../page.jpg").read_bytes().startswith(b"\xff\xd8")
    outcome = Outcome({"../page.jpg": record, "bad.png": {"problem": "Bad."}}, pictures)
    assert outcome.as_file(".csv").decode().splitlines()[-1].startswith("bad.png,,,,,Bad.")
    assert outcome.as_file(".xlsx").startswith(b"PK")
    assert list(json.loads(outcome.as_file(".json"))) == ["../page.jpg"]
    assert outcome.as_file(".pdf").startswith(b"%PDF")
    assert outcome.as_file(".pdf").count(b"/Type /Page ") == 1
    with pytest.raises(SettingsError, match=r"ends in \.csv, .* not in '\.doc'"):
        outcome.as_file(".doc")
