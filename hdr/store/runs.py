"""Training runs as rows of the database: what was asked for, how far it is, how it ended.

A row is a `Run`. At most one is `running`; the database itself sees to that. Knows nothing of processes or of
training: `hdr.learn.jobs` does.
"""

import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from hdr.errors import RunError
from hdr.store.database import reading, writing

UNFINISHED = ("stopped", "failed", "interrupted")
"""States from which a run can be resumed."""
_LOSE_MODEL = "UPDATE runs SET model = '' WHERE model = ? AND state NOT IN ('queued', 'running')"


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        id: Its number.
        kind: `train` or `search`.
        plan: What was asked for, as JSON.
        model: Name of the model that it makes; empty for a search.
        state: `queued`, `running`, `done`, `stopped`, `failed` or `interrupted`.
        stopping: Whether somebody asked it to stop.
        message: Why it failed, or what else a person should know.
        created: Seconds since 1970, as all times.
        started: When it was last started.
        seconds: Time it has worked, over all its starts.
        pid: Process that trains it, which leads a process group of its own.
        heartbeat: When that process last gave a sign.
        epoch: Epochs (of a search: trials) finished.
        epochs: Epochs (trials) asked for.
        batch: Batches of the present epoch done.
        batches: Batches in an epoch.
        pictures_per_second: On average since it was last started; None before its second batch.
        memory_mb: Peak memory of the process, MB.
    """

    id: int
    kind: str
    plan: str
    model: str
    state: str
    stopping: bool
    message: str
    created: float
    started: float | None
    seconds: float
    pid: int | None
    heartbeat: float | None
    epoch: int
    epochs: int
    batch: int
    batches: int
    pictures_per_second: float | None
    memory_mb: float | None

    @property
    def is_open(self) -> bool:
        """Whether it waits or works."""
        return self.state in ("queued", "running")

    @property
    def epochs_done(self) -> float:
        """Epochs (trials) finished, with the share of the present one that is done."""
        return self.epoch + (self.batch / self.batches if self.batches else 0.0)


_PROGRESS = {"epoch", "batch", "batches", "pictures_per_second", "memory_mb", "message"}


def add_run(kind: str, plan: str, epochs: int, model: str, *, replace_old: bool = False) -> Run:
    """Queue a new run.

    Args:
        kind: `train` or `search`.
        plan: What is asked for, as JSON.
        epochs: Epochs, or trials.
        model: Name of the model that it makes; empty for a search.
        replace_old: Whether an ended run that made a model of that name loses it.

    Raises:
        RunError: Another run makes a model of that name.
    """
    try:
        with writing() as db:
            if replace_old:
                db.execute(_LOSE_MODEL, (model,))
            row = db.execute(
                "INSERT INTO runs (kind, plan, model, state, created, epochs) VALUES (?, ?, ?, 'queued', ?, ?) "
                "RETURNING *",
                (kind, plan, model, time.time(), epochs),
            ).fetchone()
    except sqlite3.IntegrityError as error:
        raise RunError(f"Another run makes a model called {model!r}. Give another name.") from error
    return _as_run(row)


def lose_model(model: str) -> None:
    """Tell the ended runs that made a model of that name that another has taken its place."""
    with writing() as db:
        db.execute(_LOSE_MODEL, (model,))


def get_run(number: int) -> Run:
    """One run.

    Raises:
        RunError: There is none of that number.
    """
    with reading() as db:
        row = db.execute("SELECT * FROM runs WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise RunError(f"There is no run {number}. See them with: python -m hdr runs")
    return _as_run(row)


def list_runs() -> list[Run]:
    """All runs, the newest first."""
    with reading() as db:
        return [_as_run(row) for row in db.execute("SELECT * FROM runs ORDER BY id DESC")]


def claim_next(number: int | None = None) -> Run | None:
    """Turn the oldest queued run, or the given one, into the running one; None where one runs or none is queued."""
    with writing() as db:
        if db.execute("SELECT 1 FROM runs WHERE state = 'running'").fetchone():
            return None
        row = db.execute(
            "UPDATE runs SET state = 'running', started = ?, heartbeat = NULL, pid = NULL, stopping = 0, message = '' "
            "WHERE id = (SELECT min(id) FROM runs WHERE state = 'queued' AND id = coalesce(?, id)) RETURNING *",
            (time.time(), number),
        ).fetchone()
    return _as_run(row) if row else None


def beat(number: int, pid: int) -> bool:
    """Give a sign of life; returns whether the run was asked to stop, or is no longer its process's."""
    with writing() as db:
        row = db.execute(
            "UPDATE runs SET heartbeat = ?, pid = ? WHERE id = ? AND state = 'running' RETURNING stopping",
            (time.time(), pid, number),
        ).fetchone()
    return row is None or bool(row["stopping"])


