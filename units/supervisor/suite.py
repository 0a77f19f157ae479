"""The whole suite, started and stopped together."""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from common.reload import reload_dir
from units.supervisor import programs
from units.supervisor.instance import Instance
from units.supervisor.process import Process, Program, Say, open_log

WATCH_INTERVAL_S = 0.2
REPLY_GRACE_S = 0.3
"""A restart asked for over HTTP: time for the answer to reach the one who asked."""
PATIENCE_S = 15.0
"""After so long somebody who waits for the unit wants to know why."""
OFF_S = 1.0
"""How long a power cut lasts."""


class Suite:
    """The daemons, the bus and the web server of one instance; the simulated world stands beside them."""

    def __init__(self, instance: Instance, say: Say) -> None:
        self.instance = instance
        self.say = say
        self.environment = instance.environment()
        self._processes: list[Process] = []
        self._world: Process | None = None

    @asynccontextmanager
    async def world(self, tasks: asyncio.TaskGroup) -> AsyncIterator[None]:
        """Keep the message bus and the simulated world for as long as the block runs."""
        bus = self._start(tasks, programs.bus(self.instance))
        await bus.ready.wait()
        outside = [bus]
        if self.instance.simulated:
            self._world = self._start(tasks, programs.world())
            outside.append(self._world)
        try:
            yield
        finally:
            for process in reversed(outside):
                await process.stop()

    async def run(self, tasks: asyncio.TaskGroup) -> str:
        """Run the daemons until somebody asks for `restart` or `power-cut`; returns which."""
        self.environment = self.instance.environment()
        with self._commands() as commands:
            self._processes = [self._start(tasks, program) for program in programs.daemons()]
            front = tasks.create_task(self._front(tasks), name="nginx")
            try:
                command = await self._next_command(commands)
                await asyncio.sleep(REPLY_GRACE_S if command == "restart" else 0)
            except asyncio.CancelledError:
                command = "stop"
                raise
            finally:
                front.cancel()
                await self._stop(command)
        if command == "power-cut":
            await asyncio.sleep(OFF_S)
        return command

    async def all_ready(self) -> None:
        """Return when every daemon is ready and the web server runs."""
        while len(self._processes) <= len(programs.daemons()):
            await asyncio.sleep(WATCH_INTERVAL_S / 4)
        for process in list(self._processes):
            await process.ready.wait()
        if self._world is not None:
            await self._world.ready.wait()

    def waited_for(self) -> list[str]:
        """Return the names of what is not ready, nginx included while its configuration is missing."""
        running = {process.program.name: process.ready.is_set() for process in self._processes}
        if self._world is not None:
            running[self._world.program.name] = self._world.ready.is_set()
        expected = {*running, *(program.name for program in programs.daemons()), "nginx"}
        return sorted(name for name in expected if not running.get(name, False))

    def _start(self, tasks: asyncio.TaskGroup, program: Program) -> Process:
        process = Process(
            program,
            self.environment,
            self.instance.runtime,
            open_log(self.instance.state / "log", program.name),
            self.say,
        )
        tasks.create_task(process.keep(), name=program.name)
        return process

    async def _stop(self, command: str) -> None:
        number = signal.SIGKILL if command == "power-cut" else None
        async with asyncio.TaskGroup() as stopping:
            for process in self._processes:
                stopping.create_task(process.stop(number), name=f"stop {process.program.name}")
        self._processes = []

    async def _front(self, tasks: asyncio.TaskGroup) -> None:
        """Start nginx once it has a configuration and a certificate, and reload it when somebody asks for it."""
        for path in programs.nginx_needs(self.instance):
            await self._until_exists(path)
        self._asked_to_reload()
        nginx = self._start(tasks, programs.nginx(self.instance))
        self._processes.append(nginx)
        while True:
            await nginx.ready.wait()
            if self._asked_to_reload():
                nginx.send(signal.SIGHUP)
            await asyncio.sleep(WATCH_INTERVAL_S)

    def _asked_to_reload(self) -> bool:
        """Whether somebody has asked, which is forgotten by that: before anything is loaded."""
        asked = list(reload_dir(self.instance.runtime).glob("*"))
        for path in asked:
            path.unlink()
        return bool(asked)

    async def _until_exists(self, path: Path) -> None:
        while not _exists(path):
            await asyncio.sleep(WATCH_INTERVAL_S / 10)

    def _commands(self) -> socket.socket:
        self.instance.command_socket.unlink(missing_ok=True)
        commands = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        commands.bind(str(self.instance.command_socket))
        return commands

    async def _next_command(self, commands: socket.socket) -> str:
        loop = asyncio.get_running_loop()
        while True:
            command = (await loop.sock_recv(commands, 64)).decode(errors="replace").strip()
            if command in ("restart", "power-cut"):
                self.say(f"{command}: the unit starts again")
                return command
            self.say(f"unknown command '{command}', ignoring")


def _exists(path: Path) -> bool:
    return path.exists()


async def live(instance: Instance, say: Say) -> None:
    """Run the suite until cancelled."""
    async with asyncio.TaskGroup() as tasks:
        suite = Suite(instance, say)
        async with suite.world(tasks):
            while True:
                started = time.monotonic()
                greeter = tasks.create_task(_greet(suite, started), name="greeting")
                try:
                    await suite.run(tasks)
                finally:
                    greeter.cancel()


async def _greet(suite: Suite, started: float) -> None:
    instance = suite.instance
    try:
        async with asyncio.timeout(PATIENCE_S):
            await suite.all_ready()
    except TimeoutError:
        waited_for = ", ".join(suite.waited_for())
        suite.say(f"still waiting for {waited_for}: see the logs in {instance.state / 'log'}")
        await suite.all_ready()
    suite.say(f"the C8210 is ready after {time.monotonic() - started:.1f} s")
    suite.say("")
    suite.say(f"    https://localhost:{instance.https_port}/   (HTTP: port {instance.http_port})")
    suite.say("")
    suite.say("    Open it in a browser: a new unit begins by asking for a password for root.")
    suite.say(
        "    The certificate was made by the unit itself: the browser asks whether to trust it."
    )
    if instance.simulated:
        suite.say("    What the loudspeaker plays is heard and seen on the page Front panel.")
    elif why := await _why_silent(suite.environment):
        suite.say(f"    Nothing will be heard. {why}.")
        suite.say("    C8210_BOARD=simulated needs no sound card.")
    suite.say(f"    Logs: {instance.state / 'log'}   Stop: Ctrl-C")


async def _why_silent(environment: Mapping[str, str]) -> str:
    """Return why the board's sound card cannot be opened; nothing where it can.

    Audio opens it when something plays first, and here nobody looks into its log.
    """
    asked = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "hw.boards"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    answer, _ = await asked.communicate()
    return answer.decode(errors="replace").strip() if asked.returncode else ""
