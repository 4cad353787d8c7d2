"""Runs that outlive the page that started them: queue, detached process, stop, resume, and what a crash leaves behind.

A run is a row of `hdr.store.runs`. One process at a time trains, the trainer: it holds a file lock for as long as it
lives, leads a process group of its own, works at the lowest priority and gives a sign of life every few seconds.
Whoever looks at the runs reconciles them first: a run that is marked as running while nobody holds the lock was
killed, and becomes `interrupted`; then the next in the queue is started.
"""

import contextlib
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from hdr.config import PROJECT, model_folders
from hdr.errors import RunError, SettingsError
from hdr.learn.plan import Plan
from hdr.learn.record import check_name
from hdr.learn.search import Search, search_from_json
from hdr.learn.studies import delete_study
from hdr.learn.trainer import GRACE_SECONDS, check_room, lock_if_free, run_folder, sweep, work
from hdr.learn.vote import train_ensemble
from hdr.store import runs
from hdr.store.cards import list_models
from hdr.store.models import delete_model
from hdr.store.promotions import defaults
from hdr.store.runs import Run

SILENT_SECONDS = 60.0
"""After so long without a sign of life a trainer that is asked to stop is killed."""
_CHATTER = re.compile(
    r"WARNING: All log messages before absl|To enable the following instructions"
    r"|([IW]\d{4} |\d{4}-\d\d-\d\d [\d:.]+: [IW] )|(E\d{4} |\d{4}-\d\d-\d\d [\d:.]+: E ).*\bcu(da|dnn|fft|blas)",
    re.IGNORECASE,
)
"""Lines of the log about the processor, and about the CUDA that is not there."""
_children: list[subprocess.Popen[bytes]] = []
"""Trainers started by this process, kept to be told when they end."""


def submit(plan: Plan, name: str | None = None) -> Run:
    """Queue a run, and start it if no other is running.

    Raises:
        SettingsError: The model's name is taken by a model, or none.
        RunError: Another run makes a model of that name.
        StoreError: There is too little room, or the database cannot be written.
    """
    check_room()
    run = _add(plan, name, replace_old=False)
    start_next()
    return runs.get_run(run.id)


def submit_here(plan: Plan, name: str | None = None, *, replace_old: bool = False) -> tuple[Run, Path | None]:
    """Queue a run and, if no other is running, train it in this very process.

    Returns:
        The run as it ended, or as it waits, and its model's folder where there is one.

    Raises:
        SettingsError: The model's name is taken by a model, or none.
        RunError: Another run makes a model of that name.
        StoreError: There is too little room, or the database cannot be written.
    """
    check_room()
    reconcile()
    run = _add(plan, name, replace_old=replace_old)
    return _work_here(run)


def _work_here(run: Run) -> tuple[Run, Path | None]:
    claimed = runs.claim_next(run.id)
    stored = work(claimed) if claimed else None
    start_next()
    return runs.get_run(run.id), stored


def free_name(net: str) -> str:
    """A name for a new model of a net that neither a model nor another run has, such as `cnn-2`."""
    taken = {run.model for run in runs.list_runs()}.union(list_models())
    return next(name for number in itertools.count(1) if (name := f"{net}-{number}") not in taken)


def check_free(name: str, *, replace_old: bool = False) -> None:
    """Refuse a name that a new model cannot have; that of a stored one, or of an ended run's, unless it is replaced.

    Raises:
        SettingsError: It is no name, or a stored model has it.
        RunError: Another run makes a model of that name.
    """
    check_name(name, replace_old=replace_old)
    makers = (run for run in runs.list_runs() if run.model == name and (run.is_open or not replace_old))
    if maker := next(makers, None):
        raise RunError(f"Run {maker.id} makes a model called {name!r}. Give another name.")


def _add(plan: Plan, name: str | None, *, replace_old: bool) -> Run:
    """Queue a run, under a free name unless one is given."""
    add = partial(runs.add_run, "train", plan.as_json(), plan.settings.epochs)
    if name:
        check_name(name, replace_old=replace_old)
        return add(name, replace_old=replace_old)
    while True:
        with contextlib.suppress(RunError):  # somebody may take the free name just now: then the next
            return add(free_name(plan.net))


def vote_here(members: tuple[str, ...], name: str, *, replace_old: bool = False) -> Path:
    """Store an ensemble, as `train_ensemble` does, in the place of no run's model; returns its folder.

    Raises:
        SettingsError: There are too few members, or the name is taken by a model, or none.
        RunError: A run makes a model of that name.
        ModelError: A member is missing or damaged, or reads something else than the others.
        DataError: MNIST cannot be found, or, to test string nets, the cheques.
    """
    check_free(name, replace_old=replace_old)
    stored = train_ensemble(members, name=name, replace_old=replace_old)
    runs.lose_model(name)
    return stored


