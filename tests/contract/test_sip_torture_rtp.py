"""Bad sound on a call that is up: from the wrong place, of another stream, lost, late and out of order."""

import asyncio
import os
import random
import struct
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from daemons.sip.stack import wire
from tests.contract.private_bus import eventually
from tests.contract.sip_dialog import Dialog, call
from tests.contract.sip_message import Address
from tests.contract.sip_peers import RawPeer
from tests.contract.sip_rtp import FRAME, Samples, Sound, mu_law, share_of, sound, tone
from tests.contract.sip_wire_rig import (
    HOST,
    Playback,
    StackProcess,
    answered,
    configured,
    needs_stack,
    stack,
)

pytestmark = needs_stack

RATE = 48_000
OWN_HZ, FOREIGN_HZ, UNIT_HZ = 400, 1_000, 700


@dataclass
class Live:
    """A call that is up."""

    unit: StackProcess
    phone: RawPeer
    dialog: Dialog
    heard: Playback
    at: Address
    """Where the unit takes sound."""

    async def over(self) -> None:
        """End it as ever: the unit is well."""
        assert (await self.dialog.ask("BYE")).status == 200
        assert self.unit.alive


@asynccontextmanager
async def live(folder: Path) -> AsyncIterator[Live]:
    """Have a call with a phone; the unit says a tone of its own."""
    settings = configured()
    async with RawPeer().running() as phone, stack(folder, settings) as unit:
        dialog = call(phone, f"sip:{HOST}:{settings.sip_port}")
        name, answer = await answered(unit, dialog, phone.offer())
        await unit.says(wire.Changed, call=name, state="active", media=True)
        heard = unit.hear(name)
        unit.speak(name, tone(UNIT_HZ, 10.0, RATE))
        yield Live(unit, phone, dialog, heard, (answer.sdp.host, answer.sdp.port))


