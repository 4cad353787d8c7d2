"""Trainings that are killed, started twice, or run out of disk: real processes, real signals, a real full disk."""

import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from tiny import drawn_digits

from hdr.data.datasets import Dataset
from hdr.data.labelled import keep_set
from hdr.errors import StoreError
from hdr.learn import jobs, trainer
from hdr.learn.plan import make_plan
from hdr.store import models, runs
from hdr.store.cards import list_models, read_card
from hdr.store.promotions import default_model
from hdr.store.runs import Run
from hdr.store.weights import load_weights

EPOCHS = 80
"""So many that a tiny net on a few pictures is still at work when it is killed."""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A person's folder with a small set of drawn digits; whatever still trains there at the end is killed."""
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    monkeypatch.setenv("HDR_DATA", str(tmp_path))
    images, labels = drawn_digits(300, 1)
    keep_set("drawn", Dataset("drawn", images, labels.astype("int64")))
    yield tmp_path
    for run in runs.list_runs():
        if run.state == "running" and run.pid:
            os.kill(run.pid, signal.SIGKILL)
    for child in jobs._children:
        child.wait(timeout=20)


def plan(epochs: int = EPOCHS):
    return make_plan("krishna_mlp", {"epochs": epochs}, data=(("drawn", 1.0),))


def wait_for(number: int, wanted, seconds: float = 60.0) -> Run:
    """The run as soon as it is as wanted."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        jobs.reconcile()
        run = runs.get_run(number)
        if wanted(run):
            return run
        time.sleep(0.05)
    pytest.fail(f"after {seconds:.0f} s: {runs.get_run(number)}\n{jobs.read_log(number)}")


def test_a_killed_trainer_is_interrupted_and_resumes_where_it_was(home):
    before = default_model()
    number = jobs.submit(plan(), "mine").id
    run = wait_for(number, lambda run: run.epoch >= 3)
    killed_at = time.monotonic()
    os.kill(run.pid, signal.SIGKILL)
    found = wait_for(number, lambda run: run.state == "interrupted")
    assert time.monotonic() - killed_at < 60
    assert found.epoch >= 3
    assert (default_model(), "mine" in list_models()) == (before, False)
    jobs.resume(number)
    resumed = wait_for(number, lambda run: run.state == "running" and run.epoch > found.epoch)
    assert resumed.epoch > found.epoch
    ended = wait_for(number, lambda run: run.state == "done", 120)
    assert ended.epoch == EPOCHS
    assert runs.read_epochs(number)["epoch"] == list(range(EPOCHS))
    assert read_card("mine")["net"] == "krishna_mlp"
    assert list((home / "models").glob(".*")) == []


@pytest.mark.usefixtures("home")
def test_stop_keeps_the_best_so_far_and_the_next_in_the_queue_starts():
    first, second = jobs.submit(plan(), "first").id, jobs.submit(plan(2), "second").id
    assert runs.get_run(second).state == "queued"
    wait_for(first, lambda run: run.epoch >= 2)
    jobs.stop(first)
    assert wait_for(first, lambda run: run.state != "running").state == "stopped"
    history = runs.read_epochs(first)
    card = read_card("first")
    assert card["metrics"]["validation"]["accuracy"] == pytest.approx(
        history["val_accuracy"][history["val_loss"].index(min(history["val_loss"]))]
    )
    assert wait_for(second, lambda run: run.state == "done").epoch == 2


class DeadChild:
    """A process that ended at once."""

    def __init__(self, *_args, **_options) -> None:
        pass

    def poll(self) -> int:
        return 1

    def wait(self, timeout: float) -> int:
        del timeout
        return 1


@pytest.mark.usefixtures("home")
def test_a_trainer_that_never_came_up_is_interrupted(monkeypatch):
    monkeypatch.setattr(jobs, "GRACE_SECONDS", 0.2)
    monkeypatch.setattr(jobs.subprocess, "Popen", DeadChild)
    number = jobs.submit(plan()).id
    assert wait_for(number, lambda run: run.state == "interrupted", 10).epoch == 0


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("deed", [jobs.resume, jobs.delete, jobs.stop])
def test_a_dead_trainer_stands_in_nobodys_way(monkeypatch, deed):
    """Whoever resumes, deletes or stops a run whose process has died need not list the runs first."""
    monkeypatch.setattr(jobs, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(jobs.subprocess, "Popen", DeadChild)
    number = jobs.submit(plan()).id
    assert runs.get_run(number).state == "running"
    deed(number)
    left = {run.id: run.state for run in runs.list_runs()}
    assert left == {jobs.resume: {number: "running"}, jobs.delete: {}, jobs.stop: {number: "interrupted"}}[deed]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("deed", "states"), [(jobs.delete, ["running"]), (jobs.stop, ["running", "stopped"])])
def test_a_queued_run_is_not_started_to_be_ended(monkeypatch, deed, states):
    """The one before it is dead: whoever comes next may start it, but not who wants it gone."""
    monkeypatch.setattr(jobs, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(jobs.subprocess, "Popen", DeadChild)
    jobs.submit(plan())
    monkeypatch.setattr(jobs, "GRACE_SECONDS", 60.0)
    number = jobs.submit(plan()).id
    monkeypatch.setattr(jobs, "GRACE_SECONDS", 0.0)
    deed(number)
    assert sorted(run.state for run in runs.list_runs()) == states


def press_start(home: str, gate, times: int) -> None:
    """What a browser's session does: submit a run; no trainer is started, for who may run is settled before."""
    os.environ["HDR_HOME"] = home
    jobs.subprocess.Popen = DeadChild
    for _ in range(times):
        gate.wait()
        jobs.submit(plan(1))