def submit_search(search: Search) -> Run:
    """Queue a search, and start it if nothing is running.

    Raises:
        StoreError: There is too little room, or the database cannot be written.
    """
    check_room()
    run = runs.add_run("search", search.as_json(), search.trials, "")
    start_next()
    return runs.get_run(run.id)


def search_here(search: Search) -> Run:
    """Queue a search and, if nothing is running, make its trials in this very process.

    Raises:
        StoreError: There is too little room, or the database cannot be written.
    """
    check_room()
    reconcile()
    return _work_here(runs.add_run("search", search.as_json(), search.trials, ""))[0]


def reconcile() -> None:
    """Make the table true: a run whose trainer is dead is `interrupted`, drafts are swept, the next run is started."""
    for child in list(_children):
        if child.poll() is not None:
            _children.remove(child)
    known = runs.list_runs()
    running = next((run for run in known if run.state == "running"), None)
    if running and (running.pid or time.time() - (running.started or 0.0) > GRACE_SECONDS):
        with lock_if_free() as free:
            if free:
                last = running.heartbeat or running.started
                runs.end_run(running.id, "interrupted", "Its process died: killed, or out of memory or disk.", at=last)
                sweep(running.id)
                running = None
    if running is None and any(run.state == "queued" for run in known):
        start_next()


def _truly(run: Run) -> Run:
    """The run as it is: one whose trainer has died is no longer running."""
    if run.state == "running":
        reconcile()
    return runs.get_run(run.id)


def start_next() -> Run | None:
    """Start the trainer of the oldest queued run, where nothing is running."""
    run = runs.claim_next()
    if run is None:
        return None
    folder = run_folder(run.id)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "log.txt").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "hdr", "train", "--job", str(run.id)],
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
    except OSError as error:
        runs.end_run(run.id, "failed", f"Its process could not be started ({error}).")
        return None
    _children.append(child)
    return run


def run_job(number: int) -> None:
    """Be the trainer of a run that was claimed: what `python -m hdr train --job ID` does."""
    with contextlib.suppress(OSError):
        os.nice(19)
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    work(runs.get_run(number))
    start_next()


def stop(number: int) -> None:
    """Ask a run to stop: it keeps its best weights so far. A trainer that has long been silent is killed."""
    run = _truly(runs.get_run(number))
    runs.ask_to_stop(number)
    silent = run.pid and run.heartbeat and time.time() - run.heartbeat > SILENT_SECONDS
    if run.state == "running" and silent and run.pid:
        with lock_if_free() as free:
            if not free:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(run.pid, signal.SIGKILL)


def resume(number: int) -> Run:
    """Queue a stopped, failed or interrupted run again: it goes on from its last finished epoch.

    Raises:
        RunError: It is in no such state, or its model was replaced, or has become the default and must stay as it is.
    """
    run = _truly(runs.get_run(number))
    if run.kind == "train" and not run.model:
        raise RunError(f"Another run has replaced the model of run {number}. Repeat the run instead.")
    if run.model in defaults():
        raise RunError(f"The model of run {number} is the default now and stays as it is. Repeat the run instead.")
    check_room()
    runs.queue_again(number)
    start_next()
    return runs.get_run(number)


def delete(number: int) -> None:
    """Forget a run, with the model or the study that it made and its files; an older model of that name stays.

    Raises:
        RunError: It is running, or its model is a default.
        StoreError: Its model cannot be removed, or the database not written.
    """
    run = _truly(runs.get_run(number))
    if run.model in defaults():
        raise RunError(f"The model of run {number} is the default. Promote another first.")
    runs.delete_run(number)
    if run.kind == "search":
        _delete_study(run)
    shutil.rmtree(run_folder(number), ignore_errors=True)
    card = model_folders()[-1] / run.model / "card.json"
    if card.is_file() and card.stat().st_mtime >= run.created:
        delete_model(run.model)


def _delete_study(run: Run) -> None:
    """Delete a search's trials from this machine's file, unless another search goes on with them."""
    with contextlib.suppress(SettingsError):  # a damaged plan names no study
        search = search_from_json(run.plan)
        others = [other for other in runs.list_runs() if other.kind == "search"]
        if search.storage is None and not any(_is_of_study(other, search.study) for other in others):
            delete_study(search)


def _is_of_study(run: Run, study: str) -> bool:
    try:
        other = search_from_json(run.plan)
    except SettingsError:
        return False
    return other.storage is None and other.study == study


def read_log(number: int, lines: int = 40) -> str:
    """The end of a run's log, without what TensorFlow says of the machine."""
    path = run_folder(number) / "log.txt"
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 200 * lines))
        said = file.read().decode("utf-8", "replace").replace("\b", "").splitlines()
    return "\n".join([line for line in said if not _CHATTER.match(line)][-lines:])
