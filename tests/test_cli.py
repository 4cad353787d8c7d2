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
from hdr.errors import DataError
from hdr.learn.settings import settings_for
from hdr.nets import ENSEMBLE
from hdr.reader import Reader
from hdr.score.measure import STEPS
from hdr.store.cards import list_models, read_card

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
        assert card["about"] in line
        assert (f" {card['parameters']:,} parameters" if card["parameters"] else " – parameters") in line


# --- evaluate -------------------------------------------------------------------------------------------------------


def test_evaluate(tmp_path, monkeypatch):
    """The answers are kept beside the model: here they are caught before they reach the repository."""
    kept = []
    monkeypatch.setattr("hdr.score.evaluate.load_model", shipped)
    monkeypatch.setattr("hdr.score.evaluate.write_predictions", lambda path, answers: kept.append((path.name, answers)))
    out = tmp_path / "score.json"
    result = call("evaluate", "cnn", "--data", "digits", "--fresh", "--json", str(out))
    assert (result.exit_code, result.stdout) == (0, "")
    found = json.loads(out.read_text())
    assert (found["model"], found["data"], found["n"], found["kept"]) == ("cnn", "digits", 1797, False)
    assert 0.9 < found["accuracy"] < 1
    assert found["errors"] == round((1 - found["accuracy"]) * 1797)
    assert 0 < found["loss"] < 0.5
    ((name, answers),) = kept
    assert (name, len(answers.labels)) == ("predictions-digits.npz", 1797)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["rnn"], ("rnn", "mnist", {"fresh": False})),
        (["rnn", "--fresh"], ("rnn", "mnist", {"fresh": True})),
        (["cnn", "--data", "usps"], ("cnn", "usps", {"fresh": False})),
        (["cnn", "--fresh", "--data", "some/folder"], ("cnn", "some/folder", {"fresh": True})),
    ],
)
def test_evaluate_hands_its_wishes_on(monkeypatch, arguments, expected):
    def evaluate_stored(*given, **named):
        return {"model": given[0], "asked": [*given, named]}

    monkeypatch.setattr("hdr.score.evaluate.evaluate_stored", evaluate_stored)
    result = call("evaluate", *arguments)
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"model": expected[0], "asked": list(expected)}


# --- train ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def trained(monkeypatch):
    """What the trainer was asked for; it only says where it would have stored the model."""
    calls = []

    def note(what):
        def noted(*given, **named):
            calls.append((what, given, named))
            return f"models/{named['name'] or given[0]}"

        return noted

    monkeypatch.setattr("hdr.learn.train.train", note("net"))
    monkeypatch.setattr("hdr.learn.train.train_ensemble", note("vote"))
    return calls


@pytest.mark.parametrize(
    ("changes", "settings"),
    [
        ([], {}),
        (["epochs=5", "learning_rate=0.01"], {"epochs": 5, "learning_rate": 0.01}),
        (["learning_rate=1e-2", "label_smoothing=0"], {"learning_rate": 0.01, "label_smoothing": 0}),
        (["augment=false", "calibrate=true"], {"augment": False, "calibrate": True}),
        (["optimizer=sgd", "schedule=one-cycle"], {"optimizer": "sgd", "schedule": "one-cycle"}),
        (["loss=binary", "calibrate=false"], {"loss": "binary", "calibrate": False}),
        (["seed=1", "seed=2"], {"seed": 2}),
    ],
)
def test_train_understands_numbers_words_and_switches(trained, changes, settings):
    result = call("train", "rnn", *(part for change in changes for part in ("--set", change)))
    assert (result.exit_code, result.stdout) == (0, "Stored in models/rnn\n")
    assert trained == [("net", ("rnn", settings_for("rnn", **settings)), {"name": None, "replace_old": False})]
    found = vars(trained[0][1][1])
    assert {name: type(found[name]) for name in settings} == {name: type(value) for name, value in settings.items()}


def test_train_hands_name_and_replace_on(trained):
    result = call("train", "naive_bayes", "--set", "validation=200", "--name", "mine", "--replace")
    assert (result.exit_code, result.stdout) == (0, "Stored in models/mine\n")
    settings = settings_for("naive_bayes", validation=200)
    assert trained == [("net", ("naive_bayes", settings), {"name": "mine", "replace_old": True})]


@pytest.mark.parametrize(
    ("options", "members", "named"),
    [
        ([], ENSEMBLE, {"name": "ensemble", "replace_old": False}),
        (["--member", "rnn", "--member", "svm"], ("rnn", "svm"), {"name": "ensemble", "replace_old": False}),
        (["--name", "both", "--replace"], ENSEMBLE, {"name": "both", "replace_old": True}),
    ],
)
def test_train_ensemble(trained, options, members, named):
    result = call("train", "ensemble", *options)
    assert (result.exit_code, result.stdout) == (0, f"Stored in models/{named['name']}\n")
    assert trained == [("vote", (members,), named)]


