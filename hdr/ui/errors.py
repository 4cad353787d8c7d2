"""What the library refuses, said on the page instead of a traceback: by a view, or by a button on the next look."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from hdr.errors import HdrError
from hdr.ui.plain import plain


def guarded(show: Callable[..., None], *arguments: Any) -> None:
    """Show a view or what a fragment holds; where that is refused, the reason instead."""
    try:
        show(*arguments)
    except HdrError as error:
        show_error(error)


def show_error(error: HdrError | str) -> None:
    """A message of the library; names in it that strangers have given are not taken for markup."""
    st.error(plain(str(error)), icon=":material/error:")


def attempt(act: Callable[..., Any], *arguments: Any) -> None:
    """Do what a button asks for; what went wrong is kept for `show_problem`."""
    try:
        act(*arguments)
    except HdrError as error:
        st.session_state["problem"] = str(error)


def show_problem() -> None:
    """Say what the last button could not do, once."""
    if problem := st.session_state.pop("problem", None):
        show_error(problem)
