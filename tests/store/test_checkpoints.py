"""A checkpoint comes back as it was written, an older one outlives a failure, and a damaged one is refused."""

import errno
import io
import os

import numpy as np
import pytest
from tiny import spoil

from hdr.errors import StoreError
from hdr.store.checkpoints import Checkpoint, read_checkpoint, write_checkpoint

HISTORY = [
    {"epoch": 0, "seconds": 1.5, "accuracy": 0.5, "loss": 1.25, "val_accuracy": 0.5, "val_loss": 1.0},
    {"epoch": 1, "seconds": 3.1, "accuracy": 0.1 + 0.2, "loss": 1e-17, "val_accuracy": 1.0, "val_loss": 0.5},
]
KERNEL = np.arange(12, dtype=np.float32).reshape(3, 4) / 7


def checkpoint(count: int = 12) -> Checkpoint:
    """One of more than ten arrays, so that their order as text is not their order."""
    state = [np.full(index, index, np.float32) for index in range(count - 1)]
    return Checkpoint([*state, np.array(2**40, np.int64)], [KERNEL, np.float32([])], HISTORY)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs" / "7" / "checkpoint.npz"


def assert_same(found: Checkpoint | None, expected: Checkpoint) -> None:
    assert found is not None
    assert found.history == expected.history
    for arrays, meant in ((found.state, expected.state), (found.best, expected.best)):
        assert [(array.dtype, array.shape) for array in arrays] == [(array.dtype, array.shape) for array in meant]
        for array, other in zip(arrays, meant, strict=True):
            np.testing.assert_array_equal(array, other)


@pytest.mark.parametrize("count", [1, 2, 12, 101])
def test_it_comes_back_as_it_was(path, count):
    write_checkpoint(path, checkpoint(count))
    assert_same(read_checkpoint(path), checkpoint(count))


def test_nothing_in_it(path):
    write_checkpoint(path, Checkpoint([], [], []))
    assert_same(read_checkpoint(path), Checkpoint([], [], []))


def test_the_newest_is_kept_alone(path):
    for count in (3, 5):
        write_checkpoint(path, checkpoint(count))
    assert_same(read_checkpoint(path), checkpoint(5))
    assert [file.name for file in path.parent.iterdir()] == ["checkpoint.npz"]


def test_none_yet(path):
    assert read_checkpoint(path) is None
    path.parent.mkdir(parents=True)
    assert read_checkpoint(path) is None


def fail(*_args, **_options):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(("module", "function"), [(np, "savez"), (os, "fsync"), (os, "replace")])
def test_a_failure_leaves_the_older_one(path, monkeypatch, module, function):
    write_checkpoint(path, checkpoint(3))
    with monkeypatch.context() as patch:
        patch.setattr(module, function, fail)
        with pytest.raises(StoreError, match=r"checkpoint\.npz cannot be written .*No space left"):
            write_checkpoint(path, checkpoint(5))
    assert_same(read_checkpoint(path), checkpoint(3))
    assert [file.name for file in path.parent.iterdir()] == ["checkpoint.npz"]


def test_ended_from_the_keyboard_in_the_middle(path, monkeypatch):
    write_checkpoint(path, checkpoint(3))
    savez = np.savez

    def interrupted(file, **arrays):
        savez(file, **arrays)
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_checkpoint(path, checkpoint(5))
    assert_same(read_checkpoint(path), checkpoint(3))
    assert [file.name for file in path.parent.iterdir()] == ["checkpoint.npz"]


def packed(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


DAMAGED = {
    "empty": b"",
    "no archive": b"not a zip file" * 20,
    "an array": b"\x93NUMPY\x01\x00",
    "no history": packed(state0=KERNEL, best0=KERNEL),
    "a gap": packed(state0=KERNEL, state2=KERNEL, best0=KERNEL, history=np.array("[]")),
    "no JSON": packed(state0=KERNEL, best0=KERNEL, history=np.array("[{")),
    "code": packed(state0=np.array([object()]), best0=KERNEL, history=np.array("[]")),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_damaged_files(path, content):
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="Repeat the run from its start") as caught:
        read_checkpoint(path)
    assert str(path) in str(caught.value)


def test_a_bad_disk(path):
    write_checkpoint(path, checkpoint())
    spoil(path)
    with pytest.raises(StoreError, match="cannot be read"):
        read_checkpoint(path)


def test_one_changed_byte(path):
    """In the numbers themselves: they are checked, not believed."""
    write_checkpoint(path, checkpoint())
    content = path.read_bytes()
    assert content.count(KERNEL.tobytes()) == 1
    path.write_bytes(content.replace(KERNEL.tobytes(), (KERNEL + 1).tobytes()))
    with pytest.raises(StoreError, match="cannot be read"):
        read_checkpoint(path)


def test_a_file_cut_short(path):
    write_checkpoint(path, checkpoint())
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(StoreError, match="cannot be read"):
        read_checkpoint(path)
