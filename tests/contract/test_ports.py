"""The I/O ports on a real bus, with the simulated world's terminals before them."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from common.bus.events import EventsInterface
from common.bus.ioports import IoPortsInterface
from common.bus.suite import EVENTS, HTTP, IOPORTS, PARAMS, SIM, SYSTEM
from common.errors import Conflict, InvalidValue, NotFound, Unavailable
from common.params.client import ParamsClient
from tests.contract.ports_rig import DIGITAL_INPUT, OUTPUT_PORT, PORT, RELAY, ports_rig, shown
from tests.contract.private_bus import PrivateBus, eventually


@asynccontextmanager
async def world_of(bus: PrivateBus) -> AsyncIterator[httpx.AsyncClient]:
    """Stand before a world that is a process of its own."""
    transport = httpx.AsyncHTTPTransport(uds=str(bus.runtime / "sim" / "http.sock"))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.mark.covers("M-IO-01")
async def test_a_contact_that_closes_makes_an_input_active(bus: PrivateBus) -> None:
    """A door contact: its state, its events, and the state of any port."""
    async with ports_rig(bus) as rig:
        port = await rig.port()
        assert (port["direction"], port["state"], port["active"]) == ("input", "open", False)
        rig.world.terminals.connect(1, {"circuit": "closed"})
        await rig.becomes(state="closed", active=True)
        await eventually(lambda: rig.states(PORT) == ["1"], "the event of the port")
        await eventually(lambda: rig.states(DIGITAL_INPUT, "LogicalState") == ["1"], "ONVIF's")
        await eventually(lambda: rig.states(PORT, port=-1) == ["1"], "the event of any port")
        rig.world.terminals.connect(2, {"circuit": "closed"})
        await eventually(lambda: rig.states(PORT, port=1) == ["1"], "the second port")
        rig.world.terminals.connect(1, {"circuit": "open"})
        await eventually(lambda: rig.states(PORT) == ["1", "0"], "the port is inactive")
        assert rig.states(PORT, port=-1) == ["1"], "the other one is still active"
        rig.world.terminals.connect(2, {"circuit": "open"})
        await eventually(lambda: rig.states(PORT, port=-1) == ["1", "0"], "none is active")


@pytest.mark.covers("M-IO-02", part="bus")
@pytest.mark.covers("M-HW-09", part="simulated")
async def test_an_output_closes_its_circuit_when_told(bus: PrivateBus) -> None:
    """By state, and by a sequence; the lamp at the terminal shows it."""
    async with ports_rig(bus) as rig:
        assert (await rig.change(direction="output"))["changed"]
        await eventually(lambda: rig.terminal()["output"] == "floating", "an output, open")
        assert await rig.change(state="closed") == {"port": 0, "changed": True, "refused": {}}
        await eventually(lambda: rig.terminal()["lamp"], "the lamp is lit")
        assert not (await rig.change(state="closed"))["changed"]
        await rig.change(state="open")
        await eventually(lambda: not rig.terminal()["lamp"], "the lamp is out")
        await rig.ioports.run_sequence(0, [("active", 30), ("inactive", 30), ("closed", 0)])
        await eventually(lambda: rig.states(OUTPUT_PORT) == ["0", "1", "0", "1", "0", "1"], "all")
        relay = ["inactive", "active"] * 3
        await eventually(lambda: rig.states(RELAY, "LogicalState") == relay, "the relay's, too")
        assert rig.terminal()["lamp"], "the last state stays"
        assert not (await rig.port())["sequence"]


async def test_a_pulse_lasts_as_long_as_it_should(bus: PrivateBus) -> None:
    """As the events tell, whose time is when it was due."""
    async with ports_rig(bus) as rig:
        await rig.change(direction="output")
        await rig.ioports.run_sequence(0, [("active", 300), ("inactive", 0)])
        await eventually(lambda: rig.states(OUTPUT_PORT)[-2:] == ["1", "0"], "the pulse")
        on, off = [each.at for each in rig.heard if each.topic == OUTPUT_PORT][-2:]
        assert off - on == pytest.approx(0.3, abs=0.002)


async def test_an_output_of_its_own_rest(bus: PrivateBus) -> None:
    """Monostable: after the pulse time, or else the delay time, it is inactive again."""
    async with ports_rig(bus) as rig:
        await rig.change(direction="output")
        await rig.set(Output__Mode="monostable", Output__PulseTime=150)
        await rig.change(state="closed")
        await eventually(lambda: rig.states(OUTPUT_PORT)[-2:] == ["1", "0"], "the pulse is over")
        await rig.set(Output__PulseTime=0, Output__DelayTime=1)
        await rig.change(state="closed")
        await eventually(lambda: rig.states(OUTPUT_PORT)[-4:] == ["1", "0", "1", "0"], "again")
        on, off = [each.at for each in rig.heard if each.topic == OUTPUT_PORT][-2:]
        assert off - on == pytest.approx(1.0, abs=0.01)


async def test_one_sequence_at_a_time(bus: PrivateBus) -> None:
    """A second one is refused, an explicit state or another setting ends the first."""
    async with ports_rig(bus) as rig:
        with pytest.raises(InvalidValue):
            await rig.ioports.run_sequence(0, [("active", 10)])
        await rig.change(direction="output")
        long = [("active", 60_000), ("inactive", 0)]
        await rig.ioports.run_sequence(0, long)
        assert (await rig.port())["sequence"]
        with pytest.raises(Conflict):
            await rig.ioports.run_sequence(0, long)
        assert (await rig.port())["state"] == "closed", "the first one goes on"
        await rig.change(normal_state="closed")
        port = await rig.port()
        assert (port["sequence"], port["state"], port["active"]) == (False, "closed", False)
        await rig.ioports.run_sequence(0, long)
        await rig.change(state="open")
        port = await rig.port()
        assert (port["sequence"], port["state"]) == (False, "open")
        for steps in ([], [("lit", 1)], [("open", 65_536)]):
            with pytest.raises(InvalidValue):
                await rig.ioports.run_sequence(0, steps)
        with pytest.raises(NotFound):
            await rig.ioports.run_sequence(2, long)


@pytest.mark.covers("M-IO-03", "M-IO-04", part="bus")
async def test_name_and_direction_are_settings(bus: PrivateBus) -> None:
    """In the parameters under VAPIX's names; the numbers of inputs and outputs follow."""
    async with ports_rig(bus) as rig:
        params = ParamsClient(rig.http)
        await rig.change(name="Gate", usage="Button", direction="output")
        port = await rig.port()
        assert (port["name"], port["usage"], port["direction"]) == ("Gate", "Button", "output")
        values = await params.values(["IOPort.I0"])
        assert values["IOPort.I0.Output.Name"] == values["IOPort.I0.Input.Name"] == "Gate"
        assert values["IOPort.I0.Direction"] == "output"
        numbers = {"Input.NbrOfInputs": "1", "Output.NbrOfOutputs": "1"}
        async with asyncio.timeout(10):
            while await params.values(["Input", "Output"]) != numbers:
                await asyncio.sleep(0.01)
        await shown(rig, PORT, "-1", "1")
        await shown(rig, OUTPUT_PORT, "0")
        await rig.change(direction="input")
        await shown(rig, PORT, "-1", "0", "1")
        await shown(rig, OUTPUT_PORT)
        await shown(rig, RELAY)


