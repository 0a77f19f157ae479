"""supervisedio.cgi: both versions, and what is refused."""

import json
from typing import Any

import pytest

from common.errors import Unavailable
from tests.unit.http.edge import Edge
from tests.unit.http.fake_ioports import RANGES, port_view
from tests.unit.http.json_calls import call

SUPERVISED = "/axis-cgi/supervisedio.cgi"


async def supervise(edge: Edge, method: str, params: Any = None, **more: str) -> Any:
    """Call a method of supervisedio.cgi, version 2.0."""
    return await call(edge, SUPERVISED, method, params, **{"version": "2.0", **more})


async def test_what_can_be_supervised_is_told(edge: Edge) -> None:
    """Each port can be either; only an input can be supervised."""
    reply = await supervise(edge, "getNumberOfPorts")
    assert (reply["apiVersion"], reply["data"]) == ("2.0", {"inputs": 2, "outputs": 2})
    reply = await supervise(edge, "isSupervisable", [])
    assert reply["data"]["items"] == [
        {"port": 0, "input": True, "output": False},
        {"port": 1, "input": False, "output": False},
    ]
    reply = await supervise(edge, "getSupportedStates", [{"port": 0}])
    names = [{"name": name} for name in ("short", "close", "open", "cut")]
    assert reply["data"]["items"] == [{"port": 0, "states": names}]


@pytest.mark.parametrize("params", [None, [], {}, [{}], [{"port": 0}, {}]])
async def test_no_port_means_every_port(edge: Edge, params: Any) -> None:
    """However that is written."""
    edge.ioports.views[0] = port_view(
        0, supervised=True, supervised_state="cut", level_mv=3290, state="open"
    )
    edge.ioports.views[1] = port_view(1, "output", level_mv=None)
    reply = await supervise(edge, "getSupervised", params)
    assert reply["data"]["items"] == [
        {"port": 0, "supervised": True, "supervisable": True, "state": "cut", "level": 3290},
        {"port": 1, "supervised": False, "supervisable": False, "state": "open"},
    ]


@pytest.mark.parametrize("port", [0, "0"])
async def test_one_port_is_asked_about(edge: Edge, port: int | str) -> None:
    """By number or text; an input that is not supervised is open or close."""
    reply = await supervise(edge, "getSupervised", [{"port": port}])
    assert [(item["port"], item["state"]) for item in reply["data"]["items"]] == [(0, "close")]
    reply = await supervise(edge, "getSupervisedRanges", [{"port": port}])
    assert reply["data"]["items"] == [
        {
            "port": 0,
            "ranges": [
                {"state": one.state, "lowerlimit": one.lower_mv, "upperlimit": one.upper_mv}
                for one in RANGES
            ],
        }
    ]


async def test_an_input_is_supervised(edge: Edge) -> None:
    """With the ranges there are, or others; states may have their other names."""
    reply = await supervise(edge, "setSupervised", [{"port": 0, "supervised": True}], login="oscar")
    assert reply["data"]["items"] == [{"port": 0, "code": 1, "message": "OK"}]
    names = ("shorted", "closed", "open", "cut")
    ranges = [
        {"state": name, "lowerlimit": 1000 * number, "upperlimit": 1000 * number + 900}
        for number, name in enumerate(names)
    ]
    await supervise(edge, "setSupervised", [{"port": 0, "supervised": True, "ranges": ranges}])
    await supervise(edge, "setSupervised", {"supervised": False})
    (_, _, none), (_, _, given), (port, supervised, _) = edge.ioports.supervised
    assert none == ""
    assert [one["state"] for one in json.loads(given)] == ["short", "close", "open", "cut"]
    assert (port, supervised) == (0, False)


GOOD = [
    {"state": one.state, "lowerlimit": one.lower_mv, "upperlimit": one.upper_mv} for one in RANGES
]


