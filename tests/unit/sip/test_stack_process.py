"""The process of the stack is started, heard, ended, and started again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from common.errors import Unavailable
from daemons.sip.adapters import stack_process
from daemons.sip.adapters.stack_process import Stack
from daemons.sip.stack import wire

CHILD = "tests.unit.sip.fake_child"


class Listener:
    """Counts."""

    def __init__(self) -> None:
        self.ready = 0
        self.gone = 0

    def heard(self, notice: wire.Notice) -> None:
        """It has said something."""
        self.ready += isinstance(notice, wire.Ready)

    def lost(self) -> None:
        """One that was ready is gone."""
        self.gone += 1


def start(does: str) -> wire.Start:
    """Return an order to start something that does this."""
    return wire.Start(wire.Endpoint(does), wire.Settings())


@asynccontextmanager
async def kept(does: str) -> AsyncIterator[tuple[Stack, Listener]]:
    """Keep such a stack running until the block ends."""
    stack, listener = Stack(CHILD), Listener()
    stack.follow(start(does), does)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(stack.run(listener), name="stack")
        yield stack, listener
        running.cancel()


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(15):
        while not holds():
            await asyncio.sleep(0.01)


async def test_it_runs_until_nobody_wants_it_and_is_another_with_another_identity() -> None:
    """Orders reach it only while it runs."""
    async with kept("lives") as (stack, listener):
        with pytest.raises(Unavailable):
            stack.tell(wire.Register("a"))
        await until(lambda: stack.running)
        stack.tell(wire.Register("a"))
        stack.follow(start("lives"), "another identity")
        await until(lambda: listener.ready == 2 and stack.running)
        stack.follow(wire.Start(wire.Endpoint("x"), wire.Settings()), "another identity")
        stack.follow(None, None)
        await until(lambda: not stack.running)
        assert (listener.ready, listener.gone) == (2, 2)


@pytest.mark.parametrize("does", ["dies", "hangs", "lies"])
async def test_one_that_dies_hangs_or_lies_is_started_again(
    does: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And again, and once more."""
    monkeypatch.setattr(stack_process, "SILENT_S", 0.3)
    monkeypatch.setattr(stack_process, "FIRST_RESTART_S", 0.01)
    async with kept(does) as (stack, listener):
        started = 2 if does != "lies" else 0
        await until(lambda: listener.ready >= started and listener.gone >= started)
        stack.follow(start("lives"), "lives")
        await until(lambda: stack.running)


async def test_one_that_begins_late_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits itself, for servers; afterwards it has to say something."""
    monkeypatch.setattr(stack_process, "SILENT_S", 0.3)
    monkeypatch.setattr(stack_process, "FIRST_RESTART_S", 0.01)
    async with kept("begins late") as (stack, listener):
        await until(lambda: stack.running)
        await until(lambda: listener.gone == 1)


async def test_one_that_refuses_says_why_and_is_tried_again_with_other_settings() -> None:
    """Not again and again with the same ones."""
    async with kept("refuses") as (stack, listener):
        await until(lambda: stack.reason != "")
        assert stack.reason == "the port is taken"
        with pytest.raises(Unavailable, match="the port is taken"):
            stack.tell(wire.Register("a"))
        assert (listener.ready, listener.gone) == (0, 0)
        stack.follow(start("lives"), "refuses")  # a setting that would not have ended a running one
        await until(lambda: stack.running)
        assert stack.reason == ""
