"""A run's pictures: where they come from, what is held out, and how sources are mixed into an epoch."""

from collections import Counter

import cv2
import numpy as np
import pytest
from tiny import drawn_digits, spoil, write_mnist

from hdr.data.augment import Augmentation
from hdr.data.datasets import Dataset, load_dataset, load_mnist
from hdr.data.labelled import keep_set
from hdr.errors import DataError, SettingsError
from hdr.learn.lessons import DigitLesson
from hdr.learn.mixture import epoch_size, load_parts, load_source, split
from hdr.learn.settings import TrainSettings

SETTINGS = TrainSettings(batch_size=10, validation=0.1, seed=3)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty home, and no data set but those that a test puts there; nothing is downloaded."""

    def refuse():
        raise DataError("MNIST is not stored here.")

    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HDR_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("hdr.data.datasets._download_mnist", refuse)
    (tmp_path / "data").mkdir()
    return tmp_path / "home"


def numbered(name: str, count: int) -> Dataset:
    """Pictures of which no two are alike, in this set or another: name and number stand in the first pixels."""
    images = np.zeros((count, 28, 28), np.uint8)
    mark = np.frombuffer(name.encode().ljust(6), np.uint8)
    images[:, 0, :6], images[:, 1, 0], images[:, 1, 1] = mark, np.arange(count) // 256, np.arange(count) % 256
    return Dataset(name, images, np.arange(count) % 10)


def keep(**sizes: int) -> None:
    for name, size in sizes.items():
        keep_set(name, numbered(name, size))


def set_of(picture: np.ndarray) -> str:
    return picture[0, :6].tobytes().decode().strip()


def times(data: Dataset) -> Counter[bytes]:
    """How often each picture is there, with its label: a label that went astray is another picture."""
    pairs = zip(data.images, data.labels, strict=True)
    return Counter(picture.tobytes() + bytes([label]) for picture, label in pairs)


def by_set(data: Dataset) -> Counter[str]:
    return Counter(set_of(picture) for picture in data.images)


# --- sources --------------------------------------------------------------------------------------------------------


def test_sources_by_name(tmp_path):
    write_mnist(tmp_path / "data", train=30, test=20)
    keep(mine=40)
    assert load_source("mnist").sha256() == load_mnist("train").sha256()
    assert load_source("mine").sha256() == numbered("mine", 40).sha256()
    assert [len(load_source(name)) for name in ("mnist", "digits", "mine")] == [30, 1200, 40]


def test_of_the_bundled_digits_the_first_1200_alone():
    whole, source = load_dataset("digits"), load_source("digits")
    np.testing.assert_array_equal(source.images, whole.images[:1200])
    np.testing.assert_array_equal(source.labels, whole.labels[:1200])
    parts = load_parts((("digits", 1.0),), SETTINGS)
    assert times(parts.lesson.learn) + times(parts.validation) == times(source)


def test_a_folder(tmp_path):
    images, labels = drawn_digits(20, 1)
    for index, (image, label) in enumerate(zip(images, labels, strict=True)):
        (tmp_path / "pictures" / str(label)).mkdir(parents=True, exist_ok=True)
        big = cv2.resize(255 - image, (112, 112))
        cv2.imwrite(str(tmp_path / "pictures" / str(label) / f"{index}.png"), big)
    source = load_source(str(tmp_path / "pictures"))
    assert source.labels.tolist() == sorted(labels.tolist())
    parts = load_parts(((str(tmp_path / "pictures"), 1.0),), SETTINGS)
    assert len(parts.lesson.learn) + len(parts.validation) == 20


@pytest.mark.parametrize("name", ["usps", "optdigits", "digits-test", "other", ""])
def test_sets_that_are_not_trained_on(name):
    keep(mine=40)
    with pytest.raises(DataError):
        load_source(name)


def test_a_folder_with_a_test_sets_name_is_a_folder(tmp_path, monkeypatch):
    (tmp_path / "usps").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="usps holds no labelled pictures"):
        load_source("usps")


def test_an_unknown_source_names_those_that_are_known():
    keep(mine=40, yours=40)
    with pytest.raises(DataError, match=r"called 'other'\. Known: mnist, digits, mine, yours, or a folder"):
        load_parts((("mine", 0.5), ("other", 0.5)), SETTINGS)


def test_no_mnist():
    with pytest.raises(DataError, match="not stored here"):
        load_parts((("mnist", 1.0),), SETTINGS)


def test_a_damaged_set(home):
    keep(mine=40)
    spoil(home / "data" / "sets" / "mine.npz")
    with pytest.raises(DataError, match="Remove the set mine"):
        load_parts((("mine", 1.0),), SETTINGS)


# --- what is held out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("validation", "held_out"), [(0.1, 20), (0.5, 100), (0.01, 2), (1 / 12, 17), (20, 20), (50, 50), (199, 199)]
)
def test_how_many_are_held_out(validation, held_out):
    data = numbered("mine", 200)
    learn, check = split(data, TrainSettings(validation=validation))
    assert (len(learn), len(check)) == (200 - held_out, held_out)
    assert times(learn) + times(check) == times(data)
    if held_out in (20, 50, 100):
        assert np.bincount(check.labels).tolist() == [held_out // 10] * 10


@pytest.mark.parametrize(("seed", "same"), [(3, True), (4, False)])
def test_the_seed_fixes_what_is_held_out(seed, same):
    data = numbered("mine", 200)
    found = [split(data, TrainSettings(seed=number))[1] for number in (3, seed)]
    assert (times(found[0]) == times(found[1])) is same


def labelled(*counts: int) -> Dataset:
    """So many pictures of 0, of 1, and so on."""
    return Dataset("odd", numbered("odd", sum(counts)).images, np.repeat(np.arange(len(counts)), counts))


@pytest.mark.parametrize("validation", [0.01, 1 / 12, 0.25, 0.5])
@pytest.mark.parametrize(
    "counts", [(2,), (1, 1), (3,), (1, 5), (2, 2), (0, 30), (1, 29), (2, 28), (1,) * 10, (2,) * 10, (50, 1, 2, 3)]
)
def test_odd_sets_are_split_too(counts, validation):
    data = labelled(*counts)
    learn, check = split(data, TrainSettings(validation=validation))
    assert times(learn) + times(check) == times(data)
    assert len(check) == np.ceil(validation * len(data))


@pytest.mark.parametrize(
    ("size", "validation", "said"),
    [
        (0, 0.1, "would hold out 0 of the 0 pictures of mine"),
        (1, 0.1, "would hold out 1 of the 1 pictures of mine"),
        (20, 20, "would hold out 20 of the 20"),
        (1_100, 5_000, "would hold out 5,000 of the 1,100"),
    ],
)
def test_too_few_to_hold_any_out(size, validation, said):
    with pytest.raises(SettingsError, match=said):
        split(numbered("mine", size), TrainSettings(validation=validation))


# --- one source -----------------------------------------------------------------------------------------------------


def test_one_source_comes_through_unmixed():
    keep(mine=300)
    parts = load_parts((("mine", 1.0),), SETTINGS)
    learn, check = split(numbered("mine", 300), SETTINGS)
    for found, expected in ((parts.lesson.learn, learn), (parts.validation, check), (parts.sources["mine"], check)):
        np.testing.assert_array_equal(found.images, expected.images)
        np.testing.assert_array_equal(found.labels, expected.labels)
    np.testing.assert_array_equal(parts.golden, check.images[:16])
    assert parts.about == "mine, 270 of its 300 pictures"
    assert parts.sha256 == {"mine": numbered("mine", 300).sha256()}


@pytest.mark.parametrize("wish", [None, Augmentation(rotate=3.0)])
def test_a_lesson_of_single_digits_distorts_as_it_is_told(wish):
    keep(mine=300)
    lesson = load_parts((("mine", 1.0),), SETTINGS, wish).lesson
    assert isinstance(lesson, DigitLesson)
    assert lesson.augmentation == (wish or Augmentation())


# --- several --------------------------------------------------------------------------------------------------------

MIXTURES = [
    ({"a": 400, "b": 400}, {"a": 0.5, "b": 0.5}),
    ({"a": 400, "b": 400}, {"a": 0.9, "b": 0.1}),
    ({"a": 400, "b": 40}, {"a": 0.5, "b": 0.5}),
    ({"a": 400, "b": 40}, {"a": 0.05, "b": 0.95}),
    ({"a": 900, "b": 20}, {"a": 0.1, "b": 0.9}),
    ({"a": 900, "b": 20}, {"a": 0.9, "b": 0.1}),
    ({"a": 900, "b": 20}, {"a": 0.999, "b": 0.001}),
    ({"a": 500, "b": 60, "c": 30}, {"a": 0.4, "b": 0.35, "c": 0.25}),
    ({"a": 33, "b": 47, "c": 91}, {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}),
]


@pytest.mark.parametrize(("sizes", "shares"), MIXTURES)
def test_an_epoch_of_several_sources(sizes, shares):
    keep(**sizes)
    parts = load_parts(tuple(shares.items()), SETTINGS)
    learn = parts.lesson.learn
    counts, seen = by_set(learn), times(learn)
    for name, share in shares.items():
        assert abs(counts[name] - share * len(learn)) <= len(shares) / 2 + 0.5, "shares hold to rounding"
        own = [number for picture, number in seen.items() if picture.startswith(name.ljust(6).encode())]
        unseen = sizes[name] - len(parts.sources[name]) - len(own)
        assert max(own) <= 20
        assert unseen == 0 or max(own) == 1, "nothing is repeated before all is seen"
        assert max(own) - min(own) <= 1, "each as often as the others"
    assert times(learn).keys() <= set().union(*(times(numbered(name, size)) for name, size in sizes.items()))
    assert len(learn) <= sum(sizes.values())


@pytest.mark.parametrize(("sizes", "shares"), MIXTURES)
def test_no_picture_is_in_both_parts(sizes, shares):
    keep(**sizes)
    parts = load_parts(tuple(shares.items()), SETTINGS)
    assert not times(parts.lesson.learn).keys() & times(parts.validation).keys()
    assert max(times(parts.validation).values()) == 1
    assert list(parts.sources) == list(shares)
    assert times(parts.validation) == sum((times(part) for part in parts.sources.values()), Counter())
    assert by_set(parts.validation) == {name: int(np.ceil(size / 10)) for name, size in sizes.items()}


@pytest.mark.parametrize(
    ("sizes", "shares", "counts"),
    [
        ({"a": 400, "b": 40}, (0.75, 0.25), {"a": 297, "b": 99}),  # all 396 that learn
        ({"a": 900, "b": 20}, (0.5, 0.5), {"a": 360, "b": 360}),  # 18 pictures, 20 times each
        ({"a": 400, "b": 400}, (0.9, 0.1), {"a": 648, "b": 72}),
    ],
)
def test_how_large_an_epoch_is(sizes, shares, counts):
    keep(**sizes)
    parts = load_parts(tuple(zip(sizes, shares, strict=True)), SETTINGS)
    assert by_set(parts.lesson.learn) == counts


def test_the_mixture_in_words():
    keep(mine=300)
    parts = load_parts((("mine", 0.25), ("digits", 0.75)), SETTINGS)
    assert parts.about == (
        "mine, 270 of its 300 pictures as 25% of an epoch; "
        "scikit-learn's digits, 1,080 of its 1,200 pictures as 75% of an epoch"
    )
    assert list(parts.sha256) == ["mine", "digits"]


@pytest.mark.parametrize(("seed", "same"), [(3, True), (4, False)])
def test_the_seed_fixes_an_epoch(seed, same):
    keep(a=200, b=50)
    data = (("a", 0.5), ("b", 0.5))
    first, second = (load_parts(data, TrainSettings(batch_size=10, seed=number)).lesson.learn for number in (3, seed))
    assert np.array_equal(first.images, second.images) is same


def test_each_source_must_have_enough():
    keep(a=400, b=15)
    with pytest.raises(SettingsError, match="hold out 20 of the 15 pictures of b"):
        load_parts((("a", 0.5), ("b", 0.5)), TrainSettings(validation=20))


@pytest.mark.parametrize("data", [(("a", 1.0),), (("a", 0.5), ("b", 0.5))])
def test_a_batch_must_fit_into_an_epoch(data):
    keep(a=40, b=40)
    learn = 36 * len(data)
    assert len(load_parts(data, TrainSettings(batch_size=learn, validation=0.1)).lesson.learn) == learn
    with pytest.raises(SettingsError, match=f"must be 1 to {learn}, the pictures of an epoch, not {learn + 1}"):
        load_parts(data, TrainSettings(batch_size=learn + 1, validation=0.1))


# --- the size of an epoch, before anything is held out --------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "shares", "size"),
    [
        ({"a": 300}, (1.0,), 300),
        ({"a": 400, "b": 40}, (0.75, 0.25), 440),
        ({"a": 900, "b": 20}, (0.5, 0.5), 800),
    ],
)
def test_epoch_size(sizes, shares, size):
    keep(**sizes)
    assert epoch_size(tuple(zip(sizes, shares, strict=True))) == size


def test_epoch_size_of_what_is_not_here():
    with pytest.raises(DataError, match="Known: mnist, digits, or a folder"):
        epoch_size((("digits", 0.5), ("other", 0.5)))
