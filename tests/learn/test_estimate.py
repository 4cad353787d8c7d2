"""How long a run will take: from the known machine, from runs here, and from the run itself."""

import itertools
import json
from dataclasses import replace

import pytest
from tiny import tiny_net

from hdr.learn import estimate
from hdr.learn.estimate import (
    SPEEDS,
    Pace,
    estimate_seconds,
    machine_speed,
    pace_of,
    paces_of,
    remaining_seconds,
    search_seconds,
)
from hdr.learn.plan import Plan, make_plan
from hdr.learn.search import Search, parse_range
from hdr.nets import NETS, NetSpec
from hdr.store import runs
from hdr.store.runs import Run

START, EPOCH = 12.0, 0.3
"""Seconds for TensorFlow and the test sets, and for the validation and the checkpoint of an epoch."""
NOW = 1_000_000.0
RUN = Run(
    id=1,
    kind="train",
    plan=make_plan("cnn", {"batch_size": 50}).as_json(),
    model="cnn-1",
    state="running",
    stopping=False,
    message="",
    created=NOW - 200,
    started=NOW - 106,
    seconds=0.0,
    pid=1,
    heartbeat=NOW,
    epoch=0,
    epochs=10,
    batch=0,
    batches=0,
    pictures_per_second=None,
    memory_mb=None,
)


@pytest.fixture
def known(tmp_path, monkeypatch):
    """A known machine, half as fast as this one."""
    path = tmp_path / "speeds.json"
    path.write_text(json.dumps({"machine_speed": 500.0, "pictures_per_second": {"cnn": 400.0}}))
    monkeypatch.setattr(estimate, "SPEEDS", path)
    monkeypatch.setattr(estimate, "machine_speed", lambda: 1000.0)


# --- before it starts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("epochs", "size", "paces", "seconds"),
    [
        (1, 8_000, [], START + EPOCH + 10),
        (22, 8_000, [], START + 22 * (EPOCH + 10)),
        (2, 4_000, [], START + 2 * (EPOCH + 5)),
        (2, 4_000, [Pace(20.0, 100.0)], 20 + 2 * (EPOCH + 40)),
        (2, 4_000, [Pace(20.0, 100.0), Pace(10.0, 1.0), Pace(30.0, 200.0)], 20 + 2 * (EPOCH + 40)),
    ],
)
@pytest.mark.usefixtures("known")
def test_before_it_starts(epochs, size, paces, seconds):
    plan = make_plan("cnn", {"epochs": epochs})
    assert estimate_seconds(plan, size, paces) == pytest.approx(seconds)


@pytest.mark.usefixtures("known")
def test_a_net_of_which_nothing_is_known(monkeypatch):
    monkeypatch.setitem(NETS, "tiny", NetSpec("Tiny", "", tiny_net, {"epochs": 1}))
    assert estimate_seconds(make_plan("tiny"), 1000, []) is None
    assert estimate_seconds(make_plan("tiny"), 1000, [Pace(START, 100.0)]) == pytest.approx(START + EPOCH + 10)
    assert estimate_seconds(make_plan("knn"), 1000, []) is None


@pytest.mark.parametrize("seconds", [(8.0,), (8.0, 10.0, 12.0, 14.0), (8.0, 10.0, 12.0, 20.0)])
def test_the_same_plan_takes_as_long_as_it_took(seconds):
    """Whatever the momentary rate was when it ended, and however long its first epoch, in which TensorFlow compiles."""
    run = replace(RUN, state="done", batches=20, pictures_per_second=7.0, seconds=31.0)
    plan = make_plan("cnn", {"batch_size": 50, "epochs": len(seconds)})
    pace = pace_of(run, history(*seconds))
    assert estimate_seconds(plan, 20 * 50, [pace]) == pytest.approx(31.0, abs=0.01)


@pytest.mark.parametrize(("batches", "seconds"), [(0, (2.0, 4.0)), (20, ()), (20, (0.0,))])
def test_a_run_that_tells_too_little(batches, seconds):
    assert pace_of(replace(RUN, batches=batches), history(*seconds)) is None


