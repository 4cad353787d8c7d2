"""Search for good settings of a net: what is varied, the process that makes the trials, and what they showed.

A `Search` is a plan, the ranges of some of its settings, and the name of a study. Optuna keeps every trial of a
study, in `HDR_HOME/studies.sqlite3` or in a database that several machines share, so a study goes on where it was
left. A trial is a short training whose value is its best validation accuracy. Draws nothing; sees no test set.
"""

import contextlib
import json
import re
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock

from hdr.config import NAME, home_folder
from hdr.data.augment import LIMITS
from hdr.data.datasets import Dataset
from hdr.errors import RunError, SettingsError, StoreError
from hdr.learn.fit import Lines, Watcher
from hdr.learn.plan import Plan, make_plan, plan_from_json
from hdr.learn.settings import CHOICES, RANGES
from hdr.store import runs
from hdr.store.runs import Run

if TYPE_CHECKING:
    import optuna

    from hdr.learn.mixture import Parts
    from hdr.learn.trainer import Heart

SPANS: dict[str, tuple[float, float]] = {
    name: ends for name, ends in RANGES.items() if name not in ("validation", "seed")
} | {name: (0.0, limit) for name, limit in LIMITS.items()}
"""Numbers that can be searched for, and the ends of what each may be."""
MAX_TRIALS = 1000
_FIRST_TRIALS = 5
"""Trials drawn at random before the first that learns from the others or is given up because of them."""
_FAILURES = 5
"""Trials that may fail one after the other before the search is given up."""
_BEAT_SECONDS = 60
"""How often a trial in a shared study gives a sign of life; after two without one it counts as failed."""
_HOW = "such as learning_rate=1e-4..1e-2 or optimizer=adamw,sgd"


