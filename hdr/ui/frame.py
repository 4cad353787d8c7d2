"""The frame of every page: title, sidebar with the pages and the choice of models, the few styles.

`page(...)` is each page's first call, so that a page looks the same cold by its address and warm from the sidebar.
"""

import streamlit as st

from hdr.config import SAMPLES
from hdr.store.models import list_models, read_card

PAGES = (
    ("app.py", "Start", ":material/home:"),
    ("pages/draw.py", "Draw", ":material/draw:"),
    ("pages/upload.py", "Upload", ":material/photo_camera:"),
)
_STYLE = """<style>
.block-container {padding-top: 2.6rem; padding-bottom: 3rem; max-width: 1180px}
.hdr-lead {opacity: .72; margin: -.6rem 0 1rem}
.hdr-note {opacity: .65; font-size: .86rem}
.hdr-unsure {color: #b86100; font-weight: 600}
@media (prefers-color-scheme: dark) {.hdr-unsure {color: #ffb454}}
@media (max-width: 640px) {.block-container {padding: 2.4rem 1rem 2rem} h1 {font-size: 1.9rem !important}}
</style>"""


def page(title: str, lead: str) -> tuple[str, ...]:
    """Set up a page and draw its frame.

    Args:
        title: Heading and name in the browser's tab.
        lead: One line that says what to do here.

    Returns:
        Names of the models that the person has chosen, one or more.
    """
    st.set_page_config(page_title=f"{title} · Digit reader", page_icon=str(SAMPLES / "icon.png"), layout="wide")
    st.html(_STYLE)
    with st.sidebar:
        st.markdown("### Digit reader")
        for path, name, icon in PAGES:
            st.page_link(path, label=name, icon=icon)
        chosen = _choose_models()
        st.caption("Pictures stay on this computer; nothing is sent anywhere.")
    st.title(title, anchor=False)
    st.html(f'<p class="hdr-lead">{lead}</p>')
    return chosen


def model_title(name: str) -> str:
    """What a person calls a model, such as CNN."""
    return str(read_card(name).get("title", name.upper()))


def _choose_models() -> tuple[str, ...]:
    """The choice of models, kept in the address and on the way from page to page."""
    choices: dict[str, tuple[str, ...]] = {model_title(name): (name,) for name in list_models()}
    if {"CNN", "RNN"} <= choices.keys():
        choices["Both"] = (*choices["CNN"], *choices["RNN"])
    if not choices:
        return ()
    chosen = st.segmented_control(
        "Read with",
        list(choices),
        default=list(choices)[-1],
        required=True,
        key="models",
        bind="query-params",
        persist_state="session",
        help="CNN: looks for small shapes all over the digit. RNN: reads it line by line, like a text.",
    )
    return choices[chosen]