@pytest.mark.covers("M-IO-05")
async def test_the_normal_state_says_what_is_active(bus: PrivateBus) -> None:
    """Of an input nothing changes but what it means; an output goes where normal is now."""
    async with ports_rig(bus) as rig:
        await rig.change(normal_state="closed")
        port = await rig.port()
        assert (port["state"], port["normal_state"], port["active"]) == ("open", "closed", True)
        await eventually(lambda: rig.states(PORT) == ["1"], "active, since open is not normal")
        assert (await ParamsClient(rig.http).values(["IOPort.I0.Input.Trig"])) == {
            "IOPort.I0.Input.Trig": "open"
        }
        rig.world.terminals.connect(1, {"circuit": "closed"})
        await rig.becomes(state="closed", active=False)
        await rig.change(direction="output", normal_state="closed")
        port = await rig.port()
        assert (port["state"], port["active"]) == ("closed", False)
        await eventually(lambda: rig.terminal()["output"] == "closed", "closed is normal")
        await rig.change(normal_state="open")
        await eventually(lambda: rig.terminal()["output"] == "floating", "open is normal")


@pytest.mark.covers("M-IO-06")
@pytest.mark.covers("M-HW-08", part="simulated")
@pytest.mark.parametrize(
    ("hangs_there", "state"),
    [
        ({"circuit": "open"}, "open"),
        ({"circuit": "cut"}, "open"),
        ({"circuit": "closed"}, "closed"),
        ({"circuit": "short"}, "closed"),
        ({"applied_v": 1.0}, "closed"),
        ({"applied_v": 1.01}, "open"),
        ({"applied_v": 30.0}, "open"),
        ({"applied_v": 0.0}, "closed"),
    ],
)
async def test_an_input_is_open_when_disconnected_or_above_1_v(
    bus: PrivateBus, hangs_there: dict[str, object], state: str
) -> None:
    """And active when that is not its normal state, whichever that is."""
    async with ports_rig(bus) as rig:
        other = {"applied_v": None, "circuit": "open" if state == "closed" else "closed"}
        rig.world.terminals.connect(1, other)
        await rig.becomes(state="open" if state == "closed" else "closed")
        rig.world.terminals.connect(1, {"applied_v": None, **hangs_there})
        port = await rig.becomes(state=state)
        assert port["active"] == (state == "closed")
        await rig.change(normal_state="closed")
        assert (await rig.port())["active"] == (state == "open")


