"""Times, runs, plans and what is missing in the words of a page."""

import datetime

from hdr.learn.plan import Plan
from hdr.nets import NETS
from hdr.store.runs import Run

NO_MODEL = "No model is installed yet. Train one with `python -m hdr train cnn`, then reload this page."

FIGURES = {
    "accuracy": "Share of the pictures that are read right.",
    "95 % interval": "Where the accuracy on many more such pictures lies with 95 % certainty, after Wilson.",
    "errors": "Pictures that are read wrong.",
    "ms": "Milliseconds for one picture, with the net warm.",
    "MB": "Size of the file of weights.",
    "MNIST-C": "Mean accuracy over 15 corruptions; see the Robustness view.",
    "F1": "Harmonic mean of precision and recall, as a mean over the ten digits.",
    "ECE": "Expected calibration error: by how much the confidence is off on average. 0 % is honest.",
    "top 2": "Share of the pictures whose digit is the first or the second guess.",
    "loss": "Cross-entropy in nats: how surprised the model is by the right digit. 0 is best.",
    "precision": "Of what is read as a digit, the share that is that digit; the mean over the ten.",
    "recall": "Of a digit's pictures, the share that is read as it; the mean over the ten.",
}
"""What the figures of a model mean, by the head of their column."""
ALWAYS_MNIST = "These are of MNIST's test pictures, whichever set is chosen above."


def as_time(seconds: float) -> str:
    """A duration for people: `8 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def as_date(seconds: float) -> str:
    """A moment, in seconds since 1970, as day and minute where we are: `2024-05-17 09:30`."""
    return datetime.datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")


def net_title(name: str) -> str:
    """What a person calls a net of the registry."""
    return NETS[name].title


def run_title(run: Run) -> str:
    """What a run makes: the name of its model, or what it is where it has none, or none any more."""
    return run.model or ("Search" if run.kind == "search" else "Replaced model")


def source_title(name: str) -> str:
    """What a person calls a source of data."""
    return {"mnist": "MNIST", "digits": "scikit-learn's digits"}.get(name, name)


def plan_in_words(plan: Plan) -> str:
    """A plan in a line: net, data, and what it starts from."""
    data = " + ".join(source_title(name) + (f" {share:.0%}" if len(plan.data) > 1 else "") for name, share in plan.data)
    start = f", from {plan.base}" if plan.base else ""
    return f"{net_title(plan.net)} on {data}{start}"


def not_measured(names: list[str], kind: str) -> str:
    """What to do about stored models that were not measured in a way that a page shows; see `hdr.score.measure`."""
    return (
        f"Not measured yet: {', '.join(names)}. Measure with `python -m hdr measure {' '.join(names)} --only {kind}`."
    )
