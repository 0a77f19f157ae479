"""The audio daemon's side of the bus."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from common import pcm
from common.bus.audio import AudioInterface
from common.bus.connection import Connection
from common.bus.daemon import exported, handed_over
from daemons.audio.engine import Engine
from daemons.audio.library import Library
from daemons.audio.playback import PlaybackSpec
from daemons.audio.player import Player, checked_priority, class_of
from daemons.audio.stream_source import StreamSource


class AudioService(AudioInterface):
    """Unpacks and delegates."""

    def __init__(
        self, connection: Connection, engine: Engine, player: Player, library: Library
    ) -> None:
        super().__init__()
        self.connection = connection
        self._engine = engine
        self._player = player
        self._library = library

    @exported
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        """Return whether a clip plays and whether the output is active."""
        return [
            (event.topic, dict(event.source), dict(event.data)) for event in self._player.states()
        ]

    @exported
    async def play_clip(
        self, clip: int, volume_percent: float, repeat: int, audio_class: str, priority: int
    ) -> str:
        """Start a clip."""
        return await self._player.play_clip(clip, volume_percent, repeat, audio_class, priority)

    @exported
    async def find_clip(self, location: str) -> int:
        """Return the clip at a location."""
        return self._library.find(location)

    @exported
    async def stop_clips(self) -> int:
        """Stop every clip."""
        return self._player.stop_clips()

    @exported
    async def stop(self, playback: str) -> None:
        """Stop one playback."""
        self._player.stop(playback)

    @exported
    async def add_clip(self, file: int, name: str, file_name: str) -> int:
        """Keep a sound file."""
        with _owned(file):
            return await self._library.add(file, name, file_name)

    @exported
    async def remove_clip(self, clip: int) -> None:
        """Delete a clip."""
        await self._library.remove(clip)

    @exported
    async def clips(self) -> str:
        """List the clips."""
        return json.dumps(self._library.describe())

    @exported
    async def open_clip(self, clip: int, form: str) -> tuple[int, str, str, int]:
        """Open a clip for download."""
        descriptor, media_type, file_name, size = await self._library.open(clip, form)
        return handed_over(descriptor), media_type, file_name, size

    @exported
    async def now_playing(self) -> str:
        """Say what plays."""
        return now_playing(self._engine)

    @exported
    async def open_transmit(self, mime_type: str, client: str) -> tuple[int, str]:
        """Start a live talker."""
        descriptor, id_ = await self._player.talk(mime_type, client)
        return handed_over(descriptor), id_

    @exported
    async def open_playback(self, audio_class: str, priority: int, what: str) -> tuple[int, str]:
        """Start a PCM source."""
        spec = PlaybackSpec(what[:80], class_of(audio_class), checked_priority(priority))
        theirs, ours = pcm.pair()
        id_ = self._engine.play(StreamSource(ours), spec)
        return handed_over(theirs.detach()), id_

    @exported
    async def locate(self, duration_s: float) -> None:
        """Make the unit heard."""
        await self._player.locate(duration_s)

    @exported
    async def status(self) -> str:
        """Say how the engine fares."""
        return msgspec.json.encode(self._engine.status()).decode()


def now_playing(engine: Engine) -> str:
    """Return what plays as JSON."""
    return json.dumps(
        [
            {
                "id": state.id,
                "what": state.what,
                "class": state.class_.name.lower(),
                "priority": state.priority,
                "state": state.state.value,
                "gain_db": state.gain_db,
                "position_s": state.position_s,
                "duration_s": state.duration_s,
                "why": state.why,
            }
            for state in engine.now_playing()
        ]
    )


@contextmanager
def _owned(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)