@pytest.mark.covers("M-IO-07")
@pytest.mark.parametrize("normal", ["open", "closed"])
@pytest.mark.parametrize("end", ["killed", "stopped"])
async def test_outputs_are_open_while_the_unit_restarts_and_normal_afterwards(
    bus: PrivateBus, normal: str, end: str
) -> None:
    """At once, whatever was active and however the daemon ends; nobody else is needed for coming back."""
    async with ports_rig(bus) as rig:
        rest = "floating" if normal == "open" else "closed"
        await rig.change(direction="output", normal_state=normal)
        await eventually(lambda: rig.terminal()["output"] == rest, "the normal position")
        kept = bus.state / "ioports" / "parameters.json"
        await eventually(lambda: kept.exists() and "output" in kept.read_text(), "kept on disk")
        await rig.change(state="closed")
        await eventually(lambda: rig.terminal()["lamp"], "lit")
        rig.params.kill()
        ended = time.monotonic()
        if end == "killed":
            rig.daemon.kill()
        else:
            rig.daemon.stop()
        await eventually(lambda: not rig.terminal()["lamp"], "open")
        if end == "killed":
            assert time.monotonic() - ended < 0.5
        await rig.start_again()
        await eventually(lambda: rig.terminal()["output"] == rest, "the normal position again")
        port = await rig.port()
        assert (port["direction"], port["state"], port["active"]) == ("output", normal, False)


async def test_inputs_go_on_over_a_kill(bus: PrivateBus) -> None:
    """What has changed meanwhile is told when the daemon is back, what has not is not."""
    async with ports_rig(bus) as rig:
        rig.world.terminals.connect(2, {"circuit": "closed"})
        await eventually(lambda: rig.states(PORT, port=1) == ["1"], "active")
        rig.daemon.kill()
        rig.world.terminals.connect(1, {"circuit": "closed"})
        await rig.start_again()
        await eventually(lambda: rig.states(PORT) == ["1"], "active, though nobody saw the edge")
        assert rig.states(PORT, port=1) == ["1"]