# --- measure and seeds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("options", "limit"), [([], 10_000), (["--limit", "200"], 200)])
def test_measure(monkeypatch, options, limit):
    """Each model in its turn, with a bar that takes as many steps as there are."""
    measured = []

    def measure_stored(name, count, progress):
        measured.append((name, count))
        for step in range(STEPS):
            progress(f"step {step}")

    monkeypatch.setattr("hdr.score.measure.measure_stored", measure_stored)
    result = call("measure", "cnn", "rnn", *options)
    assert result.exit_code == 0
    assert measured == [("cnn", limit), ("rnn", limit)]
    assert [line.split()[0] for line in result.stdout.splitlines() if line.strip()] == ["cnn", "rnn"]


def test_a_model_that_cannot_be_measured():
    result = call("measure", "cmm", "cnn")
    assert result.exit_code == 1
    assert result.stdout.split() == ["cmm"]
    assert result.stderr.startswith("Error: No model is called 'cmm'")


def test_seeds(monkeypatch):
    monkeypatch.setattr(
        "hdr.learn.seeds.train_seed", lambda name, seed: {("cnn", 2): 0.5, ("cnn", 3): 0.98765}[name, seed]
    )
    result = call("seeds", "cnn", "2", "3")
    assert (result.exit_code, result.stdout) == (0, "seed 2: accuracy 50.00%\nseed 3: accuracy 98.77%\n")


def test_seeds_that_are_done_stay_when_a_later_one_fails(monkeypatch):
    def train_seed(_name, seed):
        if seed == 3:
            raise DataError("MNIST has gone.")
        return 0.5

    monkeypatch.setattr("hdr.learn.seeds.train_seed", train_seed)
    result = call("seeds", "cnn", "2", "3", "4")
    assert (result.exit_code, result.stdout) == (1, "seed 2: accuracy 50.00%\n")
    assert result.stderr == "Error: MNIST has gone.\n"


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["read", DRAWING, "--model", "cmm"], "No model is called 'cmm'. Stored models: .*cnn, .*rnn"),
        (["evaluate", "cmm", "--data", "digits"], "No model is called 'cmm'"),
        (["evaluate", "cnn", "--data", "nist"], "No data set is called 'nist'"),
        (["bench", "--model", "cmm"], "No model is called 'cmm'"),
        (["train", "cmm"], "No net is called 'cmm'. Known nets: cnn, rnn"),
        (["train", "cnn", "--set", "epoch=3"], "Unknown setting epoch"),
        (["train", "cnn", "--set", "epochs=0"], "epochs must be .*1 to 10000, not 0"),
        (["train", "cnn", "--set", "epochs=-3"], "epochs must be .*1 to 10000, not -3"),
        (["train", "cnn", "--set", "epochs=2.5"], "epochs must be"),
        (["train", "cnn", "--set", "epochs=many"], "epochs must be .*, not many"),
        (["train", "cnn", "--set", "epochs=true"], "epochs must be .*, not True"),
        (["train", "cnn", "--set", "epochs"], "--set takes NAME=VALUE, such as epochs=5, not 'epochs'"),
        (["train", "cnn", "--set", "epochs="], "--set takes NAME=VALUE"),
        (["train", "cnn", "--set", "augment=1"], "augment must be true or false, not 1"),
        (["train", "cnn", "--set", "augment=no"], "augment must be true or false, not no"),
        (["train", "cnn", "--set", "optimizer=adagrad"], "optimizer must be one of adamw, adam, sgd"),
        (["train", "svm", "--set", "epochs=3"], "Unknown setting epochs. Known settings: validation, seed"),
        (["train", "cnn"], "A model 'cnn' is stored already. Give another name .--name., or replace it .--replace."),
        (["train", "ensemble", "--member", "cnn", "--name", "new"], "two members or more"),
        (["train", "ensemble", "--member", "cnn", "--member", "cmm", "--name", "new"], "No model is called 'cmm'"),
        (["train", "ensemble", "--name", "cnn"], "A model 'cnn' is stored already"),
        (["seeds", "cmm", "2"], "No model is called 'cmm'"),
        (["seeds", "cnn", "1"], "Seed 1 is the one that model 'cnn' was trained with"),
        (["train", "cnn", "--set", "net=3"], "Unknown setting net"),
        (["train", "cnn", "--set", "=3"], "Unknown setting"),
        (["train", "cnn", "--set", "learning_rate=nan"], "learning_rate must be"),
    ],
)
def test_what_is_refused(arguments, message, monkeypatch, tmp_path):
    monkeypatch.setenv("HDR_DATA", str(tmp_path))
    for module in ("train", "seeds"):
        monkeypatch.setattr(f"hdr.learn.{module}.load_mnist", lambda _part: pytest.fail("a training began"))
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert re.search(message, result.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        *(["read"], ["evaluate"], ["train"], ["measure"], ["seeds", "cnn"], ["fly"]),
        *(["read", "--colour", "x.png"], ["seeds", "cnn", "two"], ["seeds", "cnn", "-1"], ["measure", "--limit", "x"]),
    ],
    ids=" ".join,
)
def test_wrong_usage(arguments):
    result = call(*arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.stderr


def test_help_in_a_process_of_its_own():
    command = [sys.executable, "-m", "hdr", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=SAMPLES.parent, timeout=60, check=True)
    assert done.stdout.startswith("Usage: python -m hdr")
    for name in ("read", "train", "evaluate", "measure", "seeds", "models", "bench"):
        assert f"\n  {name} " in done.stdout
    assert done.stderr == ""
