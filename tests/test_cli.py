"""The command line: JSON of the contract on one side, plain messages and exit status 1 on the other."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from PIL import Image
from tiny import shipped, write_mnist

from hdr.__main__ import main
from hdr.config import DEFAULT_MODEL, MODELS, SAMPLES
from hdr.errors import DataError
from hdr.learn.plan import fine_tuned, make_plan, preset_plan
from hdr.nets import ENSEMBLE
from hdr.reader import Reader
from hdr.score.measure import STEPS
from hdr.store.cards import headline, list_models, read_card
from hdr.store.promotions import promote

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
    monkeypatch.setattr("hdr.batch.tasks.load_reader", lambda name: Reader(name, shipped(name).predict))


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A person's home and drawn digits in place of MNIST."""
    write_mnist(tmp_path)
    monkeypatch.setenv("HDR_DATA", str(tmp_path))
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


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
    page = Reader(DEFAULT_MODEL, shipped(DEFAULT_MODEL).predict).read_picture(Path(PAGE).read_bytes())
    answer = json.loads(result.stdout)["page.jpg"]
    assert (answer["text"], answer["rows"]) == (page.text, [row.text for row in page.rows])
    assert answer["confidence"] == pytest.approx(page.confidence, abs=1e-4)


@pytest.mark.parametrize(
    ("promoted", "options", "used"),
    [(None, [], DEFAULT_MODEL), ("rnn", [], "rnn"), ("rnn", ["--model", "cnn"], "cnn")],
)
def test_the_default_model_reads_where_none_is_named(tmp_path, monkeypatch, promoted, options, used):
    asked = []
    monkeypatch.setenv("HDR_HOME", str(tmp_path))
    monkeypatch.setattr(
        "hdr.batch.tasks.load_reader", lambda name: asked.append(name) or Reader(name, shipped(name).predict)
    )
    if promoted:
        promote(promoted, {})
    assert call("read", DRAWING, *options).exit_code == 0
    assert asked == [used]


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
def test_a_folder_of_pictures(tmp_path):
    names = ["drawing.png", "icon.png", "page.jpg"]
    for name in names:
        shutil.copy(SAMPLES / name, tmp_path)
    result = call("read", str(tmp_path))
    assert (result.exit_code, result.stderr) == (0, "")
    assert list(json.loads(result.stdout)) == names


@pytest.mark.usefixtures("loaded")
def test_an_empty_folder(tmp_path):
    result = call("read", str(tmp_path))
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {}
    assert result.stderr.startswith(f"{tmp_path}: This folder holds no pictures or PDFs.")


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("kind", "start"),
    [(".csv", b"file,row,text,"), (".XLSX", b"PK"), (".json", b'{\n  "drawing.png"'), (".pdf", b"%PDF-")],
)
def test_a_file_of_what_was_read(tmp_path, kind, start):
    out, answers = tmp_path / f"table{kind}", tmp_path / "answers.json"
    result = call("read", DRAWING, "--out", str(out), "--json", str(answers))
    assert (result.exit_code, result.output) == (0, "")
    assert out.read_bytes().startswith(start)
    assert json.loads(answers.read_text())["drawing.png"]["text"] == "42"
    assert call("read", DRAWING, "--out", str(out)).output == ""


def test_a_pdf_is_read_page_by_page_in_processes_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    page = Image.open(PAGE)
    page.save(tmp_path / "scan.pdf", save_all=True, append_images=[page], resolution=250)
    result = call("read", str(tmp_path / "scan.pdf"), "--jobs", "1", "--model", "logistic_regression")
    assert (result.exit_code, result.stderr) == (0, "")
    assert list(json.loads(result.stdout)) == ["scan.pdf#1", "scan.pdf#2"]


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
        assert f"{headline(card)[0]['accuracy']:.2%}" in line
        assert card["about"] in line
        assert (f" {card['parameters']:,} parameters" if card["parameters"] else " – parameters") in line


