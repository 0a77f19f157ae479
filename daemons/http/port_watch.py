"""Who wants to hear of every move of some I/O ports, and what has moved meanwhile.

The ioports daemon tells each edge as a signal. A watcher gets all of them in order; one that is too slow for what
happens is ended rather than told half of it, and so is one whose port turns from an input into an output.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple

import msgspec

from common.bus.ioports import PortView
from common.errors import ApplianceError, Unavailable

log = logging.getLogger(__name__)

MOST_WATCHERS: Final = 32
MOST_OF_ONE: Final = MOST_WATCHERS // 2
"""An account cannot keep all others from watching."""
MOST_WAITING: Final = 4096
"""Moves that wait for a slow watcher: eight seconds of an input that moves 500 times a second."""
RETRY_S: Final = 0.2

_DIRECTIONS: Final = {
    "tns1:Device/tnsaxis:IO/Port": "input",
    "tns1:Device/tnsaxis:IO/OutputPort": "output",
}
_VIEWS: Final = msgspec.json.Decoder(list[PortView])


class Shown(NamedTuple):
    """A port at one moment of a watcher's."""

    port: int
    """Counted from 0."""
    active: bool
    moved: bool
    """Whether it became so in this moment."""


Moment = tuple[Shown, ...]
"""All ports of a watcher, in its order."""


class _Move(NamedTuple):
    direction: str
    port: int
    active: bool


class Watcher:
    """What happens to some ports, moment by moment."""

    def __init__(self, ports: Iterable[int]) -> None:
        self._ports = tuple(dict.fromkeys(ports))
        self._direction = ""
        self._active: dict[int, bool] = {}
        self._early: list[_Move] = []
        self._waiting: list[Moment] = []
        self._wake = asyncio.Event()
        self.ended = False

    def begin(self, views: Mapping[int, PortView]) -> None:
        """Say how the ports are, and of one direction; moves that were told meanwhile come after it."""
        self._direction = views[self._ports[0]].direction
        self._active = {port: views[port].active for port in self._ports}
        self._add(self._moment())
        early, self._early = self._early, []
        for move in early:
            self.take(*move)

    def take(self, direction: str, port: int, active: bool) -> None:
        """Note a move; one that is known already is none."""
        if port not in self._ports:
            return
        if not self._direction:
            self._early = [*self._early[1 - MOST_WAITING :], _Move(direction, port, active)]
        elif direction == self._direction and self._active[port] != active:
            self._active[port] = active
            self._add(self._moment(port))

    def compare(self, views: Mapping[int, PortView], told: Iterable[int]) -> None:
        """Note how the ports are after signals may have been missed; of those in `told` newer ones have come."""
        if not self._direction:
            return
        for port in self._ports:
            view = views.get(port)
            if view is None or view.direction != self._direction:
                self.end()
            elif port not in told:
                self.take(view.direction, port, view.active)

    def end(self) -> None:
        """Tell nothing more."""
        self.ended = True
        self._wake.set()

    async def moments(self, patience_s: float) -> list[Moment]:
        """Return what has happened, or nothing when that is so for `patience_s`, or when it is the end."""
        if not self._waiting and not self.ended:
            self._wake.clear()
            try:
                async with asyncio.timeout(patience_s):
                    await self._wake.wait()
            except TimeoutError:
                return []
        moments, self._waiting = self._waiting, []
        return moments

    def _moment(self, moved: int | None = None) -> Moment:
        return tuple(Shown(port, self._active[port], port == moved) for port in self._ports)

    def _add(self, moment: Moment) -> None:
        if self.ended:
            return
        if len(self._waiting) >= MOST_WAITING:
            log.warning("somebody who watches the ports cannot keep up, and is given up")
            self.end()
            return
        self._waiting.append(moment)
        self._wake.set()


class PortWatch:
    """Passes on what the ioports daemon tells."""

    def __init__(self, ask: Callable[[], Awaitable[str]]) -> None:
        self._ask = ask
        self._watchers: dict[Watcher, str] = {}
        """Each with its account."""
        self._again = asyncio.Event()
        self._told: set[int] = set()

    @contextmanager
    def watching(self, ports: Iterable[int], account: str) -> Iterator[Watcher]:
        """Tell a watcher of these ports as long as the block lasts; raises `Unavailable` when there are too many."""
        if len(self._watchers) >= MOST_WATCHERS:
            raise Unavailable(f"{MOST_WATCHERS} watch the ports already")
        if list(self._watchers.values()).count(account) >= MOST_OF_ONE:
            raise Unavailable(f"{account} watches the ports {MOST_OF_ONE} times already")
        watcher = Watcher(ports)
        self._watchers[watcher] = account
        try:
            yield watcher
        finally:
            del self._watchers[watcher]

    async def views(self) -> dict[int, PortView]:
        """Return every port there is, by its number."""
        return {view.port: view for view in _VIEWS.decode(await self._ask())}

    def happened(
        self, topic: str, source: Mapping[str, str], data: Mapping[str, str], _at: float = 0.0
    ) -> None:
        """Take a signal of the ioports daemon."""
        direction = _DIRECTIONS.get(topic)
        if direction is None:
            return
        port = int(source["port"])
        self._told.add(port)
        for watcher in self._watchers:
            watcher.take(direction, port, data["state"] == "1")

    def rearranged(self) -> None:
        """Take the signal that other states exist than before."""
        self._again.set()

    def came_or_went(self, there: bool) -> None:
        """Take that the ioports daemon appeared, or went."""
        if there:
            self._again.set()

    async def run(self) -> None:
        """Compare what watchers were told with how the ports are, whenever they may differ; until cancelled."""
        while True:
            await self._again.wait()
            self._again.clear()
            if not self._watchers:
                continue
            self._told.clear()
            try:
                views = await self.views()
            except ApplianceError:  # it is on the bus some time before it answers
                self._again.set()
                await asyncio.sleep(RETRY_S)
                continue
            for watcher in list(self._watchers):
                watcher.compare(views, self._told)
