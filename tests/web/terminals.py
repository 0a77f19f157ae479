"""The I/O ports and what is wired to them, as tests of pages see them: from outside the browser."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.suite import Unit
from tests.web.settings import change

NUMBERS = (1, 2)
"""As printed; the APIs of JSON count from 0."""


def ports(unit: Unit) -> list[dict[str, Any]]:
    """Return the ports as another client sees them."""
    with unit.admin() as admin:
        found: list[dict[str, Any]] = admin.get("/api/ioports").json()["ports"]
        return found


def virtual_inputs(unit: Unit) -> list[int]:
    """Return the numbers of the virtual inputs that are active."""
    with unit.admin() as admin:
        inputs = admin.get("/api/ioports").json()["virtual_inputs"]
        return [number for number, active in enumerate(inputs, 1) if active]


def parameter(unit: Unit, name: str) -> str:
    """Return the value of a parameter of the ports."""
    with unit.admin() as admin:
        listed = admin.get("/api/parameters", params={"group": "IOPort"}).json()["parameters"]
        return str(next(one["value"] for one in listed if one["name"].endswith(name)))


def wire(unit: Unit, number: int, **what: object) -> None:
    """Change what hangs at a terminal: `circuit`, `resistors`, `applied_v`."""
    unit.client.post(f"/sim/ports/{number}", json=what).raise_for_status()


def wired(unit: Unit, number: int) -> dict[str, Any]:
    """Return what hangs at a terminal, and how it fares."""
    found: dict[str, Any] = unit.sim_state()["ports"][number - 1]
    return found


def set_port(unit: Unit, number: int, changes: Mapping[str, str]) -> None:
    """Change a port as another client would."""
    question = {
        "apiVersion": "1.0",
        "method": "setPorts",
        "params": {"ports": [{"port": str(number - 1), **changes}]},
    }
    with unit.admin() as admin:
        answer = admin.post("/axis-cgi/io/portmanagement.cgi", json=question).json()
        assert "error" not in answer, answer


def supervise(unit: Unit, number: int) -> None:
    """Supervise an input as another client would."""
    question = {
        "apiVersion": "2.0",
        "method": "setSupervised",
        "params": [{"port": number - 1, "supervised": True}],
    }
    with unit.admin() as admin:
        answer = admin.post("/axis-cgi/supervisedio.cgi", json=question).json()
        assert "error" not in answer, answer


@contextmanager
def ports_as_they_come(unit: Unit) -> Iterator[None]:
    """Leave every port at its default, with nothing wired to it, before and after."""
    _reset(unit)
    try:
        yield
    finally:
        _reset(unit)


def _reset(unit: Unit) -> None:
    with unit.admin() as admin:
        listed = admin.get("/api/parameters", params={"group": "IOPort"}).json()["parameters"]
        for number in virtual_inputs(unit):
            query = {"schemaversion": "1", "port": str(number)}
            admin.get("/axis-cgi/virtualinput/deactivate.cgi", params=query).raise_for_status()
    for number in NUMBERS:
        wire(unit, number, circuit="open", resistors=False, applied_v=None)
    changed = {
        one["name"]: one["default"]
        for one in listed
        if one["writable"] and one["value"] != one["default"]
    }
    if changed:
        change(unit, changed)
