"""The sign of life of a process that trains: it tells the database that it is there, and hears whether to stop.

Knows nothing of what is trained.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from hdr.errors import StoreError
from hdr.store import runs

BEAT_SECONDS = 2.0
NOTE_SECONDS = 0.5
"""How long a training waits at least before it notes its progress again."""


@dataclass
class Heart:
    """The trainer's sign of life, and whether somebody has asked it to stop."""

    number: int
    stopping: bool = False

    def beat(self) -> None:
        """Tell the database; a disk that is full for a moment is no reason to die."""
        with contextlib.suppress(StoreError):
            self.stopping = runs.beat(self.number, os.getpid()) or self.stopping


@contextlib.contextmanager
def beating_heart(number: int) -> Iterator[Heart]:
    """A run's heart that beats in a thread of its own for as long as the block runs."""
    heart, over = Heart(number), threading.Event()

    def beats() -> None:
        while not over.wait(BEAT_SECONDS):
            heart.beat()

    heart.beat()
    thread = threading.Thread(target=beats, daemon=True)
    thread.start()
    try:
        yield heart
    finally:
        over.set()
        thread.join()
