"""A disk that fails, stalls, or loses what was not synced; the C half is disk.c."""

import ctypes
import functools
import mmap
import random
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512
_ENTRY = struct.Struct("<c63sqq")
_CONTROL = struct.Struct("<qqqq")


@functools.cache
def library() -> Path:
    """Return the library to preload, built once per run of the tests."""
    folder = Path(tempfile.mkdtemp(prefix="c8210-disk-", dir="/tmp"))
    built = folder / "disk.so"
    source = Path(__file__).with_name("disk.c")
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", built, source, "-ldl"],
        check=True,
    )
    ctypes.CDLL(str(built))
    return built


class BadDisk:
    """The disk under one process, seen from the test."""

    def __init__(self, folder: Path, watched: str) -> None:
        self.journal = folder / "journal"
        self._file = (folder / "control").open("w+b")
        self._file.write(bytes(mmap.PAGESIZE))
        self._file.flush()
        self._control = mmap.mmap(self._file.fileno(), mmap.PAGESIZE)
        self.environment = {
            "LD_PRELOAD": str(library()),
            "DISK_WATCH": watched,
            "DISK_CONTROL": str(folder / "control"),
        }

    def fail(self, call: int, error: int) -> None:
        """Let the `call`-th call from now on fail with `error`."""
        self._control[: _CONTROL.size] = _CONTROL.pack(call, error, 0, 0)

    def stall(self, delay_ms: int) -> None:
        """Let each sync take `delay_ms`."""
        self._control[: _CONTROL.size] = _CONTROL.pack(0, 0, 0, delay_ms)

    @property
    def failed(self) -> bool:
        """Whether the call that was to fail has come."""
        fired: int = _CONTROL.unpack(self._control[: _CONTROL.size])[2]
        return fired > 0

    def work(self) -> None:
        """Let nothing fail any more."""
        self.fail(0, 0)

    def close(self) -> None:
        """Let go of the control page."""
        self._control.close()
        self._file.close()


@dataclass(frozen=True)
class Operation:
    """One thing that was done to a file."""

    kind: str
    """`w` write, `t` truncate, `s` sync."""
    name: str
    offset: int
    data: bytes


def operations(journal: Path) -> Iterator[Operation]:
    """Yield what was done, in order."""
    with journal.open("rb") as file:
        while head := file.read(_ENTRY.size):
            kind, name, offset, length = _ENTRY.unpack(head)
            yield Operation(kind.decode(), name.rstrip(b"\0").decode(), offset, file.read(length))


def after_power_cut(
    before: dict[str, bytes], done: list[Operation], chance: random.Random
) -> dict[str, bytes]:
    """Return the files as a disk may hold them when the power goes right after `done`.

    What was synced is there. Of what was written to a file since its last sync, any sectors may be there, and
    a change of length may have happened or not.
    """
    last_sync = {
        operation.name: index for index, operation in enumerate(done) if operation.kind == "s"
    }
    files = {name: bytearray(content) for name, content in before.items()}
    for index, operation in enumerate(done):
        content = files.setdefault(operation.name, bytearray())
        safe = index < last_sync.get(operation.name, -1)
        if operation.kind == "t" and (safe or chance.random() < 0.5):
            del content[operation.offset :]
            content.extend(bytes(operation.offset - len(content)))
        elif operation.kind == "w":
            _write(content, operation, None if safe else chance)
    return {name: bytes(content) for name, content in files.items()}


def _write(content: bytearray, operation: Operation, chance: random.Random | None) -> None:
    """Write all of it, or by `chance` only some of its sectors."""
    position, end = operation.offset, operation.offset + len(operation.data)
    if chance is not None and chance.random() < 0.3:
        return
    while position < end:
        stop = min(end, (position // SECTOR + 1) * SECTOR)
        if chance is None or chance.random() < 0.7:
            if len(content) < stop:
                content.extend(bytes(stop - len(content)))
            start = position - operation.offset
            content[position:stop] = operation.data[start : start + stop - position]
        position = stop
