"""The Upload page's view of forms: choose a template or make one, read a pile of scans, review, take the table."""

from collections.abc import Callable

import streamlit as st

from hdr.batch.forms import kept_template
from hdr.form_check import impossible
from hdr.store.batches import Batch, Entry, get_batch
from hdr.store.templates import Template, list_templates
from hdr.ui.batch_view import choose_batch, show_reading
from hdr.ui.errors import guarded, show_problem
from hdr.ui.form_pictures import annotated_scans, field_picture
from hdr.ui.form_results import Item, complaint_of, items_of, to_review
from hdr.ui.form_table import show_table
from hdr.ui.navigation import keep_in_address
from hdr.ui.reviewing import Review, show_review
from hdr.ui.template_editor import change_template, make_template
from hdr.ui.words import NO_MODEL

NEW = "New form"


def show_forms(models: tuple[str, ...]) -> None:
    """The whole view; forms are read with the first of the chosen models."""
    show_problem()
    name = _choose_form()
    if name == NEW:
        guarded(make_template)
        return
    views: dict[str, Callable[[], None]] = {
        "Read scans": lambda: _read(name, models),
        "Review": lambda: _review(name),
        "Table": lambda: _table(name),
        "Fields": lambda: change_template(name),
    }
    tabs = st.tabs(list(views), key="forms", on_change="rerun", bind="query-params")
    for tab, show in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab:
                guarded(show)


def _choose_form() -> str:
    """A stored template, kept in the address, or a new one."""
    names = [*list_templates(), NEW]
    keep_in_address("form", names)
    return st.selectbox(
        "Form",
        names,
        key="form",
        persist_state="session",
        help="A template says where the fields of a form lie and what may stand in them. It stays on this computer.",
    )


def _read(name: str, models: tuple[str, ...]) -> None:
    if models:
        show_reading(name, models[0])
    else:
        st.info(NO_MODEL)


def _review(name: str) -> None:
    batch = choose_batch(name)
    if batch is None:
        st.info("Nothing was read with this form yet. Choose scans under Read scans.", icon=":material/inbox:")
        return
    st.fragment(_review_batch)(batch)


def _review_batch(batch: Batch) -> None:
    guarded(_show_unsure, batch)


def _show_unsure(batch: Batch) -> None:
    _, items = _results(batch)

    def complain(item: Item, text: str) -> str | None:
        form = [other for other in items if other.form == item.form]
        return complaint_of(_template(batch.id), form, item.field, text)

    def refuse(item: Item, text: str) -> str | None:
        return impossible(_template(batch.id).field(item.field), text)

    show_review(Review(batch.id, to_review(items), lambda item: field_picture(batch, item), complain, refuse))


def _table(name: str) -> None:
    batch = choose_batch(name)
    if batch is None:
        st.info("The table comes with the first scans that are read. Choose them under Read scans.")
        return
    entries, items = _results(batch)
    show_table(batch, _template(batch.id), entries, items, lambda: annotated_scans(batch, entries, items))


def _results(batch: Batch) -> tuple[list[Entry], list[Item]]:
    entries = list(batch.journal().entries(source.name for source in batch.files))
    return entries, items_of(batch, entries, _template(batch.id))


@st.cache_data(show_spinner=False, max_entries=8)
def _template(batch: str) -> Template:
    """The template that a batch was begun with, which never changes."""
    return kept_template(get_batch(batch))
