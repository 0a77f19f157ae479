"""Runs the suite without systemd: every daemon an ordinary process, on a bus and in folders of its own."""

import asyncio
import contextlib
import os
import signal
import sys

from units.supervisor.instance import CannotStart, Instance, claimed
from units.supervisor.suite import live


def say(line: str) -> None:
    """Print at once, also where there is no terminal."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Nobody reads it any more, which is no reason to stop. What is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


async def run(instance: Instance) -> None:
    """Run until told to stop."""
    loop = asyncio.get_running_loop()
    me = asyncio.current_task()
    if me is None:
        raise RuntimeError("not in a task")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, me.cancel)
    say(f"C8210 on the {instance.board} board, state in {instance.state}")
    with contextlib.suppress(asyncio.CancelledError):
        await live(instance, say)
    say("stopped")


def main() -> int:
    """Start the suite; returns the exit code."""
    try:
        with claimed() as instance:
            asyncio.run(run(instance))
    except CannotStart as reason:
        say(f"cannot start: {reason}")
        return 1
    return 0


sys.exit(main())
