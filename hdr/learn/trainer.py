"""The process that trains: it holds the trainer's lock, gives signs of life, and notes how its run goes and ends.

A run is a row of `hdr.store.runs`, claimed before it comes here. `hdr.learn.jobs` starts this process and looks after
it.
"""

import contextlib
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from hdr.config import home_folder, model_folders
from hdr.errors import HdrError, RunError, StoreError
from hdr.files import sweep_drafts
from hdr.learn.fit import Watcher
from hdr.learn.heartbeat import NOTE_SECONDS, Heart, beating_heart
from hdr.learn.plan import Plan, plan_from_json
from hdr.learn.progress import Lines
from hdr.learn.trackers import tracker_callbacks
from hdr.learn.train import train
from hdr.learn.tune import run_search
from hdr.store import runs
from hdr.store.runs import Run

GRACE_SECONDS = 30.0
"""How long a new trainer may take to get hold of the lock."""
ROOM_BYTES = 200_000_000
"""Free disk that a run needs before it starts."""


def work(run: Run) -> Path | None:
    """Train a claimed run in this process and note how it ended.

    Returns:
        The model's folder; None where there is none, of a search or a run that ended before its first epoch.

    Raises:
        RunError: Another process trains.
    """
    with lock_if_free(wait=GRACE_SECONDS / 2) as free:
        if not free:
            runs.end_run(run.id, "interrupted", "Another trainer was still at work. Resume it.")
            raise RunError("Another trainer is still at work.")
        with beating_heart(run.id) as heart:
            return _worked(run, heart)


def _worked(run: Run, heart: Heart) -> Path | None:
    stored, state, message = None, "done", ""
    try:
        check_room()
        sweep(run.id)
        if run.kind == "search":
            stopped = run_search(run, heart)
        else:
            stored = _trained(run, heart)
            stopped = heart.stopping and runs.get_run(run.id).epoch < run.epochs
        state = "stopped" if stopped else "done"
    except HdrError as error:
        state, message = ("stopped" if heart.stopping else "failed"), str(error)
    except (MemoryError, OSError) as error:
        state, message = "failed", f"{type(error).__name__}: {error}"
    except KeyboardInterrupt:
        state, message = "interrupted", "Ended from the keyboard."
    except Exception as error:
        runs.end_run(run.id, "failed", f"A fault in the program, see the log: {type(error).__name__}: {error}")
        raise
    if message:
        sys.stderr.write(message + "\n")
    runs.end_run(run.id, state, message)
    return stored


def _trained(run: Run, heart: Heart) -> Path:
    plan = plan_from_json(run.plan)
    return train(
        plan,
        name=run.model,
        replace_old=True,
        watcher=_RunWatcher(run, plan, heart),
        checkpoint=run_folder(run.id) / "checkpoint.npz",
    )


def sweep(number: int) -> None:
    """Remove what a killed trainer left half written among the models and in a run's folder."""
    for folder in (model_folders()[-1], run_folder(number)):
        sweep_drafts(folder)


def run_folder(number: int) -> Path:
    """Where a run keeps its log and its checkpoint."""
    return home_folder() / "runs" / str(number)


def check_room() -> None:
    """Refuse to start where the disk is nearly full.

    Raises:
        StoreError: It says how much is free and how much is needed.
    """
    home = home_folder()
    try:
        home.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(home).free
    except OSError as error:
        raise StoreError(f"{home} cannot be used ({error}). Set HDR_HOME to a folder that can be written.") from error
    if free < ROOM_BYTES:
        raise StoreError(
            f"Only {free / 1e6:.0f} MB are free in {home}; a run needs {ROOM_BYTES / 1e6:.0f} MB. Delete old runs or "
            "make room."
        )


@contextlib.contextmanager
def lock_if_free(wait: float = 0.0) -> Iterator[bool]:
    """Hold the trainer's lock for the block, where nobody else does; gives whether it was free."""
    lock = FileLock(home_folder() / "trainer.lock", timeout=wait)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


class _RunWatcher(Watcher):
    """Writes a training's progress into its run, about twice a second, and passes on the wish to stop."""

    def __init__(self, run: Run, plan: Plan, heart: Heart) -> None:
        self.run, self.plan, self.heart = run, plan, heart
        self.began, self.noted, self.batches = 0.0, 0.0, 0

    def batch_done(self, done: int, of: int) -> bool:
        """The rate is that of all batches but the first, in which TensorFlow compiles: it does not jump."""
        now = time.monotonic()
        self.began = self.began or now
        if now - self.noted > NOTE_SECONDS:
            self.noted = now
            rate = self.batches * self.plan.settings.batch_size / (now - self.began) if self.batches else None
            told = {"batch": done, "batches": of, "pictures_per_second": rate, "memory_mb": _peak_memory()}
            with contextlib.suppress(StoreError):
                runs.note_progress(self.run.id, **told)
        self.batches += 1
        return self.heart.stopping

    def epoch_done(self, history: Lines) -> None:
        runs.note_epochs(self.run.id, history)
        runs.note_progress(self.run.id, memory_mb=_peak_memory())

    def callbacks(self) -> list[Any]:
        return tracker_callbacks(self.plan, run_folder(self.run.id), self.run.model)


def _peak_memory() -> float:
    import resource

    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
