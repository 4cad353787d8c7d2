"""What was read as JSON, CSV, Excel and PDF, literally."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import openpyxl
import pytest
from PIL import Image

from hdr.errors import SettingsError
from hdr.report import (
    COLUMNS,
    as_csv,
    as_json,
    as_pdf,
    as_xlsx,
    digit_lines,
    form_table,
    forms_as_file,
    page_record,
    row_table,
    table_as_csv,
    table_as_xlsx,
)
from hdr.results import Digit, Page, Row
from hdr.vision.document import read_document_pages

FRAME = np.zeros((28, 28), np.uint8)


def digit(value: int, confidence: float, x: int) -> Digit:
    answer = np.full(10, (1 - confidence) / 9, np.float32)
    answer[value] = confidence
    return Digit((x, 20, 10, 30), FRAME, answer)


PAGE = Page(
    "cnn",
    (640, 480),
    (Row(((digit(2, 0.91, 5), digit(7, 0.5, 25)), (digit(1, 0.99, 60),))), Row(((digit(8, 0.87654321, 5),),))),
    0.01,
)
BLANK = Page("rnn", (64, 48), (), 0.0)


def test_json():
    assert json.loads(as_json({"a.png": PAGE, "b.png": BLANK})) == {
        "a.png": {"text": "27 1/8", "rows": ["27 1", "8"], "confidence": 0.5, "model": "cnn"},
        "b.png": {"text": "", "rows": [], "confidence": 0.0, "model": "rnn"},
    }


def test_csv():
    assert as_csv({"a.png": PAGE, "b.png": BLANK}).splitlines() == [
        "file,model,row,group,position,digit,confidence,unsure,reason,x,y,width,height",
        "a.png,cnn,1,1,1,2,0.91,False,,5,20,10,30",
        "a.png,cnn,1,1,2,7,0.5,True,unlike any digit,25,20,10,30",
        "a.png,cnn,1,2,1,1,0.99,False,,60,20,10,30",
        "a.png,cnn,2,1,1,8,0.8765,False,,5,20,10,30",
    ]


@pytest.mark.parametrize("name", ["a, b.png", 'the "first".png', "π.png", "two\nlines.png"])
def test_awkward_file_names(name):
    assert list(json.loads(as_json({name: PAGE}))) == [name]
    lines = list(csv.DictReader(as_csv({name: PAGE}).splitlines(keepends=True)))
    assert [line["file"] for line in lines] == [name] * 4


@pytest.mark.parametrize("pages", [{}, {"b.png": BLANK}])
def test_nothing_read(pages):
    assert digit_lines(pages) == []
    assert as_csv(pages) == ",".join(COLUMNS) + "\n"


def test_lines_keep_their_types():
    line = digit_lines({"a.png": PAGE})[1]
    assert tuple(line) == COLUMNS
    assert (line["digit"], line["confidence"], line["unsure"]) == (7, 0.5, True)


# --- boxes, records, rows -------------------------------------------------------------------------------------------

TABLE = Page(
    "cnn",
    (100, 80),
    (
        Row(((digit(4, 0.9, 1),), (), (digit(0, 0.95, 40), digit(7, 0.7, 52))), True, (None, None, "01")),
        Row(((), (), ()), True),
    ),
    0.02,
)
LOST = {"problem": "This is not a picture."}
HEADER = ("file", "row", "text", "confidence", "unsure", "problem")


def test_json_with_boxes():
    found = json.loads(as_json({"a.png": PAGE}, boxes=True))["a.png"]
    assert list(found) == ["text", "rows", "confidence", "model", "size", "cells", "rivals", "digits", "refused"]
    assert (found["size"], found["cells"]) == ([640, 480], [["27", "1"], ["8"]])
    assert found["digits"][1] == {
        "row": 1,
        "group": 1,
        "position": 2,
        "digit": 7,
        "confidence": 0.5,
        "unsure": True,
        "reason": "unlike any digit",
        "box": [25, 20, 10, 30],
    }
    assert found["refused"] == []


def test_what_is_no_digit_is_in_no_row_but_in_the_boxes():
    page = replace(BLANK, refused=(digit(4, 0.2, 7),))
    found = json.loads(as_json({"a.png": page}, boxes=True))["a.png"]
    assert (found["text"], found["digits"], found["refused"]) == ("", [], [[7, 20, 10, 30]])


def test_records_of_an_older_version_have_no_reasons():
    """A batch that was begun with it keeps such records."""
    record = page_record(PAGE)
    del record["refused"]
    for one in record["digits"]:
        del one["reason"]
    assert json.loads(as_json({"a.png": record}, boxes=True))["a.png"]["refused"] is None
    assert as_csv({"a.png": record}).splitlines()[2] == "a.png,cnn,1,1,2,7,0.5,True,,25,20,10,30"


def test_json_of_a_table():
    """The text leaves empty cells out, the cells keep them; what the other way of reading saw is told."""
    found = json.loads(as_json({"t.png": TABLE}, boxes=True))["t.png"]
    assert (found["text"], found["rows"]) == ("4 07", ["4 07"])
    assert found["cells"] == [["4", "", "07"], ["", "", ""]]
    assert found["rivals"] == [{"row": 1, "group": 3, "text": "01"}]
    assert [place["group"] for place in found["digits"]] == [1, 3, 3]


def test_a_record_gives_what_its_page_gives():
    """A batch keeps records as JSON; every kind of file is the same from them."""
    pages = {"a.png": PAGE, "b.png": BLANK, "t.png": TABLE}
    records = {name: json.loads(json.dumps(page_record(page))) for name, page in pages.items()}
    assert as_json(records, boxes=True) == as_json(pages, boxes=True)
    assert as_csv(records) == as_csv(pages)
    assert table_as_csv(*row_table(records)) == table_as_csv(*row_table(pages))


def test_numbers_of_numpy_are_no_hindrance():
    found = Digit((np.int64(1), np.int64(2), np.int64(3), np.int64(4)), FRAME, np.full(10, 0.1, np.float32))
    assert json.loads(as_json({"a": Page("cnn", (9, 9), (Row(((found,),)),), 0.0)}, boxes=True))


def test_rows_with_cells():
    header, lines = row_table({"a.png": PAGE, "b.png": BLANK, "t.png": TABLE, "bad.png": LOST})
    assert header == (*HEADER, "cell 1", "cell 2", "cell 3")
    assert list(lines) == [
        ("a.png", 1, "27 1", 0.5, True, None, "27", "1"),
        ("a.png", 2, "8", 0.8765, False, None, "8"),
        ("b.png", None, None, None, None, None),
        ("t.png", 1, "4 07", 0.7, True, None, "4", "", "07"),
        ("t.png", 2, "", None, False, None, "", "", ""),
        ("bad.png", None, None, None, None, "This is not a picture."),
    ]


def test_what_could_not_be_read_is_in_no_other_file():
    assert json.loads(as_json({"bad.png": LOST})) == {}
    assert digit_lines({"bad.png": LOST}) == []


# --- tables ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x", "y")', "-"]
)
def test_formulas_are_defused(cell):
    line = next(csv.reader(io.StringIO(table_as_csv((cell,), []), newline="")))
    assert line == [f"'{cell}".replace("\r", " ")]
    book = openpyxl.load_workbook(io.BytesIO(table_as_xlsx(("a",), [(cell,)])))
    found = book["Table"]["A2"]
    assert (found.value.replace("_x000D_", "\r"), found.data_type) == (cell, "s")


def test_file_names_are_defused_everywhere():
    assert as_csv({"=a.png": PAGE}).splitlines()[1].startswith("'=a.png,cnn")
    assert table_as_csv(*row_table({"@a.png": LOST})).splitlines()[1].startswith("'@a.png,")


def test_numbers_and_harmless_texts_stay():
    assert table_as_csv(("a", "b"), [(-1, 0.5), ("1-1", None), (True, "a=b")]) == "a,b\n-1,0.5\n1-1,\nTrue,a=b\n"


def test_a_table_in_excel():
    data = table_as_xlsx(("name", "sum"), [("0012", 3), (None, -0.5), ("http://x", True), ("x" * 40_000, 0)], "Sums")
    sheet = openpyxl.load_workbook(io.BytesIO(data))["Sums"]
    lines = list(sheet.values)
    assert lines[:4] == [("name", "sum"), ("0012", 3), (None, -0.5), ("http://x", True)]
    assert lines[4][0] == "x" * 32_767
    assert sheet["A1"].font.bold
    assert sheet["A4"].hyperlink is None


def test_an_excel_sheet_has_an_end(monkeypatch):
    monkeypatch.setattr("hdr.report.tables._MOST_LINES", 3)
    table_as_xlsx(("a",), [(1,), (2,)])
    with pytest.raises(SettingsError, match="holds 3 lines"):
        table_as_xlsx(("a",), [(1,), (2,), (3,)])


def test_excel_has_rows_and_digits():
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx({"=a.png": PAGE, "t.png": TABLE, "bad.png": LOST})))
    assert book.sheetnames == ["Rows", "Digits"]
    rows, digits = (list(book[name].values) for name in book.sheetnames)
    assert rows[0] == (*HEADER, "cell 1", "cell 2", "cell 3")
    assert rows[1] == ("=a.png", 1, "27 1", 0.5, True, None, "27", "1", None)
    assert rows[3][6:8] == ("4", None)
    assert rows[3][8] == "07"
    assert rows[5][5] == "This is not a picture."
    assert (digits[0], len(digits)) == (COLUMNS, 8)
    assert digits[2] == ("=a.png", "cnn", 1, 1, 2, 7, 0.5, True, "unlike any digit", 25, 20, 10, 30)


# --- forms ----------------------------------------------------------------------------------------------------------

FIELD = {"text": "", "unruled": "", "confidence": 0.99, "complaint": None, "box": [1, 2, 3, 4]}
FORMS = {
    "a.jpg": {
        "template": "order",
        "confidence": 0.6,
        "fields": [
            FIELD | {"name": "Sum", "text": "0120", "unruled": "0170"},
            FIELD | {"name": "=Date", "confidence": 0.6},
            FIELD | {"name": "Card", "text": "18", "unruled": "18", "complaint": "Check digit."},
        ],
    },
    "bad.jpg": {"problem": "No form."},
}
FORM_HEADER = ("form", "Sum", "=Date", "Card", "least sure", "unsure fields", "problem")
SURE = ("Sum: sure", "=Date: sure", "Card: sure")


def test_forms_as_a_table():
    header, lines = form_table(FORMS)
    assert header == (*FORM_HEADER, *SURE)
    assert lines == [
        ("a.jpg", "0120", "", "18", 0.6, 3, None, 0.99, 0.6, 0.99),
        ("bad.jpg", None, None, None, None, None, "No form.", None, None, None),
    ]


@pytest.mark.parametrize(
    ("names", "headings"),
    [
        (("form", "a"), ("form (2)", "a")),
        (("least sure", "unsure fields", "problem"), ("least sure (2)", "unsure fields (2)", "problem (2)")),
        (("form", "form (2)"), ("form (2)", "form (2) (2)")),
        (("a", "a: sure"), ("a", "a: sure (2)")),
        (("a: sure", "a"), ("a: sure", "a (2)")),
    ],
)
def test_a_field_may_be_called_as_another_column_is(names, headings):
    header, lines = form_table({"a.jpg": {"fields": [FIELD | {"name": name, "text": name} for name in names]}})
    assert header[1 : len(names) + 1] == headings
    assert len(set(header)) == len(header) == len(lines[0])
    assert lines[0][1 : len(names) + 1] == names
    assert set(header) >= {"form", "least sure", "unsure fields", "problem", *(f"{name}: sure" for name in headings)}


def test_forms_as_files():
    text = forms_as_file(".csv", FORMS).decode().splitlines()
    assert text[0].startswith("form,Sum,'=Date,Card,")
    assert text[1] == "a.jpg,0120,,18,0.6,3,,0.99,0.6,0.99"
    sheet = openpyxl.load_workbook(io.BytesIO(forms_as_file(".xlsx", FORMS))).active
    assert sheet["B2"].value == "0120"
    assert json.loads(forms_as_file(".json", FORMS)) == {"a.jpg": FORMS["a.jpg"]}
    with pytest.raises(SettingsError, match=r"ends in \.csv, \.xlsx or \.json, not in '\.pdf'"):
        forms_as_file(".pdf", FORMS)


# --- annotated PDF --------------------------------------------------------------------------------------------------


def picture(grey: int, kind: str, mode: str = "RGB", size: tuple[int, int] = (120, 80)) -> bytes:
    out = io.BytesIO()
    Image.new("L", size, grey).convert(mode).save(out, kind)
    return out.getvalue()


def test_pictures_become_pages():
    jpeg = picture(200, "JPEG")
    data = as_pdf([jpeg, picture(30, "PNG"), picture(90, "JPEG", "L", (80, 160)), picture(150, "PNG", "RGBA")])
    assert jpeg in data
    sheets = [sheet.rgb for sheet in read_document_pages(data)]
    assert [
        abs(int(rgb[rgb.shape[0] // 2, rgb.shape[1] // 2, 0]) - grey) <= 3
        for rgb, grey in zip(sheets, (200, 30, 90, 150), strict=True)
    ] == [True] * 4
    assert sheets[0].shape[1] / sheets[0].shape[0] == pytest.approx(1.5, abs=0.01)
    assert sheets[2].shape[0] / sheets[2].shape[1] == pytest.approx(2, abs=0.01)


def test_a_pdf_without_pages_is_refused():
    with pytest.raises(SettingsError, match="No picture"):
        as_pdf([])
