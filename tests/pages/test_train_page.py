"""The Train page's logic without a browser: the form, what runs, the table of runs, the search, and the default model.

No process is started: `started` counts how often one would have been.
"""

import io
import json
import re
import shutil
import zipfile
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import optuna
import pytest
import streamlit as st
from markup import unescaped
from streamlit.testing.v1 import AppTest
from tiny import drawn_digits, kept_evidence, tiny_card

from hdr.config import DEFAULT_MODEL
from hdr.data import datasets
from hdr.data.datasets import Dataset
from hdr.data.labelled import keep_set, kept_sets
from hdr.errors import DataError, StoreError
from hdr.learn import jobs
from hdr.learn.plan import Plan, fine_tuned, make_plan, plan_from_json
from hdr.learn.search import Range, Search, search_from_json
from hdr.learn.studies import Trial, open_study
from hdr.nets.classical import ClassicalPredictor, build_naive_bayes
from hdr.reader import Reader
from hdr.store import runs
from hdr.store.models import TrainingRecord, as_input, save_model
from hdr.store.promotions import default_model, list_promotions, promote
from hdr.vision import VERSION

APP = str(Path(__file__).parents[2] / "app.py")
VIEWS = ["New run", "Runs", "Search", "Default model"]
ENDS = ("done", "stopped", "failed", "interrupted")
DIGITS = (("digits", 1.0),)
PLAN = make_plan("quick_cnn", data=DIGITS)
HISTORY = [
    {"epoch": 0, "seconds": 2.0, "accuracy": 0.5, "loss": 1.5, "val_accuracy": 0.6, "val_loss": 1.2},
    {"epoch": 1, "seconds": 4.0, "accuracy": 0.8, "loss": 0.7, "val_accuracy": 0.875, "val_loss": 0.6},
]
START_NEXT = jobs.start_next


@pytest.fixture(scope="module", autouse=True)
def read_once():
    """The bundled digits, whose way through the normalisation takes half a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets, "_bundled_digits", cache(datasets._bundled_digits))
        yield


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty home, no MNIST, and nothing that the pages remember."""
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HDR_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(datasets, "_download_mnist", _no_mnist)
    st.cache_data.clear()
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def started(monkeypatch):
    """How often the next run would have been started."""
    calls = []
    monkeypatch.setattr(jobs, "start_next", lambda: calls.append("start"))
    return calls


def _no_mnist():
    raise DataError("MNIST is not stored here and could not be downloaded.")


def open_page(view: str = "New run", **state) -> AppTest:
    """The page, opened at one of its views, with session state of one's own."""
    app = AppTest.from_file(APP, default_timeout=60).switch_page("pages/train.py")
    for key, value in {"train": view, **state}.items():
        app.session_state[key] = value
    return quiet(app.run())


def quiet(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    return quiet(app.button(key=key).click().run())


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def field(app: AppTest, kind: str, name: str) -> Any:
    """The form's widget for a setting, whatever its starting point."""
    (found,) = [widget for widget in getattr(app, kind) if str(widget.key).endswith(f"-{name}")]
    return found


def texts(app: AppTest) -> str:
    """Everything that stands on the page as text or HTML."""
    kinds = ("markdown", "caption", "subheader", "info", "warning", "error", "code")
    return "\n".join(unescaped(element.value) for kind in kinds for element in getattr(app, kind)) + "\n".join(
        block.proto.body for block in app.get("html")
    )


def errors(app: AppTest) -> list[str]:
    return [unescaped(error.value) for error in app.error]


def run_in(state: str, model: str, plan: str | None = None) -> int:
    """Number of a new run in a state; nothing else may be running."""
    number = runs.add_run("train", PLAN.as_json() if plan is None else plan, 3, model).id
    if state != "queued":
        runs.claim_next(number)
    if state in ENDS:
        runs.note_epochs(number, HISTORY)
        runs.end_run(number, state, "The disk was full." if state == "failed" else "")
    return number


def run_in_every_state() -> dict[str, int]:
    """One run in each state, the running one with some progress, and two searches."""
    numbers = {state: run_in(state, f"model-{state}") for state in (*ENDS, "queued", "running")}
    runs.note_epochs(numbers["running"], HISTORY)
    runs.note_progress(numbers["running"], batch=4, batches=8, pictures_per_second=2000.0, memory_mb=640.0)
    for _ in range(2):
        runs.add_run("search", Search(PLAN, (Range("learning_rate", 1e-4, 1e-2),), "first").as_json(), 20, "")
    return numbers


def newest(*rows: int) -> list[int]:
    """Numbers of the runs in these rows of the table."""
    return [runs.list_runs()[row].id for row in rows]


def keep_mine(count: int = 60) -> None:
    images, labels = drawn_digits(count, 1)
    keep_set("mine", Dataset("mine", images, labels.astype(np.int64)))


def save_tiny(name: str, trained_on: tuple[str, ...] = ("mnist",)) -> None:
    """A small model of one's own, which reads the project's own pen and hardly any other."""
    images, labels = drawn_digits(100, 5)
    classifier = build_naive_bayes(1).fit(as_input(images).reshape(100, -1), labels)
    card = {
        "name": name,
        "net": "naive_bayes",
        "title": "Naive Bayes",
        "about": "",
        "parameters": None,
        "date": "2026-11-21",
        "preprocessing": VERSION,
        "trained_on": list(trained_on),
        "metrics": {"validation": {"accuracy": 0.875, "loss": 0.1, "n": 8, "errors": 1}},
    }
    save_model(name, ClassicalPredictor(classifier), TrainingRecord(card, None, images[:16], {}))


# --- empty and full -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("New run", "This preset trains the Quick CNN in its place"),
        ("Runs", "No run yet"),
        ("Search", "A search tries settings by itself"),
        ("Default model", "Nothing was promoted yet"),
    ],
)
def test_without_runs_and_without_mnist(view, said, home, started):
    app = open_page(view)
    assert not errors(app)
    assert said in texts(app)
    assert not started
    assert not (home / "runs").exists()