def test_a_model_that_never_saw_mnist_is_listed_with_its_own_set(home):
    call("train", "naive_bayes", "--data", "digits", "--set", "validation=100", "--name", "mine")
    card = json.loads((home / "models" / "mine" / "card.json").read_text())
    del card["metrics"]["mnist-test"]
    (home / "models" / "mine" / "card.json").write_text(json.dumps(card))
    (line,) = [line for line in call("models").stdout.splitlines() if line.startswith("mine ")]
    assert f"{card['metrics']['digits-test']['accuracy']:.2%}" in line
    assert line.endswith("(on digits-test)")


def test_a_damaged_model_is_listed_beside_the_others(home):
    (home / "models" / "a").mkdir(parents=True)
    (home / "models" / "a" / "card.json").write_text("{", encoding="utf-8")
    result = call("models")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list_models()
    assert "damaged: The card of model 'a' cannot be read" in lines[0]


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
def submitted(monkeypatch):
    """What was asked for; the run is done at once and its model stored as its name says."""
    calls = []

    def submit_here(plan, name, *, replace_old):
        calls.append((plan, name, replace_old))
        return run_of("done"), Path("models") / (name or f"{plan.net}-1")

    monkeypatch.setattr("hdr.learn.jobs.submit_here", submit_here)
    monkeypatch.setattr("hdr.learn.mixture.epoch_size", lambda _data, _net="cnn": 55_000)
    return calls


def run_of(state: str, message: str = "") -> SimpleNamespace:
    return SimpleNamespace(id=3, state=state, message=message, is_open=state in ("queued", "running"))


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
        (["dropout=0.3", "patience=4", "frozen=2"], {"dropout": 0.3, "patience": 4, "frozen": 2}),
        (["validation=0.2"], {"validation": 0.2}),
        (["validation=500", "deterministic=true"], {"validation": 500, "deterministic": True}),
    ],
)
def test_train_understands_numbers_words_and_switches(submitted, changes, settings):
    result = call("train", "rnn", *(part for change in changes for part in ("--set", change)))
    assert (result.exit_code, result.stdout) == (0, f"Run 3 is done. Stored in {Path('models/rnn-1')}\n")
    assert submitted == [(make_plan("rnn", settings), None, False)]
    found = vars(submitted[0][0].settings)
    assert {name: type(found[name]) for name in settings} == {name: type(value) for name, value in settings.items()}