def run_of(plan: Plan, rate: float, state: str = "done") -> None:
    """A run of 1,000 pictures an epoch at so many a second."""
    number = runs.add_run("train", plan.as_json(), 2, f"{state}-{rate}").id
    runs.claim_next(number)
    runs.note_progress(number, batches=1000 // plan.settings.batch_size, pictures_per_second=1.0)
    line = dict.fromkeys(("accuracy", "loss", "val_accuracy", "val_loss"), 0.5)
    epoch = EPOCH + 1000 / rate
    runs.note_epochs(number, [{"epoch": 0, "seconds": epoch} | line, {"epoch": 1, "seconds": 2 * epoch} | line])
    runs.end_run(number, state)


def test_only_runs_that_are_alike_count(tmp_path, monkeypatch):
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    plan = make_plan("cnn", {"batch_size": 50})
    run_of(plan, 100.0)
    run_of(plan, 200.0, "stopped")
    run_of(make_plan("quick_cnn", {"batch_size": 50}), 300.0)
    run_of(make_plan("cnn", {"batch_size": 50, "augment": False}), 400.0)
    run_of(make_plan("cnn", {"batch_size": 50, "attack": 0.1}), 500.0)
    run_of(make_plan("cnn", {"batch_size": 100, "seed": 5}), 600.0)
    assert [pace.rate for pace in paces_of(plan)] == pytest.approx([600.0, 100.0])


def test_every_net_of_layers_is_known():
    """A net that is added is timed too: scripts/time_training.py."""
    known = json.loads(SPEEDS.read_text(encoding="utf-8"))
    nets = {name for name, spec in NETS.items() if isinstance(spec, NetSpec)}
    assert known["pictures_per_second"].keys() == nets
    assert all(rate > 0 for rate in known["pictures_per_second"].values())
    assert known["machine_speed"] > 0
    assert known["machine"]


@pytest.fixture
def fresh():
    """A machine that was not measured yet."""
    estimate._measured.cache_clear()
    yield
    estimate._measured.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_the_speed_of_this_machine_is_that_of_its_best_moment_and_measured_anew(monkeypatch):
    def take(*seconds: float) -> None:
        """Let the products of matrices take so long."""
        ends = list(itertools.accumulate(seconds))
        ticks = iter([0.0, *(moment for pair in zip([0.0, *ends], ends, strict=False) for moment in pair), 99.0])
        monkeypatch.setattr(estimate.time, "perf_counter", lambda: next(ticks))

    monkeypatch.setattr(estimate.time, "monotonic", lambda: 1000.0)
    take(0.2, 0.05, 0.2)
    assert machine_speed() == pytest.approx(1 / 0.05)
    assert machine_speed() == machine_speed()
    monkeypatch.setattr(estimate.time, "monotonic", lambda: 1000.0 + 2 * estimate._FRESH_SECONDS)
    take(0.1, 0.1, 0.2)
    assert machine_speed() == pytest.approx(1 / 0.1)


@pytest.mark.usefixtures("fresh")
def test_this_machine_counts_at_some_speed():
    assert 0.1 < machine_speed() < 1e6


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(("speed", "rate"), [(1.0, 80.0), (250.0, 200.0), (1e9, 2000.0)])
def test_a_measurement_beyond_belief_is_not_believed(monkeypatch, speed, rate):
    monkeypatch.setattr(estimate, "machine_speed", lambda: speed)
    assert estimate._known_rate("cnn") == pytest.approx(rate)


# --- while it runs --------------------------------------------------------------------------------------------------


def history(*seconds: float) -> dict[str, list[float]]:
    return {"epoch": list(range(len(seconds))), "seconds": list(seconds)} if seconds else {}


@pytest.mark.parametrize(("batch", "batches", "done"), [(0, 0, 2.0), (0, 100, 2.0), (25, 100, 2.25), (100, 100, 3.0)])
def test_how_far_a_run_is(batch, batches, done):
    assert replace(RUN, epoch=2, batch=batch, batches=batches).epochs_done == done


@pytest.mark.parametrize(
    ("changes", "seconds", "left"),
    [
        ({}, (), None),  # it wakes up
        ({"batches": 100}, (), None),
        ({"batches": 100, "batch": 1}, (), None),  # no rate yet
        ({"batches": 100, "batch": 50, "pictures_per_second": 500.0}, (), 9.5 * 10),
        ({"batches": 100, "batch": 100, "pictures_per_second": 500.0}, (), 9 * 10),
        ({"epoch": 1}, (40.0,), 9 * 40),  # epochs too short for a batch to be noted
        ({"batches": 100, "epoch": 3, "pictures_per_second": 500.0}, (40.0, 60.0, 80.0), 7 * 20),
        ({"batches": 100, "epoch": 3, "batch": 50, "pictures_per_second": 500.0}, (40.0, 60.0, 80.0), 6.5 * 20),
        ({"batches": 100, "epoch": 10, "pictures_per_second": 500.0}, (30.0,) * 9 + (300.0,), None),  # it is tested
        ({"kind": "search", "batches": 100, "batch": 50, "pictures_per_second": 500.0}, (), None),
    ],
)
def test_while_it_runs(changes, seconds, left):
    found = remaining_seconds(replace(RUN, **changes), history(*seconds))
    assert found == (None if left is None else pytest.approx(left))


def test_a_search_takes_as_long_as_all_its_trials_on_so_many_pictures():
    plan = make_plan("quick_cnn", {"epochs": 3})
    search = Search(plan, (parse_range("batch_size=32..256"),), "study", trials=7, pictures=2_000)
    paces = [Pace(10.0, 1_000.0)]
    assert search_seconds(search, 50_000, paces) == pytest.approx(7 * estimate_seconds(plan, 2_000, paces))
    assert search_seconds(search, 500, paces) == pytest.approx(7 * estimate_seconds(plan, 500, paces))