def test_without_mnist_the_bundled_digits_are_chosen():
    app = open_page()
    assert app.multiselect(key="sources").value == ["digits"]
    assert not app.button(key="start").disabled
    assert field(app, "number_input", "epochs").value == 17
    assert "17 epochs of 1,100 pictures" in texts(app)


def test_with_mnist_it_is_chosen(tmp_path):
    images, labels = drawn_digits(60, 1)
    np.savez(tmp_path / "data" / "mnist.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    assert open_page().multiselect(key="sources").value == ["mnist"]


@pytest.mark.parametrize("view", VIEWS)
def test_with_runs_in_every_state(view):
    run_in_every_state()
    app = open_page(view)
    assert not errors(app)
    assert "model-running" in texts(app)
    assert "3 waiting" in texts(app)


def test_a_home_that_cannot_be_used(home, monkeypatch):
    home.write_bytes(b"")
    app = open_page()
    (error,) = errors(app)
    assert str(home) in error
    monkeypatch.setenv("HDR_HOME", str(home.with_name("other")))
    assert not errors(quiet(app.run()))


@pytest.mark.parametrize("view", VIEWS)
def test_a_damaged_database_is_a_plain_message(view, home):
    home.mkdir()
    (home / "hdr.sqlite3").write_bytes(b"junk" * 500)
    (error,) = errors(open_page(view))
    assert "hdr.sqlite3" in error
    assert "move it away" in error


# --- the form: what is refused --------------------------------------------------------------------------------------


OUT_OF_RANGE = {
    ("epochs", 0): "Epochs must be a whole number, 1 to 10000, not 0",
    ("epochs", 10_001): "1 to 10000, not 10001",
    ("batch_size", 0): "Batch size must be a whole number, 1 to 65536, not 0",
    ("learning_rate", 0.0): "Learning rate must be 1e-08 to 10, not 0.0",
    ("weight_decay", -0.1): "Weight decay must be 0 to 10, not -0.1",
    ("label_smoothing", 0.6): "Label smoothing must be 0 to 0.5",
    ("negatives", 0.6): "Non-digits mixed in must be 0 to 0.5",
    ("validation", 0.6): "Share for validation must be 0.01 to 0.5",
    ("dropout", 0.95): "Dropout must be 0 to 0.9",
    ("patience", -1): "Early stopping must be a whole number, 0 to 10000",
    ("seed", -1): "Seed must be a whole number, 0 to 2147483647",
}


def test_out_of_range():
    """Each is refused below its field, and once it is put right, Start can be pressed again."""
    app = open_page()
    for (name, value), said in OUT_OF_RANGE.items():
        box = field(app, "number_input", name)
        before = box.value
        quiet(box.set_value(value).run())
        assert texts(app).count(" must be ") == 1
        assert said in texts(app)
        assert app.button(key="start").disabled
        assert not errors(app), "said once, beside its field"
        field(app, "number_input", name).set_value(before)
    quiet(app.run())
    assert " must be " not in texts(app)
    assert not app.button(key="start").disabled


def test_ten_sigmoids_are_not_calibrated():
    app = open_page()
    quiet(field(app, "selectbox", "loss").set_value("binary").run())
    assert not errors(app)
    assert "ten sigmoids have no common temperature" in texts(app)
    assert field(app, "toggle", "calibrate").disabled
    press(app, "start")
    assert (only_plan().settings.loss, only_plan().settings.calibrate) == ("binary", False)


@pytest.mark.parametrize(
    ("sources", "said"),
    [([], "Choose one source or more"), (["mnist"], "could not be downloaded"), (["digits", "mnist"], "not stored")],
)
def test_data_that_cannot_be_had(sources, said):
    app = open_page(sources=sources)
    assert said in texts(app)
    assert app.button(key="start").disabled


def test_a_source_that_is_gone_is_no_longer_chosen():
    assert open_page(sources=["digits", "mine"]).multiselect(key="sources").value == ["digits"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../mine", "A model's name has letters, digits"),
        ("cnn", "A model 'cnn' is stored already"),
        ("model-done", "Run 1 makes a model called 'model-done'. Give another name."),
    ],
)
def test_names_that_are_refused(name, said, started):
    run_in("done", "model-done")
    app = open_page(model_name=name)
    assert said in texts(app)
    assert "--" not in texts(app)
    assert app.button(key="start").disabled
    quiet(app.text_input(key="model_name").set_value("another").run())
    assert said not in texts(app)
    press(app, "start")
    assert runs.list_runs()[0].model == "another"
    assert started


def test_a_full_disk(monkeypatch, started):
    app = open_page()
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(total=10**9, used=10**9, free=5_000_000))
    press(app, "start")
    (error,) = errors(app)
    assert error.startswith("Only 5 MB are free in ")
    assert "a run needs 200 MB" in error
    assert (runs.list_runs(), started) == ([], [])


# --- the form: Start ------------------------------------------------------------------------------------------------


def only_plan() -> Plan:
    (run,) = runs.list_runs()
    return plan_from_json(run.plan)


