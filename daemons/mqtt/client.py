"""The client: connects, connects again, and says what becomes of it."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable

from common.clock import Clock
from daemons.mqtt.outbox import Outbox
from daemons.mqtt.plan import Plan
from daemons.mqtt.ports import Link, Listener, MakeLink, Refused

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 5.0
"""A network that is back is used within this time (T-NET-1); more patience would spare nobody anything."""
GOODBYE_S = 1.0
"""How long an end of the client waits for the last messages, its disconnect message among them."""


class Client:
    """Follows one plan at a time, in one task."""

    def __init__(
        self,
        make_link: MakeLink,
        received: Callable[[str, bytes], None],
        clock: Clock,
        changed: Callable[[], None],
        connected: Callable[[], None],
    ) -> None:
        """`changed` is called when the status changed, `connected` once a connection can be used."""
        self._make_link = make_link
        self._clock = clock
        self._changed = changed
        self._on_connected = connected
        self._received = received
        self._plan: Plan | None = None
        self._woken = asyncio.Event()
        self._drained = asyncio.Event()
        self._idle = asyncio.Event()
        self._hurried = asyncio.Event()
        self._link: Link | None = None
        self.outbox = Outbox(self._drained.set)
        self.reason = ""

    @property
    def plan(self) -> Plan | None:
        """What is followed; None while the client is not active."""
        return self._plan

    @property
    def active(self) -> bool:
        """Whether it is to be connected."""
        return self._plan is not None

    @property
    def link(self) -> Link | None:
        """The session, while it is connected."""
        return self._link

    def follow(self, plan: Plan | None) -> None:
        """Connect anew like this, or be disconnected."""
        self._plan = plan
        self.reason = ""
        self._woken.set()
        self._changed()

    def hurry(self) -> None:
        """Try again at once, where the next attempt is waited for."""
        self._hurried.set()

    async def run(self) -> None:
        """Follow the plans, until cancelled."""
        while True:
            self._woken.clear()
            plan = self._plan
            async with asyncio.TaskGroup() as tasks:
                at_work = None
                if plan is not None:
                    self._idle.clear()
                    at_work = tasks.create_task(self._keep_connected(plan), name="connection")
                else:
                    self._idle.set()
                await self._woken.wait()
                if at_work is not None:
                    at_work.cancel()

    async def close(self) -> None:
        """Disconnect; returns when that is done."""
        self.follow(None)
        await self._idle.wait()

    async def _keep_connected(self, plan: Plan) -> None:
        link = self._make_link(plan, _Ear(self._received, self.outbox.done))
        pause_s = FIRST_PAUSE_S
        try:
            while True:
                if await self._connected(link, plan):
                    pause_s = FIRST_PAUSE_S
                    self._failed(await link.lost())
                await self._pause(pause_s if plan.config.auto_reconnect else None)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        finally:
            await self._say_goodbye(link, plan)

    async def _pause(self, about_s: float | None) -> None:
        """Wait for a while, or without an end, until somebody hurries."""
        self._hurried.clear()
        spread = random.uniform(0.8, 1.2)  # noqa: S311 - so that many units do not come at once
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(about_s and about_s * spread):
                await self._hurried.wait()

    async def _connected(self, link: Link, plan: Plan) -> bool:
        try:
            async with asyncio.timeout(plan.config.connect_timeout):
                await link.connect()
        except Refused as refusal:
            self._failed(str(refusal))
            return False
        except TimeoutError:
            self._failed(f"no answer within {plan.config.connect_timeout} s")
            return False
        self._link, self.reason = link, ""
        log.info("connected to the broker")
        if message := plan.connect_message(self._clock.time()):
            link.publish(message)
        self.outbox.open(link.publish)
        self._changed()
        self._on_connected()
        return True

    def _failed(self, reason: str) -> None:
        self._link = None
        self.outbox.close()
        if reason != self.reason:  # each attempt fails alike
            log.warning("not connected to the broker: %s", reason)
        self.reason = reason
        self._changed()

    async def _say_goodbye(self, link: Link, plan: Plan) -> None:
        if self._link is not None:
            if message := plan.disconnect_message(self._clock.time()):
                self._drained.clear()
                self.outbox.put(message)
            if len(self.outbox):
                self._drained.clear()
                try:
                    async with asyncio.timeout(GOODBYE_S):
                        await self._drained.wait()
                except TimeoutError:
                    log.warning("the broker did not take the last messages in time, ignoring")
        self._link = None
        await link.close()
        self.outbox.clear()
        self._changed()


class _Ear(Listener):
    """What a link tells."""

    def __init__(self, received: Callable[[str, bytes], None], done: Callable[[int], None]) -> None:
        self._received = received
        self._done = done

    def received(self, topic: str, payload: bytes) -> None:
        self._received(topic, payload)

    def done(self, number: int) -> None:
        self._done(number)
