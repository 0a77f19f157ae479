"""Virtual inputs: their states, their ends, and what outlives the process."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from common.clock import ManualClock, SystemClock
from common.errors import InvalidValue, NotFound
from common.topics import Event
from daemons.ioports.adapters.kept_inputs import KeptInputs
from daemons.ioports.virtual_inputs import LONGEST_S, VirtualInputs

STAYS = -1.0


@asynccontextmanager
async def running(part: VirtualInputs) -> AsyncIterator[None]:
    """Have it run as long as the block lasts."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(part.run(), name="running")
        await asyncio.sleep(0)
        yield
        task.cancel()


class Told:
    """What was told, as (number, active)."""

    def __init__(self) -> None:
        self.events: list[tuple[int, bool]] = []

    def __call__(self, event: Event) -> None:
        """Note an event."""
        assert event.topic == "tns1:Device/tnsaxis:IO/VirtualInput"
        self.events.append((int(event.source["port"]), event.data["active"] == "1"))


def numbers(inputs: VirtualInputs) -> set[int]:
    """Return which are active."""
    return {number for number, active in enumerate(inputs.active(), start=1) if active}


def test_one_stays_as_it_was_set() -> None:
    """Without a duration; setting it again changes nothing and tells nothing."""
    told = Told()
    inputs = VirtualInputs(ManualClock(), told)
    assert inputs.set(5, True, STAYS)
    assert not inputs.set(5, True, STAYS)
    assert inputs.set(64, True, STAYS)
    assert numbers(inputs) == {5, 64}
    assert inputs.set(5, False, STAYS)
    assert not inputs.set(5, False, STAYS)
    assert told.events == [(5, True), (64, True), (5, False)]
    assert [event.source["port"] for event in inputs.events()] == [str(n) for n in range(1, 65)]


def test_a_duration_ends_it_and_a_new_one_starts_anew() -> None:
    """Counted from the last activation; one without a duration stays after all."""
    clock, told = ManualClock(), Told()
    inputs = VirtualInputs(clock, told)
    inputs.set(1, True, 10.0)
    clock.advance(9.0)
    assert not inputs.set(1, True, 10.0)
    clock.advance(9.9)
    assert numbers(inputs) == {1}
    clock.advance(0.1)
    assert numbers(inputs) == set()
    assert told.events == [(1, True), (1, False)]
    inputs.set(1, True, 10.0)
    inputs.set(1, True, STAYS)
    clock.advance(1e6)
    assert numbers(inputs) == {1}


def test_no_duration_at_all_is_a_pulse() -> None:
    """Both edges are told; it ends what was active."""
    told = Told()
    inputs = VirtualInputs(ManualClock(), told)
    assert inputs.set(3, True, 0.0)
    assert told.events == [(3, True), (3, False)]
    inputs.set(3, True, STAYS)
    assert not inputs.set(3, True, 0.0)
    assert told.events[2:] == [(3, True), (3, False)]
    assert numbers(inputs) == set()


@pytest.mark.parametrize("number", [0, -1, 65, 2**31])
def test_there_are_sixty_four(number: int) -> None:
    """Another number is none."""
    told = Told()
    with pytest.raises(NotFound):
        VirtualInputs(ManualClock(), told).set(number, True, STAYS)
    assert told.events == []


@pytest.mark.parametrize("duration_s", [math.nan, math.inf, LONGEST_S + 1])
def test_a_senseless_duration_is_refused(duration_s: float) -> None:
    """And nothing is activated."""
    told = Told()
    inputs = VirtualInputs(ManualClock(), told)
    with pytest.raises(InvalidValue):
        inputs.set(1, True, duration_s)
    assert (told.events, numbers(inputs)) == ([], set())


async def test_they_end_by_themselves() -> None:
    """Each in its time, also one that is set while another is waited for."""
    told = Told()
    inputs = VirtualInputs(SystemClock(), told)
    async with running(inputs):
        inputs.set(1, True, 0.2)
        await asyncio.sleep(0.01)
        inputs.set(2, True, 0.05)
        async with asyncio.timeout(5):
            while len(told.events) < 4:
                await asyncio.sleep(0.01)
        assert told.events == [(1, True), (2, True), (2, False), (1, False)]


def test_what_is_active_outlives_the_process_until_its_end(tmp_path: Path) -> None:
    """By the monotonic clock, which goes on; what ended meanwhile is inactive."""
    clock = ManualClock()
    kept = KeptInputs(tmp_path / "inputs.json", "this boot")
    inputs = VirtualInputs(clock, Told(), kept.write, kept.read())
    inputs.set(1, True, STAYS)
    inputs.set(2, True, 10.0)
    inputs.set(3, True, 100.0)
    inputs.set(4, True, 0.0)
    clock.advance(20.0)
    again = VirtualInputs(clock, Told(), kept.write, kept.read())
    assert numbers(again) == {1, 3}
    clock.advance(80.0)
    assert numbers(again) == {1}


def test_nothing_outlives_a_restart_of_the_unit(tmp_path: Path) -> None:
    """Another boot has another clock, and starts with everything inactive."""
    file = tmp_path / "inputs.json"
    KeptInputs(file, "this boot").write({1: math.inf})
    assert KeptInputs(file, "this boot").read() == {1: math.inf}
    assert KeptInputs(file, "the next boot").read() == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"boot_id":"this boot"}',
        b"\xff" * 20,
        b'{"boot_id":1,"kept":{}}',
        b'{"boot_id":"this boot","kept":{"1":"x"}}',
    ],
)
def test_a_damaged_file_is_none(tmp_path: Path, content: bytes) -> None:
    """Said in the log; everything is inactive."""
    file = tmp_path / "inputs.json"
    file.write_bytes(content)
    assert KeptInputs(file, "this boot").read() == {}


def test_what_cannot_be_kept_works_until_the_process_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Said in the log: nobody's input is stopped by a full disk."""
    kept = KeptInputs(tmp_path / "gone" / "inputs.json", "this boot")
    inputs = VirtualInputs(ManualClock(), Told(), kept.write)
    assert inputs.set(1, True, STAYS)
    assert numbers(inputs) == {1}
    assert "cannot be kept" in caplog.text


def test_a_number_of_another_version_is_left_alone() -> None:
    """There is no such input to be active."""
    assert numbers(VirtualInputs(ManualClock(), Told(), kept={0: math.inf, 65: math.inf})) == set()