def test_start_queues_one_run_with_what_was_chosen(started):
    app = open_page(model_name=" mine-1 ")
    field(app, "number_input", "epochs").set_value(7)
    field(app, "number_input", "batch_size").set_value(50)
    field(app, "number_input", "dropout").set_value(0.25)
    field(app, "selectbox", "optimizer").set_value("sgd")
    field(app, "toggle", "deterministic").set_value(True)
    quiet(app.run())
    press(app, "start")
    (run,) = runs.list_runs()
    changes = {"epochs": 7, "batch_size": 50, "dropout": 0.25, "optimizer": "sgd", "deterministic": True}
    assert plan_from_json(run.plan) == make_plan("quick_cnn", changes, data=DIGITS)
    assert (run.kind, run.model, run.epochs, run.state) == ("train", "mine-1", 7, "queued")
    assert started
    quiet(app.run())
    assert len(runs.list_runs()) == 1


def test_start_starts_one_process(monkeypatch):
    commands = []

    def popen(command, **options):
        commands.append(command[1:])
        assert options["start_new_session"] is True
        return SimpleNamespace(poll=lambda: None)

    monkeypatch.setattr(jobs.subprocess, "Popen", popen)
    monkeypatch.setattr(jobs, "_children", [])
    monkeypatch.setattr(jobs, "start_next", START_NEXT)
    app = open_page()
    assert app.button(key="start").label == "Start"
    press(app, "start")
    assert commands == [["-m", "hdr", "train", "--job", "1"]]
    assert runs.get_run(1).state == "running"
    assert "Waking up TensorFlow" in texts_of_progress(app)
    assert app.button(key="start").label == "Add to the queue"
    press(app, "start")
    assert [run.state for run in runs.list_runs()] == ["queued", "running"]
    assert [run.model for run in runs.list_runs()] == ["quick_cnn-2", "quick_cnn-1"]
    assert len(commands) == 1


def texts_of_progress(app: AppTest) -> str:
    return "\n".join(bar.proto.text for bar in app.get("progress"))


def test_a_process_that_cannot_be_started_is_a_failed_run(monkeypatch):
    def popen(*_args, **_options):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(jobs.subprocess, "Popen", popen)
    monkeypatch.setattr(jobs, "start_next", START_NEXT)
    app = open_page()
    press(app, "start")
    assert runs.get_run(1).state == "failed"
    assert "Cannot allocate memory" in texts(app)


def test_a_link_carries_data_and_shares():
    keep_mine()
    app = AppTest.from_file(APP, default_timeout=60).switch_page("pages/train.py")
    app.query_params["sources"] = ["scikit-learn's digits", "mine"]
    app.query_params["sources-mine"] = "25"
    quiet(app.run())
    assert app.multiselect(key="sources").value == ["digits", "mine"]
    assert [app.slider(key=f"sources-{name}").value for name in ("digits", "mine")] == [50, 25]
    quiet(app.run())
    assert app.slider(key="sources-mine").value == 25


def test_several_sources_by_their_parts():
    keep_mine()
    app = open_page(sources=["digits", "mine"])
    assert "An epoch: 50% scikit-learn's digits, 50% mine" in texts(app)
    app.slider(key="sources-digits").set_value(80)
    quiet(app.slider(key="sources-mine").set_value(20).run())
    assert "80% scikit-learn's digits, 20% mine" in texts(app)
    press(app, "start")
    assert dict(only_plan().data) == pytest.approx({"digits": 0.8, "mine": 0.2})


@pytest.mark.parametrize(
    ("preset", "net", "trained", "epochs"),
    [("standard", "cnn", "cnn", 12), ("best", "rnn", "rnn", 32), ("quick", "arun_cnn", "arun_cnn", 23)],
)
def test_presets_of_nets(preset, net, trained, epochs):
    app = open_page(preset=preset, net=net)
    press(app, "start")
    plan = only_plan()
    assert (plan.net, plan.settings.epochs) == (trained, epochs)
    assert plan == make_plan(trained, plan.wishes, data=DIGITS)
    assert plan.settings.augment is (preset != "quick")


@pytest.mark.parametrize(
    ("preset", "net", "said"),
    [
        (
            "quick",
            "cnn",
            "A first look: 17 epochs, on pictures as they are. With little data it takes more than the usual",
        ),
        (
            "standard",
            "rnn",
            "The net's own recipe, shortened: 23 epochs. With little data it takes more than the usual 10",
        ),
        ("best", "cnn", "The net's own recipe in full: 36 epochs."),
    ],
)
def test_a_preset_says_what_it_has_come_to(preset, net, said):
    app = open_page(preset=preset, net=net)
    assert said in texts(app)
    assert ("Quick CNN in its place" in texts(app)) is (preset == "quick")
    assert "MNIST" not in said


def test_a_classifier_has_no_settings_but_starts():
    app = open_page(net="naive_bayes")
    assert "preset" not in {group.key for group in app.button_group}
    assert not app.number_input
    assert "augment" not in " ".join(str(toggle.key) for toggle in app.toggle)
    press(app, "start")
    assert only_plan() == make_plan("naive_bayes", data=DIGITS)


def test_a_net_of_paths_is_distorted_or_not_but_by_no_slider():
    """Its distortions are its own; that none are wished is heeded."""
    app = open_page(net="pen", preset="best")
    assert field(app, "toggle", "augment").value
    assert not app.slider
    press(quiet(field(app, "toggle", "augment").set_value(False).run()), "start")
    assert only_plan().settings.augment is False


def test_distortions_are_chosen_and_shown():
    app = open_page(preset="standard")
    assert len(app.image) == 1
    field(app, "slider", "rotate").set_value(27.0)
    press(quiet(app.run()), "start")
    assert only_plan().augmentation.rotate == 27.0
    quiet(field(app, "toggle", "augment").set_value(False).run())
    assert len(app.image) == 0


