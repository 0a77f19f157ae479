"""Calls to a video management system, from the first event to the last."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from common.clock import Clock
from common.errors import Unavailable
from common.sip import SOURCE, VMS_CALL, Reason, VmsCalls
from daemons.sip.calls.registry import Call, Registry
from daemons.sip.vms import LOOK_EVERY_S, Streams, answered

log = logging.getLogger(__name__)


class Vms:
    """Those that are under way."""

    def __init__(
        self,
        registry: Registry,
        tasks: asyncio.TaskGroup,
        look: Callable[[], Awaitable[Streams | None]],
        clock: Clock,
    ) -> None:
        """`look` says who talks and listens now; None while nobody knows."""
        self._registry = registry
        self._tasks = tasks
        self._look = look
        self._clock = clock
        self.settings = VmsCalls()

    def call(self) -> str:
        """Call; returns the call's id."""
        if not self.settings.enabled:
            raise Unavailable("calls to a video management system are switched off")
        call = self._registry.placed(self._registry.new_id(), "", SOURCE, VMS_CALL, "VMS")
        log.info("call %s to the video management system", call.id)
        self._tasks.create_task(self._follow(call), name="VMS call")
        return call.id

    def hang_up(self, call: Call) -> None:
        """End it; whoever streams goes on doing so."""
        self._end(call, "Terminated", "")

    async def _follow(self, call: Call) -> None:
        while self._registry.get(call.id) is call:
            streams = await self._look()
            if self._registry.get(call.id) is not call:
                return
            self.step(call, streams)
            await asyncio.sleep(LOOK_EVERY_S)

    def step(self, call: Call, streams: Streams | None) -> None:
        """Go by the streams that are up."""
        there = streams is not None and answered(self.settings, streams)
        if call.state == "Calling":
            if there:
                self._registry.active(call)
            elif self._clock.monotonic() - call.since >= self.settings.timeout:
                self._end(call, "NoAnswer", "the video management system did not answer")
        elif streams is not None and not there:
            self._end(call, "Terminated", "")

    def _end(self, call: Call, reason: Reason, text: str) -> None:
        self._registry.ended(call, reason, text)
        log.info("call %s has ended: %s", call.id, call.reason)
