"""The audio input in its own process, on real ALSA and the simulated card, proved by samples."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from common.bus.events import EventsInterface
from common.bus.suite import AUDIO, EVENTS, HTTP, PARAMS
from common.errors import Conflict, InvalidValue
from common.params.client import ParamsClient
from common.params.kinds import Access
from tests.contract.input_rig import RATE, input_rig, level_db, loudest, tone, voice
from tests.contract.private_bus import PrivateBus, eventually
from tests.contract.sound_rig import find, sweep

pytestmark = pytest.mark.alone


@pytest.mark.covers("M-AUD-04", part="daemon")
async def test_the_input_is_a_process_that_is_there_only_while_it_is_on(bus: PrivateBus) -> None:
    """Off, nobody can listen in and nothing runs; on, the tap gives what the microphone hears, sample by sample."""
    async with input_rig(bus) as rig:
        assert rig.input_pid() is None
        for tap in ("input", "input-raw"):
            with pytest.raises(Conflict, match="the audio input is off"):
                await rig.audio.open_capture(tap)
        with pytest.raises(InvalidValue, match="the tap must be"):
            await rig.audio.open_capture("telephone")
        await rig.on()
        listening = await rig.listen()
        await listening.more(0.1)
        sound = sweep(1.0, 0.25)
        await rig.hears(sound)
        await listening.more(1.5)
        heard = listening.samples
        start = find(sound, heard)
        assert np.max(np.abs(heard[start : start + len(sound)] - sound)) < 1e-6
        await rig.set(AudioSource__A0__AudioSupport="no")
        await eventually(lambda: listening.ended, "the tap ends with the input")
        await eventually(lambda: rig.input_pid() is None, "the process is gone")


async def test_a_killed_input_process_comes_back_and_the_speaker_does_not_notice(
    bus: PrivateBus,
) -> None:
    """Killed while the speaker plays: every sample of the sound comes out, and a tap can be opened again."""
    async with input_rig(bus) as rig:
        await rig.on()
        listening = await rig.listen()
        await listening.more(0.2)
        sound = sweep(3.0)
        await rig.play_clip(sound)
        taken = (await rig.speaker_state())["taken"]
        while (await rig.speaker_state())["taken"] < taken + 50:
            await asyncio.sleep(0.02)
        first = rig.input_pid()
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: listening.ended, "the tap ends")
        again = await rig.listen()
        assert len(await again.more(0.5)) == RATE // 2
        assert rig.input_pid() not in (None, first)
        while (await rig.speaker_state())["running"]:
            await asyncio.sleep(0.05)
        played, _first_sample = await rig.speaker(60.0)
        start = find(sound, played)
        assert np.array_equal(played[start : start + len(sound)], sound)
        assert "input process is gone" in rig.daemon.log


@pytest.mark.covers("M-AUD-11", part="daemon")
@pytest.mark.parametrize("gain", ["-34.5", "-12", "6"])
async def test_the_gain_is_exact_and_mute_is_silence(bus: PrivateBus, gain: str) -> None:
    """The level differs by just the gain; muted, every sample is zero; before the gain all is as it was."""
    async with input_rig(bus) as rig:
        await rig.on(AudioSource__A0__InputGain=gain)
        processed, raw = await rig.listen(), await rig.listen("input-raw")
        await rig.hears(tone(1000, 6.0))
        await processed.more(0.2)
        await eventually(lambda: loudest(raw.samples[-4800:]) > 0.05, "the tone")
        await processed.more(0.1)
        after, before = await asyncio.gather(processed.more(0.5), raw.more(0.5))
        assert level_db(after) - level_db(before) == pytest.approx(float(gain), abs=0.02)
        await rig.set(AudioSource__A0__InputGain="mute")
        await eventually(lambda: not processed.samples[-4800:].any(), "silence")
        after, before = await asyncio.gather(processed.more(0.3), raw.more(0.3))
        assert not after.any()
        assert level_db(before) == pytest.approx(level_db(tone(1000, 0.3)), abs=0.1)
        assert processed.gaps == raw.gaps == 0


@pytest.mark.covers("M-AUD-08")
@pytest.mark.covers("M-AUD-17", part="daemon")
async def test_echo_cancellation_takes_the_speaker_out_of_the_microphone(
    bus: PrivateBus, figure: Callable[[str], None]
) -> None:
    """In a room with an echo of -20 dB: after 5 s of speech the echo is at least 20 dB less; a near voice stays."""
    async with input_rig(bus) as rig:
        await rig.on(AudioSource__A0__DynamicProcessing__EchoCancellingEnabled="yes")
        await rig.room(coupling_db=-20, delay_ms=5, reverb_ms=200)
        processed, raw = await rig.listen(), await rig.listen("input-raw")
        near = voice(2.0, seed=2, rms=0.05)
        await rig.play(voice(10.0, seed=1, rms=0.1), "page")
        await eventually(lambda: loudest(raw.samples[-9600:]) > 0.01, "the echo")
        await raw.more(5.0)
        after, before = await asyncio.gather(processed.more(2.0), raw.more(2.0))
        figure(f"{level_db(before) - level_db(after):.1f} dB of echo return loss enhancement")
        assert level_db(before) - level_db(after) >= 20
        await rig.hears(near)
        after, before = await asyncio.gather(processed.more(2.0), raw.more(2.0))
        figure(f"a near voice loses {level_db(before) - level_db(after):.1f} dB while both speak")
        assert level_db(before) - level_db(after) < 6
        assert processed.gaps == raw.gaps == 0


@pytest.mark.covers("M-DET-01", "M-DET-02", "M-DET-04", part="daemon")
async def test_audio_detection_rises_and_falls_and_has_no_state_while_the_input_is_off(
    bus: PrivateBus,
) -> None:
    """A tone above the alarm level raises the event, its end lowers it; one below does nothing."""
    topic = "tns1:AudioSource/tnsaxis:TriggerLevel"
    async with input_rig(bus) as rig:
        await bus.start(EVENTS)
        events = rig.http.proxy(EventsInterface, EVENTS)
        happened: list[str] = []

        async def states() -> list[tuple[dict[str, str], dict[str, str]]]:
            found = json.loads(await events.current(topic))
            return [(state["source"], state["data"]) for state in found]

        def note(name: str, source: dict[str, str], data: dict[str, str], _at: float) -> None:
            if name == topic:
                assert source == {"channel": "1"}
                happened.append(data["triggered"])

        async def becomes(wanted: list[str]) -> None:
            async with asyncio.timeout(10):
                while [data["triggered"] for _source, data in await states()] != wanted:
                    await asyncio.sleep(0.02)

        await rig.http.subscribe(EventsInterface.happened, EVENTS, note)
        assert await states() == []
        await rig.on(AudioSource__A0__AlarmLevel="60")
        listening = await rig.listen()
        await becomes(["0"])
        # 60 % is -36 dBFS: one tone is below it, one above.
        await rig.hears(tone(1000, 1.0, 10 ** (-40 / 20)))
        await listening.more(1.5)
        await rig.hears(tone(1000, 1.0, 10 ** (-30 / 20)))
        await becomes(["1"])
        await becomes(["0"])
        assert happened == ["0", "1", "0"]
        await rig.set(AudioSource__A0__AlarmLevel="70")
        await rig.hears(tone(1000, 1.0, 10 ** (-30 / 20)))
        await listening.more(1.5)
        assert happened == ["0", "1", "0"]
        await rig.set(AudioSource__A0__AudioSupport="no")
        await becomes([])


async def test_a_killed_input_process_makes_no_event_of_a_sound_that_goes_on(
    bus: PrivateBus,
) -> None:
    """What is above the alarm level stays above it over the death of the process; what ended meanwhile falls."""
    topic = "tns1:AudioSource/tnsaxis:TriggerLevel"
    async with input_rig(bus) as rig:
        await bus.start(EVENTS)
        happened: list[str] = []

        def note(name: str, _source: dict[str, str], data: dict[str, str], _at: float) -> None:
            if name == topic:
                happened.append(data["triggered"])

        async def replaced() -> None:
            first = rig.input_pid()
            assert first is not None
            os.kill(first, signal.SIGKILL)
            await eventually(lambda: rig.input_pid() not in (None, first), "another process")

        await rig.http.subscribe(EventsInterface.happened, EVENTS, note)
        await rig.room(noise_dbfs=-20)
        await rig.on(AudioSource__A0__AlarmLevel="50")
        await eventually(lambda: happened[-1:] == ["1"], "it is loud")
        before = list(happened)
        await replaced()
        # The first levels come after half a second, and would lower what they did not find.
        await (await rig.listen()).more(1.5)
        assert happened == before
        await rig.room(noise_dbfs=None)
        await replaced()
        await eventually(lambda: happened == [*before, "0"], "it has fallen")


async def test_a_hanging_input_process_is_replaced(bus: PrivateBus) -> None:
    """Stopped as if it hung: it is noticed by its silence, ended by force and started again."""
    async with input_rig(bus) as rig:
        await rig.on()
        listening = await rig.listen()
        await listening.more(0.2)
        first = rig.input_pid()
        assert first is not None
        os.kill(first, signal.SIGSTOP)
        await eventually(lambda: listening.ended, "the tap ends", 20)
        again = await rig.listen()
        assert len(await again.more(0.5)) == RATE // 2
        assert rig.input_pid() not in (None, first)
        assert "says nothing any more" in rig.daemon.log


@pytest.mark.covers("M-AUD-05", part="refused")
async def test_an_input_type_that_the_board_lacks_cannot_be_set(bus: PrivateBus) -> None:
    """On a computer without a line input the write is refused with the reason, and nothing has changed."""
    name = "AudioSource.A0.InputType"
    async with bus.joined(HTTP) as http:
        await bus.start(PARAMS)
        await bus.start(AUDIO, C8210_BOARD="host")
        params = ParamsClient(http)
        _revision, refused = await params.bus.update({name: "line"}, Access.ADMIN, "test", True)
        assert refused == {name: "Line is not present on this unit"}
        assert (await params.values([name]))[name] == "mic"


async def test_the_input_process_does_not_outlive_the_daemon(bus: PrivateBus) -> None:
    """Killed without notice, the daemon leaves nobody behind who listens; started again, the input is on again."""
    async with input_rig(bus) as rig:
        await rig.on()
        listening = await rig.listen()
        orphan = rig.input_pid()
        assert orphan is not None
        rig.daemon.kill()
        await eventually(lambda: listening.ended, "the tap ends")
        await eventually(lambda: not Path(f"/proc/{orphan}/cmdline").exists(), "it is gone")
        rig.daemon = await bus.start(AUDIO, **rig.sound)
        assert len(await (await rig.listen()).more(0.3)) > 0


@pytest.mark.covers("M-AUD-09", part="whoever is killed")
async def test_gains_and_their_memory_are_written_together(bus: PrivateBus) -> None:
    """While no audio daemon is there: what a client wrote last holds, and unmuting comes back to it."""
    output, level = "AudioSource.A0.OutputGain", "Audio.Output.Level"
    async with bus.joined(HTTP) as http:
        await bus.start(PARAMS)
        params = ParamsClient(http)
        for gain in ("-30", "mute"):
            _revision, refused = await params.bus.update({output: gain}, Access.ADMIN, "test", True)
            assert refused == {}
        assert (await params.values([output, level])) == {output: "mute", level: "-30"}


async def test_a_gain_written_after_the_type_is_not_undone(bus: PrivateBus) -> None:
    """The gain that the type had comes back with the type itself; nothing is written behind a client's back."""
    type_, gain = "AudioSource.A0.InputType", "AudioSource.A0.InputGain"
    async with input_rig(bus) as rig:
        params = ParamsClient(rig.http)
        await rig.set(Audio__Input__SeparateGain="yes", AudioSource__A0__InputGain="6")
        await rig.set(AudioSource__A0__InputType="line")
        await rig.set(AudioSource__A0__InputGain="-12")
        for wanted in ("3", "-12", "6") * 4:
            await rig.set(AudioSource__A0__InputType="mic")
            assert await params.values([type_, gain]) == {type_: "mic", gain: "6"}
            await rig.set(AudioSource__A0__InputType="line")
            await rig.set(AudioSource__A0__InputGain=wanted)
            async with asyncio.timeout(10):
                while json.loads(await rig.audio.input_state())["gain_db"] != float(wanted):
                    await asyncio.sleep(0.02)
            assert await params.values([type_, gain]) == {type_: "line", gain: wanted}