@pytest.mark.parametrize("net", [None, "crnn"])
def test_without_a_model_of_single_digits_none_are_shown_distorted(net, home, monkeypatch):
    monkeypatch.setattr("hdr.config.MODELS", home / "none")
    if net:
        folder = home / "models" / net
        folder.mkdir(parents=True)
        (folder / "card.json").write_text(json.dumps(tiny_card(net=net, sha256="")))
        strips = np.zeros((16, 32, 64), np.uint8)
        np.savez(folder / "golden.npz", images=strips, probabilities=np.zeros((16, 16, 11), np.float32))
    app = open_page()
    quiet(field(app, "toggle", "augment").set_value(True).run())
    assert "There is no model whose sample digits could be shown" in texts(app)


def test_starting_from_what_a_model_knows():
    app = open_page(preset="best")
    quiet(field(app, "selectbox", "base").set_value("cnn").run())
    assert "Add MNIST to the data" in texts(app)
    quiet(field(app, "number_input", "frozen").set_value(3).run())
    press(app, "start")
    gentle = fine_tuned(make_plan("cnn", {"frozen": 3}, data=DIGITS, base="cnn"))
    assert only_plan() == gentle


def test_a_layer_is_left_to_learn():
    app = open_page(preset="best")
    quiet(field(app, "selectbox", "base").set_value("cnn").run())
    quiet(field(app, "number_input", "frozen").set_value(100).run())
    most = re.search(r"Frozen layers must be 0 to (\d+), not 100", texts(app))[1]
    assert app.button(key="start").disabled
    quiet(field(app, "number_input", "frozen").set_value(int(most)).run())
    assert not app.button(key="start").disabled


def test_trackers_are_offered_where_they_are_installed(monkeypatch):
    assert "trackers" not in [choice.key for choice in open_page().multiselect]
    monkeypatch.setattr("hdr.ui.new_run.installed_trackers", lambda: ["mlflow"])
    app = open_page()
    quiet(app.multiselect(key="trackers").set_value(["mlflow"]).run())
    press(app, "start")
    assert only_plan().trackers == ("mlflow",)


# --- one's own pictures ---------------------------------------------------------------------------------------------


def zipped(**pictures: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in pictures.items():
            archive.writestr(name, content)
    return file.getvalue()


def uploaded(content: bytes) -> AppTest:
    app = open_page(set_name="mine")
    assert app.button(key="keep_set").disabled
    quiet(app.file_uploader(key="set_zip").set_value([("mine.zip", content, "application/zip")]).run())
    return press(app, "keep_set")


def test_own_pictures_are_kept_and_can_be_chosen():
    images, labels = drawn_digits(20, 1)
    files = {
        f"{label}/{index}.png": cv2.imencode(".png", cv2.resize(255 - image, (112, 112)))[1].tobytes()
        for index, (image, label) in enumerate(zip(images, labels, strict=True))
    }
    app = uploaded(zipped(**files, **{"3/bad.png": b"no picture"}))
    assert kept_sets() == ["mine"]
    assert "20 pictures are kept as mine; choose it under Learn from. 1 were left out: 3/bad.png" in texts(app)
    assert "mine" in app.multiselect(key="sources").options
    press(app, "forget-mine")
    assert kept_sets() == []
    assert "mine" not in app.multiselect(key="sources").options


def test_a_damaged_zip_file():
    app = uploaded(b"no zip file")
    assert "damaged or not a zip file" in errors(app)[0]
    assert kept_sets() == []


# --- what is running ------------------------------------------------------------------------------------------------


def test_progress_of_a_run():
    run_in_every_state()
    app = open_page()
    assert "epoch 3 of 3, batch 4 of 8" in texts_of_progress(app)
    said = texts(app)
    for figure in ("<b>2,000</b>", "<b>640 MB</b>", "<b>87.50%</b>"):
        assert figure in said


def test_the_best_epoch_is_the_one_that_is_kept():
    """The lowest validation loss decides, not the highest accuracy; everywhere."""
    later = {"epoch": 2, "seconds": 6.0, "accuracy": 0.9, "loss": 0.5, "val_accuracy": 0.95, "val_loss": 0.9}
    number = run_in("running", "mine")
    runs.note_epochs(number, [*HISTORY, later])
    assert "<b>87.50%</b>" in texts(open_page())
    runs.end_run(number, "done")
    app = open_page("Runs", opened=[number])
    assert app.dataframe[0].value["best validation"].tolist() == ["87.50%"]
    assert "95.00%" not in texts(app)


def test_a_finished_run_shows_what_came_of_it():
    run_in("done", "mine")
    save_tiny("mine")
    said = texts(open_page())
    for figure in ("<small>Accuracy, validation</small><b>87.50%</b>", "<small>Best epoch</small><b>2</b>"):
        assert figure in said


def test_a_failed_run_shows_no_figures_of_an_older_model():
    run_in("failed", "mine")
    save_tiny("mine")
    assert "Accuracy, " not in texts(open_page())


def test_a_stopped_run_says_what_was_kept():
    run_in("stopped", "mine")
    save_tiny("mine")
    said = "Stopped after epoch 2 of 3. mine is kept as it was after epoch 2, its best."
    assert said in texts(open_page())
    assert said in texts(open_page("Runs", opened=newest(0)))


def test_a_search_shows_its_best_trial_while_it_runs_and_afterwards(monkeypatch):
    trials = [Trial(1, "pruned", 0.95, {}), Trial(0, "complete", 0.9, {})]
    monkeypatch.setattr("hdr.ui.run_figures.load_trials", lambda _search: trials)
    number = runs.add_run("search", Search(PLAN, (Range("learning_rate", 1e-4, 1e-2),), "first").as_json(), 20, "").id
    runs.claim_next(number)
    runs.note_progress(number, epoch=2)
    assert "<small>Best trial</small><b>90.00%</b>" in texts(open_page())
    runs.end_run(number, "done")
    assert "<small>Best trial</small><b>90.00%</b>" in texts(open_page())


@pytest.mark.parametrize(
    ("columns", "stopping", "said"),
    [
        ({"epoch": 1}, False, "epoch 2 of 3"),
        ({"epoch": 1, "batches": 8}, False, "epoch 2 of 3, batch 0 of 8"),
        ({"epoch": 3, "batches": 8}, False, "Testing on every set that is here …"),
        ({"epoch": 1, "batches": 8}, True, "Stopping: the best weights so far are kept and tested …"),
        ({"batches": 8}, True, "Stopping: no epoch has ended, so nothing is kept …"),
    ],
)
def test_what_a_run_is_at(columns, stopping, said):
    number = run_in("running", "mine")
    runs.note_progress(number, **columns)
    if stopping:
        runs.ask_to_stop(number)
    assert texts_of_progress(open_page()) == said


def test_stop():
    number = run_in("running", "mine")
    app = open_page()
    press(app, f"stop-{number}")
    assert runs.get_run(number).stopping
    assert app.button(key=f"stop-{number}").label == "Stopping …"
    assert runs.get_run(number).state == "running"


@pytest.mark.parametrize("state", ["stopped", "failed", "interrupted"])
def test_resume(state, started):
    number = run_in(state, "mine")
    app = open_page()
    assert ("The disk was full." in texts(app)) is (state == "failed")
    press(app, f"resume-{number}")
    assert runs.get_run(number).state == "queued"
    assert started


def test_a_run_that_cannot_be_resumed_says_why(monkeypatch):
    number = run_in("stopped", "mine")
    app = open_page()
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=0))
    press(app, f"resume-{number}")
    assert "Only 0 MB are free" in errors(app)[0]
    assert runs.get_run(number).state == "stopped"
    assert not errors(quiet(app.run()))


