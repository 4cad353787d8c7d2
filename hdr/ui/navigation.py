"""Buttons that lead from a fragment to another view of the page."""

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
