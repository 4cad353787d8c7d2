"""How far pictures are distorted in training, with what that does to some digits shown beside it, at once."""

from dataclasses import asdict
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from hdr.data.augment import LIMITS, Augmentation, augment
from hdr.errors import HdrError, ModelError
from hdr.learn.plan import Plan
from hdr.nets import USUAL_NET, kind_of
from hdr.store.cards import digit_models
from hdr.store.models import read_golden

LABELS = {
    "rotate": "Turn, degrees",
    "shear": "Slant",
    "scale": "Size",
    "shift": "Place, pixels",
    "elastic": "Unsteady hand, pixels",
    "stroke": "Pen width, share",
    "contrast": "Faintness, share",
    "blur": "Blur, share",
    "noise": "Noise, share",
    "regional": "Other countries' 1, 4, 7, 9, share",
    "damage": "Damage, share",
}
"""What the form calls each distortion."""
_ROWS, _ENLARGED = 3, 3


def choose_distortions(start: Plan, prefix: str) -> dict[str, Any]:
    """The switch and the limits of each distortion, with a preview.

    Returns:
        Values by name, as `make_plan` takes them.
    """
    with st.container(border=True):
        on = st.toggle(
            "Distort the pictures",
            start.settings.augment,
            key=f"{prefix}-augment",
            bind="query-params",
            persist_state="session",
            help="Every epoch shows every picture in another way: by other pens, hands and cameras.",
        )
        if not on:
            st.caption("Pictures are learned as they are: fast, but less at home on paper.")
            return {"augment": False}
        if kind_of(start.net) != "digit":
            return {"augment": True}  # strings and paths are distorted in ways of their own
        place = st.container()
        with st.expander("How far", icon=":material/tune:", key="how_far"):
            limits = {name: _ask_limit(name, start, prefix) for name in LIMITS}
        with place:
            _show_preview(Augmentation(**limits))
    return {"augment": True} | limits


def _ask_limit(name: str, start: Plan, prefix: str) -> float:
    top = LIMITS[name]
    return st.slider(
        LABELS[name],
        0.0,
        top,
        float(asdict(start.augmentation)[name]),
        top / 50,
        key=f"{prefix}-{name}",
        bind="query-params",
        persist_state="session",
    )


@st.fragment
def _show_preview(augmentation: Augmentation) -> None:
    """Sample digits as they are, and below them as the net will see them."""
    try:
        digits, labels = _sample_digits()
    except HdrError:
        st.caption("There is no model whose sample digits could be shown.")
        return
    draw = st.session_state.get("preview_draw", 1)
    rng = np.random.default_rng(draw)
    rows = [digits, *(augment(digits, augmentation, rng, labels) for _ in range(_ROWS))]
    st.image(_contact_sheet(rows), width="stretch", caption="Above as they are, below as the net will see them.")
    if st.button("Another draw", icon=":material/casino:", key="preview_again"):
        st.session_state["preview_draw"] = draw + 1
        st.rerun(scope="fragment")


@st.cache_data(show_spinner=False)
def _sample_digits() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Some pictures, and which digits they are, as the model that keeps them reads them."""
    names = digit_models()
    if not names:
        raise ModelError("No model of single digits is stored.")
    images, answers = read_golden(USUAL_NET if USUAL_NET in names else names[0])
    return images[:9].astype(np.float32) / 255.0, answers[:9].argmax(axis=1)


def _contact_sheet(rows: list[NDArray[np.float32]]) -> NDArray[np.uint8]:
    """Rows of digits (N, 28, 28) as one picture, with a gap below the first row."""
    lines = [np.concatenate([np.pad(digit, 1) for digit in row], axis=1) for row in rows]
    gap = np.zeros((4, lines[0].shape[1]), np.float32)
    sheet = np.concatenate([lines[0], gap, *lines[1:]])
    return (255 * sheet).astype(np.uint8).repeat(_ENLARGED, axis=0).repeat(_ENLARGED, axis=1)
