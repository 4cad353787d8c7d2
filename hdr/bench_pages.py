"""Benches of whole pages: a large photo's time, the pictures of `real` against Tesseract, cheque amounts, mark tables.

Everything is read as `python -m hdr read` would: bytes in, text out.
"""

import csv
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import cv2

from hdr.config import SAMPLES
from hdr.data.strings import CHEQUES_TRAINING
from hdr.reader import Reader
from hdr.score.pages import PageScore, ReadText, score_pages
from hdr.vision.image import decode_image, encode_jpeg

_Result = TypeVar("_Result")
_LARGE = (4000, 3000)
"""Width and height of a photo of 12 megapixels."""
_TURNS = 5
"""Times that it is read, after one that warms up."""


def bench_pages(reader: Reader, folder: Path) -> dict[str, Any]:
    """Run every bench of this module that the folder has the pictures for.

    Args:
        reader: Reads all of it.
        folder: With `real/truth.csv`, `cheques/labels.csv`, or neither.
    """
    report: dict[str, Any] = {"large_photo": time_large_photo(reader)}
    if (folder / "real" / "truth.csv").is_file():
        report["tables"] = score_tables(reader, folder / "real")
        if shutil.which("tesseract"):
            report["tesseract"] = compare_tesseract(reader, folder / "real")
    if (folder / "cheques" / "labels.csv").is_file():
        report["cheques"] = score_cheques(reader, folder / "cheques")
    return report


def time_large_photo(reader: Reader) -> dict[str, float]:
    """Seconds from the bytes of a photo of 12 megapixels, the sample page enlarged, to its text; medians."""
    page = decode_image((SAMPLES / "page.jpg").read_bytes())
    data = encode_jpeg(cv2.resize(page, _LARGE, interpolation=cv2.INTER_CUBIC))
    times = [timed(lambda: reader.read_picture(data))[1] for _ in range(1 + _TURNS)]
    return {"megapixels": 12, "seconds": round(statistics.median(times[1:]), 3)}


def score_tables(reader: Reader, folder: Path) -> dict[str, Any]:
    """Cells of the mark tables `irtiza_marks_*` that are exact, where rows and columns are those of the truth."""
    right = cells = found = tables = 0
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            if line["file"].startswith("irtiza_marks"):
                truth = [row.split() for row in line["text"].split("/")]
                read = [row.cells for row in reader.read_picture((folder / line["file"]).read_bytes()).rows]
                tables += 1
                found += [len(row) for row in truth] == [len(row) for row in read]
                cells += sum(len(row) for row in truth)
                pairs = zip(truth, read, strict=False)
                right += sum(a == b for first, second in pairs for a, b in zip(first, second, strict=False))
    return {"tables": tables, "all_rows_and_columns": found, "cells": cells, "exact": round(right / max(1, cells), 4)}


def score_cheques(reader: Reader, folder: Path) -> dict[str, Any]:
    """Amounts of the cheques' test part that are exact, labels as they are."""
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))[CHEQUES_TRAINING:]
    read = [reader.read_picture((folder / line["file"]).read_bytes()).text for line in lines]
    exact = sum(text.replace(" ", "") == line["text"] for text, line in zip(read, lines, strict=True))
    return {"amounts": len(lines), "exact": exact, "accuracy": round(exact / max(1, len(lines)), 4)}


def compare_tesseract(reader: Reader, folder: Path) -> dict[str, Any]:
    """Seconds for all pictures of a folder with `truth.csv`, ours and Tesseract's with its start, and exact ones."""
    mine, ours = _timed_scores(folder, lambda data: reader.read_picture(data).text)
    rival, theirs = _timed_scores(folder, _tesseract)
    return {
        "ours_seconds": round(ours, 2),
        "tesseract_seconds": round(theirs, 2),
        "ratio": round(theirs / ours, 1),
        "ours_exact": sum(score.exact for score in mine),
        "tesseract_exact": sum(score.exact for score in rival),
    }


def _timed_scores(folder: Path, read: ReadText) -> tuple[list[PageScore], float]:
    """The scores of all pictures of a folder, and the seconds that reading them took."""
    times: list[float] = []

    def read_timed(data: bytes) -> str:
        text, seconds = timed(lambda: read(data))
        times.append(seconds)
        return text

    return score_pages(folder, read_timed), sum(times)


def _tesseract(data: bytes) -> str:
    """A picture's digits as Tesseract reads them, rows joined by `/`."""
    command = ["tesseract", "-", "-", "--psm", "6", "-c", "tessedit_char_whitelist=0123456789"]
    found = subprocess.run(command, input=data, capture_output=True, check=False).stdout.decode()
    return "/".join(line.replace(" ", "") for line in found.splitlines() if line.strip())


def timed(call: Callable[[], _Result]) -> tuple[_Result, float]:
    """What a call gives, and the seconds that it took."""
    started = time.perf_counter()
    result = call()
    return result, time.perf_counter() - started
