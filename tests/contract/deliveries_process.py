"""Deliveries as a process that can be killed: `deliveries_process.py FOLDER PORT COUNT`.

It queues COUNT messages for a TCP recipient, prints `put N` after each that is on disk, and delivers what waits.
"""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from daemons.events.delivery.backoff import Limits
from daemons.events.delivery.deliveries import Deliveries
from daemons.events.delivery.item import Target
from daemons.events.recipients.kinds import Message


async def main(folder: str, port: str, count: str) -> None:
    """Run until killed."""

    async def resolve(target: Target) -> tuple[str, Mapping[str, str]]:
        return "com.axis.recipient.tcp", {"host": "127.0.0.1", "port": port}

    limits = Limits(first_wait_s=0.05, longest_wait_s=0.2)
    deliveries = Deliveries(
        Path(folder), resolve, lambda report: None, limits=limits, loopback_allowed=True
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(deliveries.run(), name="deliveries")
        for _ in range(int(count)):
            number = await deliveries.next_number()
            await deliveries.put(
                Target("recipient", 1), "sink", "text", Message(text=str(number)), number
            )
            sys.stdout.write(f"put {number}\n")
            sys.stdout.flush()


asyncio.run(main(*sys.argv[1:]))