@dataclass(frozen=True)
class Range:
    """Where one setting is searched for.

    Attributes:
        name: A number of `SPANS`, or a choice of `hdr.learn.settings.CHOICES`.
        low: Smallest number; 0 for a choice.
        high: Largest number, itself included; 0 for a choice.
        log: Whether 0.001 to 0.01 is as far as 0.01 to 0.1.
        choices: Two or more values of a choice; none of a number.
    """

    name: str
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    choices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.name in CHOICES:
            self._check_choices()
        elif self.name in SPANS:
            self._check_ends()
        else:
            raise SettingsError(f"{self.name!r} cannot be searched for. Known: {', '.join([*SPANS, *CHOICES])}.")

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers fit."""
        return isinstance(SPANS.get(self.name, (0.0,))[0], int)

    def _check_choices(self) -> None:
        known, given = CHOICES[self.name], set(self.choices)
        if len(given) < max(2, len(self.choices)) or not given <= set(known):
            found = ", ".join(self.choices) or f"{self.low:g} to {self.high:g}"
            raise SettingsError(f"{self.name} is searched for among two or more of {', '.join(known)}, not {found}.")

    def _check_ends(self) -> None:
        low, high = SPANS[self.name]
        numbers = [type(end) is int or (type(end) is float and not self.is_whole) for end in (self.low, self.high)]
        if self.choices or not all(numbers) or not low <= self.low < self.high <= high:
            found = ", ".join(self.choices) or f"{self.low} to {self.high}"
            kind = "whole number" if self.is_whole else "number"
            raise SettingsError(
                f"{self.name} is searched for from one {kind} to a larger one, both within {low:g} to {high:g}, "
                f"{_HOW}, not {found}."
            )
        if self.log and self.low <= 0:
            raise SettingsError(f"{self.name} is searched for by factors (log) only from above 0, not from {self.low}.")


def parse_range(text: str) -> Range:
    """A range as the command line takes it: `NAME=LOW..HIGH`, by factors from tenfold on, or `NAME=ONE,OTHER`.

    Raises:
        SettingsError: It is no such text, the name is unknown, or a value is out of range.
    """
    name, equals, values = text.replace(" ", "").partition("=")
    low, dots, high = values.partition("..")
    if not equals or not values:
        raise SettingsError(f"A range is NAME=LOW..HIGH or NAME=ONE,OTHER, {_HOW}, not {text!r}.")
    if not dots:
        return Range(name, choices=tuple(values.split(",")))
    number = int if isinstance(SPANS.get(name, (0.0,))[0], int) else float
    try:
        ends = number(low), number(high)
    except ValueError:
        kind = "whole numbers" if number is int else "numbers"
        raise SettingsError(f"{name} is searched for between two {kind}, {_HOW}, not {text!r}.") from None
    return Range(name, *ends, log=ends[0] > 0 and ends[1] / ends[0] >= 10)


@dataclass(frozen=True)
class Search:
    """What shall be searched for.

    Attributes:
        plan: Where it starts from: net, data, and every setting that is not searched for.
        ranges: What is searched for, one setting or more.
        study: Name under which the trials are kept; a search of the same name and kind goes on with them.
        trials: Finished trials after which it is over, 1..1000, those already in the study included.
        pictures: Largest number of training pictures in an epoch of a trial.
        storage: URL of a shared database such as `postgresql://...`; None for the person's own file.
    """

    plan: Plan
    ranges: tuple[Range, ...]
    study: str
    trials: int = 20
    pictures: int = 10_000
    storage: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        names = [span.name for span in self.ranges]
        if not names or len(set(names)) < len(names):
            raise SettingsError(f"Name one setting to search for or more, each of them once, {_HOW}.")
        unheeded = set(names) - self.plan.wishes.keys()
        if unheeded:
            raise SettingsError(f"{self.plan.net} heeds no {', '.join(sorted(unheeded))}: search for a net of layers.")
        if set(names) & LIMITS.keys() and not self.plan.settings.augment:
            raise SettingsError("Distortions can be searched for only where augment is true. Turn it on.")
        for what, count, most in (("trials", self.trials, MAX_TRIALS), ("pictures", self.pictures, 10_000_000)):
            if type(count) is not int or not 1 <= count <= most:
                raise SettingsError(f"{what} must be a whole number, 1 to {most:,}, not {count}.")
        if not NAME.fullmatch(self.study):
            raise SettingsError(f"A study's name has letters, digits, dot, dash and underscore, not {self.study!r}.")
        if self.storage is not None and not re.fullmatch(r"[a-z][a-z0-9+]*://\S+", self.storage):
            raise SettingsError("The storage must be a database's URL, such as postgresql://user:password@host/name.")

    def as_json(self) -> str:
        """The search as text; `search_from_json` takes it back."""
        return json.dumps(asdict(self))


def search_from_json(text: str) -> Search:
    """A search from the database.

    Raises:
        SettingsError: It was written by another version and holds what this one does not know.
    """
    try:
        known: dict[str, Any] = json.loads(text)
        plan = plan_from_json(json.dumps(known["plan"]))
        spans = tuple(Range(**span | {"choices": tuple(span["choices"])}) for span in known["ranges"])
        return Search(**known | {"plan": plan, "ranges": spans})
    except (ValueError, TypeError, KeyError) as error:
        raise SettingsError(f"The search cannot be read ({error}). Set it up anew.") from error


# --- making trials --------------------------------------------------------------------------------------------------


def run_search(run: Run, heart: "Heart") -> bool:
    """Make trials until the study has as many finished ones as were asked for.

    Args:
        run: A claimed run whose plan is a search; it is told the progress.
        heart: Says when to stop.

    Returns:
        Whether it was stopped before that.

    Raises:
        SettingsError: The ranges do not fit net or data, or the study is another search's.
        DataError: A source of data cannot be found.
        RunError: Trial after trial failed.
        StoreError: The studies' storage cannot be used.
    """
    search = search_from_json(run.plan)
    seeker = _Seeker(search, _lessons(search), run, heart)
    with _opened(search, working=True) as study:
        _fail_stale(search, study)
        seeker.seek(study)
        return _finished(study) < search.trials


@dataclass(frozen=True)
class _Seeker:
    """Makes the trials of one run."""

    search: Search
    parts: "Parts"
    run: Run
    heart: "Heart"

    def seek(self, study: "optuna.Study") -> None:
        """Make trials until there are enough, or somebody asks to stop."""
        import optuna

        warmup = max(1, self.search.plan.settings.epochs // 4)
        study.pruner, failures = optuna.pruners.MedianPruner(_FIRST_TRIALS, warmup), 0
        while (done := _finished(study)) < self.search.trials and not self.heart.stopping:
            self._make_one(study)
            failures = 0 if _finished(study) > done else failures + 1
            if failures == _FAILURES:
                raise RunError(f"{failures} trials in a row failed, see the log. Search among lower learning rates.")
        _note(self.run, epoch=min(_finished(study), self.search.trials), batch=0)

    def _make_one(self, study: "optuna.Study") -> None:
        """What a trial draws hangs on the seed and on the trials before it alone: a resumed search repeats none."""
        import optuna

        seed = self.search.plan.settings.seed + len(study.get_trials(deepcopy=False))
        study.sampler = optuna.samplers.TPESampler(n_startup_trials=_FIRST_TRIALS, seed=seed)
        try:
            study.optimize(self._attempt, n_trials=1, catch=(RunError,))
        except UnboundLocalError as error:  # Optuna 5.0 stumbles where it cannot note a trial's end
            raise _refusal(self.search, error) from None

    def _attempt(self, trial: "optuna.Trial") -> float:
        """One trial: the best validation accuracy, 0..1, with the values that the study suggests."""
        from hdr.learn.train import fit_plan

        values = {span.name: _suggested(trial, span) for span in self.search.ranges}
        plan = _changed(self.search.plan, values | {"calibrate": False})
        self._announce(trial, values)
        try:
            _, facts, history = fit_plan(plan, self.parts, _TrialWatcher(trial, self.run, self.heart, plan))
            if "stopped" in facts:
                raise RunError("It was stopped.")
        except RunError as error:
            sys.stderr.write(f"Trial {trial.number} failed. {error}\n")
            raise
        return max(line["val_accuracy"] for line in history)

    def _announce(self, trial: "optuna.Trial", values: dict[str, Any]) -> None:
        done, trials = _finished(trial.study), self.search.trials
        told = ", ".join(
            f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in values.items()
        )
        _note(self.run, epoch=min(done, trials), batch=0, message=f"trial {done + 1} of {trials}: {told}")


class _TrialWatcher(Watcher):
    """Tells study and run how a trial goes, gives up what is hopeless, and passes on the wish to stop."""

    def __init__(self, trial: "optuna.Trial", run: Run, heart: "Heart", plan: Plan) -> None:
        self.trial, self.run, self.heart, self.epochs = trial, run, heart, plan.settings.epochs
        self.finished, self.noted = 0, 0.0

    def batch_done(self, done: int, of: int) -> bool:
        if time.monotonic() - self.noted > 0.5:
            self.noted = time.monotonic()
            _note(self.run, batch=self.finished * of + done, batches=self.epochs * of)
        return self.heart.stopping

    def epoch_done(self, history: Lines) -> None:
        import optuna

        self.finished = len(history)
        self.trial.report(history[-1]["val_accuracy"], self.finished - 1)
        if self.finished < self.epochs and self.trial.should_prune():
            raise optuna.TrialPruned


def _lessons(search: Search) -> "Parts":
    """The plan's data, of which a trial learns from so many pictures as the search allows."""
    from hdr.learn.mixture import load_parts

    settings = search.plan.settings
    parts = load_parts(search.plan.data, settings)
    chosen = np.random.default_rng(settings.seed).permutation(len(parts.learn))[: search.pictures]
    largest = next((span.high for span in search.ranges if span.name == "batch_size"), settings.batch_size)
    if largest > len(chosen):
        raise SettingsError(f"batch_size must be 1 to {len(chosen)}, the pictures of a trial, not {largest}.")
    return replace(parts, learn=Dataset("train", parts.learn.images[chosen], parts.learn.labels[chosen]))


