"""What was read, as files that other programs take: JSON by picture, CSV with a line per digit."""

import csv
import io
import json
from typing import Any

from hdr.results import Page

COLUMNS = ("file", "model", "row", "group", "position", "digit", "confidence", "unsure", "x", "y", "width", "height")


def as_json(pages: dict[str, Page]) -> str:
    """JSON that maps each file's name to `{"text", "rows", "confidence", "model"}`."""
    return json.dumps({name: _summary(page) for name, page in pages.items()}, indent=2)


def as_csv(pages: dict[str, Page]) -> str:
    """CSV with a header and one line per digit; confidence 0..1, box in pixels of the picture."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(digit_lines(pages))
    return out.getvalue()


def digit_lines(pages: dict[str, Page]) -> list[dict[str, Any]]:
    """One dict per digit with the keys `COLUMNS`, in reading order; rows, groups and positions count from 1."""
    return [
        dict(
            zip(
                COLUMNS,
                (name, page.model, i, j, k, digit.value, round(digit.confidence, 4), digit.unsure, *digit.box),
                strict=True,
            )
        )
        for name, page in pages.items()
        for i, row in enumerate(page.rows, 1)
        for j, group in enumerate(row.groups, 1)
        for k, digit in enumerate(group, 1)
    ]


def _summary(page: Page) -> dict[str, Any]:
    return {
        "text": page.text,
        "rows": [row.text for row in page.rows],
        "confidence": round(page.confidence, 4),
        "model": page.model,
    }
