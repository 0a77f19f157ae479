"""The multicast controller: the list, reception by it, and the places it gives to all that plays."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import Any

import msgspec

from common.errors import ApplianceError, InvalidValue
from common.topics import Event
from daemons.audio import topics
from daemons.audio.engine import Engine
from daemons.audio.live.talking import Levelling
from daemons.audio.multicast.kept_list import KeptList
from daemons.audio.multicast.reception import Listening, Reception
from daemons.audio.multicast.source_list import SourceList
from daemons.audio.playback import EngineEvent, EventKind, PlaybackSpec, SourceClass
from daemons.audio.player import HIGHEST_PRIORITY, Player

log = logging.getLogger(__name__)

_RETRY_S = 1.0


class MulticastController:
    """What is configured, and what is made of it."""

    def __init__(
        self, engine: Engine, player: Player, kept: KeptList, announce: Callable[[Event], None]
    ) -> None:
        self._engine = engine
        self._player = player
        self._kept = kept
        self._announce = announce
        self._list = SourceList()
        self._interface = ""
        self._told: dict[str, bool] = {}
        self._writing = asyncio.Lock()
        self._stale = asyncio.Event()
        self._reception = Reception(engine, self._spec)
        self._reception.speaking_changed = self._tell
        player.place_of = self.place_of
        engine.on_event(self._on_engine_event)

    def take(self, interface: str, levelling: Levelling) -> None:
        """Receive from that network interface, or from all when it is empty, and level speech so."""
        self._interface = interface
        self._reception.level(levelling)
        self._apply()

    def records_changed(self) -> None:
        """Note that others may have changed the list: a reset, or while the params daemon was away."""
        self._stale.set()

    async def run(self) -> None:
        """Receive, and keep in step with the records, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._reception.run(), name="multicast reception")
            while True:
                await self._stale.wait()
                self._stale.clear()
                try:
                    async with self._writing:
                        self._use(await self._kept.load())
                except ApplianceError as error:
                    log.debug("the multicast sources cannot be read now: %s", error.message)
                    await asyncio.sleep(_RETRY_S)
                    self._stale.set()

    # -- the list --

    def describe(self) -> dict[str, Any]:
        """Return the list as VAPIX has it."""
        return self._list.described()

    async def change(self, changes: str) -> None:
        """Change what holds for all sources."""
        await self._put(lambda now: now.with_settings(_object(changes)))

    async def add(self, source: str) -> dict[str, Any]:
        """Add a source and return it."""
        given = _object(source)
        id_ = secrets.token_hex(8)
        await self._put(lambda now: now.with_new(id_, given))
        return self._list.described_source(id_)

    async def change_source(self, id_: str, changes: str) -> None:
        """Change some properties of a source."""
        given = _object(changes)
        await self._put(lambda now: now.with_change(id_, given))

    async def remove(self, id_: str) -> None:
        """Remove a source."""
        await self._put(lambda now: now.without(id_))

    def place_of(self, id_: str) -> int | None:
        """Return the place that counts against others; None while the classes alone decide."""
        return self._list.place(id_) if self._list.enabled else None

    def state(self) -> dict[str, Any]:
        """Return how reception goes."""
        playbacks = self._reception.playbacks()
        sources = []
        for id_ in self._list.order:
            if (source := self._list.sources.get(id_)) is None:
                continue
            fault = self._reception.fault(id_)
            if source.key_lost:
                fault = "its key cannot be read any more: it has to be set anew"
            sources.append(
                {
                    "id": id_,
                    "label": source.label,
                    "speaking": self._reception.speaking(id_),
                    "playback": playbacks.get(id_),
                    "encrypted": bool(source.srtp_key) or source.key_lost,
                    "fault": fault,
                    "figures": msgspec.to_builtins(self._reception.figures(id_)),
                }
            )
        return {"running": self._reception.running, "sources": sources}

    def states(self) -> list[Event]:
        """Return the state of every source."""
        return [_state(id_, active) for id_, active in self._active().items()]

    async def _put(self, change: Callable[[SourceList], SourceList]) -> None:
        async with self._writing:
            before = self._list
            after = change(before)
            try:
                await self._kept.save(before, after)
            except ApplianceError:
                self._stale.set()  # some of it may be written: what is kept counts
                raise
            self._use(after)

    def _use(self, changed: SourceList) -> None:
        self._list = changed
        self._apply()
        self._tell()

    def _apply(self) -> None:
        wanted = {
            id_: Listening(
                source.address, source.port, self._list.codec, source.profile, source.srtp_key
            )
            for id_, source in self._list.sources.items()
            if self._list.enabled and not source.key_lost
        }
        self._reception.want(wanted, self._interface)
        playing = {playback: id_ for id_, playback in self._reception.playbacks().items()}
        places = {
            playback: self.place_of(id_)
            for playback, id_ in (playing | self._player.listed()).items()
            if id_ in self._list.order
        }
        if places:
            self._engine.place(places)

    def _spec(self, id_: str) -> PlaybackSpec:
        place = self._list.place(id_)
        label = self._list.sources[id_].label
        return PlaybackSpec(
            f"multicast {label}", SourceClass.PAGE, HIGHEST_PRIORITY - place, place=place
        )

    # -- what happens --

    def _on_engine_event(self, event: EngineEvent) -> None:
        if event.kind is EventKind.ENDED:
            self._reception.playback_ended(event.playback)
        if event.kind in (EventKind.STARTED, EventKind.ENDED):
            self._tell()

    def _active(self) -> dict[str, bool]:
        own = set(self._player.listed().values())
        return {id_: id_ in own or self._reception.speaking(id_) for id_ in self._list.order}

    def _tell(self) -> None:
        """Announce what has changed; a source that is gone does not speak."""
        now = self._active()
        for id_, active in now.items():
            if self._told.get(id_, False) != active:
                self._announce(_state(id_, active))
        for id_, active in self._told.items():
            if active and id_ not in now:
                self._announce(_state(id_, False))
        self._told = now


def _object(content: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(content.encode(), type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise InvalidValue("the data must be an object") from None


def _state(id_: str, active: bool) -> Event:
    return topics.MULTICAST_SOURCE.event({"SrcID": id_}, {"State": active})
