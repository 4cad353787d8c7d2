"""What a training writes of its progress into its run; no process is started."""

import pytest

from hdr.learn import trainer
from hdr.learn.heartbeat import Heart
from hdr.learn.plan import make_plan
from hdr.learn.trainer import _RunWatcher
from hdr.store import runs

PLAN = make_plan("quick_cnn", {"batch_size": 100}, data=(("digits", 1.0),))
LINE = {"epoch": 0, "seconds": 1.0, "accuracy": 0.5, "loss": 1.5, "val_accuracy": 0.6, "val_loss": 1.2}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    number = runs.add_run("train", PLAN.as_json(), 3, "mine").id
    runs.claim_next(number)
    return runs.get_run(number)


def progress(run) -> tuple[int, int, float | None]:
    found = runs.get_run(run.id)
    return found.batch, found.batches, found.pictures_per_second


def test_the_rate_is_an_average_without_the_first_batch(run, monkeypatch):
    """TensorFlow compiles in the first; a moment's haste or a pause for validation hardly moves the rest."""
    watcher = _RunWatcher(run, PLAN, Heart(run.id))
    told = []
    for at, done in [(100.0, 1), (101.0, 2), (102.0, 3), (102.01, 4), (104.0, 5)]:
        monkeypatch.setattr(trainer.time, "monotonic", lambda at=at: at)
        watcher.batch_done(done, 8)
        told.append(progress(run))
    assert told[0] == (1, 8, None)
    assert told[1] == (2, 8, pytest.approx(100))
    assert told[3] == told[2], "twice a second at most"
    assert told[4] == (5, 8, pytest.approx(100))


def test_epochs_shorter_than_half_a_second_are_counted_too(run, monkeypatch):
    watcher = _RunWatcher(run, PLAN, Heart(run.id))
    for at in range(12):
        monkeypatch.setattr(trainer.time, "monotonic", lambda at=at: 100 + at / 10)
        watcher.batch_done(1 + at % 3, 3)
        if at % 3 == 2:
            watcher.epoch_done([LINE])
    assert progress(run)[1:] == (3, pytest.approx(1000, rel=0.02))
