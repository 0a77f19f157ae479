"""A process of a daemon's own is started, told, heard and seen off, however it behaves."""

import asyncio
import logging
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from common.child import Child, Kind, launch, started
from common.errors import Unavailable

ECHO = """
import os, socket, sys
end = socket.socket(fileno=int(sys.argv[1]))
while True:
    packet, descriptors, _, _ = socket.recv_fds(end, 1000, 4)
    if not packet:
        break
    for descriptor in descriptors:
        os.write(descriptor, packet)
    end.send(packet)
"""
DEAF = """
import socket, sys, time
end = socket.socket(fileno=int(sys.argv[1]))
end.send(b'"here"')
time.sleep(60)
"""


def kind(goodbye_s: float = 0.0) -> Kind[str, str]:
    """Return a kind that speaks in JSON texts."""
    reports = msgspec.json.Decoder(str)
    return Kind("the parrot", msgspec.json.encode, reports.decode, 1000, 4096, goodbye_s)


@asynccontextmanager
async def running(program: str, goodbye_s: float = 0.0) -> AsyncIterator[Child[str, str]]:
    """Run a program as a child."""

    async def begin(control: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, str(control), pass_fds=(control,)
        )

    async with asyncio.timeout(20), started(kind(goodbye_s), begin) as child:
        yield child


def lives(pid: int) -> bool:
    """Tell whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_it_is_told_and_heard_and_gets_descriptors() -> None:
    """Packets go both ways, in their order, and a descriptor along with one."""
    reading, writing = os.pipe()
    async with running(ECHO) as child:
        reports = child.reports()
        child.tell("one", writing)
        os.close(writing)
        child.tell("two")
        assert [await anext(reports), await anext(reports)] == ["one", "two"]
        assert os.read(reading, 100) == b'"one"'
        pid = child.pid
        assert lives(pid)
    os.close(reading)
    assert not lives(pid)


@pytest.mark.parametrize(("program", "asked"), [(ECHO, 10.0), (DEAF, 0.2)])
async def test_it_may_go_by_itself_and_is_killed_if_it_does_not(program: str, asked: float) -> None:
    """One that reads ends with the daemon's end of the sockets; one that does not, is gone after its time."""
    async with running(program, goodbye_s=asked) as child:
        if program is DEAF:
            assert await anext(child.reports()) == "here"
        pid, begun = child.pid, time.monotonic()
    assert not lives(pid)
    assert time.monotonic() - begun < 8


async def test_no_task_that_is_cancelled_leaves_one_behind() -> None:
    """Not even while it is given time to go."""
    begun: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def hold() -> None:
        async with running(DEAF, goodbye_s=30.0) as child:
            await anext(child.reports())
            begun.set_result(child.pid)

    async with asyncio.TaskGroup() as tasks:
        holding = tasks.create_task(hold(), name="hold")
        pid = await begun
        await asyncio.sleep(0)
        holding.cancel()
    assert not lives(pid)


async def test_what_is_no_report_ends_the_reports(caplog: pytest.LogCaptureFixture) -> None:
    """And stands in the log."""
    async with running(
        "import socket, sys; socket.socket(fileno=int(sys.argv[1])).send(b'7')"
    ) as it:
        with caplog.at_level(logging.ERROR):
            assert [report async for report in it.reports()] == []
        await it.ended()
        with pytest.raises(Unavailable, match="the parrot does not answer"):
            it.tell("anybody?")
    assert "the parrot says what it must not" in caplog.text


async def test_one_that_cannot_be_started_is_unavailable() -> None:
    """With the reason in words."""

    async def begin(_control: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec("/nowhere/at/all")

    with pytest.raises(Unavailable, match="the parrot cannot be started: No such file"):
        async with started(kind(), begin):
            pass


async def test_a_module_of_ours_gets_nothing_of_our_environment_but_what_it_may_keep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its arguments and descriptors go along."""
    monkeypatch.setenv("C8210_SECRET", "x")
    monkeypatch.setenv("C8210_KEPT", "y")
    reading, writing = os.pipe()
    process = await launch(
        "tests.unit.child_environment",
        str(writing),
        descriptors=(writing,),
        keep=("C8210_KEPT", "C8210_NOT_THERE"),
    )
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        said = await asyncio.to_thread(answer.read)
    assert await process.wait() == 0
    there = msgspec.json.decode(said, type=dict[str, str])
    assert there["C8210_KEPT"] == "y"
    assert {"C8210_SECRET", "C8210_NOT_THERE", "HOME"}.isdisjoint(there)
