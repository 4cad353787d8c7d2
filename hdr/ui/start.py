"""The Start page's parts: where to go, and the shipped models with the figures of their cards."""

import pandas as pd
import streamlit as st

from hdr.config import MODELS, SAMPLES
from hdr.errors import HdrError
from hdr.nets import is_for_comparing
from hdr.store.cards import digit_models, headline, read_card
from hdr.ui.frame import model_title
from hdr.ui.plain import plain
from hdr.ui.words import NO_MODEL

_ABOUT = "how it reads"
"""Too long for the table, and said below it."""


def show_tour() -> None:
    """The ways in, each with a link, beside a sample page."""
    ways, picture = st.columns([3, 2], gap="large")
    with ways:
        st.subheader("Draw", anchor=False)
        st.write("Write with mouse, pen or finger. The answer follows every stroke, with both nets side by side.")
        st.page_link("pages/draw.py", label="Draw a digit", icon=":material/draw:")
        st.subheader("Upload", anchor=False)
        st.write(
            "Photos and scans, several at once. See each step from the picture to the digits, then take CSV or JSON."
        )
        st.page_link("pages/upload.py", label="Upload pictures", icon=":material/photo_camera:")
        st.subheader("Compare", anchor=False)
        st.write(
            "CNN against RNN, papers' nets, classical classifiers: curves, confusions down to the pictures, robustness."
        )
        st.page_link("pages/compare.py", label="Compare models", icon=":material/compare_arrows:")
        st.subheader("Train", anchor=False)
        st.write("Your own net, on your own handwriting: watch it learn, and let it read here once it is better.")
        st.page_link("pages/train.py", label="Train a net", icon=":material/model_training:")
    picture.image(
        str(SAMPLES / "page.jpg"), caption="A page like this is read in a fraction of a second.", width="stretch"
    )


def show_models() -> None:
    """The stored models and what their cards say of MNIST's test set."""
    st.subheader("The models", anchor=False)
    names = [name for name in digit_models(MODELS) if not is_for_comparing(name)]
    if not names:
        st.info(NO_MODEL)
        return
    lines = pd.DataFrame([line for name in names if (line := _line(name))])
    st.dataframe(lines.drop(columns=_ABOUT, errors="ignore"), hide_index=True)
    st.caption("Accuracy on MNIST's 10,000 test pictures, none of which was used in training.")
    for _, line in lines.iterrows():
        st.markdown(f"**{plain(line['model'])}**: {plain(line[_ABOUT])}")


def _line(name: str) -> dict[str, str | int] | None:
    """The model's line in the table; None where its card is damaged, which the sidebar says."""
    try:
        card = read_card(name)
    except HdrError:
        return None
    test, _ = headline(card)
    return {
        "model": model_title(name),
        "accuracy": f"{test['accuracy']:.2%}",
        "read wrong": f"{test['errors']} of {test['n']:,}",
        "parameters": f"{card['parameters']:,}",
        "trained": card["date"],
        _ABOUT: card["about"],
    }
