"""Command line: `python -m hdr COMMAND`. Each command is one call into the package and prints what came back."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hdr.errors import HdrError, SettingsError

if TYPE_CHECKING:
    from hdr.batch.run import Progress


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
    """Read the digits on pictures, on all pages of PDFs, and on all pictures and PDFs in folders.

    A bad picture is reported and stops nothing, the exit status is then 1.
    """
    from hdr.batch.order import Order, carry_out
    from hdr.store.promotions import default_model

    kind = _kind_of(table, how["template"])
    name = model or default_model()
    order = Order(files, name, how["jobs"], how["resume"], pictures=kind == ".pdf", template=how["template"])
    with _progress_bar() as watch, carry_out(order, watch) as outcome:
        if table and kind:
            _write(outcome.as_file(kind), table)
        if out or not table:
            _write(outcome.as_json(), out)
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


@main.command()
@click.argument("net", required=False)
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="Change a setting, such as epochs=5.")
@click.option("--preset", help="quick, fast, standard, or best: the net's own recipe, which is the default.")
@click.option(
    "--data",
    "sources",
    multiple=True,
    metavar="NAME[=SHARE]",
    help="mnist (the default), digits, a set of your own, or a folder FOLDER/3/any.png; several are mixed.",
)
@click.option("--base", help="Stored model to start from, more gently than from nothing; add mnist to --data.")
@click.option("--log-to", "trackers", multiple=True, help="tensorboard or mlflow, where installed.")
@click.option("--name", help="Name of the stored model, such as cnn-1 by default.")
@click.option("--replace", is_flag=True, help="Replace a stored model of that name.")
@click.option("--member", "members", multiple=True, help="For `train ensemble`: the stored models that vote.")
@click.option("--job", type=int, hidden=True, help="Be the process of a run that was claimed.")
def train(net: str | None, job: int | None, members: tuple[str, ...], **wishes: Any) -> None:
    """Train a net or a classical classifier and store it; one run at a time, the next waits in the queue.

    NET is one of the registry, `cnn` by default, or `ensemble`, the soft vote of stored models.
    """
    if job is not None:
        from hdr.learn.jobs import run_job

        run_job(job)
    elif net == "ensemble":
        _store_ensemble(members, **wishes)
    elif members:
        raise SettingsError("--member goes with `train ensemble` alone. Leave it out.")
    else:
        _train_here(net or "cnn", **wishes)


def _store_ensemble(members: tuple[str, ...], name: str | None, replace: bool, **others: Any) -> None:
    from hdr.learn.vote import train_ensemble
    from hdr.nets import ENSEMBLE

    if any(others.values()):
        raise SettingsError("`train ensemble` takes --member, --name and --replace alone. Leave the others out.")
    stored = train_ensemble(members or ENSEMBLE, name=name or "ensemble", replace_old=replace)
    click.echo(f"Stored in {stored}")


def _train_here(  # noqa: PLR0913 - as many as there are options
    net: str,
    *,
    changes: tuple[str, ...],
    preset: str | None,
    sources: tuple[str, ...],
    base: str | None,
    trackers: tuple[str, ...],
    name: str | None,
    replace: bool,
) -> None:
    """Queue a run, and be its process if no other is at work."""
    from hdr.learn.jobs import submit_here
    from hdr.learn.mixture import epoch_size
    from hdr.learn.plan import fine_tuned, make_plan, own_data, parse_shares, preset_plan

    data = parse_shares(sources) if sources else own_data(net)
    recipe = preset_plan(preset, net, epoch_size(data, net)) if preset else make_plan(net)
    recipe = fine_tuned(recipe) if base else recipe
    wishes = recipe.wishes | dict(_parse_change(change) for change in changes)
    plan = make_plan(recipe.net, wishes, data=data, base=base, trackers=trackers)
    run, stored = submit_here(plan, name, replace_old=replace)
    if stored:
        click.echo(f"Run {run.id} is {run.state}. Stored in {stored}")
    elif run.is_open:
        click.echo(f"Another run is at work. This is run {run.id} and waits for it; see: python -m hdr runs")
    else:
        raise click.ClickException(f"Run {run.id} {run.state}: {run.message}")


@main.command()
@click.argument("net")
@click.option("--range", "ranges", multiple=True, required=True, help="Such as learning_rate=1e-4..1e-2; repeatable.")
@click.option("--trials", default=20, show_default=True, help="Trials in all, those of an earlier search included.")
@click.option("--pictures", default=10_000, show_default=True, help="Most pictures that a trial learns from.")
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="Change another setting, such as epochs=3.")
@click.option("--data", "sources", multiple=True, metavar="NAME[=SHARE]", help="As for `train`.")
@click.option("--study", help="Name of the study; the net's own by default. An earlier one of this name goes on.")
@click.option("--storage", help="URL of a database that several machines share; a file of this machine by default.")
def tune(net: str, ranges: tuple[str, ...], study: str | None, **wishes: Any) -> None:
    """Search for good settings of a net; what it finds best is shown, and can be trained from the Train page."""
    from hdr.learn.jobs import search_here
    from hdr.learn.plan import make_plan, own_data, parse_shares
    from hdr.learn.search import Search, parse_range
    from hdr.learn.studies import best_plan, load_trials

    changes = dict(_parse_change(change) for change in wishes["changes"])
    data = parse_shares(wishes["sources"]) if wishes["sources"] else own_data(net)
    plan = make_plan(net, changes, data=data)
    spans = tuple(parse_range(_spelled_out(text)) for text in ranges)
    search = Search(plan, spans, study or net, wishes["trials"], wishes["pictures"], wishes["storage"])
    run = search_here(search)
    if run.is_open:
        click.echo(f"Another run is at work. This is run {run.id} and waits for it; see: python -m hdr runs")
        return
    click.echo(f"Run {run.id} is {run.state}. {run.message}")
    for trial in load_trials(search):
        value = "–" if trial.value is None else f"{trial.value:.2%}"
        click.echo(f"{trial.number:4} {trial.state:9} {value:>7}  {trial.params}")
    best = best_plan(search).wishes
    settings = " ".join(f"--set {span.name}={best[span.name]}" for span in spans)
    click.echo(f"The best as a run: python -m hdr train {net} {settings}")


@main.group(invoke_without_command=True)
@click.pass_context
def runs(context: click.Context) -> None:
    """List the training runs; stop, resume or delete one."""
    from hdr.learn.jobs import reconcile
    from hdr.store.runs import best_accuracies, list_runs

    if context.invoked_subcommand:
        return
    reconcile()
    best = best_accuracies()
    for run in list_runs():
        accuracy = f"{best[run.id]:.2%}" if run.id in best else "–"
        click.echo(
            f"{run.id:4} {run.model:20} {run.state:11} {run.epoch:4} of {run.epochs:<4} {accuracy:>7}  {run.message}"
        )


@runs.command("stop")
@click.argument("number", type=int)
def stop_run(number: int) -> None:
    """Stop a run; its best weights so far are kept."""
    from hdr.learn.jobs import stop

    stop(number)


@runs.command("resume")
@click.argument("number", type=int)
def resume_run(number: int) -> None:
    """Go on with a run from its last finished epoch."""
    from hdr.learn.jobs import resume

    click.echo(f"Run {number} is {resume(number).state}.")


@runs.command("delete")
@click.argument("number", type=int)
def delete_run(number: int) -> None:
    """Delete a run with its model and its files."""
    from hdr.learn.jobs import delete

    delete(number)


@main.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def promote(name: str, yes: bool) -> None:
    """Set a stored model beside the default one on the test sets, and make it the default if you say so.

    To go back, promote the earlier one again.
    """
    from hdr.score.gate import as_evidence, compare_on_tests
    from hdr.store.promotions import default_beside
    from hdr.store.promotions import promote as make_default

    current = default_beside(name)
    trials = compare_on_tests(name, current)
    for trial in trials:
        found = trial.paired
        click.echo(
            f"{trial.data:12} {current} {trial.current:.2%}, {name} {trial.candidate:.2%}: "
            f"{100 * found.difference:+.2f} points (95 %: {100 * found.low:+.2f} to {100 * found.high:+.2f}), "
            f"gains {found.only_first}, losses {found.only_second}"
        )
    if yes or click.confirm(f"Make {name} the default?"):
        make_default(name, as_evidence(trials))
        click.echo(f"{name} is the default now.")


@main.command()
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

    _write(json.dumps(evaluate_stored(name, data, fresh=fresh), indent=2), out)


@main.command()
@click.argument("names", nargs=-1, required=True)
@click.option("--limit", default=10_000, show_default=True, help="MNIST test pictures used for MNIST-C and noise.")
def measure(names: tuple[str, ...], limit: int) -> None:
    """Measure all that the Compare page shows of stored models: sets, MNIST-C, noise, no digits, attacks, time."""
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
    from hdr.store.cards import headline, list_models, read_card

    for name in list_models():
        card = read_card(name)
        figures, data = headline(card)
        other = "" if data == "mnist-test" else f" (on {data})"
        parameters = f"{card['parameters']:,}" if card["parameters"] else "–"
        click.echo(
            f"{name:20} {figures['accuracy']:8.2%} {parameters:>9} parameters  {card['date']}  {card['about']}{other}"
        )


@main.command()
@click.option("--model", "names", multiple=True, default=("cnn", "rnn"), show_default=True, help="Models to time.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the JSON to this file instead.")
def bench(names: tuple[str, ...], out: Path | None) -> None:
    """Time a drawing against the usual way; where HDR_DATA has real/truth.csv, read its photos."""
    from hdr.bench import bench as run_bench

    _write(json.dumps(run_bench(names), indent=2), out)


_SHORT = {"lr": "learning_rate"}
"""Names of settings that everybody shortens."""


def _spelled_out(wish: str) -> str:
    name, equals, value = wish.partition("=")
    return f"{_SHORT.get(name, name)}{equals}{value}"


def _parse_change(change: str) -> tuple[str, int | float | str | bool]:
    name, equals, value = _spelled_out(change).partition("=")
    if not equals or not value:
        raise SettingsError(f"--set takes NAME=VALUE, such as epochs=5, not {change!r}.")
    if value in ("true", "false"):
        return name, value == "true"
    for number in (int, float):
        with contextlib.suppress(ValueError):
            return name, number(value)
    return name, value


def _write(content: str | bytes, out: Path | None) -> None:
    if out is None:
        click.echo(content)
    else:
        try:
            out.write_bytes(content if isinstance(content, bytes) else content.encode() + b"\n")
        except OSError as error:
            raise SettingsError(f"{out} cannot be written ({error}).") from error


if __name__ == "__main__":
    main(prog_name="python -m hdr")
