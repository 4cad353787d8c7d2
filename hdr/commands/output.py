"""Where a command's result goes: to a file that was named, or to standard output."""

from pathlib import Path

import click

from hdr.errors import SettingsError


def write(content: str | bytes, out: Path | None) -> None:
    """Write a result to a file, or print it where none is named.

    Raises:
        SettingsError: The file cannot be written.
    """
    if out is None:
        click.echo(content)
    else:
        try:
            out.write_bytes(content if isinstance(content, bytes) else content.encode() + b"\n")
        except OSError as error:
            raise SettingsError(f"{out} cannot be written ({error}).") from error
