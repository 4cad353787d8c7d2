"""What is running: progress, time left, growing curves, log, and Stop; looks again by itself."""

import time

import streamlit as st

from hdr import figures
from hdr.learn.estimate import remaining_seconds
from hdr.learn.jobs import read_log, reconcile, resume, stop
from hdr.store.cards import list_models
from hdr.store.promotions import default_beside
from hdr.store.runs import UNFINISHED, Run, list_runs, read_epochs
from hdr.ui.chart import show_chart
from hdr.ui.errors import attempt, guarded, show_problem
from hdr.ui.run_figures import kept_validation, result_figures, unlike_its_test, what_was_kept
from hdr.ui.setting_fields import in_labels
from hdr.ui.tiles import show_figures
from hdr.ui.words import as_time, run_title

_COLOURS = {
    "queued": "gray",
    "running": "blue",
    "done": "green",
    "stopped": "orange",
    "failed": "red",
    "interrupted": "orange",
}
"""Of the states of a run."""


def show_live() -> None:
    """The run at work, or the last that ended; looks again every second while there is something to see."""
    busy = any(run.is_open for run in list_runs())
    st.fragment(lambda: guarded(_show_newest), run_every=1.0 if busy else 4.0)()


def _show_newest() -> None:
    """The run at work, or the last that ended, and how many wait."""
    reconcile()
    known = list_runs()
    show_problem()
    if not known:
        return
    waiting = sum(run.state == "queued" for run in known)
    newest = max((run for run in known if run.state != "queued"), key=lambda run: run.started or 0.0, default=known[0])
    run = next((run for run in known if run.state == "running"), newest)
    _tell_page(run)
    with st.container(border=True):
        _show_head(run, waiting)
        history = read_epochs(run.id)
        if run.state == "running":
            _show_progress(run, history)
        else:
            show_figures(result_figures(run, history))
            if unlike := unlike_its_test(run):
                st.caption(unlike)
        if said := in_labels(run.message) or what_was_kept(run, history):
            st.warning(said) if run.state == "failed" else st.caption(said)
        if history and (run.state == "running" or st.session_state.get("watched") == run.id):
            show_history(run, history)
        if run.state == "running":
            st.session_state["watched"] = run.id
            with st.expander("Log", icon=":material/notes:"):
                st.code(read_log(run.id) or "Nothing yet.", language=None, height=240)


def _tell_page(run: Run) -> None:
    """Run the whole page again once the run's state has changed, so that tables and buttons follow."""
    state = (run.id, run.state)
    if st.session_state.setdefault("live_state", state) != state:
        st.session_state["live_state"] = state
        st.rerun(scope="app")


def _show_head(run: Run, waiting: int) -> None:
    title, button = st.columns([5, 1], vertical_alignment="center")
    what = f"**{run_title(run)}** · run {run.id}"
    queue = f" · {waiting} waiting" if waiting else ""
    title.markdown(f"{what} :{_COLOURS[run.state]}-badge[{run.state}]{queue}")
    if run.state == "running":
        button.button(
            "Stopping …" if run.stopping else "Stop",
            key=f"stop-{run.id}",
            icon=":material/stop:",
            on_click=attempt,
            args=(stop, run.id),
            help="Keeps the best weights so far. You can resume later.",
            width="stretch",
        )
    elif run.state in UNFINISHED:
        button.button(
            "Resume",
            key=f"resume-{run.id}",
            icon=":material/play_arrow:",
            on_click=attempt,
            args=(resume, run.id),
            width="stretch",
        )
    elif run.model in list_models() and run.model != default_beside(run.model):
        button.button(
            "Promote …",
            key=f"gate-{run.id}",
            icon=":material/verified:",
            on_click=to_gate,
            args=(run,),
            width="stretch",
        )


def to_gate(run: Run) -> None:
    """Go to the Default view with the run's model as candidate."""
    st.session_state["candidate"] = run.model
    st.session_state["train"] = "Default model"
    st.session_state["live_state"] = None  # the whole page follows


def _show_progress(run: Run, history: dict[str, list[float]]) -> None:
    st.progress(min(1.0, run.epochs_done / run.epochs), _stage(run))
    so_far = as_time(time.time() - (run.started or time.time()))
    if run.kind == "search":
        show_figures({"So far": so_far} | (result_figures(run, history) if run.epoch else {}))
        return
    left = remaining_seconds(run, history)
    figures_now = {
        "Time left": as_time(left) if left is not None else "–",
        "So far": so_far,
        "Pictures a second": f"{run.pictures_per_second:,.0f}" if run.pictures_per_second else "–",
        "Memory": f"{run.memory_mb:,.0f} MB" if run.memory_mb else "–",
        "Best validation": kept_validation(history),
    }
    show_figures(figures_now)


def _stage(run: Run) -> str:
    """What a running run is at."""
    if run.stopping:
        kept = "the best weights so far are kept and tested" if run.epoch else "no epoch has ended, so nothing is kept"
        return f"Stopping: {kept} …" if run.kind == "train" else "Stopping …"
    if run.epoch >= run.epochs:
        return "Testing on every set that is here …"
    if not run.batches and not run.epoch:
        return "Waking up TensorFlow and loading the pictures …"
    unit = "epoch" if run.kind == "train" else "trial"
    batch = f", batch {run.batch:,} of {run.batches:,}" if run.batches else ""
    return f"{unit} {run.epoch + 1} of {run.epochs}{batch}"


def show_history(run: Run, history: dict[str, list[float]]) -> None:
    """The curves of a run so far."""
    left, right = st.columns(2, gap="medium")
    for place, metric in ((left, "accuracy"), (right, "loss")):
        with place:
            curves = figures.history_curves({run.model: history}, metric, by_time=False, points=True)
            show_chart(curves, f"{metric}-of-run-{run.id}")
