"""Real numbers for the string net, such as cheque amounts: loaded, spliced and distorted.

In: pictures of one number each, with their texts. Out: strips, uint8 (32, W), or distorted float32 with ink 1 on paper
0. The generator of random numbers is the caller's. Knows nothing of nets.
"""

import csv
import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hdr.config import data_folders
from hdr.errors import DataError, ImageError
from hdr.results import Grey
from hdr.vision.image import decode_image, to_grey
from hdr.vision.strip import HEIGHT, pad_strips, string_strip

Strip = NDArray[np.float32]
MOST_AMOUNT_DIGITS = 32
"""Most digits of any number that is learned from."""
CHEQUES_TRAINING = 900
"""Cheque amounts that may be learned from; the others are their test part."""
_CORRECTIONS = Path(__file__).with_name("cheque_labels.csv")
"""Amounts to learn from whose labels are plainly wrong, and what is written: nets that had not seen them disagreed with
the label, then a person looked. The test part keeps its labels as they are."""
_LONGEST = 8
"""Most digits of a spliced number."""
_MARGIN = 2
"""Columns between a last digit's box and the tail."""
_BEND = 0.6
"""Largest standard deviation of the displacement, pixels."""
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


@dataclass(frozen=True, eq=False)
class Amount:
    """A real number as written by one hand.

    Attributes:
        strip: uint8 (32, W), as `string_strip` makes it.
        text: Its digits.
        ends: Column of the strip after each digit; empty where the digits' places are not known. After the last one
            comes the tail: a dash, an equals sign, whatever else was put there.
    """

    strip: Grey
    text: str
    ends: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not (self.text and self.text.isascii() and self.text.isdigit() and len(self.text) <= MOST_AMOUNT_DIGITS):
            raise DataError(f"A number's text must be 1 to {MOST_AMOUNT_DIGITS} digits, not {self.text!r}.")

    def digit(self, place: int) -> Grey:
        """The columns of one digit, uint8 (32, W), where the digits' places are known."""
        return self.strip[:, self.ends[place - 1] if place else 0 : self.ends[place]]

    @property
    def tail(self) -> Grey:
        """The columns after the last digit, uint8 (32, W), W 0 or more; none where the digits' places are not known."""
        return self.strip[:, self.ends[-1] if self.ends else self.strip.shape[1] :]


@dataclass(frozen=True, eq=False)
class Numbers:
    """A labelled set of numbers.

    Attributes:
        strips: uint8 (N, 32, W), with paper at their right up to the common width.
        texts: Their digits.
    """

    strips: Grey
    texts: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.strips.ndim != 3 or self.strips.shape[1] != HEIGHT or len(self.strips) != len(self.texts):
            raise DataError(f"{len(self.texts)} texts need strips (N, {HEIGHT}, W), not {self.strips.shape}.")

    def __len__(self) -> int:
        return len(self.texts)


def as_numbers(amounts: list[Amount]) -> Numbers:
    """Real numbers as a labelled set."""
    return Numbers(pad_strips([amount.strip for amount in amounts]), tuple(amount.text for amount in amounts))


def load_numbers(name: str, part: str = "train") -> list[Amount]:
    """Real numbers, as written by many hands.

    Args:
        name: `cheques`, the folder of that name beside the other data sets, or another folder: pictures of one number
            each, and `labels.csv` with the columns `file` and `text`, and where known `boxes_digit_x_y_w_h`, JSON with
            `[digit, x, y, width, height]` for each digit of the text.
        part: Of the cheques: `train`, the first 900, some labels of which are corrected, or `test`, the others.
            Another folder is one part.

    Raises:
        DataError: The folder is not here, or a file of it is missing or damaged.
    """
    if part not in ("train", "test"):
        raise DataError(f"The cheques have the parts train and test, not {part!r}.")
    chosen = slice(None, CHEQUES_TRAINING) if part == "train" else slice(CHEQUES_TRAINING, None)
    folder = _cheques_folder() if name == "cheques" else Path(name)
    try:
        lines = _lines(folder / "labels.csv")
        if name == "cheques":
            corrected = {line["file"]: line["text"] for line in _lines(_CORRECTIONS)} if part == "train" else {}
            lines = [line | {"text": corrected.get(line["file"], line["text"])} for line in lines[chosen]]
        amounts = [_load_amount(folder, line) for line in lines]
    except (OSError, LookupError, ValueError, TypeError, csv.Error, ImageError) as error:
        raise DataError(f"{folder / 'labels.csv'} and its pictures cannot be read ({error}).") from error
    if not amounts:
        raise DataError(f"{folder / 'labels.csv'} names no number for the part {part!r}.")
    return amounts


