"""Files and folders written whole or not at all, whatever happens on the way, and what killed processes left."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hdr.errors import StoreError
from hdr.files import remove_folder, sweep_drafts, write_folder_whole, write_whole


@pytest.fixture(params=[True, False], ids=["older file", "no older file"])
def target(request, tmp_path):
    """A file in a folder of its own, which an older one may hold."""
    if request.param:
        (tmp_path / "notes.txt").write_bytes(b"older")
    return tmp_path / "notes.txt"


def contents(folder: Path) -> dict[str, bytes | None]:
    """Everything below a folder, files with their bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def fail(*_args, **_options):
    raise OSError("No space left on device")


# --- a file ---------------------------------------------------------------------------------------------------------


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


def test_a_folder_that_is_missing_is_made(tmp_path):
    write_whole(tmp_path / "two" / "more" / "notes.txt", lambda file: file.write(b"new"))
    assert (tmp_path / "two" / "more" / "notes.txt").read_bytes() == b"new"


@pytest.mark.parametrize("write", [write_whole, write_folder_whole])
def test_a_folder_that_cannot_be_made(tmp_path, write):
    (tmp_path / "missing").write_bytes(b"a file is in its way")
    before = contents(tmp_path)
    with pytest.raises(StoreError, match=r"missing/notes cannot be written .*Make its folder writable"):
        write(tmp_path / "missing" / "notes", lambda _: pytest.fail("written where there is no folder"))
    assert contents(tmp_path) == before


# --- a folder -------------------------------------------------------------------------------------------------------

NEW = {"model": None, "model/card.txt": b"new card", "model/weights": b"new weights"}


@pytest.fixture(params=[True, False], ids=["older folder", "no older folder"])
def place(request, tmp_path):
    """Where a folder shall come, which an older one may hold."""
    if request.param:
        (tmp_path / "model").mkdir()
        (tmp_path / "model" / "card.txt").write_bytes(b"older card")
        (tmp_path / "model" / "measures.txt").write_bytes(b"of the older one")
    return tmp_path / "model"


def fill(draft: Path) -> None:
    (draft / "card.txt").write_bytes(b"new card")
    (draft / "weights").write_bytes(b"new weights")


def test_a_folder_takes_the_place_of_the_older_one_as_a_whole(place):
    write_folder_whole(place, fill)
    assert contents(place.parent) == NEW
    assert place.stat().st_mode & 0o777 == 0o755


def test_the_folder_above_is_made(tmp_path):
    write_folder_whole(tmp_path / "two" / "more" / "model", fill)
    assert contents(tmp_path / "two" / "more") == NEW


def test_the_older_folder_stays_until_the_new_one_is_on_the_disk(place, monkeypatch):
    """Every file and the draft are flushed before anything is renamed, the folder above at the end."""
    before, seen = contents(place.parent), []
    flush, rename = os.fsync, Path.rename

    def watched_flush(handle):
        seen.append(Path(os.readlink(f"/proc/self/fd/{handle}")).name)
        assert "rename" in seen or contents(place.parent).items() >= before.items()
        flush(handle)

    def watched_rename(source, destination):
        seen.append("rename")
        return rename(source, destination)

    monkeypatch.setattr(os, "fsync", watched_flush)
    monkeypatch.setattr(Path, "rename", watched_rename)
    write_folder_whole(place, fill)
    first = seen.index("rename")
    assert sorted(seen[: first - 1]) == ["card.txt", "weights"]
    assert seen[first - 1].startswith(".model-new-")
    assert seen[first:] == ["rename"] * (2 if before else 1) + [place.parent.name]


def refuse_the_last_rename(patch):
    """The older folder has made way, the new one cannot take its place."""
    rename = Path.rename

    def refuse(self, target):
        return fail() if self.name.startswith(".model-new-") else rename(self, target)

    patch.setattr(Path, "rename", refuse)


@pytest.mark.parametrize("step", ["fill", "chmod", "fsync", "rename"])
def test_a_full_disk_leaves_the_older_folder(place, monkeypatch, step):
    def filled(draft):
        fill(draft)
        if step == "fill":
            fail()

    before = contents(place.parent)
    with monkeypatch.context() as patch:
        if step == "rename":
            refuse_the_last_rename(patch)
        elif step != "fill":
            patch.setattr(os, step, fail)
        with pytest.raises(StoreError, match=r"model cannot be written \(No space left on device\)\. Make .*room"):
            write_folder_whole(place, filled)
    assert contents(place.parent) == before


@pytest.mark.parametrize("mishap", [KeyboardInterrupt, SystemExit, TypeError, StoreError])
def test_an_interruption_leaves_the_older_folder_and_goes_on(place, mishap):
    def interrupted(draft):
        fill(draft)
        raise mishap

    before = contents(place.parent)
    with pytest.raises(mishap):
        write_folder_whole(place, interrupted)
    assert contents(place.parent) == before


def test_a_folder_is_removed_with_all_that_is_in_it(tmp_path, monkeypatch):
    fill_older(tmp_path / "model")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", fail)
        with pytest.raises(StoreError, match=r"model cannot be removed \(.*\)\. Make it and its folder writable"):
            remove_folder(tmp_path / "model")
    remove_folder(tmp_path / "model")
    assert contents(tmp_path) == {}


# --- what killed processes leave ------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path

from hdr.files import write_folder_whole, write_whole

def die(*_args):
    os.kill(os.getpid(), signal.SIGKILL)

step, place = sys.argv[1], Path(sys.argv[2])
if step == "in a file":
    write_whole(place / "notes.txt", lambda file: file.write(b"half of it") and file.flush() or die())
