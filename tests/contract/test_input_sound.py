"""What the processing of the audio input does to sound, through the running daemon, proved by samples."""

import asyncio
import json
from collections.abc import Callable

import numpy as np
import pytest

from common.pcm import PERIOD_FRAMES
from tests.contract.input_rig import RATE, input_rig, level_db, loudest, tone, voice
from tests.contract.private_bus import PrivateBus, eventually

pytestmark = pytest.mark.alone

AGC = "AudioSource__A0__DynamicProcessing__Enabled"
ECHO = "AudioSource__A0__DynamicProcessing__EchoCancellingEnabled"
NOISE = "Audio__Input__NoiseSuppression"


@pytest.mark.covers("M-AUD-10")
async def test_automatic_gain_raises_a_quiet_voice_and_does_not_clip_a_loud_one(
    bus: PrivateBus, figure: Callable[[str], None]
) -> None:
    """A voice of -50 dBFS gains at least 15 dB within 4 s; one that nearly fills the scale stays whole."""
    quiet = voice(7.0, seed=1, rms=0.00316)
    loud = voice(5.0, seed=2, rms=0.1)
    loud *= np.float32(0.95) / loudest(loud)
    async with input_rig(bus) as rig:
        await rig.on(**{AGC: "yes"})
        processed, raw = await rig.listen(), await rig.listen("input-raw")
        await rig.hears(quiet)
        await eventually(lambda: raw.frames > 0 and loudest(raw.samples[-9600:]) > 1e-3, "a voice")
        await processed.more(4.0)
        after, before = await asyncio.gather(processed.more(2.0), raw.more(2.0))
        raised = level_db(after) - level_db(before)
        figure(f"a voice of {level_db(before):.0f} dBFS is raised by {raised:.1f} dB")
        assert raised >= 15
        start = processed.frames
        await rig.hears(loud)
        await processed.more(5.0)
        heard = processed.samples[start:]
        # The gain falls over seconds; until then the limiter takes the peaks: they may touch full scale, no more,
        # and hardly do in the end. (Which single peaks still do depends on where the voice falls into the periods.)
        clipped = np.flatnonzero(np.abs(heard) >= 0.999)
        flat = np.sum((np.diff(clipped)[1:] == 1) & (np.diff(clipped)[:-1] == 1))
        figure(
            f"{len(clipped)} samples at full scale after a jump by 30 dB, {flat} of them in flat tops"
        )
        assert flat == 0
        first, last = np.sum(clipped < RATE), np.sum(clipped >= len(heard) - RATE)
        assert last <= first / 10
        assert level_db(heard[-2 * RATE :]) == pytest.approx(level_db(loud[-2 * RATE :]), abs=6)


async def test_noise_suppression_lowers_steady_noise_and_keeps_speech(
    bus: PrivateBus, figure: Callable[[str], None]
) -> None:
    """Noise of -50 dBFS is lowered by at least 10 dB between the words; a voice above it loses 3 dB at most."""
    async with input_rig(bus) as rig:
        await rig.on(**{NOISE: "yes"})
        await rig.room(noise_dbfs=-50)
        processed, raw = await rig.listen(), await rig.listen("input-raw")
        await processed.more(2.0)
        after, before = await asyncio.gather(processed.more(1.0), raw.more(1.0))
        lowered = level_db(before) - level_db(after)
        assert level_db(before) == pytest.approx(-50, abs=0.5)
        assert lowered >= 10
        await rig.hears(voice(4.0, seed=3, rms=0.05))
        await eventually(lambda: loudest(raw.samples[-9600:]) > 0.05, "a voice")
        after, before = await asyncio.gather(processed.more(3.0), raw.more(3.0))
        lost = level_db(before) - level_db(after)
        figure(f"noise lowered by {lowered:.1f} dB, speech by {lost:.1f} dB")
        assert lost < 3


