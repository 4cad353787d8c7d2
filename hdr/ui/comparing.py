"""The Compare page: the choice of models and of the set, the views of them, and the downloads."""

import io
from collections.abc import Callable

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from hdr import figures
from hdr.config import MODELS
from hdr.errors import HdrError
from hdr.score.compare import (
    NOISE_LINE,
    Entry,
    claim_rows,
    compare,
    load_entry,
    seed_spread,
    setting_differences,
    soft_vote,
    summary_rows,
)
from hdr.score.html_report import html_report
from hdr.store.models import list_models
from hdr.store.predictions import SETS
from hdr.ui.chart import show_chart
from hdr.ui.frame import model_title
from hdr.ui.mistakes import show_digits, show_matrices
from hdr.ui.tiles import show_tiles, show_verdicts
from hdr.ui.trust import show_confidence, show_robustness

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
    if len(entries) > 1 and st.toggle(
        "Add their soft vote", key="vote", bind="query-params", help="The mean of the chosen models' probabilities."
    ):
        entries.append(soft_vote(entries))
    views = {
        "Overview": _show_overview,
        "Curves": _show_curves,
        "Confusion": show_matrices,
        "Digits": show_digits,
        "Robustness": show_robustness,
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
    for name in list_models():
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
        SETS,
        default="mnist",
        required=True,
        key="data",
        bind="query-params",
        format_func=_SET_TITLES.__getitem__,
        help="None was used in training. USPS and optdigits come from other people, pens and scanners.",
    )


def _load(names: list[str], data: str) -> list[Entry]:
    """The chosen models that have predictions on the set; the others say what is missing and how to make it."""
    entries, missing = [], []
    for name in names:
        try:
            entries.append(_entry(name, data, _newest(name)))
        except HdrError as error:
            missing.append(str(error))
    if missing:
        st.warning("  \n".join(missing), icon=":material/error:")
    return entries


@st.cache_resource(show_spinner=False, max_entries=200)
def _entry(name: str, data: str, changed: float) -> Entry:  # noqa: ARG001 - a newer folder is another entry
    return load_entry(name, data)


def _newest(name: str) -> float:
    """When anything in the model's folder last changed, so that new results are seen at once."""
    return max(path.stat().st_mtime for path in (MODELS / name).iterdir())


def _show_overview(entries: list[Entry], data: str) -> None:
    show_tiles(entries)
    if len(entries) > 1:
        show_verdicts([(entries[0], other, compare(entries[0], other)) for other in entries[1:]])
    st.subheader("All figures", anchor=False)
    st.dataframe(_figure_table(entries), hide_index=True, placeholder="–")
    st.caption(
        "Wilson's 95 % interval; loss in nats; precision, recall and F1 are means over the ten digits; ECE: expected "
        "calibration error; ms: one warm answer; MNIST-C: mean accuracy over 15 corruptions."
    )
    _show_costs(entries, data)
    _show_seeds(entries)
    _show_claims()


def _figure_table(entries: list[Entry]) -> Styler:
    """The summary with names and formats for people."""
    table = pd.DataFrame(summary_rows(entries))
    table["MB"] = pd.to_numeric(table["bytes"]) / 1e6
    table["95 % interval"] = [f"{low:.2%} – {high:.2%}" for low, high in zip(table["low"], table["high"], strict=True)]
    table = table.rename(columns={"milliseconds": "ms", "mnist_c": "MNIST-C", "ece": "ECE", "f1": "F1"})
    percent = ("accuracy", "top2", "precision", "recall", "F1", "ECE", "MNIST-C")
    order = (
        "model",
        "accuracy",
        "95 % interval",
        "errors",
        "loss",
        *percent[1:-1],
        "MNIST-C",
        "ms",
        "parameters",
        "MB",
    )
    formats = dict.fromkeys(percent, "{:.2%}")
    formats |= {"loss": "{:.4f}", "ms": "{:.2f}", "MB": "{:.1f}", "parameters": "{:,.0f}"}
    return table[list(order)].style.format(formats, na_rep="–")


def _show_costs(entries: list[Entry], data: str) -> None:
    """Accuracy against time, parameters or size of the file."""
    st.subheader("Accuracy against cost", anchor=False)
    costs: dict[str, tuple[str, Callable[[Entry], float | None]]] = {
        "Time": ("milliseconds for one picture", lambda entry: entry.milliseconds),
        "Parameters": ("parameters", lambda entry: entry.card["parameters"]),
        "File size": ("megabytes of the weights' file", lambda entry: (entry.card.get("bytes") or 0) / 1e6),
    }
    chosen = st.segmented_control(
        "Cost",
        list(costs),
        default="Time",
        required=True,
        key="cost",
        bind="query-params",
        label_visibility="collapsed",
    )
    title, cost = costs[chosen]
    dots = [
        figures.Dot(entry.title, value, entry.figures["accuracy"], *entry.figures["interval"])
        for entry in entries
        if (value := cost(entry))
    ]
    if dots:
        show_chart(figures.trade_off(dots, title, NOISE_LINE if data == "mnist" else None), "accuracy-against-cost")
    without = [entry for entry in entries if not cost(entry)]
    if without:
        st.caption(_unmeasured(without, "no such figure"))


def _unmeasured(entries: list[Entry], what: str) -> str:
    titles = ", ".join(entry.title for entry in entries)
    names = " ".join(entry.name for entry in entries if entry.stored)
    return f"{titles}: {what}." + (f" Measure with `python -m hdr measure {names}`." if names else "")


def _show_seeds(entries: list[Entry]) -> None:
    rows = [
        {"model": entry.title, "mean": spread[0], "standard deviation": spread[1], "seeds": spread[2]}
        for entry in entries
        if (spread := seed_spread(entry))
    ]
    if rows:
        st.subheader("How much is luck of the seed", anchor=False)
        table = pd.DataFrame(rows).style.format({"mean": "{:.2%}", "standard deviation": "{:.2%}"})
        st.dataframe(table, hide_index=True)
        st.caption("The same net trained again from other seeds; accuracy on MNIST's test set.")


def _show_claims() -> None:
    rows = claim_rows()
    if not rows:
        return
    st.subheader("What the papers claim, and what we measured", anchor=False)
    formats = {"claimed": "{:.2%}", "measured": "{:.2%}", "difference": "{:+.2%}"}
    st.dataframe(pd.DataFrame(rows).style.format(formats), hide_index=True)
    st.caption(
        "Our own run of each paper's net by its recipe, `python -m hdr train NAME`, on MNIST's test set. "
        "Choose them above to see their curves and mistakes."
    )


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
        "The report is one file with all charts in it, readable without a network. Each chart's toolbar saves PNG."
    )


def _csv(entries: list[Entry]) -> str:
    out = io.StringIO()
    pd.DataFrame(summary_rows(entries)).to_csv(out, index=False)
    return out.getvalue()
