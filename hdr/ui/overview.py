"""The Compare page's first view: tiles, what differences are worth, all figures, cost, seeds, the papers' claims."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from hdr import figures
from hdr.score.compare import NOISE_LINE, Entry, claim_rows, compare, seed_spread, summary_rows
from hdr.ui.chart import show_chart
from hdr.ui.tiles import show_tiles, show_verdicts
from hdr.ui.words import FIGURES, not_measured


def show_overview(entries: list[Entry], data: str) -> None:
    """How good the chosen models are on the set, how sure that is, and what it costs."""
    show_tiles(entries)
    if len(entries) > 1:
        show_verdicts([(entries[0], other, compare(entries[0], other)) for other in entries[1:]])
    st.subheader("All figures", anchor=False)
    columns: dict[str, Any] = {name: st.column_config.Column(help=about) for name, about in FIGURES.items()}
    columns["model"] = st.column_config.Column(pinned=True)
    st.dataframe(_figure_table(entries), hide_index=True, placeholder="–", column_config=columns)
    st.caption("Point at the head of a column to see what it means. The file below has all figures too.")
    _show_costs(entries, data)
    _show_seeds(entries)
    _show_claims()


def _figure_table(entries: list[Entry]) -> Styler:
    """The summary with names and formats for people."""
    table = pd.DataFrame(summary_rows(entries))
    table["MB"] = pd.to_numeric(table["bytes"]) / 1e6
    table["95 % interval"] = [f"{low:.2%} – {high:.2%}" for low, high in zip(table["low"], table["high"], strict=True)]
    table = table.rename(
        columns={"milliseconds": "ms", "mnist_c": "MNIST-C", "ece": "ECE", "f1": "F1", "top2": "top 2"}
    )
    percent = ("accuracy", "MNIST-C", "F1", "ECE", "top 2", "precision", "recall")
    order = ("model", "accuracy", "95 % interval", "errors", "ms", "parameters", "MB", *percent[1:5], "loss")
    formats = dict.fromkeys(percent, "{:.2%}")
    formats |= {"loss": "{:.4f}", "ms": "{:.2f}", "MB": "{:.1f}", "parameters": "{:,.0f}"}
    return table[[*order, *percent[5:]]].style.format(formats, na_rep="–")


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
        st.caption(f"Without this figure: {', '.join(entry.title for entry in without)}.")
    missing = [entry.name for entry in entries if entry.stored and entry.milliseconds is None]
    if missing:
        st.caption(not_measured(missing, "speed"))


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
