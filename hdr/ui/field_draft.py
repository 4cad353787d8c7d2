"""A form's template while a person works on it: its fields as lines, and how they stand in the editor's table.

Knows neither the canvas nor the table itself, only what came of them.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from hdr.decode.rules import KINDS
from hdr.results import Box
from hdr.ui.field_rows import Drawn, FieldRow, as_place, follow_names, read_place

CANVAS_WIDTH = 600
"""Of the canvas in its own pixels; the browser fits it into its column."""
COLUMNS = (
    "name",
    "kind",
    "digits",
    "values",
    "check",
    "pattern",
    "cells",
    "date",
    "needed",
    "sum_of",
    "place",
)
_TURNS, _TABLES = itertools.count(), itertools.count()


@dataclass
class Draft:
    """A template while a person works on it.

    Attributes:
        name: Of the template; empty for a new one.
        scan: The reference picture's file.
        shown: A smaller JPEG of it for the canvas.
        size: (width, height) of the reference picture, pixels.
        rows: The fields as they are now.
        saved: The fields as they are stored; none of a new template.
        turn: Another number each time that the canvas has to be drawn anew.
        drawn: What the canvas was last drawn with.
        asked: The turn that the canvas was last asked for.
        stale: What the canvas still says from before it was drawn anew, and what is not listened to.
        table: Another number for each table; a new one takes the place of the old.
        listed: What the present table began with.
    """

    name: str
    scan: bytes
    shown: bytes
    size: tuple[int, int]
    rows: list[FieldRow] = field(default_factory=list)
    saved: tuple[FieldRow, ...] = ()
    turn: int = field(default_factory=_TURNS.__next__)
    drawn: list[FieldRow] = field(default_factory=list)
    asked: int = -1
    stale: list[Drawn] | None = None
    table: int = field(default_factory=_TABLES.__next__)
    listed: list[FieldRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.drawn, self.listed = list(self.rows), list(self.rows)

    @property
    def scale(self) -> float:
        """Pixels of the canvas to one of the scan."""
        return CANVAS_WIDTH / self.size[0]

    def set(self, rows: list[FieldRow]) -> None:
        """Take other fields, on the canvas and in the table."""
        self.rows = rows
        self.redraw()
        self.relist()

    def hear(self, drawn: list[Drawn], *, mounted: bool) -> list[Drawn] | None:
        """What a person has drawn, of all that the canvas says; None where it still says what was there before.

        Args:
            drawn: All boxes that the canvas says it has.
            mounted: Whether it was on the page before this run.
        """
        if self.asked != self.turn:
            self.asked, self.stale = self.turn, drawn if mounted else None
        if drawn == self.stale:
            return None
        self.stale = None
        return drawn

    def redraw(self) -> None:
        """Draw the canvas anew."""
        self.drawn = list(self.rows)
        self.turn = next(_TURNS)

    def relist(self) -> None:
        """A fresh table."""
        self.table = next(_TABLES)


def take_table(draft: Draft, edited: pd.DataFrame) -> bool:
    """Take what a person has typed; says whether canvas and table have to be shown anew: names or places are others."""
    numbers = [int(number) for number in edited.index]
    before = dict(enumerate(draft.listed))
    rows = [_row(before[index], edited.loc[index], draft.size) for index in numbers]
    rows = follow_names(rows, [before[index].name for index in numbers])
    if rows == draft.rows:
        return False
    moved = [(row.name, row.box) for row in rows] != [(row.name, row.box) for row in draft.rows]
    draft.rows = rows
    if moved:
        draft.set(rows)
    return moved


def as_table(rows: Iterable[FieldRow]) -> pd.DataFrame:
    """The lines as the table shows them."""
    lines = [
        {
            "name": row.name,
            "kind": row.kind,
            "digits": row.digits,
            "values": row.values,
            "check": row.check or None,
            "pattern": row.pattern,
            "cells": row.cells,
            "date": row.date or None,
            "needed": row.needed,
            "sum_of": list(row.sum_of),
            "place": as_place(row.box),
        }
        for row in rows
    ]
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _row(old: FieldRow, line: "pd.Series[Any]", size: tuple[int, int]) -> FieldRow:
    """A line as it stands in the table now; an emptied cell is None there."""
    parts = line["sum_of"]
    return replace(
        old,
        name=_text(line["name"]).strip(),
        kind=_text(line["kind"]) or KINDS["number"],
        digits=_text(line["digits"]),
        values=_text(line["values"]),
        check=_text(line["check"]),
        pattern=_text(line["pattern"]),
        cells=0 if pd.isna(line["cells"]) else int(line["cells"]),
        date=_text(line["date"]),
        needed=bool(line["needed"]) if not pd.isna(line["needed"]) else False,
        sum_of=tuple(parts) if isinstance(parts, list | tuple) else (),
        box=_placed(old.box, _text(line["place"]), size),
    )


def _placed(box: Box, text: str, size: tuple[int, int]) -> Box:
    return box if text == as_place(box) else read_place(text, size) or box


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else ""
