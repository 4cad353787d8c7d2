"""`python -m hdr evaluate`, `measure`, `seeds`, `models` and `bench`: how good stored models are, and how fast."""

import json
from pathlib import Path
from typing import Any

import click

from hdr.commands.output import write
from hdr.errors import HdrError, SettingsError
from hdr.nets import ENSEMBLE


@click.command()
@click.argument("name")
@click.option(
    "--data",
    default="mnist",
    show_default=True,
    help="mnist, usps, optdigits, digits, a folder FOLDER/3/any.png; of a string net cheques, or FOLDER/labels.csv; "
    "of the pen net drawn, all others are traced for it.",
)
@click.option("--fresh", is_flag=True, help="Answer again, even where the answers are kept beside the model.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the JSON to this file instead.")
def evaluate(name: str, data: str, fresh: bool, out: Path | None) -> None:
    """Test a stored model on a labelled set."""
    from hdr.score.evaluate import evaluate_stored

    write(json.dumps(evaluate_stored(name, data, fresh=fresh), indent=2), out)


@click.command()
@click.argument("names", nargs=-1, required=True)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=10_000,
    show_default=True,
    help="MNIST test pictures used for MNIST-C and noise.",
)
@click.option("--only", multiple=True, help="sets, robustness, rejection, attack or speed instead of all; repeatable.")
def measure(names: tuple[str, ...], limit: int, only: tuple[str, ...]) -> None:
    """Measure all that the Compare page shows of stored models: sets, MNIST-C, noise, no digits, attacks, time."""
    from hdr.score.measure import STEPS, measure_stored

    if unknown := set(only) - set(STEPS):
        raise SettingsError(f"{', '.join(sorted(unknown))} cannot be measured. Choose among {', '.join(STEPS)}.")
    wanted = only or tuple(STEPS)
    length = sum(STEPS[kind] for kind in wanted)
    for name in names:
        with click.progressbar(length=length, label=f"{name:20}", item_show_func=lambda step: step or "") as bar:
            measure_stored(name, limit, lambda step: bar.update(1, step), wanted)


@click.command()
@click.argument("name")
@click.argument("numbers", nargs=-1, required=True, type=int)
def seeds(name: str, numbers: tuple[int, ...]) -> None:
    """Train a stored model's net again from other seeds and keep the figures beside it."""
    from hdr.learn.seeds import train_seed

    for number in numbers:
        click.echo(f"seed {number}: accuracy {train_seed(name, number):.2%}")


@click.command()
def models() -> None:
    """List the stored models with their accuracy on MNIST's test set."""
    from hdr.store.cards import list_models, read_card

    for name in list_models():
        try:
            line = _described(read_card(name))
        except HdrError as error:
            line = f" damaged: {error}"
        click.echo(f"{name:20}{line}")


def _described(card: dict[str, Any]) -> str:
    from hdr.store.cards import headline

    figures, data = headline(card)
    other = "" if data == "mnist-test" else f" (on {data})"
    parameters = f"{card['parameters']:,}" if card["parameters"] else "–"
    return f" {figures['accuracy']:8.2%} {parameters:>9} parameters  {card['date']}  {card['about']}{other}"


@click.command()
@click.option("--model", "names", multiple=True, default=ENSEMBLE, show_default=True, help="Models to time.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the JSON to this file instead.")
def bench(names: tuple[str, ...], out: Path | None) -> None:
    """Time a drawing against the usual way; read the photos in HDR_DATA, with the default model, too."""
    from hdr.bench import bench as run_bench
    from hdr.store.promotions import default_model

    write(json.dumps(run_bench(names, default_model()), indent=2), out)
