"""Buttons that lead from a fragment to another view of the page, and choices whose first is in the address, too."""

from collections.abc import Sequence

import streamlit as st


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


def keep_in_address(key: str, options: Sequence[str]) -> None:
    """Before a choice is shown: take it from the address where nobody has chosen yet, and write it there.

    `bind` leaves what is chosen at first out of the address, so that it means another thing where other things are
    stored, as a new form that sorts before it.

    Args:
        key: Of the widget and of the address.
        options: What can be chosen, the first unless another is asked for.
    """
    asked = st.session_state.get(key, st.query_params.get(key))
    st.session_state[key] = asked if asked in options else options[0]
    st.query_params[key] = st.session_state[key]
