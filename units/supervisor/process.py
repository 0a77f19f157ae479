"""One process kept alive, as systemd would: readiness, watchdog, restart, stop."""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

WATCHDOG_S = 8.0
"""As WatchdogSec= of the units."""
RESTART_DELAY_S = 0.2
"""As RestartSec= of the units."""
STOP_TIMEOUT_S = 3.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Program:
    """What is run."""

    name: str
    command: Sequence[str]
    address: str | int | None = None
    """Where it listens: a socket's path or a port of this machine. It is ready once a connection is taken there.

    None for a program that says READY=1 and feeds the watchdog.
    """
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    """What it gets when the supervisor itself has died."""


@dataclass
class Process:
    """A program kept running until `stop`."""

    program: Program
    environment: Mapping[str, str]
    runtime: Path
    log_file: Path
    say: Say
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _child: asyncio.subprocess.Process | None = None
    _told_to_stop: asyncio.Event = field(default_factory=asyncio.Event)
    _fed_at: float = 0.0

    async def keep(self) -> None:
        """Run it, and run it again whenever it ends."""
        while not self._told_to_stop.is_set():
            started = time.monotonic()
            code = await self._once(started)
            self.ready.clear()
            if self._told_to_stop.is_set():
                return
            self.say(f"{self.program.name} ended ({_ending(code)}), starting it again")
            await asyncio.sleep(RESTART_DELAY_S)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, when it runs."""
        if self._child is not None and self._child.returncode is None:
            self._child.send_signal(number)

    async def stop(self, number: signal.Signals | None = None) -> None:
        """End it: politely, then, after a time-out, by force; `SIGKILL` at once is a power cut."""
        self._told_to_stop.set()
        child = self._child
        if child is None or child.returncode is not None:
            return
        self.send(number or self.program.stop_signal)
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await child.wait()
        except TimeoutError:
            self.say(f"{self.program.name} did not stop, killing it")
            self.send(signal.SIGKILL)
            await child.wait()
        _end_group(child.pid)

    async def _once(self, started: float) -> int:
        environment = dict(self.environment)
        notifications = self._notifications() if self.program.address is None else None
        try:
            if notifications is not None:
                environment["NOTIFY_SOCKET"] = notifications.getsockname()
                environment["WATCHDOG_USEC"] = str(int(WATCHDOG_S * 1e6))
            with self.log_file.open("ab") as log:
                # setpriv: whatever becomes of the supervisor, nothing is left behind.
                self._child = await asyncio.create_subprocess_exec(
                    *("setpriv", "--pdeathsig", self.program.death_signal.name),
                    *self.program.command,
                    env=environment,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            if notifications is not None:
                watches = [self._listen(notifications, started), self._watch()]
            else:
                watches = [self._wait_for_listener(started)]
            async with asyncio.TaskGroup() as tasks:
                watching = [
                    tasks.create_task(watch, name=f"watch {self.program.name}") for watch in watches
                ]
                code = await self._child.wait()
                _end_group(self._child.pid)
                for task in watching:
                    task.cancel()
            return code
        finally:
            if notifications is not None:
                notifications.close()

    def _notifications(self) -> socket.socket:
        path = self.runtime / f"notify-{self.program.name}"
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        listener.bind(str(path))
        return listener

    async def _listen(self, notifications: socket.socket, started: float) -> None:
        loop = asyncio.get_running_loop()
        while True:
            message = (await loop.sock_recv(notifications, 4096)).decode(errors="replace")
            fields = message.splitlines()
            self._fed_at = time.monotonic()
            if "READY=1" in fields and not self.ready.is_set():
                self._is_ready(started)

    async def _wait_for_listener(self, started: float) -> None:
        while not await self._takes_connections():
            await asyncio.sleep(0.02)
        self._is_ready(started)

    async def _takes_connections(self) -> bool:
        address = self.program.address
        try:
            if isinstance(address, str):
                _reader, writer = await asyncio.open_unix_connection(address)
            else:
                _reader, writer = await asyncio.open_connection("127.0.0.1", address)
        except OSError:
            return False
        writer.close()
        return True

    async def _watch(self) -> None:
        await self.ready.wait()
        while True:
            await asyncio.sleep(WATCHDOG_S / 8)
            if time.monotonic() - self._fed_at > WATCHDOG_S:
                self.say(f"{self.program.name} does not answer, killing it")
                self.send(signal.SIGKILL)

    def _is_ready(self, started: float) -> None:
        self.ready.set()
        self.say(f"{self.program.name:<8} ready after {time.monotonic() - started:.1f} s")


def _end_group(leader: int) -> None:
    """Kill what a process that has ended leaves behind: workers of nginx would keep its ports."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _ending(code: int) -> str:
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def open_log(folder: Path, name: str) -> Path:
    """Return the log file of a program, with the one of the run before kept beside it."""
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{name}.log"
    if path.exists():
        path.replace(folder / f"{name}.log.old")
    return path