def test_a_killed_trainer_is_noticed():
    number = run_in("running", "mine")
    runs.beat(number, 2**22)  # nobody holds the trainer's lock
    app = open_page()
    assert runs.get_run(number).state == "interrupted"
    assert "Its process died" in texts(app)
    assert f"resume-{number}" in keys(app)


def test_a_trainer_that_has_only_just_started_is_waited_for():
    number = run_in("running", "mine")
    open_page()
    assert runs.get_run(number).state == "running"


def test_the_log_of_the_run(home):
    number = run_in("running", "mine")
    folder = home / "runs" / str(number)
    folder.mkdir(parents=True)
    chatter = "I0000 00:00:1795339699.449493 17873 cudart_stub.cc:31] Could not find cuda drivers on your machine\n"
    (folder / "log.txt").write_text(f"{chatter}Epoch 1/3\nall is well\n")
    assert "Epoch 1/3\nall is well" in texts(open_page())
    assert "cuda" not in texts(open_page())


# --- the table of runs ----------------------------------------------------------------------------------------------


def test_the_table():
    numbers = run_in_every_state()
    save_tiny("model-done")
    table = open_page("Runs").dataframe[0].value.set_index("run")
    assert list(table.index) == sorted(table.index, reverse=True)
    for state, number in numbers.items():
        row = table.loc[number]
        assert (row["state"], row["model"]) == (state, f"model-{state}")
        assert row["what"] == "Quick CNN on scikit-learn's digits"
        assert row["epochs"] == ("0 of 3" if state == "queued" else "2 of 3")
        assert row["best validation"] == ("–" if state == "queued" else "87.50%")
    assert table.loc[numbers["done"], "test"] == "87.50% of validation"
    assert table.loc[numbers["failed"], "test"] == "–"
    assert set(table["what"].iloc[:2]) == {"Search: Quick CNN on scikit-learn's digits"}


ACTIONS = {
    "queued": {"run_stop", "run_repeat"},
    "running": {"run_stop", "run_repeat"},
    "done": {"run_repeat", "run_delete"},
    "stopped": {"run_resume", "run_repeat", "run_delete"},
    "failed": {"run_resume", "run_repeat", "run_delete"},
    "interrupted": {"run_resume", "run_repeat", "run_delete"},
}


@pytest.mark.parametrize("state", ACTIONS)
def test_what_can_be_done_with_a_run(state):
    number = run_in(state, "mine")
    app = open_page("Runs", opened=newest(0))
    assert not errors(app)
    assert {key for key in keys(app) if key and key.startswith("run_")} == ACTIONS[state]
    settings = app.dataframe[1].value.set_index("setting")["value"]
    assert settings["Batch size"] == "96"
    assert number == 1


def test_what_can_be_done_with_a_model_that_is_there():
    run_in("done", "mine")
    save_tiny("mine")
    app = open_page("Runs", opened=newest(0))
    assert "run_promote" in keys(app)
    press(app, "run_promote")
    assert app.session_state["train"] == "Default model"
    assert app.selectbox(key="candidate").value == "mine"


def test_several_runs_are_compared():
    for name in ("one", "other", "third"):
        run_in("done", name)
    for name in ("one", "other"):
        save_tiny(name)
    app = open_page("Runs", opened=newest(0, 1, 2))
    assert "Runs without a model are left out" in texts(app)
    (link,) = [link for link in app.get("page_link") if link.proto.label.startswith("Compare ")]
    assert link.proto.label == "Compare other, one"


def test_delete(home):
    number = run_in("done", "mine")
    save_tiny("mine")
    (home / "runs" / str(number)).mkdir(parents=True)
    app = open_page("Runs", opened=newest(0))
    press(app, "run_delete")
    assert runs.list_runs() == []
    assert not (home / "models" / "mine").exists()
    assert not (home / "runs" / str(number)).exists()
    assert "No run yet" in texts(app)


