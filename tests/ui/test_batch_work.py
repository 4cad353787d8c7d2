"""Batches at work in the background: found by any tab, stopped, gone on with, and what broke them off."""

import time

import pytest

from hdr.batch.run import Progress
from hdr.errors import StoreError
from hdr.store.batches import Entry, Source, create_batch
from hdr.ui import batch_work
from hdr.ui.batch_work import Work, find, start


@pytest.fixture
def batch(tmp_path, monkeypatch) -> str:
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    return create_batch({}, [Source("a.png", tmp_path / "a.png")]).id


def wait_for(work: Work) -> None:
    deadline = time.monotonic() + 10
    while work.alive:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def progress(done: int, total: int) -> Progress:
    return Progress(done, total, Entry("a", "a", "", {}))


def test_nobody_has_touched_it_at_first(batch):
    assert find(batch) is None


def test_a_batch_is_read_in_the_background_and_stopped(batch, monkeypatch):
    def read(_task, _files, _journal, *, watch, stopping):
        watch(progress(1, 3))
        while not stopping():
            time.sleep(0.01)

    monkeypatch.setattr(batch_work, "run_batch", read)
    start(batch, print)
    work = find(batch)
    assert work is not None
    assert (work.alive, work.stopping) == (True, False)
    start(batch, print)
    assert find(batch) is work, "one that is being read goes on"
    work.stop()
    wait_for(work)
    assert (work.done, work.total, work.problem) == (1, 3, "")
    start(batch, print)
    again = find(batch)
    assert again is not None
    assert again is not work
    again.stop()
    wait_for(again)


@pytest.mark.parametrize(
    ("error", "said"), [(StoreError("No room."), "No room."), (ValueError("odd"), "ValueError: odd")]
)
def test_what_broke_it_off_is_said(batch, monkeypatch, error, said):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(batch_work, "run_batch", fail)
    start(batch, print)
    wait_for(find(batch))
    assert said in find(batch).problem


@pytest.mark.usefixtures("batch")
def test_a_batch_that_is_not_there_is_refused():
    with pytest.raises(StoreError, match="no batch"):
        start("none", print)
    assert find("none") is None


def test_the_time_left_follows_what_was_read_since_the_start():
    work = Work()
    work.note(progress(91, 100))
    work.note(progress(92, 100))
    work.note(progress(93, 100))
    assert work.seconds_left is None
    work.first -= 12
    work.note(progress(94, 100))
    assert work.seconds_left == pytest.approx(24, rel=0.05)
