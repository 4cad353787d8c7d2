"""Runs as rows: the order of the queue, one at a time whoever asks, what each state allows, and the history."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pytest

from hdr.errors import RunError
from hdr.store import runs
from hdr.store.database import reading, writing

PROJECT = Path(__file__).resolve().parents[2]
ENDS = ("done", "stopped", "failed", "interrupted")
STATES = ("queued", "running", *ENDS)
COLUMNS = ("epoch", "seconds", "accuracy", "loss", "val_accuracy", "val_loss")
ROUNDS = 50
WORKER = """
import os, random, sys, time
from pathlib import Path
from hdr.store import runs
name, mark = sys.argv[1], Path(os.environ["HDR_HOME"]) / "at-work"
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    runs.add_run("train", "{}", 1, f"{name}-{number}")
    run = runs.claim_next()
    if run is not None:
        mark.touch(exist_ok=False)
        time.sleep(random.random() / 200)
        assert sum(known.state == "running" for known in runs.list_runs()) == 1
        mark.unlink()
        print(run.id, flush=True)
        runs.end_run(run.id, "done")
    time.sleep(random.random() / 200)
"""
"""Queues and claims again and again; whoever works leaves a mark, and nobody may find another's."""


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def clock(monkeypatch):
    """The time of the runs' clock; a test sets it forward."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(runs, "time", SimpleNamespace(time=lambda: clock.now))
    return clock


def queue(count: int = 1) -> list[int]:
    """Numbers of so many new runs."""
    first = len(runs.list_runs())
    return [runs.add_run("train", "{}", 3, f"model-{first + index}").id for index in range(count)]


def run_in(state: str) -> int:
    """Number of a new run in a state; nothing else may be running."""
    (number,) = queue()
    if state != "queued":
        assert runs.claim_next(number) is not None
    if state in ENDS:
        runs.end_run(number, state, f"it is {state}")
    return number


def state_of(number: int) -> str:
    return runs.get_run(number).state


def line(epoch: int, **figures: float) -> dict[str, float]:
    """A line of a history, in another order than the table's."""
    known = {"val_loss": 0.5, "val_accuracy": 0.9, "loss": 0.6, "accuracy": 0.8, "seconds": 2.5 * epoch, "epoch": epoch}
    return known | figures


# --- the queue ------------------------------------------------------------------------------------------------------


def test_a_new_run(clock):
    run = runs.add_run("train", '{"net": "cnn"}', 5, "cnn-1")
    nothing = dict.fromkeys(("started", "pid", "heartbeat", "pictures_per_second", "memory_mb"))
    zero = dict.fromkeys(("seconds", "epoch", "batch", "batches"), 0)
    given = {"id": 1, "kind": "train", "plan": '{"net": "cnn"}', "epochs": 5, "model": "cnn-1", "created": clock.now}
    assert asdict(run) == nothing | zero | given | {"state": "queued", "stopping": False, "message": ""}
    assert runs.get_run(run.id) == run
    assert run.is_open


def test_the_newest_is_listed_first():
    assert runs.list_runs() == []
    numbers = queue(3)
    assert [run.id for run in runs.list_runs()] == numbers[::-1]


def test_a_number_is_never_given_twice():
    first, second = queue(2)
    runs.delete_run(second)
    third = runs.add_run("train", "{}", 1, "other").id
    assert (first, second, third) == (1, 2, 3)


def test_the_oldest_comes_first():
    numbers, claimed = queue(3), []
    while run := runs.claim_next():
        assert runs.claim_next() is None  # while one runs
        claimed.append(run.id)
        runs.end_run(run.id, "done")
    assert claimed == numbers
    assert runs.claim_next() is None


def test_a_given_run_jumps_the_queue():
    first, second, third = queue(3)
    assert runs.claim_next(third).id == third
    assert runs.claim_next(first) is None
    runs.end_run(third, "done")
    assert runs.claim_next(third) is None
    assert runs.claim_next(99) is None
    assert runs.claim_next().id == first
    assert state_of(second) == "queued"


