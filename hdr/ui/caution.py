"""How many wrong digits among the sure ones a person can live with, as the thresholds that readers then ask for."""

import streamlit as st

from hdr.errors import HdrError
from hdr.reader import Reader
from hdr.results import UNSURE
from hdr.score.trust import fewest_promised, share_accepted, thresholds_of
from hdr.store.cards import read_card
from hdr.ui.frame import model_title

_USUAL = "as usual"
_WISHES = ("10", "5", "2", "1")
_HELP = (
    "Fewer wrong digits pass as sure, and more are marked for you to look at. Usually a digit is sure from "
    f"{100 * UNSURE:.0f} %, and never from less; where your wish takes more, more is asked for. How much is found "
    "with each model's validation part: handwriting that it has not learned from, cleanly cut out. It holds for such "
    "digits with 95 % certainty; on poor photos more slip through."
)


def asking_readers(readers: list[Reader]) -> list[Reader]:
    """The readers as strict as the person wishes; says what the wish costs, or why a model cannot promise it."""
    wish = st.segmented_control(
        "Of 1,000 sure digits, wrong at most",
        _offered(readers),
        default=_USUAL,
        required=True,
        key="wrong",
        bind="query-params",
        persist_state="session",
        help=_HELP,
    )
    return readers if wish == _USUAL else [_strict(reader, float(wish)) for reader in readers]


def _offered(readers: list[Reader]) -> list[str]:
    """What one of the models can promise, and what was chosen before; all where none can promise anything."""
    able = {wish for reader in readers for wish in _promises(reader)} or set(_WISHES)
    return [_USUAL, *(wish for wish in _WISHES if wish in able or wish == st.session_state.get("wrong"))]


def _promises(reader: Reader) -> list[str]:
    """The wishes that a model can fulfil, the largest first; none where its card is damaged or has no thresholds."""
    try:
        fewest = fewest_promised(read_card(reader.name))
    except HdrError:
        return []
    return [wish for wish in _WISHES if float(wish) >= fewest]


def _strict(reader: Reader, wrong_per_1000: float) -> Reader:
    title = model_title(reader.name)
    try:
        card = read_card(reader.name)
        thresholds = thresholds_of(card, wrong_per_1000)
        share = share_accepted(card, thresholds.sure_from)
    except HdrError as error:
        able = _promises(reader)
        why = f"It cannot promise {wrong_per_1000:g} of 1,000; choose {able[-1]}." if able else str(error)
        st.warning(f"{title} reads with its ordinary threshold. {why}", icon=":material/rule:")
        return reader
    st.caption(f"{title}: sure from {100 * thresholds.sure_from:.4g} %, as {share:.1%} of clean digits are.")
    return reader.with_thresholds(thresholds)
