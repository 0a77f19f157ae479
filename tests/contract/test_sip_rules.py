"""Rules and calls: the manual's recipes and the rules of the factory, end to end with a real phone."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests import rules
from tests.contract.sip_phone import Phone, phone
from tests.contract.sip_sound import write_wav
from tests.heard import RATE, heard_since, position, sweep
from tests.playing import clips, is_silent, now_playing, quiet_unit, until_heard
from tests.suite import Unit, free_port, until

pytestmark = pytest.mark.skipif(
    find_spec("pjsua2") is None, reason="the SIP stack is not built: make pjsip"
)

STATE = "tnsaxis:Call/State"
DTMF = "tnsaxis:Call/DTMF"
PLAY = "com.axis.action.fixed.play.audioclip"
STOP = "com.axis.action.fixed.stop.audioclip"
MAKE = "com.axis.action.fixed.sip"
ANSWER = "com.axis.action.fixed.sip.answer"
HANG_UP = "com.axis.action.fixed.sip.hangup"
RECIPIENT = "com.axis.recipient.sip"
RINGS = rules.condition(STATE, CallState="Ringing")
PHONE_RATE = 8_000
LOUD_RINGER, TONE, ANSWER_AFTER_TONE, LED = 1, 2, 3, 6


@dataclass
class Calling:
    """A unit that can be called, and a phone."""

    unit: Unit
    admin: httpx.Client
    phone: Phone
    port: int

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Give a command of the Call service."""
        return call_service(self.admin, command, **arguments)

    def rings(self) -> None:
        """Call the unit, which rings."""
        self.phone.call(f"sip:unit@127.0.0.1:{self.port}")
        self.phone.wait("CALL_RINGING")

    @contextmanager
    def factory_rules(self, *numbers: int) -> Iterator[None]:
        """Have rules of the factory enabled."""
        try:
            for number in numbers:
                self.enable(number, True)
            yield
        finally:
            for number in numbers:
                self.enable(number, False)

    def enable(self, number: int, enabled: bool) -> None:
        """Switch a rule."""
        answer = self.admin.patch(f"/api/rules/{number}", json={"enabled": enabled})
        assert answer.status_code == 200, answer.text

    def idle(self) -> bool:
        """Whether nobody calls or is called."""
        calls = self.ask("GetCallStatuses")["CallStatus"]
        return all(call["CallState"] == "Terminated" for call in calls)


def call_service(admin: httpx.Client, command: str, **arguments: Any) -> dict[str, Any]:
    """Give a command of the Call service."""
    answer = admin.post("/vapix/call", json={f"axcall:{command}": arguments})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def answering(admin: httpx.Client, *, by_itself: bool) -> None:
    """Have the unit answer calls by itself, or not."""
    attribute = {"Name": "AnswerAutomatically", "Value": "true" if by_itself else "false"}
    call_service(
        admin, "SetSIPAccount", SIPAccount={"Id": "peer-to-peer", "Attribute": [attribute]}
    )


@pytest.fixture(scope="module")
def sip(unit: Unit) -> Iterator[tuple[httpx.Client, int]]:
    """A unit with SIP on; yields an administrator and the port."""
    with quiet_unit(unit) as admin:
        configuration = {
            "SIPEnabled": True,
            "AllowIncomingCalls": True,
            "SIPPort": (port := free_port()),
            "SIPTLSPort": free_port(),
            "RTPStartPort": 24_000,
        }
        call_service(admin, "SetSIPConfiguration", SIPConfiguration=configuration)
        until("SIP runs", lambda: admin.get("/api/sip").json()["running"])
        yield admin, port
        call_service(admin, "SetSIPConfiguration", SIPConfiguration={}, KeepCurrent=False)


@pytest.fixture
def calling(unit: Unit, sip: tuple[httpx.Client, int], tmp_path: Path) -> Iterator[Calling]:
    """A unit that rings until somebody answers, and a phone that does not answer by itself."""
    admin, port = sip
    answering(admin, by_itself=False)
    silence = write_wav(tmp_path / "silence.wav", np.zeros(PHONE_RATE), PHONE_RATE)
    with phone(tmp_path / "phone", silence, ["pcmu/8000"]) as running:
        both = Calling(unit, admin, running, port)
        yield both
        running.hang_up()
        until("no call is left", both.idle)
    admin.get("/axis-cgi/stopclip.cgi")
    until("nothing plays", lambda: is_silent(admin))
    answering(admin, by_itself=True)


