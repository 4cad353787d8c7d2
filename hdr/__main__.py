"""Command line: `python -m hdr COMMAND`. Each command is one call into the package and prints what came back."""

from typing import Any

import click

from hdr.commands.learning import promote, runs, train, tune
from hdr.commands.reading import read
from hdr.commands.scoring import bench, evaluate, measure, models, seeds
from hdr.errors import HdrError


class _Commands(click.Group):
    """Shows an `HdrError` as a plain message and exits with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HdrError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, commands=[read, train, runs, tune, promote, evaluate, measure, seeds, models, bench])
def main() -> None:
    """Read handwritten digits, train nets, measure them."""


if __name__ == "__main__":
    main(prog_name="python -m hdr")
