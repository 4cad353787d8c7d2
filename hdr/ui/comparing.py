"""The Compare page: the choice of models and of the set, the views of them, and the downloads."""

import io

import numpy as np
import pandas as pd
import streamlit as st

from hdr import figures
from hdr.data.datasets import COMPARED, seen_tests
from hdr.errors import HdrError
from hdr.score.compare import (
    NOISE_LINE,
    Entry,
    load_entry,
    setting_differences,
    soft_vote,
    summary_rows,
)
from hdr.score.html_report import html_report
from hdr.store.cards import digit_models, model_folder
from hdr.ui.attacks import show_attacks
from hdr.ui.chart import show_chart
from hdr.ui.frame import model_title
from hdr.ui.mistakes import show_digits, show_matrices
from hdr.ui.overview import show_overview
from hdr.ui.robustness import show_robustness
from hdr.ui.trust import show_confidence

_SET_TITLES = {
    "mnist": "MNIST test",
    "usps": "USPS test",
    "optdigits": "optdigits",
    "digits": "scikit-learn's digits",
}


def compare_models() -> None:
    """The whole page below its title."""
    names = _choose_models()
    data = _choose_set()
    if not names:
        st.info("Choose a model above, or several: their figures appear side by side.", icon=":material/arrow_upward:")
        return
    entries = _load(names, data)
    if not entries:
        return
    seen = [entry.title for entry in entries if data in seen_tests(entry.card.get("trained_on", []))]
    if seen:
        st.warning(f"{', '.join(seen)} learned from pictures of this set, which flatters the figures.")
    if len(entries) > 1 and st.toggle(
        "Add their soft vote", key="vote", bind="query-params", help="The mean of the chosen models' probabilities."
    ):
        entries.append(soft_vote(entries))
    views = {
        "Overview": show_overview,
        "Curves": _show_curves,
        "Confusion": show_matrices,
        "Digits": show_digits,
        "Robustness": show_robustness,
        "Attacks": show_attacks,
        "Confidence": show_confidence,
        "Settings": _show_settings,
    }
    tabs = st.tabs(list(views), key="view", on_change="rerun", bind="query-params")
    for tab, show in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab:
                show(entries, data)
    _offer_downloads(entries, data)


def _choose_models() -> list[str]:
    """The choice of models, kept in the address; damaged ones are named, not offered."""
    titles: dict[str, str] = {}
    for name in digit_models():
        try:
            titles[model_title(name)] = name
        except HdrError as error:
            st.warning(str(error), icon=":material/error:")
    first = [title for title in ("CNN", "RNN") if title in titles] or list(titles)[:2]
    chosen = st.multiselect(
        "Models",
        list(titles),
        default=first,
        key="compare",
        bind="query-params",
        placeholder="Choose models",
        help="The choice is kept in the address: copy it to show somebody else the same view.",
    )
    return [titles[title] for title in chosen]


def _choose_set() -> str:
    """The set that the figures are from, kept in the address."""
    return st.segmented_control(
        "Test set",
        COMPARED,
        default="mnist",
        required=True,
        key="data",
        bind="query-params",
        format_func=_SET_TITLES.__getitem__,
        help="None was used in training. USPS and optdigits come from other people, pens and scanners.",
    )


def _load(names: list[str], data: str) -> list[Entry]:
    """The chosen models that have predictions on the set; the others say what is missing and how to make it."""
    entries: list[Entry] = []
    missing: list[str] = []
    for name in names:
        try:
            entry = _entry(name, data, _newest(name))
        except HdrError as error:
            missing.append(str(error))
            continue
        if entries and not np.array_equal(entry.labels, entries[0].labels):
            missing.append(
                f"{entry.title} answered other pictures than {entries[0].title}. Ask it again with: "
                f"python -m hdr evaluate {name} --data {data} --fresh"
            )
        else:
            entries.append(entry)
    if missing:
        st.warning("  \n".join(missing), icon=":material/error:")
    return entries


@st.cache_resource(show_spinner=False, max_entries=200)
def _entry(name: str, data: str, changed: float) -> Entry:  # noqa: ARG001 - a newer folder is another entry
    return load_entry(name, data)


def _newest(name: str) -> float:
    """When anything in the model's folder last changed, so that new results are seen at once."""
    return max(path.stat().st_mtime for path in model_folder(name).iterdir())


def _show_curves(entries: list[Entry], _data: str) -> None:
    trained = {entry.title: entry.history for entry in entries if entry.history}
    if not trained:
        st.info("The chosen models were not trained in epochs, so they have no curves. Add a net above.")
        return
    by_time = (
        st.segmented_control(
            "Along", ["Epochs", "Time"], default="Epochs", required=True, key="along", bind="query-params"
        )
        == "Time"
    )
    left, right = st.columns(2, gap="medium")
    with left:
        show_chart(figures.history_curves(trained, "accuracy", by_time=by_time, line=NOISE_LINE), "accuracy-curves")
    with right:
        show_chart(figures.history_curves(trained, "loss", by_time=by_time), "loss-curves")
    st.caption(
        "Solid: validation; dotted: training. Training on distorted pictures is harder than the validation on clean "
        "ones, which is why some dotted lines lie below. Losses with label smoothing, or of ten sigmoids, have "
        "another floor and do not compare."
        + (" The axes fit the validation; training beyond them is cut off." if len(trained) > 1 else "")
    )
    without = [entry.title for entry in entries if not entry.history]
    if without:
        st.caption(f"Without epochs, so without curves: {', '.join(without)}.")


def _show_settings(entries: list[Entry], _data: str) -> None:
    rows = setting_differences(entries)
    if len(entries) < 2 or not rows:
        st.info("Choose two models or more to see in which settings they differ.")
        return
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content")
    st.caption("Only what differs is listed; a dash means that the model knows no such setting.")


def _offer_downloads(entries: list[Entry], data: str) -> None:
    st.divider()
    with st.container(horizontal=True):
        st.download_button(
            "Report (HTML)",
            lambda: html_report(entries, _SET_TITLES[data]),
            f"comparison-{data}.html",
            "text/html",
            icon=":material/description:",
            on_click="ignore",
        )
        st.download_button(
            "Figures (CSV)",
            lambda: _csv(entries),
            f"comparison-{data}.csv",
            "text/csv",
            icon=":material/table:",
            on_click="ignore",
        )
    st.caption(
        "The report is one file with all charts in it, readable without a network. On a wide screen, each chart's "
        "toolbar saves PNG."
    )


def _csv(entries: list[Entry]) -> str:
    out = io.StringIO()
    pd.DataFrame(summary_rows(entries)).to_csv(out, index=False)
    return out.getvalue()
