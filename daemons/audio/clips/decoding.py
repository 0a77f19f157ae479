"""Decoded sound for clips that are known already: the factory's, and users' whose decoded sound is damaged."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from common.errors import ApplianceError, InvalidValue, Unavailable
from daemons.audio.clips import factory
from daemons.audio.clips.catalogue import ClipInfo, measured_again
from daemons.audio.clips.files import PCM, ClipFiles, new_file
from daemons.audio.clips.process import DecodeWorkers, WorkerSession
from daemons.audio.worker.protocol import (
    PCM_BYTES_PER_FRAME,
    PCM_RATE_HZ,
    Decode,
    Import,
    Sound,
)

log = logging.getLogger(__name__)


class ClipDecoder:
    """Makes decoded sound where it is missing: all of it in the background, or one clip at once."""

    def __init__(
        self,
        files: ClipFiles,
        workers: DecodeWorkers,
        sounds: Path,
        max_seconds: float,
        publish: Callable[[Path, ClipInfo, ClipInfo], Awaitable[None]],
    ) -> None:
        """`publish` puts a folder with decoded sound in place: folder, description before and after."""
        self._files = files
        self._workers = workers
        self._sounds = sounds
        self._max_seconds = max_seconds
        self._publish = publish
        self._missing: set[int] = set()
        self._locks: dict[int, asyncio.Lock] = {}

    def need(self, info: ClipInfo) -> None:
        """Note that the clip's decoded sound is missing or damaged."""
        self._missing.add(info.index)

    def needs(self, info: ClipInfo) -> bool:
        """Return whether the clip's decoded sound is missing or damaged."""
        return info.index in self._missing

    def forget(self, index: int) -> None:
        """Note that the clip is decoded, or gone."""
        self._missing.discard(index)

    async def ensure(self, info: ClipInfo) -> None:
        """Decode the clip where that is missing; raises Unavailable where it cannot be done."""
        if info.index not in self._missing:
            return
        async with self._lock(info):
            if info.index not in self._missing:
                return
            async with self._workers.session(self._file_bytes) as worker:
                await self._decode(info, worker)

    async def ensure_all(self, clips: Iterable[ClipInfo]) -> None:
        """Decode all clips that are not yet, one after the other, with as few workers as possible."""
        missing = [clip for clip in clips if clip.index in self._missing]
        while missing:
            try:
                async with self._workers.session(self._file_bytes, background=True) as worker:
                    await self._decode_until_one_fails(missing, worker)
            except Unavailable as error:
                log.error("%d clips are not decoded: %s", len(missing), error)
                return

    async def _decode_until_one_fails(self, missing: list[ClipInfo], worker: WorkerSession) -> None:
        """Decode one after the other, and take out of the list what was tried; the worker may break over one."""
        while missing:
            clip = missing.pop(0)
            async with self._lock(clip):
                if clip.index not in self._missing:
                    continue
                try:
                    await self._decode(clip, worker)
                except ApplianceError as error:
                    log.error("clip %d cannot be decoded: %s", clip.index, error)
                    return

    @property
    def _file_bytes(self) -> int:
        return int(self._max_seconds * PCM_RATE_HZ) * PCM_BYTES_PER_FRAME

    def _lock(self, info: ClipInfo) -> asyncio.Lock:
        return self._locks.setdefault(info.index, asyncio.Lock())

    async def _decode(self, info: ClipInfo, worker: WorkerSession) -> None:
        try:
            folder = await asyncio.to_thread(self._files.begin)
            try:
                with self._open(info) as original, new_files(folder, PCM) as (pcm,):
                    job = Decode(info.extension, info.size, self._max_seconds)
                    sound = await sound_of(worker, job, original, pcm)
                await self._publish(folder, info, measured_again(info, sound))
            finally:
                await asyncio.to_thread(self._files.discard, folder)
        except (InvalidValue, OSError) as error:
            raise Unavailable(f"clip {info.index} cannot be decoded: {error}") from error

    @contextmanager
    def _open(self, info: ClipInfo) -> Iterator[int]:
        shipped = info.factory
        original = (
            factory.open_sound(info, self._sounds) if shipped else self._files.open_original(info)
        )
        try:
            yield original
        finally:
            os.close(original)


@contextmanager
def new_files(folder: Path, *names: str) -> Iterator[tuple[int, ...]]:
    """Make files in a folder of clips and hold them open."""
    descriptors: list[int] = []
    try:
        for name in names:
            descriptors.append(new_file(folder, name))
        yield tuple(descriptors)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


async def sound_of(worker: WorkerSession, job: Import | Decode, *descriptors: int) -> Sound:
    """Have a file decoded; the last two descriptors are the original and the decoded sound.

    The worker saw hostile bytes, so its word on sizes is held against the files.
    """
    reply = await worker.run(job, descriptors)
    if isinstance(reply, Sound):
        original, pcm = (os.fstat(descriptor).st_size for descriptor in descriptors[-2:])
        if (reply.size, reply.frames * PCM_BYTES_PER_FRAME) == (original, pcm):
            return reply
    log.warning("a decode worker gave an answer that does not fit its files")
    raise InvalidValue("the file cannot be decoded")