elif step == "in a folder":
    write_folder_whole(place, lambda draft: (draft / "card.txt").write_bytes(b"half of it") and die())
else:
    rename = Path.rename
    last = {"before the old one goes": 0, "before the new one comes": 1, "before the old one is removed": 2}[step]
    renamed = []

    def counted(source, target):
        if len(renamed) == last:
            die()
        renamed.append(source)
        return rename(source, target)

    Path.rename = counted
    if last == 2:
        import shutil
        shutil.rmtree = die
    write_folder_whole(place, lambda draft: (draft / "card.txt").write_bytes(b"new card"))
"""
OLDER = {"model": None, "model/card.txt": b"older card", "model/measures.txt": b"of the older one"}


@pytest.mark.parametrize(
    ("step", "left"),
    [
        ("in a file", OLDER),
        ("in a folder", OLDER),
        ("before the old one goes", OLDER),
        ("before the new one comes", OLDER),
        ("before the old one is removed", {"model": None, "model/card.txt": b"new card"}),
    ],
)
def test_what_a_killed_process_left_is_swept_away(tmp_path, step, left):
    """The older folder stays or comes back, or the new one is whole."""
    fill_older(tmp_path / "model")
    done = subprocess.run([sys.executable, "-c", KILLED, step, str(tmp_path / "model")], timeout=60, check=False)
    assert done.returncode == -9
    swept = sweep_drafts(tmp_path / "model" if step == "in a file" else tmp_path)
    assert swept
    assert all(path.name.startswith(".") for path in swept)
    assert contents(tmp_path) == left
    assert sweep_drafts(tmp_path) == []


def fill_older(folder: Path) -> None:
    folder.mkdir()
    for name, content in OLDER.items():
        if content is not None:
            (folder.parent / name).write_bytes(content)


@pytest.fixture(scope="module")
def dead():
    """Number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


@pytest.mark.parametrize("kind", ["new", "old"])
def test_drafts_of_the_living_are_left_alone(tmp_path, kind):
    """Even those that nobody may send a signal to, such as another person's."""
    for pid in (os.getpid(), 1):
        (tmp_path / f".model-{kind}-{pid}-x1y2z3").mkdir()
    before = contents(tmp_path)
    assert sweep_drafts(tmp_path) == []
    assert contents(tmp_path) == before


def test_a_process_of_another_person_lives(tmp_path, monkeypatch):
    def refuse(_pid, _signal):
        raise PermissionError(1, "Operation not permitted")

    (tmp_path / ".model-new-77-x1y2z3").mkdir()
    monkeypatch.setattr(os, "kill", refuse)
    assert sweep_drafts(tmp_path) == []


@pytest.mark.parametrize("name", ["model", "cnn-2", "my.model_3", "new-old-1-x", "a-new-7"])
def test_drafts_of_the_dead_are_known_by_their_names(tmp_path, dead, name):
    """A file's, a folder's, and an older folder that had made way, which comes back."""
    drafts = [tmp_path / f".{name}{end}-x1_2z3" for end in (f"-new-{dead}", f"-old-{dead}", f".txt-new-{dead}")]
    drafts[0].mkdir()
    (drafts[0] / "card.txt").write_bytes(b"half of it")
    (drafts[1] / name).mkdir(parents=True)
    (drafts[1] / name / "card.txt").write_bytes(b"older card")
    drafts[2].write_bytes(b"half of it")
    assert sorted(sweep_drafts(tmp_path)) == sorted(drafts)
    assert contents(tmp_path) == {name: None, f"{name}/card.txt": b"older card"}


def test_what_was_moved_aside_does_not_come_back_over_the_new_one(tmp_path, dead):
    moved = tmp_path / f".model-old-{dead}-x1y2z3"
    moved.mkdir()
    fill_older(moved / "model")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "card.txt").write_bytes(b"new card")
    assert sweep_drafts(tmp_path) == [moved]
    assert contents(tmp_path) == {"model": None, "model/card.txt": b"new card"}


def test_a_folder_that_is_written_sweeps_beside_it(tmp_path, dead):
    moved = tmp_path / f".model-old-{dead}-x1y2z3"
    moved.mkdir()
    fill_older(moved / "model")
    (tmp_path / f".model-new-{dead}-x1y2z3").mkdir()
    write_folder_whole(tmp_path / "other", fill)
    new = {"other": None, "other/card.txt": b"new card", "other/weights": b"new weights"}
    assert contents(tmp_path) == OLDER | new


def test_what_cannot_be_put_back_stays_for_the_next(tmp_path, dead, monkeypatch):
    moved = tmp_path / f".model-old-{dead}-x1y2z3"
    moved.mkdir()
    fill_older(moved / "model")
    before = contents(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fail)
        assert sweep_drafts(tmp_path) == []
    assert contents(tmp_path) == before
    assert sweep_drafts(tmp_path) == [moved]
    assert contents(tmp_path) == OLDER


@pytest.mark.parametrize(
    "name", ["model", ".model", ".gitignore", ".model-new-x1y2z3", ".model-newer-{dead}-x1", "model-new-{dead}-x1y2z3"]
)
def test_other_files_stay(tmp_path, dead, name):
    (tmp_path / name.format(dead=dead)).write_bytes(b"not ours")
    before = contents(tmp_path)
    assert sweep_drafts(tmp_path) == []
    assert contents(tmp_path) == before


def test_a_folder_that_is_not_there_is_swept_clean(tmp_path):
    assert sweep_drafts(tmp_path / "missing") == []
