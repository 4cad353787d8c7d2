"""Processes that read pages, one page each at a time, and that may die without taking anything with them.

They are started by name (`python -c`), not by `multiprocessing`, which would run the main module again: under Streamlit
that is a page. So a task must be importable: an object whose class, or a function that, stands in a module.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from types import TracebackType
from typing import Any

from hdr.config import PROJECT
from hdr.errors import HdrError, StoreError
from hdr.results import RGB
from hdr.vision.image import MAX_BYTES, decode_image

Task = Callable[[str, RGB], dict[str, Any]]
"""What is done with a page: its name and its picture, uint8 (H, W, 3), -> what was read, in JSON's types."""

PAGE_SECONDS = 120.0
"""A page that takes longer is given up, and its process killed."""
WORKER_BYTES = 1_200_000_000
"""Memory that a process with a net is reckoned to take; most of it is TensorFlow's."""
TRIES = 2
_PROGRAM = f"import sys; sys.path.insert(0, {str(PROJECT)!r}); from hdr.batch.crew import serve; serve()"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM", "TF_NUM_INTRAOP_THREADS")


@dataclass(frozen=True, eq=False)
class Job:
    """A page to be read.

    Attributes:
        name: Of the page.
        content: The file of a picture, or the page itself, uint8 (H, W, 3).
        file: Name of its file.
        stamp: Of the file, as it was found.
        page: Its number in the file, from 1.
        pages: Of the file.
    """

    name: str
    content: Path | RGB
    file: str
    stamp: str
    page: int = 1
    pages: int = 1


@dataclass(frozen=True)
class Answer:
    """What came of a job: a result, or the problem; and the seconds that it took."""

    result: dict[str, Any] | None
    problem: str | None
    seconds: float = 0.0


def answer(task: Task, job: Job) -> Answer:
    """Do a job in this process; whatever goes wrong is a problem of this page alone."""
    started = time.perf_counter()
    result, problem = None, None
    try:
        rgb = _decode_file(job.content) if isinstance(job.content, Path) else job.content
        result = task(job.name, rgb)
        json.dumps(result)
    except (HdrError, OSError) as error:
        problem = str(error)
    except MemoryError:
        problem = "There is too little memory to read this page. Save it smaller, or read with fewer processes."
    except Exception as error:
        problem = f"A fault in the program: {type(error).__name__}: {error}"
    return Answer(None if problem else result, problem, time.perf_counter() - started)


def core_count() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worker_count() -> int:
    """Processes that a batch has by default: one for each core, as far as the machine's memory goes."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else WORKER_BYTES
    return max(1, min(core_count(), memory // WORKER_BYTES))


class _Worker:
    """One process, what it is doing, and until when."""

    def __init__(self, task: Task, threads: int) -> None:
        self.pipe, theirs = Pipe()
        command = [sys.executable, "-c", _PROGRAM, str(theirs.fileno())]
        environment = {**os.environ, **dict.fromkeys(_THREADS, str(threads)), "TF_NUM_INTEROP_THREADS": "1"}
        try:
            self.process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        except OSError as error:
            raise StoreError(f"No process could be started ({error}). Close other programs.") from error
        finally:
            theirs.close()
        self.task: Task | None = task
        self.job: Job | None = None
        self.tries = 0
        self.deadline = 0.0

    def give(self, job: Job, seconds: float, tries: int = 1) -> None:
        """Send it a job; if it is dead already, that is seen when its answer is awaited."""
        self.job, self.tries, self.deadline = job, tries, time.monotonic() + seconds
        try:
            if self.task is not None:
                self.pipe.send(sys.path)
                self.pipe.send(self.task)
                self.task = None
            self.pipe.send(job)
        except OSError:
            self.process.kill()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.pipe.close()


class Crew:
    """So many processes at most, started as they are needed; each loads what its task needs once."""

    def __init__(self, task: Task, size: int, seconds: float = PAGE_SECONDS) -> None:
        """Note what is to be done; processes start as jobs come.

        Args:
            task: Done with every page; is sent to the processes by pickle.
            size: Processes, 1 or more.
            seconds: That a page may take.
        """
        self._task, self._size, self._seconds = task, max(1, size), seconds
        self._workers: list[_Worker] = []

    def __enter__(self) -> "Crew":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    @property
    def busy(self) -> int:
        """Jobs that are being done."""
        return sum(worker.job is not None for worker in self._workers)

    @property
    def full(self) -> bool:
        """Whether every process has a job."""
        return self.busy >= self._size

    def submit(self, job: Job) -> None:
        """Give a job to a process that is free.

        Raises:
            StoreError: No process could be started.
        """
        idle = next((worker for worker in self._workers if worker.job is None), None)
        (idle or self._hire()).give(job, self._seconds)

    def next_done(self) -> tuple[Job, Answer]:
        """Wait for a job to be done; one whose process died is tried once more in a new one.

        Raises:
            StoreError: No process could be started.
        """
        while True:
            busy = [worker for worker in self._workers if worker.job is not None]
            left = min(worker.deadline for worker in busy) - time.monotonic()
            ready = wait([worker.pipe for worker in busy], max(0.0, left))
            for worker in busy:
                done = self._look(worker, worker.pipe in ready)
                if done is not None:
                    return done

    def _look(self, worker: _Worker, ready: bool) -> tuple[Job, Answer] | None:
        job = worker.job
        assert job is not None
        if ready:
            try:
                found = worker.pipe.recv()
            except (EOFError, OSError):
                return self._mourn(worker, job)
            worker.job = None
            return job, found
        if time.monotonic() > worker.deadline:
            self._dismiss(worker)
            return job, Answer(None, f"Reading this page took more than {self._seconds:.0f} seconds.", self._seconds)
        return None

    def _mourn(self, worker: _Worker, job: Job) -> tuple[Job, Answer] | None:
        self._dismiss(worker)
        if worker.tries >= TRIES:
            return job, Answer(None, "The process that read this page ended twice: it was killed, or out of memory.")
        self._hire().give(job, self._seconds, worker.tries + 1)
        return None

    def _hire(self) -> _Worker:
        worker = _Worker(self._task, max(1, core_count() // self._size))
        self._workers.append(worker)
        return worker

    def _dismiss(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.end()


def serve() -> None:
    """Be a process of a crew, for as long as its pipe is open."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who gives the jobs decides what to do about it
    pipe: Connection[Any, Any] = Connection(int(sys.argv[1]))
    try:
        sys.path[:] = pipe.recv()
        task = pipe.recv()
        while True:
            pipe.send(answer(task, pipe.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _decode_file(path: Path) -> RGB:
    with path.open("rb") as file:
        return decode_image(file.read(MAX_BYTES + 1))
