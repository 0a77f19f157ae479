"""Where an image lies between its arrival and its installation: a file that one writes, once, while there is room."""

import os
import threading
from pathlib import Path

import pytest

from common.errors import Conflict, InvalidValue, StorageFull
from common.update import LARGEST_IMAGE_BYTES, RESERVE_BYTES
from daemons.system.adapters.spool import SpoolFile


@pytest.fixture
def spool(tmp_path: Path) -> SpoolFile:
    """An empty one, on a disk with room."""
    return SpoolFile(tmp_path / "update")


def with_room(patch: pytest.MonkeyPatch, free_bytes: int) -> None:
    """Have the disk say how much is free on it."""
    real = os.statvfs("/")
    told = os.statvfs_result((1, 1, *real[2:4], free_bytes, *real[5:]))
    patch.setattr(os, "statvfs", lambda _folder: told)


def test_an_image_may_have_a_gigabyte(spool: SpoolFile, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no byte more, however much room there is."""
    with_room(monkeypatch, 2**50)
    spool.begin(LARGEST_IMAGE_BYTES)
    with pytest.raises(InvalidValue, match="1024 MB"):
        spool.begin(LARGEST_IMAGE_BYTES + 1)
    assert not spool.path.exists(), "what was there is dropped, and nothing is begun"


@pytest.mark.parametrize("size", [0, 1, 2**20 + 1])
def test_what_the_unit_needs_is_not_taken(
    spool: SpoolFile, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Settings, clips and logs keep their room, also where nobody says how much comes."""
    with_room(monkeypatch, RESERVE_BYTES + max(0, size - 1))
    with pytest.raises(StorageFull, match="there is no room"):
        spool.begin(size)
    assert not spool.path.exists()
    with_room(monkeypatch, RESERVE_BYTES + max(1, size))
    spool.begin(size)


async def test_one_writes_and_nobody_writes_any_more_when_it_is_looked_at(spool: SpoolFile) -> None:
    """What is verified is what is installed."""
    spool.begin(5)
    writer = spool.take()
    with pytest.raises(Conflict, match="already"):
        spool.take()
    with pytest.raises(InvalidValue, match="no image"):
        await spool.seal()
    os.write(writer, b"image")
    assert spool.size() == 5
    with pytest.raises(Conflict, match="still writes"):
        await spool.seal()
    os.close(writer)
    await spool.seal()
    assert spool.path.read_bytes() == b"image"
    assert spool.path.stat().st_mode & 0o777 == 0o600
    spool.drop()
    assert spool.size() == 0
    spool.drop()


async def test_who_only_lets_go_a_little_late_is_waited_for(spool: SpoolFile) -> None:
    """As a message that brought the descriptor, or a process that is just being started, does."""
    spool.begin(5)
    writer = spool.take()
    os.write(writer, b"image")
    late = threading.Timer(0.3, os.close, (writer,))
    late.start()
    await spool.seal()
    late.join()


def test_the_next_one_begins_with_nothing(spool: SpoolFile) -> None:
    """Whoever still holds the one before writes to nowhere."""
    spool.begin(5)
    before = spool.take()
    spool.begin(5)
    os.write(before, b"of before")
    os.close(before)
    assert spool.size() == 0
