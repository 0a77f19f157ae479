"""The record of what happened and why: written behind the event loop's back, read by asking.

Nothing here waits for the disk on the event loop, and nothing that happens to the disk harms the daemon: what cannot
be written is counted, and the next entry says how many are missing before it.
"""

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar

from common.clock import Clock
from common.errors import Unavailable
from common.rules import DeliveryState, Evaluation, Recorded, Search, Told
from daemons.events.record.entry import Entry, Noted
from daemons.events.record.store import Snapshot, Span, State, Store, is_damage

log = logging.getLogger(__name__)

WRITE_INTERVAL_S: Final = 60.0
"""With 60 events and evaluations each a minute some 150 MB a day are written (T-DSK-3: 200); a crash loses so much."""
LARGEST_BATCH: Final = 1000
"""So many entries are not kept waiting for that."""
LONGEST_QUEUE: Final = 5000
RATE_PER_S: Final = 100.0
BURST: Final = 2000
EVENTS_PER_SNAPSHOT: Final = 1000

_Answer = TypeVar("_Answer")


class Record:
    """The record of a running daemon."""

    def __init__(self, store: Store, clock: Clock, states: Callable[[], Iterable[State]]) -> None:
        """`states` tells all present states, the last noted event included."""
        self._store = store
        self._clock = clock
        self._states = states
        self._thread = ThreadPoolExecutor(1, "record")
        self._pending: list[Entry | Snapshot] = []
        self._left_out = 0
        self._gap = False
        """Something is missing since the last snapshot."""
        self._lost: deque[int] = deque()
        """Counts from the thread, of batches that were not written."""
        self._events = 0
        self._allowance = float(BURST)
        self._allowed_at = clock.monotonic()
        self._full = asyncio.Event()
        self._failing = False
        self._opened = False

    # -- writing --

    def event(self, time: float, told: Told, *, stateful: bool) -> None:
        """Note an event, `time` in seconds since 1970."""
        if self._note(time, told, stateful=stateful):
            self._events += 1
            if self._events >= EVENTS_PER_SNAPSHOT:
                self.snapshot()

    def evaluation(self, evaluation: Evaluation) -> None:
        """Note what an event did to a rule."""
        self._note(evaluation.time, evaluation)

    def delivery(self, delivery: DeliveryState) -> None:
        """Note how far a message is."""
        self._note(delivery.time, delivery)

    def snapshot(self) -> None:
        """Note all present states: at the start once they are known, from time to time, and after a gap by itself."""
        self._events = 0
        self._gap = False
        self._pending.append(Snapshot(self._clock.time(), tuple(self._states())))

    def _note(self, time: float, noted: Noted, *, stateful: bool = False) -> bool:
        while self._lost:
            self._left_out += self._lost.popleft()
            self._gap = True
        now = self._clock.monotonic()
        self._allowance = min(BURST, self._allowance + (now - self._allowed_at) * RATE_PER_S)
        self._allowed_at = now
        if self._allowance < 1 or len(self._pending) >= LONGEST_QUEUE:
            self._left_out += 1
            self._gap = True
            return False
        self._allowance -= 1
        self._pending.append(Entry(time, noted, stateful, self._left_out))
        self._left_out = 0
        if len(self._pending) >= LARGEST_BATCH:
            self._full.set()
        return True

    # -- reading --

    async def search(self, search: Search) -> list[Recorded]:
        """Return entries, the newest first. Unavailable while the disk cannot be read."""
        return await self._ask(lambda: self._store.search(search))

    async def between(self, start: float, end: float) -> Span:
        """Return what happened from `start` to `end` (seconds since 1970), and the states at the start."""
        uncounted = self._left_out > 0
        span = await self._ask(lambda: self._store.span(start, end))
        return replace(span, complete=span.complete and not uncounted)

    async def wipe(self) -> None:
        """Forget everything: a reset."""
        self._pending.clear()
        self._left_out = 0
        await self._ask(self._store.wipe)
        self.snapshot()

    # -- life --

    @asynccontextmanager
    async def running(self, tasks: asyncio.TaskGroup) -> AsyncIterator[None]:
        """Write until the block ends, and what is left then."""
        writer = tasks.create_task(self._write_forever(), name="record")
        try:
            yield
        finally:
            writer.cancel()
            self._thread.submit(self._flush, self._taken())
            self._thread.submit(self._store.close)
            self._thread.shutdown()

    async def _write_forever(self) -> None:
        while True:
            await self._on_thread(partial(self._flush, self._taken()))
            try:
                async with asyncio.timeout(WRITE_INTERVAL_S):
                    await self._full.wait()
            except TimeoutError:
                pass
            self._full.clear()

    async def _ask(self, question: Callable[[], _Answer]) -> _Answer:
        """Answer from the store, which is brought up to date first."""
        batch = self._taken()

        def work() -> _Answer:
            self._flush(batch)
            try:
                return question()
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                self._store.set_aside(error)
                return question()

        try:
            return await self._on_thread(work)
        except (sqlite3.Error, OSError) as error:
            raise Unavailable(f"the record of events cannot be read: {error}") from None

    async def _on_thread(self, work: Callable[[], _Answer]) -> _Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _taken(self) -> list[Entry | Snapshot]:
        # Once what is missing has been counted, a replay may begin again.
        if self._gap and not self._left_out:
            self.snapshot()
        batch, self._pending = self._pending, []
        return batch

    def _flush(self, batch: list[Entry | Snapshot]) -> None:
        """Write a batch; runs on the thread, and raises nothing."""
        try:
            if not self._opened:
                self._store.open()
                self._opened = True
            if batch:
                try:
                    self._store.write(batch)
                except sqlite3.DatabaseError as error:
                    if not is_damage(error):
                        raise
                    self._store.set_aside(error)
                    self._store.write(batch)
        except (sqlite3.Error, OSError) as error:
            self._lost.append(sum(1 + each.left_out for each in batch if isinstance(each, Entry)))
            if not self._failing:
                log.error("the record of events cannot be written: %s; entries are left out", error)
            self._failing = True
        else:
            if self._failing and batch:
                log.info("the record of events is written again")
                self._failing = False
