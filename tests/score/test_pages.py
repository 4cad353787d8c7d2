"""Whole pictures against their known text: the edit distance by hand, and folders with a truth.csv of every kind."""

import pytest

from hdr.errors import DataError
from hdr.score.pages import PageScore, edit_distance, score_pages, summarise


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        ("", "", 0),
        ("", "123", 3),
        ("2718", "2718", 0),
        ("2718", "2728", 1),
        ("2718", "278", 1),
        ("2718", "27118", 1),
        ("2718", "7182", 2),
        ("12", "21", 2),
        ("123", "456", 3),
        ("1234567", "234567", 1),
        ("kitten", "sitting", 3),
    ],
)
def test_edit_distance(first, second, distance):
    assert edit_distance(first, second) == edit_distance(second, first) == distance


@pytest.fixture
def folder(tmp_path):
    """Writes truth.csv; each picture is a file that holds what the fake reader will read on it."""

    def fill(truth: str | bytes, **pictures: str):
        for name, content in pictures.items():
            (tmp_path / f"{name}.png").write_bytes(content.encode())
        (tmp_path / "truth.csv").write_bytes(truth if isinstance(truth, bytes) else truth.encode())
        return tmp_path

    return fill


def test_every_picture_is_read_and_compared(folder):
    path = folder(
        "file,text,kind,difficulty\na.png,27 18/5,photo,easy\nb.png,314,photo,easy\nc.png,42,form,\nd.png,12/34,,\n",
        a="271 8/5",
        b="3/14",
        c="4",
        d="1234 5",
    )
    assert score_pages(path, bytes.decode) == [
        PageScore("a.png", "photo, easy", "2718/5", "2718/5", 0),
        PageScore("b.png", "photo, easy", "314", "3/14", 0),
        PageScore("c.png", "form", "42", "4", 1),
        PageScore("d.png", "", "12/34", "12345", 1),
    ]


@pytest.mark.parametrize(
    ("truth", "read", "errors", "exact", "digits"),
    [("12/34", "12/34", 0, True, 4), ("12/34", "1234", 0, False, 4), ("7", "1", 1, False, 1), ("", "", 0, True, 0)],
)
def test_exact_means_digits_and_rows(truth, read, errors, exact, digits):
    score = PageScore("a.png", "", truth, read, errors)
    assert (score.exact, score.digits) == (exact, digits)


def test_groups_are_summed_up():
    scores = [
        PageScore("a", "photo", "2718/5", "2718/5", 0),
        PageScore("b", "photo", "314", "31", 1),
        PageScore("c", "form", "42", "42", 0),
    ]
    assert summarise(scores) == {
        "form": {"pictures": 1, "exact": 1, "digits": 2, "errors": 0, "accuracy": 1.0},
        "photo": {"pictures": 2, "exact": 1, "digits": 8, "errors": 1, "accuracy": 0.875},
    }
    assert summarise([]) == {}


@pytest.mark.parametrize(("read", "exact", "errors"), [("", 1, 0), ("77", 0, 2)])
def test_a_group_of_blank_pictures(folder, read, exact, errors):
    """A picture without digits is a fair test of what is found on it."""
    found = summarise(score_pages(folder("file,text,kind\na.png,,blank\n", a=read), bytes.decode))["blank"]
    assert (found["pictures"], found["exact"], found["digits"], found["errors"]) == (1, exact, 0, errors)


def test_no_truth(tmp_path):
    with pytest.raises(DataError, match=r"truth\.csv cannot be read"):
        score_pages(tmp_path, bytes.decode)


@pytest.mark.parametrize(
    "truth",
    [
        "",
        "file,text\n",
        "name,text\na.png,1\n",
        "file\na.png\n",
        "a.png,1\n",
        b"file,text\na.png,\xff\xfe\n",
        "file,text\na.png\n",
    ],
    ids=["empty", "no lines", "no file", "no text", "no header", "not UTF-8", "a short line"],
)
def test_an_unusable_truth(folder, truth):
    with pytest.raises(DataError, match=r"truth\.csv"):
        score_pages(folder(truth, a="1"), bytes.decode)


def test_a_missing_picture(folder):
    with pytest.raises(DataError, match=r"b\.png, named in truth\.csv"):
        score_pages(folder("file,text\na.png,1\nb.png,2\n", a="1"), bytes.decode)