def test_the_default_is_not_deleted(home):
    run_in("done", "mine")
    save_tiny("mine")
    promote("mine", {})
    app = open_page("Runs", opened=newest(0))
    press(app, "run_delete")
    assert "The model of run 1 is the default" in errors(app)[0]
    assert (home / "models" / "mine").exists()
    assert len(runs.list_runs()) == 1


def test_a_row_that_is_gone_is_no_longer_ticked():
    run_in("done", "mine")
    app = open_page("Runs", opened=[99])
    assert "Tick a run to open it" in texts(app)


def test_repeat_with_changes():
    plan = make_plan("rnn", {"epochs": 4, "seed": 9, "dropout": 0.3, "rotate": 30.0, "augment": True}, data=DIGITS)
    run_in("done", "mine", plan.as_json())
    app = open_page("Runs", opened=newest(0))
    press(app, "run_repeat")
    assert app.session_state["train"] == "New run"
    assert "Settings of run 1, **mine**." in texts(app)
    assert field(app, "number_input", "epochs").value == 4
    quiet(field(app, "number_input", "epochs").set_value(5).run())
    press(app, "start")
    latest, _ = runs.list_runs()
    assert plan_from_json(latest.plan) == make_plan("rnn", plan.wishes | {"epochs": 5}, data=DIGITS)
    assert latest.model == "rnn-1"
    assert "Settings of" not in texts(app), "the next one begins with a preset again"


def test_a_repeat_can_be_given_up():
    run_in("done", "mine")
    app = open_page(repeat=1)
    button = next(button for button in app.button if button.label == "Start from a preset instead")
    quiet(button.click().run())
    assert field(app, "number_input", "epochs").value == 17


# --- a damaged row --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", ["{", "", "[]", json.dumps({"net": "cmm"})])
def test_a_damaged_plan_does_not_break_the_table(plan):
    run_in("done", "good")
    run_in("failed", "bad", plan)
    runs.add_run("search", plan, 20, "")
    app = open_page("Runs")
    assert not errors(app)
    table = app.dataframe[0].value.set_index("model")
    assert table.loc["good", "what"] == "Quick CNN on scikit-learn's digits"
    assert "cannot be read" in table.loc["bad", "what"]
    assert "cannot be read" in table["what"].iloc[0]


def test_a_run_with_a_damaged_plan_can_be_deleted():
    run_in("failed", "bad", "{")
    app = open_page("Runs", opened=newest(0))
    assert "cannot be read" in errors(app)[0]
    press(app, "run_delete")
    assert runs.list_runs() == []


def test_a_damaged_plan_is_in_nobodys_way():
    run_in("failed", "bad", "{")
    app = open_page()
    assert not errors(app)
    assert "start" in keys(app)


def test_a_damaged_plan_is_not_repeated():
    run_in("failed", "bad", "{")
    app = open_page("Runs", opened=newest(0))
    press(app, "run_repeat")
    assert any("settings cannot be read" in error for error in errors(app))
    assert "repeat" not in app.session_state


def test_a_damaged_search_is_in_nobodys_way():
    runs.add_run("search", Search(PLAN, (Range("learning_rate", 1e-4, 1e-2),), "first").as_json(), 20, "")
    runs.add_run("search", "{", 20, "")
    assert len(open_page("Search").selectbox(key="search_run").options) == 2


@pytest.mark.parametrize(
    ("view", "kind"), [("New run", "text_input"), ("Runs", "dataframe"), ("Default model", "selectbox")]
)
def test_a_damaged_card_is_in_nobodys_way(view, kind, home):
    run_in("done", "bad")
    (home / "models" / "bad").mkdir(parents=True)
    (home / "models" / "bad" / "card.json").write_text("{}")
    assert len(getattr(open_page(view), kind))


def test_the_opened_run_stays_open_when_another_is_queued():
    run_in("done", "first")
    app = open_page("Runs", opened=newest(0))
    assert app.subheader[0].value == "first"
    run_in("queued", "second")
    quiet(app.run())
    assert app.subheader[0].value == "first"


def test_a_run_that_was_deleted_is_no_longer_repeated():
    app = open_page(repeat=99)
    assert "start" in keys(app)


def test_a_repeated_run_has_its_shares():
    keep_mine()
    run_in("done", "mixed", make_plan("quick_cnn", data=(("digits", 0.8), ("mine", 0.2))).as_json())
    app = open_page("Runs", opened=newest(0))
    press(app, "run_repeat")
    assert "80% scikit-learn's digits, 20% mine" in texts(app)


def test_a_repeated_run_may_have_counted_its_validation_part():
    run_in("done", "counted", make_plan("quick_cnn", {"validation": 100}, data=DIGITS).as_json())
    assert not open_page(repeat=1).button(key="start").disabled


def test_a_stop_that_cannot_be_noted_is_a_plain_message(monkeypatch):
    number = run_in("running", "mine")
    app = open_page()

    def fail(_number):
        raise StoreError("database is locked")

    monkeypatch.setattr(runs, "ask_to_stop", fail)
    press(app, f"stop-{number}")
    assert errors(app) == ["database is locked"]


@pytest.mark.parametrize("query", ["list_runs", "read_epochs", "default_beside"])
def test_a_database_that_is_locked_while_one_looks_is_a_plain_message(query, monkeypatch):
    run_in("done", "mine")
    save_tiny("mine")

    def fail(*_):
        raise StoreError("database is locked")

    monkeypatch.setattr(f"hdr.ui.live.{query}", fail)
    assert errors(open_page()) == ["database is locked"]


