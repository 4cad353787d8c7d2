"""How many answers can be accepted at which cost, and whether models know what is no digit."""

import html
from typing import Any

import streamlit as st

from hdr import figures
from hdr.results import UNSURE
from hdr.score.compare import Entry
from hdr.score.rejection import coverage_at_precision
from hdr.score.trust import PRECISION
from hdr.ui.chart import show_chart
from hdr.ui.words import not_measured


def show_coverage(entries: list[Entry]) -> None:
    """Errors among the accepted answers against the share accepted, on the chosen set."""
    st.subheader("Accepting only sure answers", anchor=False)
    show_chart(figures.coverage_curves({entry.title: entry.coverage for entry in entries}), "coverage")
    shares = " · ".join(
        f"{entry.title} {coverage_at_precision(entry.confidence, entry.right, PRECISION):.1%}" for entry in entries
    )
    st.caption(
        "Answers below a threshold go to a person: further left fewer are accepted, and fewer of these are wrong. "
        f"Most that can be accepted with {PRECISION:.2%} of them right: {shares}."
    )


def show_rejection(entries: list[Entry]) -> None:
    """How well each model sets digits apart from what is none, with some of it and what the models say."""
    measured = {entry.title: entry.measures["rejection"] for entry in entries if "rejection" in entry.measures}
    missing = [entry.name for entry in entries if entry.stored and "rejection" not in entry.measures]
    st.subheader("What is no digit", anchor=False)
    if missing:
        st.info(not_measured(missing, "rejection"))
    if not measured:
        return
    show_chart(figures.rejection_dots({title: found["auroc"] for title, found in measured.items()}), "rejection")
    refused = " · ".join(f"{title} {found['refused']['all']:.0%}" for title, found in measured.items())
    first = next(iter(measured.values()))
    st.caption(
        f"{first['n']:,} drawn pictures of each kind against MNIST's test digits, set apart by how evenly an answer "
        "spreads over the ten digits. 100 %: every one is less sure than every digit; 50 %: guessing. Where one digit "
        f"in 1,000 is refused by mistake, so much of the rest is refused: {refused}."
    )
    _show_examples(measured)


def _show_examples(measured: dict[str, dict[str, Any]]) -> None:
    """Some pictures that are no digit, and what each model says of them; sure answers stand out."""
    first = next(iter(measured.values()))
    said = {title: {example["png"]: example for example in found["examples"]} for title, found in measured.items()}
    pictures = "".join(
        _picture(example, {title: known[example["png"]] for title, known in said.items() if example["png"] in known})
        for example in first["examples"]
    )
    st.markdown("What the models take them for, and how sure they are of it; the less the better.")
    st.html(f'<div class="hdr-gallery">{pictures}</div>')


def _picture(example: dict[str, Any], said: dict[str, dict[str, Any]]) -> str:
    answers = "".join(
        f'<span class="{"wrong" if answer["confidence"] >= UNSURE else "right"}">{html.escape(title)}'
        f"<b>{int(answer['digit'])}</b>{float(answer['confidence']):.0%}</span>"
        for title, answer in said.items()
    )
    kind = html.escape(figures.NO_DIGITS.get(example["kind"], example["kind"]))
    png = html.escape(example["png"])
    return (
        f'<figure><img class="pixel" alt="{kind}" src="data:image/png;base64,{png}">'
        f"<figcaption><small>{kind}</small>{answers}</figcaption></figure>"
    )
