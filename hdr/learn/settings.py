"""How a net is trained: every setting with its range, and each net's own recipe."""

from dataclasses import dataclass, fields, replace
from typing import Any

from hdr.errors import SettingsError
from hdr.nets import NETS, NetSpec

RANGES: dict[str, tuple[float, float]] = {
    "epochs": (1, 10_000),
    "batch_size": (1, 65_536),
    "learning_rate": (1e-8, 10.0),
    "weight_decay": (0.0, 10.0),
    "label_smoothing": (0.0, 0.5),
    "dropout": (0.0, 0.9),
    "patience": (0, 10_000),
    "frozen": (0, 100),
    "gentle": (0.0, 1.0),
    "negatives": (0.0, 0.5),
    "validation": (0.01, 0.5),
    "seed": (0, 2**31 - 1),
    "average": (0.0, 0.99999),
    "attack": (0.0, 0.5),
}
PICTURES_HELD_OUT = (20, 30_000)
"""What `validation` may be as a number of pictures."""
CHOICES = {
    "optimizer": ("adamw", "adam", "sgd"),
    "schedule": ("one-cycle", "constant"),
    "loss": ("categorical", "binary"),
}
_SWITCHES = ("augment", "calibrate", "deterministic")


@dataclass(frozen=True)
class TrainSettings:
    """How a net is trained.

    Attributes:
        epochs: Passes over the training part, 1 or more.
        batch_size: Pictures per step, 1 or more.
        optimizer: `adamw` (gradients clipped to norm 1), `adam` or `sgd`, both as Keras has them.
        schedule: `one-cycle` (a fifth of the steps rising, then a cosine to 0) or `constant`.
        learning_rate: Peak of the schedule, above 0.
        weight_decay: Decoupled decay of AdamW, 0 or more; the others know none.
        loss: `categorical` cross-entropy of the ten probabilities, or `binary`: of ten sigmoids, each for itself.
        label_smoothing: Share of certainty spread over all ten classes, 0..0.5.
        dropout: Share of units left out by every dropout layer, 0..0.9; None leaves each as the net has it.
        patience: Epochs without a lower validation loss after which training ends; 0 for never.
        frozen: Layers with weights, counted from the picture, that keep what they know, 0 or more.
        gentle: Share of the epochs, 0..1, at the end, in which pictures are distorted half as often and half as far, so
            that the net ends on what digits look like; of real numbers, none is then put together of many hands.
        negatives: Share of each batch, 0..0.5, that is no digit and is to be answered by ten equal probabilities; so
            many more than `batch_size` pictures make a step, and every digit is still seen once an epoch.
        augment: Whether pictures are distorted afresh in every epoch.
        calibrate: Whether one temperature is fitted on the validation part.
        deterministic: Whether TensorFlow must add up in the same order every time.
        validation: Share of the data held out, 0.01..0.5; a whole number of 20 or more counts pictures instead.
        seed: Fixes weights, order, split and distortions.
        average: Momentum of a moving average of the weights, 0..0.99999, which is what is validated, kept and stored;
            0 for none.
        attack: Most that a pixel of every training picture is changed by, 0..0.5, so that the net errs (FGSM from a
            random start); 0 for none. For nets that read single digits.
    """

    epochs: int = 20
    batch_size: int = 64
    optimizer: str = "adamw"
    schedule: str = "one-cycle"
    learning_rate: float = 3e-3
    weight_decay: float = 0.03
    loss: str = "categorical"
    label_smoothing: float = 0.05
    dropout: float | None = None
    patience: int = 0
    frozen: int = 0
    gentle: float = 0.0
    negatives: float = 0.0
    augment: bool = True
    calibrate: bool = True
    deterministic: bool = False
    validation: float = 1 / 12
    seed: int = 1
    average: float = 0.0
    attack: float = 0.0

    def __post_init__(self) -> None:
        for name in RANGES:
            check_setting(name, getattr(self, name))
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise SettingsError(f"{name} must be one of {', '.join(choices)}, not {getattr(self, name)}.")
        for name in _SWITCHES:
            if not isinstance(getattr(self, name), bool):
                raise SettingsError(f"{name} must be true or false, not {getattr(self, name)}.")
        if self.calibrate and self.loss == "binary":
            raise SettingsError("calibrate must be false with loss=binary: ten sigmoids have no common temperature.")


