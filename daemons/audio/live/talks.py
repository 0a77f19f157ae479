"""Who talks: one at a time, and the more urgent one takes the place of the other."""

import asyncio
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from common.errors import Conflict
from daemons.audio.adapters import talkers
from daemons.audio.adapters.talkers import Talker
from daemons.audio.engine import Engine
from daemons.audio.foreign_clock import ForeignClockSource
from daemons.audio.live.codecs import Codec
from daemons.audio.live.settings import LiveSettings
from daemons.audio.playback import EndReason, EngineEvent, EventKind, PlaybackSpec, SourceClass
from daemons.audio.sources import SAMPLE_RATE_HZ, Source
from daemons.audio.stream_source import StreamSource

log = logging.getLogger(__name__)

BUSY = "Receiving audio from another client"
"""The words of VAPIX page 4.3."""
BROWSER_BUFFER_MS = 50
"""How much is kept waiting of a talker who sends as it is spoken, against an uneven way here."""


@dataclass(frozen=True, slots=True, order=True)
class Rank:
    """How urgent a talker is."""

    class_: SourceClass = SourceClass.PAGE
    priority: int = 0


@dataclass(eq=False, slots=True)
class _Turn:
    """Somebody has the slot, or is about to."""

    rank: Rank
    client: str
    codec: str
    playback: str = ""


class Talks:
    """The slot of live talkers."""

    def __init__(
        self, engine: Engine, tasks: asyncio.TaskGroup, place: Callable[[], int | None]
    ) -> None:
        """`place` tells where the multicast controller's list has talkers, while it decides.

        An emergency is not in that list: it goes before all.
        """
        self._engine = engine
        self._tasks = tasks
        self._place = place
        self._turn: _Turn | None = None
        self._talkers: dict[str, Talker] = {}
        self._elsewhere: set[Talker] = set()
        self.settings = LiveSettings()
        engine.on_event(self._on_engine_event)

    def __len__(self) -> int:
        """Return how many talk, to whomever."""
        return len(self._talkers) + len(self._elsewhere)

    @property
    def listed(self) -> list[str]:
        """The playbacks that the multicast controller's list counts."""
        turn = self._turn
        emergency = turn is not None and turn.rank.class_ is SourceClass.EMERGENCY
        return [
            id_ for id_ in self._talkers if turn is None or turn.playback != id_ or not emergency
        ]

    def take(self, settings: LiveSettings) -> None:
        """Live by other settings from now on."""
        before, self.settings = self.settings.levelling, settings
        if settings.levelling != before:
            for talker in (*self._talkers.values(), *self._elsewhere):
                talker.level(settings.levelling)

    async def open(
        self, codec: Codec, client: str, rank: Rank, *, as_spoken: bool
    ) -> tuple[int, str]:
        """Give somebody the slot; returns the descriptor for the encoded bytes and the playback's id.

        Who talks `as_spoken` keeps a pace of its own and is heard soon; anybody else is made to wait for the speaker.
        Raises `Conflict` while somebody as urgent talks; who is less urgent is cut off.
        """
        holder = self._turn
        if holder is not None and holder.rank >= rank:
            raise Conflict(BUSY)
        turn = self._turn = _Turn(rank, client, codec.name)
        if holder is not None and holder.playback:
            log.info("%s takes the place of %s", client, holder.client)
            self._engine.stop(holder.playback)
        try:
            talker = await talkers.start(
                codec, self.settings.receiver_timeout_ms, self.settings.levelling
            )
        except BaseException:
            self._leave(turn)
            raise
        if self._turn is not turn:
            await talker.abandon()
            raise Conflict(BUSY)
        try:
            turn.playback = self._engine.play(
                self._source(talker, as_spoken),
                PlaybackSpec(
                    f"live audio from {client}",
                    rank.class_,
                    rank.priority,
                    place=None if rank.class_ is SourceClass.EMERGENCY else self._place(),
                ),
            )
        except Conflict:
            self._leave(turn)
            await talker.abandon()
            raise
        self._talkers[turn.playback] = talker
        return talker.encoded.detach(), turn.playback

    async def open_to_group(self, codec: Codec, group: socket.socket) -> int:
        """Have a talker's sound sent elsewhere: to `group`, the sending end of a playback, which becomes the worker's.

        The loudspeaker's slot stays free. Returns the descriptor for the encoded bytes.
        """
        talker = await talkers.start(
            codec, self.settings.receiver_timeout_ms, self.settings.levelling, group
        )
        self._elsewhere.add(talker)
        self._tasks.create_task(self._follow(talker), name="talker to a group")
        return talker.encoded.detach()

    def stop(self) -> None:
        """Cut off whoever talks, to whomever."""
        for playback in self._talkers:
            self._engine.stop(playback)
        for talker in self._elsewhere:
            talker.kill()

    def describe(self) -> dict[str, Any] | None:
        """Return who talks."""
        turn = self._turn
        if turn is None:
            return None
        return {
            "id": turn.playback,
            "client": turn.client,
            "codec": turn.codec,
            "class": turn.rank.class_.name.lower(),
            "priority": turn.rank.priority,
        }

    def _source(self, talker: Talker, as_spoken: bool) -> Source:
        if as_spoken:
            return ForeignClockSource(talker.sound, BROWSER_BUFFER_MS * SAMPLE_RATE_HZ // 1000)
        frames = self.settings.receiver_buffer_ms * SAMPLE_RATE_HZ // 1000
        return StreamSource(talker.sound, buffer_frames=frames)

    async def _follow(self, talker: Talker) -> None:
        try:
            await talker.process.wait()
        finally:
            self._elsewhere.discard(talker)
            await talker.end(played=True)

    def _leave(self, turn: _Turn) -> None:
        if self._turn is turn:
            self._turn = None

    def _on_engine_event(self, event: EngineEvent) -> None:
        if event.kind is not EventKind.ENDED:
            return
        talker = self._talkers.pop(event.playback, None)
        if talker is None:
            return
        if self._turn is not None and self._turn.playback == event.playback:
            self._turn = None
        played = event.reason is EndReason.FINISHED
        self._tasks.create_task(talker.end(played=played), name="talker's end")
