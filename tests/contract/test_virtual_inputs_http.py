"""Virtual inputs and the manual trigger over HTTP, by curl."""

from collections.abc import Iterator

import pytest

from tests.contract.io_http_rig import Terminals, as_new, watching
from tests.suite import Unit, until

PORT = "/axis-cgi/io/port.cgi"


@pytest.fixture
def io(unit: Unit) -> Iterator[Terminals]:
    """The ports, which are as new before and after."""
    with as_new(unit) as terminals:
        yield terminals


def virtual(io: Terminals, what: str, query: str) -> str:
    """Ask a CGI of the virtual inputs."""
    return io.text(f"/axis-cgi/virtualinput/{what}.cgi?{query}")


def test_curl_activates_virtual_inputs(io: Terminals) -> None:
    """For good, for a time, as a pulse; and what is wrong has its code."""
    try:
        assert "<StateChanged>true<" in virtual(io, "activate", "schemaversion=1&port=1")
        assert "<StateChanged>false<" in virtual(io, "activate", "schemaversion=1&port=1")
        assert "<StateChanged>true<" in virtual(
            io, "activate", "schemaversion=1&port=64&duration=1"
        )
        assert io.active_inputs() == {1, 64}
        until("the end of the time", lambda: io.active_inputs() == {1}, 5)
        assert "<StateChanged>true<" in virtual(io, "activate", "schemaversion=1&port=2&duration=0")
        assert io.active_inputs() == {1}
        assert "<ErrorCode>20</ErrorCode>" in virtual(io, "activate", "schemaversion=1&port=65")
        assert "<ErrorCode>10</ErrorCode>" in virtual(io, "activate", "schemaversion=1")
        assert "<MinorVersion>1</MinorVersion>" in virtual(io, "getschemaversions", "")
    finally:
        assert "DeactivateSuccess" in virtual(io, "deactivate", "schemaversion=1&port=1")
    assert io.active_inputs() == set()


def test_virtual_inputs_outlive_the_daemon(io: Terminals) -> None:
    """Killed at any moment it comes back with what was active, and ends what had an end."""
    virtual(io, "activate", "schemaversion=1&port=7")
    virtual(io, "activate", "schemaversion=1&port=8&duration=6")
    try:
        before = io.unit.processes()["ioports"]
        io.unit.kill("ioports")
        until("another process", lambda: io.unit.processes().get("ioports", before) != before)
        until("its answer", lambda: "port1" in io.text(f"{PORT}?check=1"), 15)
        assert io.active_inputs() == {7, 8}
        until("the end of the time", lambda: io.active_inputs() == {7}, 10)
    finally:
        virtual(io, "deactivate", "schemaversion=1&port=7")
        virtual(io, "deactivate", "schemaversion=1&port=8")


def test_curl_runs_the_manual_trigger(io: Terminals) -> None:
    """In the documented form and as people type it."""
    for action in ("6%3A%2F200%5C", "6:/200\\"):
        assert io.text(f"/axis-cgi/io/virtualinput.cgi?action={action}") == ""
    assert io.status("/axis-cgi/io/virtualinput.cgi?action=5:/") == 400
    listed = io.text("/axis-cgi/param.cgi?action=list&group=Properties.IO.ManualTriggerNbr")
    assert "Properties.IO.ManualTriggerNbr=6" in listed


def test_curl_pretends_that_an_input_is_active(io: Terminals) -> None:
    """Whoever watches it cannot tell; its circuit is what it is."""
    io.connect(0, circuit="closed")
    until("the closed circuit", lambda: "=active" in io.text(f"{PORT}?checkactive=1"), 5)
    io.connect(0, circuit="open")
    until("the open circuit", lambda: "=inactive" in io.text(f"{PORT}?checkactive=1"), 5)
    with watching(io, "1") as watcher:
        assert io.text("/axis-cgi/io/virtualinput.cgi?action=1:/1000\\") == ""
        assert io.text(f"{PORT}?check=1") == "port1=0\n"
        until("both moves", lambda: watcher.marks == "L/\\", 5)
