"""Pictures inside HTML: the bytes of a PNG in the address, so that a view is one message to the browser."""

import base64
import html
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from hdr.results import Stage
from hdr.vision.image import encode_png, fit_within

Picture = NDArray[np.uint8]
"""uint8 (H, W) grey or (H, W, 3) RGB."""
_LARGEST = 320
"""Long side in pixels to which the pictures of a strip are reduced."""
_MANY = 10


@dataclass(frozen=True, eq=False)
class Captioned:
    """A picture of a strip; what has no title or note goes without.

    Attributes:
        title: In a word or two.
        note: The rest, in smaller letters.
        picture: The picture.
    """

    title: str
    note: str
    picture: Picture


def captioned(stage: Stage) -> Captioned:
    """A step of the preprocessing as a picture of a strip."""
    return Captioned(stage.name, stage.about, stage.picture)


def data_url(picture: Picture) -> str:
    """The picture as an address that carries it."""
    return f"data:image/png;base64,{base64.b64encode(encode_png(picture)).decode()}"


def img(picture: Picture, about: str = "", *, pixel: bool = False, tooltip: bool = False) -> str:
    """An <img> that carries its picture.

    Args:
        picture: As large as it is sent.
        about: What stands for it where it is not seen; empty where words beside it say that.
        pixel: Whether it is of the class whose pixels stay visible where it is enlarged.
        tooltip: Whether `about` is shown where somebody points at it.
    """
    kind = ' class="pixel"' if pixel else ""
    title = f' title="{html.escape(about)}"' if tooltip else ""
    return f'<img{kind} alt="{html.escape(about)}"{title} src="{data_url(picture)}">'


def show_strip(pictures: list[Captioned]) -> None:
    """Pictures in a row, small ones with their pixels visible."""
    figures = "".join(
        f"<figure>{img(fit_within(shown.picture, _LARGEST), pixel=max(shown.picture.shape) <= 28)}"
        f"<figcaption>{html.escape(shown.title)}<small>{html.escape(shown.note)}</small></figcaption></figure>"
        for shown in pictures
    )
    many = " many" if len(pictures) > _MANY else ""
    st.html(f'<div class="hdr-strip{many}">{figures}</div>')
