"""How long a run or a search will take, as a line below its form."""

import streamlit as st

from hdr.learn.estimate import estimate_seconds, paces_of, search_seconds
from hdr.learn.mixture import epoch_size
from hdr.learn.plan import Plan
from hdr.learn.search import Search
from hdr.nets import NETS, NetSpec, kind_of
from hdr.ui.words import as_time


def show_run_estimate(plan: Plan) -> None:
    """How long the run will take, as far as is known."""
    size, paces = _learned(plan), paces_of(plan)
    seconds = estimate_seconds(plan, size, paces)
    if isinstance(NETS[plan.net], NetSpec) and seconds is not None:
        st.caption(
            f"{plan.settings.epochs} epochs of {size:,} pictures: about **{as_time(seconds)}**, {_source(bool(paces))}."
        )


def show_search_estimate(search: Search) -> None:
    """How long the search will take at most, as far as is known."""
    size, paces = _learned(search.plan), paces_of(search.plan)
    seconds = search_seconds(search, size, paces)
    if seconds is not None:
        st.caption(
            f"{search.trials} trials: at most about **{as_time(seconds)}**, {_source(bool(paces))}. Hopeless ones end "
            "early."
        )


@st.cache_data(ttl=600, show_spinner="Looking at the data …")
def shared_size(data: tuple[tuple[str, float], ...], net: str) -> int:
    """Pictures in an epoch of such data, those to be held out included."""
    return epoch_size(data, net)


def _learned(plan: Plan) -> int:
    """Pictures of an epoch that are learned from."""
    size, held_out = shared_size(plan.data, plan.net), plan.settings.validation
    if kind_of(plan.net) == "string":  # whose numbers are composed
        return size
    return round(size * (1 - held_out)) if held_out < 1 else max(1, size - round(held_out))


def _source(has_paces: bool) -> str:
    return "as earlier runs here" if has_paces else "a first guess"
