"""What a search for good settings varies, and how it is said: ranges, the search, and both as text."""

import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from hdr.config import NAME_PATTERN, NAME_RULE
from hdr.data.augment import LIMITS
from hdr.errors import SettingsError
from hdr.learn.plan import Plan, make_plan, plan_from_json
from hdr.learn.settings import CHOICES, RANGES

SPANS: dict[str, tuple[float, float]] = {
    name: ends for name, ends in RANGES.items() if name not in ("validation", "seed")
} | {name: (0.0, limit) for name, limit in LIMITS.items()}
"""Numbers that can be searched for, and the ends of what each may be."""
MAX_TRIALS = 1000
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
        return _takes_whole(self.name)

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
                f"such as {_example(self.name)}, not {found}."
            )
        if self.log and self.low <= 0:
            raise SettingsError(f"{self.name} is searched for by factors (log) only from above 0, not from {self.low}.")


def _takes_whole(name: str) -> bool:
    """Whether only whole numbers fit the setting of that name."""
    return isinstance(SPANS.get(name, (0.0,))[0], int)


def _example(name: str) -> str:
    """A range of a setting, as it is written."""
    if name in CHOICES:
        return ",".join(CHOICES[name])
    return "32..256" if _takes_whole(name) else "1e-4..1e-2"


def parse_range(text: str) -> Range:
    """A range as the command line takes it: `NAME=LOW..HIGH`, by factors from tenfold on, or `NAME=ONE,OTHER`.

    Raises:
        SettingsError: It is no such text, the name is unknown, or a value is out of range.
    """
    name, equals, values = text.replace(" ", "").partition("=")
    low, dots, high = values.partition("..")
    if not equals:
        raise SettingsError(f"A range is NAME=LOW..HIGH or NAME=ONE,OTHER, {_HOW}, not {text!r}.")
    if not values:
        raise SettingsError(f"{name} needs a range to be searched for in, such as {_example(name)}.")
    if not dots:
        return Range(name, choices=tuple(values.split(",")))
    number = int if _takes_whole(name) else float
    try:
        ends = number(low), number(high)
    except ValueError:
        kind = "whole numbers" if number is int else "numbers"
        raise SettingsError(
            f"{name} is searched for between two {kind}, such as {_example(name)}, not {values!r}."
        ) from None
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
        if not NAME_PATTERN.fullmatch(self.study):
            raise SettingsError(f"A study's name has {NAME_RULE}, not {self.study!r}.")
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


def changed(plan: Plan, values: dict[str, Any]) -> Plan:
    """A plan with other values; no temperature is fitted to ten sigmoids."""
    wishes = plan.wishes | values
    wishes["calibrate"] &= wishes.get("loss") != "binary"
    return make_plan(plan.net, wishes, data=plan.data, base=plan.base, trackers=plan.trackers)