# --- the search -----------------------------------------------------------------------------------------------------


def test_a_search_is_queued(started):
    app = open_page("Search")
    app.number_input(key="search_trials").set_value(5)
    app.number_input(key="search_epochs").set_value(2)
    app.multiselect(key="search_over").set_value(["learning_rate", "optimizer"])
    quiet(app.run())
    app.text_input(key="range-learning_rate").set_value("1e-3..1e-2")
    quiet(app.text_input(key="range-optimizer").set_value("adam,sgd").run())
    assert "5 trials: at most about" in texts(app)
    press(app, "search_start")
    (run,) = runs.list_runs()
    search = search_from_json(run.plan)
    assert (run.kind, run.model, run.epochs, run.state) == ("search", "", 5, "queued")
    assert (search.trials, search.plan.settings.epochs, search.plan.data) == (5, 2, DIGITS)
    assert {span.name: (span.low, span.high, span.choices) for span in search.ranges} == {
        "learning_rate": (0.001, 0.01, ()),
        "optimizer": (0.0, 0.0, ("adam", "sgd")),
    }
    assert started
    assert "No trial has finished yet" in texts(app)


def add_search(*tried: tuple[str, float]) -> None:
    """A search whose trials ended in these states with these values."""
    search = Search(PLAN, (Range("learning_rate", 1e-4, 1e-2),), "first")
    runs.add_run("search", search.as_json(), 20, "")
    with open_study(search, working=True) as study:
        for state, value in tried:
            trial = study.ask({"learning_rate": optuna.distributions.FloatDistribution(1e-4, 1e-2)})
            trial.report(value, 0)
            pruned = state == "pruned"
            study.tell(trial, None if pruned else value, optuna.trial.TrialState[state.upper()])


def test_the_best_complete_trial_is_offered_as_a_run():
    add_search(("complete", 0.5), ("pruned", 0.75))
    app = open_page("Search")
    assert "Best so far: trial 0, **50.00%**" in texts(app)
    press(app, "search_best")
    assert [run.kind for run in runs.list_runs()] == ["train", "search"]


def test_a_search_that_is_deleted_takes_its_trials_along():
    add_search(("complete", 0.5))
    runs.ask_to_stop(newest(0)[0])
    press(open_page("Runs", opened=newest(0)), "run_delete")
    runs.add_run("search", Search(PLAN, (Range("learning_rate", 1e-4, 1e-2),), "first").as_json(), 20, "")
    assert "No trial has finished yet" in texts(open_page("Search"))


def test_trials_of_two_searches_stay_with_the_other():
    add_search(("complete", 0.5))
    runs.ask_to_stop(newest(0)[0])
    runs.add_run("search", Search(PLAN, (Range("learning_rate", 1e-4, 1e-2),), "first", trials=30).as_json(), 30, "")
    press(open_page("Runs", opened=newest(1)), "run_delete")
    assert "Best so far: trial 0" in texts(open_page("Search"))


def test_words_of_strangers_are_no_markup():
    run_in("failed", "bad", '{"net": "![](http://example.org/x.png)"}')
    app = open_page("Runs", opened=newest(0))
    assert "![](" not in "".join(error.value for error in app.error)


def test_without_a_complete_trial_none_is_offered():
    add_search(("pruned", 0.75))
    app = open_page("Search")
    assert "Best so far" not in texts(app)
    assert "search_best" not in keys(app)


def test_a_best_trial_that_cannot_be_queued_is_a_plain_message(monkeypatch):
    def fail(_):
        raise StoreError("The disk is full.")

    add_search(("complete", 0.5))
    app = open_page("Search")
    monkeypatch.setattr("hdr.ui.searching.submit", fail)
    assert errors(press(app, "search_best")) == ["The disk is full."]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("range-learning_rate", "fast", "Learning rate is searched for from one number to a larger one"),
        ("range-learning_rate", "a..b", "Learning rate is searched for between two numbers, such as 1e-4..1e-2, not"),
        ("range-learning_rate", "1e-2..1e-4", "to a larger one"),
        ("range-batch_size", "", "Batch size needs a range to be searched for in, such as 32..256."),
        ("search_trials", 0, "trials must be a whole number"),
        ("search_epochs", 0, "Epochs must be a whole number"),
    ],
)
def test_searches_that_are_refused(key, value, said):
    app = open_page("Search")
    box = app.text_input(key=key) if key.startswith("range") else app.number_input(key=key)
    quiet(box.set_value(value).run())
    assert app.button(key="search_start").disabled
    assert runs.list_runs() == []
    assert said in texts(app)
    assert "learning_rate" not in texts(app)


# --- the default model ----------------------------------------------------------------------------------------------


def test_a_candidate_is_tried_and_promoted_and_taken_back():
    save_tiny("mine")
    app = open_page("Default model")
    assert "read with **Ensemble**" in texts(app)
    assert app.selectbox(key="candidate").options[0] == "mine", "one's own come first"
    quiet(app.selectbox(key="candidate").set_value("mine").run())
    table = app.dataframe[0].value
    assert table["test set"].tolist() == ["digits"]
    assert table["pictures"].tolist() == [1797]
    assert "worse" in texts(app)
    assert "Ensemble alone" in texts(app)
    assert default_model() == DEFAULT_MODEL
    press(app, "promote")
    assert default_model() == "mine"
    (evidence,) = kept_evidence()
    assert evidence["digits"]["n"] == 1797
    assert evidence["digits"]["candidate"] < evidence["digits"]["current"]
    assert "read with **mine**" in texts(app)
    assert app.selectbox(key="candidate").value is None
    assert f"back-{DEFAULT_MODEL}" in keys(app)
    press(app, f"back-{DEFAULT_MODEL}")
    assert default_model() == DEFAULT_MODEL
    assert [promotion.model for promotion in list_promotions()] == [DEFAULT_MODEL, "mine"]
    assert {"back-mine"} == {key for key in keys(app) if key and key.startswith("back-")}


