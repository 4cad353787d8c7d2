"""The Train page: what is running on top, below it the views to set up, look back, search and promote."""

from collections.abc import Callable

import streamlit as st

from hdr.errors import HdrError
from hdr.learn.jobs import reconcile
from hdr.ui.errors import guarded, show_error
from hdr.ui.live import show_live
from hdr.ui.new_run import set_up_run
from hdr.ui.promoting import show_default
from hdr.ui.run_table import show_runs
from hdr.ui.searching import show_search

_VIEWS: dict[str, Callable[[], None]] = {
    "New run": set_up_run,
    "Runs": show_runs,
    "Search": show_search,
    "Default model": show_default,
}


def train_models() -> None:
    """The whole page below its title."""
    try:
        reconcile()
    except HdrError as error:
        show_error(error)
        st.stop()
    guarded(show_live)
    tabs = st.tabs(list(_VIEWS), key="train", on_change="rerun", bind="query-params")
    for tab, show in zip(tabs, _VIEWS.values(), strict=True):
        if tab.open:
            with tab:
                guarded(show)
