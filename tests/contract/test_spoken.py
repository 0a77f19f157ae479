"""Sound that another daemon brings as it is spoken, at the pace of a clock of its own."""

import asyncio
import contextlib
import io
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import soundfile

from common import pcm
from common.bus.audio import AudioInterface
from common.bus.multicast import MulticastInterface
from common.bus.suite import AUDIO, SIP
from common.errors import InvalidValue, Unavailable
from tests.contract.input_rig import RATE, ROOT, InputRig, input_rig
from tests.contract.paced_sender import AMPLITUDE
from tests.contract.private_bus import PrivateBus, eventually

pytestmark = pytest.mark.alone

HERTZ = 500.0


async def send(descriptor: int, parts_per_million: float, seconds: float) -> tuple[int, int]:
    """Send a tone; returns when its first packet was sent, and how late the latest was, in nanoseconds."""
    try:
        sender = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "tests.contract.paced_sender"),
            *(str(descriptor), str(parts_per_million), str(seconds), str(HERTZ)),
            pass_fds=[descriptor],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
        )
    finally:
        os.close(descriptor)
    output, _ = await sender.communicate()
    begun, latest = output.split()
    return int(begun), int(latest)


async def heard(rig: InputRig, last_s: float) -> tuple[np.ndarray, int]:
    """Return what the speaker played, and when its first sample was heard."""
    answer = await rig.sim.get("/sim/speaker.wav", params={"last": str(last_s)})
    samples, _rate = soundfile.read(io.BytesIO(answer.content), dtype="float64")
    return samples, int(answer.headers["X-First-Sample-Monotonic-Ns"])


async def silent(rig: InputRig) -> None:
    """Wait until nothing plays any more and the card has stopped."""
    while (await rig.speaker_state())["running"]:
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("parts_per_million", [-300.0, 300.0])
async def test_a_sender_on_a_clock_of_its_own_is_heard_without_a_seam(
    bus: PrivateBus, parts_per_million: float, figure: Callable[[str], None]
) -> None:
    """Fast or slow, the tone is one unbroken sine, soon after it was spoken; the sender never waits."""
    async with input_rig(bus) as rig, bus.joined(SIP) as sip:
        audio = sip.proxy(AudioInterface, AUDIO)
        descriptor, id_ = await audio.open_live_playback("page", 0, "call from Bob")
        [playing] = json.loads(await rig.audio.now_playing())
        assert (playing["id"], playing["what"], playing["class"]) == (id_, "call from Bob", "page")
        begun, latest = await send(descriptor, parts_per_million, 4.0)
        await silent(rig)
        samples, first_ns = await heard(rig, 10.0)
        loud = np.flatnonzero(np.abs(samples) > AMPLITUDE / 10)
        late_s = (first_ns - begun) / 1e9 + loud[0] / RATE
        tone = samples[loud[0] : loud[-1] + 1]
        figure(
            f"heard after {1000 * late_s:.0f} ms; the sender was {latest / 1e6:.1f} ms late once"
        )
        assert len(tone) == pytest.approx(4.0 * RATE, abs=0.02 * RATE)
        if latest < 10e6 and json.loads(await rig.audio.status())["realtime"]:
            # What a filter rings at the ends is no seam.
            steps = np.abs(np.diff(tone[480:-480]))
            assert steps.max() < 1.05 * AMPLITUDE * 2 * np.sin(np.pi * HERTZ / RATE)
            assert (await rig.speaker_state())["missed"] == 0
        assert late_s < 0.5
        assert json.loads(await rig.audio.now_playing()) == []


async def test_a_soft_voice_is_levelled_when_wanted(bus: PrivateBus) -> None:
    """By the setting for talkers, also while somebody speaks."""

    async def peak() -> float:
        samples, _first = await heard(rig, 0.2)
        return float(np.max(np.abs(samples), initial=0.0))

    async with input_rig(bus) as rig, bus.joined(SIP) as sip:
        audio = sip.proxy(AudioInterface, AUDIO)
        await rig.set(Audio__Live__Leveller="no")
        descriptor, id_ = await audio.open_live_playback("page", 0, "call")
        near = pcm.adopt(descriptor)

        async def speak() -> None:
            time = np.arange(480) / RATE
            period = (0.03 * np.sin(2 * np.pi * 1000 * time)).astype(np.float32)
            sender = pcm.AsyncPlaybackSender(near)
            with contextlib.suppress(Unavailable):
                while True:
                    await sender.write(period.data)
                    await asyncio.sleep(0.01)
            near.close()

        speaking = rig.tasks.create_task(speak(), name="speaking")
        await until_async(peak, lambda value: value > 0.025)
        assert await peak() < 0.035
        await rig.set(Audio__Live__Leveller="yes")
        await until_async(peak, lambda value: value > 0.06)
        await audio.stop(id_)
        await eventually(speaking.done, "the one who speaks is told")


async def until_async(
    look: Callable[[], Any], wanted: Callable[[float], bool], timeout_s: float = 15.0
) -> None:
    """Wait until what is seen is as wanted."""
    async with asyncio.timeout(timeout_s):
        while not wanted(await look()):
            await asyncio.sleep(0.05)


async def test_a_call_has_its_place_in_the_multicast_controllers_list(bus: PrivateBus) -> None:
    """Where the list has calls first, a talk of the list falls silent; moved behind it, the call does."""

    async def states() -> dict[str, str]:
        playing = json.loads(await rig.audio.now_playing())
        return {each["what"]: each["state"] for each in playing}

    async def expect(**wanted: str) -> None:
        async with asyncio.timeout(10):
            while await states() != wanted:
                await asyncio.sleep(0.05)

    async with input_rig(bus) as rig, bus.joined(SIP) as sip:
        controller = rig.http.proxy(MulticastInterface, AUDIO)
        await controller.change_controller(json.dumps({"enabled": True}))
        talk, _id = await rig.audio.open_talk(16_000, "Ann", "page", 0)
        call, _id = await sip.proxy(AudioInterface, AUDIO).open_live_playback("page", 0, "call")
        await expect(**{"live audio from Ann": "paused", "call": "playing"})
        await controller.change_source("SIP", json.dumps({"prio": 3}))
        await expect(**{"live audio from Ann": "playing", "call": "paused"})
        os.close(talk)
        os.close(call)


async def test_a_class_that_is_none_is_refused(bus: PrivateBus) -> None:
    """Nothing plays then."""
    async with input_rig(bus) as rig, bus.joined(SIP) as sip:
        audio = sip.proxy(AudioInterface, AUDIO)
        for class_, priority in (("call", 0), ("page", 101)):
            with pytest.raises(InvalidValue):
                await audio.open_live_playback(class_, priority, "call")
        assert json.loads(await rig.audio.now_playing()) == []