def holes(samples: Samples, quiet: float = 0.02) -> list[int]:
    """Return how long sound was away in it each time, in ms."""
    blocks = np.abs(samples[: len(samples) // 480 * 480]).reshape(-1, 480).max(axis=1)
    loud = np.flatnonzero(blocks > quiet)
    return [int(gap - 1) * 10 for gap in np.diff(loud) if gap > 1]


async def test_sound_from_elsewhere_is_not_heard(tmp_path: Path) -> None:
    """Neither louder nor more often sent, nor with the stream's own numbers; and what the unit says stays private."""
    async with live(tmp_path) as now, sound("127.0.0.9") as foreign:
        foreign.stream = now.phone.sound.stream
        await now.phone.sound.say(tone(OWN_HZ, 0.5), now.at)
        loud = mu_law(tone(FOREIGN_HZ, 0.02, level=0.9))

        async def attack() -> None:
            foreign.sequence, foreign.timestamp = (
                now.phone.sound.sequence,
                now.phone.sound.timestamp,
            )
            while True:
                for _ in range(10):
                    foreign.send(loud, now.at)
                    foreign.timestamp += FRAME
                foreign.send_raw(os.urandom(200), now.at)
                await asyncio.sleep(0.005)

        task = asyncio.get_running_loop().create_task(attack(), name="attack")
        begun = len(now.heard.samples)
        await now.phone.sound.say(tone(OWN_HZ, 2.0), now.at)
        samples = now.heard.samples[begun + RATE // 2 :]
        task.cancel()
        assert share_of(OWN_HZ, samples, RATE) > 0.8
        assert share_of(FOREIGN_HZ, samples, RATE) < 0.02
        assert max(holes(samples), default=0) <= 60
        assert not foreign.packets
        await now.over()


async def test_a_call_in_which_nobody_speaks_is_not_taken_over(tmp_path: Path) -> None:
    """A stranger who sends while the phone is silent is not heard, nor is he sent what the unit says."""
    async with live(tmp_path) as now, sound("127.0.0.9") as foreign:
        await now.phone.sound.say(tone(OWN_HZ, 0.5), now.at)
        begun, before = len(now.heard.samples), len(now.phone.sound.packets)
        await foreign.say(tone(FOREIGN_HZ, 2.0), now.at)
        assert len(now.phone.sound.packets) > before + 50
        assert not foreign.packets
        samples = now.heard.samples[begun + RATE // 4 :]
        assert np.abs(samples).max(initial=0.0) < 0.02
        await now.over()


async def test_who_sends_first_gets_nothing_once_the_phone_sends(tmp_path: Path) -> None:
    """Ports can be guessed: the first packet of a stranger's must not take the call from where the phone said it is."""
    async with live(tmp_path) as now, sound("127.0.0.9") as foreign:
        await foreign.say(tone(FOREIGN_HZ, 0.1), now.at)
        await now.phone.sound.say(tone(OWN_HZ, 0.2), now.at)
        begun, before = len(now.heard.samples), len(now.phone.sound.packets)
        stolen = len(foreign.packets)
        await now.phone.sound.say(tone(OWN_HZ, 1.0), now.at)
        assert len(now.phone.sound.packets) > before + 25
        assert len(foreign.packets) == stolen
        assert share_of(OWN_HZ, now.heard.samples[begun:], RATE) > 0.8
        await now.over()


async def test_a_stream_may_begin_anew_and_its_numbers_may_wrap(tmp_path: Path) -> None:
    """As phones do that were put on hold, or have talked for long."""
    async with live(tmp_path) as now:
        own = now.phone.sound
        own.sequence, own.timestamp = 65_500, 2**32 - 30 * FRAME
        await own.say(tone(OWN_HZ, 1.5), now.at)
        own.stream, own.sequence, own.timestamp = 0x77777777, 9, 2**31
        begun = len(now.heard.samples)
        await own.say(tone(OWN_HZ, 1.0), now.at)
        await eventually(lambda: len(now.heard.samples) > begun + RATE // 2, "it goes on")
        assert max(holes(now.heard.samples[RATE // 2 :]), default=0) <= 100
        assert share_of(OWN_HZ, now.heard.samples[-RATE // 2 :], RATE) > 0.8
        await now.over()


async def test_junk_in_the_stream_harms_nothing(tmp_path: Path) -> None:
    """Wrong lengths, versions, extensions, payload types, times and keys, from the right address."""
    async with live(tmp_path) as now:
        chance = random.Random(4733)
        own = now.phone.sound
        for part in range(100):
            for junk in junk_packets(chance, own, 20):
                own.send_raw(junk, now.at)
            own.send(mu_law(tone(OWN_HZ, 0.02)), now.at)
            own.timestamp += FRAME
            if part % 10 == 9:
                await asyncio.sleep(0.02)
        own.stream, own.sequence = 0x1234, 1
        await own.say(tone(OWN_HZ, 1.5), now.at)
        assert share_of(OWN_HZ, now.heard.samples[-RATE // 2 :], RATE) > 0.8
        await now.over()


def junk_packets(chance: random.Random, own: Sound, number: int) -> Iterable[bytes]:
    """Make packets that are nearly RTP, and keys that are none."""
    for _ in range(number):
        first = chance.choice((0x80, 0x80, 0x90, 0xA0, 0xBF, 0x8F, 0x00, 0xC0))
        kind = chance.choice((0, 0, 8, 13, 101, 101, 72, 127, 255))
        times = chance.choice((own.timestamp, 0, 2**31, 2**32 - 1))
        head = struct.pack(
            "!BBHII", first, kind, chance.randrange(65_536), times, chance.choice((own.stream, 5))
        )
        yield head + chance.randbytes(chance.choice((0, 1, 3, 4, 160, 160, 1_400)))
        yield chance.randbytes(chance.randrange(1, 60))


@pytest.mark.parametrize("lost", [0.1, 0.2])
async def test_lost_late_and_reordered_packets_are_concealed(tmp_path: Path, lost: float) -> None:
    """No holes to speak of, no noise, and it is as it was when the network is good again."""
    chance = random.Random(3550)
    async with live(tmp_path) as now:
        own = now.phone.sound
        await own.say(tone(OWN_HZ, 0.5), now.at)
        samples, waiting = tone(OWN_HZ, 3.0), list[bytes]()
        begun, loop = len(now.heard.samples), asyncio.get_running_loop()
        started = loop.time()
        for number, first in enumerate(range(0, len(samples) - FRAME + 1, FRAME)):
            head = struct.pack("!BBHII", 0x80, 0, own.sequence & 0xFFFF, own.timestamp, own.stream)
            own.sequence, own.timestamp = own.sequence + 1, own.timestamp + FRAME
            if chance.random() >= lost:
                waiting.append(head + mu_law(samples[first : first + FRAME]))
            if chance.random() < 0.7:
                # What has waited goes at once, now and then the newest first.
                for packet in reversed(waiting) if chance.random() < 0.2 else waiting:
                    own.send_raw(packet, now.at)
                waiting.clear()
            await asyncio.sleep(max(0.0, started + (number + 1) * 0.02 - loop.time()))
        bad = now.heard.samples[begun + RATE // 2 :]
        assert sum(holes(bad)) <= (0.5 * lost + 0.05) * len(bad) / RATE * 1_000
        assert share_of(OWN_HZ, bad, RATE) > 0.5
        assert np.abs(bad).max() < 0.6, "louder than it was said"
        await own.say(tone(OWN_HZ, 1.5), now.at)
        good = now.heard.samples[-RATE // 2 :]
        assert share_of(OWN_HZ, good, RATE) > 0.8
        assert not holes(good)
        await now.over()
