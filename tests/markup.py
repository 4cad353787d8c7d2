"""What a page says in Markdown, as a person sees it."""

import re


def unescaped(markdown: object) -> str:
    """The words without the backslashes before Markdown's signs."""
    return re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", str(markdown))
