"""The frame of every page: title, sidebar with the pages and the choice of models.

`page(...)` is each page's first call, so that a page looks the same cold by its address and warm from the sidebar.
"""

import streamlit as st

from hdr.config import DEFAULT_MODEL, MODELS, SAMPLES
from hdr.errors import HdrError
from hdr.nets import is_for_comparing
from hdr.store.cards import digit_models, list_models, read_card, title_of
from hdr.store.promotions import default_model
from hdr.ui.style import STYLE

PAGES = (
    ("app.py", "Start", ":material/home:"),
    ("pages/draw.py", "Draw", ":material/draw:"),
    ("pages/upload.py", "Upload", ":material/photo_camera:"),
    ("pages/compare.py", "Compare", ":material/compare_arrows:"),
    ("pages/train.py", "Train", ":material/model_training:"),
)

_PAIR = "Both"
"""The choice of CNN and RNN beside each other."""


def page(title: str, lead: str, *, reads: bool = True, side_by_side: bool = False) -> tuple[str, ...]:
    """Set up a page and draw its frame.

    Args:
        title: Heading and name in the browser's tab.
        lead: One line that says what to do here.
        reads: Whether the page reads pictures, and so offers the choice of models to read with.
        side_by_side: Whether CNN and RNN beside each other are its first choice, until a person promotes a model.

    Returns:
        Names of the models that the person has chosen, one or more; none on a page that does not read.
    """
    st.set_page_config(page_title=f"{title} · Digit reader", page_icon=str(SAMPLES / "icon.png"), layout="wide")
    st.html(STYLE)
    with st.sidebar:
        st.markdown("### Digit reader")
        for path, name, icon in PAGES:
            st.page_link(path, label=name, icon=icon)
        chosen = _choose_models(side_by_side) if reads else ()
        st.caption("Pictures stay on this computer; nothing is sent anywhere.")
    st.title(title, anchor=False)
    st.html(f'<p class="hdr-lead">{lead}</p>')
    return chosen


@st.cache_data(ttl=60, show_spinner=False)
def model_title(name: str) -> str:
    """What a person calls a model."""
    return title_of(read_card(name), name)


def _choose_models(side_by_side: bool) -> tuple[str, ...]:
    """The choice of models, kept in the address and from page to page; a damaged one is named, not offered."""
    promoted = _promoted()
    choices = _offered(promoted)
    if not choices:
        return ()
    default = next(iter(choices))
    if {"CNN", "RNN"} <= choices.keys():
        pair = {"CNN": choices["CNN"], "RNN": choices["RNN"], _PAIR: choices["CNN"] + choices["RNN"]}
        shipped = promoted == DEFAULT_MODEL
        choices = pair | choices if shipped else {default: choices[default]} | pair | choices
        default = _PAIR if side_by_side and shipped else default
    _follow_default(default)
    chosen = st.segmented_control(
        "Read with",
        list(choices),
        default=default,
        required=True,
        key="models",
        bind="query-params",
        persist_state="session",
        help="CNN: looks for small shapes all over the digit. RNN: reads it line by line, like a text. Ensemble: the "
        "mean of what both say, which reads paper best.",
    )
    return choices[chosen]


def _offered(promoted: str) -> dict[str, tuple[str, ...]]:
    """The models to read with by their titles, the promoted one first; says which are damaged."""
    choices: dict[str, tuple[str, ...]] = {}
    stored = [promoted] if promoted in list_models() else []
    for name in dict.fromkeys([*stored, *digit_models(MODELS)]):
        if is_for_comparing(name) and name != promoted:
            continue
        try:
            choices[model_title(name)] = (name,)
        except HdrError as error:
            st.warning(str(error))
    return choices


def _promoted() -> str:
    """The default model; where the database cannot be read, the shipped one, and the reason in the sidebar."""
    try:
        return default_model()
    except HdrError as error:
        st.warning(str(error))
        return DEFAULT_MODEL


def _follow_default(default: str) -> None:
    """Whoever reads with the old default reads with the new one from now on; another choice stays."""
    state = st.session_state
    if state.get("models") == state.get("models_default", default):
        state.pop("models", None)
    state["models_default"] = default
