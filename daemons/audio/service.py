"""The audio daemon's side of the bus."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import msgspec

from common import pcm
from common.bus.audio import AudioInterface
from common.bus.connection import Connection
from common.bus.daemon import exported, handed_over
from common.errors import InvalidValue
from daemons.audio.engine import Engine
from daemons.audio.impedance.terminals import Terminals
from daemons.audio.input.protocol import Tap
from daemons.audio.input.supervision import AudioInput
from daemons.audio.level_feed import LevelFeed
from daemons.audio.library import Library
from daemons.audio.live.both_ways import LiveAudio
from daemons.audio.live.formats import Wanted
from daemons.audio.live.talks import Rank
from daemons.audio.loudspeaker import Loudspeaker
from daemons.audio.multicast.subsystem import Multicast
from daemons.audio.playback import PlaybackSpec
from daemons.audio.player import Player, checked_priority, class_of
from daemons.audio.selftest.conduct import SelfTests
from daemons.audio.stream_source import StreamSource


class AudioService(AudioInterface):
    """Unpacks and delegates."""

    def __init__(
        self,
        connection: Connection,
        engine: Engine,
        player: Player,
        library: Library,
        audio_input: AudioInput,
        loudspeaker: Loudspeaker,
        level_feed: LevelFeed,
        self_tests: SelfTests,
        terminals: Terminals,
        multicast: Multicast,
        live: LiveAudio,
    ) -> None:
        super().__init__()
        self.connection = connection
        self._engine = engine
        self._player = player
        self._library = library
        self._input = audio_input
        self._loudspeaker = loudspeaker
        self._level_feed = level_feed
        self._self_tests = self_tests
        self._terminals = terminals
        self._multicast = multicast
        self._live = live

    @exported
    async def states(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        """Return the present state of every topic of this daemon."""
        parts = (self._player, self._input, self._multicast, self._terminals, self._live)
        events = [event for part in parts for event in part.states()]
        return [(event.topic, dict(event.source), dict(event.data)) for event in events]

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
        return now_playing(self._engine, self._player)

    @exported
    async def open_transmit(
        self, mime_type: str, client: str, audio_class: str, priority: int
    ) -> tuple[int, str]:
        """Start a live talker."""
        rank = Rank(class_of(audio_class), checked_priority(priority))
        descriptor, id_ = await self._live.talk(mime_type, client, rank)
        return handed_over(descriptor), id_

    @exported
    async def open_talk(
        self, sample_rate_hz: int, client: str, audio_class: str, priority: int
    ) -> tuple[int, str]:
        """Start a live talker of ours."""
        rank = Rank(class_of(audio_class), checked_priority(priority))
        descriptor, id_ = await self._live.talk_pcm(sample_rate_hz, client, rank)
        return handed_over(descriptor), id_

    @exported
    async def open_group_talk(
        self, sample_rate_hz: int, client: str, group: str, port: int, codec: str
    ) -> tuple[int, str]:
        """Start a talker to a group."""
        open_page = partial(self._multicast.talk, group, port, codec)
        descriptor, id_ = await self._live.talk_to_group(sample_rate_hz, client, open_page)
        return handed_over(descriptor), id_

    @exported
    async def open_receive(
        self, codec: str, sample_rate: int, bit_rate: int, channels: int, framing: str, client: str
    ) -> tuple[int, str, int]:
        """Start to listen."""
        wanted = Wanted.of(codec, sample_rate, bit_rate, channels, framing)
        descriptor, media_type, block_bytes = await self._live.listen(wanted, client)
        return handed_over(descriptor), media_type, block_bytes

    @exported
    async def stream_formats(self) -> str:
        """Return the formats of streams."""
        return self._live.formats()

    @exported
    async def live_state(self) -> str:
        """Say who talks and who listens."""
        return self._live.describe()

    @exported
    async def open_playback(self, audio_class: str, priority: int, what: str) -> tuple[int, str]:
        """Start a PCM source."""
        spec = PlaybackSpec(what[:80], class_of(audio_class), checked_priority(priority))
        theirs, ours = pcm.pair()
        id_ = self._engine.play(StreamSource(ours), spec)
        return handed_over(theirs.detach()), id_

    @exported
    async def open_live_playback(
        self, audio_class: str, priority: int, what: str
    ) -> tuple[int, str]:
        """Start a PCM source that keeps a pace of its own."""
        spec = PlaybackSpec(what[:80], class_of(audio_class), checked_priority(priority))
        descriptor, id_ = self._live.bring(spec)
        return handed_over(descriptor), id_

    @exported
    async def open_capture(self, tap: str) -> int:
        """Open a tap of the sound path."""
        if tap == "output":
            return handed_over(self._engine.open_tap().detach())
        try:
            wanted = Tap(tap)
        except ValueError:
            raise InvalidValue(f"the tap must be one of output, {', '.join(Tap)}") from None
        return handed_over((await self._input.open_capture(wanted)).detach())

    @exported
    async def open_levels(self) -> int:
        """Bring the levels."""
        return handed_over(self._level_feed.open().detach())

    @exported
    async def input_state(self) -> str:
        """Describe the input."""
        return json.dumps(self._input.describe())

    @exported
    async def check_parameters(self, changes: dict[str, str]) -> dict[str, str]:
        """Refuse what the board lacks."""
        return self._input.refused(changes)

    @exported
    async def locate(self, duration_s: float) -> None:
        """Make the unit heard."""
        await self._player.locate(duration_s)

    @exported
    async def start_self_test(self, calibrate: bool, speech_s: float) -> None:
        """Start a self test."""
        self._self_tests.start(calibrate, speech_s)

    @exported
    async def self_tests(self) -> str:
        """Return the trend."""
        return json.dumps(self._self_tests.describe())

    @exported
    async def start_impedance_test(self) -> None:
        """Test the load."""
        self._terminals.start_test()

    @exported
    async def impedance(self) -> str:
        """Describe the load."""
        return self._terminals.describe()

    @exported
    async def output_state(self) -> str:
        """Describe the output."""
        return json.dumps(self._loudspeaker.describe())

    @exported
    async def status(self) -> str:
        """Say how the engine fares."""
        status = msgspec.to_builtins(self._engine.status())
        return json.dumps({**status, "device_stuck": self._loudspeaker.stuck})


def now_playing(engine: Engine, player: Player) -> str:
    """Return what plays as JSON."""
    return json.dumps(
        [
            {
                "id": state.id,
                "what": state.what,
                "clip": player.clip_of(state.id),
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
