"""Making and changing a form's template: from a scan, from a sample or from somebody's file; then its fields.

What a person works on is a `Draft` per template, kept for as long as the browser's tab lives.
"""

import streamlit as st

from hdr.config import SAMPLES
from hdr.errors import HdrError, SettingsError
from hdr.store.templates import (
    MAX_FILE,
    Template,
    delete_template,
    list_templates,
    load_template,
    save_template,
    template_as_json,
    template_from_json,
)
from hdr.ui.downloads import Download, offer
from hdr.ui.errors import attempt
from hdr.ui.field_draft import Draft
from hdr.ui.field_editor import draw_fields, edit_table
from hdr.ui.field_rows import FieldRow, found_rows, free_name, problems, rows_of, template_of
from hdr.ui.plain import count, plain
from hdr.ui.uploading import MOST_MB, SIZES
from hdr.vision.document import read_document_pages
from hdr.vision.fields import find_fields
from hdr.vision.image import decode_image, encode_jpeg, fit_within

_REFERENCE_SIDE, _SHOWN_SIDE = 3000, 1400
"""Long side in pixels of a scan that is kept with a template, and of what the canvas shows of it."""
SAMPLE = SAMPLES / "form.png"


def make_template() -> None:
    """A template from a scan; first the scan, then the fields on it."""
    draft = _drafts().get("")
    if draft is None:
        _choose_scan()
    else:
        _edit(draft)


def change_template(name: str) -> None:
    """The fields of a stored template, to be changed, exported or deleted."""
    drafts = _drafts()
    if name not in drafts:
        drafts[name] = _stored(load_template(name))
    _edit(drafts[name])
    with st.container(horizontal=True):
        offer(
            [
                Download(
                    "Export",
                    f"{name}.json",
                    "application/json",
                    lambda: template_as_json(load_template(name)),
                    ":material/download:",
                )
            ]
        )
        with st.popover("Delete", icon=":material/delete:"):
            st.write(f"The form {name} and its picture are gone for good then. What was read with it stays.")
            st.button("Delete it", key="form_delete", on_click=attempt, args=(_delete, name))


def _drafts() -> dict[str, Draft]:
    """What is being worked on, by the template's name; empty for the new one."""
    drafts: dict[str, Draft] = st.session_state.setdefault("drafts", {})
    return drafts


def _choose_scan() -> None:
    scan, other = st.columns([3, 2], gap="large")
    with scan:
        st.file_uploader(
            "A scan of the form, blank or filled",
            key="form_scan",
            on_change=attempt,
            args=(_take_scan,),
            max_upload_size=MOST_MB,
            help="A picture or a PDF, of which the first page is taken. Straight and sharp is best.",
        )
        st.caption(SIZES)
        if SAMPLE.is_file():
            st.button("Use the sample form", icon=":material/description:", on_click=attempt, args=(_take_sample,))
    with other:
        st.file_uploader(
            "Or a template that somebody exported",
            type="json",
            key="form_import",
            on_change=attempt,
            args=(_import,),
            max_upload_size=-(-MAX_FILE // 1_000_000),
        )
    st.caption("Next: the fields are found, you name them and say what may stand in them, and save it under a name.")


def _edit(draft: Draft) -> None:
    """The scan, beside it what is to be done and the name to save it under, and below both the table."""
    key = f"draft-{draft.name}"
    canvas, beside = st.columns([3, 2], gap="medium")
    with canvas:
        draw_fields(draft, key)
    with st.container():  # its warnings come and go; what stands below keeps its place
        if draft.rows:
            edit_table(draft, key)
    with beside:
        st.caption(
            f"**{count(len(draft.rows), 'field')}.** Draw a box for another; with the pencil above the scan you move, "
            "relabel and delete them. What may stand in them is said in the table below."
        )
        st.button("Add a field", icon=":material/add_box:", key=f"{key}-add", on_click=_add_field, args=(draft,))
        _offer_save(draft, key)


def _offer_save(draft: Draft, key: str) -> None:
    with st.container():
        name = st.text_input(
            "Name of the form", draft.name, key=f"{key}-name", max_chars=60, placeholder="exam-2026", live=True
        )
        template = _named(draft, name)
    changed = tuple(draft.rows) != draft.saved
    with st.container(horizontal=True):
        st.button(
            "Save",
            type="primary",
            icon=":material/save:",
            key=f"{key}-save",
            disabled=template is None or not (changed or name != draft.name),
            on_click=attempt,
            args=(_save, draft, template),
        )
        if draft.saved and changed:
            st.button("Discard changes", key=f"{key}-discard", on_click=_drop, args=(draft.name,))
        if not draft.saved:
            st.button("Take another scan", key=f"{key}-discard", on_click=_drop, args=(draft.name,))


def _named(draft: Draft, name: str) -> Template | None:
    """The draft as a template of this name; None, and the reason shown, where it cannot be one."""
    asked, name = name.strip(), "-".join(name.split())
    if not name or problems(draft.rows):
        return None
    try:
        template = template_of(name, draft.rows, draft.size, draft.scan)
    except SettingsError as error:
        st.markdown(f":red[{plain(str(error))}]")
        return None
    if name != asked:
        st.caption(f"It is saved as {plain(name)}.")
    if name != draft.name and name in list_templates():
        st.markdown(f":orange[There is a form {name} already; saving replaces it.]")
    return template


def _take_scan() -> None:
    file = st.session_state["form_scan"]
    if file is not None:
        _drafts()[""] = _new(file.getvalue())


def _take_sample() -> None:
    _drafts()[""] = _new(SAMPLE.read_bytes())


def _new(data: bytes) -> Draft:
    """A draft from a picture or the first page of a PDF, with the fields that were found on it."""
    sheet = next(iter(read_document_pages(data)))
    if sheet.rgb is None:
        raise sheet.problem or HdrError("The page cannot be read.")
    rgb = fit_within(sheet.rgb, _REFERENCE_SIDE)
    rows = found_rows(find_fields(rgb), (rgb.shape[1], rgb.shape[0]))
    return Draft("", encode_jpeg(rgb), encode_jpeg(fit_within(rgb, _SHOWN_SIDE)), (rgb.shape[1], rgb.shape[0]), rows)


def _stored(template: Template) -> Draft:
    shown = encode_jpeg(fit_within(decode_image(template.reference), _SHOWN_SIDE))
    rows = rows_of(template)
    return Draft(template.name, template.reference, shown, template.size, rows, saved=tuple(rows))


def _add_field(draft: Draft) -> None:
    """A box in the middle of the scan, for whoever has no mouse."""
    width, height = draft.size[0] // 4, draft.size[1] // 20
    box = ((draft.size[0] - width) // 2, (draft.size[1] - height) // 2, width, height)
    draft.set([*draft.rows, FieldRow(free_name(draft.rows), box)])


def _save(draft: Draft, template: Template) -> None:
    save_template(template)
    _drop(draft.name)
    _drop(template.name)
    st.session_state["form"] = template.name


def _import() -> None:
    file = st.session_state["form_import"]
    if file is None:
        return
    template = template_from_json(file.getvalue())
    if template.name in list_templates():
        raise SettingsError(
            f"There is a form {template.name} already. Delete it, or save it under another name, then import this one."
        )
    save_template(template)
    st.session_state["form"] = template.name


def _delete(name: str) -> None:
    delete_template(name)
    _drop(name)
    st.session_state.pop("form", None)


def _drop(name: str) -> None:
    _drafts().pop(name, None)
