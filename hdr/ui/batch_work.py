"""Batches at work: a thread of the server for each, which any tab can find, watch and stop.

The reading itself is done by other processes (`hdr.batch`), and every answer is in the batch's journal at once. So a
server that ends loses nothing but the pages under work; the batch is resumed by starting it again.
"""

import threading
import time
from dataclasses import dataclass, field

from hdr.batch.crew import Task
from hdr.batch.run import Progress, run_batch
from hdr.errors import HdrError
from hdr.store.batches import get_batch

_works: dict[str, "Work"] = {}
_lock = threading.Lock()
_FEW = 4


@dataclass
class Work:
    """A batch that is being read, or was since the server started.

    Attributes:
        done: Pages that are in the journal.
        total: Pages in all, as far as its PDFs were opened; 0 before the first one is done.
        fresh: Pages read since it was started.
        first: When the first of these was done, on the monotonic clock; before that the models are woken up.
        problem: Why it broke off; empty where it did not.
        alive: Whether it is being read.
    """

    done: int = 0
    total: int = 0
    fresh: int = 0
    first: float = 0.0
    problem: str = ""
    alive: bool = True
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.is_set()

    @property
    def seconds_left(self) -> float | None:
        """Time left, as fast as it went since the first page; None before a few are done."""
        if self.fresh < _FEW:
            return None
        return (time.monotonic() - self.first) / (self.fresh - 1) * max(0, self.total - self.done)

    def stop(self) -> None:
        """End it after the pages that are being read."""
        self._stop.set()

    def note(self, progress: Progress) -> None:
        """One more page is done."""
        self.done, self.total, self.fresh = progress.done, progress.total, self.fresh + 1
        self.first = self.first or time.monotonic()


def start(batch: str, task: Task) -> None:
    """Read what is missing of a batch, in the background; one that is being read already goes on.

    Raises:
        StoreError: There is no such batch.
    """
    get_batch(batch)
    with _lock:
        work = _works.get(batch)
        if work and work.alive:
            return
        _works[batch] = work = Work()
    threading.Thread(target=_read, args=(batch, task, work), name=f"batch-{batch}", daemon=True).start()


def find(batch: str) -> Work | None:
    """The batch at work, or as it ended; None where this server has not touched it."""
    return _works.get(batch)


def _read(batch: str, task: Task, work: Work) -> None:
    try:
        asked = get_batch(batch)
        run_batch(task, asked.files, asked.journal(), watch=work.note, stopping=lambda: work.stopping)
    except HdrError as error:
        work.problem = str(error)
    except Exception as error:  # a thread's last words would be lost
        work.problem = f"A fault in the program: {type(error).__name__}: {error}"
    finally:
        work.alive = False