def test_train_hands_name_and_replace_on(submitted):
    result = call("train", "naive_bayes", "--set", "validation=200", "--name", "mine", "--replace")
    assert (result.exit_code, result.stdout) == (0, f"Run 3 is done. Stored in {Path('models/mine')}\n")
    assert submitted == [(make_plan("naive_bayes", {"validation": 200}), "mine", True)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], make_plan("cnn")),
        (["rnn", "--set", "rotate=3", "--set", "noise=0"], make_plan("rnn", {"rotate": 3, "noise": 0})),
        (["cnn", "--base", "cnn"], fine_tuned(make_plan("cnn", base="cnn"), "cnn")),
        (["cnn", "--log-to", "mlflow"], make_plan("cnn", trackers=("mlflow",))),
        (["cnn", "--data", "digits"], make_plan("cnn", data=(("digits", 1.0),))),
        (
            ["cnn", "--data", "mnist=0.75", "--data", "digits"],
            make_plan("cnn", data=(("mnist", 0.75), ("digits", 0.25))),
        ),
        (["cnn", "--preset", "best"], make_plan("cnn")),
        (["cnn", "--preset", "quick"], preset_plan("quick", "cnn", 55_000)),
        (
            ["rnn", "--preset", "standard", "--set", "epochs=2"],
            make_plan("rnn", {"epochs": 2}),
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_train_hands_every_wish_on(submitted, options, expected):
    assert call("train", *options).exit_code == 0
    assert submitted == [(expected, None, False)]


@pytest.mark.parametrize(
    ("run", "code", "message"),
    [
        (run_of("queued"), 0, "Another run is at work. This is run 3 and waits for it; see: python -m hdr runs"),
        (run_of("failed", "No data."), 1, "Error: Run 3 failed: No data."),
        (run_of("stopped", "It was stopped."), 1, "Error: Run 3 stopped: It was stopped."),
    ],
)
def test_train_without_a_model_in_the_end(monkeypatch, run, code, message):
    monkeypatch.setattr("hdr.learn.jobs.submit_here", lambda *_given, **_named: (run, None))
    result = call("train", "cnn")
    assert (result.exit_code, result.output) == (code, message + "\n")


def test_train_and_what_comes_of_it(home):
    """From the first command to the last, with a classifier that takes no time."""
    for number, options in ((1, []), (2, []), (3, ["--name", "mine"])):
        name = "mine" if options else f"naive_bayes-{number}"
        result = call("train", "naive_bayes", "--set", "validation=100", *options)
        assert result.stdout == f"Run {number} is done. Stored in {home / 'models' / name}\n"
    lines = {line.split()[0]: line for line in call("models").stdout.splitlines()}
    assert lines.keys() == {*list_models(MODELS), "naive_bayes-1", "naive_bayes-2", "mine"}
    assert f"{read_card('mine')['metrics']['mnist-test']['accuracy']:.2%}" in lines["mine"]
    assert [line.split()[:3] for line in call("runs").stdout.splitlines()] == [
        ["3", "mine", "done"],
        ["2", "naive_bayes-2", "done"],
        ["1", "naive_bayes-1", "done"],
    ]


def test_a_training_that_fails_is_kept_as_a_run(home):
    result = call("train", "naive_bayes", "--data", "mnits")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Error: Run 1 failed: No data to train on is called 'mnits'. Known: mnist, digits" in result.stderr
    (line,) = call("runs").stdout.splitlines()
    assert line.split()[:3] == ["1", "naive_bayes-1", "failed"]
    assert "No data to train on" in line
    assert list((home / "models").glob("*")) == []


@pytest.fixture
def voted(monkeypatch):
    """What ensemble was asked for."""
    calls = []

    def vote_here(members, name, **named):
        calls.append((members, name, named["replace_old"]))
        return f"models/{name}"

    monkeypatch.setattr("hdr.learn.jobs.vote_here", vote_here)
    return calls


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ([], (ENSEMBLE, "ensemble", False)),
        (["--member", "rnn", "--member", "svm"], (("rnn", "svm"), "ensemble", False)),
        (["--name", "both", "--replace"], (ENSEMBLE, "both", True)),
        (["--member", "crnn", "--member", "crnn_2"], (("crnn", "crnn_2"), "string_ensemble", False)),
    ],
)
def test_train_ensemble(voted, options, asked):
    result = call("train", "ensemble", *options)
    assert (result.exit_code, result.stdout) == (0, f"Stored in models/{asked[1]}\n")
    assert voted == [asked]


# --- measure and seeds ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "limit", "kinds"),
    [
        ([], 10_000, list(STEPS)),
        (["--limit", "200", "--only", "attack", "--only", "rejection"], 200, ["attack", "rejection"]),
    ],
)
def test_measure(monkeypatch, options, limit, kinds):
    """Each model in its turn, with a bar that takes as many steps as there are."""
    measured = []

    def measure_stored(name, count, progress, only):
        measured.append((name, count, list(only)))
        for step in range(sum(STEPS[kind] for kind in only)):
            progress(f"step {step}")

    monkeypatch.setattr("hdr.score.measure.measure_stored", measure_stored)
    result = call("measure", "cnn", "rnn", *options)
    assert result.exit_code == 0
    assert measured == [("cnn", limit, kinds), ("rnn", limit, kinds)]
    assert [line.split()[0] for line in result.stdout.splitlines() if line.strip()] == ["cnn", "rnn"]


