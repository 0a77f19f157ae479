"""Messages on their way to recipients: queued on disk, one lane per recipient, tried again until they are old."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec

from common.clock import Clock, SystemClock
from common.errors import ApplianceError, InvalidValue, StorageFull
from common.rules import DeliveryState
from daemons.events.delivery.backoff import Limits
from daemons.events.delivery.item import Item, Target
from daemons.events.delivery.lane import Lane
from daemons.events.delivery.names import numbered
from daemons.events.delivery.protocol import Settings
from daemons.events.delivery.store import Store
from daemons.events.delivery.worker_process import WorkerProcess
from daemons.events.recipients.kinds import Failed, Message

__all__ = ["Deliveries", "Target"]

log = logging.getLogger(__name__)

LARGEST_MESSAGE_BYTES = 256 * 1024
MOST_ENDED = 50
MOST_TESTS = 4
TEST_S = 40.0
DISK_RETRY_S = 5.0

Resolve = Callable[[Target], Awaitable[tuple[str, Mapping[str, str]] | None]]
"""Token and parameters, secrets included, of a target; None when it was removed."""
Report = Callable[[DeliveryState], None]

_Result = TypeVar("_Result")


class Deliveries:
    """The queue and what works on it.

    `loopback_allowed` lets recipients have this unit's loopback addresses: for the simulated board and for tests,
    whose servers are there; never on a device. `trusted` is a file or folder with authorities' certificates.
    """

    def __init__(
        self,
        folder: Path,
        resolve: Resolve,
        report: Report,
        *,
        loopback_allowed: bool = False,
        trusted: str = "",
        limits: Limits | None = None,
        clock: Clock | None = None,
        worker: WorkerProcess | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.clock = clock or SystemClock()
        self.resolve = resolve
        self.worker = worker or WorkerProcess(Settings(loopback_allowed, trusted))
        self.store = Store(folder)
        self._report = report
        self._thread = ThreadPoolExecutor(1, "deliveries")
        self._items: dict[int, Item] = {}
        self._lanes: dict[Target, Lane] = {}
        self._serving: dict[Target, asyncio.Task[None]] = {}
        """Of each lane."""
        self._revisions: dict[tuple[str, int], int] = {}
        self._ended: deque[DeliveryState] = deque(maxlen=MOST_ENDED)
        self._last = 0
        self._adding = asyncio.Lock()
        self._tests = asyncio.Semaphore(MOST_TESTS)
        self._opened = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Deliver until cancelled. `put` and the rest wait until this has opened the queue."""
        try:
            items, self._last = await self.on_thread(self.store.open)
            for item in items:
                item.since = self.clock.monotonic()
                self._items[item.number] = item
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self.worker.run(), name="delivery worker")
                await asyncio.sleep(0)
                self._opened.set()
                for item in items:
                    self._open_lane(item.target)
                await asyncio.get_running_loop().create_future()
        finally:
            self._tasks = None
            self._thread.submit(self.store.close)
            self._thread.shutdown()

    async def next_number(self) -> int:
        """Return a sequence number that no other message has, for a `#s` in its text; pass it to `put`."""
        await self._opened.wait()
        self._last += 1
        return self._last

    async def put(
        self, target: Target, name: str, what: str, message: Message, number: int | None = None
    ) -> int:
        """Queue a message for the recipient called `name`; return its number once it is on disk.

        Its file moves into the queue's folder. Raises InvalidValue, StorageFull; nothing is changed then.
        """
        await self._opened.wait()
        if number is None:
            number = await self.next_number()
        now = self.clock.time()
        source = None if message.file is None else Path(message.file.path)
        file_bytes = await self.on_thread(lambda: _size(source))
        if message.file is not None:
            file = msgspec.structs.replace(
                message.file, path="", name=numbered(message.file.name, number)
            )
            message = msgspec.structs.replace(message, file=file)
        content = msgspec.json.encode(msgspec.structs.replace(message, number=number, created=now))
        if len(content) > LARGEST_MESSAGE_BYTES:
            raise InvalidValue(f"the message is larger than {LARGEST_MESSAGE_BYTES} bytes")
        item = Item(
            *(number, target, name, what, len(content) + file_bytes, file_bytes, now),
            since=self.clock.monotonic(),
        )
        async with self._adding:
            await self._make_room(item)
            await self.on_thread(lambda: self.store.add(item, content, source))
            self._items[number] = item
        self.tell(item, "queued")
        self._open_lane(target)
        return number

    def addressed(self, revisions: Mapping[tuple[str, int], int]) -> None:
        """Take which targets there are; what waits for one that was changed, or removed, has its turn at once."""
        before, self._revisions = self._revisions, dict(revisions)
        for target, lane in self._lanes.items():
            if before.get(target) != self._revisions.get(target):
                lane.hurry()

    async def wipe(self) -> None:
        """Forget every message without a word: a reset. What is just being sent may still arrive."""
        await self._opened.wait()
        async with self._adding:
            for task in (serving := list(self._serving.values())):
                task.cancel()
            await asyncio.gather(*serving, return_exceptions=True)
            self._lanes.clear()
            self._serving.clear()
            await self.on_thread(self.store.wipe)
            self._items.clear()
            self._ended.clear()

    def states(self) -> list[DeliveryState]:
        """Return what waits or is being sent, and what ended last, newest first."""
        lanes = self._lanes
        waiting = [
            _state(item, "sending" if lane is not None and lane.sending is item else "queued", item.queued,
                   None if lane is None else lane.next_attempt)
            for item in self._items.values()
            for lane in (lanes.get(item.target),)
        ]  # fmt: skip
        return sorted([*waiting, *self._ended], key=lambda state: state.number, reverse=True)

    async def test(self, token: str, parameters: Mapping[str, str]) -> tuple[bool, str]:
        """Try to reach a recipient; return whether it worked, and what there is to say."""
        await self._opened.wait()
        async with self._tests:
            try:
                said = await self.worker.do(token, parameters, None, TEST_S)
            except Failed as failure:
                return False, failure.reason
        return True, said

    # -- for the lanes --

    def next_item(self, target: Target) -> Item | None:
        """Return what is to be sent next to a recipient."""
        waiting = [item for item in self._items.values() if item.target == target]
        return min(waiting, key=lambda item: item.turn, default=None)

    async def message(self, item: Item) -> Message:
        """Return the content of an item, its file with the path where it lies."""
        content = await self.on_thread(lambda: self.store.message(item.number))
        try:
            message = msgspec.json.decode(content, type=Message)
        except msgspec.MsgspecError as error:
            raise Failed("the message is of another version", permanent=True) from error
        if message.file is None:
            return message
        path = str(self.store.path(item.number))
        return msgspec.structs.replace(
            message, file=msgspec.structs.replace(message.file, path=path)
        )

    async def failed(self, item: Item) -> None:
        """Keep that an attempt failed, and how old all have become that wait for the same recipient."""
        now = self.clock.monotonic()
        waiting = [
            (other.number, other.attempts, other.age_s(now), other.reason)
            for other in self._items.values()
            if other.target == item.target
        ]
        await self._kept(lambda: self.store.update(waiting))

    async def end(self, item: Item, *, delivered: bool) -> None:
        """Forget an item, and report how it ended. Until the disk has forgotten it, its lane does nothing else."""
        await self._kept(lambda: self.store.remove(item.number))
        self._items.pop(item.number, None)
        self.tell(item, "delivered" if delivered else "failed")

    def tell(self, item: Item, state: str, next_attempt: float | None = None) -> None:
        """Report a change."""
        told = _state(item, state, self.clock.time(), next_attempt)
        if told.state in ("delivered", "failed"):
            self._ended.append(told)
        self._report(told)

    async def on_thread(self, function: Callable[[], _Result]) -> _Result:
        """Do what touches the disk."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)

    # -- inside --

    def _open_lane(self, target: Target) -> None:
        if target in self._lanes or self._tasks is None:
            return  # it looks for what came before it ends
        lane = self._lanes[target] = Lane(self, target)
        self._serving[target] = self._tasks.create_task(
            self._serve(lane), name=f"lane {target.kind} {target.id}"
        )

    async def _serve(self, lane: Lane) -> None:
        await lane.serve()
        del self._lanes[lane.target], self._serving[lane.target]

    async def _make_room(self, item: Item) -> None:
        """Give up the oldest of whoever has most, so that one dead recipient does not cost the others theirs."""
        if item.bytes > self.limits.most_bytes:
            raise StorageFull(
                f"{item.bytes} bytes are more than the queue of deliveries holds ({self.limits.most_bytes})"
            )
        while (
            len(self._items) + 1 > self.limits.most_messages
            or sum(other.bytes for other in self._items.values()) + item.bytes
            > self.limits.most_bytes
        ):
            victim = self._victim(by_bytes=len(self._items) + 1 <= self.limits.most_messages)
            if victim is None:
                raise StorageFull("the queue of deliveries is full")
            victim.reason = "given up: the queue is full" + (
                f" ({victim.reason})" if victim.reason else ""
            )
            await self.on_thread(lambda number=victim.number: self.store.remove(number))  # type: ignore[misc]
            self._items.pop(victim.number, None)
            self.tell(victim, "failed")

    def _victim(self, *, by_bytes: bool) -> Item | None:
        held: dict[Target, int] = {}
        sending = {lane.sending.number for lane in self._lanes.values() if lane.sending is not None}
        candidates = [item for item in self._items.values() if item.number not in sending]
        for item in candidates:
            held[item.target] = held.get(item.target, 0) + (item.bytes if by_bytes else 1)
        if not held:
            return None
        most = max(held, key=lambda target: held[target])
        return min(
            (item for item in candidates if item.target == most), key=lambda item: item.number
        )

    async def _kept(self, write: Callable[[], None]) -> None:
        """Write, and where the disk does not take it, again until it does: what was sent must not be sent twice."""
        complained = False
        while True:
            try:
                return await self.on_thread(write)
            except ApplianceError as error:
                if not complained:
                    log.error(
                        "the queue of deliveries cannot be written, trying on: %s", error.message
                    )
                complained = True
            await asyncio.sleep(DISK_RETRY_S)


def _size(file: Path | None) -> int:
    if file is None:
        return 0
    try:
        return file.stat().st_size
    except OSError as error:
        raise InvalidValue("the file to send does not exist") from error


def _state(item: Item, state: str, time: float, next_attempt: float | None) -> DeliveryState:
    return msgspec.convert(
        {
            "number": item.number,
            "time": time,
            "recipient": item.recipient,
            "what": item.what,
            "state": state,
            "attempts": item.attempts,
            "reason": item.reason,
            "next_attempt": next_attempt if state == "queued" else None,
        },
        DeliveryState,
    )