def plays(admin: httpx.Client, name: str) -> bool:
    """Whether a clip plays."""
    return any(name.lower() in each["what"].lower() for each in now_playing(admin))


def location(admin: httpx.Client, clip: int) -> str:
    """Return where a clip is for rules."""
    listed = admin.get("/api/clips").json()
    return str(next(each["location"] for each in listed if each["clip"] == clip))


@pytest.mark.covers("M-EVT-15", "M-EVT-16")
def test_the_factory_s_pre_announcement_tone(calling: Calling) -> None:
    """The tone plays while the caller hears ringing; when it has ended the call is answered, and not before."""
    with calling.factory_rules(TONE, ANSWER_AFTER_TONE):
        begin = position(calling.unit)
        calling.rings()
        until("the tone plays", lambda: plays(calling.admin, "ding"))
        calling.phone.wait("CALL_ESTABLISHED")
        assert not plays(calling.admin, "ding")
        first, last = heard_since(calling.unit, begin).spans()
        assert (last - first) / RATE > 3.0


@pytest.mark.covers("M-EVT-17")
def test_the_factory_s_loud_ringer(calling: Calling) -> None:
    """The clip plays as long as it rings."""
    with calling.factory_rules(LOUD_RINGER):
        calling.rings()
        until("it is heard", lambda: plays(calling.admin, "alarm"))
        calling.phone.hang_up()
        until("it is silent", lambda: is_silent(calling.admin))


def test_the_factory_s_lamp_is_not_on_this_model(calling: Calling) -> None:
    """It says so, and cannot be enabled; the others wait for a person."""
    listed = {one["rule"]["id"]: one for one in calling.admin.get("/api/rules").json()}
    for number in (LOUD_RINGER, TONE, ANSWER_AFTER_TONE):
        assert listed[number]["available"] == ""
        assert listed[number]["rule"]["enabled"] is False
    assert "front-facing LED" in listed[LED]["available"]
    answer = calling.admin.patch(f"/api/rules/{LED}", json={"enabled": True})
    assert answer.status_code >= 400


@pytest.mark.covers("M-HOW-06", "M-HOW-07")
@pytest.mark.covers("M-EVT-10", part="call State")
@pytest.mark.covers("M-EVT-11", part="answer call")
def test_a_clip_on_ringing_and_the_answer_after_it(calling: Calling) -> None:
    """Two rules as the manual makes them, with a clip of the user's, played once."""
    playing = rules.condition(rules.PLAYING, invert=True, Playing="1")
    with (
        clips(calling.admin, ringtone=sweep(1.0)) as uploaded,
        rules.stored(
            calling.admin,
            *(
                "Ring",
                PLAY,
                {"location": location(calling.admin, uploaded["ringtone"]), "repeat": "0"},
            ),
            conditions=[RINGS],
        ),
        rules.stored(
            calling.admin, "Answer", ANSWER, {}, trigger=playing, conditions=[RINGS]
        ) as answer,
    ):
        begin = position(calling.unit)
        calling.rings()
        calling.phone.wait("CALL_ESTABLISHED")
        assert is_silent(calling.admin) or not plays(calling.admin, "ringtone")
        until_heard(calling.unit, position(calling.unit), 0.2)
        heard_since(calling.unit, begin).where(sweep(1.0))
        rules.until_outcomes(calling.admin, answer, ["activated", "ended"])
        calling.phone.hang_up()
        calling.phone.wait("CALL_CLOSED")


