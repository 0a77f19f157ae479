"""The recordings of the events daemon on a simulated unit's audio input, for contract tests."""

import asyncio
import io
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import av
import numpy as np
import soundfile

from common.bus.suite import EVENTS
from common.clock import SystemClock, wall_time
from common.errors import Unavailable
from daemons.events.recording.recordings import Recordings
from tests.contract.input_rig import RATE, InputRig, Samples, input_rig, tone
from tests.contract.private_bus import PrivateBus
from tests.processes import child

BURST_HZ = 1_000.0
BURST_S = 0.2


@dataclass
class RecordingRig:
    """The input, and recordings of it."""

    input: InputRig
    recordings: Recordings
    folder: Path

    def recorder_pid(self) -> int | None:
        """Return the process id of the recorder, if there is one."""
        return child(os.getpid(), str(self.folder))

    def left(self) -> list[str]:
        """Return what lies in the folder."""
        return sorted(path.name for path in self.folder.iterdir())

    async def switch_known(self) -> None:
        """Wait until it is known that the input is off."""
        async with asyncio.timeout(20):
            while True:
                try:
                    await self.recordings.record(0.0, 0.1, time.time())
                except Unavailable as error:
                    if error.message == "the audio input is off":
                        return
                await asyncio.sleep(0.02)

    async def has_heard(self, seconds: float) -> None:
        """Wait until the recorder hears, and for so much more."""
        async with asyncio.timeout(20):
            while not await self._recorded(0.02):
                await asyncio.sleep(0.02)
        assert await self._recorded(seconds)

    async def _recorded(self, seconds: float) -> bool:
        try:
            path = await self.recordings.record(0.0, seconds, time.time(), "wav")
        except Unavailable:
            return False
        path.unlink()
        return True

    async def burst(self) -> float:
        """Let a tone be heard in the room; return when it reached the microphone, in seconds since 1970."""
        since_ns = time.monotonic_ns()
        await self.input.play(tone(BURST_HZ, BURST_S, amplitude=0.25))
        async with asyncio.timeout(20):
            while (onset_ns := await self._heard_ns(since_ns)) is None:
                await asyncio.sleep(0.02)
        await asyncio.sleep(
            (onset_ns - time.monotonic_ns()) / 1e9
        )  # what was played may be on its way
        return wall_time(SystemClock(), onset_ns / 1e9)

    async def _heard_ns(self, since_ns: int) -> int | None:
        last_s = (time.monotonic_ns() - since_ns) / 1e9
        answer = await self.input.sim.get("/sim/speaker.wav", params={"last": str(last_s)})
        played, _rate = soundfile.read(io.BytesIO(answer.content), dtype="float32")
        loud = np.flatnonzero(np.abs(played) > 0.01)
        if not len(loud):
            return None
        room = (await self.input.sim.get("/sim/state")).json()["room"]
        frames = int(loud[0] + room["latency_frames"] + room["delay_ms"] * RATE / 1000)
        return int(answer.headers["X-First-Sample-Monotonic-Ns"]) + frames * 10**9 // RATE


@dataclass(frozen=True)
class Decoded:
    """A file as a stranger's player sees it."""

    samples: Samples
    tags: dict[str, str]
    codec: str

    @property
    def onsets_s(self) -> list[float]:
        """When something loud begins, after at least 0.2 s of quiet."""
        loud = np.flatnonzero(np.abs(self.samples) > 0.05)
        return [float(at) / RATE for at in loud[np.diff(loud, prepend=-RATE) > 0.2 * RATE]]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / RATE

    @property
    def comment(self) -> str:
        """What the recorder has to say of it."""
        return self.tags["comment"]

    @property
    def start_s(self) -> float:
        """When its first sample was heard, in seconds since 1970."""
        return datetime.fromisoformat(self.tags["date"]).timestamp()


def decoded(path: Path) -> Decoded:
    """Decode a recording."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert stream.rate == RATE
        resampler = av.AudioResampler("flt", "mono", RATE)
        blocks = [
            block.to_ndarray().reshape(-1)
            for frame in container.decode(stream)
            for block in resampler.resample(frame)
        ]
        tags = {name.lower(): value.strip() for name, value in container.metadata.items()}
        return Decoded(np.concatenate(blocks), tags, stream.codec_context.name)


@asynccontextmanager
async def recording_rig(bus: PrivateBus) -> AsyncIterator[RecordingRig]:
    """Be the events daemon, with recordings only."""
    async with (
        input_rig(bus) as rig,
        bus.joined(EVENTS) as connection,
        asyncio.TaskGroup() as tasks,
    ):
        folder = bus.state / "events" / "recordings"
        folder.mkdir(parents=True)
        (folder / "left.mka").write_bytes(b"by one that was killed")
        recordings = Recordings(connection, folder)
        life = tasks.create_task(recordings.run(), name="recordings")
        await rig.room(coupling_db=0.0)
        try:
            yield RecordingRig(rig, recordings, folder)
        finally:
            life.cancel()
