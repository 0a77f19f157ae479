"""The encoder worker as a process: confined, shared by its listeners, and held up by none of them."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from common import pcm
from common.errors import Conflict
from common.pcm import PlaybackSender
from daemons.audio.live.formats import StreamFormat
from daemons.audio.live.listening import Listening
from tests.contract.private_bus import eventually

G711 = StreamFormat("g711", 8_000, 64_000)
BLOCK = np.zeros(512 * 48_000 // 8_000, dtype=np.float32)
"""The sound of one block of G.711."""
ON_THEIR_WAY = 2
"""So many blocks at most are held back by the resampler and the periods between."""


class Sound:
    """An audio input that waits for its reader, so that a test takes no longer than the encoding."""

    def __init__(self) -> None:
        self.opened = 0
        self._sender: PlaybackSender | None = None

    async def open(self) -> socket.socket:
        """Open the input."""
        self.opened += 1
        self.close()
        ours, theirs = pcm.pair()
        self._sender = PlaybackSender(ours)
        return theirs

    async def send_block(self) -> None:
        """Let the sound of one block pass."""
        assert self._sender is not None
        await asyncio.to_thread(self._sender.write, BLOCK.data)

    def close(self) -> None:
        """Switch it off."""
        if self._sender is not None:
            self._sender.close(play_out=False)
            self._sender = None


class Reader:
    """A listener that takes everything at once."""

    def __init__(self, end: socket.socket) -> None:
        self.blocks = 0
        self._end = end
        self._end.setblocking(True)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._end:
            while self._end.recv(4096):
                self.blocks += 1

    async def heard(self, blocks: int) -> None:
        """Wait until it has so many."""
        await eventually(lambda: self.blocks >= blocks, f"{blocks} blocks are heard")

    async def ended(self) -> None:
        """Wait for the end of the stream."""
        await asyncio.to_thread(self._thread.join, 20)


@asynccontextmanager
async def listening_to(sound: Sound) -> AsyncIterator[Listening]:
    """Serve listeners; whatever fails meanwhile, the worker and the sound are gone afterwards."""
    async with asyncio.TaskGroup() as tasks:
        listening = Listening(sound.open, tasks)
        try:
            yield listening
        finally:
            await listening.close()
            sound.close()


async def test_a_slow_listener_loses_the_oldest_and_holds_nobody_up() -> None:
    """What it lost is counted; the other one gets every block, and what the slow one finds is recent."""
    sound = Sound()
    async with listening_to(sound) as listening:
        slow = await listening.open(G711, "slow", 20)
        quick = Reader(await listening.open(G711, "quick", 20))
        wanted = 150
        for sent in range(1, wanted + 1):
            # Never more than a quick listener may have waiting, however slow the machine is.
            await sound.send_block()
            await quick.heard(sent - ON_THEIR_WAY)
        lost = {one["client"]: one["lost_blocks"] for one in listening.describe()}
        assert lost["quick"] == 0
        assert wanted * 0.7 < lost["slow"] < wanted
        slow.setblocking(False)
        found = 0
        while True:
            try:
                found += len(slow.recv(4096)) // 512
            except BlockingIOError:
                break
        assert 2 <= found < wanted - lost["slow"] + 2
        for _ in range(ON_THEIR_WAY + 1):
            await sound.send_block()
        await asyncio.get_running_loop().sock_recv(slow, 4096)
        sound.close()
        await quick.ended()
        slow.close()
        await eventually(lambda: len(listening) == 0, "nobody listens")
    assert sound.opened == 1


async def test_the_worker_stays_a_moment_for_the_next_listener(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Then it ends; who comes later gets a new one."""
    monkeypatch.setattr("daemons.audio.live.listening.GRACE_S", 0.3)
    sound = Sound()
    async with listening_to(sound) as listening:
        for _ in range(2):
            first = await listening.open(G711, "first", 1)
            with pytest.raises(Conflict):
                await listening.open(G711, "second", 1)
            first.close()
            await eventually(lambda: len(listening) == 0, "it has left")
        assert sound.opened == 1
        await eventually(lambda: listening._worker is None, "the worker has ended")
        again = await listening.open(StreamFormat("opus", 48_000, 64_000), "again", 1)
        assert sound.opened == 2
        again.close()
