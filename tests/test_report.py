"""What was read as JSON and CSV, literally."""

import csv
import json

import numpy as np
import pytest

from hdr.report import COLUMNS, as_csv, as_json, digit_lines
from hdr.results import Digit, Page, Row

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
        "file,model,row,group,position,digit,confidence,unsure,x,y,width,height",
        "a.png,cnn,1,1,1,2,0.91,False,5,20,10,30",
        "a.png,cnn,1,1,2,7,0.5,True,25,20,10,30",
        "a.png,cnn,1,2,1,1,0.99,False,60,20,10,30",
        "a.png,cnn,2,1,1,8,0.8765,False,5,20,10,30",
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
