"""The trials of a search: short trainings whose value is their best validation accuracy.

A search is a run of its own in the queue. A study goes on where it was left, be it after a crash or on another machine.
Sees no test set.
"""

import contextlib
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hdr.errors import RunError, StoreError
from hdr.learn.fit import Watcher
from hdr.learn.heartbeat import NOTE_SECONDS, Heart
from hdr.learn.lessons import DigitLesson, LessonParts
from hdr.learn.mixture import check_batch
from hdr.learn.plan import Plan
from hdr.learn.progress import Lines
from hdr.learn.search import Range, Search, changed, search_from_json
from hdr.learn.studies import open_study, refusal
from hdr.learn.train import fit_plan, load_plan
from hdr.store import runs
from hdr.store.runs import Run

if TYPE_CHECKING:
    import optuna

_FIRST_TRIALS = 5
"""Trials drawn at random before the first that learns from the others or is given up because of them."""
_FAILURES = 5
"""Trials that may fail one after the other before the search is given up."""


def run_search(run: Run, heart: Heart) -> bool:
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
    with open_study(search, working=True) as study:
        _fail_stale(search, study)
        seeker.seek(study)
        return _finished(study) < search.trials


@dataclass(frozen=True)
class _Seeker:
    """Makes the trials of one run."""

    search: Search
    parts: LessonParts
    run: Run
    heart: Heart

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
            raise refusal(self.search, error) from None

    def _attempt(self, trial: "optuna.Trial") -> float:
        """One trial: the best validation accuracy, 0..1, with the values that the study suggests."""
        values = {span.name: _suggested(trial, span) for span in self.search.ranges}
        plan = changed(self.search.plan, values | {"calibrate": False})
        self._announce(trial, values)
        try:
            watcher = _TrialWatcher(trial, self.run, self.heart, plan)
            _, facts, history = fit_plan(plan, _distorted(self.parts, plan), watcher, most=self.search.pictures)
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

    def __init__(self, trial: "optuna.Trial", run: Run, heart: Heart, plan: Plan) -> None:
        self.trial, self.run, self.heart, self.epochs = trial, run, heart, plan.settings.epochs
        self.finished, self.noted = 0, 0.0

    def batch_done(self, done: int, of: int) -> bool:
        if time.monotonic() - self.noted > NOTE_SECONDS:
            self.noted = time.monotonic()
            _note(self.run, batch=self.finished * of + done, batches=self.epochs * of)
        return self.heart.stopping

    def epoch_done(self, history: Lines) -> None:
        import optuna

        self.finished = len(history)
        self.trial.report(history[-1]["val_accuracy"], self.finished - 1)
        if self.finished < self.epochs and self.trial.should_prune():
            raise optuna.TrialPruned


def _lessons(search: Search) -> LessonParts:
    """The plan's data; refused where a trial's pictures are too few for the largest batch."""
    settings = search.plan.settings
    parts = load_plan(search.plan)
    size = min(search.pictures, parts.lesson.size)
    largest = next((span.high for span in search.ranges if span.name == "batch_size"), settings.batch_size)
    check_batch(int(largest), size)
    return parts


def _distorted(parts: LessonParts, plan: Plan) -> LessonParts:
    """The same pictures, distorted as far as a trial's plan says: that may be searched for."""
    if not isinstance(parts.lesson, DigitLesson):
        return parts
    return replace(parts, lesson=replace(parts.lesson, augmentation=plan.augmentation))


def _suggested(trial: "optuna.Trial", span: Range) -> Any:
    if span.choices:
        return trial.suggest_categorical(span.name, span.choices)
    if span.is_whole:
        return trial.suggest_int(span.name, int(span.low), int(span.high), log=span.log)
    return trial.suggest_float(span.name, span.low, span.high, log=span.log)


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
