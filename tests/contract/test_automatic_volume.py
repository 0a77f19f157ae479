"""Automatic volume control in a simulated room, where the microphone hears the speaker and the noise around it."""

import asyncio
import json
from typing import Any

import numpy as np
import pytest

from tests.contract.input_rig import RATE, InputRig, Samples, input_rig, level_db, tone, voice
from tests.contract.private_bus import PrivateBus

NOISE_DBFS = -54.0
PAUSE_S = 1.4


async def told(rig: InputRig) -> dict[str, Any]:
    """What the output tells of its automatic volume."""
    state: dict[str, Any] = json.loads(await rig.audio.output_state())["automatic_volume"]
    return state


async def settles(rig: InputRig, gain_db: float) -> None:
    """Wait until the gain has come to where it should, and stays there."""
    calm = 0
    before = None
    async with asyncio.timeout(30):
        while calm < 6:
            await asyncio.sleep(0.2)
            now = (await told(rig))["gain_db"]
            calm = calm + 1 if now == before and abs(now - gain_db) <= 1.0 else 0
            before = now


async def plays(rig: InputRig) -> bool:
    """Whether anything plays."""
    return bool(json.loads(await rig.audio.now_playing()))


async def gain_heard(rig: InputRig, sound: Samples) -> float:
    """Play a sound, and return by how many dB it is louder at the speaker."""
    await rig.play_clip(sound)
    taken = (await rig.speaker_state())["taken"]
    length = len(sound) // 480
    while (await rig.speaker_state())["taken"] < taken + length:
        await asyncio.sleep(0.05)
    played, _first = await rig.speaker(len(sound) / RATE + 0.3)
    loud = np.flatnonzero(np.abs(played) > 1e-3)
    middle = played[loud[0] + RATE // 10 : loud[-1] - RATE // 10]
    return level_db(middle) - level_db(sound[RATE // 10 : -RATE // 10])


@pytest.mark.covers("M-AUD-14")
async def test_the_speaker_follows_the_noise_and_never_itself(bus: PrivateBus) -> None:
    """Up by what the noise is above the reference, and back; loud talk from the speaker itself turns nothing up."""
    async with input_rig(bus) as rig:
        await rig.set(Audio__Output__AutomaticVolume__Enabled="yes")
        assert "input is off" in (await told(rig))["why"]
        await rig.room(coupling_db=-6.0, delay_ms=8.0, reverb_ms=300.0, noise_dbfs=-75.0)
        await rig.on()

        async def quiet_heard() -> bool:
            return (await told(rig))["ambient_dbfs"] is not None

        async with asyncio.timeout(20):
            while not await quiet_heard():
                await asyncio.sleep(0.1)
        assert (await told(rig))["why"] is None
        assert (await told(rig))["gain_db"] == 0.0

        # In a room that gives back half of it, talk with pauses in which only its reverberation is heard.
        talk = np.concatenate(
            (voice(1.5, seed=3, rms=0.2), np.zeros(round(PAUSE_S * RATE)))
        ).astype(np.float32)
        gains = []
        await rig.play_clip(np.tile(talk, 2))
        while await plays(rig):
            gains.append((await told(rig))["gain_db"])
            await asyncio.sleep(0.1)
        assert len(gains) > 20
        assert set(gains) == {0.0}

        probe = tone(1_000.0, 0.6, 0.1)
        before = await gain_heard(rig, probe)
        await rig.room(noise_dbfs=NOISE_DBFS)
        await settles(rig, 6.0)
        assert (await told(rig))["ambient_dbfs"] == pytest.approx(NOISE_DBFS, abs=1.0)
        after = await gain_heard(rig, probe)
        assert after - before == pytest.approx((await told(rig))["gain_db"], abs=0.2)

        # Louder now, and in the noise, it still does not follow itself.
        await rig.play_clip(talk)
        while await plays(rig):
            assert (await told(rig))["gain_db"] == pytest.approx(6.0, abs=1.0)
            await asyncio.sleep(0.1)
        await rig.room(noise_dbfs=None)
        await settles(rig, 0.0)
