"""Automatic volume control in a simulated room, where the microphone hears the speaker and the noise around it."""

import asyncio
import json
from typing import Any

import numpy as np
import pytest

from common.pcm import PERIOD_FRAMES
from tests.contract.input_rig import RATE, InputRig, Samples, input_rig, level_db, tone, voice
from tests.contract.private_bus import PrivateBus

pytestmark = pytest.mark.alone

NOISE_DBFS = -54.0
PAUSE_S = 1.4
BUFFERED_PERIODS = 10
"""More than the card has before it."""


async def told(rig: InputRig) -> dict[str, Any]:
    """What the output tells of its automatic volume."""
    state: dict[str, Any] = json.loads(await rig.audio.output_state())["automatic_volume"]
    return state


async def settles(rig: InputRig, gain_db: float) -> None:
    """Wait until the gain has come to where it should, and stays there."""
    seen: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(30):
            while not _calm(seen, gain_db):
                await asyncio.sleep(0.2)
                seen.append(await told(rig))
    except TimeoutError:
        raise AssertionError(f"not at {gain_db} dB but {seen[-3:]} and so on") from None


def _calm(seen: list[dict[str, Any]], gain_db: float) -> bool:
    last = {one["gain_db"] for one in seen[-7:]}
    return len(seen) >= 7 and len(last) == 1 and abs(last.pop() - gain_db) <= 1.0


async def plays(rig: InputRig) -> bool:
    """Whether anything plays."""
    return bool(json.loads(await rig.audio.now_playing()))


async def gain_heard(rig: InputRig, sound: Samples) -> tuple[float, list[float]]:
    """Play a sound; return by how many dB it is louder at the speaker, and what the unit told meanwhile."""
    told_db = [(await told(rig))["gain_db"]]
    begun = (await rig.speaker_state())["taken"]
    await rig.play_clip(sound)
    while await plays(rig):
        told_db.append((await told(rig))["gain_db"])
        await asyncio.sleep(0.05)
    written = (await rig.speaker_state())["taken"]
    while (taken := (await rig.speaker_state())["taken"]) < written + BUFFERED_PERIODS:
        await asyncio.sleep(0.05)
    played, _first = await rig.speaker((taken - begun) * PERIOD_FRAMES / RATE)
    loud = np.flatnonzero(np.abs(played) > 1e-3)
    middle = played[loud[0] + RATE // 10 : loud[-1] - RATE // 10]
    return level_db(middle) - level_db(sound[RATE // 10 : -RATE // 10]), told_db


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
        before, _told = await gain_heard(rig, probe)
        await rig.room(noise_dbfs=NOISE_DBFS)
        await settles(rig, 6.0)
        assert (await told(rig))["ambient_dbfs"] == pytest.approx(NOISE_DBFS, abs=1.0)
        after, told_db = await gain_heard(rig, probe)
        assert min(told_db) - 0.2 <= after - before <= max(told_db) + 0.2

        # Louder now, and in the noise, it still does not follow itself.
        await rig.play_clip(talk)
        while await plays(rig):
            assert (await told(rig))["gain_db"] == pytest.approx(6.0, abs=1.0)
            await asyncio.sleep(0.1)
        await rig.room(noise_dbfs=None)
        await settles(rig, 0.0)
