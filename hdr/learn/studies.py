"""What the trials of a search showed, from the database that Optuna keeps them in.

That is `HDR_HOME/studies.sqlite3`, or one that several machines share. Makes no trial and draws nothing.
"""

import contextlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from hdr.config import home_folder
from hdr.errors import RunError, SettingsError, StoreError
from hdr.learn.plan import Plan
from hdr.learn.search import Search, changed

if TYPE_CHECKING:
    import optuna

_BEAT_SECONDS = 60
"""How often a trial in a shared study gives a sign of life; after two without one it counts as failed."""


@dataclass(frozen=True)
class Trial:
    """One trial of a study.

    Attributes:
        number: From 0, in the order in which they were begun.
        state: `complete`, `pruned` (given up, as others were better by then), `fail`, `running` or `waiting`.
        value: Best validation accuracy, 0..1; of a pruned one the last; else None.
        params: The values that were tried, by name.
    """

    number: int
    state: str
    value: float | None
    params: dict[str, Any]


def load_trials(search: Search) -> list[Trial]:
    """The trials of the study so far, the newest first.

    Raises:
        SettingsError: The study is another search's.
        StoreError: The studies' storage cannot be used.
    """
    with open_study(search) as study:
        trials = reversed(study.get_trials(deepcopy=False))
        return [Trial(trial.number, trial.state.name.lower(), trial.value, dict(trial.params)) for trial in trials]


def best_trial(trials: list[Trial]) -> Trial | None:
    """The complete trial with the best value, of equal ones the first; None where none is complete yet."""
    complete = sorted((trial for trial in trials if trial.state == "complete"), key=lambda trial: trial.number)
    return max(complete, key=lambda trial: trial.value or 0.0, default=None)


def best_plan(search: Search) -> Plan:
    """The search's plan with the values of the best complete trial, on all of its data.

    Raises:
        RunError: No trial is complete yet.
        SettingsError: The study is another search's.
        StoreError: The studies' storage cannot be used.
    """
    best = best_trial(load_trials(search))
    if best is None:
        raise RunError(f"No trial of study {search.study} is complete yet. Wait for the first.")
    return changed(search.plan, best.params)


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

    with open_study(search) as study:
        complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if len(search.ranges) < 2 or len({trial.value for trial in complete}) < 2:
            return {}
        evaluator = FanovaImportanceEvaluator(seed=search.plan.settings.seed)
        return {name: float(share) for name, share in get_param_importances(study, evaluator=evaluator).items()}


def studies_path() -> Path:
    """The person's own file of studies; it need not exist yet."""
    return home_folder() / "studies.sqlite3"


@contextlib.contextmanager
def open_study(search: Search, *, working: bool = False) -> Iterator["optuna.Study"]:
    """The search's study, made at the first use; every connection is closed at the end.

    Raises:
        SettingsError: The study is another search's.
        StoreError: The studies' storage cannot be used.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)  # at WARNING it logs a traceback for every failed trial
    with _storage(search, working=working) as storage:
        study = optuna.create_study(storage=storage, study_name=search.study, direction="maximize", load_if_exists=True)
        _check_owner(search, study)
        yield study


@contextlib.contextmanager
def _storage(search: Search, *, working: bool = False) -> Iterator["optuna.storages.RDBStorage"]:
    """The storage of the search's study; its failures are explained, and every connection is closed at the end."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    storage = _connected(search, working)
    try:
        yield storage
    except (SQLAlchemyError, StorageInternalError) as error:
        raise refusal(search, error) from None
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
        raise refusal(search, error) from None


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


def delete_study(search: Search) -> None:
    """Forget a search's study with its trials; nothing where there is none.

    Raises:
        StoreError: The studies' storage cannot be used.
    """
    import optuna

    if search.storage is None and not studies_path().is_file():
        return
    with _storage(search) as storage, contextlib.suppress(KeyError):
        optuna.delete_study(study_name=search.study, storage=storage)


def refusal(search: Search, error: BaseException) -> StoreError:
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
