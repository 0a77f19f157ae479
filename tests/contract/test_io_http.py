"""Strangers' clients at the I/O ports: curl on every documented example, and Home Assistant's axis library."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from axis.device import AxisDevice
from axis.interfaces.vapix import Vapix
from axis.models.configuration import Configuration
from axis.models.parameters.io_port import PortAction
from axis.models.port_management import PortConfiguration, Sequence

from tests.contract.bare_http import port_of
from tests.contract.io_http_rig import (
    MANAGEMENT,
    SUPERVISED,
    Terminals,
    as_new,
    seen_by_a_viewer,
    watching,
)
from tests.suite import ROOT_PASSWORD, Unit, until

PORT = "/axis-cgi/io/port.cgi"


@pytest.fixture
def io(unit: Unit) -> Iterator[Terminals]:
    """The ports, which are as new before and after."""
    with as_new(unit) as terminals:
        yield terminals


@pytest.fixture
def viewer(unit: Unit) -> Iterator[Terminals]:
    """The same as a viewer sees them."""
    with seen_by_a_viewer(unit) as terminals:
        yield terminals


def closed(io: Terminals, port: int) -> str:
    """Return what `check` says of a port."""
    return io.text(f"{PORT}?check={port + 1}").strip()


# --- curl -------------------------------------------------------------------------------------


@pytest.mark.covers("M-IO-01", "M-IO-06", part="API")
def test_curl_checks_an_input(io: Terminals) -> None:
    """The circuit and the logical state; a viewer's question."""
    assert io.text(f"{PORT}?check=1,2") == "port1=0\nport2=0\n"
    assert io.text(f"{PORT}?checkdirection=1") == "port1=input\n"
    io.connect(0, circuit="closed")
    until("the closed circuit", lambda: closed(io, 0) == "port1=1", 5)
    assert io.text(f"{PORT}?checkactive=1,2") == "port1=active\nport2=inactive\n"
    assert io.text("/axis-cgi/io/input.cgi?check=1") == "input1=1\n"
    assert io.text("/axis-cgi/view/io/port.cgi?check=1") == "port1=1\n"


@pytest.mark.covers("M-IO-02", part="API")
@pytest.mark.parametrize("escaped", [True, False])
def test_curl_moves_an_output(io: Terminals, escaped: bool) -> None:
    """As a documented address has it, percent-encoded or as people type it; the world's lamp shows it."""
    on, off = ("2%3A%2F", "2%3A%5C") if escaped else ("2:/", "2:\\")
    io.change(1, direction="output")
    assert io.text(f"{PORT}?action={on}") == ""
    io.lit(1, True)
    assert io.text("/axis-cgi/io/output.cgi?check=2") == "output2=1\n"
    assert io.text(f"/axis-cgi/io/output.cgi?action={off}") == ""
    io.lit(1, False)
    assert io.text(f"{PORT}?action=%3A%2F") == ""  # left out: the first output
    io.lit(1, True)


def test_curl_pulses_an_output(io: Terminals) -> None:
    """Two pulses of 300 ms, half a second apart; the answer waits for none of it."""
    io.change(1, direction="output")
    with watching(io, "2") as watcher:
        took_s = float(
            io.text(f"{PORT}?action=2:/300\\500/300\\", "-o", "/dev/null", "-w", "%{time_total}")
        )
        assert took_s < 1.0
        until("both pulses", lambda: watcher.marks == "L/\\/\\", 5)
        assert watcher.parts[1] == "2O:/\r\n"
    assert io.status(f"{PORT}?action=1:/") == 400


def test_curl_watches_every_move(io: Terminals) -> None:
    """A thousand at 500 a second with no debounce: all there, and in order."""
    io.parameter("IOPort.I0.Input.Debounce", "0")
    with watching(io, "1") as watcher:
        io.toggle(0, [2.0 * number for number in range(1000)])
        until("every move", lambda: len(watcher.parts) >= 1001, 20)
        assert watcher.marks == "L" + "/\\" * 500
    assert io.status(f"{PORT}?monitor=3") == 400
    io.change(1, direction="output")
    assert io.status(f"{PORT}?monitor=1,2") == 400