@pytest.mark.parametrize(
    ("method", "params", "second", "first"),
    [
        ("getSupervised", [{"port": 2}], 2205, 302),
        ("getSupervised", [{"port": -1}], 2205, 302),
        ("getSupervised", [{"port": "x"}], 2205, 302),
        ("getSupervised", [{"port": 10**400}], 2205, 302),
        ("getSupervised", [{"port": 0.5}], 2203, 300),
        ("getSupervised", [{"prt": 0}], 2200, 103),
        ("getSupervised", "all", 2203, 300),
        ("getSupervised", [{"port": 0}] * 65, 2203, 300),
        ("getSupervisedRanges", [{"port": 1}], 2206, 303),
        ("setSupervised", None, 2103, 102),
        ("setSupervised", [], 2203, 300),
        ("setSupervised", [{}], 2103, 102),
        ("setSupervised", [{"port": 0}], 2103, 102),
        ("setSupervised", [{"port": 0, "supervised": "yes"}], 2203, 300),
        ("setSupervised", [{"port": 1, "supervised": True}], 2206, 303),
        ("setSupervised", [{"port": 9, "supervised": True}], 2205, 302),
        ("setSupervised", [{"port": 0, "supervised": True}] * 2, 2203, 300),
        (
            "setSupervised",
            [{"port": 0, "supervised": True}, {"port": 9, "supervised": True}],
            2205,
            302,
        ),
        ("setSupervised", [{"port": 0, "supervised": True, "ranges": []}], 2204, 301),
        ("setSupervised", [{"port": 0, "supervised": True, "ranges": GOOD[:3]}], 2204, 301),
        ("setSupervised", [{"port": 0, "supervised": True, "ranges": GOOD * 5}], 2203, 300),
        (
            "setSupervised",
            [{"port": 0, "supervised": True, "ranges": [*GOOD[:3], {**GOOD[3], "lowerlimit": 5}]}],
            2204,
            301,
        ),
        (
            "setSupervised",
            [{"port": 0, "supervised": True, "ranges": [*GOOD[:3], {**GOOD[3], "state": "gone"}]}],
            2204,
            301,
        ),
        (
            "setSupervised",
            [{"port": 0, "supervised": True, "ranges": [*GOOD[:3], {**GOOD[3], "more": 1}]}],
            2200,
            103,
        ),
        ("nix", [], 2102, 203),
    ],
)
async def test_each_version_has_its_codes(
    edge: Edge, method: str, params: Any, second: int, first: int
) -> None:
    """And neither changes anything."""
    for version, code in (("2.0", second), ("1.0", first)):
        reply = await supervise(edge, method, params, version=version)
        assert (reply["error"]["code"], reply["apiVersion"]) == (code, version)
    assert edge.ioports.untouched


@pytest.mark.parametrize("version", ["1.1", "2.1", "3.0", "0.9", "x"])
async def test_other_versions_are_refused(edge: Edge, version: str) -> None:
    """By the newest table."""
    reply = await supervise(edge, "getNumberOfPorts", version=version)
    assert reply["error"]["code"] == 2100


async def test_both_versions_are_told(edge: Edge) -> None:
    """Without naming one."""
    answer = await edge.ask(
        "POST", SUPERVISED, body='{"method":"getSupportedVersions"}', login="oscar"
    )
    assert answer.json()["data"] == {"apiVersions": ["1.0", "2.0"]}


async def test_a_board_that_measures_nothing_supervises_nothing(edge: Edge) -> None:
    """Every port is simply not supervisable."""
    edge.ioports.views = [port_view(0, supervisable=False, level_mv=None)]
    reply = await supervise(edge, "isSupervisable")
    assert reply["data"]["items"] == [{"port": 0, "input": False, "output": False}]
    reply = await supervise(edge, "setSupervised", [{"supervised": True}])
    assert reply["error"]["code"] == 2206
    reply = await supervise(edge, "getSupportedStates")
    assert reply["data"]["items"] == [{"port": 0, "states": []}]


async def test_supervision_is_for_operators(edge: Edge) -> None:
    """Reading included; whatever a viewer sends changes nothing."""
    for method in ("getSupervised", "setSupervised", "getNumberOfPorts", "getSupportedVersions"):
        body = {"apiVersion": "2.0", "method": method, "params": [{"supervised": True}]}
        answer = await edge.ask("POST", SUPERVISED, body=json.dumps(body), login="vera")
        assert answer.status == 403 or answer.json()["error"]["code"] == 2105
    assert edge.ioports.untouched


async def test_a_daemon_that_is_away_is_an_internal_error(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the table of each version."""

    async def away(*_arguments: object) -> str:
        raise Unavailable("the ioports daemon is away")

    monkeypatch.setattr(edge.ioports, "set_supervised", away)
    orders = [{"port": 0, "supervised": True}]
    for version, code in (("2.0", 1100), ("1.0", 101)):
        reply = await supervise(edge, "setSupervised", orders, version=version)
        assert reply["error"]["code"] == code
