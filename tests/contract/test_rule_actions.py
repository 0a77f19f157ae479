"""What rules react to, and what they do, each on the running unit (M-EVT-10, M-EVT-11)."""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests import rules
from tests.contract.io_http_rig import Terminals, as_new
from tests.heard import as_wav, sweep
from tests.playing import clips, is_silent, parameters, quiet_unit, wait_until_played
from tests.suite import Unit, until

PORT = "tns1:Device/tnsaxis:IO/Port"
SUPERVISED = "tns1:Device/tnsaxis:IO/SupervisedPort"
LEVEL = "tns1:AudioSource/tnsaxis:TriggerLevel"
LIVE = "tns1:VideoSource/tnsaxis:LiveStreamAccessed"
TOGGLE = "com.axis.action.fixed.io.toggle"
TOGGLE_WHILE_ACTIVE = "com.axis.action.unlimited.io.toggle"
LED = "com.axis.action.fixed.ledcontrol"
LED_WHILE_ACTIVE = "com.axis.action.unlimited.ledcontrol"
PLAY = "com.axis.action.fixed.play.audioclip"
STOP = "com.axis.action.fixed.stop.audioclip"


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """A client of a quiet unit whose virtual inputs are at rest."""
    with quiet_unit(unit) as client:
        yield client
        for number in (1, 2):
            rules.virtual(client, number, on=False)


@pytest.fixture
def io(unit: Unit) -> Iterator[Terminals]:
    """The ports, which are as new before and after."""
    with as_new(unit) as terminals:
        yield terminals


def cause(admin: httpx.Client) -> str:
    """Return why the status LED shows what it shows."""
    leds = admin.get("/api/leds").json()
    return str(next(led["cause"] for led in leds if led["led"] == "status"))


# -- what is done --


@pytest.mark.covers("M-EVT-11", part="activate digital output")
def test_an_output_is_driven_for_a_time_and_while_a_rule_is_active(
    admin: httpx.Client, io: Terminals
) -> None:
    """And is back afterwards."""
    io.change(0, direction="output")
    output = {"port": "0", "state": "high"}
    with (
        rules.stored(admin, "Pulse", TOGGLE, {**output, "duration": "1"}, trigger=rules.active(1)),
        rules.stored(admin, "Hold", TOGGLE_WHILE_ACTIVE, output, conditions=[rules.active(2)]),
    ):
        for number, back in ((1, None), (2, 2)):
            rules.virtual(admin, number, on=True, duration=0 if back is None else None)
            io.lit(0, True)
            if back is not None:
                rules.virtual(admin, back, on=False)
            io.lit(0, False)


@pytest.mark.covers("M-EVT-11", part="set LED")
def test_the_status_led_shows_what_a_rule_asks_for(admin: httpx.Client) -> None:
    """For a time, and while the rule is active."""
    look = {"led": "statusled", "color": "amber,none"}
    with (
        rules.stored(admin, "Flash", LED, {**look, "duration": "1"}, trigger=rules.active(1)),
        rules.stored(
            admin, "Light", LED_WHILE_ACTIVE, {"color": "red"}, conditions=[rules.active(2)]
        ),
    ):
        usual = cause(admin)
        rules.virtual(admin, 1, on=True, duration=0)
        until("it flashes", lambda: cause(admin) == "rule_amber_flashing", 5)
        until("it is over", lambda: cause(admin) == usual, 5)
        rules.virtual(admin, 2, on=True)
        until("it is red", lambda: cause(admin) == "rule_red", 5)
        rules.virtual(admin, 2, on=False)
        until("it is over", lambda: cause(admin) == usual, 5)


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("com.axis.action.fixed.recording.storage", "this unit has no storage to record on"),
        ("com.axis.action.fixed.snmp.trap", "this unit has no SNMP"),
        ("com.axis.action.unlimited.siren_and_light", "this unit has no front-facing LED"),
    ],
)
def test_what_the_unit_lacks_is_declared_and_refused(
    admin: httpx.Client, template: str, reason: str
) -> None:
    """With the same reason in the list of templates and in the answer; nothing is stored."""
    listed = {one["token"]: one for one in admin.get("/api/actions/templates").json()}
    assert listed[template]["unavailable"] == reason
    before = admin.get("/api/rules").json()
    asked = {
        "rule": {"name": "x", "action": 0, "conditions": [rules.active(1)]},
        "action": {"template": template, "parameters": {"storage_id": "SD_DISK"}},
    }
    answer = admin.post("/api/rules", json=asked)
    assert answer.status_code >= 400
    assert reason in answer.text
    assert admin.get("/api/rules").json() == before


