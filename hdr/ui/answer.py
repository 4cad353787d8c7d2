"""What was read, as a person sees it: the number very large, probabilities as bars, what the nets saw.

Written as small pieces of HTML, because they follow the pen: one message to the browser is quicker
than a chart.
"""

import html

import numpy as np
import streamlit as st

from hdr.results import Digit, Page
from hdr.store.cards import headline, read_card
from hdr.ui.embedded import Captioned
from hdr.ui.frame import model_title
from hdr.ui.plain import count


def show_answers(pages: list[Page]) -> None:
    """The models' answers side by side, each with its time; ten bars where a single digit was read."""
    columns = st.columns(len(pages), gap="medium")
    for column, page in zip(columns, pages, strict=True):
        column.html(_answer(page))


def show_path_answer(page: Page) -> None:
    """What the pen net read, in a flat card: its three likeliest digits, or each of several with its probability."""
    bars = _likeliest(page.digits[0]) if len(page.digits) == 1 else _digits(page.digits)
    st.html(
        f'<section class="hdr-answer hdr-path"><header><span title="{html.escape(_record_of(page.model))}">'
        f"{html.escape(model_title(page.model))}, by the path of your pen</span>"
        f'<span title="time of this net">{1000 * page.seconds:.1f} ms</span></header>'
        f'<div><div class="hdr-number" data-testid="reading-{html.escape(page.model)}" aria-live="polite">'
        f'{html.escape(page.text.replace("/", " / "))}</div><div><p class="hdr-how">{_sureness(page)}</p>{bars}</div>'
        "</div></section>"
    )


def seen_digits(page: Page, most: int | None = None) -> list[Captioned]:
    """Each digit as the net saw it, under its reading, and last what it took for none.

    Args:
        page: What was read.
        most: Pictures at most; of more the unsure digits come first. None for all.
    """
    many = most is not None and len(page.digits) + len(page.refused) > most
    shown = sorted(page.digits, key=lambda digit: not digit.unsure) if many else page.digits
    digits = [Captioned(str(digit.value), _percent(digit.confidence), digit.image) for digit in shown]
    return [*digits, *(Captioned("–", "no digit", mark.image) for mark in page.refused)][:most]


def refused_marks(page: Page) -> str:
    """How many marks were taken for no digit, in words; empty where none was."""
    return f"{count(len(page.refused), 'mark')} unlike any digit" if page.refused else ""


def _answer(page: Page) -> str:
    text = html.escape(page.text.replace("/", " / ")) or "–"
    size = " long" if len(page.digits) > 4 else ""
    alone = page.digits or page.refused
    body = _bars(alone[0]) if len(alone) == 1 else _digits(page.digits)
    return (
        f'<section class="hdr-answer"><header><span>{html.escape(model_title(page.model))}</span>'
        f'<span title="until this answer, all nets at work at once">{1000 * page.seconds:.1f} ms</span></header>'
        f'<div class="hdr-number{size}" data-testid="reading-{html.escape(page.model)}" aria-live="polite">{text}</div>'
        f'<p class="hdr-how">{_sureness(page)}</p>{body}</section>'
    )


def _sureness(page: Page) -> str:
    if page.blank:
        said = f"Not a digit: {refused_marks(page)}" if page.refused else "blank: no digit found"
        return f'<span class="hdr-note">{said}</span>'
    least = min(page.digits, key=lambda digit: digit.confidence)
    sure = f"{_percent(least.confidence)} sure" + (" of its least sure digit" if len(page.digits) > 1 else "")
    aside = f", {refused_marks(page)} left out" if page.refused else ""
    if least.unsure:
        return f'<span class="hdr-unsure">Unsure: {least.reason}. {sure}{aside}</span>'
    return f'<span class="hdr-note">{sure}{aside}</span>'


def _percent(share: float) -> str:
    """A probability in percent; never a certainty."""
    return ">99.9%" if share > 0.9995 else f"{share:.1%}"


def _bars(digit: Digit) -> str:
    return "".join(
        _bar(str(value), float(share), value == digit.value) for value, share in enumerate(digit.probabilities)
    )


def _likeliest(digit: Digit) -> str:
    """The three most probable digits, the first of them marked."""
    order = np.argsort(-digit.probabilities)[:3]
    return "".join(_bar(str(value), float(digit.probabilities[value]), value == digit.value) for value in order)


@st.cache_data(ttl=60, show_spinner=False)
def _record_of(name: str) -> str:
    """What a pen net does and how well, from its card."""
    card = read_card(name)
    figures, data = headline(card)
    tested = {"mnist-traced": "MNIST's test digits, traced from their pictures"}.get(data, data)
    return f"{card['about']} It reads {figures['accuracy']:.2%} of {figures['n']:,} right: {tested}."


def _digits(digits: tuple[Digit, ...]) -> str:
    return "".join(_bar(str(digit.value), digit.confidence, not digit.unsure) for digit in digits)


def _bar(label: str, share: float, top: bool) -> str:
    return (
        f'<div class="hdr-bar{" top" if top else ""}"><span>{label}</span>'
        f'<i><b style="width:{100 * share:.1f}%"></b></i><span>{_percent(share)}</span></div>'
    )
