"""A daemon's life: start, ready, watchdog, log, stop.

A daemon is an async context manager that yields when its own parts work. SIGTERM and SIGINT cancel it, and its
blocks unwind in reverse. A background task that dies takes the daemon down; systemd starts it again.
"""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from systemd.daemon import notify

from common import journal
from common.bus.connection import Connection
from common.bus.suite import Member
from common.paths import runtime_dir, state_dir

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Daemon:
    """What a daemon's body is given."""

    member: Member
    connection: Connection
    tasks: asyncio.TaskGroup
    state: Path
    runtime: Path


Body = Callable[[Daemon], AbstractAsyncContextManager[None]]


def run(member: Member, body: Body) -> None:
    """Live as `member` until told to stop; ends the process."""
    _log_to_journal_or_stderr(member)
    try:
        asyncio.run(_live(member, body))
    except* Exception as failures:  # the daemon's own edge: log once, let the unit restart us
        for failure in _leaves(failures):
            log.critical("%s died", member.name, exc_info=failure, extra=journal.DAEMON_DIED)
        sys.exit(1)


async def _live(member: Member, body: Body) -> None:
    stop = asyncio.Event()
    started = asyncio.Event()
    living = asyncio.current_task()

    def told_to_stop() -> None:
        stop.set()
        if not started.is_set() and living is not None:
            living.cancel()  # it may be waiting for a peer that never comes

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_stop)
    try:
        await _serve(member, body, started, stop)
    except asyncio.CancelledError:
        if not stop.is_set():
            raise


async def _serve(member: Member, body: Body, started: asyncio.Event, stop: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as tasks:
        connection = Connection(member)
        daemon = Daemon(member, connection, tasks, state_dir(member.name), runtime_dir(member.name))
        async with connection.opened(tasks, alive=lambda: notify("WATCHDOG=1")), body(daemon):
            gc.collect()
            gc.freeze()  # what is there at the end of the start-up stays: do not scan it again
            started.set()
            notify("READY=1")
            log.info("%s is ready", member.name, extra=journal.READY)
            await stop.wait()
            notify("STOPPING=1")
        _cancel_others()


def _cancel_others() -> None:
    """End the background tasks, which otherwise keep the task group waiting."""
    me = asyncio.current_task()
    for task in asyncio.all_tasks():
        if task is not me:
            task.cancel()


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found.extend(_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    return found


def _log_to_journal_or_stderr(member: Member) -> None:
    handler: logging.Handler
    if os.environ.get("JOURNAL_STREAM"):
        from systemd.journal import JournalHandler  # only where there is a journal

        handler = JournalHandler(SYSLOG_IDENTIFIER=f"c8210-{member.name}")
        handler.setFormatter(logging.Formatter("%(message)s"))
    else:
        handler = logging.StreamHandler()
        handler.setFormatter(
            logging.Formatter(f"%(asctime)s {member.name} %(levelname)s %(name)s: %(message)s")
        )
    logging.basicConfig(level=os.environ.get("C8210_LOG", "INFO").upper(), handlers=[handler])
