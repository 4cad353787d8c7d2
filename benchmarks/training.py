"""Training, timed as a person meets it: the presets, what augmentation costs, whether a seed fixes the history.

usage: python -m benchmarks.training [--json OUT] [--only quick|digits|race|augmentation|seed]

Each part trains for real in an HDR_HOME of its own; all but `digits` need MNIST.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.report import earlier_report, parser_of, write_report
from hdr.data.datasets import Dataset, load_mnist
from hdr.learn.fit import Watcher, fit_net
from hdr.learn.lessons import DigitLesson
from hdr.learn.mixture import load_parts
from hdr.learn.plan import make_plan, preset_plan
from hdr.learn.progress import Lines
from hdr.learn.settings import settings_for
from hdr.learn.train import fit_plan, load_plan
from hdr.nets import NETS, NetSpec
from hdr.score.metrics import score
from hdr.store.cards import headline, read_card
from hdr.store.models import as_input, predictor

_PICTURES = 8_192


def time_quick(data: str) -> dict[str, Any]:
    """Wall-clock seconds of `python -m hdr train --preset quick` from start to stored model, and its test accuracy."""
    with tempfile.TemporaryDirectory() as home:
        started = time.perf_counter()
        command = [sys.executable, "-m", "hdr", "train", "--preset", "quick", "--data", data, "--name", "quick"]
        subprocess.run(command, env=os.environ | {"HDR_HOME": home}, check=True, capture_output=True)
        seconds = time.perf_counter() - started
        card = json.loads((Path(home) / "models" / "quick" / "card.json").read_text(encoding="utf-8"))
    figures, test = headline(card)
    return {"seconds": round(seconds, 1), "test": test, "accuracy": figures["accuracy"], "net": card["net"]}


def race(rival: str = "nagpal_cnn", epochs: int = 2) -> dict[str, Any]:
    """The fast preset from start to end against a paper's net by its own recipe, training time alone.

    Of the rival so many epochs are trained, and its recipe's others are taken to last as long; how well it reads in the
    end is in the card of the stored one.
    """
    test = load_mnist("test")
    ours, theirs = _Stopwatch(), _Stopwatch()
    fast = preset_plan("fast", "cnn", 55_000)
    net, _, _ = fit_plan(fast, load_plan(fast), ours)
    recipe = make_plan(rival)
    short = replace(recipe, settings=replace(recipe.settings, epochs=epochs))
    fit_plan(short, load_plan(short), theirs)
    an_epoch = statistics.median(theirs.epochs)
    return {
        "seconds": round(sum(ours.epochs), 1),
        "epochs": fast.settings.epochs,
        "accuracy": score(predictor(net)(as_input(test.images)), test.labels).accuracy,
        "rival": rival,
        "rival_seconds": round(an_epoch * recipe.settings.epochs, 1),
        "rival_epochs": recipe.settings.epochs,
        "rival_accuracy": headline(read_card(rival))[0]["accuracy"],
        "ratio": round(an_epoch * recipe.settings.epochs / sum(ours.epochs), 1),
    }


class _Stopwatch(Watcher):
    """Notes how long each epoch takes, its validation included."""

    def __init__(self) -> None:
        self.epochs: list[float] = []

    def epoch_done(self, history: Lines) -> None:
        self.epochs.append(history[-1]["seconds"] - (history[-2]["seconds"] if len(history) > 1 else 0.0))


def time_augmentation(turns: int = 3) -> dict[str, float]:
    """Seconds of an epoch of the standard CNN with full augmentation and without, in turns; the first warms up."""
    lesson = _some_mnist()
    distorted, plain = [], []
    for _ in range(1 + turns):
        distorted.append(_fit("cnn", lesson, augment=True)[-1]["seconds"])
        plain.append(_fit("cnn", lesson, augment=False)[-1]["seconds"])
    with_it, without = statistics.median(distorted[1:]), statistics.median(plain[1:])
    return {"with_s": with_it, "without_s": without, "ratio": round(with_it / without, 2), "pictures": lesson.size}


def compare_histories() -> dict[str, float]:
    """Largest difference between the histories of two trainings of the CNN from one seed, with determinism on."""
    lesson = _some_mnist()
    first, second = (_fit("cnn", lesson, deterministic=True, epochs=2) for _ in range(2))
    names = ("accuracy", "loss", "val_accuracy", "val_loss")
    return {"difference": max(abs(a[name] - b[name]) for a, b in zip(first, second, strict=True) for name in names)}


def _some_mnist() -> DigitLesson:
    whole = load_parts((("mnist", 1.0),), settings_for("cnn")).lesson
    assert isinstance(whole, DigitLesson)
    return DigitLesson(_first(whole.learn, _PICTURES), _first(whole.held_out, 500))


def _first(data: Dataset, count: int) -> Dataset:
    return Dataset(data.name, data.images[:count], data.labels[:count])


def _fit(net: str, lesson: DigitLesson, **changes: Any) -> Lines:
    spec = NETS[net]
    assert isinstance(spec, NetSpec)
    settings = settings_for(net, **{"epochs": 1, "calibrate": False} | changes)
    return fit_net(spec.build, lesson, settings).history


def main() -> None:
    """Run the parts that were asked for and bring their figures into the file."""
    parser = parser_of(__doc__)
    parser.add_argument(
        "--only", choices=("quick", "digits", "race", "augmentation", "seed"), help="run one part alone"
    )
    asked = parser.parse_args()
    parts = {
        "quick": lambda: time_quick("mnist"),
        "digits": lambda: time_quick("digits"),
        "race": race,
        "augmentation": time_augmentation,
        "seed": compare_histories,
    }
    report = earlier_report(asked.json)
    for name, measure in parts.items():
        if asked.only in (None, name):
            report[name] = measure()
    write_report(report, asked.json)


if __name__ == "__main__":
    main()
