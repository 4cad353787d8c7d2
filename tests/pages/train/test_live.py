"""What is running, on the Train page without a browser: progress, figures, Stop and Resume, and the log."""

import shutil
from types import SimpleNamespace

import pytest
from train_page import (
    HISTORY,
    PLAN,
    errors,
    keys,
    newest,
    open_page,
    press,
    quiet,
    run_in,
    run_in_every_state,
    save_tiny,
    texts,
    texts_of_progress,
)

from hdr.errors import StoreError
from hdr.learn.search import Range, Search
from hdr.learn.studies import Trial
from hdr.store import runs


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


def test_a_stop_that_cannot_be_noted_is_a_plain_message(monkeypatch):
    number = run_in("running", "mine")
    app = open_page()

    def fail(_number):
        raise StoreError("database is locked")

    monkeypatch.setattr(runs, "ask_to_stop", fail)
    press(app, f"stop-{number}")
    assert errors(app) == ["database is locked"]
