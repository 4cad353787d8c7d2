"""A person's own labelled pictures: which label each gets, what does not stop the rest, sets kept whole."""

import errno
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from hdr.data import labelled
from hdr.data.datasets import Dataset, load_dataset
from hdr.data.labelled import files_of_zip, forget_set, keep_set, kept_sets, load_kept, read_labelled
from hdr.errors import DataError, StoreError
from hdr.vision.image import encode_png
from hdr.vision.normalise import normalise_digit
from tests.tiny import drawn_digits, spoil

IMAGES, LABELS = drawn_digits(10, 7)
PICTURES = [encode_png(255 - np.pad(image, 4)) for image in IMAGES]
MINE = Dataset("mine", IMAGES, LABELS.astype(np.int64))


@pytest.fixture(autouse=True)
def sets(tmp_path, monkeypatch):
    """The folder of kept sets, not made yet."""
    monkeypatch.setenv("HDR_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "data" / "sets"


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue()


# --- reading --------------------------------------------------------------------------------------------------------


def test_every_digit_gets_its_folders_label():
    dataset, problems = read_labelled("mine", [(f"mine/{digit}/a.png", PICTURES[digit]) for digit in range(10)])
    assert (dataset.name, problems) == ("mine", [])
    assert dataset.labels.tolist() == list(range(10))
    drawn = [normalise_digit(image) for image in IMAGES]
    alike = [np.corrcoef(one.ravel(), other.ravel())[0, 1] for one, other in zip(dataset.images, drawn, strict=True)]
    assert min(alike) > 0.85


def test_the_same_as_a_folder_on_disk_whatever_the_order(tmp_path):
    files = [(f"{digit}/{name}.png", PICTURES[digit]) for digit in (3, 7, 0) for name in "ba"]
    for path, content in files:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    dataset, _ = read_labelled("mine", files)
    assert dataset.labels.tolist() == [0, 0, 3, 3, 7, 7]
    assert dataset.sha256() == load_dataset(str(tmp_path)).sha256()


@pytest.mark.parametrize(
    "path", ["4/a.png", "any/4/a.png", "9/4/a.png", r"4\a.png", r"C:\my\4\a.png", r"any\4/a.png", "/4/a", "../4/a.png"]
)
def test_paths_with_a_label(path):
    dataset, problems = read_labelled("mine", [(path, PICTURES[4])])
    assert (dataset.labels.tolist(), problems) == ([4], [])


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("a.png", "not in none"),
        ("10/a.png", "'10'"),
        ("4/more/a.png", "'more'"),
        ("four/a.png", "'four'"),
        ("٤/a.png", "'٤'"),
        ("-4/a.png", "'-4'"),
        (" 4/a.png", "' 4'"),
    ],
)
def test_a_path_without_a_label_does_not_stop_the_rest(path, said):
    dataset, problems = read_labelled("mine", [(path, PICTURES[4]), ("5/b.png", PICTURES[5])])
    assert dataset.labels.tolist() == [5]
    (problem,) = problems
    assert problem.startswith(f"{path}: ")
    assert "0 to 9" in problem
    assert said in problem


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"ten words about digits", "not a picture"),
        (PICTURES[3][: len(PICTURES[3]) // 2], "damaged"),
        (encode_png(np.zeros((4, 4), np.uint8)), "4 x 4"),
    ],
    ids=["empty", "text", "cut", "too small"],
)
def test_a_bad_picture_does_not_stop_the_rest(content, said):
    dataset, problems = read_labelled(
        "mine", [("3/a.png", PICTURES[3]), (r"3\bad.png", content), ("5/b.png", PICTURES[5])]
    )
    assert dataset.labels.tolist() == [3, 5]
    (problem,) = problems
    assert problem.startswith("3/bad.png: ")
    assert said in problem


@pytest.mark.parametrize(
    "path",
    [".DS_Store", "3/.DS_Store", "3/._a.png", "3/Thumbs.db", "3/desktop.ini", "__MACOSX/3/a.png", r"3\Thumbs.db"],
)
def test_what_file_managers_leave_behind_is_passed_over(path):
    dataset, problems = read_labelled("mine", [(path, b"\0\0\0\1Bud1"), ("3/a.png", PICTURES[3])])
    assert (dataset.labels.tolist(), problems) == ([3], [])


@pytest.mark.parametrize("files", [[], [("3/.DS_Store", b"")]], ids=["no file", "left behind"])
def test_nothing_to_read_says_what_was_expected(files):
    with pytest.raises(DataError, match=r"No labelled picture .*folders 0 to 9.*mine/3/any\.png\.$"):
        read_labelled("mine", files)


