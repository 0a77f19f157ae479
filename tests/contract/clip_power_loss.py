"""Adds and removes clips, and dies at the first, the second, the third ... thing it does to the disk.

Arguments: a folder, and `kill` (the process dies) or `power` (and what was not brought to disk is lost or torn).
For each death it prints one line of JSON: where the store lies, and what was acknowledged before.
"""

import asyncio
import hashlib
import itertools
import json
import os
import shutil
import signal
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from daemons.audio.clips.process import DecodeWorkers
from daemons.audio.clips.store import ClipStore
from daemons.audio.worker.protocol import ClipFormat, Sound

PCM = bytes(4_000)
CONTENT = b"what a sender sent " * 100


class QuickWorkers:
    """Stands for the decode workers, which neither publish nor bring anything to disk."""

    @asynccontextmanager
    async def session(self, file_bytes: int) -> AsyncIterator["QuickWorkers"]:
        """Be a session too."""
        del file_bytes
        yield self

    async def prepare(self, file_bytes: int) -> None:
        """Have nothing to prepare."""

    async def run(self, job: object, descriptors: Sequence[int]) -> Sound:
        """Write the files that a worker writes."""
        del job
        _, original, pcm = descriptors
        os.write(original, CONTENT)
        os.write(pcm, PCM)
        return Sound(
            ClipFormat.WAV, 48_000, 1, len(PCM) // 4, len(CONTENT),
            hashlib.sha256(CONTENT).hexdigest(), zlib.crc32(PCM), -20.0, -3.0,
        )  # fmt: skip


@dataclass
class _Move:
    """A rename, of which either folder may have reached the disk."""

    old: Path
    new: Path
    gone: bool = False
    arrived: bool = False

    def lose(self) -> None:
        """Make it undone, or half done, as the folders on disk have it."""
        if self.arrived or not self.new.exists() or not self.old.parent.exists():
            return
        if not self.gone and not self.old.exists():
            os.renames(self.new, self.old)
        elif self.new.is_dir():
            shutil.rmtree(self.new)
        else:
            os.truncate(self.new, 0)


class Disk:
    """Counts what is done to the disk, knows what would be lost, and dies in time."""

    def __init__(self, root: Path, deaths_door: int, power: bool) -> None:
        self._root = root
        self._left = deaths_door
        self._power = power
        self._brought: set[int] = set()
        self._moved: list[_Move] = []

    def watch(self) -> None:
        """Put itself in front of the operating system."""
        for name in ("fsync", "rename", "replace", "mkdir", "unlink", "rmdir"):
            setattr(os, name, self._watched(name, getattr(os, name)))

    def _watched(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **options: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                self._die()
            result = call(*arguments, **options)
            if name == "fsync":
                self._note_brought(arguments[0])
            elif name in ("rename", "replace"):
                self._moved.append(_Move(Path(arguments[0]), Path(arguments[1])))
            return result

        return watched

    def _note_brought(self, descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        self._brought.add(os.fstat(descriptor).st_ino)
        for move in self._moved:
            move.gone |= move.old.parent == path
            move.arrived |= move.new.parent == path

    def _die(self) -> None:
        if self._power:
            for move in reversed(self._moved):
                move.lose()
            for file in self._root.rglob("*"):
                if file.is_file() and file.stat().st_ino not in self._brought:
                    os.truncate(file, file.stat().st_size // 2)
        os.kill(os.getpid(), signal.SIGKILL)


async def live(root: Path, acknowledge: Callable[[str], None]) -> None:
    """Add, remove, add again."""
    sounds = root / "no-sounds"
    store = ClipStore(root / "state", cast(DecodeWorkers, QuickWorkers()), sounds=sounds)
    await store.open()
    source = os.open("/dev/null", os.O_RDONLY)
    for _ in range(2):
        info = await store.add(source, "a.wav")
        acknowledge(f"added {info.index}")
    await store.remove(0)
    acknowledge("removed 0")
    info = await store.add(source, "a.wav")
    acknowledge(f"added {info.index}")
    await store.remove(1)
    acknowledge("removed 1")


def main(folder: Path, how: str) -> None:
    """Live many times, each a little longer, until nothing is left to die of."""
    for number in itertools.count(1):
        root = folder / str(number)
        (root / "no-sounds").mkdir(parents=True)
        (root / "no-sounds/sounds.json").write_text("[]")
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            Disk(root, number, how == "power").watch()
            asyncio.run(live(root, partial(print_to, writer)))
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as said:
            acknowledged = said.read().splitlines()
        _, status = os.waitpid(child, 0)
        died = os.WIFSIGNALED(status)
        sys.stdout.write(json.dumps({"root": str(root), "said": acknowledged, "died": died}) + "\n")
        if not died:
            raise SystemExit(os.waitstatus_to_exitcode(status))


def print_to(descriptor: int, text: str) -> None:
    """Say one line at once."""
    os.write(descriptor, f"{text}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