def test_an_unknown_measurement():
    result = call("measure", "cnn", "--only", "taste")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: taste cannot be measured. Choose among sets, robustness, rejection, ")


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
        (["read", DRAWING, "--out", "table.doc"], r"--out takes a file that ends in \.csv, .*, not 'table\.doc'"),
        (["read", DRAWING, "--out", "table"], "--out takes a file that ends in"),
        (["read", DRAWING, "--out", "a.pdf", "--template", "x"], r"a file of forms that ends in .*, not 'a\.pdf'"),
        (["read", DRAWING, "--template", "order"], "No template is called 'order'. Stored templates: none yet"),
        (["evaluate", "cmm", "--data", "digits"], "No model is called 'cmm'"),
        (["evaluate", "cnn", "--data", "nist"], "No data set is called 'nist'"),
        (["bench", "--model", "cmm"], "No model is called 'cmm'"),
        (["train", "cmm"], "No net is called 'cmm'. Known nets: cnn, quick_cnn, rnn"),
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
        (["train", "--name", "cnn"], "A model 'cnn' is stored already. Give another name"),
        (["train", "cnn", "--name", "a/b"], "A model's name has letters"),
        (["train", "cnn", "--set", "dropout=1"], "dropout must be 0 to 0.9, not 1"),
        (["train", "cnn", "--set", "validation=0"], "validation must be 0.01 to 0.5, or 20 to 30000 pictures, not 0"),
        (["train", "cnn", "--set", "rotate=90"], "rotate must be 0 to 45, not 90"),
        (
            ["train", "cnn", "--preset", "hasty"],
            "No preset is called 'hasty'. Known presets: quick, fast, standard, best",
        ),
        (["train", "cnn", "--data", "mnist=much"], "--data takes NAME or NAME=SHARE"),
        (["train", "cnn", "--data", "mnist=0.5"], "shares of the data must be above 0 and sum to 1"),
        (["train", "cnn", "--log-to", "paper"], "Runs are logged to tensorboard or mlflow, not paper"),
        (["train", "svm", "--base", "svm"], "svm is no net of layers: it starts afresh"),
        (["train", "cnn", "--member", "rnn"], "--member goes with `train ensemble` alone"),
        (["train", "ensemble", "--set", "epochs=3"], "takes --member, --name and --replace alone"),
        (["train", "ensemble", "--data", "digits"], "takes --member, --name and --replace alone"),
        (["train", "ensemble", "--member", "cnn", "--name", "new"], "two members or more"),
        (["train", "ensemble", "--member", "cnn", "--member", "cmm", "--name", "new"], "No model is called 'cmm'"),
        (["train", "ensemble", "--member", "cnn", "--member", "pen", "--name", "new"], "reads the path of a pen"),
        (["read", PAGE, "--model", "pen"], "reads the path of a pen, not pictures of single digits. Choose another"),
        (["bench", "--model", "crnn"], "reads rows of digits, not pictures"),
        (["train", "ensemble", "--name", "cnn"], "A model 'cnn' is stored already"),
        (["runs", "stop", "7"], "There is no run 7"),
        (["runs", "resume", "7"], "There is no run 7"),
        (["runs", "delete", "7"], "There is no run 7"),
        (["promote", "cmm"], "No model is called 'cmm'"),
        (["seeds", "cmm", "2"], "No model is called 'cmm'"),
        (["seeds", "rnn", "1"], "Seed 1 is the one that model 'rnn' was trained with"),
        (["train", "cnn", "--set", "net=3"], "Unknown setting net"),
        (["train", "cnn", "--set", "=3"], "Unknown setting"),
        (["train", "cnn", "--set", "learning_rate=nan"], "learning_rate must be"),
    ],
)
def test_what_is_refused(arguments, message, monkeypatch, tmp_path):
    monkeypatch.setenv("HDR_DATA", str(tmp_path))
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("hdr.learn.mixture.epoch_size", lambda _data, _net="cnn": 55_000)
    for module in ("held_out", "mixture", "seeds"):
        monkeypatch.setattr(f"hdr.learn.{module}.load_mnist", lambda _part: pytest.fail("a training began"))
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")
    assert re.search(message, result.stderr)
    assert call("runs").stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        *(["read"], ["evaluate"], ["measure"], ["seeds", "cnn"], ["promote"], ["runs", "stop"], ["fly"]),
        *(["train", "cnn", "rnn"], ["train", "--job", "x"], ["runs", "stop", "x"], ["runs", "fly"]),
        *(["read", "--colour", "x.png"], ["seeds", "cnn", "two"], ["seeds", "cnn", "-1"], ["measure", "--limit", "x"]),
        ["read", "--jobs", "0", "x.png"],
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
    for name in ("read", "train", "runs", "promote", "evaluate", "measure", "seeds", "models", "bench"):
        assert f"\n  {name} " in done.stdout
    assert done.stderr == ""
