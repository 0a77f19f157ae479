"""A private message bus with real daemons on it, for contract tests."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TypeVar

from common.bus.connection import Connection
from common.bus.suite import Member
from units.supervisor.programs import BUS_CONFIGURATION

READY_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0
_STAND_INS = '<policy context="default"><allow own="org.freedesktop.systemd1"/></policy>'
"""Whom a test may stand in for on this bus."""

_Found = TypeVar("_Found")


class Notifications:
    """What daemons say over NOTIFY_SOCKET; read all the time, because a full socket would block them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ready = threading.Event()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._reader = threading.Thread(target=self._read, name="notifications", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while message := self._socket.recv(4096):
            if b"READY=1" in message:
                self.ready.set()

    def close(self) -> None:
        """Stop reading."""
        self._socket.shutdown(socket.SHUT_RD)
        self._reader.join()
        self._socket.close()
        self.path.unlink(missing_ok=True)


class RunningDaemon:
    """One daemon of the suite as a process of its own, its log in a file."""

    def __init__(
        self,
        member: Member,
        process: subprocess.Popen[bytes],
        log_file: Path,
        notifications: Notifications,
    ) -> None:
        self.member = member
        self.process = process
        self.log_file = log_file
        self.notifications = notifications

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return self.log_file.read_text(errors="replace")

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End it as systemd would; returns its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"{self.member.name} did not stop:\n{self.log}") from None
        return self.process.returncode


class PrivateBus:
    """The broker, the folders and the environment that daemons of one test share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.runtime = folder / "run"
        self.logs = folder / "log"
        for path in (self.state, self.runtime, self.logs):
            path.mkdir(mode=0o700)
        self.address = f"unix:path={folder}/bus"
        self.environment = os.environ | {
            "DBUS_SYSTEM_BUS_ADDRESS": self.address,
            "C8210_STATE": str(self.state),
            "C8210_RUNTIME": str(self.runtime),
            "C8210_BOARD": "simulated",
            "C8210_BOOT_ID": "5f0e2f0a-6a5b-4a39-9a27-0c9a4c1e8a10",
        }
        for foreign in ("NOTIFY_SOCKET", "STATE_DIRECTORY", "RUNTIME_DIRECTORY", "JOURNAL_STREAM"):
            self.environment.pop(foreign, None)
        self._broker: subprocess.Popen[bytes] | None = None
        self._daemons: list[RunningDaemon] = []
        self._spawned = 0

    # -- the broker --

    def start_broker(self) -> None:
        """Start the broker; returns when it can be connected to."""
        configuration = self.folder / "bus.conf"
        text = BUS_CONFIGURATION.format(socket=self.folder / "bus")
        configuration.write_text(text.replace("</busconfig>", f"{_STAND_INS}</busconfig>"))
        (self.folder / "bus").unlink(missing_ok=True)
        reader, writer = os.pipe()
        with os.fdopen(reader, "rb") as ready:
            try:
                self._broker = subprocess.Popen(
                    [
                        "dbus-daemon",
                        f"--config-file={configuration}",
                        "--nofork",
                        "--nopidfile",
                        f"--print-address={writer}",
                    ],
                    pass_fds=[writer],
                )
            finally:
                os.close(writer)
            if not ready.readline():
                raise AssertionError("dbus-daemon did not start")

    def stop_broker(self) -> None:
        """End the broker as a crash would."""
        if self._broker is not None:
            self._broker.kill()
            self._broker.wait()
            self._broker = None

    # -- the daemons --

    async def start(
        self, member: Member, *, module: str | None = None, **environment: str
    ) -> RunningDaemon:
        """Start a daemon and return when it says that it is ready."""
        daemon = self.spawn(member, module=module, **environment)
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                while not daemon.notifications.ready.is_set():
                    if daemon.process.poll() is not None:
                        raise AssertionError(
                            f"{member.name} ended with {daemon.process.returncode}:\n{daemon.log}"
                        )
                    await asyncio.sleep(0.002)
        except TimeoutError:
            raise AssertionError(f"{member.name} is not ready:\n{daemon.log}") from None
        return daemon

    def spawn(
        self, member: Member, *, module: str | None = None, **environment: str
    ) -> RunningDaemon:
        """Start a daemon and do not wait for it."""
        log_file = self.logs / f"{member.name}.log"
        self._spawned += 1
        notifications = Notifications(self.runtime / f"{member.name}.{self._spawned}.notify")
        with log_file.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", module or f"daemons.{member.name}"],
                env=self.environment | {"NOTIFY_SOCKET": str(notifications.path)} | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        daemon = RunningDaemon(member, process, log_file, notifications)
        self._daemons.append(daemon)
        return daemon

    @asynccontextmanager
    async def joined(self, member: Member) -> AsyncIterator[Connection]:
        """Be `member` on the bus, to call others as it would or to stand in for it."""
        connection = Connection(member)
        try:
            async with asyncio.TaskGroup() as tasks, connection.opened(tasks, alive=lambda: None):
                yield connection
        except BaseExceptionGroup as group:
            if len(group.exceptions) == 1:
                raise group.exceptions[0] from None
            raise

    def close(self) -> None:
        """End everything that was started."""
        for daemon in self._daemons:
            if daemon.process.poll() is None:
                daemon.process.send_signal(signal.SIGCONT)
                daemon.kill()
            daemon.notifications.close()
        self.stop_broker()


@contextmanager
def private_bus() -> Iterator[PrivateBus]:
    """Run a broker in a short folder of mode 0700, and point this process to it."""
    folder = Path(tempfile.mkdtemp(prefix="c8210-", dir="/tmp"))  # socket paths end at 107 bytes
    before = os.environ.get("DBUS_SYSTEM_BUS_ADDRESS")
    bus = PrivateBus(folder)
    try:
        bus.start_broker()
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address
        yield bus
    finally:
        os.environ.pop("DBUS_SYSTEM_BUS_ADDRESS", None)
        if before is not None:
            os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = before
        bus.close()
        shutil.rmtree(folder)


async def eventually(condition: Callable[[], _Found], what: str, timeout_s: float = 10.0) -> _Found:
    """Return what `condition` returns as soon as that is true."""
    try:
        async with asyncio.timeout(timeout_s):
            while not (found := condition()):
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"not within {timeout_s:g} s: {what}") from None
    return found