def test_a_candidate_is_judged_on_what_neither_has_seen():
    save_tiny("mine", trained_on=("mnist", "digits"))
    save_tiny("yours")
    promote("yours", {})
    app = open_page("Default model", candidate="mine")
    table = app.dataframe[0].value
    assert (table["test set"].tolist(), table["pictures"].tolist()) == (["digits-test"], [597])
    assert table["difference"].tolist() == ["+0.00 points"]
    assert "level" in texts(app)


def test_a_link_carries_the_candidate():
    save_tiny("mine")
    app = AppTest.from_file(APP, default_timeout=60).switch_page("pages/train.py")
    app.query_params["train"], app.query_params["candidate"] = "Default model", "mine"
    quiet(app.run())
    assert app.selectbox(key="candidate").value == "mine"
    assert app.dataframe[0].value["test set"].tolist() == ["digits"]


def test_a_candidate_may_be_left():
    save_tiny("mine")
    app = open_page("Default model", candidate="mine")
    press(app, "leave")
    assert app.selectbox(key="candidate").value is None
    assert (default_model(), list_promotions()) == (DEFAULT_MODEL, [])


def test_from_the_finished_run_to_its_trial():
    number = run_in("done", "mine")
    save_tiny("mine")
    app = open_page()
    press(app, f"gate-{number}")
    assert app.session_state["train"] == "Default model"
    assert app.selectbox(key="candidate").value == "mine"


def test_the_default_is_no_candidate_and_neither_is_what_is_gone(home):
    save_tiny("mine")
    promote("mine", {})
    for gone in ("mine", "nothing"):
        app = open_page("Default model", candidate=gone)
        assert app.selectbox(key="candidate").value is None
    shutil.rmtree(home / "models" / "mine")
    app = open_page("Default model")
    assert "read with **Ensemble**" in texts(app)
    assert not {key for key in keys(app) if key and key.startswith("back-")}


def test_a_damaged_candidate_gives_a_message(home):
    save_tiny("mine")
    (home / "models" / "mine" / "model.joblib").write_bytes(b"")
    app = open_page("Default model", candidate="mine")
    assert "weights of model 'mine'" in errors(app)[0]
    assert "promote" not in keys(app)


def test_a_model_that_goes_while_one_looks_at_it(home):
    save_tiny("mine")
    app = open_page("Default model", candidate="mine")
    shutil.rmtree(home / "models" / "mine")
    press(app, "promote")
    assert "mine" in errors(app)[0]


# --- what the other pages read with ---------------------------------------------------------------------------------


@pytest.fixture
def read_with(monkeypatch):
    """The names of the models that a page asked for, in place of their readers."""
    names = []

    def reader(name: str, *_weights: str) -> Reader:
        names.append(name)
        return Reader(name, lambda images: np.full((len(images), 10), 0.1, np.float32))

    monkeypatch.setattr("hdr.ui.readers._shared_reader", reader)
    return names


def choice(app: AppTest) -> tuple[list[str], str]:
    group = app.button_group(key="models")
    return list(group.options), group.value


def test_draw_follows_the_default_without_a_restart(read_with):
    save_tiny("mine")
    app = quiet(AppTest.from_file(APP, default_timeout=60).switch_page("pages/draw.py").run())
    assert choice(app) == (["CNN", "RNN", "Both", "Ensemble"], "Both")
    assert set(read_with) == {"cnn", "rnn"}
    promote("mine", {})
    read_with.clear()
    quiet(app.run())
    assert choice(app) == (["mine", "CNN", "RNN", "Both", "Ensemble"], "mine")
    assert set(read_with) == {"mine"}
    promote("cnn", {})
    quiet(app.run())
    assert choice(app) == (["CNN", "RNN", "Both", "Ensemble"], "CNN")
    promote(DEFAULT_MODEL, {})
    quiet(app.run())
    assert choice(app) == (["CNN", "RNN", "Both", "Ensemble"], "Both")


def test_upload_reads_with_the_default_and_draw_with_both_until_a_person_chooses(read_with):
    app = quiet(AppTest.from_file(APP, default_timeout=60).switch_page("pages/upload.py").run())
    assert (choice(app)[1], set(read_with)) == ("Ensemble", {"ensemble"})
    quiet(app.switch_page("pages/draw.py").run())
    assert choice(app)[1] == "Both"
    quiet(app.switch_page("pages/upload.py").run())
    assert choice(app)[1] == "Ensemble"
    quiet(app.button_group(key="models").set_value("RNN").run())
    quiet(app.switch_page("pages/draw.py").run())
    assert choice(app)[1] == "RNN"


def test_whoever_chose_another_model_keeps_it(read_with):
    save_tiny("mine")
    app = quiet(AppTest.from_file(APP, default_timeout=60).switch_page("pages/draw.py").run())
    quiet(app.button_group(key="models").set_value("RNN").run())
    promote("mine", {})
    read_with.clear()
    quiet(app.run())
    assert choice(app)[1] == "RNN"
    assert set(read_with) == {"rnn"}


@pytest.mark.usefixtures("read_with")
def test_draw_without_a_usable_database(home):
    home.mkdir()
    (home / "hdr.sqlite3").write_bytes(b"junk" * 500)
    app = quiet(AppTest.from_file(APP, default_timeout=60).switch_page("pages/draw.py").run())
    (warning,) = app.sidebar.warning
    assert "hdr.sqlite3" in warning.value