def _lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def holds_numbers(name: str) -> bool:
    """Whether a source of data holds whole numbers, rather than single digits."""
    return name == "cheques" or (Path(name) / "labels.csv").is_file()


def has_cheques() -> bool:
    """Whether the cheques lie in one of the data folders."""
    return any((folder / "cheques" / "labels.csv").is_file() for folder in data_folders())


def _cheques_folder() -> Path:
    for folder in data_folders():
        if (folder / "cheques" / "labels.csv").is_file():
            return folder / "cheques"
    searched = ", ".join(str(folder) for folder in data_folders())
    raise DataError(
        f"No folder cheques with labels.csv was found in {searched}. Set HDR_DATA to the folder that holds it, or "
        "learn from composed numbers alone: --data mnist"
    )


def _load_amount(folder: Path, line: dict[str, str]) -> Amount:
    grey = to_grey(decode_image((folder / line["file"]).read_bytes()))
    strip = string_strip(grey)
    if not line.get("boxes_digit_x_y_w_h"):
        return Amount(strip, line["text"])
    scale = strip.shape[1] / grey.shape[1]
    boxes = [(x * scale, (x + width) * scale) for _, x, _, width, _ in json.loads(line["boxes_digit_x_y_w_h"])]
    if len(boxes) != len(line["text"]):
        return Amount(strip, line["text"])
    boxes.sort(key=sum)
    between = [round((left[1] + right[0]) / 2) for left, right in pairwise(boxes)]
    last = min(strip.shape[1], round(boxes[-1][1]) + _MARGIN)
    return Amount(strip, line["text"], (*between, last))


def splice(amounts: list[Amount], rng: np.random.Generator) -> Amount:
    """A number of the left part of one amount and the right part of another, both cut between two digits."""
    first, second = (amounts[index] for index in rng.integers(len(amounts), size=2))
    if not first.ends or not second.ends:
        return first
    left, right = int(rng.integers(1, len(first.ends) + 1)), int(rng.integers(0, len(second.ends)))
    text = first.text[:left] + second.text[right:]
    if len(text) > _LONGEST:
        return first
    start = second.ends[right - 1] if right else 0
    return Amount(np.hstack([first.strip[:, : first.ends[left - 1]], second.strip[:, start:]]), text)


def shuffle(amount: Amount, rng: np.random.Generator) -> Amount:
    """The amount's own digits in another order, its tail after them: the hand stays, the number is new."""
    order = rng.permutation(len(amount.ends))
    if len(order) < 2:
        return amount
    return _joined([amount.digit(i) for i in order], "".join(amount.text[i] for i in order), amount.tail)


def retail(amount: Amount, amounts: list[Amount], rng: np.random.Generator) -> Amount:
    """The amount with the tail of another in place of its own: the longest of three, for most amounts have none."""
    if not amount.ends:
        return amount
    tail = max((amounts[index].tail for index in rng.integers(len(amounts), size=3)), key=lambda part: part.shape[1])
    return Amount(np.hstack([amount.strip[:, : amount.ends[-1]], tail]), amount.text, amount.ends)


