"""The audio daemon with its input on the simulated card, seen from the bus, for contract tests."""

import asyncio
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt
import soundfile

from common.bus.audio import AudioInterface
from common.bus.connection import Connection
from common.bus.suite import AUDIO, HTTP, PARAMS, SIM
from common.errors import Conflict
from common.params.client import ParamsClient
from common.params.kinds import Access
from common.pcm import PERIOD_FRAMES, AsyncPlaybackSender, adopt
from tests.contract.private_bus import PrivateBus, RunningDaemon, eventually
from tests.processes import child

ROOT = Path(__file__).parents[2]
RATE = 48_000
Samples = npt.NDArray[np.float32]


PACKET = np.dtype(
    [("position", "<u8"), ("flags", "<u4"), ("frames", "<u4"), ("samples", "<f4", PERIOD_FRAMES)]
)
_START_PACKETS = 50


class Listening:
    """A tap that a process reads all the time, and what came out of it so far."""

    def __init__(self, tap: socket.socket) -> None:
        descriptor, name = tempfile.mkstemp(prefix="c8210-tap-")
        os.close(descriptor)
        self._path = Path(name)
        with tap:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    *("-P", "-m", "tests.contract.tap_reader"),
                    *(str(tap.fileno()), name),
                ],
                pass_fds=[tap.fileno()],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
            )

    @property
    def ended(self) -> bool:
        """Whether the far end has closed."""
        return self._process.poll() is not None

    @property
    def frames(self) -> int:
        """How much has come."""
        return self._path.stat().st_size // PACKET.itemsize * PERIOD_FRAMES

    @property
    def samples(self) -> Samples:
        """All of it in one piece."""
        return np.ascontiguousarray(self._packets()["samples"]).reshape(-1)

    @property
    def gaps(self) -> int:
        """How often something was missing, once the reading process was up."""
        positions = self._packets()["position"][_START_PACKETS:]
        return int(np.sum(np.diff(positions) != PERIOD_FRAMES))

    def last(self, seconds: float) -> Samples:
        """Return the last of it."""
        return self.samples[-round(seconds * RATE) :]

    async def more(self, seconds: float) -> Samples:
        """Wait for that much more and return it."""
        before = self.frames
        wanted = round(seconds * RATE)
        await eventually(
            lambda: self.ended or self.frames >= before + wanted, "sound", seconds + 20
        )
        return self.samples[before : before + wanted]

    def close(self) -> None:
        """Stop listening."""
        self._process.kill()
        self._process.wait()
        self._path.unlink()

    def _packets(self) -> npt.NDArray[Any]:
        return np.fromfile(self._path, dtype=PACKET, count=self.frames // PERIOD_FRAMES)


class Levels:
    """The connection that brings levels, and the newest of them."""

    def __init__(self, source: socket.socket) -> None:
        source.setblocking(False)
        self._source = source
        self.newest: dict[str, dict[str, Any]] = {"input": {}, "output": {"ambient_dbfs": None}}

    async def follow(self) -> None:
        """Take what comes, until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while packet := await loop.sock_recv(self._source, 4096):
                self.newest = json.loads(packet)
        finally:
            self._source.close()


@dataclass
class InputRig:
    """The daemons and the world, and whoever listens."""

    bus: PrivateBus
    http: Connection
    daemon: RunningDaemon
    world: RunningDaemon
    sim: httpx.AsyncClient
    tasks: asyncio.TaskGroup
    begun: list[asyncio.Task[None]] = field(default_factory=list)
    listening: list[Listening] = field(default_factory=list)

    @property
    def sound(self) -> dict[str, str]:
        """Where the daemon finds the simulated card."""
        return {"ALSA_CONFIG_PATH": str(self.bus.runtime / "sim" / "asound.conf")}

    @property
    def audio(self) -> AudioInterface:
        """The audio daemon as http calls it."""
        return self.http.proxy(AudioInterface, AUDIO)

    async def set(self, **values: str) -> None:
        """Write parameters; `__` in a name stands for a dot."""
        changes = {name.replace("__", "."): value for name, value in values.items()}
        params = ParamsClient(self.http).bus
        _revision, refused = await params.update(changes, Access.ADMIN, "test", True)
        assert refused == {}

    async def on(self, **values: str) -> None:
        """Switch the input on."""
        await self.set(AudioSource__A0__AudioSupport="yes", **values)

    async def listen(self, tap: str = "input") -> Listening:
        """Open a tap and read it from now on."""
        descriptor = await self._open(tap)
        listening = Listening(adopt(descriptor))
        self.listening.append(listening)
        return listening

    async def _open(self, tap: str) -> int:
        async with asyncio.timeout(10):
            while True:
                try:
                    return await self.audio.open_capture(tap)
                except Conflict:  # the daemon has not heard of the parameter yet
                    await asyncio.sleep(0.01)

    async def levels(self) -> Levels:
        """Look at the levels from now on."""
        levels = Levels(socket.socket(fileno=await self.audio.open_levels()))
        self.begun.append(self.tasks.create_task(levels.follow(), name="levels"))
        return levels

    async def input_state_with(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return what the daemon says about the input, once it is as wanted."""
        async with asyncio.timeout(10):
            while True:
                state: dict[str, Any] = json.loads(await self.audio.input_state())
                if wanted(state):
                    return state
                await asyncio.sleep(0.02)

    async def hears(self, samples: npt.NDArray[Any]) -> None:
        """Let the microphone hear this once, from now on."""
        file = io.BytesIO()
        soundfile.write(file, samples, RATE, format="WAV", subtype="FLOAT")
        answer = await self.sim.post("/sim/microphone", content=file.getvalue())
        assert answer.status_code == 204, answer.text

    async def restart_world(self) -> None:
        """Put another world in the place of one that was killed."""
        self.world = await self.bus.start(SIM, module="hw.sim")

    async def room(self, **acoustics: float | None) -> None:
        """Change the room."""
        answer = await self.sim.post("/sim/room", content=json.dumps(acoustics))
        assert answer.status_code == 204, answer.text

    async def speaker_state(self) -> dict[str, Any]:
        """Return what the simulated card noticed."""
        state: dict[str, Any] = (await self.sim.get("/sim/state")).json()["speaker"]
        return state

    async def speaker(self, last_s: float) -> tuple[Samples, int]:
        """Return what the speaker played, and the position of its first sample."""
        answer = await self.sim.get("/sim/speaker.wav", params={"last": str(last_s)})
        samples, _rate = soundfile.read(io.BytesIO(answer.content), dtype="float32")
        return samples, int(answer.headers["X-First-Sample"])

    async def play(self, samples: Samples, audio_class: str = "announcement") -> None:
        """Play samples on the speaker, in a task of its own."""
        descriptor, _id = await self.audio.open_playback(audio_class, 0, "test")
        sender = AsyncPlaybackSender(adopt(descriptor))

        async def send() -> None:
            try:
                await sender.write(np.ascontiguousarray(samples, dtype=np.float32).data)
            finally:
                await sender.close(play_out=False)

        self.begun.append(self.tasks.create_task(send(), name="playing"))

    async def play_clip(self, samples: Samples) -> None:
        """Play samples from the unit's own disk, as they are: nothing that keeps this process waiting is heard."""
        await self.set(Audio__Loudness__Enabled="no")
        with tempfile.TemporaryFile() as file:
            soundfile.write(file, samples, RATE, format="WAV", subtype="PCM_16")
            file.seek(0)
            clip = await self.audio.add_clip(file.fileno(), "test", "test.wav")
        await self.audio.play_clip(clip, 100.0, 0, "announcement", 0)

    def input_pid(self) -> int | None:
        """Return the process id of the input process, if there is one."""
        return child(self.daemon.process.pid, "daemons.audio.input")


@asynccontextmanager
async def input_rig(bus: PrivateBus) -> AsyncIterator[InputRig]:
    """Run params, audio and the simulated world, and be the HTTP edge."""
    sound = str(bus.runtime / "sim" / "asound.conf")
    async with bus.joined(HTTP) as http:
        world = await bus.start(SIM, module="hw.sim")
        await bus.start(PARAMS)
        daemon = await bus.start(AUDIO, ALSA_CONFIG_PATH=sound)
        transport = httpx.AsyncHTTPTransport(uds=str(bus.runtime / "sim" / "http.sock"))
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=20) as sim,
            asyncio.TaskGroup() as tasks,
        ):
            rig = InputRig(bus, http, daemon, world, sim, tasks)
            try:
                yield rig
            finally:
                for listening in rig.listening:
                    listening.close()
                for task in rig.begun:
                    task.cancel()


