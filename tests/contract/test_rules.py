"""Rules of the whole unit: something happens, and the loudspeaker plays."""

from collections.abc import Iterator

import httpx
import numpy as np
import pytest

from tests import rules
from tests.heard import RATE, heard_since, position, sweep
from tests.playing import clips, is_silent, now_playing, parameters, quiet_unit, wait_until_played
from tests.suite import Unit, until

ONCE = "com.axis.action.fixed.play.audioclip"
WHILE_ACTIVE = "com.axis.action.unlimited.play.audioclip"
STOP = "com.axis.action.fixed.stop.audioclip"


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """A client of a quiet unit whose virtual inputs are at rest."""
    with quiet_unit(unit) as client:
        yield client
        for number in (1, 2, 3):
            rules.virtual(client, number, on=False)


@pytest.fixture
def sound(admin: httpx.Client) -> Iterator[dict[str, str]]:
    """The parameters that play a clip of 0.5 s."""
    with clips(admin, bell=sweep(0.5)) as numbers:
        yield {"location": f"%2Fetc%2Faudioclips%2FMediaClip.M{numbers['bell']}.wav"}


@pytest.mark.covers("M-EVT-02", "M-EVT-04", "M-EVT-09")
def test_a_virtual_input_plays_a_clip(
    unit: Unit, admin: httpx.Client, sound: dict[str, str]
) -> None:
    """From the rule to the samples at the loudspeaker, each time anew."""
    with rules.stored(admin, "Bell", ONCE, sound, conditions=[rules.active(1)]) as rule:
        for _ in range(2):
            since = position(unit)
            rules.virtual(admin, 1, on=True)
            until("the clip plays", lambda: not is_silent(admin))
            wait_until_played(unit, admin)
            assert np.abs(heard_since(unit, since).samples).max() > 0.1
            rules.virtual(admin, 1, on=False)
        rules.until_outcomes(admin, rule, ["activated", "ended"] * 2)


@pytest.mark.covers("M-EVT-06")
def test_a_clip_plays_while_all_conditions_hold(
    unit: Unit, admin: httpx.Client, sound: dict[str, str]
) -> None:
    """It begins with the last of them and stops with the first that fails."""
    conditions = [rules.active(1), rules.active(2)]
    with rules.stored(admin, "Ring", WHILE_ACTIVE, sound, conditions=conditions) as rule:
        rules.virtual(admin, 1, on=True)
        assert not rules.is_active(admin, rule)
        assert is_silent(admin)
        rules.virtual(admin, 2, on=True)
        until("it plays", lambda: not is_silent(admin))
        rules.virtual(admin, 1, on=False)
        until("it stops", lambda: is_silent(admin))


@pytest.mark.covers("M-EVT-05")
def test_a_trigger_only_starts_the_rule(
    unit: Unit, admin: httpx.Client, sound: dict[str, str]
) -> None:
    """It goes on for as long as the other condition holds."""
    with rules.stored(
        admin,
        "Start",
        WHILE_ACTIVE,
        sound,
        trigger=rules.active(1),
        conditions=[rules.active(2)],
    ):
        rules.virtual(admin, 1, on=True)
        rules.virtual(admin, 1, on=False)
        rules.virtual(admin, 2, on=True)
        assert is_silent(admin)
        rules.virtual(admin, 1, on=True, duration=0)
        until("it plays", lambda: not is_silent(admin))
        since = position(unit)
        until("it plays on", lambda: position(unit) > since + RATE)
        assert not is_silent(admin)
        rules.virtual(admin, 2, on=False)
        until("it stops", lambda: is_silent(admin))


@pytest.mark.covers("M-EVT-07")
def test_an_inverted_condition_holds_while_nothing_is_active(
    unit: Unit, admin: httpx.Client, sound: dict[str, str]
) -> None:
    """The opposite of the selection."""
    rules.virtual(admin, 1, on=True)
    conditions = [rules.active(1, invert=True)]
    with rules.stored(admin, "Off", ONCE, sound, conditions=conditions) as rule:
        assert not rules.is_active(admin, rule)
        rules.virtual(admin, 1, on=False)
        until("the rule is active", lambda: rules.is_active(admin, rule))
        until("it plays", lambda: not is_silent(admin))
        wait_until_played(unit, admin)


@pytest.mark.covers("M-EVT-03")
def test_the_time_between_actions_is_kept(
    unit: Unit, admin: httpx.Client, sound: dict[str, str]
) -> None:
    """A trigger within it is refused, and that is on record with when it ends."""
    with rules.stored(admin, "Wait", ONCE, sound, trigger=rules.active(1), wait_s=3600.0) as rule:
        for _ in range(2):
            rules.virtual(admin, 1, on=True, duration=0)
        rules.until_outcomes(admin, rule, ["activated", "waiting"])
        refused = rules.records(admin, rule=rule, kinds=["evaluation"])[0]["evaluation"]
        assert 3500 < refused["until"] - refused["time"] <= 3600
        wait_until_played(unit, admin)