def assemble(amounts: list[Amount], rng: np.random.Generator) -> Amount:
    """A number of single digits from amounts of many hands, each stretched, slanted and moved by itself."""
    parts, text = [], ""
    for index in rng.integers(len(amounts), size=int(rng.integers(2, _LONGEST))):
        amount = amounts[index]
        if amount.ends:
            place = int(rng.integers(len(amount.ends)))
            parts.append(_vary(amount.digit(place), rng))
            text += amount.text[place]
    if not parts:
        return amounts[int(rng.integers(len(amounts)))]
    return _joined(parts, text)


def _joined(parts: list[Grey], text: str, *tail: Grey) -> Amount:
    """Digits side by side, and what comes after them."""
    ends = tuple(int(end) for end in np.cumsum([part.shape[1] for part in parts]))
    return Amount(np.hstack([*parts, *tail]), text, ends)


def _vary(part: Grey, rng: np.random.Generator) -> Grey:
    """One digit's columns as another hand might have written them between the same neighbours."""
    broad, high, slant = rng.uniform(0.85, 1.2), rng.uniform(0.82, 1.15), rng.normal(0.0, 0.12)
    drop = HEIGHT / 2 * (1 - high) + rng.normal(0.0, 1.2)
    matrix = np.array([[broad, slant * broad, -slant * broad * HEIGHT / 2], [0.0, high, drop]])
    size = (max(2, round(part.shape[1] * broad)), HEIGHT)
    return cv2.warpAffine(part, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def distort(strip: Grey, width: int, rng: np.random.Generator) -> Strip:
    """The strip as another hand, pen and camera might have made it, in a frame of a given width.

    Args:
        strip: uint8 (32, W), ink bright on black; squeezed where it is wider than the frame.
        width: Width of the frame, pixels.
        rng: Source of all randomness.

    Returns:
        float32 (32, width) in 0..1.
    """
    fit = min(1.0, 0.97 * width / strip.shape[1])
    stretch, high = fit * rng.uniform(0.8, 1.15), rng.uniform(0.78, 1.12)
    slant, slope = rng.normal(0.0, 0.18), rng.normal(0.0, 0.025)
    middle = strip.shape[1] / 2
    room = max(0.0, width - strip.shape[1] * stretch)
    left = rng.uniform(0.0, min(room, 24.0))
    drop = HEIGHT / 2 * (1 - high) + rng.normal(0.0, 1.0)
    matrix = np.array(
        [[stretch, slant * stretch, left - slant * stretch * HEIGHT / 2], [slope, high, drop - slope * middle]]
    )
    warped = cv2.warpAffine(strip, matrix, (width, HEIGHT), flags=cv2.INTER_LINEAR).astype(np.float32) / 255.0
    return wear(bend(warped, rng), rng)


def bend(strip: Strip, rng: np.random.Generator) -> Strip:
    """The strip under a smooth random displacement, after Simard et al. 2003: broader along the row than across it."""
    height, width = strip.shape
    strength = rng.uniform(0.0, _BEND)
    field = rng.normal(0.0, strength, (4, max(4, width // 10), 2)).astype(np.float32)
    moved = cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(strip, x + 1.6 * moved[..., 0], y + moved[..., 1], cv2.INTER_LINEAR)


def wear(strip: Strip, rng: np.random.Generator) -> Strip:
    """Another pen, focus, contrast and sensor."""
    if rng.random() < 0.35:
        change = cv2.erode if rng.random() < 0.5 else cv2.dilate
        strip += np.float32(rng.uniform(0.2, 0.8)) * (change(strip, _CROSS) - strip)
    if rng.random() < 0.3:
        strip = cv2.GaussianBlur(strip, (0, 0), rng.uniform(0.4, 1.0))
    strip = np.float32(rng.uniform(0.55, 1.1)) * np.power(strip, np.float32(rng.uniform(0.6, 1.6)))
    if rng.random() < 0.4:
        strip += rng.normal(0.0, rng.uniform(0.01, 0.08), strip.shape).astype(np.float32)
    return np.clip(strip, 0.0, 1.0)