def _suggested(trial: "optuna.Trial", span: Range) -> Any:
    if span.choices:
        return trial.suggest_categorical(span.name, span.choices)
    if span.is_whole:
        return trial.suggest_int(span.name, int(span.low), int(span.high), log=span.log)
    return trial.suggest_float(span.name, span.low, span.high, log=span.log)


def _changed(plan: Plan, values: dict[str, Any]) -> Plan:
    """The plan with other values; no temperature is fitted to ten sigmoids."""
    wishes = plan.wishes | values
    wishes["calibrate"] &= wishes["loss"] != "binary"
    return make_plan(plan.net, wishes, data=plan.data, base=plan.base, trackers=plan.trackers)


def _finished(study: "optuna.Study") -> int:
    from optuna.trial import TrialState

    return len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED)))


def _fail_stale(search: Search, study: "optuna.Study") -> None:
    """Close what a killed process left open in our own file, where nobody else works; shared ones have heartbeats."""
    from optuna.trial import TrialState

    if search.storage is None:
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            study.tell(trial.number, state=TrialState.FAIL)


def _note(run: Run, **columns: float | str) -> None:
    with contextlib.suppress(StoreError):  # a disk that is full for a moment is no reason to end the search
        runs.note_progress(run.id, **columns)


# --- what the trials showed -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trial:
    """One trial of a study.

    Attributes:
        number: From 0, in the order in which they were begun.
        state: `complete`, `pruned` (given up, as others were better by then), `fail`, `running` or `waiting`.
        value: Best validation accuracy, 0..1; of a pruned one the last; else None.
        params: The values that were tried, by name.
        seconds: How long it took; None while it runs.
        accuracies: Validation accuracy, 0..1, by epoch from 0.
    """

    number: int
    state: str
    value: float | None
    params: dict[str, Any]
    seconds: float | None
    accuracies: dict[int, float]


