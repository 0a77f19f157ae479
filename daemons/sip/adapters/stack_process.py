"""The process of the SIP stack as the daemon holds it: started, told, heard, ended, and started again.

What was ordered is lost with the process. So nothing is ordered of one that has not said that it is ready but its
start, which holds everything there is to know.
"""

import asyncio
import logging
import time
from contextlib import AbstractAsyncContextManager, suppress
from typing import Protocol

import msgspec

from common.child import Child, Kind, launch, started
from common.errors import Unavailable
from daemons.sip.stack import wire

log = logging.getLogger(__name__)

SILENT_S = 5.0
START_S = 30.0
"""Until its first word: servers that say nothing (STUN) keep it waiting."""
FIRST_RESTART_S = 0.2
LAST_RESTART_S = 2.0
REFUSED_RESTART_S = 30.0
"""It has said that it cannot run like this: what stands in the way (a port in use) may go by itself."""
LIVED_LONG_S = 10.0
LEAVE_S = 2.0
"""To unregister and to end its calls."""

_MODULE = "daemons.sip.stack"
_encoder = msgspec.json.Encoder()
_notices: msgspec.json.Decoder[wire.Notice] = msgspec.json.Decoder(wire.Notice)

StackProcess = Child[wire.Order, wire.Notice]

_KIND: Kind[wire.Order, wire.Notice] = Kind(
    name="the SIP stack",
    dump=_encoder.encode,
    parse=_notices.decode,
    longest_packet=wire.LONGEST_MESSAGE,
    queue_bytes=512 * 1024,
    goodbye_s=0.5,  # in its calls
)


class Listener(Protocol):
    """Who hears the stack."""

    def heard(self, notice: wire.Notice) -> None:
        """It has said something; Ready is the first of it."""
        ...

    def lost(self) -> None:
        """One that was ready is gone, and its calls with it."""
        ...


def _started(module: str) -> AbstractAsyncContextManager[StackProcess]:
    return started(
        _KIND,
        lambda control: launch(
            module, "--fd", str(control), descriptors=(control,), keep=("C8210_LOG",)
        ),
    )


async def _leave(process: StackProcess) -> None:
    """Ask it to end, and give it some time."""
    with suppress(Unavailable, TimeoutError):
        process.tell(wire.Stop())
        async with asyncio.timeout(LEAVE_S):
            await process.ended()


class Stack:
    """The stack, whichever process it is."""

    def __init__(self, module: str = _MODULE) -> None:
        self._module = module
        self._wanted: wire.Start | None = None
        self._identity: object = None
        self._changed = asyncio.Event()
        self._process: StackProcess | None = None
        self.running = False
        """Whether it has said that it is ready."""
        self.reason = ""
        """Why it does not run, in words."""

    def follow(self, start: wire.Start | None, identity: object) -> None:
        """Have one run that was started like this; one with another identity is started anew.

        With the same identity the running one stays: it is told of other settings by an order.
        """
        if (start, identity) != (self._wanted, self._identity):
            self._wanted, self._identity = start, identity
            self._changed.set()

    def tell(self, order: wire.Order, *descriptors: int) -> None:
        """Give an order; raises `Unavailable` while it does not run."""
        if self._process is None or not self.running:
            raise Unavailable(self.reason or "the SIP stack does not run")
        self._process.tell(order, *descriptors)

    async def run(self, listener: Listener) -> None:
        """Keep it running while it is wanted, until cancelled."""
        restart_s = FIRST_RESTART_S
        while True:
            self._changed.clear()
            if self._wanted is None:
                self.reason = ""
                await self._changed.wait()
                continue
            begun, start, identity = time.monotonic(), self._wanted, self._identity
            refused = await self._live_once(start, identity, listener)
            if identity != self._identity or self._wanted is None:
                restart_s = FIRST_RESTART_S
                continue
            if time.monotonic() - begun > LIVED_LONG_S:
                restart_s = FIRST_RESTART_S
            wait_s = REFUSED_RESTART_S if refused else restart_s
            log.warning("the SIP stack is gone, it is started again in %g s", wait_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await (self._until_not(start) if refused else self._until_other(identity))
            restart_s = min(restart_s * 2, LAST_RESTART_S)

    async def _live_once(self, start: wire.Start, identity: object, listener: Listener) -> bool:
        """Run one until it dies or another one is wanted; returns whether it refused to run."""
        refused = False
        try:
            async with _started(self._module) as process:
                process.tell(start)
                self._process = process
                async with asyncio.TaskGroup() as tasks:
                    hearing = tasks.create_task(self._hear(process, listener), name="stack notices")
                    leaving = tasks.create_task(self._until_other(identity), name="stack wanted")
                    try:
                        await asyncio.wait((hearing, leaving), return_when=asyncio.FIRST_COMPLETED)
                    finally:  # also when the daemon ends, and its tasks with it: servers are told
                        if hearing.cancelled() or not hearing.done():
                            self._part(listener)
                            await _leave(process)
                        hearing.cancel()
                        leaving.cancel()
                refused = hearing.done() and not hearing.cancelled() and hearing.result()
        except Unavailable as error:
            self.reason = error.message
            log.warning("%s", error.message)
        finally:
            self._part(listener)
        return refused

    async def _hear(self, process: StackProcess, listener: Listener) -> bool:
        """Pass on what it says, until it ends or says nothing any more; returns whether it refused to run."""
        notices = aiter(process.reports())
        patience_s = START_S
        while True:
            try:
                async with asyncio.timeout(patience_s):
                    notice = await anext(notices)
            except StopAsyncIteration:
                return False
            except TimeoutError:
                log.error("the SIP stack says nothing any more, it is ended")
                return False
            patience_s = SILENT_S
            match notice:
                case wire.Failed(reason):
                    self.reason = reason
                    log.error("the SIP stack cannot run: %s", reason)
                    return True
                case wire.Ready():
                    self.running, self.reason = True, ""
                case _:
                    pass
            if self._process is process:
                listener.heard(notice)

    def _part(self, listener: Listener) -> None:
        self._process = None
        if self.running:
            self.running = False
            listener.lost()

    async def _until_not(self, start: wire.Start) -> None:
        """Return when anything else is wanted."""
        while self._wanted == start:
            self._changed.clear()
            await self._changed.wait()

    async def _until_other(self, identity: object) -> None:
        while self._wanted is not None and self._identity == identity:
            self._changed.clear()
            await self._changed.wait()