@pytest.mark.covers("M-EVT-11", part="a failed action is told")
def test_an_action_that_cannot_be_done_is_an_event(admin: httpx.Client) -> None:
    """It says which rule, and why."""
    asked = {"location": "/etc/audioclips/nothing.mp3"}
    with rules.stored(admin, "Gone", PLAY, asked, trigger=rules.active(1)):
        rules.virtual(admin, 1, on=True, duration=0)

        def told() -> object:
            return rules.records(admin, text="ActionFailed", kinds=["event"], limit=1)

        until("it is told", lambda: "Gone: " in json.dumps(told()))


# -- what is reacted to --


@pytest.mark.covers("M-EVT-10", part="digital input and tamper")
def test_a_port_and_its_cable_are_conditions(admin: httpx.Client, io: Terminals) -> None:
    """A closed contact, and a cable that is cut."""
    closed = rules.condition(PORT, port="0", state="1")
    tampered = rules.condition(SUPERVISED, port="0", tampered="1")
    with (
        rules.stored(admin, "Closed", STOP, {}, conditions=[closed]) as first,
        rules.stored(admin, "Cut", STOP, {}, conditions=[tampered]) as second,
    ):
        io.connect(0, circuit="closed", resistors=False)
        until("the input is active", lambda: rules.is_active(admin, first))
        assert not rules.is_active(admin, second)
        io.parameter("IOPort.I0.Input.Supervised", "yes")
        io.connect(0, circuit="cut", resistors=True)
        until("the cable is cut", lambda: rules.is_active(admin, second))


@pytest.mark.covers("M-EVT-10", part="sound level above, below and passing")
def test_the_sound_level_is_a_condition(unit: Unit, admin: httpx.Client) -> None:
    """Above the alarm level, below it by inverting, and passing it by a trigger."""
    above = rules.condition(LEVEL, channel="1", triggered="1")
    with ExitStack() as made:
        made.enter_context(
            parameters(
                admin,
                {"AudioSource.A0.AudioSupport": "yes", "AudioSource.A0.AlarmLevel": "60"},
            )
        )
        loud = made.enter_context(rules.stored(admin, "Above", STOP, {}, conditions=[above]))
        quiet = made.enter_context(
            rules.stored(admin, "Below", STOP, {}, conditions=[{**above, "invert": True}])
        )
        passing = made.enter_context(rules.stored(admin, "Passing", STOP, {}, trigger=above))
        until("it is quiet", lambda: rules.is_active(admin, quiet))
        unit.client.post("/sim/microphone", content=as_wav(sweep(1.5))).raise_for_status()
        until("it is loud", lambda: rules.is_active(admin, loud))
        until("it was passed", lambda: "activated" in rules.outcomes(admin, passing))
        until("it is quiet again", lambda: rules.is_active(admin, quiet))


@pytest.mark.covers("M-EVT-10", part="audio clip playing")
def test_the_end_of_a_clip_starts_a_rule(unit: Unit, admin: httpx.Client) -> None:
    """As in the manual's recipe that answers after the clip, with a virtual input for the call."""
    ended = rules.condition(rules.PLAYING, Playing="1", invert=True)
    with (
        clips(admin, bell=sweep(0.5)) as numbers,
        rules.stored(
            admin, "Answer", STOP, {}, trigger=ended, conditions=[rules.active(1)]
        ) as rule,
    ):
        for on, wanted in ((False, ["not met"]), (True, ["not met", "activated"])):
            rules.virtual(admin, 1, on=on)
            admin.get("/axis-cgi/playclip.cgi", params={"clip": str(numbers["bell"])})
            until("it plays", lambda: not is_silent(admin))
            wait_until_played(unit, admin)
            rules.until_outcomes(admin, rule, wanted)


@pytest.mark.covers("M-EVT-10", part="live stream")
def test_somebody_who_listens_is_a_condition(admin: httpx.Client) -> None:
    """For as long as the stream is read."""
    accessed = rules.condition(LIVE, accessed="1")
    with (
        parameters(admin, {"AudioSource.A0.AudioSupport": "yes"}),
        rules.stored(admin, "Heard", STOP, {}, conditions=[accessed]) as rule,
    ):
        assert not rules.is_active(admin, rule)
        with admin.stream("GET", "/axis-cgi/audio/receive.cgi") as stream:
            blocks = stream.iter_raw()  # closing it would end the stream
            assert next(blocks)
            until("somebody listens", lambda: rules.is_active(admin, rule))
        until("nobody listens", lambda: not rules.is_active(admin, rule), 30)