def test_watching_outlives_the_daemon_and_ends_with_the_login(
    io: Terminals, viewer: Terminals
) -> None:
    """What moved while the ioports daemon was dead is told when it is back."""
    with watching(viewer, "1") as watcher:
        io.unit.kill("ioports")
        io.connect(0, circuit="closed")
        until("the move", lambda: watcher.marks.startswith("L/"), 15)
        assert watcher.process.poll() is None
        with io.unit.admin() as admin:
            admin.post("/axis-cgi/pwdgrp.cgi", data={"action": "remove", "user": "vera"})
        assert watcher.ended(5)


@pytest.mark.covers("M-IO-03", "M-IO-04", "M-IO-05", part="API")
def test_curl_changes_settings(io: Terminals) -> None:
    """Name, direction and normal state; the parameters show them, too."""
    assert io.call(MANAGEMENT, "getPorts")["data"] == {
        "numberOfPorts": 2,
        "items": [
            {
                "port": str(port),
                "state": "open",
                "configurable": True,
                "usage": "",
                "direction": "input",
                "name": f"Port {port + 1}",
                "normalState": "open",
            }
            for port in (0, 1)
        ],
    }
    reply = io.change(0, name="Haustür", usage="Door", normalState="closed")
    assert reply["data"] == {"ports": ["0"]}
    assert io.change(0, name="Haustür")["data"] == {"ports": []}
    listed = io.text("/axis-cgi/param.cgi?action=list&group=IOPort.I0")
    assert "root.IOPort.I0.Input.Trig=open" in listed
    assert "root.IOPort.I0.Usage=Door" in listed
    assert io.text(f"{PORT}?checkactive=1") == "port1=active\n"
    reply = io.change(0, direction="output", name="Gate", normalState="open")
    assert reply["data"] == {"ports": ["0"]}
    assert io.text(f"{PORT}?checkdirection=1") == "port1=output\n"
    assert "Output.NbrOfOutputs=1" in io.text(
        "/axis-cgi/param.cgi?action=list&group=Output.NbrOfOutputs"
    )


@pytest.mark.covers("M-IO-08", part="API")
def test_any_setting_returns_outputs_to_normal(io: Terminals) -> None:
    """Whatever has activated them; a state in the same call comes after it, and a state alone is no setting."""
    io.change(1, direction="output")
    for change in ({"name": "Relay"}, {"usage": "Siren"}):
        io.text(f"{PORT}?action=2:/")
        io.lit(1, True)
        io.change(0, **change)
        io.lit(1, False)
    assert io.change(1, name="Lamp", state="closed")["data"] == {"ports": ["1"]}
    io.lit(1, True)
    assert io.change(1, state="closed")["data"] == {"ports": []}
    assert io.lamp(1)


def test_a_part_of_a_change_can_fail(io: Terminals) -> None:
    """The rest is in force; nothing is where a port is missing."""
    reply = io.change(0, name="Door", direction="sideways")
    assert reply["error"]["code"] == 2104
    assert reply["error"]["details"] == {"port": "0", "propertyName": "direction"}
    assert io.item(0)["name"] == "Door"
    reply = io.call(MANAGEMENT, "setPorts", {"ports": [{"port": "0", "name": "A"}, {}]})
    assert reply["error"]["code"] == 2103
    reply = io.call(MANAGEMENT, "setPorts", {"ports": [{"port": "0", "name": "A"}, {"port": "2"}]})
    assert reply["error"]["code"] == 2104
    assert io.item(0)["name"] == "Door"


def test_a_sequence_is_alone(io: Terminals) -> None:
    """A second one is refused while it runs; the last state stays."""
    io.change(1, direction="output")
    steps = [
        {"state": "closed", "time": 1500},
        {"state": "open", "time": 10},
        {"state": "closed", "time": 0},
    ]
    params = {"port": 1, "sequence": steps}
    assert io.call(MANAGEMENT, "setStateSequence", params)["data"] == {"port": "1"}
    error = io.call(MANAGEMENT, "setStateSequence", params)["error"]
    assert error == {"code": 2200, "message": "State sequence already ongoing."}
    io.lit(1, True)
    assert io.change(1, state="open")["data"] == {"ports": ["1"]}
    io.lit(1, False)
    assert io.call(MANAGEMENT, "setStateSequence", params)["data"] == {"port": "1"}


