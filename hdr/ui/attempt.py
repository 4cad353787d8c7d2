"""Buttons whose work may be refused: the reason is shown on the next look instead of a traceback."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from hdr.errors import HdrError
from hdr.ui.going import show_error


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
