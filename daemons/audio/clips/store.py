"""The audio clips: which there are, adding, removing, finding and opening them."""

import asyncio
import errno
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final, Protocol

from common.errors import (
    Conflict,
    HardwareFault,
    NotFound,
    StorageFull,
    Unavailable,
)
from daemons.audio.clips import factory
from daemons.audio.clips.catalogue import USER_CLIPS, ClipInfo, extension_of, matches, user_clip
from daemons.audio.clips.commit import commit
from daemons.audio.clips.decoding import ClipDecoder, new_files, sound_of
from daemons.audio.clips.files import ORIGINAL, PCM, ClipFiles, DamagedClip
from daemons.audio.clips.process import DecodeWorkers
from daemons.audio.worker.protocol import (
    PCM_BYTES_PER_FRAME,
    PCM_RATE_HZ,
    ClipFormat,
    EncodeAu,
    Import,
)

log = logging.getLogger(__name__)

MAX_UPLOAD_BYTES: Final = 10 * 2**20
MAX_SECONDS: Final = 22 * 60.0
"""10 MB at 64 kbit/s, the lowest bit rate of an .mp3, play for 21 min 51 s."""

QUOTA_BYTES: Final = 2 * 2**30
KEPT_FREE_BYTES: Final = 64 * 2**20
_LEAST_ROOM_BYTES = 2**20
_MOST_UPLOADS = 10


class Chooser(Protocol):
    """What picks one of several: `random.Random` does."""

    def choice(self, seq: Sequence[ClipInfo], /) -> ClipInfo:
        """Return one of them."""
        ...


