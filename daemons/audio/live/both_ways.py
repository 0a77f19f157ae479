"""Live audio both ways: who may talk and who may listen (`Audio.DuplexMode`), and what is under way."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping

from common import pcm
from common.errors import NotPermitted
from common.topics import Event
from daemons.audio.engine import Engine
from daemons.audio.live.codecs import Codec, codec_of, pcm_codec
from daemons.audio.live.formats import FORMATS, StreamFormat, Wanted, chosen
from daemons.audio.live.listening import Listening, OpenInput
from daemons.audio.live.settings import Duplex, LiveSettings
from daemons.audio.live.spoken import SpokenSources
from daemons.audio.live.talks import Rank, Talks
from daemons.audio.playback import PlaybackSpec
from daemons.audio.player import CALLS, TALKERS
from daemons.audio.topics import LIVE_STREAM_ACCESSED

OpenPage = Callable[[str], Awaitable[tuple[int, str]]]
"""Begins a page to a multicast group: what it is -> (descriptor for its sound, id of the page)."""


class LiveAudio:
    """Talkers and listeners."""

    def __init__(
        self,
        engine: Engine,
        open_input: OpenInput,
        tasks: asyncio.TaskGroup,
        place_of: Callable[[str], int | None],
        announce: Callable[[Event], None],
    ) -> None:
        """`open_input` opens a capture of the audio input; `place_of` is a place in the multicast list."""
        self._talks = Talks(engine, tasks, lambda: place_of(TALKERS))
        self._spoken = SpokenSources(engine, lambda: place_of(CALLS))
        self._listening = Listening(
            open_input, tasks, lambda: announce(LIVE_STREAM_ACCESSED.event(data=self._accessed()))
        )
        self._settings = LiveSettings()

    def take(self, values: Mapping[str, str]) -> None:
        """Live by other parameters: what is no longer allowed ends at once."""
        self._settings = settings = LiveSettings.of(values)
        self._talks.take(settings)
        self._spoken.level(settings.levelling)
        if not settings.duplex.may_talk(0):
            self._talks.stop()
        if not self._heard() or not settings.duplex.may_listen(len(self._talks)):
            self._listening.stop()

    def states(self) -> list[Event]:
        """Return whether somebody listens, as the event topic says it."""
        return [LIVE_STREAM_ACCESSED.event(data=self._accessed())]

    def _accessed(self) -> dict[str, bool]:
        return {"accessed": len(self._listening) > 0}

    def listed(self) -> dict[str, str]:
        """Return the playbacks that the multicast controller's list counts, each with its name there."""
        talkers = dict.fromkeys(self._talks.listed, TALKERS)
        return talkers | dict.fromkeys(self._spoken.listed, CALLS)

    async def talk(self, mime_type: str, client: str, rank: Rank) -> tuple[int, str]:
        """Start a talker who sends one of VAPIX' encodings; (descriptor for its bytes, id of the playback).

        Raises `NotSupported` for the encoding, `NotPermitted` for the direction, `Conflict` while another talks.
        """
        return await self._open_talk(codec_of(mime_type), client, rank, as_spoken=False)

    async def talk_pcm(self, sample_rate_hz: int, client: str, rank: Rank) -> tuple[int, str]:
        """Start a talker who sends 16-bit samples as they are spoken; else as `talk`."""
        return await self._open_talk(pcm_codec(sample_rate_hz), client, rank, as_spoken=True)

    async def talk_to_group(
        self, sample_rate_hz: int, client: str, open_page: OpenPage
    ) -> tuple[int, str]:
        """Start a talker as `talk_pcm`, whose sound goes to the page that `open_page` begins with these words."""
        codec = pcm_codec(sample_rate_hz)
        self._check_may_talk()
        descriptor, page = await open_page(f"live audio from {client}")
        encoded = await self._talks.open_to_group(codec, pcm.adopt(descriptor))
        self._stop_talks_unless_allowed()
        return encoded, page

    def bring(self, spec: PlaybackSpec) -> tuple[int, str]:
        """Have another daemon bring sound as it is spoken; (descriptor for its PCM, id of the playback).

        Which ways a call goes is not ours to say, and it takes no talker's slot.
        """
        return self._spoken.open(spec)

    async def listen(self, wanted: Wanted, client: str) -> tuple[int, str, int]:
        """Start a listener; (descriptor to read encoded blocks from, their MIME type, their usual size).

        Raises `InvalidValue` or `NotSupported` for the format, `NotPermitted` for the direction or while the input
        is off, `Conflict` when too many listen.
        """
        format_ = chosen(wanted, self._settings.default)
        self._check_heard()
        end = await self._listening.open(format_, client, self._settings.max_listeners)
        try:
            self._check_heard()  # it may have been switched off while the encoder started
        except NotPermitted:
            end.close()
            self._listening.stop()
            raise
        return end.detach(), format_.media_type, format_.block_bytes

    def describe(self) -> str:
        """Return who talks and who listens, as JSON."""
        settings = self._settings
        default: StreamFormat = chosen(Wanted(), settings.default)
        return json.dumps(
            {
                "duplex": settings.duplex.value,
                "input": self._heard(),
                "format": {
                    "codec": default.codec,
                    "sample_rate_hz": default.sample_rate_hz,
                    "bit_rate": default.bit_rate,
                },
                "talker": self._talks.describe(),
                "listeners": self._listening.describe(),
                "max_listeners": settings.max_listeners,
            }
        )

    @staticmethod
    def formats() -> str:
        """Return every format there is to listen in, as JSON: codec -> sample rate -> bit rates."""
        return json.dumps({codec: dict(rates) for codec, rates in FORMATS.items()})

    async def close(self) -> None:
        """End every stream."""
        await self._listening.close()

    async def _open_talk(
        self, codec: Codec, client: str, rank: Rank, *, as_spoken: bool
    ) -> tuple[int, str]:
        self._check_may_talk()
        opened = await self._talks.open(codec, client, rank, as_spoken=as_spoken)
        self._stop_talks_unless_allowed()
        return opened

    def _stop_talks_unless_allowed(self) -> None:
        """The mode may have changed, or somebody begun to listen, while a worker started."""
        if not self._settings.duplex.may_talk(len(self._listening)):
            self._talks.stop()

    def _check_may_talk(self) -> None:
        if not self._settings.duplex.may_talk(len(self._listening)):
            raise NotPermitted(_refusal(self._settings.duplex, "listens"))

    def _heard(self) -> bool:
        return self._settings.input_on and self._settings.enabled

    def _check_heard(self) -> None:
        if not self._settings.input_on:
            raise NotPermitted("the audio input is off")
        if not self._settings.enabled:
            raise NotPermitted("live audio from the unit is off (Audio.A0.Enabled)")
        if not self._settings.duplex.may_listen(len(self._talks)):
            raise NotPermitted(_refusal(self._settings.duplex, "talks"))


def _refusal(duplex: Duplex, does: str) -> str:
    if duplex is Duplex.HALF:
        return f"somebody {does}, and the duplex mode is half"
    return f"the duplex mode is {duplex.value}"
