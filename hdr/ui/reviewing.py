"""Reviewing a batch of forms: the least sure field first, its picture beside what was read, Enter to go on.

What a person says is on disk before the next field is shown.
"""

import base64
import html
import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from hdr.errors import SettingsError
from hdr.store.corrections import Place, correct
from hdr.ui.errors import attempt, show_problem
from hdr.ui.form_results import Item, kept_against
from hdr.ui.navigation import follow, go_to
from hdr.ui.plain import plain

_AT_ONCE = 25
"""Lines of the list on a leaf."""
_CHOICES, _LEAST_SHARE = 4, 0.005
"""Other readings that are offered, at most, and the probability below which one is not."""
_FOCUS = """<script>(() => {{
  const focus = () => {{
    const input = document.querySelector(".st-key-review_value input");
    if (input && input.value === {text}) {{ input.focus({{preventScroll: true}}); input.select(); }}
  }};
  [50, 250, 700].forEach(wait => setTimeout(focus, wait));
}})() // {place}</script>"""
"""Gives the keyboard to the value as long as nobody has changed it."""
_DONE, _OPEN, _AGAINST = "✓", "", "⚠"


@dataclass(frozen=True)
class Review:
    """What a person goes through.

    Attributes:
        batch: Id of the batch.
        queue: The fields to look at, the most urgent first, in an order that stays.
        picture: Gives the JPEG or PNG of a field; None where there is none.
        complain: Why a text in a field breaks its rule or a total; None where it does not.
        refuse: Why a text cannot be a value of a field at all; None where it can.
    """

    batch: str
    queue: list[Item]
    picture: Callable[[Item], bytes | None]
    complain: Callable[[Item, str], str | None]
    refuse: Callable[[Item, str], str | None]

    def next_open(self, after: Place | None) -> Item | None:
        """The next field that nobody has looked at, from one on and round; None where there is none."""
        places = [item.place for item in self.queue]
        start = places.index(after) + 1 if after in places else 0
        return next((item for item in [*self.queue[start:], *self.queue[:start]] if item.said is None), None)

    def beside(self, item: Item, step: int) -> Item:
        """The field before or after one, round."""
        places = [other.place for other in self.queue]
        return self.queue[(places.index(item.place) + step) % len(self.queue)]


def show_review(review: Review) -> None:
    """One field after the other, and the list of all that are unsure."""
    follow()
    looked = sum(item.said is not None for item in review.queue)
    if not review.queue:
        st.success("Nothing is unsure: every field fulfils its rule, and was read with confidence.")
        return
    kept = kept_against(review.queue)
    st.progress(looked / len(review.queue), f"**{looked} of {len(review.queue)} looked at**{kept}")
    if note := st.session_state.pop("review_note", None):
        st.markdown(f":orange[{plain(note)}]")
    item = _current(review)
    if item is None:
        say, icon = (st.warning, ":material/rule:") if kept else (st.success, ":material/done_all:")
        say(f"All unsure fields were looked at{kept}. The table has what you said.", icon=icon)
        st.button("To the table", type="primary", icon=":material/table:", on_click=go_to, args=("forms", "Table"))
    else:
        with st.container(border=True):
            _show_card(review, item)
    _show_list(review, item)


def _current(review: Review) -> Item | None:
    """The field that a person went to, else the first that nobody has looked at."""
    place = st.session_state.get("review_at")
    return next((item for item in review.queue if item.place == place), review.next_open(None))


def _show_card(review: Review, item: Item) -> None:
    st.html(
        f'<div class="hdr-field"><strong>{html.escape(item.field)}</strong><span>{html.escape(item.form)}</span></div>'
    )
    left, right = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with left:
        picture = review.picture(item)
        if picture:
            st.image(picture, width="stretch", alt=f"What was written in {item.field} of {item.form}")
        else:
            st.caption("The scan is not here any more.")
    with right:
        for reason in _why(item):
            st.markdown(f":orange[{plain(reason)}]")
        _ask_value(review, item)
        _offer_alternatives(review, item)
    _offer_moves(review, item)


