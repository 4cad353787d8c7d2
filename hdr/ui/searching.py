"""The Train page's search: ranges, trials, Start; then its history, what mattered, and the best trial as a run."""

from typing import Any

import pandas as pd
import streamlit as st

from hdr import figures
from hdr.data.augment import LIMITS
from hdr.errors import HdrError
from hdr.learn.jobs import submit, submit_search
from hdr.learn.plan import make_plan
from hdr.learn.search import Range, Search, parse_range, search_from_json
from hdr.learn.settings import CHOICES
from hdr.learn.studies import best_plan, best_trial, importances, load_trials
from hdr.nets import NETS, NetSpec
from hdr.store.runs import Run, list_runs
from hdr.ui.chart import show_chart
from hdr.ui.data_choice import choose_data
from hdr.ui.errors import guarded
from hdr.ui.estimating import show_search_estimate
from hdr.ui.readers import spare_the_collector
from hdr.ui.setting_fields import LABELS, in_labels
from hdr.ui.words import net_title, plan_in_words

_RANGES = {
    "learning_rate": "1e-4..2e-2",
    "batch_size": "32..256",
    "weight_decay": "1e-4..0.1",
    "label_smoothing": "0..0.2",
    "dropout": "0..0.5",
    "optimizer": ",".join(CHOICES["optimizer"]),
    "schedule": ",".join(CHOICES["schedule"]),
    **{name: f"0..{limit:g}" for name, limit in LIMITS.items()},
}
"""What each setting is searched over where nobody says otherwise."""


def show_search() -> None:
    """A new search on the left, those that there were on the right."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        _set_up_search()
    with right:
        _show_searches()


def _set_up_search() -> None:
    nets = [name for name, spec in NETS.items() if isinstance(spec, NetSpec)]
    net = st.selectbox(
        "Net",
        nets,
        index=nets.index("quick_cnn"),
        key="search_net",
        format_func=net_title,
        help="What every trial trains.",
    )
    data = choose_data("search_sources")
    chosen = st.multiselect(
        "Search over",
        list(_RANGES),
        default=["learning_rate", "batch_size"],
        key="search_over",
        format_func=LABELS.__getitem__,
    )
    ranges = [_ask_range(name) for name in chosen]
    trials, epochs, pictures = _ask_size()
    study, storage = _ask_study(net)
    try:
        found = tuple(one for one in ranges if one)
        plan = make_plan(net, {"epochs": epochs}, data=data)
        search = Search(plan, found, study, trials=trials, pictures=pictures, storage=storage)
    except HdrError as error:
        st.caption(f":red[{in_labels(str(error))}]")
        search = None
    if search:
        show_search_estimate(search)
    faulty = search is None or len(found) < len(chosen)
    if st.button("Start the search", type="primary", icon=":material/search:", disabled=faulty, key="search_start"):
        if search is not None:
            submit_search(search)
        st.rerun()


def _ask_size() -> tuple[int, int, int]:
    """Trials, epochs of each and most pictures of each."""
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    trials = left.number_input(
        "Trials", value=20, step=1, key="search_trials", help="Short trainings with other values each."
    )
    epochs = middle.number_input(
        "Epochs each", value=3, step=1, key="search_epochs", help="Of a trial. Hopeless ones are given up earlier."
    )
    pictures = right.number_input(
        "Pictures each",
        value=10_000,
        step=1_000,
        key="search_pictures",
        help="The most that a trial learns from in an epoch.",
    )
    return trials, epochs, pictures


def _ask_study(net: str) -> tuple[str, str | None]:
    """The study's name and its database; None for a file of this machine."""
    with st.expander("Where it is kept", icon=":material/database:"):
        number = 1 + sum(run.kind == "search" for run in list_runs())
        study = st.text_input("Name of the study", f"{net}-{number}", key=f"search_study-{net}-{number}")
        storage = st.text_input(
            "Database",
            placeholder="a file of this machine",
            key="search_storage",
            help="An RDB's URL: several machines can work on one study there.",
        )
    return study.strip(), storage.strip() or None


def _ask_range(name: str) -> Range | None:
    """The range of a setting, refused below its field where it is none."""
    text = st.text_input(
        LABELS[name],
        _RANGES[name],
        key=f"range-{name}",
        help="From the lowest to the highest, such as 32..256 or 1e-4..1e-2 (by factors from tenfold on), or words to "
        "choose among, such as adamw,sgd.",
    )
    try:
        return parse_range(f"{name}={text}")
    except HdrError as error:
        st.caption(f":red[{in_labels(str(error))}]")
        return None


def _show_searches() -> None:
    searches = [run for run in list_runs() if run.kind == "search"]
    if not searches:
        st.info("A search tries settings by itself, gives up on hopeless ones early, and shows which of them mattered.")
        return
    run = st.selectbox("Search", searches, key="search_run", format_func=_search_title)
    st.fragment(lambda: guarded(_show_study, run.id), run_every=3.0)()


def _search_title(run: Run) -> str:
    try:
        return f"run {run.id}, {run.state}: {plan_in_words(search_from_json(run.plan).plan)}"
    except HdrError:
        return f"run {run.id}, damaged"


@st.cache_data(max_entries=100, show_spinner=False)
def _weights(plan: str, complete: int) -> dict[str, float]:
    """The settings' importances, counted anew when another trial is complete."""
    del complete
    weights = importances(search_from_json(plan))
    spare_the_collector()
    return weights


def _labelled(values: dict[str, Any]) -> dict[str, Any]:
    return {LABELS[name]: value for name, value in values.items()}


def _show_study(number: int) -> None:
    """The study's trials so far."""
    run = next((run for run in list_runs() if run.id == number), None)
    if run is None:
        return
    search = search_from_json(run.plan)
    trials = load_trials(search)
    weights = _weights(run.plan, sum(trial.state == "complete" for trial in trials))
    if run.message:
        st.caption(in_labels(run.message))
    finished = [trial for trial in trials if trial.value is not None]
    if not finished:
        st.caption("No trial has finished yet.")
        return
    dots = [(trial.number, trial.value or 0.0, trial.state) for trial in finished]
    show_chart(figures.search_history(dots), "search-history")
    if weights:
        show_chart(figures.importance_bars(_labelled(weights)), "search-importance")
    if len(finished) > 1:
        lines = [(_labelled(trial.params), trial.value or 0.0) for trial in finished]
        show_chart(figures.parallel_coordinates(lines), "search-parallel")
    best = best_trial(trials)
    if best:
        st.markdown(f"Best so far: trial {best.number}, **{best.value:.2%}** of the validation part.")
    st.dataframe(
        pd.DataFrame(
            [{"trial": t.number, "state": t.state, "validation": t.value, **_labelled(t.params)} for t in trials]
        ),
        hide_index=True,
        height=240,
    )
    if best and st.button("Train the best as a run", icon=":material/play_arrow:", key="search_best", type="primary"):
        submit(best_plan(search))
        st.rerun(scope="app")