def check_setting(name: str, value: Any) -> None:
    """Refuse a number out of its range.

    Raises:
        SettingsError: It says the range.
    """
    low, high = RANGES[name]
    fewest, most = PICTURES_HELD_OUT
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if (name == "dropout" and value is None) or (name == "validation" and is_whole and fewest <= value <= most):
        return
    whole = isinstance(low, int)
    fits = is_whole or (isinstance(value, float) and not whole)
    if not fits or not low <= value <= high:
        count = f", or {fewest} to {most} pictures" if name == "validation" else ""
        span = f"a whole number, {low} to {high}" if whole else f"{low:g} to {high:g}"
        raise SettingsError(f"{name} must be {span}{count}, not {value}.")


_OF_DIGITS = ("attack", "loss", "negatives")
"""Settings that only nets of single digits heed."""
_NOT_OF_STRINGS = ("augment", "label_smoothing")
"""Settings that no net of strings heeds: their numbers are always distorted, and CTC knows no smoothing."""
_NOT_OF_PATHS = ("gentle",)
"""Settings that no net of paths heeds: a path is distorted but little."""

SETTINGS = tuple(field.name for field in fields(TrainSettings))

TITLES = {
    "epochs": "Epochs",
    "batch_size": "Batch size",
    "learning_rate": "Learning rate",
    "weight_decay": "Weight decay",
    "gentle": "Gentle end",
    "label_smoothing": "Label smoothing",
    "negatives": "Non-digits mixed in",
    "attack": "Attack strength ε",
    "validation": "Share for validation",
    "patience": "Early stopping",
    "seed": "Seed",
    "optimizer": "Optimizer",
    "schedule": "Schedule",
    "loss": "Loss",
    "average": "Averaged weights",
    "calibrate": "Calibrate the confidence",
    "deterministic": "Reproducible",
    "dropout": "Dropout",
    "frozen": "Frozen layers",
    "augment": "Distort the pictures",
}
"""What a person calls each setting."""


def settings_for(net: str, /, **changes: int | float | str | bool | None) -> TrainSettings:
    """The net's own recipe with some settings changed.

    Raises:
        SettingsError: The net or a setting is unknown, or a value is out of range.
    """
    if net not in NETS:
        raise SettingsError(f"No net is called {net!r}. Known nets: {', '.join(NETS)}.")
    known = heeded(net)
    unknown = changes.keys() - set(known)
    if unknown:
        raise SettingsError(f"Unknown setting {', '.join(sorted(unknown))}. Known settings: {', '.join(known)}.")
    spec = NETS[net]
    recipe = spec.recipe if isinstance(spec, NetSpec) else {}
    return replace(TrainSettings(**recipe), **changes)  # type: ignore[arg-type]


def settings_of(card: dict[str, Any]) -> TrainSettings:
    """The settings that a card says its model was trained with; what it does not name was at its default."""
    return TrainSettings(
        **{name: value for name, value in card.get("settings", {}).items() if name in heeded(card["net"])}
    )


def heeded(net: str) -> tuple[str, ...]:
    """The settings that a net of the registry heeds: a classical classifier only those of the split."""
    spec = NETS.get(net)
    if not isinstance(spec, NetSpec):
        return ("validation", "seed")
    unheeded = {"digit": (), "string": _OF_DIGITS + _NOT_OF_STRINGS, "path": _OF_DIGITS + _NOT_OF_PATHS}[spec.reads]
    return tuple(name for name in SETTINGS if name not in unheeded)
