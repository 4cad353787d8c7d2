"""Upload photos, scans or PDFs and see what was read, with every step on the way; or read a pile of one form."""

import streamlit as st

from hdr.ui.caution import asking_readers
from hdr.ui.forms_view import show_forms
from hdr.ui.frame import page
from hdr.ui.readers import readers
from hdr.ui.uploading import choose_pictures, read_pictures

chosen = page(
    "Upload", "Photograph or scan a page of digits, or a pile of forms; see what was read and how sure it is."
)
pictures, forms = st.tabs(["Read pictures", "Forms"], key="upload", on_change="rerun", bind="query-params")
with pictures:
    files = choose_pictures()
    if pictures.open:
        read_pictures(files, asking_readers(readers(chosen)))
if forms.open:
    with forms:
        show_forms(chosen)
