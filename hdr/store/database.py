"""The one SQLite file of a person's runs and promotions: `HDR_HOME/hdr.sqlite3`, opened, migrated, kept safe.

Write-ahead log, flushed at every commit; writers take the lock first (`BEGIN IMMEDIATE`) and wait for each other for
up to five seconds. Migrations are numbered by their place in the list and kept in `PRAGMA user_version`: to change the
tables, append one, never edit one.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from hdr.config import home_folder
from hdr.errors import StoreError

MIGRATIONS = (
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL CHECK (kind IN ('train', 'search')),
        plan TEXT NOT NULL,
        model TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'stopped', 'failed', 'interrupted')),
        stopping INTEGER NOT NULL DEFAULT 0,
        message TEXT NOT NULL DEFAULT '',
        created REAL NOT NULL,
        started REAL,
        ended REAL,
        seconds REAL NOT NULL DEFAULT 0,
        pid INTEGER,
        heartbeat REAL,
        epoch INTEGER NOT NULL DEFAULT 0,
        epochs INTEGER NOT NULL,
        batch INTEGER NOT NULL DEFAULT 0,
        batches INTEGER NOT NULL DEFAULT 0,
        pictures_per_second REAL,
        memory_mb REAL
    );
    CREATE UNIQUE INDEX one_running ON runs (state) WHERE state = 'running';
    CREATE UNIQUE INDEX one_maker ON runs (model) WHERE model != '';
    CREATE TABLE epochs (
        run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        epoch INTEGER NOT NULL,
        seconds REAL NOT NULL,
        accuracy REAL NOT NULL,
        loss REAL NOT NULL,
        val_accuracy REAL NOT NULL,
        val_loss REAL NOT NULL,
        PRIMARY KEY (run, epoch)
    );
    CREATE TABLE promotions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        model TEXT NOT NULL,
        date REAL NOT NULL,
        evidence TEXT NOT NULL
    );
    """,
)


def database_path() -> Path:
    """Where the database lies; it need not exist yet."""
    return home_folder() / "hdr.sqlite3"


@contextmanager
def reading() -> Iterator[sqlite3.Connection]:
    """A connection for queries; creates the database at the first use.

    Raises:
        StoreError: The file cannot be opened or is no database of ours.
    """
    with _open() as connection:
        yield connection


@contextmanager
def writing() -> Iterator[sqlite3.Connection]:
    """A connection inside one transaction that has the writers' lock; committed at the end, undone by an exception.

    Raises:
        StoreError: The file cannot be written, the disk is full, or another writer held the lock for five seconds.
    """
    with _open() as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


@contextmanager
def _open() -> Iterator[sqlite3.Connection]:
    path, connection = database_path(), None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=5.0, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
        _migrate(connection, path)
        yield connection
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, sqlite3.IntegrityError):
            raise
        raise StoreError(
            f"{path} cannot be used ({error}). Make its folder writable and some room there; if the file is "
            "damaged, move it away: models are kept elsewhere."
        ) from error
    finally:
        if connection is not None:
            connection.close()


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables up to date; a database of a newer version is refused."""
    if _version(connection) == len(MIGRATIONS):
        return
    with FileLock(f"{path}.lock"):  # changing to the write-ahead log waits for nobody
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)  # another process may have been faster
        if version > len(MIGRATIONS):
            raise StoreError(
                f"{path} was written by a newer version of this software (tables {version}, known "
                f"{len(MIGRATIONS)}). Update it, or set HDR_HOME to another folder."
            )
        for number, script in enumerate(MIGRATIONS[version:], version + 1):
            for statement in script.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
