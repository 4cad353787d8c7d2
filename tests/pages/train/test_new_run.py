"""The form of the Train page without a browser: what is refused, what Start queues, presets, and what it offers."""

import json
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from tiny import tiny_card
from train_page import (
    APP,
    DIGITS,
    START_NEXT,
    errors,
    field,
    only_plan,
    open_page,
    press,
    quiet,
    run_in,
    texts,
    texts_of_progress,
)

from hdr.learn import jobs
from hdr.learn.plan import fine_tuned, make_plan, plan_from_json
from hdr.store import runs

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


def test_a_process_that_cannot_be_started_is_a_failed_run(monkeypatch):
    def popen(*_args, **_options):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(jobs.subprocess, "Popen", popen)
    monkeypatch.setattr(jobs, "start_next", START_NEXT)
    app = open_page()
    press(app, "start")
    assert runs.get_run(1).state == "failed"
    assert "Cannot allocate memory" in texts(app)


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
    gentle = fine_tuned(make_plan("cnn", {"frozen": 3}, data=DIGITS, base="cnn"), "cnn")
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


@pytest.mark.parametrize(
    ("kind", "name", "value"), [("number_input", "learning_rate", 0.02), ("selectbox", "base", "cnn")]
)
def test_a_link_shows_the_same_settings(kind, name, value):
    """Which the browser keeps in the address, by the keys of their fields."""
    key = field(open_page(preset="best"), kind, name).key
    app = AppTest.from_file(APP, default_timeout=60).switch_page("pages/train.py")
    app.query_params.update({"preset": "Best", key: str(value)})
    quiet(app.run())
    assert field(app, kind, name).value == value
