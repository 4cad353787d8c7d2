"""The command line: JSON of the contract on one side, plain messages and exit status 1 on the other."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tiny import shipped

from hdr.__main__ import main
from hdr.config import SAMPLES
from hdr.learn.train import settings_for
from hdr.reader import Reader
from hdr.store.models import list_models, read_card

PAGE, DRAWING = str(SAMPLES / "page.jpg"), str(SAMPLES / "drawing.png")


def call(*arguments: str):
    """Run a command; whatever it met, no traceback comes out."""
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def loaded(monkeypatch):
    """The shipped model is loaded once for all commands."""
    monkeypatch.setattr("hdr.reader.load_reader", lambda name: Reader(name, shipped(name).predict))


# --- read -----------------------------------------------------------------------------------------------------------


def test_good_and_bad_pictures(tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"not a picture")
    missing = tmp_path / "missing.png"
    result = call("read", str(bad), PAGE, str(missing), DRAWING)
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert list(found) == ["page.jpg", "drawing.png"]
    assert found["page.jpg"]["text"] == "27 1863/40 5912/3 14159"
    assert found["page.jpg"]["rows"] == ["27 1863", "40 5912", "3 14159"]
    assert found["drawing.png"]["text"] == "42"
    assert 0.3 < found["page.jpg"]["confidence"] <= 1
    assert "not a picture" in result.stderr
    assert str(missing) in result.stderr


@pytest.mark.usefixtures("loaded")
def test_the_answer_is_the_readers_own():
    result = call("read", PAGE)
    assert result.exit_code == 0
    assert result.stderr == ""
    page = Reader("cnn", shipped("cnn").predict).read_picture(Path(PAGE).read_bytes())
    answer = json.loads(result.stdout)["page.jpg"]
    assert (answer["text"], answer["rows"]) == (page.text, [row.text for row in page.rows])
    assert answer["confidence"] == pytest.approx(page.confidence, abs=1e-4)


@pytest.mark.usefixtures("loaded")
def test_json_into_a_file(tmp_path):
    out = tmp_path / "answers.json"
    result = call("read", DRAWING, "--json", str(out))
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(out.read_text(encoding="utf-8"))["drawing.png"]["text"] == "42"


@pytest.mark.usefixtures("loaded")
def test_a_file_that_cannot_be_written(tmp_path):
    out = str(tmp_path / "no such folder" / "answers.json")
    result = call("read", DRAWING, "--json", out)
    assert result.exit_code != 0
    assert out in result.stderr


@pytest.mark.usefixtures("loaded")
def test_a_folder_is_no_picture():
    result = call("read", str(SAMPLES))
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {}
    assert str(SAMPLES) in result.stderr


@pytest.mark.usefixtures("loaded")
def test_no_picture_is_lost_silently(tmp_path):
    """Two files of one name, in two folders: both are answered, or the second is refused aloud."""
    for folder, source in (("first", PAGE), ("second", DRAWING)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "scan.png").write_bytes(Path(source).read_bytes())
    result = call("read", str(tmp_path / "first" / "scan.png"), str(tmp_path / "second" / "scan.png"))
    assert len(json.loads(result.stdout)) == 2 or (result.exit_code == 1 and "scan.png" in result.stderr)


# --- the other commands ---------------------------------------------------------------------------------------------


def test_models():
    result = call("models")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list_models()
    for line, name in zip(lines, list_models(), strict=True):
        card = read_card(name)
        assert f"{card['metrics']['mnist-test']['accuracy']:.2%}" in line
        assert f"{card['parameters']:,} parameters" in line


def test_evaluate(tmp_path):
    out = tmp_path / "score.json"
    result = call("evaluate", "cnn", "--data", "digits", "--json", str(out))
    assert (result.exit_code, result.stdout) == (0, "")
    found = json.loads(out.read_text())
    assert (found["model"], found["data"], found["n"]) == ("cnn", "digits", 1797)
    assert 0.9 < found["accuracy"] < 1
    assert found["errors"] == round((1 - found["accuracy"]) * 1797)
    assert 0 < found["loss"] < 0.5


def test_train_hands_settings_and_name_on(monkeypatch):
    calls = []
    monkeypatch.setattr("hdr.learn.train.train", lambda *given, **named: calls.append((given, named)) or "models/mine")
    result = call("train", "rnn", "--set", "epochs=5", "--set", "learning_rate=0.01", "--name", "mine")
    assert (result.exit_code, result.stdout) == (0, "Stored in models/mine\n")
    settings = settings_for("rnn", epochs=5, learning_rate=0.01)
    assert calls == [(("rnn", settings), {"name": "mine", "replace_old": False})]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["read", DRAWING, "--model", "cmm"], "No model is called 'cmm'. Stored models: cnn"),
        (["evaluate", "cmm", "--data", "digits"], "No model is called 'cmm'"),
        (["evaluate", "cnn", "--data", "nist"], "No data set is called 'nist'"),
        (["bench", "--model", "cmm"], "No model is called 'cmm'"),
        (["train", "cmm"], "No net is called 'cmm'. Known nets: cnn, rnn"),
        (["train", "cnn", "--set", "epoch=3"], "Unknown setting epoch"),
        (["train", "cnn", "--set", "epochs=0"], "epochs must be .*1 to 10000, not 0"),
        (["train", "cnn", "--set", "epochs=-3"], "epochs must be .*1 to 10000, not -3"),
        (["train", "cnn", "--set", "epochs=2.5"], "epochs must be"),
        (["train", "cnn", "--set", "epochs=many"], "--set takes NAME=NUMBER"),
        (["train", "cnn", "--set", "epochs"], "--set takes NAME=NUMBER"),
        (["train", "cnn", "--set", "net=3"], "Unknown setting net"),
        (["train", "cnn", "--set", "=3"], "Unknown setting"),
        (["train", "cnn", "--set", "learning_rate=nan"], "learning_rate must be"),
    ],
)
def test_what_is_refused(arguments, message, monkeypatch, tmp_path):
    monkeypatch.setenv("HDR_DATA", str(tmp_path))
    monkeypatch.setattr("hdr.learn.train.load_mnist", lambda _part: pytest.fail("a training began"))
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert re.search(message, result.stderr)


@pytest.mark.parametrize("arguments", [["read"], ["evaluate"], ["fly"], ["read", "--colour", "x.png"]])
def test_wrong_usage(arguments):
    result = call(*arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.stderr


def test_help_in_a_process_of_its_own():
    command = [sys.executable, "-m", "hdr", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=SAMPLES.parent, timeout=60, check=True)
    assert done.stdout.startswith("Usage: python -m hdr")
    for name in ("read", "train", "evaluate", "models", "bench"):
        assert f"\n  {name} " in done.stdout
    assert done.stderr == ""