async def test_what_is_not_read_yet_is_no_move(bus: PrivateBus) -> None:
    """A daemon that comes back before its terminals can be reached says nothing rather than that they are open."""
    for member in (PARAMS, EVENTS):
        await bus.start(member)
    world = await bus.start(SIM, module="hw.sim")
    daemon = await bus.start(IOPORTS)
    async with bus.joined(HTTP) as http, world_of(bus) as hands:
        heard: list[tuple[str, str]] = []

        def happened(topic: str, source: dict[str, str], data: dict[str, str], _at: float) -> None:
            if topic in (PORT, DIGITAL_INPUT):
                heard.append((topic, data.get("state") or data["LogicalState"]))

        await http.subscribe(EventsInterface.happened, EVENTS, happened)
        ioports = http.proxy(IoPortsInterface, IOPORTS)
        for number in (1, 2):
            await hands.post(f"/sim/ports/{number}", json={"circuit": "closed"})
        await eventually(lambda: heard.count((PORT, "1")) == 3, "two ports and any port")
        await eventually(lambda: heard.count((DIGITAL_INPUT, "1")) == 2, "both of them")
        heard.clear()
        world.process.send_signal(signal.SIGSTOP)
        try:
            daemon.kill()
            await bus.start(IOPORTS)
            await asyncio.sleep(0.5)
        finally:
            world.process.send_signal(signal.SIGCONT)
        assert [port["active"] for port in json.loads(await ioports.ports())] == [True, True]
        await hands.post("/sim/ports/1", json={"circuit": "open"})
        await eventually(lambda: (PORT, "0") in heard, "the first move there was")
        await eventually(lambda: (DIGITAL_INPUT, "0") in heard, "for ONVIF, too")
        assert sorted(heard) == [(DIGITAL_INPUT, "0"), (PORT, "0")]


async def test_terminals_that_cannot_be_reached_do_not_hold_up_the_rest(bus: PrivateBus) -> None:
    """Without a world the ports are open after all, and the states of lamps and virtual inputs are told."""
    async with bus.joined(HTTP) as http:
        await bus.start(EVENTS)
        await bus.start(IOPORTS)
        ports = json.loads(await http.proxy(IoPortsInterface, IOPORTS).ports())
        assert [(port["state"], port["active"]) for port in ports] == [("open", False)] * 2
        events = http.proxy(EventsInterface, EVENTS)
        async with asyncio.timeout(10):
            while not json.loads(await events.current("tns1:Device/tnsaxis:IO/Led")):
                await asyncio.sleep(0.05)


@pytest.mark.covers("M-IO-08")
@pytest.mark.parametrize(
    "setting",
    [
        {"name": "Siren"},
        {"usage": "Siren"},
        {"normal_state": "closed"},
        {"port": 1, "name": "Door"},
        {"port": 1, "direction": "output"},
        {"port": 1, "normal_state": "closed"},
        {"Output.Mode": "monostable"},
        {"Input.Debounce": "5"},
    ],
)
async def test_a_changed_setting_returns_outputs_to_normal(
    bus: PrivateBus, setting: dict[str, object]
) -> None:
    """Regardless of what has activated them, whichever port and API the setting is of."""
    async with ports_rig(bus) as rig:
        await rig.change(direction="output")
        await rig.ioports.run_sequence(0, [("active", 60_000)])
        assert (await rig.port())["active"]
        if any("." in name for name in setting):
            await rig.set(**{name.replace(".", "__"): value for name, value in setting.items()})
        else:
            assert (await rig.change(**setting))["changed"]
        port = await rig.becomes(active=False, sequence=False)
        assert port["state"] == port["normal_state"]
        await eventually(lambda: rig.states(OUTPUT_PORT)[-2:] == ["1", "0"], "the events")
        lamp = port["normal_state"] == "closed"
        await eventually(lambda: rig.terminal()["lamp"] == lamp, "the lamp")


