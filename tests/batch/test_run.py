"""Batches with tasks that are quick, slow, or deadly: nothing is lost, nothing is read twice, memory stays."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from fake_tasks import Noting, Trouble, environment
from PIL import Image

from hdr.batch import crew as crew_module
from hdr.batch.crew import Crew, Job, core_count, worker_count
from hdr.batch.run import Progress, find_files, read_here, run_batch
from hdr.errors import StoreError
from hdr.store.batches import Journal, Source
from hdr.vision.image import encode_png

BATCH = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from fake_tasks import Noting
from hdr.batch.run import find_files, run_batch
from hdr.store.batches import Journal
folder = Path({folder!r})
run_batch(Noting(folder / "log.txt", 0.1), find_files([folder / "in"]), Journal(folder / "j.jsonl"), workers=2)
"""


def write_pictures(folder: Path, names: list[str]) -> list[Source]:
    """Small pictures, each of its own grey."""
    folder.mkdir(exist_ok=True)
    for index, name in enumerate(names):
        (folder / name).write_bytes(encode_png(np.full((8, 8 + index % 40), index % 256, np.uint8)))
    return [Source(name, folder / name) for name in names]


def write_pdf(path: Path, pages: int, size: tuple[int, int] = (60, 40)) -> Source:
    first, *others = [Image.new("L", size, 10 * number) for number in range(1, pages + 1)]
    out = io.BytesIO()
    first.save(out, "PDF", save_all=True, append_images=others, resolution=100)
    path.write_bytes(out.getvalue())
    return Source(path.name, path)


def write_tiff(path: Path, *greys: int) -> Source:
    first, *others = [Image.new("L", (60, 40), grey) for grey in greys]
    first.save(path, save_all=True, append_images=others)
    return Source(path.name, path)


