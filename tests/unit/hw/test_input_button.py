"""The button as an input device, where other keys move, events are dropped and the device goes."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hw.drivers import input_button
from hw.drivers.input_button import EV_SYN, EVENT, EVIOCGKEY, SYN_DROPPED, InputButton
from tests.contract.private_bus import eventually
from tests.parts.fake_sys import FakeInput

KEY, OTHER = 148, 28


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeInput]:
    """An input device; it is looked for again soon after it went."""
    monkeypatch.setattr(input_button, "RETRY_INTERVAL_S", 0.02)
    device = FakeInput(tmp_path, tmp_path, "c8210-button", KEY)
    yield device
    device.close()


@asynccontextmanager
async def felt(device: FakeInput, folder: Path) -> AsyncIterator[list[bool]]:
    """Feel the button until the block ends."""
    moves: list[bool] = []
    driver = InputButton("c8210-button", KEY, folder, folder, device.ioctl)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(driver.run(moves.append), name="button")
        await asyncio.sleep(0.05)
        yield moves
        task.cancel()


def test_the_layout_is_the_kernels() -> None:
    """24 bytes on a 64-bit machine; EVIOCGKEY(96) as the macro of linux/input.h makes it."""
    assert EVENT.size == 24
    assert EVIOCGKEY == 0x80604518


async def test_other_keys_and_repetitions_are_no_moves(device: FakeInput, tmp_path: Path) -> None:
    """A key that is held repeats."""
    async with felt(device, tmp_path) as moves:
        device.key(OTHER, 1)
        device.key(KEY, 1)
        device.key(KEY, 2)
        device.key(OTHER, 0)
        device.key(KEY, 0)
        await eventually(lambda: moves == [False, True, False], "the button's own moves")


async def test_after_dropped_events_the_button_is_felt_anew(
    device: FakeInput, tmp_path: Path
) -> None:
    """What came was lost, but how it is now the kernel knows."""
    async with felt(device, tmp_path) as moves:
        device.down.add(KEY)
        device.send((EV_SYN, SYN_DROPPED, 0))
        await eventually(lambda: moves == [False, True], "the button as it is")


async def test_a_call_for_nothing_is_no_move(
    device: FakeInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The descriptor was readable, and what was there somebody else has taken: EAGAIN."""
    read = os.read
    refusals = [BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")]

    def reading(descriptor: int, most: int) -> bytes:
        if refusals:
            raise refusals.pop()
        return read(descriptor, most)

    async with felt(device, tmp_path) as moves:
        monkeypatch.setattr("hw.drivers.input_button.os.read", reading)
        device.press(True)
        await eventually(lambda: moves == [False, True], "the press, read the second time")
        assert refusals == []


async def test_a_device_that_goes_is_found_again(
    device: FakeInput, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And how it stands then is told."""
    async with felt(device, tmp_path) as moves:
        device.unplug()
        await eventually(lambda: "the control button cannot be felt" in caplog.text, "the warning")
        device.down.add(KEY)
        device.plug()
        await eventually(lambda: moves == [False, True], "the button when it is back")


async def test_a_device_of_another_name_is_not_opened(
    device: FakeInput, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A keyboard at a PC is no control button."""
    (tmp_path / f"class/input/{device.NAME}/device/name").write_text("AT keyboard\n")
    async with felt(device, tmp_path) as moves:
        assert moves == []
    assert "there is no input device c8210-button" in caplog.text
