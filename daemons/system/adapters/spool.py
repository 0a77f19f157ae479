"""Where an image lies between arrival and installation: a file of this daemon's state, on the data partition."""

import asyncio
import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from common.errors import Conflict, InvalidValue, StorageFull
from common.files import remove_file, sync_folder
from common.update import LARGEST_IMAGE_BYTES, RESERVE_BYTES

SEAL_ATTEMPTS: Final = 20
SEAL_INTERVAL_S: Final = 0.1


class SpoolFile:
    """One file; whoever is to fill it gets a descriptor of it and needs no right to the folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self.path = folder / "bundle.raucb"
        self._descriptor: int | None = None

    def begin(self, size: int) -> None:
        """Make room for `size` bytes, 0 where that is not known."""
        self.drop()
        if size > LARGEST_IMAGE_BYTES:
            raise InvalidValue(f"an image may have at most {LARGEST_IMAGE_BYTES // 2**20} MB")
        room = os.statvfs(self._folder)
        free = room.f_bavail * room.f_frsize - RESERVE_BYTES
        if free <= 0 or size > free:
            needed = f"{-(-size // 2**20)} MB are needed, " if size else ""
            raise StorageFull(
                f"there is no room for the image: {needed}{max(0, free) // 2**20} MB are free"
            )
        self._descriptor = os.open(
            self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
        )
        sync_folder(self._folder)

    def take(self) -> int:
        """Return the descriptor to write to, which the caller owns from then on."""
        if self._descriptor is None:
            raise Conflict("somebody writes the image already")
        descriptor, self._descriptor = self._descriptor, None
        return descriptor

    def size(self) -> int:
        """Return how much has come."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    async def seal(self) -> None:
        """Bring what has come to disk."""
        if not self.size():
            raise InvalidValue("no image has come")
        for _attempt in range(SEAL_ATTEMPTS - 1):
            # A message that brought the descriptor, or a process that is just being started, may still hold it.
            with suppress(Conflict):
                await asyncio.to_thread(self._seal)
                return
            await asyncio.sleep(SEAL_INTERVAL_S)
        await asyncio.to_thread(self._seal)

    def _seal(self) -> None:
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
            # A lease for reading is refused while anybody can still write: what is verified must be what is installed.
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        except BlockingIOError:
            raise Conflict("somebody still writes the image") from None
        finally:
            os.close(descriptor)

    def drop(self) -> None:
        """Delete it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        remove_file(self.path)
