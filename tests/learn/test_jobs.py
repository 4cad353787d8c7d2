"""What goes with a run that is deleted; no process is started."""

import os

import pytest

from hdr.errors import RunError
from hdr.learn import jobs
from hdr.learn.plan import make_plan
from hdr.store import runs

PLAN = make_plan("quick_cnn", data=(("digits", 1.0),)).as_json()


@pytest.mark.parametrize("state", ["done", "stopped", "failed", "interrupted"])
@pytest.mark.parametrize(("age", "stays"), [(60, True), (-60, False)], ids=["older model", "its own model"])
def test_a_run_takes_the_model_along_that_it_made_and_no_older_one(tmp_path, monkeypatch, state, age, stays):
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    run = runs.add_run("train", PLAN, 3, "mine", replace_old=True)
    runs.claim_next(run.id)
    runs.end_run(run.id, state)
    card = tmp_path / "models" / "mine" / "card.json"
    card.parent.mkdir(parents=True)
    card.write_text("{}", encoding="utf-8")
    os.utime(card, (run.created - age, run.created - age))
    jobs.delete(run.id)
    assert runs.list_runs() == []
    assert card.is_file() is stays


@pytest.fixture
def failed(tmp_path, monkeypatch):
    """A run that failed before it made its model, and ensembles that are only noted."""
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    run = runs.add_run("train", PLAN, 3, "mine")
    runs.claim_next(run.id)
    runs.end_run(run.id, "failed")
    monkeypatch.setattr(jobs, "train_ensemble", lambda *_, **named: tmp_path / "models" / named["name"])
    return run


def test_an_ensemble_takes_no_name_that_a_run_has(failed):
    with pytest.raises(RunError, match=f"Run {failed.id} makes a model called 'mine'"):
        jobs.vote_here(("cnn", "rnn"), "mine")


def test_an_ensemble_in_a_runs_place_is_no_longer_the_runs(failed):
    assert jobs.vote_here(("cnn", "rnn"), "mine", replace_old=True).name == "mine"
    assert runs.get_run(failed.id).model == ""


def test_an_ensemble_is_in_no_queued_runs_place(failed):
    runs.queue_again(failed.id)
    with pytest.raises(RunError, match="makes a model called 'mine'"):
        jobs.vote_here(("cnn", "rnn"), "mine", replace_old=True)
