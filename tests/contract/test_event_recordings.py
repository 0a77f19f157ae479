"""Recordings around an event, of what the microphone hears (M-BTW-05)."""

import asyncio
import os
import resource
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from common.bus.suite import AUDIO
from common.errors import Conflict, StorageFull, Unavailable
from daemons.events.recording.formats import FORMATS
from daemons.events.recording.recordings import MOST_AT_ONCE
from tests.contract.input_rig import loudest
from tests.contract.private_bus import PrivateBus, eventually
from tests.contract.recording_rig import BURST_S, Decoded, decoded, recording_rig

pytestmark = pytest.mark.alone

CODECS = {"matroska_opus": "opus", "matroska_aac": "aac"}
EARLY_S = 0.015
"""A period, and a little for clocks that are read one after the other."""
LATE_S = 0.061
"""The way into the unit: two buffers of the simulated card, of three periods each at most."""


def assert_onsets(file: Decoded, *expected_s: float) -> None:
    """Check where the bursts are."""
    assert len(file.onsets_s) == len(expected_s), (file.onsets_s, file.comment)
    for onset_s, at_s in zip(file.onsets_s, expected_s, strict=True):
        assert -EARLY_S < onset_s - at_s < LATE_S, (onset_s, at_s, file.comment)


@pytest.mark.covers("M-BTW-05", part="the recordings")
async def test_the_event_lies_where_it_was_asked_for_in_every_format(
    bus: PrivateBus, figure: Callable[[str], None]
) -> None:
    """A tone in the room is found in four files that are made at once, and each says what it is."""
    async with recording_rig(bus) as rig:
        await rig.input.on()
        rig.recordings.set_needed(1.0)
        await rig.has_heard(1.2)
        at = await rig.burst()
        paths = await asyncio.gather(
            *(rig.recordings.record(1.0, 0.5, at, name, f"Glas 🔔 {name}") for name in FORMATS)
        )
        assert rig.left() == sorted(path.name for path in paths)
        for name, path in zip(FORMATS, paths, strict=True):
            file = decoded(path)
            late_ms = (file.onsets_s[0] - 1.0) * 1000
            figure(f"{name}: {late_ms:+.1f} ms, {path.stat().st_size} bytes. {file.comment}")
            assert_onsets(file, 1.0)
            assert loudest(file.samples) == pytest.approx(0.25, abs=0.08)
            assert file.seconds == pytest.approx(1.5, abs=0.022)  # AAC has frames of 21 ms
            assert file.codec == CODECS.get(name, "pcm_s16le")
            assert file.tags["title"] == f"Glas 🔔 {name}"
            assert file.comment.startswith("Trigger at 1.000 s.")
            assert file.start_s == pytest.approx(at - 1.0, abs=0.02)
            assert path.suffix == FORMATS[name].suffix
            assert path.stat().st_mode & 0o777 == 0o600


async def test_recordings_overlap_and_one_may_last_as_long_as_its_rule(bus: PrivateBus) -> None:
    """Two events with a fixed time around each, and one recording from before the first to after the second."""
    async with recording_rig(bus) as rig:
        await rig.input.on()
        rig.recordings.set_needed(0.6)
        await rig.has_heard(0.8)
        first_at = await rig.burst()
        ongoing = await rig.recordings.start(0.5, first_at, "wav", "while active")
        async with asyncio.TaskGroup() as tasks:
            one = tasks.create_task(rig.recordings.record(0.5, 2.0, first_at, "wav"), name="one")
            await asyncio.sleep(BURST_S + 0.5)
            second_at = await rig.burst()
            two = tasks.create_task(rig.recordings.record(0.4, 0.6, second_at, "wav"), name="two")
            whole = decoded(await rig.recordings.finish(ongoing, 0.3, second_at))
        apart_s = second_at - first_at
        assert_onsets(decoded(one.result()), 0.5, 0.5 + apart_s)
        assert_onsets(decoded(two.result()), 0.4)
        assert_onsets(whole, 0.5, 0.5 + apart_s)
        assert whole.seconds == pytest.approx(0.5 + apart_s + 0.3, abs=0.05)
        dropped = [await rig.recordings.start(0.5, time.time()) for _ in range(MOST_AT_ONCE)]
        with pytest.raises(Conflict, match="being made already"):
            await rig.recordings.start(0.5, time.time())
        await eventually(lambda: any(name.endswith(".part") for name in rig.left()), "a file")
        for each in dropped:
            rig.recordings.abandon(each)
        await eventually(lambda: not any(name.endswith(".part") for name in rig.left()), "gone")


