"""Fields as lines of a table and as boxes on a canvas: there and back, what is refused, what follows the drawing."""

from dataclasses import replace

import numpy as np
import pytest

from hdr.decode.rules import KINDS, Rule
from hdr.errors import SettingsError
from hdr.store.templates import Field, Template, Total
from hdr.ui.field_rows import (
    Drawn,
    FieldRow,
    field_of,
    follow_canvas,
    follow_names,
    found_rows,
    free_name,
    problems,
    read_place,
    row_of,
    rows_of,
    template_of,
)
from hdr.vision.image import encode_png

SIZE = (400, 300)
BOX = (10, 20, 100, 30)
ROW = FieldRow("Sum", BOX)
OTHER = FieldRow("Card", (200, 20, 100, 30), digits="4")


@pytest.mark.parametrize(
    "field",
    [
        Field("plain", BOX),
        Field("length", BOX, Rule(lengths=(4, 4))),
        Field("lengths", BOX, Rule(lengths=(2, 6), low=0, high=999_999)),
        Field("from", BOX, Rule(low=10)),
        Field("to", BOX, Rule(high=0)),
        Field("boxes", BOX, Rule("boxes", check="mod97"), 8),
        Field("date", BOX, Rule("date", date_format="YYYYMMDD", low=1990, high=2030)),
        Field("column", BOX, Rule("column", pattern="[1-9]##"), 5),
        Field("needed", BOX, Rule(required=True, check="luhn")),
    ],
)
def test_a_field_comes_back_from_its_line(field):
    assert field_of(row_of(field)) == field


def test_a_template_comes_back_from_its_lines():
    reference = encode_png(np.full((SIZE[1], SIZE[0], 3), 255, np.uint8))
    fields = (Field("a", BOX), Field("b", (10, 80, 100, 30)), Field("sum", (10, 140, 100, 30)))
    template = Template("note", SIZE, fields, (Total("sum", ("a", "b")),), reference)
    assert template_of("note", rows_of(template), SIZE, reference) == template


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"digits": "many"}, "4 or as 2-6"),
        ({"digits": "0"}, "1 to"),
        ({"digits": "6-2"}, "least first"),
        ({"values": "100"}, "0-100"),
        ({"values": "9-1"}, "no number fits"),
        ({"values": "1" * 5000 + "-"}, "0-100"),
        ({"pattern": "[1-"}, "pattern"),
        ({"check": "Luhm"}, "check digit"),
        ({"kind": "Letter"}, "kind"),
        ({"kind": KINDS["boxes"]}, "say how many"),
        ({"kind": KINDS["date"], "digits": "8"}, "date"),
        ({"name": ""}, "name"),
        ({"cells": 1000}, "cells"),
    ],
)
def test_what_is_impossible_is_refused_with_a_sentence(changes, reason):
    row = replace(ROW, **changes)
    with pytest.raises(SettingsError, match=reason):
        field_of(row)
    assert reason in problems([OTHER, row])[row.name]
    assert len(problems([OTHER, row])) == 1


def test_a_date_without_a_format_gets_the_usual_one():
    assert field_of(replace(ROW, kind=KINDS["date"])).rule.date_format == "DDMMYYYY"


def test_what_was_found_becomes_lines_of_the_fitting_kind():
    rows = found_rows(
        [((0, 0, 100, 20), 0), ((0, 40, 160, 20), 8), ((0, 80, 40, 200), 5), ((390, 10, 900, 1), 0)], SIZE
    )
    assert [(row.name, row.kind, row.cells) for row in rows] == [
        ("field 1", KINDS["number"], 0),
        ("field 2", KINDS["boxes"], 8),
        ("field 3", KINDS["column"], 5),
    ]
    assert problems(rows) == {}


def drawn(*rows: FieldRow) -> list[Drawn]:
    return [Drawn(row.name, row.box) for row in rows]


def test_a_canvas_that_shows_the_lines_changes_nothing():
    assert follow_canvas([ROW, OTHER], drawn(OTHER, ROW), SIZE, 2) == [ROW, OTHER]


def test_a_tremble_of_rounding_does_not_move_a_field():
    x, y, width, height = BOX
    assert follow_canvas([ROW], [Drawn("Sum", (x + 1, y - 1, width, height + 1))], SIZE, 2) == [ROW]


def test_a_moved_box_takes_its_rules_along():
    assert follow_canvas([ROW, OTHER], [*drawn(ROW), Drawn("Card", (250, 90, 80, 40))], SIZE, 2) == [
        ROW,
        replace(OTHER, box=(250, 90, 80, 40)),
    ]


def test_a_new_box_is_a_new_line_within_the_scan():
    rows = follow_canvas([ROW], [*drawn(ROW), Drawn("Sum", (350, 280, 100, 100)), Drawn("", (0, 200, 50, 50))], SIZE, 2)
    assert rows == [ROW, FieldRow("field 1", (350, 280, 50, 20)), FieldRow("field 2", (0, 200, 50, 50))]


def test_a_click_without_a_box_is_no_field():
    assert follow_canvas([ROW], [*drawn(ROW), Drawn("field 2", (50, 50, 1, 0))], SIZE, 2) == [ROW]


def test_a_deleted_box_takes_its_line_and_its_part_in_sums_along():
    total = FieldRow("Total", (10, 200, 90, 30), sum_of=("Sum", "Card"))
    assert follow_canvas([ROW, OTHER, total], drawn(ROW, total), SIZE, 2) == [ROW, replace(total, sum_of=("Sum",))]


def test_a_relabelled_box_keeps_its_rules_and_its_part_in_sums():
    total = FieldRow("Total", (10, 200, 90, 30), sum_of=("Card",))
    rows = follow_canvas([OTHER, total], [Drawn("Pass", OTHER.box), *drawn(total)], SIZE, 2)
    assert rows == [replace(OTHER, name="Pass"), replace(total, sum_of=("Pass",))]


def test_two_boxes_of_one_name_stay_two_fields():
    first, second = replace(ROW, digits="1"), replace(ROW, box=(200, 200, 60, 30), digits="2")
    assert follow_canvas([first, second], drawn(second, first), SIZE, 2) == [first, second]


def test_names_are_followed_and_those_of_nobody_dropped():
    rows = [replace(ROW, name="A"), replace(OTHER, sum_of=("Sum", "gone"))]
    assert follow_names(rows, ["Sum", "Card"])[1].sum_of == ("A",)


def test_a_free_name_is_free():
    assert free_name([FieldRow("field 1", BOX), FieldRow("field 3", BOX)]) == "field 2"


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("1, 2, 30, 40", (1, 2, 30, 40)),
        ("1 2 30 40", (1, 2, 30, 40)),
        ("390, 290, 50, 50", (390, 290, 10, 10)),
        ("1, 2, 3", None),
        ("", None),
        ("1, 2, 3, 999999", None),
    ],
)
def test_a_typed_place_is_read_or_refused(text, box):
    assert read_place(text, SIZE) == box
