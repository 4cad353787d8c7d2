"""The few styles of our own, sent once with each page, and the accent of the theme that a page is shown in.

On the lighter accent of the dark theme text is dark.
"""

import streamlit as st

from hdr.colours import ACCENT, ACCENT_ON_DARK, Colour, css


def accent() -> Colour:
    """The accent colour of the theme that the person has chosen, for what cannot follow it by CSS."""
    return ACCENT_ON_DARK if st.context.theme.type == "dark" else ACCENT


_RULES = """
.block-container {padding-top: 2.6rem; padding-bottom: 3rem; max-width: 1180px}
.hdr-lead {opacity: .72; margin: -.6rem 0 1rem}
.hdr-note {opacity: .65; font-size: .86rem}
.hdr-unsure {color: #b86100; font-weight: 600}
@media (prefers-color-scheme: dark) {.hdr-unsure {color: #ffb454}}
@media (max-width: 640px) {.block-container {padding: 2.4rem 1rem 2rem} h1 {font-size: 1.9rem !important}
  [data-testid=stTabs] [role=tablist] {flex-wrap: wrap; row-gap: 0}
  .js-plotly-plot .modebar-container {display: none}}
.hdr-answer {border: 1px solid color-mix(in srgb, currentColor 14%, transparent); border-radius: .8rem;
  padding: 1rem 1.2rem}
.hdr-answer header {display: flex; justify-content: space-between; font-size: .9rem; opacity: .75}
.hdr-number {font-size: clamp(3.2rem, 8vw, 6.5rem); line-height: 1.15; font-weight: 650; text-align: center;
  overflow-wrap: anywhere; font-variant-numeric: tabular-nums}
.hdr-number.long {font-size: clamp(1.8rem, 4vw, 3rem)}
.hdr-path > div {display: grid; grid-template-columns: minmax(5rem, 2fr) 5fr; gap: 1rem; align-items: center}
.hdr-path .hdr-number {font-size: 3.6rem}
.hdr-path .hdr-how {text-align: left; margin: .2rem 0 .4rem}
.hdr-how {text-align: center; margin: 0 0 .6rem}
.hdr-bar {display: grid; grid-template-columns: 1rem 1fr 3.6rem; align-items: center; gap: .5rem; font-size: .9rem;
  font-variant-numeric: tabular-nums}
.hdr-bar i {height: .6rem; border-radius: .3rem; background: color-mix(in srgb, currentColor 9%, transparent)}
.hdr-bar b {display: block; height: 100%; border-radius: .3rem;
  background: color-mix(in srgb, currentColor 38%, transparent)}
.hdr-bar.top {font-weight: 650}
.hdr-bar span:last-child {text-align: right}
.hdr-strip {display: flex; flex-wrap: wrap; gap: .9rem}
.hdr-strip figure {margin: 0; font-size: .82rem; max-width: 11rem}
.hdr-strip img {display: block; height: 7rem; max-width: 11rem; object-fit: contain; border-radius: .4rem;
  border: 1px solid color-mix(in srgb, currentColor 18%, transparent); background: #000}
.hdr-strip img.pixel {image-rendering: pixelated; width: 7rem}
.hdr-strip.many img.pixel {width: 3.4rem; height: 3.4rem}
.hdr-strip figcaption {margin-top: .3rem; line-height: 1.25}
.hdr-strip small {opacity: .65; display: block}
.hdr-tiles {display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .8rem}
.hdr-tile {border: 1px solid color-mix(in srgb, currentColor 14%, transparent); border-radius: .8rem;
  padding: .8rem 1rem; font-variant-numeric: tabular-nums}
.hdr-tile header {display: flex; justify-content: space-between; font-size: .9rem; opacity: .85}
.hdr-tile strong {display: block; font-size: 2rem; line-height: 1.25}
.hdr-tile small, .hdr-tile p {opacity: .7; font-size: .82rem; margin: 0}
.hdr-tile em {font-style: normal; opacity: .8}
.js-plotly-plot .textpoint text {fill: currentColor !important; fill-opacity: 1 !important}
:is([data-testid^=stBaseButton-primary]:not(:disabled), [data-testid=stMultiSelect] [data-tag]),
:is([data-testid^=stBaseButton-primary]:not(:disabled), [data-testid=stMultiSelect] [data-tag]) *
  {color: light-dark(#ffffff, #14161c) !important}
[data-testid=stElementContainer]:has(> [data-testid=stHtml] > script:only-child) {display: none}
[data-testid=stCaptionContainer] {opacity: .7}
[data-testid=stCaptionContainer]:has(.stMarkdownColoredText) {opacity: 1}
@media (hover: none) {[data-has-shortcut=true] > [aria-label^="Shortcut "] {display: none}}
.hdr-verdict {margin: .5rem 0 0}
.hdr-gallery {display: grid; grid-template-columns: repeat(auto-fill, minmax(6.8rem, 1fr)); gap: .9rem}
.hdr-gallery figure {margin: 0; max-width: 8.5rem; font-size: .78rem; line-height: 1.35}
.hdr-gallery img {image-rendering: pixelated; width: 100%; border-radius: .4rem; background: #000; display: block}
.hdr-gallery span {display: grid; grid-template-columns: 1fr 1rem 2.6rem; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; font-variant-numeric: tabular-nums}
.hdr-gallery span.wrong b {color: #d55e00}
.hdr-gallery small {opacity: .6}
.hdr-figures {display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: .5rem 1.2rem;
  font-variant-numeric: tabular-nums}
.hdr-figures small {display: block; opacity: .65; font-size: .82rem}
.hdr-figures b {font-size: 1.25rem; font-weight: 600; white-space: nowrap}
.hdr-field {display: flex; justify-content: space-between; gap: 1rem; flex-wrap: wrap}
.hdr-field strong {font-size: 1.1rem}
.hdr-field span {opacity: .65; overflow-wrap: anywhere}
.st-key-models button {padding-inline: .55rem}
.st-key-review_value input {font-size: 1.35rem; font-variant-numeric: tabular-nums; letter-spacing: .04em}
"""
STYLE = f"<style>{_RULES}.hdr-bar.top b {{background: light-dark({css(ACCENT)}, {css(ACCENT_ON_DARK)})}}\n</style>"
