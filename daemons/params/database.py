"""The database as the daemon uses it: everything read from memory, everything written before it is answered."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from common import journal
from common.clock import Clock
from common.errors import ApplianceError, Unavailable
from common.params.kinds import Access
from common.params.registry import Registry
from common.params.view import HistoryEntry
from daemons.params.change import Change
from daemons.params.migration import migrated
from daemons.params.ports import Loaded, Store
from daemons.params.sealing import Sealer
from daemons.params.state import State
from daemons.params.tree import Declarations, Tree

log = logging.getLogger(__name__)

LONGEST_QUEUE = 512
LARGEST_BATCH = 64
BACKUP_AFTER_CHANGES = 500
BACKUP_AFTER_S = 600.0

_Result = TypeVar("_Result")
_Answer = TypeVar("_Answer")

Plan = Callable[[Tree], tuple[Change, _Answer]]
"""Works out what to write from the tree as it then is; changes nothing itself, raises to refuse."""
Listener = Callable[[Change], None]


@dataclass
class _Job:
    plan: Plan[Any]
    done: asyncio.Future[Any]


class Database:
    """One state, one writer. Requests that arrive together share one transaction of the store."""

    def __init__(self, registry: Registry, store: Store, sealer: Sealer, clock: Clock) -> None:
        self.registry = registry
        self.sealer = sealer
        self.loaded = Loaded(State())
        self._declarations = Declarations(registry)
        self._store = store
        self._clock = clock
        self._state = State()
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue(LONGEST_QUEUE)
        self._thread = ThreadPoolExecutor(1, "store")
        self._listeners: list[Listener] = []
        self._unsaved_changes = 0

    @property
    def tree(self) -> Tree:
        """The parameters as they are now."""
        return Tree(self._declarations, self._state)

    def listen(self, listener: Listener) -> None:
        """Call `listener` with each change, once it is on the disk and before it is answered."""
        self._listeners.append(listener)

    @asynccontextmanager
    async def running(self, tasks: asyncio.TaskGroup) -> AsyncIterator[None]:
        """Load what is kept, and write until the block ends."""
        try:
            self.loaded = await self._on_thread(self._store.open)
            if self.loaded.lost:
                log.error(
                    "the settings were damaged (%s), using the %s",
                    self.loaded.lost,
                    "last good copy" if self.loaded.recovered == "backup" else "defaults",
                    extra=journal.SETTINGS_DAMAGED,
                )
            self._state = self.loaded.state
            writer = tasks.create_task(self._write_forever(), name="writer")
            keeper = tasks.create_task(self._back_up_forever(), name="backup")
            await self.write(lambda tree: (migrated(tree), None))
            yield
            keeper.cancel()
            writer.cancel()
        finally:
            self._thread.submit(self._store.close)
            self._thread.shutdown()

    async def write(self, plan: Plan[_Result]) -> tuple[Change, _Result]:
        """Carry out `plan`; returns when what it changed is on the disk."""
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        try:
            self._jobs.put_nowait(_Job(plan, done))
        except asyncio.QueueFull:
            raise Unavailable("too many changes at once, try again") from None
        change, result = await done
        return change, result

    async def prepare_secrets(self) -> None:
        """Make ready to seal and unseal, off the event loop."""
        await asyncio.to_thread(self.sealer.prepare)

    async def keep(self) -> None:
        """Keep what there is now, for the way back from an upgrade."""
        await self._on_thread(self._store.keep)

    async def put_back_next_time(self) -> bool:
        """Have the next start put back what was kept; returns whether there is anything."""
        return await self._on_thread(self._store.put_back_next_time)

    async def drop_kept(self) -> None:
        """Give up the way back."""
        await self._on_thread(self._store.drop_kept)

    async def history(self, limit: int, access: Access) -> list[HistoryEntry]:
        """Return the newest changes of what `access` may read, newest first."""
        lines = await self._on_thread(lambda: self._store.history(limit))
        return [line for line in lines if access >= self._readable_from(line.name)]

    def _readable_from(self, name: str) -> Access:
        found = self.registry.lookup(name)
        return Access.ADMIN if found is None else found.parameter.read

    # -- the writer --

    async def _write_forever(self) -> None:
        while True:
            batch = [await self._jobs.get()]
            while len(batch) < LARGEST_BATCH and not self._jobs.empty():
                batch.append(self._jobs.get_nowait())
            await self._write_batch(batch)

    async def _write_batch(self, batch: Sequence[_Job]) -> None:
        draft = self._state.copy()
        answers: list[tuple[_Job, Change, Any]] = []
        changes: list[Change] = []
        for job in batch:
            try:
                change, result = job.plan(Tree(self._declarations, draft))
            except Exception as error:  # whatever it is belongs to the one who asked
                _fail(job, error)
                continue
            if change.empty:
                change.revision = draft.revision
            else:
                change.apply(draft)
                changes.append(change)
            answers.append((job, change, result))
        if changes:
            try:
                now = self._clock.time()
                await self._on_thread(lambda: self._store.commit(changes, now))
            except ApplianceError as error:
                log.error("%d changes were not written: %s", len(changes), error.message)
                for job, _change, _result in answers:
                    _fail(job, error)
                return
            self._state = draft
            self._unsaved_changes += len(changes)
        if any(change.reset for change in changes):
            await self._after_reset(thorough=any(change.forget for change in changes))
        for job, change, result in answers:
            if not change.empty:
                self._tell(change)
            if not job.done.done():
                job.done.set_result((change, result))
        if self._unsaved_changes >= BACKUP_AFTER_CHANGES:
            await self._back_up()

    def _tell(self, change: Change) -> None:
        for listener in self._listeners:
            listener(change)

    # -- copies --

    async def _after_reset(self, *, thorough: bool) -> None:
        """What was cleared must not come back from a copy, nor be found on the disk.

        What was kept before an upgrade stays over a restore, which may be part of that upgrade.
        """
        try:
            await self._on_thread(self._store.forget)
            if thorough:
                await self._on_thread(self._store.drop_kept)
        except ApplianceError as error:
            log.error("traces of what was reset are left on the disk: %s", error.message)
        await self._back_up()

    async def _back_up(self) -> None:
        self._unsaved_changes = 0
        try:
            await self._on_thread(self._store.back_up)
        except ApplianceError as error:
            log.warning(
                "no copy of the settings was made: %s, keeping the one before", error.message
            )

    async def _back_up_forever(self) -> None:
        await self._back_up()
        while True:
            await asyncio.sleep(BACKUP_AFTER_S)
            if self._unsaved_changes:
                await self._back_up()

    async def _on_thread(self, work: Callable[[], _Answer]) -> _Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _fail(job: _Job, error: Exception) -> None:
    if not job.done.done():
        job.done.set_exception(error)
