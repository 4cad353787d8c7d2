"""What a training run shall do: net, settings, augmentation, data, and the model that it starts from.

A `Plan` is checked when it is made, and goes into the database and back as JSON.
"""

import json
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from hdr.data.augment import Augmentation, augmentation_of
from hdr.data.strings import holds_numbers
from hdr.errors import SettingsError
from hdr.learn.settings import TrainSettings, heeded, settings_for, settings_of
from hdr.nets import NETS, NetSpec, kind_of
from hdr.store.cards import read_card

PRESETS = {
    "quick": "A first look",
    "fast": "A little longer",
    "standard": "The net's own recipe, shortened",
    "best": "The net's own recipe in full",
}
"""Presets by name, and what each is for; how many epochs it has hangs on net and data."""
TRACKERS = ("tensorboard", "mlflow")
_SHORT = {"quick": 2, "fast": 3}
"""Epochs of the presets that train a net's slim sister where it has one, on pictures as they are."""
_STEPS = 200
"""Fewest training steps of a preset, however small the data."""


@dataclass(frozen=True)
class Plan:
    """What a run shall do.

    Attributes:
        net: Name in the registry.
        settings: How to train.
        augmentation: How far pictures are distorted, where the settings ask for it.
        data: Sources with their shares of an epoch, which sum to 1: `mnist`, `digits`, a kept set, or a folder.
        base: Stored model whose weights it starts from; None for a fresh net.
        trackers: Where it is logged besides, of `TRACKERS`.
    """

    net: str
    settings: TrainSettings
    augmentation: Augmentation = field(default_factory=Augmentation)
    data: tuple[tuple[str, float], ...] = (("mnist", 1.0),)
    base: str | None = None
    trackers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.net not in NETS:
            raise SettingsError(f"No net is called {self.net!r}. Known nets: {', '.join(NETS)}.")
        names = [name for name, _ in self.data]
        if not names or len(set(names)) < len(names):
            raise SettingsError("Name one source of data or more, each of them once.")
        shares = [share for _, share in self.data]
        if not all(share > 0 for share in shares) or not abs(sum(shares) - 1) <= 1e-6:
            raise SettingsError(f"The shares of the data must be above 0 and sum to 1, not {dict(self.data)}.")
        whole = [name for name in names if holds_numbers(name)]
        if whole and kind_of(self.net) != "string":
            raise SettingsError(f"{', '.join(whole)}: whole numbers, which only a net that reads strings learns from.")
        if not set(self.trackers) <= set(TRACKERS):
            raise SettingsError(f"Runs are logged to {' or '.join(TRACKERS)}, not {', '.join(self.trackers)}.")
        if self.base and not isinstance(NETS[self.net], NetSpec):
            raise SettingsError(f"{self.net} is no net of layers: it starts afresh. Leave the base model out.")

    @property
    def wishes(self) -> dict[str, Any]:
        """Every setting and distortion by name, as `make_plan` takes them; of a classical classifier what it heeds."""
        known = heeded(self.net)
        settings = {name: value for name, value in asdict(self.settings).items() if name in known}
        return settings | (asdict(self.augmentation) if kind_of(self.net) == "digit" and "augment" in known else {})

    def as_json(self) -> str:
        """The plan as text; `plan_from_json` takes it back."""
        return json.dumps(asdict(self))


def plan_from_json(text: str) -> Plan:
    """A plan from the database.

    Raises:
        SettingsError: It was written by another version and holds what this one does not know.
    """
    try:
        known: dict[str, Any] = json.loads(text)
        return Plan(
            known["net"],
            TrainSettings(**known["settings"]),
            augmentation_of(known["augmentation"]),
            tuple((name, share) for name, share in known["data"]),
            known["base"],
            tuple(known["trackers"]),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise SettingsError(f"The run's settings cannot be read ({error}). Set it up anew.") from error


def make_plan(
    net: str,
    changes: dict[str, Any] | None = None,
    *,
    data: tuple[tuple[str, float], ...] | None = None,
    base: str | None = None,
    trackers: tuple[str, ...] = (),
) -> Plan:
    """The net's own recipe with some settings or distortions changed.

    Args:
        net: Name in the registry.
        changes: Values by name, of `TrainSettings` or of `Augmentation`.
        data: As in `Plan`; the net's own where None.
        base: As in `Plan`.
        trackers: As in `Plan`.

    Raises:
        SettingsError: Something is unknown or out of range.
    """
    distortions = {distortion.name for distortion in fields(Augmentation)}
    changes = changes or {}
    settings = settings_for(net, **{name: value for name, value in changes.items() if name not in distortions})
    augmentation = Augmentation(**{name: value for name, value in changes.items() if name in distortions})
    return Plan(net, settings, augmentation, own_data(net) if data is None else data, base, trackers)


def own_data(net: str) -> tuple[tuple[str, float], ...]:
    """What a net of the registry learns from unless something else is chosen, as in `Plan`."""
    spec = NETS.get(net)
    return spec.data if isinstance(spec, NetSpec) else (("mnist", 1.0),)


def preset_plan(preset: str, net: str, size: int) -> Plan:
    """A plan of a preset.

    Args:
        preset: One of `PRESETS`.
        net: Name in the registry.
        size: Pictures in an epoch: on few there are more epochs.

    Raises:
        SettingsError: The preset or the net is unknown.
    """
    if preset not in PRESETS:
        raise SettingsError(f"No preset is called {preset!r}. Known presets: {', '.join(PRESETS)}.")
    plan = make_plan(net)
    spec = NETS[net]
    if not isinstance(spec, NetSpec):
        return plan
    if preset in _SHORT:
        slim = spec.quick or net
        plan = make_plan(slim, {"epochs": _SHORT[preset]} | ({"augment": False} if "augment" in heeded(slim) else {}))
    elif preset == "standard":
        plan = make_plan(net, {"epochs": max(1, plan.settings.epochs // 3)})
    steps = max(1, size // plan.settings.batch_size)
    return replace(plan, settings=replace(plan.settings, epochs=max(plan.settings.epochs, -(-_STEPS // steps))))


def fine_tuned(plan: Plan, base: str) -> Plan:
    """The plan made gentle for a net that knows something: a sixth of the learning rate, five epochs at most.

    What the base held out is held out again.

    Raises:
        ModelError: The base is missing, or its card is damaged.
    """
    own, known = plan.settings, settings_of(read_card(base))
    gentle = replace(own, learning_rate=own.learning_rate / 6, epochs=min(own.epochs, 5))
    return replace(plan, settings=replace(gentle, seed=known.seed, validation=known.validation))


def parse_shares(sources: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """Sources as the command line takes them, `NAME` or `NAME=SHARE`: what has no share divides the rest evenly.

    Raises:
        SettingsError: A share is no number, or too much is shared out.
    """
    given: dict[str, float | None] = {}
    for source in sources:
        name, equals, share = source.rpartition("=")
        try:
            given[name if equals else source] = float(share) if equals else None
        except ValueError:
            raise SettingsError(f"--data takes NAME or NAME=SHARE, such as mnist=0.8, not {source!r}.") from None
    if len(given) < len(sources):
        raise SettingsError(f"Name one source of data or more, each of them once, not {', '.join(sources)}.")
    open_sources = [name for name, share in given.items() if share is None]
    rest = 1.0 - sum(share for share in given.values() if share is not None)
    return tuple((name, rest / len(open_sources) if share is None else share) for name, share in given.items())
