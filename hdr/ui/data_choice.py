"""What a run learns from: the choice of sources with their shares, and a person's own labelled pictures."""

from collections.abc import Iterable

import streamlit as st

from hdr.data.datasets import is_here
from hdr.data.labelled import files_of_zip, forget_set, keep_set, kept_sets, read_labelled
from hdr.data.strings import has_cheques, holds_numbers
from hdr.errors import HdrError
from hdr.learn.mixture import REPEATS, load_source
from hdr.ui.errors import show_error
from hdr.ui.plain import plain
from hdr.ui.words import source_title

_MB = 200
"""Largest upload of labelled pictures."""


def choose_data(key: str) -> tuple[tuple[str, float], ...]:
    """Sources and their shares of an epoch, which sum to 1; none where nothing that can be had is chosen.

    Args:
        key: Of the widget; what is in the session's state under it is chosen at first, else MNIST where it is here.
    """
    known = ["mnist", "digits", *(["cheques"] if has_cheques() else []), *kept_sets()]
    first = None if key in st.session_state else ["mnist" if is_here("mnist") else "digits"]
    if key in st.session_state:
        st.session_state[key] = [name for name in st.session_state[key] if name in known]
    chosen = st.multiselect(
        "Learn from",
        known,
        default=first,
        key=key,
        bind="query-params",
        persist_state="session",
        format_func=source_title,
        help=f"Several are mixed: each epoch has the share of each. A small set is repeated up to {REPEATS} times.",
    )
    if not chosen:
        st.caption(":red[Choose one source or more.]")
        return ()
    problems = [problem for name in chosen if (problem := _problem(name))]
    if problems:
        st.caption(f":red[{' '.join(problems)}]")
        return ()
    if len(chosen) == 1:
        return ((chosen[0], 1.0),)
    parts = {
        name: st.slider(
            f"Parts of {source_title(name)}",
            1,
            100,
            None if f"{key}-{name}" in st.session_state else 50,
            key=f"{key}-{name}",
            bind="query-params",
            persist_state="session",
            help="Its share of an epoch is its parts of all parts.",
        )
        for name in chosen
    }
    total = sum(parts.values())
    st.caption("An epoch: " + ", ".join(f"{part / total:.0%} {source_title(name)}" for name, part in parts.items()))
    return tuple((name, part / total) for name, part in parts.items())


@st.cache_data(ttl=300, show_spinner="Looking at the data …")
def _problem(name: str) -> str:
    """Why a source cannot be had; empty where it can."""
    try:
        if not holds_numbers(name):
            load_source(name)
    except HdrError as error:
        return str(error)
    return ""


def offer_own_data() -> None:
    """Upload labelled pictures, and see what is kept."""
    with st.expander("Your own pictures", icon=":material/folder_open:", key="own_pictures"):
        st.caption("A folder or a zip file with sub-folders named 0 to 9, a picture of one digit in each file.")
        name = st.text_input("Name of the set", "mine", key="set_name", max_chars=40)
        folder = st.file_uploader(
            "Folder", accept_multiple_files="directory", key="set_folder", max_upload_size=_MB, type=None
        )
        archive = st.file_uploader("Zip file", type="zip", key="set_zip", max_upload_size=_MB)
        if st.button("Read and keep", key="keep_set", disabled=not (folder or archive)):
            files = [(file.name, file.getvalue()) for file in folder or []]
            _keep(name.strip(), files if folder else files_of_zip(archive.getvalue()) if archive else [])
        for kept in kept_sets():
            with st.container(horizontal=True, vertical_alignment="center"):
                st.write(kept)
                st.button("Remove", key=f"forget-{kept}", on_click=_forget, args=(kept,))
        if said := st.session_state.pop("set_said", None):
            st.info(plain(said))


def _keep(name: str, files: Iterable[tuple[str, bytes]]) -> None:
    """Read and keep a set, and say what was not read."""
    try:
        with st.spinner("Reading the pictures …"):
            data, problems = read_labelled(name, files)
            keep_set(name, data)
    except HdrError as error:
        show_error(error)
        return
    left_out = f" {len(problems)} were left out: {'; '.join(problems[:5])}" if problems else ""
    st.session_state["set_said"] = f"{len(data)} pictures are kept as {name}; choose it under Learn from.{left_out}"
    st.rerun()


def _forget(name: str) -> None:
    try:
        forget_set(name)
    except HdrError as error:
        st.session_state["set_said"] = str(error)
