"""Command line: `python -m hdr COMMAND`. Each command is one call into the package and prints what came back."""

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import click

from hdr.config import DEFAULT_MODEL
from hdr.errors import HdrError, SettingsError


class _Commands(click.Group):
    """Shows an `HdrError` as a plain message and exits with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HdrError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands)
def main() -> None:
    """Read handwritten digits, train nets, measure them."""


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", default=DEFAULT_MODEL, show_default=True, help="Stored model to read with.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the JSON to this file instead.")
def read(files: tuple[Path, ...], model: str, out: Path | None) -> None:
    """Read the digits on pictures; a bad picture is reported and stops nothing, the exit status is then 1."""
    from hdr.reader import load_reader
    from hdr.report import as_json

    reader = load_reader(model)
    pages, failed = {}, False
    for file in files:
        try:
            pages[str(file) if file.name in pages else file.name] = reader.read_picture(file.read_bytes())
        except (HdrError, OSError) as error:
            click.echo(f"{file}: {error}", err=True)
            failed = True
    _write(as_json(pages), out)
    sys.exit(1 if failed else 0)


@main.command()
@click.argument("net")
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="Change a setting, such as epochs=5.")
@click.option("--name", help="Name of the stored model; the net's own by default.")
@click.option("--replace", is_flag=True, help="Replace a stored model of that name.")
@click.option("--member", "members", multiple=True, help="For `train ensemble`: the stored models that vote.")
def train(net: str, changes: tuple[str, ...], name: str | None, replace: bool, members: tuple[str, ...]) -> None:
    """Train a net or a classical classifier on MNIST's training set and store it under models/.

    NET is one of the registry, or `ensemble`, the soft vote of stored models.
    """
    from hdr.learn.settings import settings_for
    from hdr.learn.train import train as train_net
    from hdr.learn.train import train_ensemble
    from hdr.nets import ENSEMBLE

    unfit = changes if net == "ensemble" else members
    if unfit:
        option = "--set" if net == "ensemble" else "--member"
        raise SettingsError(f"{option} does not go with `train {net}`. Leave it out.")
    if net == "ensemble":
        stored = train_ensemble(members or ENSEMBLE, name=name or net, replace_old=replace)
    else:
        settings = settings_for(net, **dict(_parse_change(change) for change in changes))
        stored = train_net(net, settings, name=name, replace_old=replace)
    click.echo(f"Stored in {stored}")


@main.command()
@click.argument("name")
@click.option(
    "--data", default="mnist", show_default=True, help="mnist, usps, optdigits, digits, or a folder FOLDER/3/any.png."
)
@click.option("--fresh", is_flag=True, help="Answer again, even where the answers are kept beside the model.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the JSON to this file instead.")
def evaluate(name: str, data: str, fresh: bool, out: Path | None) -> None:
    """Test a stored model on a labelled set."""
    from hdr.score.evaluate import evaluate_stored

    _write(json.dumps(evaluate_stored(name, data, fresh=fresh), indent=2), out)


@main.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--limit", default=10_000, show_default=True, help="MNIST test pictures used for MNIST-C and noise.")
def measure(names: tuple[str, ...], limit: int) -> None:
    """Measure all that the Compare page shows of stored models: every set found, MNIST-C, noise, time of an answer."""
    from hdr.score.measure import STEPS, measure_stored

    for name in names:
        with click.progressbar(length=STEPS, label=f"{name:20}", item_show_func=lambda step: step or "") as bar:
            measure_stored(name, limit, lambda step: bar.update(1, step))


@main.command()
@click.argument("name")
@click.argument("numbers", nargs=-1, required=True, type=int)
def seeds(name: str, numbers: tuple[int, ...]) -> None:
    """Train a stored model's net again from other seeds and keep the figures beside it."""
    from hdr.learn.seeds import train_seed

    for number in numbers:
        click.echo(f"seed {number}: accuracy {train_seed(name, number):.2%}")


@main.command()
def models() -> None:
    """List the stored models with their accuracy on MNIST's test set."""
    from hdr.store.cards import list_models, read_card

    for name in list_models():
        card = read_card(name)
        accuracy = card["metrics"]["mnist-test"]["accuracy"]
        parameters = f"{card['parameters']:,}" if card["parameters"] else "–"
        click.echo(f"{name:20} {accuracy:8.2%} {parameters:>9} parameters  {card['date']}  {card['about']}")


@main.command()
@click.option("--model", "names", multiple=True, default=("cnn", "rnn"), show_default=True, help="Models to time.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the JSON to this file instead.")
def bench(names: tuple[str, ...], out: Path | None) -> None:
    """Time a drawing against the usual way; where HDR_DATA has real/truth.csv, read its photos."""
    from hdr.bench import bench as run_bench

    _write(json.dumps(run_bench(names), indent=2), out)


def _parse_change(change: str) -> tuple[str, int | float | str | bool]:
    name, equals, value = change.partition("=")
    if not equals or not value:
        raise SettingsError(f"--set takes NAME=VALUE, such as epochs=5, not {change!r}.")
    if value in ("true", "false"):
        return name, value == "true"
    for number in (int, float):
        with contextlib.suppress(ValueError):
            return name, number(value)
    return name, value


def _write(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text)
    else:
        try:
            out.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise SettingsError(f"{out} cannot be written ({error}).") from error


if __name__ == "__main__":
    main(prog_name="python -m hdr")