def test_a_resumed_run_has_its_old_place():
    first, second = run_in("stopped"), run_in("queued")
    runs.queue_again(first)
    assert runs.claim_next().id == first
    assert state_of(second) == "queued"


def test_a_claimed_run_starts_anew(clock):
    number = run_in("running")
    runs.beat(number, 4711)
    runs.ask_to_stop(number)
    runs.end_run(number, "failed", "the disk was full")
    runs.queue_again(number)
    clock.now = 2000.0
    run = runs.claim_next()
    assert (run.state, run.started, run.pid, run.heartbeat) == ("running", 2000.0, None, None)
    assert (run.stopping, run.message) == (False, "")


# --- one at a time --------------------------------------------------------------------------------------------------


def test_the_database_itself_refuses_a_second():
    first, second = queue(2)
    runs.claim_next(first)
    with pytest.raises(sqlite3.IntegrityError):
        set_state(second, "running")
    runs.end_run(first, "done")
    set_state(second, "running")
    assert [state_of(number) for number in (first, second)] == ["done", "running"]


def set_state(number: int, state: str) -> None:
    with writing() as db:
        db.execute("UPDATE runs SET state = ? WHERE id = ?", (state, number))


@pytest.mark.parametrize(("column", "value"), [("state", "asleep"), ("kind", "game")])
def test_the_database_knows_the_words(column, value):
    (number,) = queue()
    with pytest.raises(sqlite3.IntegrityError), writing() as db:
        db.execute(f"UPDATE runs SET {column} = ? WHERE id = ?", (value, number))


def test_many_threads_get_one_run():
    numbers = queue(3)
    with ThreadPoolExecutor(12) as pool:
        for number in numbers:
            found = [run for run in pool.map(lambda _: runs.claim_next(), range(12)) if run]
            assert [run.id for run in found] == [number]
            runs.end_run(number, "done")


def test_processes_never_work_at_once(home):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    commands = [[sys.executable, "-c", WORKER, name, str(ROUNDS)] for name in ("one", "other")]
    workers = [subprocess.Popen(command, cwd=PROJECT, text=True, **pipes) for command in commands]
    assert [worker.stdout.readline() for worker in workers] == ["ready\n", "ready\n"]
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [worker.communicate(timeout=120) for worker in workers]
    assert [(worker.returncode, error) for worker, (_, error) in zip(workers, said, strict=True)] == [(0, "")] * 2
    one, other = ([int(word) for word in out.split()] for out, _ in said)
    assert one, "one process did all the work, so this shows nothing"
    assert other, "one process did all the work, so this shows nothing"
    known = runs.list_runs()
    assert len(known) == 2 * ROUNDS
    assert sorted(one + other) == sorted(run.id for run in known if run.state == "done")
    assert {run.state for run in known} <= {"done", "queued"}
    assert not (home / "at-work").exists()


# --- names ----------------------------------------------------------------------------------------------------------


def test_two_runs_do_not_make_one_model():
    runs.add_run("train", "{}", 1, "mine")
    with pytest.raises(RunError, match=r"Another run makes a model called 'mine'\. Give another name"):
        runs.add_run("train", "{}", 1, "mine")
    assert len(runs.list_runs()) == 1


def test_searches_make_no_model():
    assert [runs.add_run("search", "{}", 20, "").id for _ in range(2)] == [1, 2]


@pytest.mark.parametrize(("state", "replaced"), [(state, state in ENDS) for state in STATES])
def test_a_model_may_be_made_again_once_its_run_has_ended(state, replaced):
    number = run_in(state)
    name = runs.get_run(number).model
    if replaced:
        assert runs.add_run("train", "{}", 1, name, replace_old=True).model == name
        assert runs.get_run(number).model == ""
    else:
        with pytest.raises(RunError, match="Give another name"):
            runs.add_run("train", "{}", 1, name, replace_old=True)
        assert runs.get_run(number).model == name


