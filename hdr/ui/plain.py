"""Words within Markdown: numbers with their nouns, and strangers' words, such as names of files, never as markup."""

import re

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$:~&])")


def count(number: int, noun: str) -> str:
    """A number with its noun: `1 field`, `2 fields`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def plain(text: str) -> str:
    """The text with all that Markdown knows escaped, so that it neither formats nor links nor loads a picture."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
