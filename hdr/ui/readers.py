"""The readers that pages share: loaded once for all sessions, with a plain message where a model cannot be loaded."""

import gc

import streamlit as st

from hdr.config import DEFAULT_STRING_MODEL
from hdr.errors import HdrError, StoreError
from hdr.pen_reader import PenReader, load_pen_reader
from hdr.reader import Reader, load_reader
from hdr.store.cards import read_card
from hdr.store.promotions import default_pen_model, default_string_model
from hdr.ui.errors import show_error
from hdr.ui.words import NO_MODEL


@st.cache_resource(show_spinner="Waking up the models, about ten seconds after a start …", max_entries=8)
def _shared_reader(name: str, *weights: str) -> Reader:
    del weights  # other weights are another reader
    reader = load_reader(name)
    spare_the_collector()
    return reader


@st.cache_resource(show_spinner="Waking up the pen net …", max_entries=1)
def _shared_pen_reader(name: str, sha256: str) -> PenReader:
    del sha256  # other weights are another net
    reader = load_pen_reader(name)
    spare_the_collector()
    return reader


def pen_reader() -> PenReader | None:
    """The reader of a pen's path; None where there is none, with the reason where it is damaged."""
    try:
        name = default_pen_model()
        return _shared_pen_reader(name, read_card(name)["sha256"]) if name else None
    except HdrError as error:
        st.warning(str(error))
        return None


def spare_the_collector() -> None:
    """Take all that was loaded so far out of the garbage collector's sight; called after TensorFlow has come in.

    Streamlit collects garbage after every run of a page. With TensorFlow's objects among what is searched, that takes
    about half a second, during which answers wait to be sent; a few pages that look again every second stop the server.
    """
    gc.collect()
    gc.freeze()


def weights_of(name: str) -> tuple[str, ...]:
    """What a model's reader reads with now: SHA-256 of the model's weights and of the string net's.

    Raises:
        ModelError: A model is missing, or its card is damaged.
    """
    try:
        strings = default_string_model()
    except StoreError:  # the page's frame says so; what is loaded reads on
        strings = DEFAULT_STRING_MODEL
    return tuple(read_card(model)["sha256"] for model in (name, strings) if model)


def readers(names: tuple[str, ...]) -> list[Reader]:
    """Readers of the chosen models; shows the reason and stops the page where there is none to read with."""
    if not names:
        st.info(NO_MODEL)
        st.stop()
    loaded = []
    for name in names:
        try:
            loaded.append(_shared_reader(name, *weights_of(name)))
        except HdrError as error:
            show_error(error)
    if not loaded:
        st.stop()
    return loaded
