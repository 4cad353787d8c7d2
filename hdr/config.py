"""Paths and environment of the project: where models, data and a person's own files live, and what machine this is.

`HDR_DATA` names a folder searched first for data sets, `HDR_HOME` the folder for runs and caches. Both are read at each
call, so that tests and long-lived servers see a change.
"""

import os
import platform
import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
MODELS = PROJECT / "models"
SAMPLES = PROJECT / "samples"
DEFAULT_MODEL = "ensemble"
"""The shipped model that reads paper best (benchmarks/EXPERIMENTS.md, *The default*)."""
DEFAULT_STRING_MODEL = "string_ensemble"
"""The shipped model that reads rows of digits best (benchmarks/EXPERIMENTS.md, *Rows of digits*)."""
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""What a model, a set, a study or a template may be called: it becomes a file's name."""
NAME_RULE = "letters, digits, '.', '_' and '-' only and begins with a letter or digit"
"""The same in words, to follow "A model's name has"."""


def machine() -> str:
    """Processor cores and kind, written beside every figure."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def home_folder() -> Path:
    """Folder for what the software writes for one person (`HDR_HOME`, default `~/.hdr`)."""
    return Path(os.environ.get("HDR_HOME") or Path.home() / ".hdr")


def model_folders() -> list[Path]:
    """Folders searched for models, first to last: those that are shipped, then the person's own."""
    return [MODELS, home_folder() / "models"]


def data_folders() -> list[Path]:
    """Folders searched for data sets, first to last: `HDR_DATA` where set, then the person's cache."""
    named = os.environ.get("HDR_DATA")
    return ([Path(named)] if named else []) + [home_folder() / "data"]