def load_trials(search: Search) -> list[Trial]:
    """The trials of the study so far, the newest first.

    Raises:
        SettingsError: The study is another search's.
        StoreError: The studies' storage cannot be used.
    """
    with _opened(search) as study:
        return [_as_trial(trial) for trial in reversed(study.get_trials(deepcopy=False))]


def best_plan(search: Search) -> Plan:
    """The search's plan with the values of the best complete trial, on all of its data.

    Raises:
        RunError: No trial is complete yet.
        SettingsError: The study is another search's.
        StoreError: The studies' storage cannot be used.
    """
    complete = [trial for trial in reversed(load_trials(search)) if trial.state == "complete"]
    if not complete:
        raise RunError(f"No trial of study {search.study} is complete yet. Wait for the first.")
    return _changed(search.plan, max(complete, key=lambda trial: trial.value or 0.0).params)


def importances(search: Search) -> dict[str, float]:
    """How much of the accuracy's variation is each setting's doing (fANOVA; Hutter, Hoos and Leyton-Brown 2014).

    Returns:
        Shares that sum to 1 by name, the largest first; empty of fewer than two settings, or while fewer than two
        complete trials differ.

    Raises:
        SettingsError: The study is another search's.
        StoreError: The studies' storage cannot be used.
    """
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances
    from optuna.trial import TrialState

    with _opened(search) as study:
        complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if len(search.ranges) < 2 or len({trial.value for trial in complete}) < 2:
            return {}
        evaluator = FanovaImportanceEvaluator(seed=search.plan.settings.seed)
        return {name: float(share) for name, share in get_param_importances(study, evaluator=evaluator).items()}


def _as_trial(trial: "optuna.trial.FrozenTrial") -> Trial:
    return Trial(
        number=trial.number,
        state=trial.state.name.lower(),
        value=trial.value,
        params=dict(trial.params),
        seconds=trial.duration.total_seconds() if trial.duration else None,
        accuracies=dict(sorted(trial.intermediate_values.items())),
    )


# --- where they are kept --------------------------------------------------------------------------------------------


def studies_path() -> Path:
    """The person's own file of studies; it need not exist yet."""
    return home_folder() / "studies.sqlite3"


@contextlib.contextmanager
def _opened(search: Search, *, working: bool = False) -> Iterator["optuna.Study"]:
    """The search's study, made at the first use; every connection is closed at the end."""
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    optuna.logging.set_verbosity(optuna.logging.ERROR)  # at WARNING it logs a traceback for every failed trial
    storage = _connected(search, working)
    try:
        study = optuna.create_study(storage=storage, study_name=search.study, direction="maximize", load_if_exists=True)
        _check_owner(search, study)
        yield study
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        raise _refusal(search, error) from None
    finally:
        storage.remove_session()
        storage.engine.dispose()


def _connected(search: Search, working: bool) -> "optuna.storages.RDBStorage":
    from optuna.exceptions import ExperimentalWarning
    from optuna.storages import RDBStorage

    try:
        if search.storage is None:
            studies_path().parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{studies_path()}.lock"):  # of two processes that make the tables at once, one would fail
                return RDBStorage(f"sqlite:///{studies_path()}")
        if not working:
            return RDBStorage(search.storage)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            return RDBStorage(search.storage, heartbeat_interval=_BEAT_SECONDS)
    except Exception as error:  # SQLAlchemy, its drivers and Optuna raise nearly anything
        raise _refusal(search, error) from None


def _check_owner(search: Search, study: "optuna.Study") -> None:
    """Refuse to mix trials of unlike searches: only number of trials and storage may differ."""
    mine = replace(search, trials=1, storage=None).as_json()
    if "search" not in study.user_attrs and not study.get_trials(deepcopy=False):
        study.set_user_attr("search", mine)
    if study.user_attrs.get("search") != mine:
        raise SettingsError(
            f"Study {search.study} is of another plan or other ranges, and its trials cannot be compared with these. "
            "Give this search another name."
        )


def _refusal(search: Search, error: BaseException) -> StoreError:
    """What is said of a storage; of a shared one neither URL nor driver's words, which may hold the password."""
    while error.__context__:  # the driver's own error is the first
        error = error.__context__
    if search.storage is None:
        return StoreError(
            f"{studies_path()} cannot be used ({error}). Make its folder writable and some "
            "room there; if the file is damaged, move it away."
        )
    kind = search.storage.partition("://")[0]
    return StoreError(
        f"The shared storage of study {search.study} cannot be used ({kind}, {type(error).__name__}). Check host, name "
        f"and password in its URL, and that the driver for {kind} is installed."
    )
