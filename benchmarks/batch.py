"""A large batch of pages through the command `read`: memory as it goes, and what is lost when it is killed half-way.

usage: python -m benchmarks.batch [--json OUT] [--pages N]

The pages are the sample page, each turned, lit and worn a little differently. The command is killed with all its
processes when half of them are read, and started again with `--resume`.
"""

import csv
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil

from benchmarks.report import parser_of, write_report
from hdr.config import SAMPLES
from hdr.vision.image import decode_image, encode_jpeg

_WARM = 0.1
"""Share of the pages after which the nets are loaded and every kind of work was done once."""


@dataclass
class Watched:
    """A run of the command: pages done and memory in megabytes of all its processes, about once a second."""

    done: list[int] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def growth(self, warm: int) -> float:
        """Megabytes by which the last third of the run lies above its first third, once it was warm."""
        steady = [size for done, size in zip(self.done, self.megabytes, strict=True) if done - self.done[0] >= warm]
        third = max(1, len(steady) // 3)
        return statistics.median(steady[-third:]) - statistics.median(steady[:third])


def draw_pages(folder: Path, count: int, seed: int = 0) -> None:
    """Write so many different pages as JPEGs."""
    rng, page = np.random.default_rng(seed), decode_image((SAMPLES / "page.jpg").read_bytes())
    height, width = page.shape[:2]
    for number in range(count):
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-2.0, 2.0), rng.uniform(0.95, 1.0))
        turned = cv2.warpAffine(page, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        noisy = rng.uniform(0.85, 1.0) * turned + rng.normal(0.0, 2.0, turned.shape)
        (folder / f"{number:04d}.jpg").write_bytes(encode_jpeg(np.clip(noisy, 0, 255).astype(np.uint8)))


def run_read(pages: Path, home: Path, *, resume: bool = False, kill_at: int | None = None) -> Watched:
    """Run the command until it ends, or kill it and all its processes once so many pages are in the journal."""
    command = [sys.executable, "-m", "hdr", "read", str(pages), "--out", str(home / "table.csv")]
    started, watched = time.perf_counter(), Watched()
    with subprocess.Popen(
        [*command, *(["--resume"] if resume else [])],
        env=os.environ | {"HDR_HOME": str(home)},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            watched.done.append(pages_in_journal(home))
            watched.megabytes.append(_memory(process.pid))
            if kill_at is not None and watched.done[-1] >= kill_at:
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(1.0)
    watched.seconds = time.perf_counter() - started
    return watched


def pages_in_journal(home: Path) -> int:
    """Whole lines of the only batch's journal."""
    return sum(path.read_bytes().count(b"\n") for path in (home / "batches").glob("*/journal.jsonl"))


def _memory(process: int) -> float:
    """Resident megabytes of a process and all below it."""
    total = 0
    try:
        root = psutil.Process(process)
        for one in (root, *root.children(recursive=True)):
            total += one.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total / 1e6


def measure(count: int) -> dict[str, Any]:
    """All figures of a batch of so many pages."""
    with tempfile.TemporaryDirectory() as place:
        home, pages = Path(place) / "home", Path(place) / "pages"
        pages.mkdir()
        home.mkdir()
        draw_pages(pages, count)
        first = run_read(pages, home, kill_at=count // 2)
        kept = pages_in_journal(home)
        second = run_read(pages, home, resume=True)
        with (home / "table.csv").open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
    named = {line["file"] for line in lines}
    warm = round(_WARM * count)
    return {
        "pages": count,
        "killed_with": kept,
        "missing": count - len(named),
        "failed": len({line["file"] for line in lines if line.get("problem")}),
        "peak_mb": round(max(first.megabytes + second.megabytes)),
        "growth_mb": [round(run.growth(warm), 1) for run in (first, second)],
        "seconds_a_page": round((first.seconds + second.seconds) / count, 3),
    }


def main() -> None:
    """Measure, print, and write where that is asked for."""
    parser = parser_of(__doc__)
    parser.add_argument("--pages", type=int, default=500, help="pages in the batch")
    asked = parser.parse_args()
    write_report(measure(asked.pages), asked.json)


if __name__ == "__main__":
    main()
