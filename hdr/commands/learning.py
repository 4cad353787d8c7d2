"""`python -m hdr train`, `tune`, `runs` and `promote`: new models, and which of them is used."""

import contextlib
from typing import Any

import click

from hdr.errors import SettingsError


@click.command()
@click.argument("net", required=False)
@click.option("--set", "changes", multiple=True, metavar="NAME=VALUE", help="Change a setting, such as epochs=5.")
@click.option("--preset", help="quick, fast, standard, or best: the net's own recipe, which is the default.")
@click.option(
    "--data",
    "sources",
    multiple=True,
    metavar="NAME[=SHARE]",
    help="mnist (the default), digits, a set of your own, or a folder FOLDER/3/any.png; of a string net also "
    "cheques or FOLDER/labels.csv; several are mixed.",
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
        from hdr.nets import USUAL_NET

        _train_here(net or USUAL_NET, **wishes)


def _store_ensemble(members: tuple[str, ...], name: str | None, replace: bool, **others: Any) -> None:
    from hdr.learn.jobs import vote_here
    from hdr.learn.vote import vote_net
    from hdr.nets import ENSEMBLE

    if any(others.values()):
        raise SettingsError("`train ensemble` takes --member, --name and --replace alone. Leave the others out.")
    members = members or ENSEMBLE
    stored = vote_here(members, name or vote_net(members), replace_old=replace)
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
    recipe = fine_tuned(recipe, base) if base else recipe
    wishes = recipe.wishes | dict(_parse_change(change) for change in changes)
    plan = make_plan(recipe.net, wishes, data=data, base=base, trackers=trackers)
    run, stored = submit_here(plan, name, replace_old=replace)
    if stored:
        click.echo(f"Run {run.id} is {run.state}. Stored in {stored}")
    elif run.is_open:
        click.echo(f"Another run is at work. This is run {run.id} and waits for it; see: python -m hdr runs")
    else:
        raise click.ClickException(f"Run {run.id} {run.state}: {run.message}")


@click.command()
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
    given = {name: value for name, value in best.items() if name in {*changes, *(span.name for span in spans)}}
    given |= {"calibrate": False} if best.get("loss") == "binary" else {}
    words = [f"--data {source}" for source in wishes["sources"]]
    words += [f"--set {name}={str(value).lower()}" for name, value in given.items()]
    click.echo(f"The best as a run: python -m hdr train {net} {' '.join(words)}")


@click.group(invoke_without_command=True)
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


@click.command()
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
