"""The gate: a candidate beside the model that Draw and Upload read with, gains and losses; then a person decides."""

import pandas as pd
import streamlit as st

from hdr.config import DEFAULT_MODEL, DEFAULT_STRING_MODEL, MODELS
from hdr.errors import HdrError
from hdr.nets import PEN_NET
from hdr.score.gate import Comparison, as_evidence, compare_on_tests
from hdr.store.cards import list_models, model_folder, read_card, title_of
from hdr.store.promotions import (
    default_beside,
    default_model,
    default_string_model,
    defaults,
    list_promotions,
    promote,
)
from hdr.ui.errors import attempt
from hdr.ui.readers import spare_the_collector
from hdr.ui.tiles import p_value
from hdr.ui.words import as_date

_VERDICTS = {
    "better": (":green-badge[better]", "more than luck"),
    "worse": (":red-badge[worse]", "more than luck"),
    "level": (":gray-badge[level]", "may well be luck"),
}


def show_default() -> None:
    """The present default, a candidate's trial, and the earlier defaults."""
    current, strings = default_model(), default_string_model()
    beside = f", whole numbers with **{_title(strings)}** beside it" if strings else ""
    drawings = " (Draw shows CNN and RNN side by side)" if current == DEFAULT_MODEL else ""
    st.markdown(f"Draw and Upload read with **{_title(current)}**{drawings}{beside}, and `python -m hdr read` too.")
    in_use = defaults()
    others = [name for name in list_models() if name not in in_use]
    own = [name for name in others if model_folder(name).parent != MODELS]
    if st.session_state.get("candidate") not in [None, *others]:
        _forget_candidate()
    candidate = st.selectbox(
        "Candidate",
        [*own, *(name for name in others if name not in own)],
        index=None,
        key="candidate",
        bind="query-params",
        placeholder="Choose a model to set beside it",
        help="Both answer the test sets that neither was trained on; then you decide.",
        format_func=_title,
    )
    if candidate:
        _show_trial(candidate, default_beside(candidate))
    _show_earlier(in_use)


@st.cache_data(ttl=60, show_spinner=False)
def _title(name: str) -> str:
    try:
        return title_of(read_card(name), name)
    except HdrError:
        return f"{name}, damaged"


def _show_trial(candidate: str, current: str) -> None:
    trials = _trials(candidate, current, *(read_card(name)["sha256"] for name in (candidate, current)))
    titles = _title(candidate), _title(current)
    st.dataframe(pd.DataFrame([_row(trial, *titles) for trial in trials]), hide_index=True)
    for trial in trials:
        badge, luck = _VERDICTS[trial.verdict]
        st.markdown(
            f"{badge} on {trial.data}: {titles[0]} alone reads {trial.paired.only_first:,} pictures right, "
            f"{titles[1]} alone {trial.paired.only_second:,}; {luck} (McNemar's exact test, "
            f"p {p_value(trial.paired.p_value)})."
        )
    st.caption(
        "Only sets that neither was trained on. The interval is a paired bootstrap's: where it holds 0, the two may be "
        "equally good."
    )
    with st.container(horizontal=True):
        st.button(
            f"Make {titles[0]} the default",
            type="primary" if all(trial.verdict != "worse" for trial in trials) else "secondary",
            icon=":material/verified:",
            key="promote",
            on_click=attempt,
            args=(_promote, candidate, trials),
        )
        st.button("Leave it", key="leave", on_click=_forget_candidate)


@st.cache_data(max_entries=50, show_spinner="Both answer every test picture …")
def _trials(candidate: str, current: str, *weights: str) -> list[Comparison]:
    del weights  # other weights are another comparison
    trials = compare_on_tests(candidate, current)
    spare_the_collector()
    return trials


def _row(trial: Comparison, first: str, second: str) -> dict[str, object]:
    found = trial.paired
    return {
        "test set": trial.data,
        "pictures": trial.n,
        second: f"{trial.current:.2%}",
        first: f"{trial.candidate:.2%}",
        "difference": f"{100 * found.difference:+.2f} points",
        "95 % interval": f"{100 * found.low:+.2f} to {100 * found.high:+.2f}",
        "gains": found.only_first,
        "losses": found.only_second,
    }


def _promote(model: str, trials: list[Comparison]) -> None:
    promote(model, as_evidence(trials))
    _forget_candidate()


def _forget_candidate() -> None:
    """Choose none, in the address too."""
    st.session_state["candidate"] = None


def _show_earlier(current: set[str]) -> None:
    """Every default that there was, each with a way back to it."""
    promotions = list_promotions()
    if not promotions:
        st.caption("Nothing was promoted yet: this is the shipped model.")
        return
    st.subheader("Earlier defaults", anchor=False)
    stored = list_models()
    promoted = [promotion.model for promotion in promotions]
    earlier = list(dict.fromkeys([*promoted, DEFAULT_MODEL, DEFAULT_STRING_MODEL, PEN_NET]))
    for name in earlier:
        if name in current or name not in stored:
            continue
        dates = [promotion.date for promotion in promotions if promotion.model == name]
        when = as_date(dates[0]) if dates else "shipped"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.write(f"{_title(name)} · {when}")
            st.button(
                "Back to it", icon=":material/undo:", key=f"back-{name}", on_click=attempt, args=(promote, name, {})
            )