@pytest.mark.covers("M-IO-09", part="API")
@pytest.mark.parametrize(
    ("circuit", "state"),
    [("short", "short"), ("closed", "close"), ("open", "open"), ("cut", "cut")],
)
def test_curl_supervises_an_input(io: Terminals, circuit: str, state: str) -> None:
    """With its resistors, in both versions; the level in mV lies in the range of the state."""
    io.connect(0, circuit=circuit, resistors=True)

    def ask(method: str, params: Any, version: str = "2.0") -> Any:
        return io.call(SUPERVISED, method, params, version)["data"]

    assert ask("getNumberOfPorts", []) == {"inputs": 2, "outputs": 2}
    assert ask("isSupervisable", [{"port": 0}], "1.0")["items"] == [
        {"port": 0, "input": True, "output": False}
    ]
    order = [{"port": 0, "supervised": True}]
    assert ask("setSupervised", order)["items"] == [{"port": 0, "code": 1, "message": "OK"}]

    def now() -> dict[str, Any]:
        found: dict[str, Any] = ask("getSupervised", [{"port": 0}])["items"][0]
        return found

    until(f"the state {state}", lambda: now()["state"] == state, 5)
    level = now()["level"]
    ranges = ask("getSupervisedRanges", [{"port": 0}])["items"][0]["ranges"]
    assert [one["state"] for one in ranges if one["lowerlimit"] <= level <= one["upperlimit"]] == [
        state
    ]


def test_other_ranges_are_kept(io: Terminals) -> None:
    """As they are read back; nonsense changes nothing."""
    limits = {"short": (0, 500), "close": (501, 1500), "open": (1501, 3000), "cut": (3001, 5000)}
    ranges = [
        {"state": state, "lowerlimit": low, "upperlimit": high}
        for state, (low, high) in limits.items()
    ]
    order = {"port": 1, "supervised": True, "ranges": ranges}
    before = io.call(SUPERVISED, "getSupervisedRanges", [{"port": 1}], "2.0")
    assert "data" in io.call(SUPERVISED, "setSupervised", [order], "2.0")
    read = io.call(SUPERVISED, "getSupervisedRanges", [{"port": 1}], "2.0")
    assert read["data"]["items"] == [{"port": 1, "ranges": ranges}]
    for wrong, code in (
        ([*ranges[:3], {**ranges[3], "lowerlimit": 0}], 2204),
        (ranges[:2], 2204),
        ([{**ranges[0], "colour": "red"}], 2200),
    ):
        reply = io.call(SUPERVISED, "setSupervised", [{**order, "ranges": wrong}], "2.0")
        assert reply["error"]["code"] == code
    assert io.call(SUPERVISED, "getSupervisedRanges", [{"port": 1}], "2.0") == read
    old = before["data"]["items"][0]["ranges"]
    assert "data" in io.call(SUPERVISED, "setSupervised", [{**order, "ranges": old}], "2.0")


# --- Python's axis ----------------------------------------------------------------------------


@asynccontextmanager
async def axis(unit: Unit) -> AsyncIterator[Vapix]:
    """Be Home Assistant."""
    async with httpx.AsyncClient(timeout=20) as session:
        configuration = Configuration(
            session,
            "127.0.0.1",
            username="root",
            password=ROOT_PASSWORD,
            port=port_of(unit.http_url),
        )
        yield AxisDevice(configuration).vapix


