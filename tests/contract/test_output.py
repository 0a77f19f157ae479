"""The speaker's own settings on the whole suite: gain and mute, equaliser, automatic volume, what the API tells."""

import signal
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import numpy as np
import pytest

from tests.heard import RATE, as_wav, heard_since, level_db, position
from tests.playing import play, remove, untouched_levels, update, upload, wait_until_played
from tests.suite import Unit, until

TONE_HZ = 3_000.0


def tone(seconds: float, amplitude: float = 0.1) -> np.ndarray:
    """A steady tone with soft ends."""
    time = np.arange(round(seconds * RATE)) / RATE
    edge = np.clip(np.minimum(time, seconds - time) / 0.01, 0, 1)
    return amplitude * np.sin(2 * np.pi * TONE_HZ * time) * edge


def output(admin: httpx.Client) -> dict[str, Any]:
    """What the API tells of the output."""
    answer = admin.get("/api/audio/output")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def gain_told(admin: httpx.Client) -> str:
    """Return the gain as VAPIX would say it."""
    told = output(admin)
    return "mute" if told["mute"] else f"{told['gain_db']:g}"


def is_told(admin: httpx.Client, gain: str) -> bool:
    """Whether the output has come to a gain."""
    return gain_told(admin) == gain


@pytest.fixture
def admin(unit: Unit) -> Iterator[httpx.Client]:
    """Return a client of root on a unit whose output is as it was shipped."""
    with unit.admin() as client:
        untouched_levels(client)
        yield client
        untouched_levels(client)


@pytest.mark.covers("M-AUD-12")
def test_the_output_is_a_speaker(admin: httpx.Client) -> None:
    """The API names the type, every equaliser with its label, and how device and amplifier fare."""
    told = output(admin)
    assert told["type"] == "speaker"
    presets = {one["id"]: one for one in told["equalisers"]}
    assert presets["speech"]["label"] == "Speech"
    assert {"flat", "music", "ceiling", "horn", "small"} < set(presets)
    assert {point["db"] for point in presets["flat"]["response"]} == {0.0}
    assert told["device_lost"] is False
    assert told["device_stuck"] is False
    assert set(told["amplifier"]) == {"state", "since"}


@pytest.mark.covers("M-AUD-13")
def test_gain_and_mute_are_heard_and_remembered(unit: Unit, admin: httpx.Client) -> None:
    """A tone falls by the gain, is gone with the mute, and comes back at the level that was under the mute."""
    sound = tone(0.5)
    clip = upload(admin, "tone", as_wav(sound))
    heard_levels = []
    for gain in ("0", "-12", "mute"):
        update(admin, AudioSource__A0__OutputGain=gain)
        until("it is told", partial(is_told, admin, gain))
        begin = position(unit)
        play(admin, clip)
        wait_until_played(unit, admin)
        samples = heard_since(unit, begin).samples
        loudest = np.abs(samples).max()
        heard_levels.append(20 * np.log10(loudest + 1e-12))
    assert heard_levels[0] == pytest.approx(-20.0, abs=0.1)
    assert heard_levels[1] == pytest.approx(-32.0, abs=0.1)
    assert heard_levels[2] < -200
    assert output(admin)["gain_db"] == -12.0
    memory = admin.get("/axis-cgi/param.cgi", params={"action": "list", "group": "Audio.Output"})
    assert "root.Audio.Output.Level=-12" in memory.text
    untouched_levels(admin)
    remove(admin, clip)


def test_an_equaliser_is_heard_while_it_plays(unit: Unit, admin: httpx.Client) -> None:
    """A preset that raises 3 kHz is heard within a second, by as much as it promises, without a missed sample."""
    sound = tone(4.0)
    clip = upload(admin, "tone", as_wav(sound))
    begin = position(unit)
    play(admin, clip)
    until("it plays", lambda: position(unit) > begin + RATE)
    changed = position(unit)
    update(admin, Audio__Output__Equaliser="speech")
    until("the preset is told", lambda: output(admin)["equaliser"] == "speech")
    wait_until_played(unit, admin)
    played = heard_since(unit, begin)
    first, last = played.spans(1e-3)
    before = played.samples[first + RATE // 4 : changed - played.first_sample]
    after_change = changed - played.first_sample + RATE
    after = played.samples[after_change : last - RATE // 4]
    assert level_db(after) - level_db(before) == pytest.approx(3.9, abs=0.4)
    around = played.samples[first + RATE // 10 : last - RATE // 10]
    steps = np.abs(np.diff(around))
    assert steps.max() < 1.02 * steps[-RATE:].max(), (
        "it never jumps by more than the louder tone does"
    )
    update(admin, Audio__Output__Equaliser="flat")
    remove(admin, clip)


def test_changes_of_settings_cost_no_period(
    unit: Unit, admin: httpx.Client, figure: Callable[[str], None]
) -> None:
    """Gain, equaliser, automatic volume and rules, 100 times each while it plays: the card never waits."""
    clip = upload(admin, "tone", as_wav(tone(1.0)))
    play(admin, clip, repeat="-1")
    until("it plays", lambda: unit.sim_state()["speaker"]["running"])
    before = unit.sim_state()["speaker"]
    presets = ("speech", "music", "ceiling", "horn", "small", "flat")
    for number in range(100):
        update(admin, Audio__Output__Equaliser=presets[number % len(presets)])
        update(admin, AudioSource__A0__OutputGain=str(-(number % 30)))
        update(admin, Audio__Output__AutomaticVolume__Range=str(1 + number % 20))
        update(admin, Audio__Class__Music__DuckRamp=str(100 + number))
    after = unit.sim_state()["speaker"]
    admin.get("/axis-cgi/stopclip.cgi")
    played = after["taken"] - before["taken"]
    figure(f"{played} periods, {after['late'] - before['late']} late, none missed")
    assert played > 50
    assert (after["missed"], after["underruns"]) == (before["missed"], before["underruns"])
    update(admin, Audio__Output__AutomaticVolume__Range="10", Audio__Class__Music__DuckRamp="100")
    remove(admin, clip)


def test_a_card_that_stands_still_is_told(fresh_unit: Unit) -> None:
    """When the sound device takes no more samples and does not fail either, the output says so, and when it goes on."""
    fresh_unit.claim()
    with fresh_unit.admin() as admin:
        clip = upload(admin, "tone", as_wav(tone(1.0)))
        play(admin, clip, repeat="-1")
        until("it plays", lambda: fresh_unit.sim_state()["speaker"]["running"])
        assert output(admin)["device_stuck"] is False
        fresh_unit.kill("sim", signal.SIGSTOP)
        try:
            until("it is told", lambda: output(admin)["device_stuck"])
        finally:
            fresh_unit.kill("sim", signal.SIGCONT)
        until("it goes on", lambda: not output(admin)["device_stuck"])
        assert output(admin)["device_lost"] is False
