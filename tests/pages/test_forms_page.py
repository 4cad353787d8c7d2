"""The Upload page's forms without a browser: a template from a scan, a batch in each of its states, review, table.

No process is started: what a batch has read is written into its journal.
"""

import io
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from hdr.batch.forms import field_path, keep_template, kept_template
from hdr.batch.tasks import picture_path
from hdr.config import DEFAULT_MODEL
from hdr.decode.rules import Rule
from hdr.report import form_table
from hdr.store.batches import Batch, Entry, create_batch, delete_batch, get_batch, keep_files, list_batches
from hdr.store.corrections import correct, read_corrections
from hdr.store.templates import Field, Template, Total, list_templates, load_template, save_template, template_as_json
from hdr.ui import batch_work
from hdr.ui.batch_view import is_whole
from hdr.ui.batch_work import Work
from hdr.ui.form_pictures import annotated_scans
from hdr.ui.form_results import complaint_of, items_of, to_review
from hdr.ui.form_table import corrected

APP = str(Path(__file__).parents[2] / "app.py")
SUM, CARD = Field("Sum", (40, 40, 200, 50), Rule(lengths=(2, 3))), Field("Card", (40, 140, 200, 50), Rule(check="luhn"))


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty home, nothing at work, and nothing that the pages remember."""
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    monkeypatch.setattr(batch_work, "_works", {})
    st.cache_data.clear()
    return tmp_path


@pytest.fixture(autouse=True)
def started(monkeypatch):
    """Batches that would have been read."""
    calls = []
    monkeypatch.setattr(batch_work, "start", lambda batch, task: calls.append((batch, task)))
    return calls


def blank_form() -> bytes:
    """A sheet with two frames."""
    page = np.full((300, 400, 3), 250, np.uint8)
    for field in (SUM, CARD):
        x, y, width, height = field.box
        cv2.rectangle(page, (x, y), (x + width, y + height), (60, 60, 60), 2)
    return cv2.imencode(".png", page)[1].tobytes()


@pytest.fixture
def note() -> Template:
    template = Template("note", (400, 300), (SUM, CARD), (), blank_form())
    save_template(template)
    return template


def record(name: str, text: str, **facts) -> dict:
    usual = {"unruled": text, "confidence": 0.99, "alternatives": [], "complaint": None, "blank": False}
    return {"name": name, "text": text, "box": [40, 40, 200, 50], **usual, **facts}


FORMS = {
    "a.png": [record("Sum", "12"), record("Card", "18")],
    "b.png": [
        record("Sum", "307", confidence=0.55, alternatives=[["301", 0.3], ["807", 0.1]]),
        record("Card", "28", complaint="The check digit of 28 is wrong (Luhn).", confidence=0.9),
    ],
    "=c.png": [record("Sum", "41", unruled="411"), record("Card", "", blank=True)],
}


@pytest.fixture
def batch(note) -> Batch:
    """Three forms that were read and a file that is none."""
    sources = keep_files("one", dict.fromkeys([*FORMS, "bad.png"], b"bytes"))
    found = create_batch({"form": note.name, "model": "cnn"}, sources, "one")
    keep_template(found, note)
    journal = found.journal()
    picture = cv2.imencode(".jpg", np.full((300, 400, 3), 230, np.uint8))[1].tobytes()
    with journal.writing():
        for name, fields in FORMS.items():
            journal.add(Entry(name, name, "1", {"size": [400, 300], "fields": fields}))
            for path in (picture_path, field_path):
                place = path(found.folder / "pictures", name, *(["Sum"] if path is field_path else []))
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(picture)
        journal.add(Entry("bad.png", "bad.png", "1", None, "This is *not* a picture that can be read."))
    return found


def open_forms(view: str = "Read scans", form: str | None = None, **state) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60).switch_page("pages/upload.py")
    for key, value in {"upload": "Forms", "forms": view, **({"form": form} if form else {}), **state}.items():
        app.session_state[key] = value
    return quiet(app.run())


def quiet(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    return quiet(button.click().run())


def texts(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info", "warning", "error", "success")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind)) + "\n".join(
        block.proto.body for block in app.get("html")
    )


def give(app: AppTest, key: str, *files: tuple[str, bytes, str]) -> AppTest:
    (uploader,) = [one for one in app.file_uploader if str(one.key).startswith(key)]
    multiple = len(files) > 1 or key.startswith("scans")
    return quiet(uploader.set_value(list(files) if multiple else files[0]).run())


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_without_a_template_one_is_made_from_a_scan():
    app = open_forms()
    assert app.selectbox(key="form").value == "New form"
    give(app, "form_scan", ("form.png", blank_form(), "image/png"))
    assert "2 fields" in texts(app)
    app.text_input(key="draft--name").set_value("order")
    quiet(app.run())
    press(app, "Save")
    assert list_templates() == ["order"]
    assert [field.name for field in load_template("order").fields] == ["field 1", "field 2"]
    assert app.selectbox(key="form").value == "order"


def test_a_drawn_box_becomes_a_field():
    app = open_forms()
    white = cv2.imencode(".png", np.full((300, 400, 3), 250, np.uint8))[1].tobytes()
    give(app, "form_scan", ("form.png", white, "image/png"))
    assert "0 fields" in texts(app)
    box = {"type": "LabeledRect", "label": "Total", "left": 60, "top": 60, "width": 150, "height": 45}
    app.session_state["draft--scan"] = {"drawing": {"raw": {"objects": [box]}, "data": None}}
    quiet(app.run())
    app.text_input(key="draft--name").set_value("total")
    quiet(app.run())
    press(app, "Save")
    assert load_template("total").fields == (Field("Total", (40, 40, 100, 30)),)


def test_a_file_that_is_no_scan_gets_its_message():
    app = open_forms()
    give(app, "form_scan", ("form.png", b"nothing", "image/png"))
    assert "not a picture" in app.error[0].value
    assert app.file_uploader(key="form_scan")


def test_a_name_that_cannot_be_is_refused_beside_it():
    app = open_forms()
    give(app, "form_scan", ("form.png", blank_form(), "image/png"))
    app.text_input(key="draft--name").set_value("../order")
    quiet(app.run())
    assert "template's name" in texts(app).replace("\\", "")
    assert app.button(key="draft--save").disabled


def test_a_name_with_a_blank_is_taken_with_a_dash():
    app = open_forms()
    give(app, "form_scan", ("form.png", blank_form(), "image/png"))
    app.text_input(key="draft--name").set_value(" my  form ")
    quiet(app.run())
    assert "It is saved as my-form." in texts(app).replace("\\", "")
    press(app, "Save")
    assert list_templates() == ["my-form"]


@pytest.mark.usefixtures("note")
def test_what_was_typed_stays_where_other_columns_are_shown():
    app = open_forms("Fields", "note")
    draft = app.session_state["drafts"]["note"]
    draft.rows = [replace(draft.rows[0], digits="3"), *draft.rows[1:]]
    app.button_group(key="draft-note-columns").set_value("Needed, sums, places")
    quiet(app.run())
    assert list(app.dataframe[0].proto.column_order) == ["name", "needed", "sum_of", "place"]
    assert list(app.dataframe[0].value["digits"]) == ["3", ""]


def test_a_template_is_imported_once_and_not_over_another(note):
    exported = template_as_json(note).encode()
    app = open_forms(form="New form")
    give(app, "form_import", ("note.json", exported, "application/json"))
    assert "There is a form note already" in app.error[0].value
    app = open_forms(form="New form")
    other = exported.replace(b'"name": "note"', b'"name": "other"')
    give(app, "form_import", ("other.json", other, "application/json"))
    assert list_templates() == ["note", "other"]
    assert app.selectbox(key="form").value == "other"


def test_a_strange_file_is_no_template():
    app = open_forms()
    give(app, "form_import", ("x.json", b"[1]", "application/json"))
    assert "not a template file" in app.error[0].value
    assert list_templates() == []


@pytest.mark.usefixtures("note")
def test_a_stored_form_is_changed_and_deleted():
    app = open_forms("Fields", "note")
    assert "2 fields" in texts(app)
    assert app.button(key="draft-note-save").disabled
    press(app, "Add a field")
    assert "3 fields" in texts(app)
    press(app, "Discard changes")
    assert "2 fields" in texts(app)
    press(app, "Add a field")
    press(app, "Save")
    assert len(load_template("note").fields) == 3
    press(app, "Delete it")
    assert list_templates() == []
    assert app.selectbox(key="form").value == "New form"


def test_a_damaged_template_gives_a_message(note, home):
    (home / "templates" / note.name / "template.json").write_text("{", encoding="utf-8")
    assert "not" in open_forms("Fields", "note").error[0].value


@pytest.mark.usefixtures("note")
@pytest.mark.parametrize(("view", "said"), [("Review", "Nothing was read"), ("Table", "first scans")])
def test_a_form_without_a_batch_says_what_to_do(view, said):
    assert said in open_forms(view, "note").info[0].value


def test_a_batch_is_written_down_and_begun(note, started):
    app = open_forms("Read scans", note.name)
    give(app, "scans", ("a.png", b"one", "image/png"), ("a.png", b"two", "image/png"))
    press(app, "Read 2 files")
    (name,) = list_batches()
    found = get_batch(name)
    assert [source.name for source in found.files] == ["a.png", "a (2).png"]
    assert [source.path.read_bytes() for source in found.files] == [b"one", b"two"]
    assert [(one, task.form, task.model) for one, task in started] == [(name, note, DEFAULT_MODEL)]
    assert "Resume" in labels(app)


def test_what_was_read_and_what_not_is_shown(batch):
    app = open_forms("Read scans", "note")
    assert "3 read, 1 not" in texts(app)
    assert "**bad\\.png**: This is \\*not\\* a picture" in app.error[0].value
    assert "Resume" not in labels(app)
    assert is_whole(batch, list(batch.journal().entries()))
    press(app, "Review what is unsure")
    assert app.session_state["forms"] == "Review"


def test_a_batch_at_work_shows_how_far_it_is_and_stops(batch):
    work = Work(done=4, total=7, fresh=4, first=time.monotonic() - 3600)
    batch_work._works[batch.id] = work
    app = open_forms("Read scans", "note")
    assert "1 h 0 min" in texts(app)
    press(app, "Stop")
    assert work.stopping
    assert "Stopping …" in labels(app)


def test_a_batch_that_broke_off_says_why_and_goes_on(note, started):
    found = create_batch({"form": note.name, "model": "cnn"}, keep_files("two", {"a.png": b"one"}), "two")
    keep_template(found, note)
    save_template(replace(note, fields=(SUM,)))
    batch_work._works[found.id] = Work(problem="No room.", alive=False)
    app = open_forms("Read scans", note.name)
    assert "No room" in app.error[0].value
    press(app, "Resume")
    assert [(one, task.form) for one, task in started] == [("two", note)]


@pytest.mark.usefixtures("batch")
def test_a_batch_is_deleted():
    app = open_forms("Read scans", "note")
    press(app, "Delete it")
    assert list_batches() == []
    assert "3 read" not in texts(app)


def test_a_batch_that_is_gone_meanwhile_is_no_traceback(batch):
    app = open_forms("Review", "note")
    delete_batch(batch.id)
    quiet(app.run())
    assert "Nothing was read" in app.info[0].value


def test_the_review_begins_with_broken_rules_and_keeps_what_is_said(batch):
    app = open_forms("Review", "note")
    assert "0 of 3 looked at" in str(app.get("progress")[0].proto.text)
    assert "<strong>Card</strong><span>b.png</span>" in texts(app)
    assert "check digit of 28 is wrong" in texts(app).replace("\\", "")
    app.text_input[0].set_value(" 1 8 ")
    press(app, "Accept")
    assert read_corrections(batch.id) == {("b.png", "Card"): "18"}
    assert "<strong>Sum</strong><span>b.png</span>" in texts(app)
    assert "Only 55% sure" in texts(app).replace("\\", "")
    press(app, "301 · 30%")
    assert read_corrections(batch.id)["b.png", "Sum"] == "301"
    assert "Without its rule it reads 411" in texts(app)
    assert "411 · without its rule" in labels(app)
    press(app, "Accept")
    assert read_corrections(batch.id)["=c.png", "Sum"] == "41"
    assert "All unsure fields were looked at" in app.success[0].value
    press(app, "To the table")
    assert app.session_state["forms"] == "Table"


def test_a_value_against_the_rule_is_kept_said_and_stays_unsure(batch):
    app = open_forms("Review", "note")
    app.text_input[0].set_value("27")
    press(app, "Accept")
    assert read_corrections(batch.id) == {("b.png", "Card"): "27"}
    fault = "The check digit of 27 is wrong (Luhn)."
    assert f"Kept 27 as Card of b.png, but: {fault}" in texts(app).replace("\\", "")
    assert "1 of 3 looked at**, :orange[**1 kept against its rule**]" in str(app.get("progress")[0].proto.text)
    press(app, "Accept")
    press(app, "Accept")
    assert not app.success
    assert "All unsure fields were looked at, :orange[**1 kept against its rule**]" in app.warning[0].value
    listed = app.dataframe[0].value
    assert (listed[""][0], listed["why"][0]) == ("⚠", fault)
    app = open_forms("Table", "note")
    assert list(app.dataframe[0].value["Card"][:2]) == ["18", "27"]
    assert list(app.dataframe[0].value["unsure fields"][:3]) == [0, 1, 0]
    assert "**1 field unsure**], 3 looked at, :orange[**1 kept against its rule**]" in texts(app)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("12/ab/3", "Card takes digits alone: '/ab' cannot stand there."),
        ("²", "Card takes digits alone: '²' cannot stand there."),
        ("9" * 5000, "Card takes 4,100 characters at most, not 5,000."),
    ],
)
def test_what_no_value_can_be_is_refused_at_once(batch, typed, said):
    app = open_forms("Review", "note")
    app.text_input[0].set_value(typed)
    press(app, "Accept")
    assert read_corrections(batch.id) == {}
    assert said in app.error[0].value.replace("\\", "")
    assert "<strong>Card</strong><span>b.png</span>" in texts(app)
    assert app.text_input[0].value == typed


def test_keys_of_the_review_work_beside_a_field_that_has_the_keyboard(batch):
    app = open_forms("Review", "note")
    keys = {button.label: button.proto.shortcut for button in app.button}
    assert (keys["Back"], keys["Next"]) == ("alt+pageup", "alt+pagedown")
    assert read_corrections(batch.id) == {}


def test_a_form_on_which_nothing_is_written_is_to_be_looked_at(batch, note):
    empty = [record("Sum", "", blank=True), record("Card", "", blank=True)]
    with (journal := batch.journal()).writing():
        journal.add(Entry("a.png", "a.png", "1", {"size": [400, 300], "fields": empty}))
    entries = list(batch.journal().entries(["a.png"]))
    (item,) = to_review(items_of(batch, entries, note))
    assert (item.place, item.reasons) == (("a.png", "Sum"), ["Nothing is written on this form."])
    assert open_forms("Table", "note").dataframe[0].value["unsure fields"][0] == 1
    correct(batch.id, ("a.png", "Sum"), "")
    assert not any(item.unsure for item in items_of(batch, entries, note))
    correct(batch.id, ("a.png", "Sum"), "12")
    (item,) = to_review(items_of(batch, entries, note))
    assert (item.said, item.unsure) == ("12", False)


@pytest.mark.usefixtures("batch")
def test_the_address_carries_form_and_batch_even_where_they_are_the_first(note):
    app = open_forms("Table")
    assert (app.query_params["form"], app.query_params["batch"]) == ("note", "one")
    save_template(replace(note, name="another"))
    app = AppTest.from_file(APP, default_timeout=60).switch_page("pages/upload.py")
    app.query_params.update({"upload": "Forms", "forms": "Table", "form": "note", "batch": "one"})
    assert app.run().selectbox(key="form").value == "note"
    assert app.dataframe[0].value["form"][0] == next(iter(FORMS))
    app.selectbox(key="form").set_value("another")
    quiet(app.run())
    assert app.query_params["form"] == "another"
    assert "batch" not in app.query_params


def test_a_corrected_part_settles_its_total(batch, note):
    keep_template(batch, replace(note, totals=(Total("Card", ("Sum",)),)))
    broken = {"complaint": "The total in Card does not come out."}
    fields = [record("Sum", "11", **broken), record("Card", "18", complaint="It says 18, but its parts add up to 11.")]
    with (journal := batch.journal()).writing():
        journal.add(Entry("b.png", "b.png", "1", {"size": [400, 300], "fields": fields}))
    entries = list(batch.journal().entries(["b.png"]))
    assert len(to_review(items_of(batch, entries, kept_template(batch)))) == 2
    correct(batch.id, ("b.png", "Sum"), "17")
    complaints = {item.field: item.complaint for item in items_of(batch, entries, kept_template(batch))}
    assert complaints == {
        "Sum": "The total in Card does not come out.",
        "Card": "It says 18, but its parts add up to 17.",
    }
    correct(batch.id, ("b.png", "Sum"), "18")
    items = items_of(batch, entries, kept_template(batch))
    assert [item.place for item in to_review(items)] == [("b.png", "Sum")]
    assert complaint_of(kept_template(batch), items, "Sum", "19") == "The total in Card does not come out."


def test_one_goes_back_and_forth_and_takes_back(batch):
    correct(batch.id, ("b.png", "Card"), "18")
    app = open_forms("Review", "note")
    assert "<strong>Sum</strong><span>b.png</span>" in texts(app)
    press(app, "Back")
    assert app.text_input[0].value == "18"
    press(app, "Undo")
    assert read_corrections(batch.id) == {}
    assert app.text_input[0].value == "28"
    press(app, "Back")
    assert "<span>=c.png</span>" in texts(app)
    press(app, "Next")
    assert "<strong>Card</strong><span>b.png</span>" in texts(app)


def test_where_nothing_is_unsure_there_is_nothing_to_do(batch):
    journal = batch.journal()
    with journal.writing():
        for name in FORMS:
            journal.add(Entry(name, name, "2", {"size": [400, 300], "fields": FORMS["a.png"]}))
    assert "Nothing is unsure" in open_forms("Review", "note").success[0].value


def test_the_table_has_a_row_a_form_and_what_was_said(batch):
    correct(batch.id, ("b.png", "Sum"), "301")
    app = open_forms("Table", "note")
    table = app.dataframe[0].value
    assert list(table["form"]) == [*FORMS, "bad.png"]
    assert list(table["Sum"]) == ["12", "301", "41", ""]
    assert list(table["unsure fields"][:3]) == [0, 1, 1]
    assert "not" in table["problem"][3]
    assert "3 forms, 1 not read" in texts(app)
    assert list(table) == ["form", "unsure fields", "problem", "least sure", "Sum", "Card"]


def test_where_every_form_was_read_no_column_is_for_problems(batch):
    with (journal := batch.journal()).writing():
        journal.add(Entry("bad.png", "bad.png", "1", {"size": [400, 300], "fields": FORMS["a.png"]}))
    assert "problem" not in open_forms("Table", "note").dataframe[0].value


def test_the_table_of_a_form_whose_fields_are_called_as_its_columns_are(batch, note):
    names = ("form", "problem", "least sure")
    fields = tuple(Field(name, (40, 40 + 80 * line, 200, 50)) for line, name in enumerate(names))
    keep_template(batch, replace(note, fields=fields))
    with (journal := batch.journal()).writing():
        for name in FORMS:
            read = [record(field.name, field.name[:1]) for field in fields]
            journal.add(Entry(name, name, "1", {"size": [400, 300], "fields": read}))
    table = open_forms("Table", "note").dataframe[0].value
    assert list(table) == ["form", "unsure fields", "problem", "least sure", *(f"{name} (2)" for name in names)]
    assert list(table["form"]) == [*FORMS, "bad.png"]
    assert list(table["problem (2)"]) == ["p", "p", "p", ""]


def test_files_hold_what_counts_and_what_was_read(batch, note):
    correct(batch.id, ("b.png", "Sum"), "301")
    entries = list(batch.journal().entries(source.name for source in batch.files))
    items = items_of(batch, entries, note)
    forms = corrected(entries, items, note)
    header, lines = form_table(forms)
    assert header[:6] == ("form", "Sum", "Card", "least sure", "unsure fields", "problem")
    assert lines[1] == ("b.png", "301", "28", 0.9, 1, None, 1.0, 0.9)
    assert lines[3][:6] == ("bad.png", None, None, None, None, "This is *not* a picture that can be read.")
    assert forms["b.png"]["looked_at"] == ["Sum"]
    corrected_field = forms["b.png"]["fields"][0]
    assert (
        corrected_field.items()
        >= {
            "text": "301",
            "read": "307",
            "complaint": None,
            "box": [40, 40, 200, 50],
        }.items()
    )
    assert "problem" in forms["bad.png"]
    assert [item.place for item in to_review(items)] == [("b.png", "Card"), ("b.png", "Sum"), ("=c.png", "Sum")]


def test_scans_are_drawn_on_as_far_as_they_were_read(batch, note):
    from PIL import Image

    entries = list(batch.journal().entries(source.name for source in batch.files))
    pictures = list(annotated_scans(batch, entries, items_of(batch, entries, note)))
    assert len(pictures) == 3
    assert np.asarray(Image.open(io.BytesIO(pictures[0]))).std() > 5
