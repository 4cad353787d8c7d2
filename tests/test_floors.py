"""The house of DESIGN.md: imports go down only, and heavy packages stay in their rooms."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent

FLOORS = {
    0: ("hdr.colours", "hdr.config", "hdr.errors", "hdr.files", "hdr.results"),
    1: ("hdr.vision", "hdr.data", "hdr.decode", "hdr.score.metrics"),
    2: ("hdr.nets",),
    3: ("hdr.store",),
    4: (
        "hdr.reader",
        "hdr.learn",
        "hdr.score",
        "hdr.figures",
        "hdr.report",
        "hdr.bench",
        "hdr.bench_pages",
        "hdr.batch",
        "hdr.form_check",
        "hdr.form_reader",
        "hdr.group_reader",
        "hdr.orientation",
        "hdr.pen_reader",
    ),
    5: ("hdr.ui", "hdr.api", "hdr.commands"),
    6: ("app", "pages", "hdr.__main__"),
}
"""Rooms by floor; the longest name that fits a module is its room."""

ALLOWED_SIDEWAYS = {("hdr.data", "hdr.vision")}
OPEN_FLOORS = {0, 4}
"""Floors whose rooms may use each other."""

ROOMS_OF = {
    "cv2": ("hdr.vision", "hdr.data", "hdr.score.metrics", "hdr.bench", "hdr.bench_pages"),
    "streamlit": ("hdr.ui", "app", "pages"),
    "streamlit_drawable_canvas": ("hdr.ui", "app", "pages"),
    "sqlite3": ("hdr.store",),
}
LATE = {"tensorflow", "keras"}
"""Packages that are imported inside functions only."""


def room_of(module: str) -> tuple[int, str]:
    """Floor and room of one of our modules; the package `hdr` itself is ground."""
    if module == "hdr":
        return 0, "hdr"
    fitting = [
        (len(room), floor, room)
        for floor, rooms in FLOORS.items()
        for room in rooms
        if module == room or module.startswith(room + ".")
    ]
    assert fitting, f"{module} stands on no floor: put it into the table of DESIGN.md and of this test"
    return max(fitting)[1:]


def sources() -> dict[str, str]:
    """Every module of the product with its source."""
    files = [PROJECT / "app.py", *(PROJECT / "hdr").rglob("*.py"), *(PROJECT / "pages").rglob("*.py")]
    return {module_name(file.relative_to(PROJECT)): file.read_text(encoding="utf-8") for file in files}


def module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(source: str, modules: set[str]) -> Iterator[tuple[str, bool]]:
    """Every imported module, and whether the import runs when the module itself is imported."""
    tree = ast.parse(source)
    late = {id(node) for outer in ast.walk(tree) if is_function(outer) for node in ast.walk(outer)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) not in late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner if inner in modules else str(node.module)), id(node) not in late


def is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)


def faults(modules: dict[str, str]) -> list[str]:
    """All forbidden imports of the modules, as sentences."""
    return [
        f"{module} must not import {target}{reason}"
        for module, source in sorted(modules.items())
        for target, early in imports(source, set(modules))
        if (reason := fault(module, target, early)) is not None
    ]


def fault(module: str, target: str, early: bool) -> str | None:
    package = target.partition(".")[0]
    floor, room = room_of(module)
    if package in ("hdr", "app", "pages"):
        below, other = room_of(target)
        fits = below < floor or other == room or (room, other) in ALLOWED_SIDEWAYS
        return None if fits or (below == floor and floor in OPEN_FLOORS) else f" (floor {floor} to floor {below})"
    if package in ROOMS_OF and room not in ROOMS_OF[package]:
        return f" (only {', '.join(ROOMS_OF[package])} may)"
    return " outside a function" if early and package in LATE else None


def test_every_import_goes_down():
    modules = sources()
    assert {"hdr.config", "hdr.vision.layout", "hdr.reader", "hdr.__main__", "app", "pages.draw"} <= modules.keys()
    assert faults(modules) == []


@pytest.mark.parametrize("module", sorted(name for name, source in sources().items() if source.strip()))
def test_every_module_says_what_it_does(module):
    assert ast.get_docstring(ast.parse(sources()[module]))


@pytest.mark.parametrize(
    ("module", "line", "wrong"),
    [
        ("hdr.vision.ink", "from hdr.nets import cnn", True),
        ("hdr.vision.ink", "from hdr.data.pen import digit_strokes", True),
        ("hdr.vision.ink", "from hdr.vision.rules import remove_rules", False),
        ("hdr.data.datasets", "from hdr.vision.image import decode_image", False),
        ("hdr.score.metrics", "from hdr.score import pages", True),
        ("hdr.score.metrics", "from hdr.score.calibrate import fit_temperature", True),
        ("hdr.score.metrics", "import hdr.vision.image", True),
        ("hdr.config", "from hdr.errors import HdrError", False),
        ("hdr.files", "from hdr.errors import StoreError", False),
        ("hdr.files", "from hdr.store.models import save_model", True),
        ("hdr.data.labelled", "from hdr.files import write_whole", False),
        ("hdr.results", "import hdr.vision", True),
        ("hdr.nets.cnn", "def build():\n    from hdr.store.models import load_model", True),
        ("hdr.store.models", "from hdr.nets.predictor import Predictor", False),
        ("hdr.store.models", "import hdr.learn.train", True),
        ("hdr.reader", "from hdr.score.pages import score_pages", False),
        ("hdr.reader", "from hdr.ui.frame import page", True),
        ("hdr.ui.frame", "from hdr.ui.answer import show", False),
        ("hdr.ui.frame", "from hdr.__main__ import main", True),
        ("hdr.commands.reading", "import hdr.ui.frame", True),
        ("hdr.commands.reading", "import hdr.reader", False),
        ("hdr.__main__", "from hdr.commands.reading import read", False),
        ("hdr.ui.frame", "import app", True),
        ("app", "from pages import draw", True),
        ("pages.draw", "from hdr.ui.frame import page", False),
        ("hdr.reader", "import cv2", True),
        ("hdr.vision.ink", "import cv2", False),
        ("hdr.bench", "import cv2", False),
        ("hdr.score.pages", "from cv2 import resize", True),
        ("hdr.reader", "import streamlit as st", True),
        ("hdr.reader", "def show():\n    import streamlit", True),
        ("pages.draw", "import streamlit as st", False),
        ("hdr.ui.drawing", "from streamlit_drawable_canvas import st_canvas", False),
        ("hdr.learn.train", "import sqlite3", True),
        ("hdr.store.runs", "import sqlite3", False),
        ("hdr.nets.cnn", "import keras", True),
        ("hdr.nets.cnn", "from tensorflow.keras import layers", True),
        ("hdr.nets.cnn", "if True:\n    import keras", True),
        ("hdr.nets.cnn", "class Net:\n    import keras", True),
        ("hdr.nets.cnn", "def build():\n    import keras", False),
    ],
)
def test_the_check_finds_a_bad_arrow(module, line, wrong):
    modules = dict.fromkeys(sources(), "") | {module: line}
    assert len(faults(modules)) == int(wrong)


def test_a_module_without_a_floor_is_noticed():
    with pytest.raises(AssertionError, match="stands on no floor"):
        faults({"hdr.utils": "import hdr.config"})
