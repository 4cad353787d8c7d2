"""Batches on disk: what was asked comes back, the journal forgets nothing and believes nothing half written."""

import json

import pytest

from hdr.errors import StoreError
from hdr.store import batches
from hdr.store.batches import Entry, Journal, Source, create_batch, delete_batch, get_batch, keep_files, list_batches


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def entry(file: str, page: int = 1, pages: int = 1, stamp: str = "s") -> Entry:
    return Entry(f"{file}#{page}", file, stamp, {"text": f"{file} {page}"}, None, page, pages)


def test_what_was_asked_comes_back(tmp_path):
    files = [Source("a.png", tmp_path / "a.png"), Source("π.png", tmp_path / "b.png")]
    made = create_batch({"model": "cnn"}, files)
    found = get_batch(made.id)
    assert found == made
    assert (found.about, found.files) == ({"model": "cnn"}, tuple(files))
    assert list_batches() == [made.id]


def test_a_batch_asked_again_keeps_its_answers():
    batch = create_batch({}, [], "mine")
    journal = batch.journal()
    with journal.writing():
        journal.add(entry("a"))
    assert [kept.file for kept in create_batch({"new": 1}, [], "mine").journal().entries()] == ["a"]
    delete_batch("mine")
    assert list_batches() == []
    assert list(create_batch({}, [], "mine").journal().entries()) == []


def test_uploads_are_kept_under_names_of_ours(home):
    sources = keep_files("mine", {"../../evil.png": b"1", "b.png": b"2"})
    assert [(source.name, source.path.read_bytes()) for source in sources] == [
        ("../../evil.png", b"1"),
        ("b.png", b"2"),
    ]
    assert {source.path.parent for source in sources} == {home / "batches" / "mine" / "files"}
    delete_batch("mine")
    assert not sources[0].path.exists()


@pytest.mark.parametrize("name", ["..", "../runs", "", "a/b", ".hidden", "unknown"])
def test_there_is_no_such_batch(name):
    with pytest.raises(StoreError, match="There is no batch"):
        get_batch(name)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"about": {}, "files": [1], "created": 0}'])
def test_a_damaged_batch(content):
    (create_batch({}, [], "mine").folder / "batch.json").write_text(content)
    with pytest.raises(StoreError, match="cannot be read"):
        get_batch("mine")


def test_one_that_is_being_read_is_not_deleted():
    batch = create_batch({}, [], "mine")
    with batch.journal().writing(), pytest.raises(StoreError, match="Another process"):
        delete_batch("mine")
    assert list_batches() == ["mine"]
    delete_batch("never-there")


# --- the journal ----------------------------------------------------------------------------------------------------


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "j.jsonl")


def test_entries_by_file_and_page(journal, tmp_path):
    with journal.writing():
        for answer in (entry("b", 2, 2), entry("a"), entry("b", 1, 2)):
            journal.add(answer)
    for found in (journal, Journal(tmp_path / "j.jsonl")):
        assert [answer.name for answer in found.entries()] == ["b#1", "b#2", "a#1"]
        assert [answer.name for answer in found.entries(["a", "c", "b"])] == ["a#1", "b#1", "b#2"]
        assert found.entry("b", 2) == entry("b", 2, 2)
        assert found.pages_done("b", "s") == {1: 2, 2: 2}
        assert found.pages_done("b", "changed") == found.pages_done("c", "s") == {}


def test_a_changed_file_takes_the_place_of_the_old_one(journal, tmp_path):
    with journal.writing():
        for answer in (entry("b", 1, 2), entry("b", 2, 2), entry("b", 1, 1, "new")):
            journal.add(answer)
    for found in (journal, Journal(tmp_path / "j.jsonl")):
        assert [answer.stamp for answer in found.entries()] == ["new"]
        assert found.pages_done("b", "new") == {1: 1}


@pytest.mark.parametrize("rest", [b"{", b'{"name": "x"', b'{"name": "x"}', b"\xff\x00", b"", b"x" * 999])
def test_a_half_written_line_is_cut_off(journal, tmp_path, rest):
    path = tmp_path / "j.jsonl"
    with journal.writing():
        journal.add(entry("a"))
    with path.open("ab") as file:
        file.write(rest)
    again = Journal(path)
    assert [answer.file for answer in again.entries()] == ["a"]
    with again.writing():
        again.add(entry("b"))
    assert [answer.file for answer in Journal(path).entries()] == ["a", "b"]
    assert [json.loads(line)["file"] for line in path.read_bytes().splitlines()] == ["a", "b"]


@pytest.mark.parametrize("line", [b"nonsense\n", b"{}\n", b"[1]\n", b"\xff\n", b'{"name": 1, "unknown": 2}\n', b"\n"])
def test_a_spoilt_line_is_read_again(journal, tmp_path, line):
    path = tmp_path / "j.jsonl"
    with journal.writing():
        journal.add(entry("a"))
    path.write_bytes(line + path.read_bytes())
    assert [answer.file for answer in Journal(path).entries()] == ["a"]


def test_what_another_process_wrote_meanwhile_is_kept(journal, tmp_path):
    other = Journal(tmp_path / "j.jsonl")
    with other.writing():
        other.add(entry("a"))
    with journal.writing():
        journal.add(entry("b"))
    assert [answer.file for answer in Journal(tmp_path / "j.jsonl").entries()] == ["a", "b"]


def test_a_journal_is_flushed_now_and_then_and_at_the_end(journal, monkeypatch):
    flushed = []
    monkeypatch.setattr(batches.os, "fsync", flushed.append)
    monkeypatch.setattr(batches, "_FLUSH_SECONDS", 1000)
    with journal.writing():
        for number in range(50):
            journal.add(entry(str(number)))
        assert len(flushed) <= 1
    assert 1 <= len(flushed) <= 2


def test_a_journal_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be used"), Journal(tmp_path / "file" / "j.jsonl").writing():
        pass


def test_a_full_disk_is_said_plainly(journal, monkeypatch, tmp_path):
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(batches.os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"), journal.writing():
        journal.add(entry("a"))
    monkeypatch.undo()
    with Journal(tmp_path / "j.jsonl").writing():
        pass


def test_a_journal_must_be_open(journal):
    with pytest.raises(ValueError, match="not open"):
        journal.add(entry("a"))


@pytest.mark.parametrize(("result", "problem"), [(None, None), ({}, "both")])
def test_an_entry_is_a_result_or_a_problem(result, problem):
    with pytest.raises(ValueError, match="either"):
        Entry("a", "a", "s", result, problem)