# --- signs of life --------------------------------------------------------------------------------------------------


def test_a_beat(clock):
    number = run_in("running")
    clock.now = 1002.0
    assert runs.beat(number, 4711) is False
    run = runs.get_run(number)
    assert (run.heartbeat, run.pid) == (1002.0, 4711)
    runs.ask_to_stop(number)
    assert runs.get_run(number).stopping is True
    assert runs.beat(number, 4711) is True


@pytest.mark.parametrize("state", ["queued", *ENDS])
def test_a_process_whose_run_is_not_running_shall_stop(state):
    number = run_in(state)
    before = runs.get_run(number)
    assert runs.beat(number, 4711) is True
    assert runs.get_run(number) == before


def test_a_process_whose_run_is_gone_shall_stop():
    assert runs.beat(99, 4711) is True


def test_progress():
    first, second = run_in("running"), run_in("queued")
    runs.note_progress(first, batch=7, batches=20, pictures_per_second=812.5, memory_mb=640.2)
    runs.note_progress(first, message="trial 1 of 2", epoch=1)
    run = runs.get_run(first)
    assert (run.batch, run.batches, run.pictures_per_second, run.memory_mb) == (7, 20, 812.5, 640.2)
    assert (run.message, run.epoch) == ("trial 1 of 2", 1)
    assert runs.get_run(second).batches == 0


@pytest.mark.parametrize("column", ["state", "pid", "id = 1; --"])
def test_progress_is_nothing_else(column):
    number = run_in("running")
    with pytest.raises(AssertionError):
        runs.note_progress(number, **{column: 1})


# --- what each state allows -----------------------------------------------------------------------------------------

STOPPED = dict.fromkeys(STATES) | {state: state for state in STATES} | {"queued": "stopped"}
QUEUED_AGAIN = {"stopped": "queued", "failed": "queued", "interrupted": "queued"}


@pytest.mark.parametrize("state", STATES)
def test_stop(state, clock):
    number = run_in(state)
    clock.now = 1010.0
    runs.ask_to_stop(number)
    run = runs.get_run(number)
    assert run.state == STOPPED[state]
    assert run.stopping is (state == "running")


@pytest.mark.parametrize("state", STATES)
def test_queue_again(state):
    number = run_in(state)
    runs.note_epochs(number, [line(0)])
    if state in QUEUED_AGAIN:
        runs.queue_again(number)
        run = runs.get_run(number)
        assert (run.state, run.message, run.epoch) == ("queued", "", 1)
    else:
        with pytest.raises(RunError, match=f"is {state}; only a stopped, failed or interrupted run can be resumed"):
            runs.queue_again(number)
        assert state_of(number) == state


@pytest.mark.parametrize("state", STATES)
def test_delete(state):
    number = run_in(state)
    runs.note_epochs(number, [line(0)])
    if state == "running":
        with pytest.raises(RunError, match=f"Run {number} is running. Stop it first"):
            runs.delete_run(number)
        assert runs.read_epochs(number)["epoch"] == [0]
    else:
        runs.delete_run(number)
        assert runs.list_runs() == []
        with reading() as db:
            assert db.execute("SELECT count(*) FROM epochs").fetchone()[0] == 0


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("state", STATES)
def test_end(state, end):
    number = run_in(state)
    before = runs.get_run(number)
    runs.end_run(number, end, "so it is")
    run = runs.get_run(number)
    if state == "running":
        assert (run.state, run.message, run.is_open) == (end, "so it is", False)
    else:
        assert run == before


def test_the_end_of_a_run_is_tidy(clock):
    number = run_in("running")
    runs.beat(number, 4711)
    runs.ask_to_stop(number)
    clock.now = 1030.0
    runs.end_run(number, "stopped")
    run = runs.get_run(number)
    assert (run.seconds, run.pid, run.stopping, run.message) == (30.0, None, False, "")


