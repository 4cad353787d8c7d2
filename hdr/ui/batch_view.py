"""Reading a pile of scans of one form: upload, progress with Stop, Resume, and what could not be read.

A batch goes on without the tab; whoever comes back finds it under its form, the newest first.
"""

import streamlit as st

from hdr.batch.crew import worker_count
from hdr.batch.forms import ReadFormTask, keep_template, kept_template
from hdr.errors import HdrError
from hdr.store.batches import Batch, Entry, create_batch, delete_batch, get_batch, keep_files, list_batches, new_id
from hdr.store.templates import load_template
from hdr.ui import batch_work
from hdr.ui.batch_work import Work
from hdr.ui.errors import attempt, guarded, show_problem
from hdr.ui.navigation import follow, go_to, keep_in_address
from hdr.ui.plain import count, plain
from hdr.ui.tiles import show_figures
from hdr.ui.uploading import MOST_MB, SIZES, free_name
from hdr.ui.words import as_date, as_time

_SHOWN_PROBLEMS = 20


def batches_of(form: str) -> list[Batch]:
    """The batches read with a template, the newest first; damaged ones are left out."""
    found = []
    for name in reversed(list_batches()):
        try:
            batch = get_batch(name)
        except HdrError:
            continue
        if batch.about.get("form") == form:
            found.append(batch)
    return found


def choose_batch(form: str) -> Batch | None:
    """The batch that a person looks at, the newest unless another is chosen; None where there is none."""
    known = {batch.id: batch for batch in batches_of(form)}
    if not known:
        st.query_params.pop("batch", None)
        return None
    keep_in_address("batch", list(known))
    if len(known) == 1:
        return next(iter(known.values()))
    chosen = st.selectbox(
        "Batch",
        list(known),
        key="batch",
        persist_state="session",
        format_func=lambda name: _title(known[name]),
    )
    return known[chosen]


def show_reading(form: str, model: str) -> None:
    """Upload scans, and watch the batch that is being read."""
    _offer_upload(form, model)
    batch = choose_batch(form)
    if batch is not None:
        work = batch_work.find(batch.id)
        busy = work is not None and work.alive
        st.fragment(_look_at, run_every=1.0 if busy else None)(batch)


def _offer_upload(form: str, model: str) -> None:
    turn = st.session_state.setdefault("scans_turn", 0)
    key = f"scans-{form}-{turn}"
    files = st.file_uploader(
        "Scans or photos of this form, or PDFs, as many as you like",
        accept_multiple_files=True,
        key=key,
        max_upload_size=MOST_MB,
        help="They may be shifted, turned or photographed at an angle. Every page of a PDF or TIFF is a form.",
    )
    st.caption(SIZES)
    if files:
        st.button(
            f"Read {count(len(files), 'file')}",
            type="primary",
            icon=":material/play_arrow:",
            key="batch_start",
            on_click=attempt,
            args=(_start, form, model, key),
        )


def _start(form: str, model: str, key: str) -> None:
    """Keep the uploaded files, write down what is to be done, and begin."""
    contents: dict[str, bytes] = {}
    for file in st.session_state[key]:
        contents[free_name(file.name, contents)] = file.getvalue()
    name = new_id()
    batch = create_batch({"form": form, "model": model}, keep_files(name, contents), name)
    keep_template(batch, load_template(form))
    _begin(batch)
    st.session_state["batch"] = name
    st.session_state["scans_turn"] += 1
    st.session_state["review_at"] = None


def _begin(batch: Batch) -> None:
    batch_work.start(batch.id, ReadFormTask(kept_template(batch), batch.about["model"], batch.folder / "pictures"))


def _look_at(batch: Batch) -> None:
    guarded(_show_batch, batch)


def _show_batch(batch: Batch) -> None:
    follow()
    show_problem()
    work = batch_work.find(batch.id)
    entries = list(batch.journal().entries(source.name for source in batch.files))
    if work is not None:
        _tell_page(batch, work)
    with st.container(border=True):
        _show_head(batch, work, entries)
        if work is not None and work.alive:
            _show_progress(work)
        if work is not None and work.problem:
            st.error(plain(work.problem), icon=":material/error:")
        _show_problems([entry for entry in entries if entry.problem])
        if any(entry.result for entry in entries):
            st.button(
                "Review what is unsure",
                type="primary",
                icon=":material/rule:",
                on_click=go_to,
                args=("forms", "Review"),
            )


def _tell_page(batch: Batch, work: Work) -> None:
    """Run the whole page once the batch has ended, so that it looks no more, and the buttons follow."""
    state = (batch.id, work.alive)
    if st.session_state.setdefault("batch_state", state) != state:
        st.session_state["batch_state"] = state
        st.rerun(scope="app")


def _show_head(batch: Batch, work: Work | None, entries: list[Entry]) -> None:
    title, buttons = st.columns([3, 2], vertical_alignment="center")
    button = buttons.container(horizontal=True, horizontal_alignment="right")
    busy = work is not None and work.alive
    whole = is_whole(batch, entries)
    word, colour = ("reading", "blue") if busy else ("read", "green") if whole else ("stopped", "orange")
    read = sum(entry.result is not None for entry in entries)
    title.markdown(f"**{_title(batch)}** :{colour}-badge[{word}] · {read} read, {len(entries) - read} not")
    if work is not None and busy:
        button.button(
            "Stopping …" if work.stopping else "Stop",
            key="batch_stop",
            icon=":material/stop:",
            disabled=work.stopping,
            on_click=work.stop,
            help="After the pages under work. You can resume later.",
        )
        return
    if not whole:
        button.button(
            "Resume",
            key="batch_resume",
            icon=":material/play_arrow:",
            on_click=attempt,
            args=(_resume, batch),
        )
    with button:
        _offer_delete(batch)


def _offer_delete(batch: Batch) -> None:
    with st.popover("Delete", icon=":material/delete:"):
        st.write("The scans, what was read and what you corrected are gone for good then.")
        st.button("Delete it", key="batch_delete", on_click=attempt, args=(_delete, batch))


def _delete(batch: Batch) -> None:
    delete_batch(batch.id)
    st.session_state["page_follows"] = True


def _resume(batch: Batch) -> None:
    _begin(batch)
    st.session_state["batch_state"] = (batch.id, False)  # the whole page follows


def is_whole(batch: Batch, entries: list[Entry]) -> bool:
    """Whether every page of every file has its answer."""
    pages: dict[str, set[int]] = {}
    counts: dict[str, int] = {}
    for entry in entries:
        pages.setdefault(entry.file, set()).add(entry.page)
        counts[entry.file] = entry.pages
    return all(len(pages.get(source.name, ())) >= counts.get(source.name, 1) for source in batch.files)


def _show_progress(work: Work) -> None:
    if not work.total:
        st.progress(0.0, "Waking up the models …")
        return
    st.progress(min(1.0, work.done / work.total), f"page {work.done} of {work.total}")
    left = work.seconds_left
    show_figures({"Time left": as_time(left) if left is not None else "–", "Processes": str(worker_count())})


def _show_problems(failed: list[Entry]) -> None:
    """A line for each page that could not be read."""
    for entry in failed[:_SHOWN_PROBLEMS]:
        st.error(f"**{plain(entry.name)}**: {plain(str(entry.problem))}", icon=":material/broken_image:")
    if len(failed) > _SHOWN_PROBLEMS:
        st.caption(f"And {len(failed) - _SHOWN_PROBLEMS} more; the table lists them all.")


def _title(batch: Batch) -> str:
    return f"{as_date(batch.created)} · {count(len(batch.files), 'file')}"
