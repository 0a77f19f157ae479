"""Who gets to hear something of an input that is switched off and on; while it is off, only the unit's own tests."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from common import pcm
from common.errors import Conflict, Unavailable
from daemons.audio.input import protocol, supervision
from daemons.audio.input.jack import InputJack
from daemons.audio.input.protocol import Levels, Report, Tap
from daemons.audio.input.supervision import AudioInput

ON = {
    "AudioSource.A0.AudioSupport": "yes",
    "AudioSource.A0.MicrophonePower": "yes",
    "AudioSource.A0.MicrophonePowerType": "electret",
}
OFF = {**ON, "AudioSource.A0.AudioSupport": "no"}


def silent_output() -> socket.socket:
    """Return a tap that gives nothing."""
    ours, theirs = pcm.pair()
    theirs.close()
    return ours


class Processes:
    """Stands in for the input processes, of which each is ready at once and hears noise."""

    def __init__(self) -> None:
        self.begun = 0
        self.running = 0
        self.may_leave = asyncio.Event()
        self.may_leave.set()

    @contextlib.asynccontextmanager
    async def started(self) -> AsyncIterator[Any]:
        """Run one."""

        async def reports() -> AsyncIterator[Report]:
            yield protocol.Ready(True)
            yield Levels(-20.0, -30.0, 60, False, None)
            await asyncio.Event().wait()

        self.begun += 1
        self.running += 1
        here = True

        def tell(*_order: object) -> None:
            if not here:
                raise Unavailable("the process has been told to leave")

        try:
            yield SimpleNamespace(reports=reports, tell=tell)
        finally:
            here = False
            await self.may_leave.wait()
            self.running -= 1


@contextlib.asynccontextmanager
async def audio_input(
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[tuple[AudioInput, Processes, list[str]]]:
    """Run an input that is on."""
    processes = Processes()
    powers: list[str] = []
    monkeypatch.setattr(supervision, "started", processes.started)
    jack = SimpleNamespace(
        select=lambda _type, power: powers.append(power), run=asyncio.Event().wait
    )
    made = AudioInput(cast("InputJack", jack), silent_output, lambda event: None, lambda: None)
    made.take(ON)
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        life = tasks.create_task(made.run(), name="input")
        yield made, processes, powers
        life.cancel()


async def until(question: Any) -> None:
    """Wait for something to become true."""
    while not question():
        await asyncio.sleep(0.001)


def test_while_a_test_holds_an_input_that_is_off_nobody_else_hears_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither sound nor levels; the microphone has its power for as long as the test lasts."""

    async def check() -> None:
        async with audio_input(monkeypatch) as (made, processes, powers):
            made.take(OFF)
            await until(lambda: not processes.running)
            with made.held():
                (await made.open_capture(Tap.RAW, for_test=True)).close()
                for tap in Tap:
                    with pytest.raises(Conflict):
                        await made.open_capture(tap)
                assert made.levels is None
                assert powers[-1] == "electret"
            await until(lambda: not processes.running)
            assert powers[-1] == "none"

    asyncio.run(check())


def test_switching_off_ends_what_others_hear_also_during_a_test(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The process that had their taps ends; the test's next one is another."""

    async def check() -> None:
        async with audio_input(monkeypatch) as (made, processes, _powers):
            (await made.open_capture(Tap.INPUT)).close()
            await until(lambda: made.levels is not None)
            with made.held():
                made.take(OFF)
                await until(lambda: processes.begun == 2)
                await until(lambda: made.running)
                assert processes.running == 1
                assert made.levels is None

    asyncio.run(check())


def test_a_test_does_not_disturb_those_who_hear_an_input_that_is_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its process stays the same before, during and after."""

    async def check() -> None:
        async with audio_input(monkeypatch) as (made, processes, _powers):
            (await made.open_capture(Tap.INPUT)).close()
            with made.held():
                (await made.open_capture(Tap.RAW, for_test=True)).close()
            (await made.open_capture(Tap.INPUT)).close()
            assert (processes.begun, processes.running) == (1, 1)

    asyncio.run(check())


def test_who_waits_for_an_input_that_is_switched_off_hears_nothing_of_a_test(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They asked while it was on and about to start; when it starts it is the test's."""

    async def check() -> None:
        async def switched_off() -> None:
            while made.running or not processes.begun:
                await asyncio.sleep(0)
            made.take(OFF)

        async with audio_input(monkeypatch) as (made, processes, _powers):
            with made.held():
                asking, off = await asyncio.gather(
                    made.open_capture(Tap.INPUT), switched_off(), return_exceptions=True
                )
                assert off is None
                assert made.running
                assert isinstance(asking, Conflict)

    asyncio.run(check())


def test_who_listens_while_the_last_process_leaves_hears_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Switched off and on at once: a process that is slow to go is nobody's input any more."""

    async def check() -> None:
        async with audio_input(monkeypatch) as (made, processes, _powers):
            (await made.open_capture(Tap.INPUT)).close()
            processes.may_leave.clear()
            made.take(OFF)
            await until(lambda: not made.running)
            made.take(ON)
            async with asyncio.TaskGroup() as tasks:
                asking = tasks.create_task(made.open_capture(Tap.INPUT), name="asking")
                await asyncio.sleep(0)
                assert not asking.done()
                processes.may_leave.set()
            asking.result().close()
            assert processes.begun == 2

    asyncio.run(check())


def test_whether_a_test_is_loud_is_told_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Detection has a state only while the input is on; switched on meanwhile, it is the true one."""

    async def check() -> None:
        async with audio_input(monkeypatch) as (made, processes, _powers):
            made.take(OFF)
            await until(lambda: not processes.running)
            with made.held():
                await until(lambda: made.running)
                made._take_report(protocol.Triggered(True))
                assert not made.triggered
                made.take(ON)
                assert made.triggered

    asyncio.run(check())
