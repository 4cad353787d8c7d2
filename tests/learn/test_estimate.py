"""How long a run will take: from the known machine, from runs here, and from the run itself."""

import json
from dataclasses import replace

import numpy as np
import pytest
from tiny import tiny_net

from hdr.learn import estimate
from hdr.learn.estimate import SPEEDS, estimate_seconds, machine_speed, remaining_seconds
from hdr.learn.plan import make_plan
from hdr.nets import NETS, NetSpec
from hdr.store.runs import Run

START = 12.0
"""Seconds for TensorFlow and the test sets."""
NOW = 1_000_000.0
RUN = Run(
    id=1,
    kind="train",
    plan="{}",
    model="cnn-1",
    state="running",
    stopping=False,
    message="",
    created=NOW - 200,
    started=NOW - 106,
    ended=None,
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


def done(rate: float | None) -> Run:
    return replace(RUN, state="done", pictures_per_second=rate)


@pytest.fixture
def known(tmp_path, monkeypatch):
    """A known machine, half as fast as this one."""
    path = tmp_path / "speeds.json"
    path.write_text(json.dumps({"machine_speed": 500.0, "pictures_per_second": {"cnn": 400.0}}))
    monkeypatch.setattr(estimate, "SPEEDS", path)
    monkeypatch.setattr(estimate, "machine_speed", lambda: 1000.0)


# --- before it starts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("epochs", "size", "rates", "seconds"),
    [
        (1, 8_000, [], START + 10),
        (22, 8_000, [], START + 220),
        (2, 4_000, [], START + 10),
        (2, 4_000, [100.0], START + 80),
        (2, 4_000, [100.0, 8_000.0], START + 80),  # the newest counts
        (2, 4_000, [None, 200.0], START + 40),  # one that ended before it had a rate
        (2, 4_000, [None, 0.0], START + 10),
    ],
)
@pytest.mark.usefixtures("known")
def test_before_it_starts(epochs, size, rates, seconds):
    plan = make_plan("cnn", {"epochs": epochs})
    assert estimate_seconds(plan, size, [done(rate) for rate in rates]) == pytest.approx(seconds)


@pytest.mark.usefixtures("known")
def test_a_net_of_which_nothing_is_known(monkeypatch):
    monkeypatch.setitem(NETS, "tiny", NetSpec("Tiny", "One dense layer.", tiny_net, {"epochs": 3}))
    assert estimate_seconds(make_plan("tiny"), 1000, []) is None
    assert estimate_seconds(make_plan("tiny"), 1000, [done(300.0)]) == pytest.approx(START + 10)
    assert estimate_seconds(make_plan("knn"), 1000, []) is None


def test_every_net_of_layers_is_known():
    """A net that is added is timed too: scripts/time_training.py."""
    known = json.loads(SPEEDS.read_text(encoding="utf-8"))
    nets = {name for name, spec in NETS.items() if isinstance(spec, NetSpec)}
    assert known["pictures_per_second"].keys() == nets
    assert all(rate > 0 for rate in known["pictures_per_second"].values())
    assert known["machine_speed"] > 0
    assert known["machine"]


def test_the_speed_of_this_machine(monkeypatch):
    ticks = iter(np.arange(0.0, 1000.0, 0.5) ** 2)  # the first product is the fastest: 0.25 s
    monkeypatch.setattr(estimate.time, "perf_counter", lambda: next(ticks))
    machine_speed.cache_clear()
    try:
        assert machine_speed() == pytest.approx(1 / 0.25)
        assert machine_speed() == machine_speed()
    finally:
        machine_speed.cache_clear()


def test_this_machine_counts_at_some_speed():
    machine_speed.cache_clear()
    assert 0.1 < machine_speed() < 1e6


# --- while it runs --------------------------------------------------------------------------------------------------


def history(*seconds: float) -> dict[str, list[float]]:
    return {"epoch": list(range(len(seconds))), "seconds": list(seconds)} if seconds else {}


@pytest.mark.parametrize(
    ("changes", "seconds", "left"),
    [
        ({}, (), None),  # it wakes up
        ({"batches": 100}, (), None),
        ({"batches": 100, "batch": 20}, (), None),  # no rate yet
        ({"batches": 100, "pictures_per_second": 500.0}, (), None),
        ({"batches": 100, "batch": 50, "pictures_per_second": 500.0}, (), 9.5 * 200),  # 100 s for half an epoch
        ({"batches": 100, "batch": 100, "pictures_per_second": 500.0}, (), 9 * 100),
        ({"batches": 100, "epoch": 2, "pictures_per_second": 500.0}, (40.0, 60.0), 8 * 30),
        ({"batches": 100, "epoch": 2, "batch": 50, "pictures_per_second": 500.0}, (40.0, 60.0), 7.5 * 30),
        ({"batches": 100, "epoch": 10, "pictures_per_second": 500.0}, (30.0,) * 9 + (300.0,), 0.0),
        ({"batches": 100, "epoch": 10, "batch": 7, "pictures_per_second": 500.0}, (30.0,) * 9 + (300.0,), 0.0),
    ],
)
def test_while_it_runs(monkeypatch, changes, seconds, left):
    monkeypatch.setattr(estimate.time, "time", lambda: NOW)
    found = remaining_seconds(replace(RUN, **changes), history(*seconds))
    assert found == (None if left is None else pytest.approx(left))


def test_a_quick_start_is_no_end(monkeypatch):
    """Five seconds after its start a run that has done a tenth of its first epoch has nearly all before it."""
    monkeypatch.setattr(estimate.time, "time", lambda: RUN.started + 5.0)
    left = remaining_seconds(replace(RUN, batches=100, batch=10, pictures_per_second=500.0), {})
    assert left is None or left > 0
