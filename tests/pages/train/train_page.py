"""What the tests of the Train page share: the page opened, its widgets and words, runs in every state, small models."""

from typing import Any

import numpy as np
from markup import unescaped
from streamlit.testing.v1 import AppTest
from tiny import drawn_digits

from hdr.config import PROJECT
from hdr.data.datasets import Dataset
from hdr.data.labelled import keep_set
from hdr.learn import jobs
from hdr.learn.plan import Plan, make_plan, plan_from_json
from hdr.learn.search import Range, Search
from hdr.nets.classical import ClassicalPredictor, build_naive_bayes
from hdr.store import runs
from hdr.store.models import TrainingRecord, as_input, save_model
from hdr.ui import promoting  # noqa: F401 - it must not be loaded first while a test has other models in place
from hdr.vision import VERSION

APP = str(PROJECT / "app.py")
VIEWS = ["New run", "Runs", "Search", "Default model"]
ENDS = ("done", "stopped", "failed", "interrupted")
DIGITS = (("digits", 1.0),)
PLAN = make_plan("quick_cnn", data=DIGITS)
HISTORY = [
    {"epoch": 0, "seconds": 2.0, "accuracy": 0.5, "loss": 1.5, "val_accuracy": 0.6, "val_loss": 1.2},
    {"epoch": 1, "seconds": 4.0, "accuracy": 0.8, "loss": 0.7, "val_accuracy": 0.875, "val_loss": 0.6},
]
START_NEXT = jobs.start_next


def open_page(view: str = "New run", **state) -> AppTest:
    """The page, opened at one of its views, with session state of one's own."""
    app = AppTest.from_file(APP, default_timeout=60).switch_page("pages/train.py")
    for key, value in {"train": view, **state}.items():
        app.session_state[key] = value
    return quiet(app.run())


def quiet(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    return quiet(app.button(key=key).click().run())


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def field(app: AppTest, kind: str, name: str) -> Any:
    """The form's widget for a setting, whatever its starting point."""
    (found,) = [widget for widget in getattr(app, kind) if str(widget.key).endswith(f"-{name}")]
    return found


def texts(app: AppTest) -> str:
    """Everything that stands on the page as text or HTML."""
    kinds = ("markdown", "caption", "subheader", "info", "warning", "error", "code")
    return "\n".join(unescaped(element.value) for kind in kinds for element in getattr(app, kind)) + "\n".join(
        block.proto.body for block in app.get("html")
    )


def errors(app: AppTest) -> list[str]:
    return [unescaped(error.value) for error in app.error]


def run_in(state: str, model: str, plan: str | None = None) -> int:
    """Number of a new run in a state; nothing else may be running."""
    number = runs.add_run("train", PLAN.as_json() if plan is None else plan, 3, model).id
    if state != "queued":
        runs.claim_next(number)
    if state in ENDS:
        runs.note_epochs(number, HISTORY)
        runs.end_run(number, state, "The disk was full." if state == "failed" else "")
    return number


def run_in_every_state() -> dict[str, int]:
    """One run in each state, the running one with some progress, and two searches."""
    numbers = {state: run_in(state, f"model-{state}") for state in (*ENDS, "queued", "running")}
    runs.note_epochs(numbers["running"], HISTORY)
    runs.note_progress(numbers["running"], batch=4, batches=8, pictures_per_second=2000.0, memory_mb=640.0)
    for _ in range(2):
        runs.add_run("search", Search(PLAN, (Range("learning_rate", 1e-4, 1e-2),), "first").as_json(), 20, "")
    return numbers


def newest(*rows: int) -> list[int]:
    """Numbers of the runs in these rows of the table."""
    return [runs.list_runs()[row].id for row in rows]


def keep_mine(count: int = 60) -> None:
    images, labels = drawn_digits(count, 1)
    keep_set("mine", Dataset("mine", images, labels.astype(np.int64)))


def save_tiny(name: str, trained_on: tuple[str, ...] = ("mnist",)) -> None:
    """A small model of one's own, which reads the project's own pen and hardly any other."""
    images, labels = drawn_digits(100, 5)
    classifier = build_naive_bayes(1).fit(as_input(images).reshape(100, -1), labels)
    card = {
        "name": name,
        "net": "naive_bayes",
        "title": "Naive Bayes",
        "about": "",
        "parameters": None,
        "date": "2026-11-21",
        "preprocessing": VERSION,
        "trained_on": list(trained_on),
        "metrics": {"validation": {"accuracy": 0.875, "loss": 0.1, "n": 8, "errors": 1}},
    }
    save_model(name, ClassicalPredictor(classifier), TrainingRecord(card, None, images[:16], {}))


def only_plan() -> Plan:
    (run,) = runs.list_runs()
    return plan_from_json(run.plan)


def texts_of_progress(app: AppTest) -> str:
    return "\n".join(bar.proto.text for bar in app.get("progress"))