def test_nothing_readable_says_why_for_the_first_three():
    with pytest.raises(DataError, match=r"mine/3/any\.png\.") as caught:
        read_labelled("mine", [(f"3/{letter}.png", b"") for letter in "dcba"])
    assert [f"3/{letter}.png: " in str(caught.value) for letter in "abcd"] == [True, True, True, False]


def test_too_many_pictures(monkeypatch):
    files = [(f"3/{letter}.png", PICTURES[3]) for letter in "abcd"]
    monkeypatch.setattr(labelled, "MAX_FILES", 3)
    assert len(read_labelled("mine", [*files[:3], ("3/.DS_Store", b"")])[0]) == 3
    with pytest.raises(DataError, match="At most 3 pictures are read, not 4"):
        read_labelled("mine", iter(files))


# --- zip files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_files_of_a_zip_without_its_folders(method):
    files = {"mine/3/a.png": PICTURES[3], r"mine\4\b.png": PICTURES[4]}
    content = zipped({"mine/": b"", "mine/3/": b"", "mine\\4\\": b""} | files, method)
    assert dict(files_of_zip(content)) == files
    assert read_labelled("mine", files_of_zip(content))[0].labels.tolist() == [3, 4]


def test_an_empty_zip_holds_no_picture():
    assert list(files_of_zip(zipped({}))) == []
    with pytest.raises(DataError, match="No labelled picture"):
        read_labelled("mine", files_of_zip(zipped({})))


def test_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert [path for path, _ in files_of_zip(zipped({"../3/a.png": b"a", "/3/b.png": b"b"}))] == [
        "../3/a.png",
        "/3/b.png",
    ]
    assert list(tmp_path.iterdir()) == []


WHOLE = zipped({"3/a.png": PICTURES[3], "4/b.png": PICTURES[4]})


