"""What a run has come to, in figures: its test, the epoch that is kept, its time; of a search its best trial."""

import streamlit as st

from hdr.errors import HdrError
from hdr.learn.plan import plan_from_json
from hdr.learn.search import search_from_json
from hdr.learn.studies import best_trial, load_trials
from hdr.store.cards import headline, list_models, read_card
from hdr.store.runs import Run
from hdr.ui.words import as_time, source_title


def kept_epoch(history: dict[str, list[float]]) -> int:
    """Place in the history of the epoch whose weights are kept: the last with the lowest validation loss."""
    losses = history["val_loss"]
    return min(range(len(losses)), key=lambda epoch: (losses[epoch], -epoch))


def kept_validation(history: dict[str, list[float]]) -> str:
    """Validation accuracy of that epoch; a dash before the first has ended."""
    return f"{history['val_accuracy'][kept_epoch(history)]:.2%}" if history else "–"


def tested(run: Run) -> tuple[str, str] | None:
    """The model's accuracy, and the test set that it is known by; None where the run has made none.

    Raises:
        ModelError: Its card is damaged.
    """
    if run.state not in ("done", "stopped") or run.model not in list_models():
        return None
    figures, data = headline(read_card(run.model))
    return f"{figures['accuracy']:.2%}", data


def result_figures(run: Run, history: dict[str, list[float]]) -> dict[str, str]:
    """The figures of a run that has ended, or of one so far, by their names."""
    found: dict[str, str] = {}
    try:
        if run.kind == "search":
            found |= _search_figures(run.plan, run.epoch, run.seconds)
        elif test := tested(run):
            found[f"Accuracy, {test[1]}"] = test[0]
    except HdrError as error:
        st.caption(f":red[{error}]")
    if history:
        found |= {
            "Epochs": f"{run.epoch} of {run.epochs}",
            "Best epoch": str(kept_epoch(history) + 1),
            "Its validation": kept_validation(history),
        }
    if run.seconds:
        found["Time"] = as_time(run.seconds)
    return found


@st.cache_data(max_entries=100, show_spinner=False)
def _search_figures(plan: str, finished: int, seconds: float) -> dict[str, str]:
    """The best trial of a search, looked up anew when another has finished."""
    del seconds
    best = best_trial(load_trials(search_from_json(plan)))
    return {"Trials": str(finished)} | ({"Best trial": f"{best.value:.2%}"} if best else {})


def unlike_its_test(run: Run) -> str:
    """That a run's test pictures are of another kind than what it learned from, in a sentence; empty where not."""
    try:
        if run.kind != "train" or not (test := tested(run)):
            return ""
        plan = plan_from_json(run.plan)
    except HdrError:
        return ""
    source = test[1].partition("-")[0]
    if test[1] == "validation" or plan.base or source in dict(plan.data):
        return ""
    return f"Its test pictures, of {source_title(source)}, are of another kind than what it learned from."


def what_was_kept(run: Run, history: dict[str, list[float]]) -> str:
    """What a stopped run has left, in a sentence; empty of any other."""
    if run.state != "stopped" or run.kind != "train" or not history or run.model not in list_models():
        return ""
    kept = kept_epoch(history) + 1
    return (
        f"Stopped after epoch {run.epoch} of {run.epochs}. {run.model} is kept as it was after epoch {kept}, its best."
    )
