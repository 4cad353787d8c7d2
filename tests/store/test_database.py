"""The database file: made at the first use, brought up to date with its rows, undone by an error, refused plainly."""

import os
import sqlite3

import pytest

from hdr.errors import StoreError
from hdr.store import database
from hdr.store.database import MIGRATIONS, database_path, reading, writing

WISH = "INSERT INTO promotions (model, date, evidence) VALUES (?, 1.5, '{}')"
FIRST = "CREATE TABLE pens (name TEXT); CREATE TABLE papers (name TEXT);"
SECOND = "ALTER TABLE pens ADD COLUMN width REAL NOT NULL DEFAULT 2.5;"
BROKEN = "CREATE TABLE inks (name TEXT); CREATE TABLE pens (name TEXT);"


@pytest.fixture(autouse=True)
def path(tmp_path, monkeypatch):
    """The database of an empty home, two folders deep."""
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "deep" / "home"))
    return tmp_path / "deep" / "home" / "hdr.sqlite3"


@pytest.fixture
def hurry(monkeypatch):
    """Nobody waits for a lock."""
    connect = sqlite3.connect
    monkeypatch.setattr(database.sqlite3, "connect", lambda path, **options: connect(path, **options | {"timeout": 0}))


def migrate(monkeypatch, *migrations: str) -> None:
    """Open the database as a version of the software that knows these migrations."""
    monkeypatch.setattr(database, "MIGRATIONS", migrations)
    with reading():
        pass


def write(*steps: tuple[str, ...], error: BaseException | None = None) -> None:
    """One transaction of statements with their values, and of an exception in the end."""
    with writing() as db:
        for statement, *values in steps:
            db.execute(statement, values)
        if error:
            raise error


