"""The delivery worker as the daemon sees it: started at need, ended when idle, killed when stuck."""

import asyncio
import itertools
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import suppress

import msgspec

from common.paths import LIBRARY
from daemons.events.delivery import protocol
from daemons.events.recipients.kinds import Failed, Message

log = logging.getLogger(__name__)

GRACE_S = 15.0
"""How much longer than a job may take the worker may be silent about it."""
IDLE_S = 10.0
"""How long a worker without a job is kept."""


class _Worker:
    """One process, and the jobs it is at."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.jobs: dict[int, asyncio.Future[protocol.Result]] = {}
        self.idle: asyncio.TimerHandle | None = None

    @property
    def is_alive(self) -> bool:
        """Whether it takes jobs."""
        return self.process.returncode is None

    def write(self, said: protocol.Settings | protocol.Job) -> None:
        if self.process.stdin is not None:
            self.process.stdin.write(protocol.line(said))

    def dismiss(self) -> None:
        """End its input, whereupon it ends."""
        if self.process.stdin is not None:
            self.process.stdin.close()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()


class WorkerProcess:
    """Has jobs done; any job may start the process, `run` keeps it until cancelled."""

    def __init__(
        self, settings: protocol.Settings, *, idle_s: float = IDLE_S, grace_s: float = GRACE_S
    ) -> None:
        self._settings = settings
        self._idle_s = idle_s
        self._grace_s = grace_s
        self._worker: _Worker | None = None
        self._starting = asyncio.Lock()
        self._numbers = itertools.count(1)
        self._tasks: asyncio.TaskGroup | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, None while there is none."""
        return None if self._worker is None else self._worker.process.pid

    async def run(self) -> None:
        """Read what workers say until cancelled; then none is left."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                await asyncio.get_running_loop().create_future()
        finally:
            self._tasks = None

    async def do(
        self, token: str, parameters: Mapping[str, str], message: Message | None, seconds: float
    ) -> str:
        """Have one job done and return what there is to tell; raises Failed."""
        number = next(self._numbers)
        worker = await self._running()
        result: asyncio.Future[protocol.Result] = asyncio.get_running_loop().create_future()
        worker.jobs[number] = result
        if worker.idle is not None:
            worker.idle.cancel()
        worker.write(protocol.Job(number, token, dict(parameters), seconds, message))
        try:
            async with asyncio.timeout(seconds + self._grace_s):
                found = await result
        except TimeoutError:
            log.warning("the delivery worker is stuck, killing it")
            worker.kill()
            raise Failed("the delivery worker was stuck") from None
        finally:
            worker.jobs.pop(number, None)
            self._rest(worker)
        if not found.ok:
            raise Failed(found.reason, permanent=found.permanent)
        return found.reason

    def _rest(self, worker: _Worker) -> None:
        """Send a worker home once it has had nothing to do for a while."""
        if worker.jobs or worker is not self._worker:
            return

        def dismiss() -> None:
            if not worker.jobs and self._worker is worker:
                self._worker = None
                worker.dismiss()

        worker.idle = asyncio.get_running_loop().call_later(self._idle_s, dismiss)

    async def _running(self) -> _Worker:
        async with self._starting:
            if self._worker is None or not self._worker.is_alive:
                self._worker = await self._started()
            return self._worker

    async def _started(self) -> _Worker:
        if self._tasks is None:
            raise Failed("deliveries are not running")
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-m", "daemons.events.delivery.worker", str(os.getpid())),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=protocol.LONGEST_LINE,
                env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": str(LIBRARY)},
            )
        except OSError as error:
            log.error("the delivery worker cannot be started: %s", error)
            raise Failed("the delivery worker cannot be started") from error
        worker = _Worker(process)
        worker.write(self._settings)
        self._tasks.create_task(self._follow(worker), name=f"delivery worker {process.pid}")
        return worker

    async def _follow(self, worker: _Worker) -> None:
        """Hand out what the worker says until it ends; what it was at has failed then."""
        output = worker.process.stdout
        try:
            while output is not None and (line := await output.readline()):
                found = protocol.result.decode(line)
                waiting = worker.jobs.get(found.id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(found)
        except (msgspec.MsgspecError, ValueError):
            log.error("the delivery worker says what it must not, killing it")
        finally:
            worker.kill()
            if self._worker is worker:
                self._worker = None
            for waiting in worker.jobs.values():
                if not waiting.done():
                    waiting.set_exception(Failed("the delivery worker has ended"))
            worker.dismiss()
            await worker.process.wait()