def test_work_is_summed_over_all_starts(clock):
    number = run_in("running")
    for started, ended, total in ((1000, 1030, 30), (5000, 5012.5, 42.5), (9000, 8000, 42.5)):
        clock.now = started
        if total > 30:
            runs.queue_again(number)
            runs.claim_next(number)
        clock.now = ended
        runs.end_run(number, "interrupted")
        assert runs.get_run(number).seconds == total  # a clock that is set back takes nothing away


def test_a_run_ended_when_its_process_died_not_when_somebody_looked(clock):
    clock.now = 1000
    number = run_in("running")
    clock.now = 40_000
    runs.end_run(number, "interrupted", at=1030)
    assert runs.get_run(number).seconds == 30


@pytest.mark.parametrize("act", [runs.get_run, runs.queue_again, runs.delete_run])
def test_a_run_that_there_is_not(act):
    queue()
    with pytest.raises(RunError, match="There is no run 99"):
        act(99)


@pytest.mark.parametrize("act", [runs.ask_to_stop, lambda number: runs.end_run(number, "done")])
def test_nothing_happens_to_other_runs(act):
    first, second = run_in("running"), run_in("queued")
    before = runs.list_runs()
    act(99)
    assert runs.list_runs() == before
    act(first)
    assert runs.get_run(second) == before[0]


# --- the history ----------------------------------------------------------------------------------------------------


def test_no_history_yet():
    assert runs.read_epochs(run_in("running")) == {}
    assert runs.best_accuracies() == {}


def test_a_history_comes_back_by_column():
    first, second = run_in("running"), run_in("queued")
    runs.note_progress(first, batch=7, batches=20)
    runs.note_epochs(first, [line(0), line(1, val_accuracy=0.95, accuracy=0.85)])
    runs.note_epochs(second, [line(0, val_accuracy=0.1)])
    history = runs.read_epochs(first)
    assert tuple(history) == COLUMNS
    assert history == {
        "epoch": [0, 1],
        "seconds": [0.0, 2.5],
        "accuracy": [0.8, 0.85],
        "loss": [0.6, 0.6],
        "val_accuracy": [0.9, 0.95],
        "val_loss": [0.5, 0.5],
    }
    run = runs.get_run(first)
    assert (run.epoch, run.batch, run.batches) == (2, 0, 20)
    assert runs.best_accuracies() == {first: 0.95, second: 0.1}


def test_the_best_epoch_has_the_lowest_loss_not_the_highest_accuracy():
    number = run_in("running")
    lines = [line(0, val_accuracy=0.99, val_loss=0.4), line(1, val_accuracy=0.9, val_loss=0.3)]
    runs.note_epochs(number, [*lines, line(2, val_accuracy=0.8, val_loss=0.3), line(3, val_accuracy=1.0, val_loss=0.9)])
    assert runs.best_accuracies() == {number: 0.8}, "of equal ones the last is kept"


def test_a_new_history_replaces_the_old():
    number = run_in("running")
    runs.note_epochs(number, [line(epoch, loss=9.0) for epoch in range(5)])
    runs.note_epochs(number, [line(0), line(1)])
    assert runs.read_epochs(number)["loss"] == [0.6, 0.6]
    assert runs.get_run(number).epoch == 2
    runs.note_epochs(number, [])
    assert runs.read_epochs(number) == {}
    assert runs.get_run(number).epoch == 0


def test_a_history_that_cannot_be_written_leaves_the_old():
    number = run_in("running")
    runs.note_epochs(number, [line(0)])
    with pytest.raises(KeyError, match="val_loss"):
        runs.note_epochs(number, [line(0), {name: 1.0 for name in COLUMNS if name != "val_loss"}])
    assert runs.read_epochs(number)["epoch"] == [0]
