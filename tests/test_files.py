"""Files written whole or not at all, whatever happens on the way."""

import os

import pytest

from hdr.errors import StoreError
from hdr.files import write_whole


@pytest.fixture(params=[True, False], ids=["older file", "no older file"])
def target(request, tmp_path):
    """A file in a folder of its own, which an older one may hold."""
    if request.param:
        (tmp_path / "notes.txt").write_bytes(b"older")
    return tmp_path / "notes.txt"


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_file_holds_what_was_written_and_nothing_lies_beside_it(target):
    write_whole(target, lambda file: file.write(b"new") and file.write(b"er"))
    assert contents(target.parent) == {"notes.txt": b"newer"}


def test_everybody_may_read_it(target):
    write_whole(target, lambda file: file.write(b"new"))
    assert target.stat().st_mode & 0o777 == 0o644


def test_the_older_file_stays_until_the_new_one_is_on_the_disk(target, monkeypatch):
    """At the time of the flush all bytes are in the draft; the rename comes after it."""
    before, seen = contents(target.parent), []
    fsync, replace = os.fsync, os.replace

    def watched_fsync(handle):
        found = contents(target.parent)
        assert found.items() >= before.items()
        seen.append([content for name, content in found.items() if name not in before])
        fsync(handle)

    def watched_replace(source, destination):
        seen.append("rename")
        replace(source, destination)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    write_whole(target, lambda file: file.write(b"new"))
    assert seen == [[b"new"], "rename"]


def fail(*_args, **_options):
    raise OSError("No space left on device")


def half(file):
    file.write(b"half of it")
    fail()


@pytest.mark.parametrize("step", ["write", "fsync", "chmod", "replace"])
def test_a_full_disk_changes_nothing(target, monkeypatch, step):
    before = contents(target.parent)
    with monkeypatch.context() as patch:
        if step != "write":
            patch.setattr(os, step, fail)
        with pytest.raises(StoreError, match=r"notes\.txt cannot be written \(No space left on device\)\. Make .*room"):
            write_whole(target, half if step == "write" else lambda file: file.write(b"new"))
    assert contents(target.parent) == before


@pytest.mark.parametrize("mishap", [KeyboardInterrupt, SystemExit, TypeError])
def test_an_interruption_changes_nothing_and_goes_on(target, mishap):
    def interrupted(file):
        file.write(b"half of it")
        raise mishap

    before = contents(target.parent)
    with pytest.raises(mishap):
        write_whole(target, interrupted)
    assert contents(target.parent) == before


def test_a_folder_that_is_missing(tmp_path):
    with pytest.raises(StoreError, match=r"missing/notes\.txt cannot be written"):
        write_whole(tmp_path / "missing" / "notes.txt", lambda file: file.write(b"new"))
    assert list(tmp_path.iterdir()) == []
