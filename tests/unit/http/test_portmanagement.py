"""portmanagement.cgi: ports, their settings and sequences."""

from typing import Any

import pytest

from common.bus.ioports import PortChange
from common.errors import Unavailable
from tests.unit.http.edge import Edge
from tests.unit.http.json_calls import call

MANAGEMENT = "/axis-cgi/io/portmanagement.cgi"
ITEMS = [
    {
        "port": "0",
        "state": "closed",
        "configurable": True,
        "usage": "",
        "direction": "input",
        "name": "Port 1",
        "normalState": "open",
    },
    {
        "port": "1",
        "state": "open",
        "configurable": True,
        "usage": "",
        "direction": "output",
        "name": "Port 2",
        "normalState": "open",
    },
]


async def manage(edge: Edge, method: str, params: Any = None, **more: str) -> Any:
    """Call a method of portmanagement.cgi."""
    return await call(edge, MANAGEMENT, method, params, **more)


async def test_every_port_is_listed(edge: Edge) -> None:
    """As documented; an older minor version is spoken, too."""
    reply = await manage(edge, "getPorts", login="vera")
    assert reply["data"] == {"numberOfPorts": 2, "items": ITEMS}
    assert reply["apiVersion"] == "1.1"
    assert (await manage(edge, "getPorts", {}, version="1.0"))["data"]["items"] == ITEMS


async def test_a_board_without_ports_lists_none(edge: Edge) -> None:
    """`items` is left out."""
    edge.ioports.views = []
    assert (await manage(edge, "getPorts"))["data"] == {"numberOfPorts": 0}


async def test_versions_need_none(edge: Edge) -> None:
    """The documented answer, with the version that the axis library looks for."""
    answer = await edge.ask(
        "POST", MANAGEMENT, body='{"method":"getSupportedVersions"}', login="vera"
    )
    assert answer.json() == {
        "apiVersion": "1.1",
        "method": "getSupportedVersions",
        "data": {"apiVersions": ["1.1"]},
    }


@pytest.mark.parametrize("port", ["1", 1])
@pytest.mark.parametrize("bare", [False, True])
async def test_settings_are_changed(edge: Edge, port: str | int, bare: bool) -> None:
    """By text or number, with the object around the list or, as the axis library does, without."""
    change = {
        "port": port,
        "usage": "door",
        "direction": "output",
        "name": "Tür",
        "normalState": "closed",
        "state": "closed",
    }
    changes = [change, {"port": "0"}]
    reply = await manage(edge, "setPorts", changes if bare else {"ports": changes}, login="oscar")
    assert reply["data"] == {"ports": ["1"]}
    assert edge.ioports.set[0] == PortChange(
        port=1,
        usage="door",
        direction="output",
        name="Tür",
        normal_state="closed",
        state="closed",
    )
    assert edge.ioports.set[1] == PortChange(port=0)


async def test_what_cannot_be_changed_is_told_and_the_rest_is_done(edge: Edge) -> None:
    """Each property with its port; the first as `error`, all of them as `errors`."""
    wanted = [{"port": "0", "name": "Door", "direction": "up"}]
    reply = await manage(edge, "setPorts", {"ports": wanted})
    assert reply["error"]["code"] == 2104
    assert reply["error"]["details"] == {"port": "0", "propertyName": "direction"}
    assert "errors" not in reply
    assert edge.ioports.views[0].name == "Door"
    wanted = [
        {"port": "0", "name": "Gate", "state": "open"},
        {"port": "1", "normalState": "ajar", "state": "closed"},
    ]
    reply = await manage(edge, "setPorts", {"ports": wanted})
    assert [error["details"] for error in reply["errors"]] == [
        {"port": "0", "propertyName": "state"},
        {"port": "1", "propertyName": "normalState"},
    ]
    assert reply["errors"][0] == reply["error"]
    assert {error["code"] for error in reply["errors"]} == {2104}
    assert (edge.ioports.views[0].name, edge.ioports.views[1].state) == ("Gate", "closed")


@pytest.mark.parametrize(
    ("params", "code"),
    [
        (None, 2103),
        ({}, 2103),
        ({"ports": [{"name": "x"}]}, 2103),
        ({"ports": [{"port": "0", "name": "x"}, {}]}, 2103),
        ({"ports": {}}, 2104),
        ({"ports": "0"}, 2104),
        ("0", 2104),
        (5, 2104),
        ({"ports": [{"port": None}]}, 2104),
        ({"ports": [{"port": [0]}]}, 2104),
        ({"ports": [{"port": 0.5}]}, 2104),
        ({"ports": [{"port": True}]}, 2104),
        ({"ports": [{"port": -1}]}, 2104),
        ({"ports": [{"port": "-1"}]}, 2104),
        ({"ports": [{"port": "2"}]}, 2104),
        ({"ports": [{"port": ""}]}, 2104),
        ({"ports": [{"port": "²"}]}, 2104),
        ({"ports": [{"port": "\uff11"}]}, 2104),
        ({"ports": [{"port": " 1"}]}, 2104),
        ({"ports": [{"port": 2**31}]}, 2104),
        ({"ports": [{"port": 2**64}]}, 2104),
        ({"ports": [{"port": 10**400}]}, 2104),
        ({"ports": [{"port": "9" * 400}]}, 2104),
        ({"ports": [{"port": "0", "name": "x"}, {"port": 0, "name": "y"}]}, 2104),
        ({"ports": [{"port": "0", "name": "x"}, {"port": "7"}]}, 2104),
        ({"ports": [{"port": "0", "name": 5}]}, 2104),
        ({"ports": [{"port": "0", "name": "a\0b"}]}, 2104),
        ({"ports": [{"port": "0"}] * 257}, 2104),
    ],
)
async def test_a_senseless_change_changes_nothing(edge: Edge, params: Any, code: int) -> None:
    """Not even what of it makes sense."""
    assert (await manage(edge, "setPorts", params))["error"]["code"] == code
    assert edge.ioports.untouched


