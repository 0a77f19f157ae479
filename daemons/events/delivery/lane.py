"""The way to one recipient: one message after the other, and a wait after each failure."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from typing import Protocol

from common.clock import Clock
from common.errors import ApplianceError
from daemons.events.delivery.backoff import Limits
from daemons.events.delivery.item import Item, Target
from daemons.events.delivery.worker_process import WorkerProcess
from daemons.events.recipients.kinds import Failed, Message

log = logging.getLogger(__name__)


class Queue(Protocol):
    """What a lane needs of the queue."""

    limits: Limits
    clock: Clock
    worker: WorkerProcess

    def resolve(self, target: Target, /) -> Awaitable[tuple[str, Mapping[str, str]] | None]:
        """Return token and parameters of a target, None when it was removed."""
        ...

    def next_item(self, target: Target) -> Item | None:
        """Return what is to be sent next."""
        ...

    async def message(self, item: Item) -> Message:
        """Return the content."""
        ...

    async def failed(self, item: Item) -> None:
        """Keep that an attempt failed."""
        ...

    async def end(self, item: Item, *, delivered: bool) -> None:
        """Forget an item and report its end."""
        ...

    def tell(self, item: Item, state: str, next_attempt: float | None = None) -> None:
        """Report a change."""
        ...


class Lane:
    """Serves one recipient until nothing waits for it."""

    def __init__(self, queue: Queue, target: Target) -> None:
        self.target = target
        self.sending: Item | None = None
        """What is under way."""
        self.next_attempt: float | None = None
        """When the wait after a failure ends, seconds since 1970."""
        self._queue = queue
        self._failures = 0
        self._hurry = asyncio.Event()

    def hurry(self) -> None:
        """End the wait after a failure."""
        self._failures = 0
        self._hurry.set()

    async def serve(self) -> None:
        """Deliver what waits, and what comes meanwhile."""
        while (item := self._queue.next_item(self.target)) is not None:
            age_s = item.age_s(self._queue.clock.monotonic())
            if age_s >= self._queue.limits.longest_age_s:
                item.reason = f"given up: it is too old ({item.reason or 'it was never its turn'})"
                await self._queue.end(item, delivered=False)
                continue
            self.sending = item
            try:
                await self._attempt(item)
            finally:
                self.sending = None
            if self._failures:
                await self._wait()

    async def _attempt(self, item: Item) -> None:
        limits = self._queue.limits
        try:
            found = await self._queue.resolve(self.target)
            message = await self._queue.message(item)
        except ApplianceError as error:
            # A part of this unit is at fault: that is no attempt.
            await self._postpone(item, error.message)
            return
        except Failed as failure:
            await self._fail(item, failure)
            return
        if found is None:
            item.reason = "the recipient was removed"
            await self._queue.end(item, delivered=False)
            return
        self._queue.tell(item, "sending")
        token, parameters = found
        item.attempts += 1
        try:
            said = await self._queue.worker.do(
                token, parameters, message, limits.attempt_s(item.file_bytes)
            )
        except Failed as failure:
            await self._fail(item, failure)
            return
        self._failures = 0
        item.reason = said
        await self._queue.end(item, delivered=True)

    async def _fail(self, item: Item, failure: Failed) -> None:
        limits = self._queue.limits
        item.reason = failure.reason
        if failure.permanent:
            # The message or the recipient's settings are at fault: others may get through.
            self._failures = 0
            await self._queue.end(item, delivered=False)
        elif item.attempts >= limits.most_attempts:
            item.reason = f"given up: {failure.reason}"
            self._failures += 1
            await self._queue.end(item, delivered=False)
        else:
            await self._postpone(item, failure.reason)

    async def _postpone(self, item: Item, reason: str) -> None:
        item.reason = reason
        self._failures += 1
        await self._queue.failed(item)
        self.next_attempt = self._queue.clock.time() + self._queue.limits.wait_s(self._failures)
        self._queue.tell(item, "queued", self.next_attempt)

    async def _wait(self) -> None:
        self._hurry.clear()
        try:
            async with asyncio.timeout(self._queue.limits.wait_s(self._failures)):
                await self._hurry.wait()
        except TimeoutError:
            pass
        finally:
            self.next_attempt = None