@pytest.mark.covers("M-IO-02", part="the axis library")
async def test_axis_manages_ports(io: Terminals) -> None:
    """Found by API discovery; its own classes read, set and play."""
    async with axis(io.unit) as vapix:
        await vapix.initialize()
        assert vapix.io_port_management.supported
        assert vapix.ports is vapix.io_port_management
        assert "1.1" in await vapix.io_port_management.get_supported_versions()
        await vapix.io_port_management.set_ports(
            [
                PortConfiguration("1", direction="output", name="Relay", normal_state="open"),
                PortConfiguration("0", usage="Door"),
            ]
        )
        await vapix.io_port_management.update()
        door, relay = vapix.io_port_management["0"], vapix.io_port_management["1"]
        assert (door.usage, door.direction, door.configurable) == ("Door", "input", True)
        assert (relay.name, relay.direction, relay.state) == ("Relay", "output", "open")
        await vapix.io_port_management.close("1")
        io.lit(1, True)
        await vapix.io_port_management.open("1")
        io.lit(1, False)
        steps = [Sequence("closed", 100), Sequence("open", 100), Sequence("closed", 0)]
        await vapix.io_port_management.set_state_sequence("1", steps)
        until("the end of the sequence", lambda: io.item(1)["state"] == "closed", 5)
        io.lit(1, True)


@pytest.mark.covers("M-IO-02", part="the axis library, port.cgi")
async def test_axis_uses_the_old_ports(io: Terminals) -> None:
    """What it does with a device that has no port management: parameters, and port.cgi."""
    io.change(1, direction="output", name="Relay")
    async with axis(io.unit) as vapix:
        await vapix.port_cgi.update()
        assert vapix.port_cgi["1"].name == "Relay"
        await vapix.port_cgi.close("1")
        io.lit(1, True)
        await vapix.port_cgi.open("1")
        io.lit(1, False)
        await vapix.port_cgi.action("0", PortAction.HIGH)  # an input: it asks nothing
        assert io.item(0)["state"] == "open"


# --- who may do what --------------------------------------------------------------------------


def test_a_viewer_may_look_and_switch_and_set_nothing(io: Terminals, viewer: Terminals) -> None:
    """As the reference has it: actions and sequences are a viewer's, settings an operator's."""
    io.change(1, direction="output")
    assert viewer.status(f"{PORT}?check=1") == 200
    assert viewer.status(f"{PORT}?action=2:/") == 200
    io.lit(1, True)
    assert viewer.call(MANAGEMENT, "getPorts")["data"]["numberOfPorts"] == 2
    assert viewer.change(1, direction="input")["error"]["code"] == 2105
    for method in ("getSupervised", "setSupervised"):
        order = [{"port": 0, "supervised": True}]
        assert viewer.call(SUPERVISED, method, order, "2.0").get("error", {}).get("code") == 2105
    for what in ("activate", "deactivate", "getschemaversions"):
        path = f"/axis-cgi/virtualinput/{what}.cgi"
        assert viewer.status(f"{path}?schemaversion=1&port=1") in (401, 403)
        assert viewer.status(
            f"{path.replace('/axis-cgi', '/axis-cgi/view')}?schemaversion=1&port=1"
        ) in (401, 403)
    assert viewer.text("/axis-cgi/param.cgi?action=update&IOPort.I1.Direction=input") != "OK"
    assert io.item(1)["direction"] == "output"
    assert io.active_inputs() == set()


def test_another_site_moves_no_output(io: Terminals) -> None:
    """Neither by a link nor by an image, with the login that a browser adds by itself."""
    io.change(1, direction="output")
    foreign = (
        "Sec-Fetch-Site: cross-site",
        "Origin: https://evil.example",
        "Referer: http://evil.example/",
    )
    for header in foreign:
        assert io.status(f"{PORT}?action=2:/", "-H", header) == 403
        assert io.status("/axis-cgi/io/virtualinput.cgi?action=6:/", "-H", header) == 403
    assert not io.lamp(1)


def test_the_page_of_apis_is_there(io: Terminals) -> None:
    """API discovery lists both JSON APIs."""
    body = json.dumps({"apiVersion": "1.0", "method": "getApiList"})
    listed = json.loads(io.text("/axis-cgi/apidiscovery.cgi", "-d", body))["data"]["apiList"]
    found = {one["id"]: one["version"] for one in listed}
    assert (found["io-port-management"], found["supervised-io"]) == ("1.1", "2.0")


def test_no_stream_is_left_behind(io: Terminals) -> None:
    """Whoever leaves makes room: many more can watch one after the other than at once."""
    for _ in range(40):
        with watching(io, "1") as watcher:
            assert watcher.marks == "L"
