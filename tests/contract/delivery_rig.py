"""A queue of deliveries under test, and a recipient that writes down what it gets."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from common.clock import Clock
from common.rules import DeliveryState
from daemons.events.delivery.backoff import Limits
from daemons.events.delivery.deliveries import Deliveries
from daemons.events.delivery.item import Target
from daemons.events.delivery.protocol import Settings
from daemons.events.delivery.worker_process import WorkerProcess
from daemons.events.recipients.kinds import Message
from tests.contract.recipients_rig import scripted

QUICK = Limits(first_wait_s=0.02, longest_wait_s=0.1, message_s=10.0)
FIRST, SECOND = Target("recipient", 1), Target("recipient", 2)
PATIENCE_S = 30.0

Recipients = dict[Target, tuple[str, Mapping[str, str]]]


def tcp(port: int) -> tuple[str, Mapping[str, str]]:
    """Return a TCP recipient."""
    return "com.axis.recipient.tcp", {"host": "127.0.0.1", "port": str(port)}


class Rig:
    """Deliveries that run, and what they reported."""

    def __init__(
        self, deliveries: Deliveries, worker: WorkerProcess, reports: list[DeliveryState]
    ) -> None:
        self.deliveries = deliveries
        self.worker = worker
        self.reports = reports

    async def put(self, text: str, target: Target = FIRST) -> int:
        """Queue a text."""
        return await self.deliveries.put(target, target.kind, "a text", Message(text=text))

    def ended(self, number: int | None = None) -> list[DeliveryState]:
        """Return the last report of what ended."""
        return [
            report
            for report in self.reports
            if report.state in ("delivered", "failed") and number in (None, report.number)
        ]

    async def end_of(self, number: int) -> DeliveryState:
        """Wait until a message was delivered or given up; return the report of that."""
        await until(lambda: bool(self.ended(number)))
        (report,) = self.ended(number)
        return report


async def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(
    folder: Path,
    recipients: Recipients,
    limits: Limits = QUICK,
    *,
    loopback_allowed: bool = True,
    idle_s: float = 10.0,
    grace_s: float = 15.0,
    clock: Clock | None = None,
) -> AsyncIterator[Rig]:
    """Run a queue in `folder` until the end of the block."""
    reports: list[DeliveryState] = []

    async def resolve(target: Target) -> tuple[str, Mapping[str, str]] | None:
        return recipients.get(target)

    worker = WorkerProcess(Settings(loopback_allowed), idle_s=idle_s, grace_s=grace_s)
    deliveries = Deliveries(
        folder, resolve, reports.append, limits=limits, worker=worker, clock=clock
    )
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(deliveries.run(), name="deliveries")
        try:
            yield Rig(deliveries, worker, reports)
        finally:
            task.cancel()


class Sink:
    """A TCP recipient and the texts that it got."""

    def __init__(self) -> None:
        self.port = 0
        self.texts: list[str] = []

    async def listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one text."""
        self.texts.append((await reader.read(-1)).decode())

    async def gets(self, count: int) -> None:
        """Wait for so many more texts."""
        enough = len(self.texts) + count
        await until(lambda: len(self.texts) >= enough)


@asynccontextmanager
async def sink() -> AsyncIterator[Sink]:
    """Listen until the end of the block."""
    made = Sink()
    async with scripted(made.listen) as made.port:
        yield made