@pytest.mark.parametrize("port", ["1", 1])
async def test_a_sequence_is_started(edge: Edge, port: str | int) -> None:
    """The answer names the port as a text."""
    sequence = [{"state": "open", "time": 1000}, {"state": "closed", "time": 0}]
    params = {"port": port, "sequence": sequence}
    reply = await manage(edge, "setStateSequence", params, login="vera")
    assert reply["data"] == {"port": "1"}
    assert edge.ioports.sequences == [(1, [("open", 1000), ("closed", 0)])]
    edge.ioports.ongoing = True
    reply = await manage(edge, "setStateSequence", params)
    assert reply["error"] == {"code": 2200, "message": "State sequence already ongoing."}


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"sequence": [{"state": "open", "time": 1}]}, 2103),
        ({"port": "1"}, 2103),
        ({"port": "1", "sequence": [{"state": "open"}]}, 2103),
        ({"port": "1", "sequence": [{"time": 1}]}, 2103),
        ({"port": "1", "sequence": []}, 2104),
        ({"port": "1", "sequence": {}}, 2104),
        ({"port": "1", "sequence": [{"state": "open", "time": 65_536}]}, 2104),
        ({"port": "1", "sequence": [{"state": "open", "time": -1}]}, 2104),
        ({"port": "1", "sequence": [{"state": "open", "time": "1"}]}, 2104),
        ({"port": "1", "sequence": [{"state": "open", "time": 1.5}]}, 2104),
        ({"port": "1", "sequence": [{"state": "open", "time": 10**400}]}, 2104),
        ({"port": "1", "sequence": [{"state": "active", "time": 1}]}, 2104),
        ({"port": "1", "sequence": [{"state": "open", "time": 1}] * 1001}, 2104),
        ({"port": "0", "sequence": [{"state": "open", "time": 1}]}, 2104),
        ({"port": "2", "sequence": [{"state": "open", "time": 1}]}, 2104),
        ({"port": -1, "sequence": [{"state": "open", "time": 1}]}, 2104),
        ({"port": None, "sequence": [{"state": "open", "time": 1}]}, 2104),
    ],
)
async def test_what_is_no_sequence_is_refused(edge: Edge, params: Any, code: int) -> None:
    """On an input, too."""
    assert (await manage(edge, "setStateSequence", params))["error"]["code"] == code
    assert edge.ioports.untouched


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"NaN", 2101),
        (b'{"apiVersion":"1.1","method":"setPorts","params":{"ports":[{"port":NaN}]}}', 2101),
        (
            b'{"apiVersion":"1.1","method":"setPorts","params":'
            + b"[" * 30_000
            + b"]" * 30_000
            + b"}",
            2101,
        ),
        (
            b'{"apiVersion":"1.1","method":"setPorts","params":{"ports":['
            + b'{"port":"0"},' * 9_999
            + b'{"port":"0"}]}}',
            2106,
        ),
        (b'{"apiVersion":"2.0","method":"getPorts"}', 2100),
        (b'{"apiVersion":"1.2","method":"getPorts"}', 2100),
        (b'{"method":"getPorts"}', 2103),
        (b'{"apiVersion":"1.1","method":"getports"}', 2102),
    ],
)
async def test_a_bad_envelope_has_its_code(edge: Edge, body: bytes, code: int) -> None:
    """Deep, endless, of another version: nothing happens."""
    answer = await edge.ask("POST", MANAGEMENT, body=body, login="root")
    assert (answer.status, answer.json()["error"]["code"]) == (200, code)
    assert edge.ioports.untouched


async def test_a_viewer_changes_no_settings(edge: Edge) -> None:
    """Operators may."""
    reply = await manage(
        edge, "setPorts", {"ports": [{"port": "1", "state": "closed"}]}, login="vera"
    )
    assert reply["error"]["code"] == 2105
    assert edge.ioports.untouched


async def test_a_daemon_that_is_away_is_an_internal_error(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the table of this API."""

    async def away(*_arguments: object) -> str:
        raise Unavailable("the ioports daemon is away")

    monkeypatch.setattr(edge.ioports, "set_ports", away)
    wanted = {"ports": [{"port": "1", "state": "open"}]}
    assert (await manage(edge, "setPorts", wanted))["error"]["code"] == 1100
