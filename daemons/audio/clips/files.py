"""The clips on disk: a folder each, made whole beside its place and then moved there.

::

    clips/<index>/      original, pcm.f32, clip.json   a user's clip
    factory/<index>/    pcm.f32, clip.json             decoded sound of a clip that ships with the suite
    removed.json        the factory clips a user removed
    incoming/           what is being made or taken away; emptied at each start
    damaged/            what could not be used any more, the last few

All of it blocks; the store calls it in a thread.
"""

import contextlib
import hashlib
import itertools
import os
import secrets
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from common.files import remove_file, replace_file, sync_folder
from daemons.audio.clips.catalogue import ClipInfo

ORIGINAL = "original"
PCM = "pcm.f32"
DESCRIPTION = "clip.json"
_DAMAGED_KEPT = 5
_READ_BYTES = 2**20
_DESCRIPTION_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class DamagedClip:
    """A clip that was set aside, and why; `name` is that of its folder, the clip's index."""

    name: str
    reason: str


class ClipFiles:
    """The folder of all clips."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._clips = root / "clips"
        self._factory = root / "factory"
        self._incoming = root / "incoming"
        self._damaged = root / "damaged"
        self._removed = root / "removed.json"

    def prepare(self) -> None:
        """Make the folders, and clear what a crash left half-made."""
        for folder in (self._clips, self._factory, self._incoming, self._damaged):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in self._incoming.iterdir():
            _delete(leftover)

    def scan(self) -> tuple[list[ClipInfo], list[DamagedClip]]:
        """Return the users' clips; whatever is no clip is set aside and told about."""
        found, damaged = [], []
        for folder in sorted(self._clips.iterdir()):
            try:
                info = _read_description(folder)
                size = (folder / ORIGINAL).stat().st_size
                if (str(info.index), info.size, info.factory) != (folder.name, size, False):
                    raise ValueError("its files do not belong together")
            except (OSError, ValueError, msgspec.MsgspecError) as error:
                self._set_aside(folder)
                damaged.append(DamagedClip(folder.name, str(error)))
            else:
                found.append(info)
        return found, damaged

    def decoded_factory_clip(self, index: int) -> ClipInfo | None:
        """Return the description beside a factory clip's decoded sound, or None without one."""
        try:
            return _read_description(self._factory / str(index))
        except (OSError, msgspec.MsgspecError):
            return None

    def has_pcm(self, info: ClipInfo) -> bool:
        """Return whether the decoded sound is there in full length."""
        try:
            return (self._folder(info) / PCM).stat().st_size == info.pcm_bytes
        except OSError:
            return False

    def begin(self) -> Path:
        """Return a new folder in which a clip can be made."""
        return Path(tempfile.mkdtemp(dir=self._incoming))

    def publish(self, folder: Path, info: ClipInfo) -> None:
        """Put a folder made by `begin` in its place, whole or not at all, even if the power fails."""
        for name in (ORIGINAL, PCM):
            with contextlib.suppress(FileNotFoundError):  # a factory clip has no original here
                _sync(folder / name)
        _describe(folder, info)
        target = self._folder(info)
        if info.factory:
            _delete(target)
        folder.rename(target)
        sync_folder(target.parent)

    def replace_pcm(self, folder: Path, info: ClipInfo) -> None:
        """Give a clip the sound in `folder`, decoded anew; a crash between leaves it to be decoded again."""
        target = self._folder(info)
        _describe(folder, info)
        _sync(folder / PCM)
        (folder / PCM).rename(target / PCM)
        (folder / DESCRIPTION).rename(target / DESCRIPTION)
        sync_folder(target)
        _delete(folder)

    def discard(self, folder: Path) -> None:
        """Throw away a folder made by `begin`."""
        _delete(folder)

    def remove(self, info: ClipInfo) -> None:
        """Delete a clip; who has its files open keeps them."""
        self._take_away(self._folder(info))

    def set_aside(self, info: ClipInfo) -> None:
        """Take a damaged clip out of the way."""
        self._set_aside(self._folder(info))

    def wipe(self) -> None:
        """Delete all users' clips and everything else that users did."""
        for folder in (self._clips, self._damaged):
            for child in folder.iterdir():
                self._take_away(child)
        remove_file(self._removed)

    def removed_factory_clips(self) -> frozenset[int]:
        """Return the factory clips that a user removed."""
        try:
            return frozenset(msgspec.json.decode(self._removed.read_bytes(), type=list[int]))
        except (OSError, msgspec.MsgspecError):
            return frozenset()

    def note_removed_factory_clips(self, removed: frozenset[int]) -> None:
        """Remember the factory clips that a user removed."""
        replace_file(self._removed, msgspec.json.encode(sorted(removed)))

    def open_original(self, info: ClipInfo) -> int:
        """Open a user's original for reading."""
        return _open(self._folder(info) / ORIGINAL)

    def open_pcm(self, info: ClipInfo) -> int:
        """Open the decoded sound for reading."""
        return _open(self._folder(info) / PCM)

    def pcm_path(self, info: ClipInfo) -> Path:
        """Return where the decoded sound lies."""
        return self._folder(info) / PCM

    def scratch(self) -> int:
        """Open a file that is nowhere to be found and gone when it is closed."""
        descriptor, name = tempfile.mkstemp(dir=self._incoming)
        Path(name).unlink()
        return descriptor

    def free_bytes(self) -> int:
        """Return the room on the disk that is ours to fill."""
        disk = os.statvfs(self._root)
        return disk.f_bavail * disk.f_frsize

    def original_is_whole(self, info: ClipInfo) -> bool:
        """Return whether the original still is what was sent."""
        digest = hashlib.sha256()
        for data in _pieces(self._folder(info) / ORIGINAL):
            digest.update(data)
        return digest.hexdigest() == info.sha256

    def pcm_is_whole(self, info: ClipInfo) -> bool:
        """Return whether the decoded sound still is what was decoded."""
        crc32 = 0
        for data in _pieces(self._folder(info) / PCM):
            crc32 = zlib.crc32(data, crc32)
        return crc32 == info.pcm_crc32

    def _folder(self, info: ClipInfo) -> Path:
        return (self._factory if info.factory else self._clips) / str(info.index)

    def _take_away(self, folder: Path) -> None:
        """Delete a folder, whole or not at all; no new one is made for it, since the disk may be full."""
        doomed = self._incoming / f"gone-{secrets.token_hex(8)}"
        folder.rename(doomed)
        sync_folder(folder.parent)
        _delete(doomed)

    def _set_aside(self, folder: Path) -> None:
        kept = sorted(self._damaged.iterdir(), key=lambda path: path.stat().st_mtime)
        for old in kept[: max(0, len(kept) - _DAMAGED_KEPT + 1)]:
            _delete(old)
        names = (self._damaged / f"{folder.name}.{number}" for number in itertools.count())
        target = next(path for path in names if not path.exists())
        folder.rename(target)
        os.utime(target)
        sync_folder(self._clips)


def new_file(folder: Path, name: str) -> int:
    """Make a file in a folder made by `ClipFiles.begin` and open it for both ways."""
    return os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)


def _read_description(folder: Path) -> ClipInfo:
    with (folder / DESCRIPTION).open("rb") as file:
        return msgspec.json.decode(file.read(_DESCRIPTION_LIMIT), type=ClipInfo)


def _pieces(path: Path) -> Iterator[memoryview]:
    buffer = memoryview(bytearray(_READ_BYTES))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            yield buffer[:count]


def _describe(folder: Path, info: ClipInfo) -> None:
    """Write the description; with it, the names in the folder are on disk."""
    replace_file(folder / DESCRIPTION, msgspec.json.format(msgspec.json.encode(info)))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
