"""The process of a self test as the daemon holds it: started, heard, ended."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from common import pcm
from common.errors import Unavailable
from daemons.audio.selftest import protocol
from daemons.audio.selftest.protocol import Message
from daemons.audio.selftest.signals import Plan
from daemons.audio.worker.launch import end, launch

log = logging.getLogger(__name__)


class TestProcess:
    """One process; it plays into `sound`."""

    __test__ = False  # for pytest: no test in itself

    def __init__(self, messages: socket.socket, sound: socket.socket) -> None:
        self._messages = messages
        self.sound = sound

    async def messages(self) -> AsyncIterator[Message]:
        """Yield what it has to tell, until it ends or says what it must not."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                packet = await loop.sock_recv(self._messages, protocol.PACKET_LIMIT)
            except OSError:
                return
            if not packet:
                return
            try:
                yield protocol.parse(packet)
            except msgspec.MsgspecError as error:
                log.warning("the self test's process says what it must not: %s", error)
                return


@asynccontextmanager
async def started(
    plan: Plan, played: socket.socket, heard: socket.socket
) -> AsyncIterator[TestProcess]:
    """Run a process as long as the block lasts; raises `Unavailable` when none can be started.

    It gets the two taps. Whoever takes `sound` owns it.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sound, its_sound = pcm.pair()
    ours.setblocking(False)
    with ours:
        with theirs, its_sound:
            try:
                process = await launch(
                    "daemons.audio.selftest",
                    [each.fileno() for each in (theirs, its_sound, played, heard)],
                    protocol.dump(plan).decode(),
                )
            except OSError as error:
                sound.close()
                raise Unavailable("the self test cannot be started") from error
        try:
            yield TestProcess(ours, sound)
        finally:
            await end(process)