def level_db(samples: npt.NDArray[Any]) -> float:
    """Return the level (RMS) in dB of full scale."""
    return float(10 * np.log10(np.mean(np.square(samples.astype(np.float64))) + 1e-20))


def tone(hz: float, seconds: float, amplitude: float = 0.1) -> Samples:
    """Return a sine."""
    at = np.arange(round(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * hz * at)).astype(np.float32)


def loudest(samples: npt.NDArray[Any]) -> float:
    """Return the peak."""
    return float(np.max(np.abs(samples), initial=0.0))


def voice(seconds: float, seed: int, rms: float) -> Samples:
    """Return something that speaks: syllables of gliding pitch through three formants, hissing, and pauses."""
    chance = np.random.default_rng(seed)
    spoken = np.zeros(round(seconds * RATE))
    at = 0
    while at < len(spoken):
        length = round(chance.uniform(0.12, 0.28) * RATE)
        syllable = _syllable(chance, length)[: len(spoken) - at]
        spoken[at : at + len(syllable)] = syllable
        at += length + round(chance.choice([0.0, 0.03, 0.08, 0.3]) * RATE)
    scaled = spoken * rms / np.sqrt(np.mean(spoken**2))
    return np.asarray(scaled, dtype=np.float32)


def _syllable(chance: np.random.Generator, length: int) -> npt.NDArray[np.float64]:
    share = np.arange(length) / length
    pitch_hz = chance.uniform(95, 160) * (1 + chance.uniform(-0.25, 0.25) * share)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE
    formants_hz = (chance.uniform(300, 800), chance.uniform(900, 2200), chance.uniform(2300, 3300))
    sound = np.zeros(length)
    for harmonic in range(1, int(5_000 / pitch_hz.max())):
        hz = pitch_hz[0] * harmonic
        loudness = sum(
            weight / (1 + ((hz - formant) / width) ** 2)
            for formant, width, weight in zip(
                formants_hz, (90, 120, 200), (1.0, 0.5, 0.25), strict=True
            )
        )
        sound += (loudness + 0.01) * np.sin(harmonic * phase + chance.uniform(0, 2 * np.pi))
    if chance.random() < 0.4:
        sound = 0.3 * sound + 0.6 * np.diff(chance.standard_normal(length), prepend=0)
    envelope = np.sin(np.pi * share) ** 0.6 * chance.uniform(0.5, 1.0)
    return np.asarray(sound * envelope, dtype=np.float64)
