"""`python -m hdr read`: pictures, PDFs and folders in, text or a table out."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hdr.commands.output import write
from hdr.errors import SettingsError

if TYPE_CHECKING:
    from hdr.batch.run import Progress


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", help="Stored model to read with; the default one where none is named.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the JSON to this file instead.")
@click.option(
    "--out",
    "table",
    type=click.Path(path_type=Path),
    help="Write a file of this kind instead: .csv and .xlsx with a line for each row of writing, .json with boxes, "
    ".pdf of the pages with boxes.",
)
@click.option("--template", help="Template of the form that all pages are, stored or FORM.json: a line for each form.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes; as many as cores by default.")
@click.option(
    "--resume",
    is_flag=True,
    help="Go on where the same command was stopped or killed: what was read then is kept, unless its file has changed.",
)
def read(files: tuple[Path, ...], model: str | None, out: Path | None, table: Path | None, **how: Any) -> None:
    """Read the digits on pictures, on all pages of PDFs and TIFFs, and on all of these in folders.

    A bad picture is reported and stops nothing, the exit status is then 1.
    """
    from hdr.batch.request import ReadRequest, carry_out
    from hdr.store.promotions import default_model

    kind = _kind_of(table, how["template"])
    name = model or default_model()
    request = ReadRequest(files, name, how["jobs"], how["resume"], pictures=kind == ".pdf", template=how["template"])
    with _progress_bar() as watch, carry_out(request, watch) as outcome:
        if table and kind:
            write(outcome.as_file(kind), table)
        if out or not table:
            write(outcome.as_json(), out)
        problems = {name: record["problem"] for name, record in outcome.records.items() if "problem" in record}
    for name, problem in problems.items():
        click.echo(f"{name}: {problem}", err=True)
    sys.exit(1 if problems else 0)


def _kind_of(table: Path | None, template: str | None) -> str | None:
    """The end of the name of what `--out` writes, one of those that can be made."""
    from hdr.report import KINDS

    kind = table.suffix.lower() if table else None
    kinds = [known for known in KINDS if known != ".pdf" or not template]
    if kind not in (None, *kinds):
        forms = " of forms" if template else ""
        raise SettingsError(f"--out takes a file{forms} that ends in {', '.join(kinds)}, not {str(table)!r}.")
    return kind


@contextlib.contextmanager
def _progress_bar() -> Iterator[Callable[["Progress"], None]]:
    """A bar on standard error where somebody sits before it, who may also press Ctrl-C."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=1, label="Reading", file=sys.stderr, item_show_func=lambda name: name or "") as bar:

        def show(progress: "Progress") -> None:
            bar.length = progress.total
            bar.update(progress.done - bar.pos, progress.entry.name)

        try:
            yield show
        except KeyboardInterrupt:
            raise click.ClickException("Stopped. The same command with --resume goes on from here.") from None