@pytest.mark.covers("M-HOW-05")
@pytest.mark.covers("M-EVT-10", part="DTMF (event ID)")
def test_a_key_of_the_phone_stops_the_audio(calling: Calling) -> None:
    """The sequence "1" is called "stop audio"; a key that means something else stops nothing, nor does any other."""
    names = {"1": "stop audio", "2": "something else"}
    events = {
        key: calling.ask("SetDTMFEvent", DTMFEvent={"Name": name})["DTMFEventId"]
        for key, name in names.items()
    }
    triggers = [
        calling.ask("SetDTMFTrigger", DTMFTrigger={"DTMFSequence": key, "DTMFEventId": event})[
            "DTMFTriggerId"
        ]
        for key, event in events.items()
    ]
    shared = {"Id": "dtmf_config_default", "DTMFTriggerId": triggers}
    calling.ask("SetDTMFConfiguration", DTMFConfiguration=shared)
    answering(calling.admin, by_itself=True)
    pressed, other = (rules.condition(DTMF, DTMFEventId=event) for event in events.values())
    with (
        rules.stored(calling.admin, "DTMF stop audio", STOP, {}, trigger=pressed) as rule,
        rules.stored(calling.admin, "Something else", HANG_UP, {}, trigger=other) as other_rule,
    ):
        calling.admin.get(
            "/axis-cgi/playclip.cgi", params={"location": "birds_chirping.mp3", "repeat": "-1"}
        )
        calling.phone.call(f"sip:unit@127.0.0.1:{calling.port}")
        calling.phone.wait("CALL_ESTABLISHED")
        calling.phone.press("3")
        calling.phone.press("2")
        calling.phone.wait("CALL_CLOSED")
        rules.until_outcomes(calling.admin, other_rule, ["activated"])
        assert plays(calling.admin, "birds")
        assert rules.outcomes(calling.admin, rule) == []
        until("the call is over", calling.idle)
        calling.phone.call(f"sip:unit@127.0.0.1:{calling.port}")
        calling.phone.wait("CALL_ESTABLISHED")
        calling.phone.press("1")
        until("the audio stops", lambda: not plays(calling.admin, "birds"))
        rules.until_outcomes(calling.admin, rule, ["activated"])
    for trigger, event in zip(triggers, events.values(), strict=True):
        calling.ask("RemoveDTMFTrigger", DTMFTriggerId=trigger)
        calling.ask("RemoveDTMFEvent", DTMFEventId=event)


def recipient(to: str, **parameters: str) -> dict[str, Any]:
    """Return a recipient that is called."""
    return {"name": "Bob", "template": RECIPIENT, "parameters": {"to": to, **parameters}}


@pytest.mark.covers("M-RCP-15")
@pytest.mark.covers("M-EVT-11", part="SIP call")
def test_a_rule_calls_a_recipient_and_another_hangs_up(calling: Calling) -> None:
    """From the account that is chosen, to the address; what cannot be called is told with the reason."""
    admin = calling.admin
    asked = recipient(calling.phone.uri, **{"from": "peer-to-peer"})
    number = admin.post("/api/recipients", json=asked).json()["id"]
    try:
        with (
            rules.stored(admin, "Call Bob", MAKE, {}, trigger=rules.active(1), recipient=number),
            rules.stored(admin, "Enough", HANG_UP, {}, trigger=rules.active(2)),
        ):
            rules.virtual(admin, 1, on=True, duration=0)
            calling.phone.wait("CALL_INCOMING")
            calling.phone.answer()
            calling.phone.wait("CALL_ESTABLISHED")
            rules.virtual(admin, 2, on=True, duration=0)
            calling.phone.wait("CALL_CLOSED")
            rules.virtual(admin, 1, on=True, duration=0)
            calling.phone.wait("CALL_INCOMING")
            calling.phone.hang_up()
            until("it is told", lambda: "Call Bob: the call was not answered" in failures(admin))
            until("all calls are over", calling.idle)
            rules.virtual(admin, 2, on=True, duration=0)
            until("it is told", lambda: "Enough: " in failures(admin))
    finally:
        until(
            "the recipient is gone",
            lambda: admin.delete(f"/api/recipients/{number}").status_code == 200,
        )


def failures(admin: httpx.Client) -> str:
    """Return what the newest actions failed of."""
    return json.dumps(rules.records(admin, text="ActionFailed", kinds=["event"], limit=5))


@pytest.mark.covers("M-RCP-15", "M-RCP-22", part="a call is tested by calling")
def test_a_recipient_is_tried_by_calling_it(calling: Calling, tmp_path: Path) -> None:
    """It says whether somebody answered, and why not; nothing is stored."""
    with phone(tmp_path / "other", codecs=["pcmu/8000"], answers=True) as other:
        assert tried(calling.admin, recipient(other.uri)) == {"ok": True, "message": "answered"}
        other.wait("CALL_ESTABLISHED")
        other.wait("CALL_CLOSED")
    nobody = tried(calling.admin, recipient(f"sip:bob@127.0.0.1:{free_port()};transport=tcp"))
    assert nobody["ok"] is False
    assert "not answered" in nobody["message"]
    unknown = tried(calling.admin, recipient(calling.phone.uri, **{"from": "sip_account_99"}))
    assert unknown["ok"] is False
    assert calling.admin.get("/api/recipients").json() == []


def tried(admin: httpx.Client, asked: dict[str, Any]) -> dict[str, Any]:
    """Have a recipient tested."""
    answer = admin.post("/api/recipients/test", json=asked, timeout=60)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
