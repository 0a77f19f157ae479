"""The clips of the unit as others know them: files, names and what plays, in step with each other."""

import contextlib
import os
import random
from typing import Any

from common.errors import ApplianceError, InvalidValue
from common.params.kinds import Text
from daemons.audio.clip_parameters import LONGEST_NAME, ClipParameters, first_name
from daemons.audio.clips.catalogue import ClipInfo
from daemons.audio.clips.levelling import is_short, levelled
from daemons.audio.clips.store import ClipStore
from daemons.audio.player import Player

_NAME = Text(LONGEST_NAME)


class Library:
    """Adds, removes, lists and opens clips."""

    def __init__(self, store: ClipStore, parameters: ClipParameters, player: Player) -> None:
        self._store = store
        self._parameters = parameters
        self._player = player
        self._chance = random.SystemRandom()

    async def add(self, file: int, name: str, file_name: str) -> int:
        """Keep the sound file behind a descriptor, which stays the caller's; returns its clip number."""
        try:
            name = _NAME.parse(name)
        except InvalidValue as error:
            raise InvalidValue(f"the clip's name {error.message}") from None
        info = await self._store.add(file, file_name)
        try:
            await self._parameters.add(info, name or first_name(info))
        except ApplianceError:
            # Without its group nobody would ever find it: better no clip than half a clip.
            await self._store.remove(info.index)
            raise
        return info.index

    async def remove(self, clip: int) -> None:
        """Delete a clip; whatever plays it stops."""
        await self._remove(clip)
        await self._parameters.drop(clip)

    async def removed_elsewhere(self, clips: list[int]) -> None:
        """Follow the removal of groups: their clips go too."""
        for clip in clips:
            with contextlib.suppress(
                ApplianceError
            ):  # it is gone already when we removed it ourselves
                await self._remove(clip)

    async def _remove(self, clip: int) -> None:
        self._player.stop_clip(self._store.get(clip).index)
        await self._store.remove(clip)
        self._player.stop_clip(clip)  # who has begun to play it meanwhile

    def find(self, location: str) -> int:
        """Return the clip at a location."""
        return self._store.find(location, self._chance)

    async def open(self, clip: int, form: str) -> tuple[int, str, str, int]:
        """Open a clip for download: (descriptor, MIME type, file name, size)."""
        info = self._store.get(clip)
        name = download_name(self._parameters.name(info))
        if form == "original":
            descriptor = await self._store.open_original(clip)
            media_type, file_name = info.media_type, f"{name}.{info.extension}"
        elif form == "au":
            descriptor = await self._store.open_au(clip)
            media_type, file_name = "audio/basic", f"{name}.au"
        else:
            raise InvalidValue("a clip can be opened as original or au")
        return descriptor, media_type, file_name, os.fstat(descriptor).st_size

    def describe(self) -> list[dict[str, Any]]:
        """Return every clip as others see it."""
        return [self._describe(info) for info in self._store.list()]

    def _describe(self, info: ClipInfo) -> dict[str, Any]:
        level = levelled(info, self._player.settings.target_lufs)
        return {
            "clip": info.index,
            "name": self._parameters.name(info),
            "location": info.location,
            "factory": info.factory,
            "format": info.format.value,
            "duration_s": info.duration_s,
            "sample_rate_hz": info.sample_rate_hz,
            "channels": info.channels,
            "size": info.size,
            "sha256": info.sha256,
            "loudness_lufs": info.loudness_lufs,
            "true_peak_dbtp": info.true_peak_dbtp,
            "gain_db": level.gain_db,
            "deviation_lu": level.deviation_lu,
            "short": is_short(info),
        }


def download_name(name: str) -> str:
    """Return a clip's name as a file's: without what a file system or a header could stumble over."""
    kept = "".join(
        character if character.isalnum() or character in " ._-" else "_" for character in name
    )
    return kept.strip(" .")[:LONGEST_NAME] or "clip"
