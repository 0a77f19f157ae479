"""The I/O ports of a whole unit, from its API to the lamp at the terminal."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.contract.front_rig import before
from tests.suite import START_S, Unit, running_suite, until


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unit]:
    """A unit for the tests of this file, which take its power away."""
    with running_suite(tmp_path_factory.mktemp("unit")) as running:
        running.claim()
        yield running


@pytest.fixture
def world(unit: Unit) -> Iterator[httpx.Client]:
    """The world before it, which stays when the unit has no power."""
    with before(unit) as client:
        yield client


@pytest.fixture
def admin(unit: Unit, world: httpx.Client) -> Iterator[httpx.Client]:
    """An administrator; leaves both ports as they were in the box."""
    with unit.admin() as client:
        yield client
        until("the unit answers", lambda: answers(client), START_S)
        for port in ("0", "1"):
            manage(
                client,
                "setPorts",
                ports=[{"port": port, "direction": "input", "normalState": "open"}],
            )
    for number in (1, 2):
        connect(world, number, circuit="open", resistors=False, applied_v=None)


def answers(client: httpx.Client) -> bool:
    """Whether the unit's ports can be asked for."""
    request = {"apiVersion": "1.0", "method": "getPorts"}
    try:
        return "data" in client.post("/axis-cgi/io/portmanagement.cgi", json=request).json()
    except (httpx.HTTPError, ValueError):
        return False


def manage(client: httpx.Client, method: str, **params: object) -> dict[str, Any]:
    """Call a method of portmanagement.cgi; returns its data."""
    request = {"apiVersion": "1.0", "method": method, "params": params}
    answer = client.post("/axis-cgi/io/portmanagement.cgi", json=request).json()
    assert "error" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


def connect(world: httpx.Client, number: int, **changes: object) -> None:
    """Change what hangs at a terminal."""
    answer = world.post(f"/sim/ports/{number}", json=changes)
    assert answer.status_code == httpx.codes.NO_CONTENT, answer.text


def terminal(world: httpx.Client, number: int = 1) -> dict[str, Any]:
    """Return what a person sees at a terminal."""
    found: dict[str, Any] = world.get("/sim/state").json()["ports"][number - 1]
    return found


@pytest.mark.covers("M-IO-02", part="API")
def test_an_output_lights_its_lamp_by_the_api(world: httpx.Client, admin: httpx.Client) -> None:
    """By portmanagement.cgi and by port.cgi, for good and as a pulse."""
    manage(admin, "setPorts", ports=[{"port": "0", "direction": "output", "state": "closed"}])
    until("the lamp is lit", lambda: terminal(world)["lamp"])
    manage(admin, "setPorts", ports=[{"port": "0", "state": "open"}])
    until("the lamp is out", lambda: not terminal(world)["lamp"])
    admin.get("/axis-cgi/io/port.cgi?action=1%3A%2F400%5C").raise_for_status()
    until("a pulse begins", lambda: terminal(world)["lamp"])
    until("the pulse ends", lambda: not terminal(world)["lamp"])


@pytest.mark.covers("M-IO-07")
@pytest.mark.parametrize("end", ["killed", "without power"])
def test_outputs_are_open_while_the_unit_restarts(
    unit: Unit, world: httpx.Client, admin: httpx.Client, end: str
) -> None:
    """And in their normal position afterwards, which is not what was active before."""
    both = [
        {"port": "0", "direction": "output", "normalState": "closed"},
        {"port": "1", "direction": "output", "normalState": "open"},
    ]
    manage(admin, "setPorts", ports=both)
    manage(admin, "setPorts", ports=[{"port": "1", "state": "closed"}])
    until("both are closed", lambda: terminal(world, 1)["lamp"] and terminal(world, 2)["lamp"])
    process = unit.processes()["ioports"]
    if end == "killed":
        unit.kill("ioports")
    else:
        world.post("/sim/power", json={}).raise_for_status()
    until(
        "both are open", lambda: not terminal(world, 1)["lamp"] and not terminal(world, 2)["lamp"]
    )
    until(
        "the daemon is back", lambda: unit.processes().get("ioports", process) != process, START_S
    )
    until("one is normally closed", lambda: terminal(world, 1)["lamp"], START_S)
    until("one is normally open", lambda: terminal(world, 2)["output"] == "floating", START_S)


def test_the_world_shows_what_hangs_at_a_terminal(world: httpx.Client, admin: httpx.Client) -> None:
    """For the front panel; what cannot be is refused and changes nothing."""
    connect(world, 2, circuit="closed", resistors=True)
    assert terminal(world, 2) == {
        "port": 2,
        "circuit": "closed",
        "resistors": True,
        "applied_v": None,
        "voltage_v": 1.65,
        "closed": False,
        "output": None,
        "lamp": False,
    }
    connect(world, 2, applied_v=24)
    assert terminal(world, 2)["voltage_v"] == 24.0
    present = terminal(world, 2)
    for path, content in (
        ("2", {"circuit": "wet"}),
        ("2", {"applied_v": 31}),
        ("2", {}),
        ("2/sequence", {"edges": [2, 1]}),
        ("2/sequence", {"edges": [-1]}),
        ("2/sequence", {"edges": [4e6]}),
        ("2/sequence", {"edges": [True]}),
    ):
        answer = world.post(f"/sim/ports/{path}", json=content)
        assert answer.status_code == httpx.codes.BAD_REQUEST, (path, content)
    assert world.post("/sim/ports/3", json={"circuit": "open"}).status_code == 404
    assert terminal(world, 2) == present
