"""Supervised inputs: what the voltage of a loop with end-of-line resistors tells (M-IO-09)."""

import asyncio
import json
from functools import partial

import pytest

from common.bus.ioports import IoPortsInterface
from common.bus.suite import HTTP, IOPORTS
from common.errors import InvalidValue, NotFound
from tests.contract.ports_rig import PORT, SUPERVISED_PORT, Rig, ports_rig
from tests.contract.private_bus import PrivateBus, eventually

CIRCUITS = {
    # circuit: (state, level in mV, state of the event, closed as a digital input)
    "open": ("open", 2200, "Open", False),
    "closed": ("close", 1650, "Closed", True),
    "cut": ("cut", 3300, "Tampered", False),
    "short": ("short", 0, "Tampered", True),
}


async def supervise(rig: Rig) -> None:
    """Fit the resistors and turn supervision on."""
    rig.world.terminals.connect(1, {"resistors": True})
    await rig.ioports.set_supervised(0, True, "", "test")
    await rig.becomes(supervised=True, supervised_state="open")
    await eventually(lambda: rig.states(SUPERVISED_PORT) == ["Open"], "the state exists")


@pytest.mark.covers("M-IO-09")
@pytest.mark.parametrize("first", CIRCUITS)
async def test_open_closed_cut_and_shorted_are_told_apart(bus: PrivateBus, first: str) -> None:
    """From each state to each other one, as state, level and event."""
    async with ports_rig(bus) as rig:
        await supervise(rig)
        for circuit in (first, *(other for other in CIRCUITS if other != first), first):
            rig.world.terminals.connect(1, {"circuit": circuit})
            state, level_mv, told, closed = CIRCUITS[circuit]
            port = await rig.becomes(supervised_state=state)
            assert port["level_mv"] == level_mv
            assert port["state"] == ("closed" if closed else "open")
            await eventually(partial(_told_last, rig, state), "the event")
            assert rig.states(SUPERVISED_PORT)[-1] == told
            assert rig.states(SUPERVISED_PORT, "tampered")[-1] == str(int(told == "Tampered"))


def _told_last(rig: Rig, circuit: str) -> bool:
    return rig.states(SUPERVISED_PORT, "circuit")[-1] == circuit


async def test_without_resistors_a_cut_is_an_open_contact(bus: PrivateBus) -> None:
    """So is a short a closed one: that is why supervision needs them."""
    async with ports_rig(bus) as rig:
        for circuit, state in (("short", "closed"), ("cut", "open")):
            rig.world.terminals.connect(1, {"circuit": circuit})
            port = await rig.becomes(state=state)
            assert (port["supervised"], port["supervised_state"]) == (False, "")
        assert rig.states(SUPERVISED_PORT) == []


async def test_supervision_comes_and_goes_with_its_event(bus: PrivateBus) -> None:
    """Also with the direction: an output is not supervised."""
    async with ports_rig(bus) as rig:
        await supervise(rig)
        rig.world.terminals.connect(1, {"circuit": "closed"})
        await eventually(lambda: rig.states(PORT)[-1:] == ["1"], "a closed loop is active")
        await rig.change(direction="output")
        port = await rig.port()
        assert (port["supervisable"], port["supervised"]) == (False, False)
        with pytest.raises(InvalidValue):
            await rig.ioports.set_supervised(0, True, "", "test")
        await _state_is_known(rig, False)
        await rig.change(direction="input")
        await rig.becomes(supervised=True, supervised_state="close")
        await _state_is_known(rig, True)
        await rig.ioports.set_supervised(0, False, "", "test")
        await rig.becomes(supervised=False, supervised_state="", state="open")
        await _state_is_known(rig, False)


async def _state_is_known(rig: Rig, known: bool) -> None:
    """Wait until the events daemon, which asks again which states there are, has one of supervision or has none."""
    async with asyncio.timeout(10):
        while bool(await rig.current(SUPERVISED_PORT)) is not known:
            await asyncio.sleep(0.01)


async def test_ranges_are_settings(bus: PrivateBus) -> None:
    """Kept over a restart; what cannot be changes nothing."""
    async with ports_rig(bus) as rig:
        before = await rig.ioports.supervised_ranges(0)
        assert json.loads(before)[0] == {"state": "short", "lower_mv": 0, "upper_mv": 800}
        other = [("cut", 0, 100), ("open", 101, 1700), ("close", 1701, 2500), ("short", 2501, 9000)]
        ranges = json.dumps(
            [{"state": state, "lower_mv": low, "upper_mv": high} for state, low, high in other]
        )
        rig.world.terminals.connect(1, {"resistors": True})
        await rig.ioports.set_supervised(0, True, ranges, "test")
        await rig.becomes(supervised_state="close")
        assert {each["state"]: each["upper_mv"] for each in await _ranges(rig)} == {
            state: high for state, _low, high in other
        }
        for nonsense in (
            json.dumps(json.loads(ranges)[:3]),
            ranges.replace("1701", "1600"),
            ranges.replace("9000", "30001"),
            ranges.replace("cut", "wet"),
            "[]",
            "what",
        ):
            with pytest.raises(InvalidValue):
                await rig.ioports.set_supervised(0, True, nonsense, "test")
        with pytest.raises(NotFound):
            await rig.ioports.supervised_ranges(2)
        kept = bus.state / "ioports" / "parameters.json"
        await eventually(lambda: "2501-9000" in kept.read_text(), "kept on disk")
        rig.params.kill()
        rig.daemon.kill()
        await rig.start_again()
        await rig.becomes(supervised=True, supervised_state="close")


async def _ranges(rig: Rig) -> list[dict[str, object]]:
    ranges: list[dict[str, object]] = json.loads(await rig.ioports.supervised_ranges(0))
    return ranges


async def test_noise_at_a_limit_is_no_event(bus: PrivateBus) -> None:
    """A voltage that wavers around the limit of two states stays in the one it is in."""
    async with ports_rig(bus) as rig:
        await supervise(rig)
        rig.world.terminals.connect(1, {"applied_v": 1.85})
        await rig.becomes(supervised_state="close")
        told = ["Open", "Closed"]
        await eventually(lambda: rig.states(SUPERVISED_PORT) == told, "told")
        for step in range(60):
            rig.world.terminals.connect(1, {"applied_v": 1.905 if step % 4 < 2 else 1.945})
            await asyncio.sleep(0.04)
        assert rig.states(SUPERVISED_PORT) == told
        rig.world.terminals.connect(1, {"applied_v": 2.0})
        await rig.becomes(supervised_state="open")


async def test_a_board_without_terminals_supervises_nothing(bus: PrivateBus) -> None:
    """There is no port to speak of."""
    async with bus.joined(HTTP) as http:
        await bus.start(IOPORTS, C8210_BOARD="host")
        ioports = http.proxy(IoPortsInterface, IOPORTS)
        with pytest.raises(NotFound):
            await ioports.supervised_ranges(0)
