"""Figures as HTML that is quick to send: named ones in a row, models as tiles, and what their differences are worth."""

import html

import pandas as pd
import streamlit as st

from hdr.score.compare import Entry
from hdr.score.paired import PairedComparison


def show_figures(named: dict[str, str]) -> None:
    """A row of figures with their names, which wraps on a narrow screen."""
    if not named:
        return
    cells = "".join(f"<div><small>{name}</small><b>{value}</b></div>" for name, value in named.items())
    st.html(f'<div class="hdr-figures">{cells}</div>')


def show_tiles(entries: list[Entry]) -> None:
    """A tile for each model: accuracy, interval, errors, and the difference to the first."""
    st.html(f'<div class="hdr-tiles">{"".join(_tile(entry, entries[0]) for entry in entries)}</div>')


def _tile(entry: Entry, first: Entry) -> str:
    figures = entry.figures
    low, high = figures["interval"]
    delta = ""
    if entry is not first:
        points = 100 * (figures["accuracy"] - first.figures["accuracy"])
        delta = f"<em>{points:+.2f} points</em>"
    facts = [f"{figures['errors']:,} of {figures['n']:,} wrong", f"loss {figures['loss']:.4f}"]
    if entry.milliseconds:
        facts.append(f"{entry.milliseconds:.2f} ms")
    if entry.card["parameters"]:
        facts.append(f"{entry.card['parameters']:,} parameters")
    return (
        f'<section class="hdr-tile"><header>{html.escape(entry.title)}{delta}</header>'
        f"<strong>{figures['accuracy']:.2%}</strong>"
        f'<small title="Wilson 95 % interval">{low:.2%} to {high:.2%}</small>'
        f"<p>{' · '.join(facts)}</p></section>"
    )


def show_verdicts(pairs: list[tuple[Entry, Entry, PairedComparison]]) -> None:
    """Whether each pair's difference is more than luck: a sentence each, or a table where there are many."""
    if len(pairs) <= 3:
        st.html("".join(f'<p class="hdr-verdict">{_verdict(*pair)}</p>' for pair in pairs))
        return
    st.markdown(f"**{pairs[0][0].title}** against each of the others, on the same pictures:")
    st.dataframe(pd.DataFrame([_row(*pair) for pair in pairs]), hide_index=True)
    st.caption(
        "Alone right: pictures that only one of the two reads right. p: McNemar's exact test, below 0.05 is rarely luck"
    )


def _row(first: Entry, second: Entry, found: PairedComparison) -> dict[str, object]:
    return {
        "against": second.title,
        f"{first.title} alone right": found.only_first,
        "the other alone right": found.only_second,
        "difference": f"{100 * found.difference:+.2f} points",
        "95 % interval": f"{100 * found.low:+.2f} to {100 * found.high:+.2f}",
        "p": p_value(found.p_value).removeprefix("= "),
        "more than luck": "yes" if found.p_value < 0.05 else "no",
    }


def p_value(p: float) -> str:
    """What stands behind "p": `= 0.15`, or `< 0.0001` where it is less."""
    return f"= {p:.2g}" if p >= 1e-4 else "< 0.0001"


def _verdict(first: Entry, second: Entry, found: PairedComparison) -> str:
    one, other = html.escape(first.title), html.escape(second.title)
    counts = (
        f"<b>{one}</b> alone reads {found.only_first:,} pictures right, <b>{other}</b> alone {found.only_second:,}; "
        f"difference {100 * found.difference:+.2f} points (95 %: {100 * found.low:+.2f} to {100 * found.high:+.2f})."
    )
    p = html.escape(p_value(found.p_value))
    if found.p_value >= 0.05:
        return f"{counts} That may well be luck (McNemar's exact test, p {p})."
    better = one if found.difference > 0 else other
    return f"{counts} <b>{better}</b> is better by more than luck (McNemar's exact test, p {p})."