@pytest.mark.covers("M-RCP-25")
def test_the_manual_trigger_starts_a_rule(
    unit: Unit, admin: httpx.Client, sound: dict[str, str]
) -> None:
    """As an installer tries it, and as other programs do by its CGI."""
    trigger = rules.condition(rules.MANUAL, state="1")
    with rules.stored(admin, "By hand", ONCE, sound, trigger=trigger) as rule:
        answer = admin.get("/axis-cgi/io/virtualinput.cgi?action=6%3A%2F100%5C")
        assert answer.status_code == 200
        until("it plays", lambda: not is_silent(admin))
        rules.until_outcomes(admin, rule, ["activated"])
        wait_until_played(unit, admin)


def test_a_disabled_rule_does_nothing(
    unit: Unit, admin: httpx.Client, sound: dict[str, str]
) -> None:
    """Until it is switched on; switched off while it is active, it ends."""
    with rules.stored(
        admin, "Off", WHILE_ACTIVE, sound, enabled=False, conditions=[rules.active(1)]
    ) as rule:
        rules.virtual(admin, 1, on=True)
        assert rules.explained(admin, rule)["outcome"] == "disabled"
        assert is_silent(admin)
        assert admin.patch(f"/api/rules/{rule}", json={"enabled": True}).status_code == 200
        until("it plays", lambda: not is_silent(admin))
        assert admin.patch(f"/api/rules/{rule}", json={"enabled": False}).status_code == 200
        until("it stops", lambda: is_silent(admin))


def test_a_rule_stops_clips(unit: Unit, admin: httpx.Client, sound: dict[str, str]) -> None:
    """Whoever started them."""
    with (
        rules.stored(admin, "Ring", WHILE_ACTIVE, sound, conditions=[rules.active(1)]),
        rules.stored(admin, "Quiet", STOP, {}, trigger=rules.active(2)),
    ):
        rules.virtual(admin, 1, on=True)
        until("it plays", lambda: not is_silent(admin))
        rules.virtual(admin, 2, on=True, duration=0)
        until("it stops", lambda: is_silent(admin))


@pytest.mark.parametrize("part", ["events", "audio", "ioports", "params"])
def test_no_kill_ends_what_a_rule_plays_or_starts_it_twice(
    unit: Unit, admin: httpx.Client, sound: dict[str, str], part: str
) -> None:
    """The clip of an active rule is there again, and ends with its condition."""
    with (
        rules.stored(admin, "Ring", WHILE_ACTIVE, sound, conditions=[rules.active(1)]),
        rules.stored(admin, "Once", STOP, {}, trigger=rules.active(3)) as once,
    ):
        rules.virtual(admin, 3, on=True, duration=0)
        rules.until_outcomes(admin, once, ["activated"])
        rules.virtual(admin, 1, on=True)
        until("it plays", lambda: not is_silent(admin))
        before = unit.processes()[part]
        unit.kill(part)
        until("another process", lambda: unit.processes().get(part, before) != before)

        def alone() -> bool:
            return admin.get("/api/playing").status_code == 200 and len(now_playing(admin)) == 1

        until("it plays, once", alone)
        until("the rules answer", lambda: admin.get("/api/rules").status_code == 200)
        assert [state["state"] for state in now_playing(admin)] == ["playing"]
        until("its input answers", lambda: _switched(admin, 1, on=False))
        until("it stops", lambda: is_silent(admin))
        assert rules.outcomes(admin, once)[-1:] == ["activated"]
        assert rules.outcomes(admin, once).count("activated") == 1


def _switched(admin: httpx.Client, number: int, *, on: bool) -> bool:
    what = "activate" if on else "deactivate"
    question = {"schemaversion": "1", "port": str(number)}
    answer = admin.get(f"/axis-cgi/virtualinput/{what}.cgi", params=question)
    return "StateChanged" in answer.text


def test_a_rule_that_triggers_itself_does_not_take_the_unit(
    unit: Unit, admin: httpx.Client, sound: dict[str, str]
) -> None:
    """A clip that plays because a clip plays; everything else still answers."""
    playing = rules.condition(rules.PLAYING, Playing="1")
    with rules.stored(admin, "Echo", ONCE, sound, trigger=playing) as rule:
        with parameters(admin, {"AudioSource.A0.OutputGain": "0"}):
            admin.get("/axis-cgi/playclip.cgi", params=_clip(sound))
            until("it acts", lambda: "activated" in rules.outcomes(admin, rule))
            assert admin.get("/api/rules").status_code == 200
        assert admin.delete(f"/api/rules/{rule}").status_code == 200
        admin.get("/axis-cgi/stopclip.cgi")
        until("silence", lambda: is_silent(admin))


def _clip(sound: dict[str, str]) -> dict[str, str]:
    return {"location": sound["location"].replace("%2F", "/")}
