"""Tasks for the tests of batches; the processes of a crew import this light module instead of the tests."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from hdr.errors import ImageContentError

RGB = NDArray[np.uint8]


@dataclass(frozen=True)
class Noting:
    """Notes every name in a file, so that a test sees what was read and how often."""

    log: Path
    seconds: float = 0.0

    def __call__(self, name: str, rgb: RGB) -> dict[str, Any]:
        with self.log.open("a", encoding="utf-8") as file:
            file.write(f"{name}\n")
        time.sleep(self.seconds)
        memory = psutil.Process().memory_info().rss
        return {"grey": int(rgb[0, 0, 0]), "size": list(rgb.shape[:2]), "pid": os.getpid(), "memory": memory}

    def names(self) -> list[str]:
        """What was noted so far."""
        return self.log.read_text(encoding="utf-8").split("\n")[:-1] if self.log.exists() else []


@dataclass(frozen=True)
class Trouble:
    """Does with a page what its name says."""

    folder: Path

    def __call__(self, name: str, rgb: RGB) -> dict[str, Any]:
        kind = name.partition(".")[0]
        if kind == "killer" or (kind == "killer-once" and not (self.folder / "killed once").exists()):
            (self.folder / f"killed{kind.removeprefix('killer').replace('-', ' ')}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if kind == "stuck":
            time.sleep(100)
        faults = {"refused": ImageContentError("Too many marks."), "fault": ValueError("oh"), "memory": MemoryError()}
        if kind in faults:
            raise faults[kind]
        return {"grey": int(rgb[0, 0, 0]), "odd": object()} if kind == "odd" else {"grey": int(rgb[0, 0, 0])}


@dataclass(frozen=True)
class Blank:
    """Reads every page as a blank one."""

    def __call__(self, _name: str, rgb: RGB) -> dict[str, Any]:
        size = [rgb.shape[1], rgb.shape[0]]
        empty: dict[str, Any] = {"rows": [], "cells": [], "digits": []}
        return {"text": "", "confidence": 0.0, "model": "none", "size": size, "seconds": 0.0, **empty}


@dataclass(frozen=True)
class BlankForm:
    """Reads every page as a form with one field."""

    @property
    def reader(self) -> object:
        return self

    def __call__(self, name: str, _rgb: RGB) -> dict[str, Any]:
        return {"fields": [{"name": "File", "text": name, "unruled": name, "confidence": 0.9, "complaint": None}]}


def environment(_name: str, _rgb: RGB) -> dict[str, Any]:
    """What a process was given."""
    return {"threads": os.environ["OMP_NUM_THREADS"], "folder": str(Path.cwd())}