class ClipStore:
    """Every clip of the unit: the users' in 0..24, the factory's above."""

    def __init__(
        self,
        root: Path,
        workers: DecodeWorkers,
        *,
        sounds: Path = factory.SOUNDS,
        max_upload_bytes: int = MAX_UPLOAD_BYTES,
        max_seconds: float = MAX_SECONDS,
        quota_bytes: int = QUOTA_BYTES,
        kept_free_bytes: int = KEPT_FREE_BYTES,
        on_damage: Callable[[DamagedClip], None] = lambda _: None,
    ) -> None:
        """Nothing is read before `open`; `on_damage` hears of every clip that is set aside."""
        self._files = ClipFiles(root)
        self._workers = workers
        self._sounds = sounds
        self._max_upload_bytes = max_upload_bytes
        self._max_seconds = max_seconds
        self._quota_bytes = quota_bytes
        self._kept_free_bytes = kept_free_bytes
        self._on_damage = on_damage
        self._clips: dict[int, ClipInfo] = {}
        self._uploads: set[int] = set()
        self._removed_factory: frozenset[int] = frozenset()
        self._decoder = ClipDecoder(self._files, workers, sounds, max_seconds, self._redecoded)
        self._change = asyncio.Lock()

    async def open(self) -> None:
        """Read what there is; the list is complete afterwards, though not everything may be decoded."""
        await asyncio.to_thread(self._files.prepare)
        found, damaged = await asyncio.to_thread(self._files.scan)
        for clip in damaged:
            self._report(clip)
        self._clips = {info.index: info for info in found}
        await self._open_factory_clips()
        for info in self._clips.values():
            if not self._files.has_pcm(info):
                self._decoder.need(info)

    async def prepare(self) -> None:
        """Decode what is not decoded yet, and look for damage: slow, for the background."""
        await self._decoder.ensure_all(factory.decoding_order(self.list()))
        for info in self.list():
            await self._verify(info)
        await self._decoder.ensure_all(self.list())

    def list(self) -> list[ClipInfo]:
        """Return all clips by index."""
        return [self._clips[index] for index in sorted(self._clips)]

    def decoded(self) -> Sequence[ClipInfo]:
        """Return the clips that can be played at once."""
        return [info for info in self.list() if not self._decoder.needs(info)]

    def get(self, index: int) -> ClipInfo:
        """Return the clip; raises NotFound."""
        try:
            return self._clips[index]
        except KeyError:
            raise NotFound(f"there is no clip {index}") from None

    def find(self, location: str, chooser: Chooser) -> int:
        """Return the clip at `location`, by chance one of them where a `*` fits several; raises NotFound."""
        found = matches(location, self.list())
        if not found:
            raise NotFound("there is no clip at this location")
        return chooser.choice(found).index

    async def add(self, source: int, file_name: str) -> ClipInfo:
        """Keep the file behind descriptor `source` as a clip; `file_name` is what its sender calls it.

        The descriptor stays the caller's. Raises InvalidValue where the file is at fault, Conflict when all
        indices are taken, StorageFull, and Unavailable when too many uploads wait.
        """
        job = Import(extension_of(file_name), self._max_upload_bytes, self._max_seconds)
        with _storage_errors(), self._reserved_index() as index:
            async with self._new_folder() as folder:
                async with self._workers.session(self._file_bytes()) as worker:
                    with new_files(folder, ORIGINAL, PCM) as (original, pcm):
                        sound = await sound_of(worker, job, source, original, pcm)
                info = user_clip(index, file_name, sound)
                async with self._change:
                    await commit(
                        lambda: self._files.publish(folder, info), lambda: self._note(info)
                    )
        log.info("clip %d added: %s, %.1f s", index, info.format.value, info.duration_s)
        with suppress(StorageFull):
            await self._workers.prepare(self._file_bytes())
        return info

    async def remove(self, index: int) -> None:
        """Delete a clip; a factory clip comes back with `wipe`."""
        async with self._change:
            info = self.get(index)
            removed = self._removed_factory | {index}

            def delete() -> None:
                if info.factory:
                    self._files.note_removed_factory_clips(removed)
                else:
                    self._files.remove(info)

            def forget() -> None:
                if info.factory:
                    self._removed_factory = removed
                self._forget(index)

            with _storage_errors():
                await commit(delete, forget)
        log.info("clip %d removed", index)

    async def wipe(self) -> None:
        """Delete all users' clips, and bring all factory clips back."""
        async with self._change:
            with _storage_errors():
                await asyncio.to_thread(self._files.wipe)
            for info in self.list():
                if not info.factory:
                    self._forget(info.index)
            await self._open_factory_clips()

    async def open_original(self, index: int) -> int:
        """Return a descriptor of the file as it was sent, which the caller closes."""
        info = self.get(index)
        with _storage_errors():
            if info.factory:
                return await asyncio.to_thread(factory.open_sound, info, self._sounds)
            return await asyncio.to_thread(self._files.open_original, info)

    async def open_au(self, index: int) -> int:
        """Return a descriptor of the clip as an .au file, which the caller closes.

        An .au clip is given as it was sent. Any other is made into mu-law of 16 kHz: the best .au that a clip
        may be, so that what was downloaded can be uploaded again.
        """
        if self.get(index).format is ClipFormat.AU:
            return await self.open_original(index)
        with _storage_errors():
            pcm = await asyncio.to_thread(self._files.open_pcm, await self._decoded(index))
        try:
            with _storage_errors():
                au = await asyncio.to_thread(self._files.scratch)
                try:
                    async with self._workers.session(self._file_bytes()) as worker:
                        await worker.run(EncodeAu(), (pcm, au))
                    os.lseek(au, 0, os.SEEK_SET)
                except BaseException:
                    os.close(au)
                    raise
        finally:
            os.close(pcm)
        return au

    async def pcm_path(self, index: int) -> Path:
        """Return the file of the decoded sound: mono, 48 kHz, float32, little-endian.

        Waits for the decoder where the clip is not decoded yet. `remove` may take the file away at any time, but
        never from someone who has it open.
        """
        return self._files.pcm_path(await self._decoded(index))

    async def _decoded(self, index: int) -> ClipInfo:
        await self._decoder.ensure(self.get(index))
        return self.get(index)

    async def _open_factory_clips(self) -> None:
        self._removed_factory = await asyncio.to_thread(self._files.removed_factory_clips)
        for shipped in await asyncio.to_thread(factory.load_table, self._sounds):
            if shipped.index in self._removed_factory:
                continue
            decoded = self._files.decoded_factory_clip(shipped.index)
            fresh = decoded is not None and decoded.sha256 == shipped.sha256
            if decoded is None or not fresh or not self._files.has_pcm(decoded):
                self._decoder.need(shipped)
                decoded = shipped
            self._clips[shipped.index] = decoded

    @contextmanager
    def _reserved_index(self) -> Iterator[int]:
        taken = self._clips.keys() | self._uploads
        free = [index for index in range(USER_CLIPS) if index not in taken]
        if not free:
            raise Conflict(f"all {USER_CLIPS} places for clips are taken: remove one first")
        if len(self._uploads) >= _MOST_UPLOADS:
            raise Unavailable(f"{_MOST_UPLOADS} clips are being added already: try again later")
        self._uploads.add(free[0])
        try:
            yield free[0]
        finally:
            self._uploads.discard(free[0])

    @asynccontextmanager
    async def _new_folder(self) -> AsyncIterator[Path]:
        folder = await asyncio.to_thread(self._files.begin)
        try:
            yield folder
        finally:
            await asyncio.to_thread(self._files.discard, folder)

    def _file_bytes(self) -> int:
        """Return how large a file may be that a worker writes now; raises StorageFull."""
        used = sum(info.size + info.pcm_bytes for info in self._clips.values() if not info.factory)
        room = min(
            self._quota_bytes - used,
            self._files.free_bytes() - self._kept_free_bytes,
        )
        if room < _LEAST_ROOM_BYTES:
            raise StorageFull("there is no room left to keep another clip: remove one first")
        return min(room, int(self._max_seconds * PCM_RATE_HZ) * PCM_BYTES_PER_FRAME)

    async def _verify(self, info: ClipInfo) -> None:
        try:
            if not info.factory and not await asyncio.to_thread(
                self._files.original_is_whole, info
            ):
                async with self._change:
                    if self._clips.get(info.index) is not info:
                        return
                    await commit(
                        lambda: self._files.set_aside(info), lambda: self._forget(info.index)
                    )
                self._report(DamagedClip(str(info.index), "its file has changed"))
            elif (
                not await asyncio.to_thread(self._files.pcm_is_whole, info)
                and self._clips.get(info.index) is info
            ):
                log.warning("clip %d: its decoded sound has changed, decoding again", info.index)
                self._decoder.need(info)
        except OSError as error:
            if info.index in self._clips:
                log.warning("clip %d cannot be checked, ignoring: %s", info.index, error)

    async def _redecoded(self, folder: Path, before: ClipInfo, after: ClipInfo) -> None:
        put = self._files.publish if after.factory else self._files.replace_pcm
        async with self._change:
            if self._clips.get(before.index) is not before:
                raise NotFound(f"there is no clip {before.index} any more")
            await commit(lambda: put(folder, after), lambda: self._note(after))

    def _note(self, info: ClipInfo) -> None:
        self._clips[info.index] = info
        self._decoder.forget(info.index)

    def _forget(self, index: int) -> None:
        del self._clips[index]
        self._decoder.forget(index)

    def _report(self, clip: DamagedClip) -> None:
        log.error("clip '%s' is damaged and set aside: %s", clip.name, clip.reason)
        self._on_damage(clip)


@contextmanager
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageFull("there is no room left to keep the clip") from error
        raise HardwareFault(f"clips cannot be stored: {error.strerror}") from error