def test_two_who_press_start_together_never_make_two_running(home):
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(3)
    people = [context.Process(target=press_start, args=(str(home), gate, 50)) for _ in range(2)]
    for person in people:
        person.start()
    for _ in range(50):
        gate.wait(60)
        running = [run for run in runs.list_runs() if run.state == "running"]
        assert len(running) <= 1
    for person in people:
        person.join(60)
        assert person.exitcode == 0
    states = [run.state for run in runs.list_runs()]
    assert (states.count("running"), states.count("queued")) == (1, 99)
    assert len({run.model for run in runs.list_runs()}) == 100


def save_forever(home: str, saving) -> None:
    """Write a real net over an older one, again and again; nearly all time is writing, for its answers are known."""
    os.environ["HDR_HOME"] = home
    net, card, golden = load_weights("base"), read_card("base"), models.golden_images("base")
    answers = np.load(Path(home) / "models" / "base" / "golden.npz")["probabilities"]
    models.predictor = lambda _net: lambda _images: answers
    record = models.TrainingRecord(card, [{"epoch": 0.0}], golden, {})
    models.save_model("victim", net, record)
    saving.set()
    while True:
        models.save_model("victim", net, record)


def test_twenty_kills_while_a_model_is_saved(home):
    """Each kill comes at a random moment of a save over an older model; whatever is listed can always be read."""
    run, _ = jobs.submit_here(plan(1), "base")
    assert run.state == "done"
    draw, context = random.Random(1), multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tensorflow", "keras", "hdr.store.models"])
    torn = 0
    for _ in range(20):
        saving = context.Event()
        saver = context.Process(target=save_forever, args=(str(home), saving))
        saver.start()
        assert saving.wait(60)
        time.sleep(draw.uniform(0.0, 0.3))
        saver.kill()
        saver.join()
        torn += len(list((home / "models").glob(".*")))
        trainer.sweep(run.id)
        assert sorted(path.name for path in (home / "models").iterdir()) == ["base", "victim"]
        assert load_weights("victim").count_params() == read_card("victim")["parameters"]
    assert torn >= 10, "the kills missed the writing"
    assert models.load_model("victim").name == "victim"


@pytest.fixture
def small_disk(tmp_path):
    """A disk of a few megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root alone")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk(home, small_disk, monkeypatch):
    monkeypatch.setenv("HDR_HOME", str(small_disk))
    with pytest.raises(StoreError, match=r"Only 4 MB are free .* needs 200 MB\. Delete old runs or make room"):
        jobs.submit(plan())
    assert runs.list_runs() == []
    shutil.copytree(home / "data", small_disk / "data")
    monkeypatch.setattr(trainer, "ROOM_BYTES", 0)
    filler = small_disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - 400_000))
    run, stored = jobs.submit_here(plan(3), "mine")
    assert (run.state, stored) == ("failed", None)
    assert "cannot be written" in run.message
    assert "room" in run.message
    assert "mine" not in list_models()
    assert [path for path in small_disk.rglob(".*") if path.is_file()] == []
    assert models.load_model(default_model()).name == default_model()
    filler.unlink()
    runs.queue_again(run.id)
    trainer.work(runs.claim_next(run.id))
    assert runs.get_run(run.id).state == "done"


def test_a_keyboard_interrupt_is_an_interruption(home, monkeypatch):
    def interrupted(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "train", interrupted)
    run, stored = jobs.submit_here(plan(1))
    assert (run.state, stored) == ("interrupted", None)
    assert Path(home / "trainer.lock").exists()
