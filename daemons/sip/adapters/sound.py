"""Between the calls and the audio daemon: what they say is played, and they hear the microphone.

The sound itself goes from process to process; here are only the descriptors, which are opened anew whenever one
ends while its call goes on.
"""

import asyncio
import logging
import select
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from common.bus.audio import AudioInterface
from common.errors import ApplianceError, Unavailable
from common.pcm import adopt
from common.sip import Direction
from daemons.sip.stack import wire

log = logging.getLogger(__name__)

RETRY_S = 0.5
"""Audio that died is back within this; the input may be switched on at any moment."""
CLASS, PRIORITY = "page", 0

Tell = Callable[..., None]


class Sound:
    """The sound of each call, both ways."""

    def __init__(
        self,
        audio: AudioInterface,
        tasks: asyncio.TaskGroup,
        tell: Tell,
        stopped: Callable[[str], None],
    ) -> None:
        """`tell` gives the stack an order; `stopped` is called with a call whose playback somebody stopped."""
        self._audio = audio
        self._tasks = tasks
        self._tell = tell
        self._stopped = stopped
        self._flowing: dict[str, list[asyncio.Task[None]]] = {}

    def flow(self, call: str, who: str, direction: Direction) -> None:
        """A call has sound from now on."""
        if call in self._flowing:
            return
        ways = []
        if direction != "Send":
            ways.append(
                self._tasks.create_task(self._play(call, f"Call from {who}"), name="call playback")
            )
        if direction != "Receive":
            ways.append(self._tasks.create_task(self._capture(call), name="call capture"))
        self._flowing[call] = ways

    def stop(self, call: str) -> None:
        """It has none any more."""
        for way in self._flowing.pop(call, ()):
            way.cancel()

    async def _play(self, call: str, what: str) -> None:
        async def open_() -> int:
            descriptor, _playback = await self._audio.open_live_playback(CLASS, PRIORITY, what)
            return descriptor

        while True:
            await self._connect(call, open_, wire.Playback(call))
            if await self._audio_stays():
                # Somebody has stopped it, who wants to hear no more of it. A caller who is not heard must not believe
                # that he is: the call ends.
                self._stopped(call)
                return

    async def _capture(self, call: str) -> None:
        while True:
            await self._connect(call, lambda: self._audio.open_capture("talk"), wire.Capture(call))

    async def _connect(
        self, call: str, open_: Callable[[], Awaitable[int]], order: wire.Order
    ) -> None:
        """Give the stack one end of a connection, and return when audio has closed the other."""
        with await self._opened(call, open_) as end:
            try:
                self._tell(order, end.fileno())
            except Unavailable as error:
                log.debug("%s: %s", call, error.message)
            await _closed(end)

    async def _opened(self, call: str, open_: Callable[[], Awaitable[int]]) -> socket.socket:
        while True:
            try:
                return adopt(await open_())
            except ApplianceError as error:
                log.debug("%s has no sound now: %s", call, error.message)
                await asyncio.sleep(RETRY_S)

    async def _audio_stays(self) -> bool:
        """Whether audio is there and goes on: one that is being ended closes all connections, and then leaves."""
        if not await self._audio_lives():
            return False
        await asyncio.sleep(RETRY_S)
        return await self._audio_lives()

    async def _audio_lives(self) -> bool:
        try:
            await self._audio.live_state()
        except ApplianceError:
            return False
        return True


async def _closed(end: socket.socket) -> None:
    """Return when the far end is closed; what comes is left for whoever reads."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    with _hang_up_only(end) as watched:
        loop.add_reader(watched, over.set)
        try:
            await over.wait()
        finally:
            loop.remove_reader(watched)


@contextmanager
def _hang_up_only(end: socket.socket) -> Iterator[int]:
    """Yield a descriptor that can be read once the far end is closed, and not before."""
    with select.epoll() as poll:
        poll.register(end, 0)
        yield poll.fileno()
