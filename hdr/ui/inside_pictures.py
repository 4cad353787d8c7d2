"""What was found inside a net as pictures: heat over a digit, feature maps as strips. Small HTML; knows no page.

Blue speaks for a digit and orange against it: two of Okabe and Ito's colours, which colour-blind people can tell apart,
on the black of the pictures that the nets see, in light and dark alike.
"""

import html

import numpy as np

from hdr.nets.inside import FeatureMaps, Heat
from hdr.results import RGB, Grey
from hdr.ui.embedded import img

STYLE = """<style>
.hdr-heat {margin: 0; font-size: .86rem; line-height: 1.45; font-variant-numeric: tabular-nums}
.hdr-heat img {display: block; width: min(100%, 17rem); image-rendering: pixelated; background: #000;
  border-radius: .6rem; margin-bottom: .5rem}
.hdr-heat i {display: inline-block; width: .8rem; height: .8rem; border-radius: .2rem; margin-right: .35rem}
.hdr-heat span {margin-right: 1rem; white-space: nowrap}
.hdr-maps {margin: 0 0 1rem; font-size: .86rem; container-type: inline-size}
.hdr-maps div {display: grid; grid-template-columns: repeat(8, 1fr); gap: .25rem}
@container (min-width: 560px) {.hdr-maps div {grid-template-columns: repeat(16, 1fr)}}
.hdr-maps img {display: block; width: 100%; aspect-ratio: 1; image-rendering: pixelated; background: #000;
  border-radius: .25rem}
.hdr-maps figcaption {margin-bottom: .35rem}
.hdr-maps small {opacity: .65}
</style>"""
_FOR, _AGAINST = (86, 180, 233), (240, 140, 30)
_INK = (104, 104, 110)
_SHOWN = 16
"""Feature maps of a stage that are shown."""


def tint(image: Grey, heat: Heat) -> RGB:
    """A picture, uint8 (28, 28), in dim grey with its heat (28, 28) over it, as RGB (28, 28, 3).

    The strongest pixel has its full colour; the root of the share makes weak ones visible.
    """
    share = np.abs(heat) / (float(np.abs(heat).max()) or 1.0)
    cover = np.sqrt(share)[..., None]
    ink = image[..., None] / 255.0 * np.array(_INK)
    colour = np.where(heat[..., None] > 0, np.array(_FOR), np.array(_AGAINST))
    return np.round(ink * (1 - cover) + colour * cover).astype(np.uint8)


def heat_figure(image: Grey, heat: Heat, digit: int, *, in_nats: bool) -> str:
    """The tinted picture with what its colours mean; with the sums of both where they have a unit."""
    gain, loss = float(heat[heat > 0].sum()), float(-heat[heat < 0].sum())
    weights = (f": {gain:.1f}", f": {loss:.1f}") if in_nats else ("", "")
    about = (
        "In nats, the unit of evidence. What speaks for the digit less what speaks against it is how much more "
        "evidence for it this picture gives than a blank one."
        if in_nats
        else "The strongest place has its full colour."
    )
    return (
        f'<figure class="hdr-heat">{img(tint(image, heat), f"What speaks for {digit} and against it", tooltip=True)}'
        f'<figcaption title="{about}">{_key(_FOR)}<span>for {digit}{weights[0]}</span>'
        f"{_key(_AGAINST)}<span>against{weights[1]}</span></figcaption></figure>"
    )


def maps_figure(found: FeatureMaps) -> str:
    """A strip of the maps in which most was found, that first, on one scale."""
    height, width, count = found.maps.shape
    strength = np.maximum(found.maps, 0).mean(axis=(0, 1))
    shown = np.argsort(-strength, kind="stable")[:_SHOWN]
    top = float(np.quantile(found.maps[..., shown], 0.99)) or float(found.maps.max()) or 1.0
    grey = np.round(np.clip(found.maps[..., shown] / top, 0, 1) * 255).astype(np.uint8)
    images = "".join(
        img(np.ascontiguousarray(grey[..., place]), f"{found.title}, map {number + 1}", tooltip=True)
        for place, number in enumerate(shown)
    )
    which = f", the {_SHOWN} in which it found most" if count > _SHOWN else ""
    return (
        f'<figure class="hdr-maps"><figcaption>{html.escape(found.title)} '
        f"<small>{count} maps of {width} × {height}{which}</small></figcaption><div>{images}</div></figure>"
    )


def _key(colour: tuple[int, int, int]) -> str:
    return f'<i style="background:rgb{colour}"></i>'
