"""What is typed into the table of fields changes the draft, and is shown on the canvas where it has to be."""

import pandas as pd
import pytest

from hdr.decode.rules import KINDS
from hdr.ui.field_draft import Draft, as_table, take_table
from hdr.ui.field_rows import Drawn, FieldRow

ROWS = [FieldRow("Sum", (10, 20, 100, 30)), FieldRow("Card", (200, 20, 100, 30), check="Luhn")]


@pytest.fixture
def draft() -> Draft:
    return Draft("note", b"", b"", (400, 300), list(ROWS))


def edited(draft: Draft, row: int, **cells: object) -> pd.DataFrame:
    table = as_table(draft.listed)
    for column, value in cells.items():
        table.at[row, column] = value
    return table


def test_an_untouched_table_changes_nothing(draft):
    assert not take_table(draft, as_table(draft.listed))
    assert draft.rows == ROWS


def test_rules_are_taken_without_a_new_canvas(draft):
    cells = {"digits": "4", "kind": KINDS["boxes"], "cells": 4, "needed": True, "pattern": "####"}
    assert not take_table(draft, edited(draft, 0, **cells))
    assert draft.rows[0] == FieldRow("Sum", (10, 20, 100, 30), KINDS["boxes"], "4", "", "", "####", 4, "", True)
    assert draft.rows[1] == ROWS[1]


def test_a_draft_that_begins_anew_has_a_table_of_its_own(draft):
    """What was typed into the old one is kept by the browser under its number."""
    assert Draft("note", b"", b"", (400, 300), list(ROWS)).table != draft.table


def test_emptied_cells_are_empty(draft):
    assert not take_table(draft, edited(draft, 1, check=None, digits=None, cells=None, sum_of=None))
    assert draft.rows[1] == FieldRow("Card", (200, 20, 100, 30))


def test_a_new_name_is_drawn_and_followed_by_sums(draft):
    table = edited(draft, 0, name=" Amount ")
    table.at[1, "sum_of"] = ["Sum"]
    turn = draft.turn
    assert take_table(draft, table)
    assert [row.name for row in draft.rows] == ["Amount", "Card"]
    assert draft.rows[1].sum_of == ("Amount",)
    assert draft.turn > turn


def test_a_typed_place_moves_the_box_and_nonsense_does_not(draft):
    assert take_table(draft, edited(draft, 0, place="50, 60, 70, 80"))
    assert draft.rows[0].box == (50, 60, 70, 80)
    assert take_table(draft, edited(draft, 0, place="here"))
    assert draft.rows[0].box == ROWS[0].box


def test_a_deleted_line_is_gone_from_the_canvas(draft):
    assert take_table(draft, as_table(draft.listed).drop(index=0))
    assert draft.rows == [ROWS[1]]


def test_a_canvas_that_was_drawn_anew_is_heard_once_it_has_changed(draft):
    old, new = [Drawn("Sum", (10, 20, 100, 30))], [Drawn("Amount", (10, 20, 100, 30))]
    assert draft.hear(old, mounted=False) == old
    draft.redraw()
    assert draft.hear(old, mounted=True) is None
    assert draft.hear(old, mounted=True) is None
    assert draft.hear(new, mounted=True) == new
    assert draft.hear(old, mounted=True) == old, "drawn by the person now"


def test_another_draft_does_not_hear_what_was_drawn_for_the_first(draft):
    drawn = [Drawn("Sum", (50, 20, 100, 30))]
    assert draft.hear(drawn, mounted=True) is None