@pytest.mark.parametrize(
    "content",
    [b"", PICTURES[3], WHOLE[:-30], WHOLE[len(WHOLE) // 2 :], WHOLE[:60] + b"\xff" * 20 + WHOLE[80:]],
    ids=["empty", "a picture", "end missing", "start missing", "damaged inside"],
)
def test_a_damaged_zip(content):
    with pytest.raises(DataError, match=r"The zip file is damaged or not a zip file \(.*\)\. Pack"):
        list(files_of_zip(content))


def test_an_encrypted_zip():
    content = bytearray(WHOLE)
    content[6] |= 1  # flags of the first entry, and the same in the list at the end
    content[content.index(b"PK\1\2") + 8] |= 1
    with pytest.raises(DataError, match=r"3/a\.png in the zip file is encrypted\. Pack .* without a password"):
        list(files_of_zip(bytes(content)))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_packed_in_a_way_that_unpacks_without_a_limit(method):
    with pytest.raises(DataError, match=rf"3/a\.png .* method {method}, only stored and deflated"):
        list(files_of_zip(zipped({"3/a.png": PICTURES[3]}, method)))


def test_a_zip_with_too_many_entries(monkeypatch):
    monkeypatch.setattr(labelled, "MAX_FILES", 1)
    with pytest.raises(DataError, match="holds 2 entries, at most 1 "):
        list(files_of_zip(WHOLE))


def test_a_bomb_in_one_file(monkeypatch):
    monkeypatch.setattr(labelled, "MAX_FILE_BYTES", 1_500_000)
    bomb = zipped({"3/a.png": bytes(1_500_000), "3/b.png": bytes(1_500_001)})
    assert len(bomb) < 10_000
    with pytest.raises(DataError, match=r"3/b\.png in the zip file unpacks to more than 1\.5 MB"):
        list(files_of_zip(bomb))


def test_a_bomb_of_many_files(monkeypatch):
    monkeypatch.setattr(labelled, "MAX_ZIP_BYTES", 3_000_000)
    files = {f"3/{letter}.png": bytes(1_000_000) for letter in "abcd"}
    assert len(list(files_of_zip(zipped(dict(list(files.items())[:3]))))) == 3
    with pytest.raises(DataError, match="The zip file unpacks to more than 3 MB"):
        list(files_of_zip(zipped(files)))


def test_a_bomb_whose_header_lies(monkeypatch):
    """The list at the end says 10 bytes; no more than the limit is unpacked to find out."""
    monkeypatch.setattr(labelled, "MAX_FILE_BYTES", 1_000)
    content = bytearray(zipped({"3/a.png": bytes(5_000_000)}))
    start = content.index(b"PK\1\2") + 24
    content[start : start + 4] = (10).to_bytes(4, "little")
    with pytest.raises(DataError, match="damaged"):
        list(files_of_zip(bytes(content)))


# --- kept sets ------------------------------------------------------------------------------------------------------


def test_a_set_is_kept_and_forgotten(sets):
    assert kept_sets() == []
    assert keep_set("mine", MINE) == sets / "mine.npz"
    keep_set("Grandma_2.b-1", MINE)
    assert kept_sets() == ["Grandma_2.b-1", "mine"]
    assert load_kept("Grandma_2.b-1").name == "Grandma_2.b-1"
    assert load_kept("mine").sha256() == MINE.sha256()
    forget_set("mine")
    assert [path.name for path in sets.iterdir()] == ["Grandma_2.b-1.npz"]


def test_a_set_takes_the_place_of_the_older(sets):
    keep_set("mine", MINE)
    keep_set("mine", Dataset("other", IMAGES[:2], MINE.labels[:2]))
    assert len(load_kept("mine")) == 2
    assert [path.name for path in sets.iterdir()] == ["mine.npz"]


@pytest.mark.parametrize("name", ["", ".hidden", "-x", "a b", "a/b", "../mine", r"a\b", "größe", "mine\n"])
def test_a_name_that_is_no_files(name, tmp_path):
    with pytest.raises(DataError, match="letters, digits") as caught:
        keep_set(name, MINE)
    assert repr(name) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["mnist", "usps", "optdigits", "digits", "cheques"])
def test_the_name_of_a_built_in_set(name):
    with pytest.raises(DataError, match=rf"'{name}' is the name of a built-in set.*another"):
        keep_set(name, MINE)


@pytest.mark.parametrize("use", [load_kept, forget_set])
@pytest.mark.parametrize("name", ["yours", "", "../mine", "mine.npz", "*"])
def test_an_unknown_set_names_the_known_ones(use, name):
    with pytest.raises(DataError, match="none yet"):
        use(name)
    keep_set("mine", MINE)
    keep_set("hers", MINE)
    with pytest.raises(DataError, match="hers, mine") as caught:
        use(name)
    assert repr(name) in str(caught.value)


def wrong_arrays(path: Path) -> None:
    np.savez(path, x=np.zeros((2, 16, 16), np.uint8), y=np.zeros(2, int))


@pytest.mark.parametrize(
    "damage",
    [spoil, wrong_arrays, lambda path: path.write_bytes(b"not an archive"), lambda path: np.savez(path, x=IMAGES)],
    ids=["bad disk", "wrong size", "text", "labels missing"],
)
def test_a_damaged_set_can_be_removed(damage):
    damage(keep_set("mine", MINE))
    with pytest.raises(DataError, match=r"mine.*Remove the set mine and upload"):
        load_kept("mine")
    forget_set("mine")
    assert kept_sets() == []


def disk_full(*_args, **_options):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(("module", "step"), [(np, "savez_compressed"), (os, "fsync"), (os, "replace")])
def test_a_full_disk_leaves_the_older_set_and_no_draft(sets, monkeypatch, module, step):
    keep_set("mine", MINE)
    before = (sets / "mine.npz").read_bytes()
    monkeypatch.setattr(module, step, disk_full)
    with pytest.raises(StoreError, match=r"mine\.npz cannot be written \(.*No space left on device\)\. Make .*room"):
        keep_set("mine", MINE)
    assert {path.name: path.read_bytes() for path in sets.iterdir()} == {"mine.npz": before}


def test_an_interruption_leaves_no_draft_and_goes_on(sets, monkeypatch):
    def interrupted(_handle):
        assert len(list(sets.iterdir())) == 1
        assert kept_sets() == []
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        keep_set("mine", MINE)
    assert list(sets.iterdir()) == []


def test_a_file_where_the_folder_should_be(sets):
    sets.parent.mkdir(parents=True)
    sets.write_bytes(b"")
    with pytest.raises(StoreError, match=r"mine\.npz cannot be written"):
        keep_set("mine", MINE)
    assert kept_sets() == []


def test_a_set_that_cannot_be_removed(monkeypatch):
    keep_set("mine", MINE)
    monkeypatch.setattr(Path, "unlink", disk_full)
    with pytest.raises(StoreError, match=r"mine\.npz cannot be removed"):
        forget_set("mine")
