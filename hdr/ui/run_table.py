"""The Train page's list of runs: what was asked for, how it went, and what can be done with one or several."""

import time

import pandas as pd
import streamlit as st

from hdr.errors import HdrError
from hdr.learn.jobs import delete, read_log, resume, stop
from hdr.learn.plan import plan_from_json
from hdr.learn.search import search_from_json
from hdr.store.cards import digit_models, list_models
from hdr.store.runs import UNFINISHED, Run, best_accuracies, list_runs, read_epochs
from hdr.ui.errors import attempt
from hdr.ui.live import show_history, to_gate
from hdr.ui.run_figures import result_figures, tested, unlike_its_test, what_was_kept
from hdr.ui.setting_fields import in_labels, settings_in_words
from hdr.ui.tiles import show_figures
from hdr.ui.words import as_date, as_time, plan_in_words, run_title


def show_runs() -> None:
    """The table, and below it what was chosen in it."""
    known = list_runs()
    if not known:
        st.info("No run yet. Set one up under New run; it is kept here whatever happens to it.")
        return
    best = best_accuracies()
    opened = st.session_state.get("opened", [])
    chosen = st.dataframe(
        pd.DataFrame([_row(run, best) for run in known]),
        hide_index=True,
        key=f"runs-{hash(tuple(run.id for run in known))}",  # rows move with every run more or less
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": [index for index, run in enumerate(known) if run.id in opened]}},
    )["selection"]["rows"]
    runs = [known[index] for index in chosen if index < len(known)]
    st.session_state["opened"] = [run.id for run in runs]
    if not runs:
        st.caption("Tick a run to open it, several to compare them.")
    elif len(runs) == 1:
        _show_run(runs[0])
    else:
        _offer_comparison(runs)


def _row(run: Run, best: dict[int, float]) -> dict[str, object]:
    seconds = run.seconds + (time.time() - (run.started or 0) if run.state == "running" else 0)
    return {
        "run": run.id,
        "model": run.model or "–",
        "what": _in_words(run),
        "state": run.state,
        "epochs": f"{run.epoch} of {run.epochs}",
        "best validation": f"{best[run.id]:.2%}" if run.id in best else "–",
        "test": _tested(run),
        "time": as_time(seconds) if seconds else "–",
        "set up": as_date(run.created),
    }


def _in_words(run: Run) -> str:
    try:
        if run.kind == "search":
            return f"Search: {plan_in_words(search_from_json(run.plan).plan)}"
        return plan_in_words(plan_from_json(run.plan))
    except HdrError as error:
        return str(error)


def _tested(run: Run) -> str:
    """The model's accuracy on the test set that it is known by."""
    try:
        return " of ".join(tested(run) or ("–",))
    except HdrError:
        return "damaged"


def _show_run(run: Run) -> None:
    st.subheader(run.model or f"{run_title(run)}, run {run.id}", anchor=False)
    st.caption(_in_words(run))
    history = read_epochs(run.id)
    if said := in_labels(run.message):
        st.warning(said)
    elif kept := what_was_kept(run, history):
        st.caption(kept)
    _offer_actions(run)
    memory = {"Memory": f"{run.memory_mb:,.0f} MB"} if run.memory_mb else {}
    show_figures(result_figures(run, history) | memory)
    if unlike := unlike_its_test(run):
        st.caption(unlike)
    if history:
        show_history(run, history)
    if run.kind == "train":
        with st.expander("Settings", icon=":material/tune:"):
            st.dataframe(pd.DataFrame(settings_in_words(plan_from_json(run.plan))), hide_index=True, height="content")
    with st.expander("Log", icon=":material/notes:"):
        st.code(read_log(run.id, 200) or "It wrote none.", language=None, height=320)


def _offer_actions(run: Run) -> None:
    with st.container(horizontal=True):
        if run.is_open:
            st.button("Stop", icon=":material/stop:", key="run_stop", on_click=attempt, args=(stop, run.id))
        if run.state in UNFINISHED:
            st.button("Resume", icon=":material/play_arrow:", key="run_resume", on_click=attempt, args=(resume, run.id))
        if run.kind == "train":
            st.button(
                "Repeat with changes", icon=":material/replay:", key="run_repeat", on_click=attempt, args=(_repeat, run)
            )
        if run.model in list_models():
            if st.button("Compare", icon=":material/compare_arrows:", key="run_compare"):
                st.switch_page("pages/compare.py", query_params=[("compare", "CNN"), ("compare", run.model)])
            st.button("Promote …", icon=":material/verified:", key="run_promote", on_click=to_gate, args=(run,))
        if not run.is_open:
            with st.popover("Delete", icon=":material/delete:"):
                st.write(f"Run {run.id}, its model and its files are gone for good then.")
                st.button("Delete it", key="run_delete", on_click=attempt, args=(delete, run.id))


def _repeat(run: Run) -> None:
    """Go to the form with the run's plan: its sources with their shares, and its settings."""
    data = plan_from_json(run.plan).data
    st.session_state["repeat"] = run.id
    st.session_state["sources"] = [name for name, _ in data]
    for name, share in data:
        st.session_state[f"sources-{name}"] = max(1, round(100 * share))
    st.session_state["train"] = "New run"


def _offer_comparison(runs: list[Run]) -> None:
    ready = [run.model for run in runs if run.model in digit_models()]
    if len(ready) < len(runs):
        st.caption("Runs without a model are left out.")
    if ready:
        st.page_link(
            "pages/compare.py",
            label=f"Compare {', '.join(ready)}",
            icon=":material/compare_arrows:",
            query_params=[("compare", name) for name in ready],
        )
