"""Calls on a device's own tree: its Python, its SIP stack and its confinement, with a real phone beside it."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.contract.sip_http_rig import Service
from tests.contract.sip_phone import Phone
from tests.contract.sip_sound import (
    ALIKE,
    PHONE_RATE,
    SAID_S,
    heard_by,
    likeness,
    rising,
    talking_phone,
)
from tests.heard import as_wav, heard_since, position
from tests.suite import Unit, until
from tests.system.lab import LAB_ADDRESS, UNIT_ADDRESS
from tests.system.machine import Machine

WITHIN_S = 20.0
STACK = ("pgrep", "--full", "daemons.sip.stack")


@pytest.fixture(scope="module")
def service(appliance: Unit, administrator: httpx.Client) -> Service:
    """The unit with SIP on and a microphone."""
    opened = Service(administrator)
    parameters = {"action": "update", "AudioSource.A0.AudioSupport": "yes"}
    assert administrator.get("/axis-cgi/param.cgi", params=parameters).text.strip() == "OK"
    settings = {"SIPEnabled": True, "AllowIncomingCalls": True}
    opened.give("SetSIPConfiguration", SIPConfiguration=settings)
    until("the stack runs", lambda: administrator.get("/api/sip").json()["running"], WITHIN_S)
    return opened


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Phone]:
    """A phone whose user says the same again and again, with pauses in which the unit is heard."""
    with talking_phone(tmp_path, LAB_ADDRESS) as running:
        yield running


def both_hear_each_other(appliance: Unit, other: Phone) -> None:
    """What is said at one end comes out at the other, from now on."""
    begin = position(appliance)
    until(
        "the unit plays what the phone says",
        lambda: likeness(heard_since(appliance, begin).samples, rising(SAID_S))[0] > ALIKE,
        WITHIN_S,
    )
    said = rising(SAID_S, falls=True)
    wanted = rising(SAID_S, PHONE_RATE, falls=True)
    before = len(heard_by(other))

    def phone_hears() -> bool:
        answer = appliance.client.post("/sim/microphone", content=as_wav(said))
        answer.raise_for_status()
        time.sleep(SAID_S + 0.5)
        return likeness(heard_by(other)[before:], wanted)[0] > ALIKE

    until("the phone hears what the microphone does", phone_hears, WITHIN_S)


def test_a_phone_calls_and_both_hear_each_other(
    machine: Machine, appliance: Unit, service: Service, other: Phone
) -> None:
    """By the unit's address; and the stack that took the call is there for the next one."""
    stack = machine.run(*STACK)
    other.call(f"sip:speaker@{UNIT_ADDRESS}")
    other.wait("CALL_ESTABLISHED")
    both_hear_each_other(appliance, other)
    other.hang_up()
    other.wait("CALL_CLOSED")
    assert machine.run(*STACK) == stack


def test_the_unit_calls_and_both_hear_each_other(
    machine: Machine, appliance: Unit, service: Service, other: Phone
) -> None:
    """As a button or a rule has it call."""
    stack = machine.run(*STACK)
    call = service.give("Call", To=other.uri)["CallId"]
    other.wait("CALL_ESTABLISHED")
    both_hear_each_other(appliance, other)
    service.give("TerminateCall", CallId=call)
    other.wait("CALL_CLOSED")
    assert machine.run(*STACK) == stack