def note_progress(number: int, **columns: float | int | str | None) -> None:
    """Write how far a run is: `epoch`, `batch`, `batches`, `pictures_per_second`, `memory_mb`, `message`."""
    assert columns.keys() <= _PROGRESS, columns
    with writing() as db:
        assignments = ", ".join(f"{name} = :{name}" for name in columns)
        db.execute(f"UPDATE runs SET {assignments} WHERE id = :id", columns | {"id": number})


def note_epochs(number: int, history: Sequence[Mapping[str, float]]) -> None:
    """Write the history so far, as `hdr.learn.fit` gives it: it replaces what was known."""
    columns = ("epoch", "seconds", "accuracy", "loss", "val_accuracy", "val_loss")
    with writing() as db:
        db.execute("DELETE FROM epochs WHERE run = ?", (number,))
        db.executemany(
            f"INSERT INTO epochs (run, {', '.join(columns)}) VALUES ({number}, ?, ?, ?, ?, ?, ?)",
            [[line[column] for column in columns] for line in history],
        )
        db.execute("UPDATE runs SET epoch = ?, batch = 0 WHERE id = ?", (len(history), number))


def read_epochs(number: int) -> dict[str, list[float]]:
    """The history of a run by column, like `hdr.store.cards.read_history`; empty before the first epoch's end."""
    with reading() as db:
        rows = db.execute("SELECT * FROM epochs WHERE run = ? ORDER BY epoch", (number,)).fetchall()
    return {column: [row[column] for row in rows] for column in rows[0].keys() if column != "run"} if rows else {}  # noqa: SIM118 - a row's keys


def best_accuracies() -> dict[int, float]:
    """Validation accuracy, 0..1, of the epoch that is kept, which has the lowest loss, by the run's number."""
    with reading() as db:
        return {
            row["run"]: row["val_accuracy"]
            for row in db.execute(
                "SELECT run, val_accuracy FROM epochs AS kept WHERE epoch = "
                "(SELECT epoch FROM epochs WHERE run = kept.run ORDER BY val_loss, epoch DESC LIMIT 1)"
            )
        }


def end_run(number: int, state: str, message: str = "", *, at: float | None = None) -> None:
    """Close a running run as `done`, `stopped`, `failed` or `interrupted`; anything else stays as it is.

    Args:
        number: Of the run.
        state: What it becomes.
        message: Why.
        at: When it ended, seconds since 1970; now where None.
    """
    with writing() as db:
        db.execute(
            "UPDATE runs SET state = ?, message = ?, ended = ?, pid = NULL, stopping = 0, "
            "seconds = seconds + max(0, ? - started) WHERE id = ? AND state = 'running'",
            (state, message, ended := at or time.time(), ended, number),
        )


def ask_to_stop(number: int) -> None:
    """Ask a running run to stop, or take a queued one out of the queue."""
    with writing() as db:
        db.execute("UPDATE runs SET stopping = 1 WHERE id = ? AND state = 'running'", (number,))
        db.execute(
            "UPDATE runs SET state = 'stopped', ended = ? WHERE id = ? AND state = 'queued'", (time.time(), number)
        )


def queue_again(number: int) -> None:
    """Queue a run that ended before its time.

    Raises:
        RunError: It is not in such a state.
    """
    with writing() as db:
        changed = db.execute(
            f"UPDATE runs SET state = 'queued', message = '', stopping = 0 WHERE id = ? AND state IN {UNFINISHED}",
            (number,),
        ).rowcount
    if not changed:
        raise RunError(
            f"Run {number} is {get_run(number).state}; only a {', '.join(UNFINISHED[:-1])} or {UNFINISHED[-1]} run "
            "can be resumed."
        )


def delete_run(number: int) -> None:
    """Forget a run and its history.

    Raises:
        RunError: It is running.
    """
    with writing() as db:
        changed = db.execute("DELETE FROM runs WHERE id = ? AND state != 'running'", (number,)).rowcount
    if not changed and get_run(number).state == "running":
        raise RunError(f"Run {number} is running. Stop it first.")


def _as_run(row: sqlite3.Row) -> Run:
    values: dict[str, Any] = {field.name: row[field.name] for field in fields(Run)}
    return Run(**values | {"stopping": bool(values["stopping"])})