@pytest.mark.covers("M-BTW-05", part="an audio input that is off")
async def test_of_an_input_that_is_off_nothing_is_kept(bus: PrivateBus) -> None:
    """There is no recorder before the input is on; switched off, it goes with what it has heard and what it wrote."""
    async with recording_rig(bus) as rig:
        with pytest.raises(Unavailable, match=r"no rule needs|not known|input is off"):
            await rig.recordings.record(1.0, 1.0, time.time())
        rig.recordings.set_needed(5.0)
        await rig.switch_known()
        with pytest.raises(Unavailable, match="the audio input is off"):
            await rig.recordings.record(1.0, 1.0, time.time())
        assert rig.recorder_pid() is None

        await rig.input.on()
        await rig.has_heard(0.5)
        running = rig.recorder_pid()
        assert running is not None
        async with asyncio.TaskGroup() as tasks:
            made = tasks.create_task(
                _refused(rig.recordings.record(5.0, 30.0, time.time())), name="m"
            )
            await eventually(rig.left, "a file that is begun")
            await rig.input.set(AudioSource__A0__AudioSupport="no")
        assert made.result() == "the audio input is off"
        await eventually(lambda: rig.recorder_pid() is None, "no recorder")
        assert rig.left() == []

        await rig.input.on()
        on_s = time.time()
        await rig.has_heard(0.2)
        file = decoded(await rig.recordings.record(5.0, 0.1, time.time(), "wav"))
        assert file.start_s > on_s - 0.02
        assert "Of 5.000 s before it only" in file.comment

        rig.recordings.set_needed(None)
        await eventually(lambda: rig.recorder_pid() is None, "no recorder")
        with pytest.raises(Unavailable, match=r"no rule needs recordings"):
            await rig.recordings.record(1.0, 1.0, time.time())


async def test_while_the_audio_daemon_is_away_there_is_silence(bus: PrivateBus) -> None:
    """Killed in the middle of a recording: what came before and after stands in its place, and the file says so."""
    async with recording_rig(bus) as rig:
        await rig.input.on()
        rig.recordings.set_needed(0.5)
        await rig.has_heard(0.6)
        first_at = await rig.burst()
        ongoing = await rig.recordings.start(0.5, first_at, "wav")
        await asyncio.sleep(BURST_S + 0.2)
        rig.input.daemon.kill()
        rig.input.daemon = await bus.start(AUDIO, **rig.input.sound)
        await rig.has_heard(0.5)
        second_at = await rig.burst()
        file = decoded(await rig.recordings.finish(ongoing, 0.4, second_at))
        assert_onsets(file, 0.5, 0.5 + second_at - first_at)
        assert "No sound could be had for" in file.comment


async def test_a_recorder_that_dies_or_has_no_room_is_no_harm(bus: PrivateBus) -> None:
    """Who waits for a recording is told why there is none, nothing is left of it, and the next one is made."""
    async with recording_rig(bus) as rig:
        await rig.input.on()
        rig.recordings.set_needed(0.5)
        await rig.has_heard(0.1)
        killed = rig.recorder_pid()
        assert killed is not None
        async with asyncio.TaskGroup() as tasks:
            made = tasks.create_task(
                _refused(rig.recordings.record(0.1, 30.0, time.time())), name="m"
            )
            await eventually(rig.left, "a file that is begun")
            os.kill(killed, signal.SIGKILL)
        assert made.result() == "the recorder has died"
        assert rig.left() == []

        await rig.has_heard(0.1)
        recorder = rig.recorder_pid()
        assert recorder not in (None, killed)
        assert recorder is not None
        before = resource.prlimit(recorder, resource.RLIMIT_FSIZE)
        resource.prlimit(recorder, resource.RLIMIT_FSIZE, (20_000, before[1]))
        for name in FORMATS:
            if name.endswith("pcm") or name == "wav":
                with pytest.raises(StorageFull, match="no room is left"):
                    await rig.recordings.record(0.1, 0.5, time.time(), name)
        assert rig.left() == []
        resource.prlimit(recorder, resource.RLIMIT_FSIZE, before)
        path = await rig.recordings.record(0.1, 0.2, time.time())
        assert rig.left() == [path.name]
        assert rig.recorder_pid() == recorder


async def _refused(recording: Awaitable[Path]) -> str:
    with pytest.raises(Unavailable) as refusal:
        await recording
    return refusal.value.message
