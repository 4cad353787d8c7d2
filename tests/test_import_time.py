"""`import hdr` and the lower floors start fast: no TensorFlow, no Streamlit, little beyond NumPy, OpenCV, Pillow."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
HEAVY = ("tensorflow", "keras", "streamlit", "sklearn", "scipy", "pandas")
LIGHT = [
    f"hdr.{folder}.{path.stem}"
    for folder in ("vision", "data", "nets", "store")
    for path in sorted((PROJECT / "hdr" / folder).glob("[!_]*.py"))
    if path.stem != "corrupt"  # which is for measuring alone, and filters with scipy
]
PROBE = """
import json, sys, time
start = time.perf_counter()
import {modules}
seconds = time.perf_counter() - start
print(json.dumps([seconds, [name for name in {heavy} if name in sys.modules]]))
"""


def start(modules: str) -> tuple[float, list[str]]:
    """Seconds that the import takes in a fresh interpreter, and the heavy packages that it brought."""
    probe = [sys.executable, "-c", PROBE.format(modules=modules, heavy=HEAVY)]
    done = subprocess.run(probe, cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60)
    seconds, heavy = json.loads(done.stdout)
    return seconds, heavy


def test_the_probe_sees_a_heavy_package():
    assert start("pandas")[1] == ["pandas"]


@pytest.mark.parametrize(
    "modules",
    [
        "hdr, hdr.vision.layout",
        ", ".join(["hdr.files", *LIGHT]),
        "hdr.reader, hdr.report, hdr.score.pages, hdr.score.evaluate",
        "hdr.learn.plan, hdr.learn.settings",
    ],
    ids=["vision", "floors 0 to 3", "reader", "plans"],
)
def test_nothing_heavy_is_imported(modules):
    assert start(modules)[1] == []


def test_the_command_line_starts_light():
    assert start("hdr.__main__")[1] == []


def test_the_vision_code_adds_little():
    ours, theirs = zip(
        *[(start("hdr, hdr.vision.layout")[0], start("numpy, cv2, PIL")[0]) for _ in range(5)], strict=True
    )
    assert min(ours) - min(theirs) <= 0.3