def wait_for(condition, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_every_page_of_every_file(tmp_path):
    files = [*write_pictures(tmp_path, ["a.png", "b.png"]), write_pdf(tmp_path / "c.pdf", 3)]
    journal, seen = Journal(tmp_path / "j.jsonl"), []
    assert run_batch(Noting(tmp_path / "log"), files, journal, workers=2, watch=seen.append)
    entries = list(journal.entries(source.name for source in files))
    assert [entry.name for entry in entries] == ["a.png", "b.png", "c.pdf#1", "c.pdf#2", "c.pdf#3"]
    greys = [entry.result["grey"] for entry in entries]
    assert np.abs(np.subtract(greys, (0, 1, 10, 20, 30))).max() <= 2
    assert [(entry.page, entry.pages) for entry in entries[2:]] == [(1, 3), (2, 3), (3, 3)]
    assert [progress.done for progress in seen] == [1, 2, 3, 4, 5]
    assert seen[-1] == Progress(5, 5, seen[-1].entry)
    assert os.getpid() not in {entry.result["pid"] for entry in entries}


def test_bad_files_stop_nothing(tmp_path):
    """Each kind of trouble costs its own file; a file that kills its process is tried twice."""
    names = ["a.png", "refused.png", "fault.png", "memory.png", "odd.png", "killer.png", "killer-once.png", "z.png"]
    files = write_pictures(tmp_path, names)
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4\nno more")
    (tmp_path / "empty").mkdir()
    for name in ("text.png", "bad.pdf", "missing.png", "empty"):
        files.insert(3, Source(name, tmp_path / name))
    journal = Journal(tmp_path / "j.jsonl")
    assert run_batch(Trouble(tmp_path), files, journal, workers=2)
    problems = {entry.name: entry.problem for entry in journal.entries()}
    messages = {
        "refused.png": "Too many marks.",
        "fault.png": "A fault in the program: ValueError: oh",
        "memory.png": "too little memory",
        "odd.png": "A fault in the program: TypeError",
        "killer.png": "ended twice",
        "text.png": "not a picture",
        "bad.pdf": "The PDF is damaged",
        "missing.png": "No such file",
        "empty": "holds no pictures or PDFs",
    }
    assert {name for name, problem in problems.items() if problem is None} == {"a.png", "killer-once.png", "z.png"}
    assert [name for name, text in messages.items() if text not in problems[name]] == []


def test_a_process_killed_from_outside_costs_nothing(tmp_path):
    files = write_pictures(tmp_path, [f"{number}.png" for number in range(6)])
    journal, killed = Journal(tmp_path / "j.jsonl"), []

    def kill_one(progress: Progress) -> None:
        if not killed:
            killed.append(progress.entry.result["pid"])
            for child in psutil.Process().children():
                child.kill()

    assert run_batch(Noting(tmp_path / "log", 0.05), files, journal, workers=2, watch=kill_one)
    entries = list(journal.entries())
    assert [entry.problem for entry in entries] == [None] * 6
    assert len({entry.result["pid"] for entry in entries} - set(killed)) >= 1


def test_a_page_that_takes_too_long_is_given_up(tmp_path):
    (stuck, fine) = write_pictures(tmp_path, ["stuck.png", "fine.png"])
    with Crew(Trouble(tmp_path), 2, seconds=1.5) as crew:
        for source in (stuck, fine):
            crew.submit(Job(source.name, source.path, source.name, ""))
        found = {job.name: answer for job, answer in (crew.next_done(), crew.next_done())}
        assert crew.busy == 0
    assert found["fine.png"].problem is None
    assert found["stuck.png"].problem == "Reading this page took more than 2 seconds."


def test_the_processes_share_the_cores(tmp_path):
    (source,) = write_pictures(tmp_path, ["a.png"])
    with Crew(environment, 3) as crew:
        crew.submit(Job("a.png", source.path, "a.png", ""))
        result = crew.next_done()[1].result
    assert result == {"threads": str(max(1, core_count() // 3)), "folder": str(Path.cwd())}


@pytest.mark.parametrize(("cores", "most"), [(4, 4), (10**6, 10**5), (1, 1)])
def test_as_many_processes_as_cores_and_memory(monkeypatch, cores, most):
    monkeypatch.setattr(crew_module, "core_count", lambda: cores)
    assert 1 <= worker_count() <= most


def test_stopped_and_resumed(tmp_path):
    """What was stopped goes on where it was, with the files that came or changed since."""
    files = [*write_pictures(tmp_path, ["a.png", "b.png", "c.png"]), write_pdf(tmp_path / "d.pdf", 4)]
    task, path, seen = Noting(tmp_path / "log"), tmp_path / "j.jsonl", []
    assert not run_batch(task, files, Journal(path), workers=1, watch=seen.append, stopping=lambda: len(seen) >= 4)
    first = ["a.png", "b.png", "c.png", "d.pdf#1", "d.pdf#2"]
    assert task.names() == first
    (tmp_path / "b.png").write_bytes((tmp_path / "c.png").read_bytes() + b" ")
    files.append(write_pictures(tmp_path, ["new.png"])[0])
    again = []
    assert run_batch(task, files, Journal(path), workers=1, watch=again.append)
    assert task.names() == [*first, "b.png", "d.pdf#3", "d.pdf#4", "new.png"]
    assert (again[-1].done, again[-1].total) == (8, 8)
    assert [entry.result["grey"] for entry in Journal(path).entries(["b.png"])] == [2]
    assert run_batch(task, files, Journal(path), workers=1)
    assert len(task.names()) == 9


def test_only_the_missing_pages_of_a_pdf_are_read(tmp_path):
    """Pages are done in any order, so one in the middle may be missing, or there already."""
    source, path, task = write_pdf(tmp_path / "a.pdf", 5), tmp_path / "j.jsonl", Noting(tmp_path / "log")
    run_batch(task, [source], Journal(path), workers=1)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[3])
    seen = []
    run_batch(task, [source], Journal(path), workers=1, watch=seen.append)
    assert task.names()[5:] == ["a.pdf#2", "a.pdf#3", "a.pdf#5"]
    assert [(progress.done, progress.total) for progress in seen] == [(3, 5), (4, 5), (5, 5)]


def test_a_tiff_is_read_page_by_page_where_it_has_several(tmp_path):
    files = [write_tiff(tmp_path / "one.tif", 10), write_tiff(tmp_path / "two.tif", 20, 30)]
    entries = read_here(Noting(tmp_path / "log"), files)
    assert [(entry.name, entry.result["grey"]) for entry in entries] == [
        ("one.tif", 10),
        ("two.tif#1", 20),
        ("two.tif#2", 30),
    ]


def test_kill_9_half_way_loses_nothing(tmp_path):
    names = [f"{number:02d}.png" for number in range(16)]
    write_pictures(tmp_path / "in", names)
    task, path = Noting(tmp_path / "log.txt"), tmp_path / "j.jsonl"
    program = BATCH.format(path=[str(Path(__file__).parent), str(Path.cwd())], folder=str(tmp_path))
    process = subprocess.Popen([sys.executable, "-c", program])
    try:
        wait_for(lambda: path.is_file() and path.read_bytes().count(b"\n") >= 5)
        workers = psutil.Process(process.pid).children()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    psutil.wait_procs(workers, timeout=10)
    assert len(workers) == 2
    assert not any(worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE for worker in workers)
    kept = {entry.name for entry in Journal(path).entries()}
    assert 5 <= len(kept) < 16
    before = len(task.names())
    with path.open("ab") as file:
        file.write(b'{"name": "99.png", "half a li')
    assert run_batch(task, find_files([tmp_path / "in"]), Journal(path), workers=2)
    assert sorted(task.names()[before:]) == sorted(set(names) - kept)
    assert [entry.name for entry in Journal(path).entries(names)] == names


def test_memory_stays_flat_over_500_pictures(tmp_path):
    files = write_pictures(tmp_path, [f"{number}.png" for number in range(500)])
    journal, here = Journal(tmp_path / "j.jsonl"), []
    run_batch(
        Noting(tmp_path / "log"),
        files,
        journal,
        workers=2,
        watch=lambda _: here.append(psutil.Process().memory_info().rss),
    )
    there = [entry.result["memory"] for entry in journal.entries(source.name for source in files)]
    assert len(there) == 500
    for memory in (here, there):
        assert max(memory[-50:]) - max(memory[50:100]) < 6e6


def test_pages_of_a_pdf_are_not_all_held(tmp_path):
    """12 pages of 18 MB each; no more than the crew's and one that waits are in memory."""
    source, memory = write_pdf(tmp_path / "a.pdf", 12, (850, 1100)), []
    run_batch(
        Noting(tmp_path / "log"),
        [source],
        Journal(tmp_path / "j.jsonl"),
        workers=1,
        watch=lambda _: memory.append(psutil.Process().memory_info().rss),
    )
    assert len(memory) == 12
    assert max(memory[6:]) - max(memory[:6]) < 20e6


def test_two_processes_do_not_share_a_journal(tmp_path):
    files, journal = write_pictures(tmp_path, ["a.png"]), Journal(tmp_path / "j.jsonl")
    with journal.writing(), pytest.raises(StoreError, match="Another process reads this batch"):
        run_batch(Noting(tmp_path / "log"), files, Journal(tmp_path / "j.jsonl"))


def test_a_few_files_are_read_in_this_process(tmp_path):
    files = write_pictures(tmp_path, ["a.png", "fault.png"])
    files.append(Source("missing.png", tmp_path / "missing.png"))
    seen = []
    entries = read_here(Trouble(tmp_path), files, seen.append)
    assert [entry.result for entry in entries] == [{"grey": 0}, None, None]
    assert [progress.entry for progress in seen] == entries


# --- files and folders ----------------------------------------------------------------------------------------------


def test_what_is_found_in_a_folder(tmp_path):
    folder = tmp_path / "scans"
    for name in ("b.PNG", "a.pdf", "notes.txt", ".hidden.png", "sub/c.jpeg", ".git/d.png", "sub/.e/f.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / "folder.png").mkdir()
    found = find_files([folder])
    assert [source.name for source in found] == ["a.pdf", "b.PNG", "sub/c.jpeg"]
    assert [source.path for source in found] == [folder / source.name for source in found]


def test_names_are_given_once_and_files_taken_once(tmp_path):
    for name in ("one/a.png", "two/a.png"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    found = find_files([tmp_path / "one", tmp_path / "two" / "a.png", tmp_path / "one" / "a.png", tmp_path / "odd.txt"])
    assert [source.name for source in found] == ["a.png", str(tmp_path / "two" / "a.png"), "odd.txt"]


def test_a_name_that_is_no_text(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png")
    with contextlib.suppress(OSError):  # some systems have no such names
        Path(path).touch()
        assert [source.name for source in find_files([tmp_path])] == ["?.png"]


def test_names_that_look_alike_are_told_apart(tmp_path):
    paths = [Path(os.fsdecode(os.fsencode(tmp_path) + mark + b".png")) for mark in (b"/\xfd", b"/\xfe", b"/\xff")]
    with contextlib.suppress(OSError):
        for path in paths:
            path.touch()
        found = find_files([tmp_path])
        assert [source.name for source in found] == ["?.png", f"{tmp_path}/?.png", f"{tmp_path}/?.png (2)"]
        assert [source.path for source in found] == paths
