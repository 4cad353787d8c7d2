"""Views and fragments: buttons that lead from a fragment to another view, and errors that end a view with a message."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from hdr.errors import HdrError
from hdr.ui.plain import plain


def go_to(tabs: str, view: str) -> None:
    """Open a view, as a button's callback.

    Args:
        tabs: Key of the tabs.
        view: Title of the tab.
    """
    st.session_state[tabs] = view
    st.session_state["page_follows"] = True


def follow() -> None:
    """First in a fragment: run the whole page where a button has led elsewhere."""
    if st.session_state.pop("page_follows", False):
        st.rerun(scope="app")


def guarded(show: Callable[..., None], *arguments: Any) -> None:
    """Show a view or what a fragment holds; where that is refused, the reason instead."""
    try:
        show(*arguments)
    except HdrError as error:
        show_error(error)


def show_error(error: HdrError | str) -> None:
    """A message of the library; names in it that strangers have given are not taken for markup."""
    st.error(plain(str(error)), icon=":material/error:")
