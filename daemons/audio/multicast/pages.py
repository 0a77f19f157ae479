"""Pages to multicast groups: each a clip, a talker or the audio input, sent by a worker of its own."""

import asyncio
import itertools
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from common import pcm
from common.errors import ApplianceError, Conflict, NotFound, Unavailable
from daemons.audio.clips.levelling import levelled
from daemons.audio.clips.store import ClipStore
from daemons.audio.multicast import groups
from daemons.audio.multicast.encodings import encoding_named
from daemons.audio.multicast.page_sounds import Sound
from daemons.audio.multicast.source_list import checked_group, checked_port
from daemons.audio.player import Player
from daemons.audio.worker.launch import end, launch

log = logging.getLogger(__name__)

MOST_PAGES = 4
_AGAIN_S = 2.0

OpenInput = Callable[[], Awaitable[socket.socket]]
"""Opens a tap of the audio input; raises `Conflict` while that is off."""


@dataclass(frozen=True)
class Route:
    """Where to, and how."""

    group: str
    port: int
    codec: str

    @classmethod
    def checked(cls, group: str, port: int, codec: str) -> "Route":
        """Return a route; raises `InvalidValue`."""
        return cls(checked_group(group), checked_port(port), encoding_named(codec).name)


@dataclass(frozen=True)
class PageSettings:
    """What holds for all pages, and whether the audio input is one."""

    interface: str = ""
    ttl: int = 5
    dscp: int = 0
    input_enabled: bool = False
    input_route: Route | None = None

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "PageSettings":
        """Return the settings in the values of all parameters below `Audio`."""
        prefix = "Audio.Multicast."
        route = Route(
            values[f"{prefix}Input.Address"],
            int(values[f"{prefix}Input.Port"]),
            values[f"{prefix}Input.Codec"],
        )
        return cls(
            values[f"{prefix}Interface"],
            int(values[f"{prefix}TTL"]),
            int(values["Audio.DSCP"]),
            values[f"{prefix}Input.Enabled"] == "yes",
            route,
        )


@dataclass
class _Page:
    what: str
    kind: Sound
    route: Route
    process: asyncio.subprocess.Process
    begun_s: float = field(default_factory=time.monotonic)


class Pages:
    """What is being sent."""

    def __init__(
        self,
        store: ClipStore,
        player: Player,
        open_input: OpenInput,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._store = store
        self._player = player
        self._open_input = open_input
        self._tasks = tasks
        self._ids = itertools.count(1)
        self._pages: dict[str, _Page] = {}
        self._settings = PageSettings()
        self._changed = asyncio.Event()

    def take(self, settings: PageSettings) -> None:
        """Live by other settings from now on; a page that is being sent keeps those it began with."""
        if settings != self._settings:
            self._settings = settings
            self._changed.set()

    def describe(self) -> list[dict[str, Any]]:
        """Return what is being sent."""
        now_s = time.monotonic()
        return [
            {
                "id": id_,
                "what": page.what,
                "kind": page.kind.value,
                "group": page.route.group,
                "port": page.route.port,
                "codec": page.route.codec,
                "seconds": round(now_s - page.begun_s, 1),
            }
            for id_, page in self._pages.items()
        ]

    async def send_clip(self, clip: int, group: str, port: int, codec: str) -> str:
        """Send a clip; returns the id of the page."""
        route = Route.checked(group, port, codec)
        info = self._store.get(clip)
        path = await self._store.pcm_path(clip)
        gain_db = levelled(info, self._player.settings.target_lufs).gain_db
        file = await asyncio.to_thread(os.open, path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return await self._start(
                self._player.name_of(info), Sound.CLIP, route, file, 10 ** (gain_db / 20)
            )
        finally:
            os.close(file)

    async def talk(self, group: str, port: int, codec: str, what: str) -> tuple[int, str]:
        """Send what a talker says; returns the descriptor for the talker's PCM and the id of the page."""
        route = Route.checked(group, port, codec)
        theirs, ours = pcm.pair()
        with ours:
            try:
                id_ = await self._start(what[:80], Sound.TALK, route, ours.fileno())
            except ApplianceError:
                theirs.close()
                raise
        return theirs.detach(), id_

    async def stop(self, id_: str) -> None:
        """Stop sending; raises `NotFound`, and `Conflict` for the audio input, which its parameter stops."""
        page = self._pages.get(id_)
        if page is None:
            raise NotFound(f"no page has the id '{id_[:40]}'")
        if page.kind is Sound.INPUT:
            raise Conflict(
                "the audio input is sent for as long as Audio.Multicast.Input.Enabled says"
            )
        await end(page.process)

    async def run(self) -> None:
        """Send the audio input for as long as it is wanted, until cancelled."""
        while True:
            self._changed.clear()
            settings = self._settings
            if not settings.input_enabled or settings.input_route is None:
                await self._changed.wait()
                continue
            id_ = await self._send_input(settings.input_route)
            try:
                async with asyncio.timeout(None if id_ else _AGAIN_S):
                    await self._until_over(id_)
            except TimeoutError:
                continue

    async def close(self) -> None:
        """Stop all of them."""
        for page in list(self._pages.values()):
            await end(page.process)

    async def _send_input(self, route: Route) -> str | None:
        try:
            tap = await self._open_input()
            with tap:
                return await self._start("audio input", Sound.INPUT, route, tap.fileno())
        except ApplianceError as error:
            log.debug("the audio input is not sent: %s", error.message)
            return None

    async def _until_over(self, id_: str | None) -> None:
        """Return when the settings have changed or the page is over."""
        page = self._pages.get(id_ or "")
        async with asyncio.TaskGroup() as tasks:
            changed = tasks.create_task(self._changed.wait(), name="multicast settings")
            if page is not None:
                over = tasks.create_task(page.process.wait(), name="input page")
                await asyncio.wait((changed, over), return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                await end(page.process)

    async def _start(
        self, what: str, kind: Sound, route: Route, sound: int, volume: float = 1.0
    ) -> str:
        if len(self._pages) >= MOST_PAGES:
            raise Conflict(f"{MOST_PAGES} pages are being sent already; stop one first")
        settings = self._settings
        try:
            group = groups.open_sending_group(
                route.group,
                route.port,
                only=settings.interface,
                ttl=settings.ttl,
                dscp=settings.dscp,
            )
        except OSError as error:
            raise Unavailable(f"{route.group} cannot be reached: {error.strerror}") from None
        with group:
            try:
                process = await launch(
                    "daemons.audio.multicast.send",
                    (group.fileno(), sound),
                    *(kind.value, route.codec, repr(volume)),
                )
            except OSError as error:
                log.error("a sending worker cannot be started: %s", error)
                raise Unavailable("no page can be sent at the moment") from error
        id_ = f"m{next(self._ids)}"
        self._pages[id_] = _Page(what, kind, route, process)
        self._tasks.create_task(self._see_off(id_, process), name="page to a multicast group")
        return id_

    async def _see_off(self, id_: str, process: asyncio.subprocess.Process) -> None:
        await process.wait()
        del self._pages[id_]