async def test_a_setting_that_stays_as_it_is_returns_nothing(bus: PrivateBus) -> None:
    """And a state that comes with other settings is applied after them."""
    async with ports_rig(bus) as rig:
        await rig.change(direction="output")
        await rig.change(state="closed")
        assert not (await rig.change(direction="output", name="Port 1"))["changed"]
        assert (await rig.port())["active"]
        await rig.change(name="Siren", normal_state="closed", state="open")
        port = await rig.port()
        assert (port["state"], port["active"], port["name"]) == ("open", True, "Siren")


async def test_what_cannot_be_is_refused_and_the_rest_applied(bus: PrivateBus) -> None:
    """Each property stands for itself; a port that is not there stands for all."""
    async with ports_rig(bus) as rig:
        answer = await rig.change(
            name="x" * 200, direction="sideways", state="closed", usage="Bell", normal_state="wet"
        )
        assert answer["changed"]
        assert set(answer["refused"]) == {"name", "direction", "state", "normal_state"}
        port = await rig.port()
        assert (port["name"], port["usage"], port["direction"]) == ("Port 1", "Bell", "input")
        both = [{"port": 0, "name": "Gate"}, {"port": 2, "name": "None"}]
        with pytest.raises(NotFound):
            await rig.ioports.set_ports(json.dumps(both), "test")
        assert (await rig.port())["name"] == "Port 1"
        for nonsense in ("", "{}", '[{"name": "x"}]', '[{"port": 0, "colour": "red"}]'):
            with pytest.raises(InvalidValue):
                await rig.ioports.set_ports(nonsense, "test")


async def test_settings_outlive_everything_but_a_reset(bus: PrivateBus) -> None:
    """Kept without the params daemon; a factory default makes inputs that are normally open."""
    async with ports_rig(bus) as rig:
        await rig.change(name="Gate", direction="output", normal_state="closed")
        await rig.set(Input__Debounce=0)
        kept = bus.state / "ioports" / "parameters.json"
        await eventually(lambda: '.Debounce":"0"' in kept.read_text(), "kept on disk")
        rig.params.kill()
        rig.daemon.kill()
        await rig.start_again()
        port = await rig.port()
        assert (port["name"], port["direction"], port["state"]) == ("Gate", "output", "closed")
        await rig.change(state="open")
        assert (await rig.port())["active"], "outputs work without the params daemon"
        with pytest.raises(Unavailable):
            await rig.change(name="Door")
        await bus.start(rig.params.member)
        async with bus.joined(SYSTEM) as system:
            await ParamsClient(system).wait()
            await ParamsClient(system).bus.reset("factory_default", "test")
        port = await rig.becomes(direction="input")
        assert (port["name"], port["normal_state"]) == ("Port 1", "open")
        assert rig.terminal()["output"] is None


async def test_a_board_without_terminals_has_no_ports(bus: PrivateBus) -> None:
    """And says so."""
    async with bus.joined(HTTP) as http:
        await bus.start(IOPORTS, C8210_BOARD="host")
        ioports = http.proxy(IoPortsInterface, IOPORTS)
        assert json.loads(await ioports.ports()) == []
        with pytest.raises(NotFound):
            await ioports.set_ports('[{"port": 0, "state": "open"}]', "test")
        with pytest.raises(NotFound):
            await ioports.run_sequence(0, [("open", 0)])


async def test_a_lost_bus_and_a_new_world_are_told_what_is_driven(bus: PrivateBus) -> None:
    """An active output is active again when the way to its terminal is back, and inputs are read anew."""
    async with ports_rig(bus) as rig:
        await rig.change(direction="output", state="closed")
        await eventually(lambda: rig.terminal()["lamp"], "lit")
        bus.stop_broker()
        await eventually(lambda: not rig.terminal()["lamp"], "open without a driver")
        rig.world.terminals.connect(2, {"circuit": "closed"})
        bus.start_broker()
        await eventually(lambda: rig.terminal()["lamp"], "lit again")
        await eventually(lambda: rig.states(PORT, port=1) == ["1"], "the edge that was missed")
