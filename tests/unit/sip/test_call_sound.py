"""Descriptors of sound are fetched from audio, handed to the stack, and fetched again when they end."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from common import pcm
from common.errors import Conflict, Unavailable
from common.sip import Direction
from daemons.sip.adapters import sound
from daemons.sip.adapters.sound import Sound
from daemons.sip.stack import wire


class Audio:
    """The audio daemon's end of each connection."""

    def __init__(self) -> None:
        self.input_on = True
        self.alive = True
        self.missed = asyncio.Event()
        """Somebody has asked it while it was away."""
        self.opened: list[str] = []
        self.ends: list[socket.socket] = []

    def _open(self, what: str) -> int:
        if not self.alive:
            raise Unavailable("audio does not answer")
        ours, theirs = pcm.pair()
        self.opened.append(what)
        self.ends.append(ours)
        return theirs.detach()

    async def open_live_playback(self, class_: str, priority: int, what: str) -> tuple[int, str]:
        """Start a source."""
        return self._open(f"{class_} {priority} {what}"), "p1"

    async def open_capture(self, tap: str) -> int:
        """Open a tap."""
        if not self.input_on:
            raise Conflict("the audio input is off")
        return self._open(tap)

    async def live_state(self) -> str:
        """Return who talks."""
        if not self.alive:
            self.missed.set()
            raise Unavailable("audio does not answer")
        return "{}"

    def close(self, number: int) -> None:
        """End a connection."""
        self.ends[number].close()


class Rig:
    """Calls of one test."""

    def __init__(self, tasks: asyncio.TaskGroup) -> None:
        self.audio = Audio()
        self.orders: list[wire.Order] = []
        self.stopped: list[str] = []
        self.sound = Sound(cast(Any, self.audio), tasks, self._tell, self.stopped.append)

    def _tell(self, order: wire.Order, *descriptors: int) -> None:
        assert len(descriptors) == 1
        self.orders.append(order)

    async def until(self, *orders: wire.Order) -> None:
        """Wait until just these were given, in any order."""
        async with asyncio.timeout(5):
            while len(self.orders) < len(orders):
                await asyncio.sleep(0.005)
        assert {repr(order) for order in self.orders} == {repr(order) for order in orders}
        self.orders.clear()


@asynccontextmanager
async def made() -> AsyncIterator[Rig]:
    """Have it until the block ends."""
    async with asyncio.TaskGroup() as tasks:
        rig = Rig(tasks)
        yield rig
        rig.sound.stop("1")
    for end in rig.audio.ends:
        end.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again soon."""
    monkeypatch.setattr(sound, "RETRY_S", 0.01)


@pytest.mark.parametrize(
    ("direction", "opened"),
    [
        ("SendReceive", {"page 0 Call from Joe", "talk"}),
        ("Send", {"talk"}),
        ("Receive", {"page 0 Call from Joe"}),
    ],
)
async def test_only_what_is_allowed_is_opened(direction: Direction, opened: set[str]) -> None:
    """A unit that only speaks has its microphone closed."""
    async with made() as rig:
        rig.sound.flow("1", "Joe", direction)
        rig.sound.flow("1", "Joe", direction)
        async with asyncio.timeout(5):
            while len(rig.orders) < len(opened):
                await asyncio.sleep(0.005)
        assert set(rig.audio.opened) == opened
        assert len(rig.audio.opened) == len(opened)


async def test_what_ends_is_opened_again_while_the_call_goes_on() -> None:
    """Audio was killed; the input is switched on later."""
    async with made() as rig:
        rig.audio.input_on = False
        rig.sound.flow("1", "Joe", "SendReceive")
        await rig.until(wire.Playback("1"))
        rig.audio.alive = False
        rig.audio.close(0)
        async with asyncio.timeout(5):
            await rig.audio.missed.wait()
        rig.audio.alive = rig.audio.input_on = True
        await rig.until(wire.Playback("1"), wire.Capture("1"))
        assert rig.stopped == []


async def test_a_playback_that_somebody_stops_is_told_of() -> None:
    """Audio lives, so it was somebody's will; a tap that ends is opened again."""
    async with made() as rig:
        rig.sound.flow("1", "Joe", "SendReceive")
        await rig.until(wire.Playback("1"), wire.Capture("1"))
        rig.audio.close(rig.audio.opened.index("talk"))
        await rig.until(wire.Capture("1"))
        rig.audio.close(rig.audio.opened.index("page 0 Call from Joe"))
        async with asyncio.timeout(5):
            while not rig.stopped:
                await asyncio.sleep(0.005)
        assert rig.stopped == ["1"]


async def test_a_call_without_sound_holds_no_connection() -> None:
    """Audio sees that its ends are closed."""
    async with made() as rig:
        rig.sound.flow("1", "Joe", "SendReceive")
        await rig.until(wire.Playback("1"), wire.Capture("1"))
        rig.sound.stop("1")
        async with asyncio.timeout(5):
            for end in rig.audio.ends:
                end.setblocking(False)
                assert await asyncio.get_running_loop().sock_recv(end, 10) == b""