def ask(path, question: str) -> list[tuple]:
    """What another program finds in the file."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


def models(path) -> list[str]:
    return [model for (model,) in ask(path, "SELECT model FROM promotions ORDER BY id")]


# --- the first use --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("use", [reading, writing])
def test_it_is_made_at_the_first_use(path, use):
    assert database_path() == path
    assert not path.exists()
    with use() as db:
        assert db.execute("SELECT count(*) FROM runs").fetchone()[0] == 0
    assert ask(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]
    assert ask(path, "PRAGMA journal_mode") == [("wal",)]
    tables = {name for (name,) in ask(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables >= {"runs", "epochs", "promotions"}


def test_every_connection_is_set_up(path):
    for _ in range(2):
        with reading() as db:
            assert [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("foreign_keys", "synchronous")] == [1, 2]
            assert db.execute("PRAGMA busy_timeout").fetchone()[0] == 5000
            assert db.execute("SELECT 1 AS one").fetchone()["one"] == 1
    assert [file.name for file in path.parent.iterdir()] == ["hdr.sqlite3", "hdr.sqlite3.lock"]


def test_connections_are_closed():
    kept = []
    for use in (reading, writing):
        with use() as db:
            kept.append(db)
    for db in kept:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            db.execute("SELECT 1")


def test_the_home_is_asked_for_at_each_use(path, tmp_path, monkeypatch):
    with writing() as db:
        db.execute(WISH, ("first",))
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "other"))
    with reading() as db:
        assert db.execute("SELECT count(*) FROM promotions").fetchone()[0] == 0
    assert models(path) == ["first"]


# --- transactions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [KeyError("mine"), KeyboardInterrupt()])
def test_an_exception_undoes_all(path, error):
    with writing() as db:
        db.execute(WISH, ("before",))
    with pytest.raises(type(error)):
        write((WISH, "lost"), ("DELETE FROM promotions WHERE model = ?", "before"), error=error)
    assert models(path) == ["before"]
    with writing() as db:  # the lock is free again
        db.execute(WISH, ("after",))
    assert models(path) == ["before", "after"]


def test_nobody_sees_half_a_transaction(path):
    with writing() as db:
        db.execute(WISH, ("first",))
        assert models(path) == []
        with reading() as other:
            assert other.execute("SELECT count(*) FROM promotions").fetchone()[0] == 0
    assert models(path) == ["first"]


def test_a_wrong_statement_is_undone_and_explained(path):
    with pytest.raises(StoreError, match="no such table: pens"):
        write((WISH, "lost"), ("INSERT INTO pens VALUES (?)", "fine"))
    assert models(path) == []


def test_broken_rules_stay_what_they_are():
    """A caller can tell a second running run from a full disk."""
    with pytest.raises(sqlite3.IntegrityError):
        write(("INSERT INTO epochs VALUES (?, 1, 1, 1, 1, 1, 1)", "no run"))


# --- migrations -----------------------------------------------------------------------------------------------------


def test_an_older_file_is_brought_up_to_date_with_its_rows(path, monkeypatch):
    migrate(monkeypatch, FIRST)
    with writing() as db:
        db.executemany("INSERT INTO pens VALUES (?)", [("fine",), ("broad",)])
    assert ask(path, "PRAGMA user_version") == [(1,)]
    migrate(monkeypatch, FIRST, SECOND, "CREATE TABLE inks (name TEXT)")
    assert ask(path, "PRAGMA user_version") == [(3,)]
    assert ask(path, "SELECT * FROM pens") == [("fine", 2.5), ("broad", 2.5)]
    assert ask(path, "SELECT * FROM inks") == []
    migrate(monkeypatch, FIRST, SECOND, "CREATE TABLE inks (name TEXT)")  # nothing is done twice
    assert ask(path, "SELECT * FROM pens") == [("fine", 2.5), ("broad", 2.5)]


def test_todays_file_takes_a_further_migration(path, monkeypatch):
    with writing() as db:
        db.execute(WISH, ("first",))
    migrate(monkeypatch, *MIGRATIONS, "ALTER TABLE promotions ADD COLUMN person TEXT NOT NULL DEFAULT 'me'")
    assert ask(path, "SELECT model, date, person FROM promotions") == [("first", 1.5, "me")]
    assert ask(path, "PRAGMA user_version") == [(len(MIGRATIONS) + 1,)]


def test_a_migration_that_fails_is_undone_with_all_before_it(path, monkeypatch):
    migrate(monkeypatch, FIRST)
    with pytest.raises(StoreError, match="pens already exists"):
        migrate(monkeypatch, FIRST, SECOND, BROKEN)
    assert ask(path, "PRAGMA user_version") == [(1,)]
    assert [column for _, column, *_ in ask(path, "PRAGMA table_info(pens)")] == ["name"]
    assert ask(path, "PRAGMA table_info(inks)") == []
    migrate(monkeypatch, FIRST, SECOND)
    assert ask(path, "PRAGMA user_version") == [(2,)]


def test_a_file_of_a_newer_version_is_refused_and_left_alone(path, monkeypatch):
    migrate(monkeypatch, FIRST, SECOND)
    monkeypatch.setattr(database, "MIGRATIONS", (FIRST,))
    for use in (reading, writing):
        with pytest.raises(StoreError, match=r"newer version .*\(tables 2, known 1\).*HDR_HOME") as caught, use():
            pytest.fail("it was opened")
        assert str(path) in str(caught.value)
    assert ask(path, "PRAGMA user_version") == [(2,)]


def test_another_process_may_have_migrated_just_before(path, monkeypatch):
    """The version is looked at again once the lock is held: else tables would be made twice."""
    migrate(monkeypatch, FIRST, SECOND)
    outdated, true_version = [0], database._version
    monkeypatch.setattr(database, "_version", lambda db: outdated.pop() if outdated else true_version(db))
    with reading() as db:
        assert db.execute("SELECT * FROM pens").fetchall() == []
    assert not outdated
    assert ask(path, "PRAGMA user_version") == [(2,)]


# --- what cannot be used --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("use", [reading, writing])
@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_database(path, use, content):
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="move it away") as caught, use():
        pytest.fail("it was opened")
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_a_database_of_another_program(path):
    path.parent.mkdir(parents=True)
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE runs (name TEXT)")
    other.close()
    with pytest.raises(StoreError, match="runs already exists"), reading():
        pytest.fail("it was opened")
    assert ask(path, "SELECT name FROM sqlite_master") == [("runs",)]


@pytest.mark.usefixtures("hurry")
def test_a_writer_that_never_ends_is_not_waited_for(path):
    with writing() as db:
        db.execute(WISH, ("first",))
        with pytest.raises(StoreError, match="database is locked") as caught, writing():
            pytest.fail("two writers at once")
        with reading() as reader:  # readers never wait for a writer
            assert reader.execute("SELECT count(*) FROM promotions").fetchone()[0] == 0
    assert str(path) in str(caught.value)
    assert models(path) == ["first"]


def fill_it_up(path) -> None:
    path.mkdir(parents=True)


def no_folder(path) -> None:
    path.parent.parent.mkdir()
    path.parent.write_bytes(b"")


@pytest.mark.parametrize(
    "spoil", [fill_it_up, no_folder], ids=["a folder of that name", "a file in its folder's place"]
)
def test_a_place_where_no_file_can_be(path, spoil):
    spoil(path)
    with pytest.raises(StoreError, match="Make its folder writable") as caught, reading():
        pytest.fail("it was opened")
    assert str(path) in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(path):
    path.parent.mkdir(parents=True)
    path.parent.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="Make its folder writable"), writing():
            pytest.fail("it was opened")
    finally:
        path.parent.chmod(0o700)


def test_a_full_disk(path):
    """SQLite's own limit of pages stands for the disk's end."""
    with writing() as db:
        db.execute(WISH, ("first",))
    with pytest.raises(StoreError, match="full"):
        write(("PRAGMA max_page_count = 1",), *[(WISH, "x" * 1000)] * 1000)
    assert models(path) == ["first"]
