"""Augmentation made for pen on paper: a batch of digits in, the same digits by other pens, hands and cameras out.

In and out: float32 (N, 28, 28), ink 1 on paper 0. Knows nothing of nets or files. The generator of random numbers is
the caller's, so that a seed fixes every picture.
"""

from dataclasses import asdict, dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.data.damage import damage
from hdr.data.regional import FORMS, other_form
from hdr.errors import SettingsError

Images = NDArray[np.float32]
SIDE = 28
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


LIMITS = {
    "rotate": 45.0,
    "shear": 1.0,
    "scale": 0.5,
    "shift": 8.0,
    "elastic": 4.0,
    "stroke": 1.0,
    "contrast": 1.0,
    "blur": 1.0,
    "noise": 1.0,
    "regional": 1.0,
    "damage": 1.0,
}
"""How much of each distortion still leaves a digit."""


@dataclass(frozen=True)
class Augmentation:
    """How far each distortion may go; 0 turns one off.

    Attributes:
        rotate: Largest turn to either side, degrees.
        shear: Largest slant to either side, pixels of x per pixel of y.
        scale: Largest relative change of width and of height.
        shift: Largest move along each axis, pixels.
        elastic: Largest displacement of the elastic field, pixels.
        stroke: Share of pictures whose stroke is made thinner or thicker.
        contrast: Share of pictures made fainter and with another gamma.
        blur: Share of pictures that are blurred.
        noise: Share of pictures that get sensor noise.
        regional: Share of the 1s, 4s, 7s and 9s that are written as other countries do.
        damage: Share of pictures that are damaged as no pen would: noise, fog, lines across, parts inverted.
    """

    rotate: float = 12.0
    shear: float = 0.2
    scale: float = 0.15
    shift: float = 2.0
    elastic: float = 1.2
    stroke: float = 0.35
    contrast: float = 0.25
    blur: float = 0.15
    noise: float = 0.15
    regional: float = 0.1
    damage: float = 0.25

    @property
    def half(self) -> "Augmentation":
        """Every distortion half as often, or half as far."""
        return Augmentation(**{name: value / 2 for name, value in asdict(self).items()})

    def __post_init__(self) -> None:
        for name, limit in LIMITS.items():
            value = getattr(self, name)
            if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= limit:
                raise SettingsError(f"{name} must be 0 to {limit:g}, not {value}.")


def augmentation_of(known: dict[str, float]) -> Augmentation:
    """The augmentation that a card or a run tells of: what was unknown when it was written was off.

    Raises:
        SettingsError: A value is out of range.
        TypeError: It holds what this version does not know.
    """
    return Augmentation() if known == {} else Augmentation(**(dict.fromkeys(LIMITS, 0.0) | known))


def augment(
    images: Images, settings: Augmentation, rng: np.random.Generator, labels: NDArray[np.int64] | None = None
) -> Images:
    """Distort every picture of a batch by its own draw.

    Args:
        images: float32 (N, 28, 28), ink 1 on paper 0.
        settings: How far each distortion may go.
        rng: Source of all randomness.
        labels: Which digits the first pictures are, for the forms of other countries; the rest are no digits. Without
            them no form is changed.

    Returns:
        float32 (N, 28, 28) in 0..1, a new array.
    """
    if labels is not None and settings.regional:
        images = _with_other_forms(images, labels, settings.regional, rng)
    warped = _warp(
        images, _affine_grid(len(images), settings, rng) + _elastic_field(len(images), settings.elastic, rng)
    )
    for share, distort in (
        (settings.stroke, _change_stroke),
        (settings.contrast, _change_contrast),
        (settings.blur, _blur),
        (settings.noise, _add_noise),
        (settings.damage, damage),
    ):
        for index in np.flatnonzero(rng.random(len(warped)) < share):
            warped[index] = distort(warped[index], rng)
    return np.clip(warped, 0.0, 1.0)


def _with_other_forms(images: Images, labels: NDArray[np.int64], share: float, rng: np.random.Generator) -> Images:
    result = images.copy()
    for index in np.flatnonzero(np.isin(labels, list(FORMS)) & (rng.random(len(labels)) < share)):
        grey = np.rint(images[index] * 255.0).astype(np.uint8)
        result[index] = other_form(grey, int(labels[index]), rng) / np.float32(255.0)
    return result


def _affine_grid(count: int, settings: Augmentation, rng: np.random.Generator) -> Images:
    """Source coordinates (N, 28, 28, 2) of a random turn, slant, stretch and shift about the centre."""

    def draw(limit: float) -> NDArray[np.float64]:
        return rng.uniform(-limit, limit, count)

    angle, slant = np.deg2rad(draw(settings.rotate)), draw(settings.shear)
    width, height = 1.0 + draw(settings.scale), 1.0 + draw(settings.scale)
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.stack(
        [np.stack([cos / width, slant + sin / width], -1), np.stack([-sin / height, cos / height], -1)], 1
    )
    centre = (SIDE - 1) / 2
    axis = np.arange(SIDE) - centre
    grid = np.stack(np.meshgrid(axis, axis), -1)
    shift = np.stack([draw(settings.shift), draw(settings.shift)], -1)
    source = np.moveaxis(np.tensordot(matrix, grid, axes=(2, 2)), 1, -1) + centre + shift[:, None, None]
    return source.astype(np.float32)


def _elastic_field(count: int, limit: float, rng: np.random.Generator) -> Images:
    """Smooth displacement fields (N, 28, 28, 2), after Simard et al. 2003: coarse noise, enlarged by cubic splines."""
    strength = rng.uniform(0.0, limit, (count, 1, 1, 1))
    coarse = (rng.uniform(-1.0, 1.0, (count, 5, 5, 2)) * strength).astype(np.float32)
    return np.stack([cv2.resize(field, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for field in coarse])


def _warp(images: Images, source: Images) -> Images:
    return np.stack(
        [
            cv2.remap(image, grid, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
            for image, grid in zip(images, source, strict=True)
        ]
    )


def _change_stroke(image: Images, rng: np.random.Generator) -> Images:
    """Blend with the eroded or the dilated picture: a finer or a broader pen."""
    change = cv2.erode if rng.random() < 0.5 else cv2.dilate
    share = np.float32(rng.uniform(0.2, 0.9))
    return image + share * (change(image, _CROSS) - image)


def _change_contrast(image: Images, rng: np.random.Generator) -> Images:
    """Faint pencil, worn marker: another gamma, and ink that is no longer full."""
    return np.float32(rng.uniform(0.35, 1.0)) * np.power(image, np.float32(rng.uniform(0.5, 1.8)))


def _blur(image: Images, rng: np.random.Generator) -> Images:
    return cv2.GaussianBlur(image, (5, 5), rng.uniform(0.3, 1.0))


def _add_noise(image: Images, rng: np.random.Generator) -> Images:
    return image + rng.normal(0.0, rng.uniform(0.02, 0.12), image.shape).astype(np.float32)