def _ask_value(review: Review, item: Item) -> None:
    """The value in a field that has the keyboard; Enter accepts it."""
    with st.form(f"review-{hash(item.place)}", border=False, enter_to_submit=True), st.container(key="review_value"):
        key = f"value-{item.place}-{item.said}"  # another value, as after Undo, is another field
        st.text_input(
            "Stands there",
            item.text,
            key=key,
            help="Digits; of a column, its numbers with / between.",
        )
        st.form_submit_button(
            "Accept",
            type="primary",
            icon=":material/check:",
            help="Enter",
            on_click=lambda: attempt(_accept, review, item, str(st.session_state[key])),
        )
    show_problem()
    text, place = json.dumps(item.text).replace("<", r"\u003c"), base64.b16encode(repr(item.place).encode()).decode()
    st.html(_FOCUS.format(text=text, place=place), unsafe_allow_javascript=True)


def _offer_alternatives(review: Review, item: Item) -> None:
    shares = {text: f"{share:.0%}" for text, share in item.alternatives if share >= _LEAST_SHARE}
    shares = {item.unruled: "without its rule"} | shares if item.unruled != item.read else shares
    others = [(text, share) for text, share in shares.items() if text != item.text][:_CHOICES]
    if not others:
        return
    st.caption("Or it is")
    with st.container(horizontal=True, gap="small"):
        for number, (text, share) in enumerate(others, 1):
            st.button(
                f"{text or 'empty'} · {share}",
                key=f"other-{number}",
                shortcut=f"Alt+{number}",
                on_click=attempt,
                args=(_accept, review, item, text),
            )


def _offer_moves(review: Review, item: Item) -> None:
    with st.container(horizontal=True, gap="small"):
        for label, key, icon, step in (
            ("Back", "Alt+PageUp", ":material/arrow_back:", -1),
            ("Next", "Alt+PageDown", ":material/arrow_forward:", 1),
        ):
            st.button(label, icon=icon, shortcut=key, on_click=_go, args=(review.beside(item, step).place,))
        if item.said is not None:
            st.button("Undo", icon=":material/undo:", on_click=attempt, args=(_forget, review, item))


def _accept(review: Review, item: Item, text: str) -> None:
    """Keep a value and go to the next field that nobody has looked at; raises SettingsError where it is none."""
    text = text if text == item.text else "".join(text.split())  # as shown, a blank stands for an empty box
    if refused := review.refuse(item, text):
        raise SettingsError(refused)
    complaint = review.complain(item, text)
    correct(review.batch, item.place, text)
    if complaint:
        st.session_state["review_note"] = f"Kept {text or 'nothing'} as {item.field} of {item.form}, but: {complaint}"
    queue = [replace(other, said=text) if other.place == item.place else other for other in review.queue]
    following = replace(review, queue=queue).next_open(item.place)
    _go(following.place if following else None)


def _forget(review: Review, item: Item) -> None:
    correct(review.batch, item.place, None)
    _go(item.place)


def _go(place: Place | None) -> None:
    st.session_state["review_at"] = place


def _show_list(review: Review, current: Item | None) -> None:
    """All unsure fields with their pictures; a chosen line is opened above."""
    leaves = -(-len(review.queue) // _AT_ONCE)
    leaf = st.pagination(leaves, key="review_leaf") if leaves > 1 else 1
    shown = review.queue[(leaf - 1) * _AT_ONCE : leaf * _AT_ONCE]
    key = f"review-list-{len(review.queue)}-{leaf}-{st.session_state.setdefault('review_turn', 0)}"

    def open_chosen() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        if rows:
            st.session_state["review_turn"] += 1  # the same line can be chosen again
            _go(shown[rows[0]].place)

    st.dataframe(
        pd.DataFrame([_line(review, item, item is current) for item in shown]),
        key=key,
        hide_index=True,
        row_height=52,
        height=min(52 * len(shown) + 40, 480),
        on_select=open_chosen,
        selection_mode="single-row",
        column_config={
            "": st.column_config.TextColumn(width=28),
            "written": st.column_config.ImageColumn("written", width=280),
            "sure": st.column_config.NumberColumn("sure", format="percent", width="small"),
        },
        alt="Fields to look at",
    )


def _line(review: Review, item: Item, current: bool) -> dict[str, object]:
    return {
        "": "▸" if current else _AGAINST if item.against else _OPEN if item.said is None else _DONE,
        "written": _as_url(review.picture(item)),
        "value": item.text,
        "field": item.field,
        "form": item.form,
        "sure": item.confidence,
        "why": " ".join(_why(item)),
    }


def _why(item: Item) -> list[str]:
    """Why a person should look, or look again at what was said."""
    return [item.against] if item.against else item.reasons


def _as_url(picture: bytes | None) -> str | None:
    if picture is None:
        return None
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"