@pytest.mark.covers("M-AUD-11", "M-AUD-08", part="live")
async def test_every_switch_is_heard_within_a_second_without_a_click_or_a_lost_period(
    bus: PrivateBus, figure: Callable[[str], None]
) -> None:
    """While a tone of 310 Hz sounds everything is switched in turn: no step beyond the tone's own slope, no gap."""
    amplitude = 0.05
    async with input_rig(bus) as rig:
        await rig.on()
        processed = await rig.listen()
        await rig.hears(tone(310, 25.0, amplitude))
        await eventually(lambda: loudest(processed.samples) > 0.9 * amplitude, "the tone")
        await processed.more(0.3)
        begin = processed.frames
        await rig.play(tone(1000, 20.0, 0.05))
        for values in (
            {ECHO: "yes"},
            {NOISE: "yes"},
            {"AudioSource__A0__InputGain": "6"},
            {"AudioSource__A0__InputGain": "mute"},
            {"AudioSource__A0__InputGain": "0"},
            {NOISE: "no"},
            {ECHO: "no"},
        ):
            before = processed.samples[-RATE // 2 :]
            await rig.set(**values)
            after = (await processed.more(1.0))[-RATE // 5 :]
            if "AudioSource__A0__InputGain" in values or NOISE in values:
                assert abs(level_db(after) - level_db(before[-RATE // 5 :])) > 3, values
        heard = processed.samples[begin:].astype(np.float64)
        # 6 dB louder at most, and what the fade or the gain's ramp of a period adds to the slope.
        steepest = 2 * amplitude * (2 * np.pi * 310 / RATE + 1 / PERIOD_FRAMES)
        steps = np.abs(np.diff(heard))
        figure(f"largest step {steps.max():.4f}, allowed {steepest:.4f}")
        assert steps.max() <= steepest
        assert processed.gaps == 0
        status = json.loads(await rig.audio.status())
        if status["realtime"]:  # else what others do to the engine proves nothing
            speaker = await rig.speaker_state()
            assert (speaker["missed"], speaker["underruns"], status["xruns"]) == (0, 0, 0)


@pytest.mark.covers("M-AUD-10", part="live")
async def test_automatic_gain_is_switched_while_a_tone_sounds(
    bus: PrivateBus, figure: Callable[[str], None]
) -> None:
    """On and off again: heard within a second, no step beyond the slope of the loudest tone, no gap."""
    amplitude = 0.02
    async with input_rig(bus) as rig:
        await rig.on()
        processed = await rig.listen()
        await rig.hears(tone(310, 15.0, amplitude))
        await eventually(lambda: loudest(processed.samples) > 0.9 * amplitude, "the tone")
        await processed.more(0.3)
        begin = processed.frames
        before = level_db(processed.samples[-RATE // 5 :])
        await rig.set(**{AGC: "yes"})
        raised = level_db((await processed.more(1.0))[-RATE // 5 :]) - before
        await rig.set(**{AGC: "no"})
        back = level_db((await processed.more(1.0))[-RATE // 5 :]) - before
        figure(f"a second after it was switched on: {raised:+.1f} dB; off: {back:+.1f} dB")
        assert raised > 3
        assert back == pytest.approx(0, abs=0.1)
        heard = processed.samples[begin:].astype(np.float64)
        steepest = loudest(heard) * (2 * np.pi * 310 / RATE + 1 / PERIOD_FRAMES)
        assert np.abs(np.diff(heard)).max() <= steepest
        assert processed.gaps == 0


async def test_a_lost_sound_card_is_reported_and_the_input_comes_back_with_it(
    bus: PrivateBus,
) -> None:
    """The simulated card goes and comes back: the state says why there is no sound, the tap stays and sounds again."""
    async with input_rig(bus) as rig:
        await rig.on(AudioSource__A0__InputType="line")
        raw = await rig.listen("input-raw")
        await rig.room(noise_dbfs=-40)
        await eventually(lambda: loudest(raw.samples[-480:]) > 1e-3, "noise")
        rig.world.kill()
        await eventually(lambda: raw.frames > 0 and not raw.samples[-480:].any(), "silence")
        state = await rig.input_state_with(lambda state: state["fault"] is not None)
        assert state["running"] is True
        assert "simulated sound card" in state["fault"] or "comes faster" in state["fault"]
        await rig.restart_world()
        await rig.room(noise_dbfs=-40)
        await eventually(lambda: loudest(raw.samples[-480:]) > 1e-3, "noise again", 20)
        await rig.input_state_with(lambda state: state["fault"] is None)
        async with asyncio.timeout(10):
            while (await rig.sim.get("/sim/state")).json()["audio_input"]["type"] != "line":
                await asyncio.sleep(0.02)
        assert not raw.ended


async def test_the_noise_around_the_unit_is_measured_while_the_unit_is_quiet(
    bus: PrivateBus,
) -> None:
    """Noise of -50 dBFS is told as that, whatever the gain; what the unit itself plays does not count."""
    async with input_rig(bus) as rig:
        await rig.on(AudioSource__A0__InputGain="-12", **{AGC: "yes"})
        await rig.room(noise_dbfs=-50, coupling_db=-10)
        told = await rig.levels()
        await eventually(lambda: told.newest["output"]["ambient_dbfs"] is not None, "an estimate")
        assert told.newest["output"]["ambient_dbfs"] == pytest.approx(-50, abs=1)
        await rig.play(tone(440, 3.0, 0.5))
        raw = await rig.listen("input-raw")
        await eventually(lambda: raw.frames and loudest(raw.last(0.1)) > 0.05, "the speaker")
        await raw.more(2.0)
        assert told.newest["output"]["rms_dbfs"] > -40
        await raw.more(3.0)
        assert told.newest["output"]["ambient_dbfs"] == pytest.approx(-50, abs=1)
