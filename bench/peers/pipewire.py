"""PipeWire with a null sink, in folders and on a bus of its own: the peer of the audio engine."""

import os
import random
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from bench.figures import CannotMeasure
from bench.processes import cpu_seconds

PROGRAMS = (
    "dbus-daemon",
    "pipewire",
    "wireplumber",
    "pw-cat",
    "pw-record",
    "pw-cli",
    "pw-metadata",
)
SINK = "bench"
SINK_PROPERTIES = (
    f"{{ factory.name=support.null-audio-sink node.name={SINK} media.class=Audio/Sink "
    "object.linger=true audio.position=[MONO] audio.rate=48000 }"
)
CONFIGURATION = "context.properties = { clock.power-of-two-quantum = false }\n"
"""Else 480 frames would become 256."""
START_TIMEOUT_S = 10.0
ONSET = 1e-3
LONGEST_WAIT_S = 0.06


class PipeWire:
    """A running PipeWire; `quantum` frames pass through it at a time."""

    def __init__(self, environment: dict[str, str], servers: list[subprocess.Popen[bytes]]) -> None:
        self._environment = environment
        self._servers = servers

    def set_quantum(self, frames: int) -> None:
        """Let `frames` pass at a time from now on."""
        for key in ("clock.min-quantum", "clock.max-quantum", "clock.force-quantum"):
            self._run("pw-metadata", "-n", "settings", "0", key, str(frames))

    def trigger_to_sound(self, file: Path, rounds: int) -> list[float]:
        """Return what `pw-cat` takes from its start to the first sample at the sink's monitor, in s."""
        times: list[float] = []
        with self._monitor() as pipe:
            for _ in range(rounds):
                _drain_until_silent(pipe, 0.3)
                time.sleep(random.uniform(0.0, LONGEST_WAIT_S))  # at no fixed place in its cycle
                started = time.monotonic()
                player = self._spawn("pw-cat", "--playback", "--target", SINK, str(file))
                times.append(_wait_for_onset(pipe) - started)
                player.wait(10)
        return times

    def mixing_cpu(self, files: Sequence[Path], seconds: float) -> float:
        """Return the share of one core that mixing takes, server and one player for each file together."""
        with ExitStack() as stack:
            players = [
                stack.enter_context(
                    self._running("pw-cat", "--playback", "--target", SINK, str(file))
                )
                for file in files
            ]
            time.sleep(1.0)  # until all of them stream: what is measured is the steady state
            processes = [*self._servers, *players]
            before = sum(cpu_seconds(process.pid) for process in processes)
            started = time.monotonic()
            time.sleep(seconds)
            used = sum(cpu_seconds(process.pid) for process in processes) - before
            if any(player.poll() is not None for player in players):
                raise CannotMeasure("a player of PipeWire's ended before its time")
            return used / (time.monotonic() - started)

    @contextmanager
    def _monitor(self) -> Iterator[int]:
        # Its own buffer would hide up to 21 ms.
        recorder_of = ("stdbuf", "-o0", "pw-record", "--target", SINK)
        command = (*recorder_of, "-P", "{ stream.capture.sink=true }")
        form = ("--rate", "48000", "--channels", "1", "--format", "f32", "-")
        with self._running(*command, *form, stdout=subprocess.PIPE) as recorder:
            assert recorder.stdout is not None
            pipe = recorder.stdout.fileno()
            if not select.select([pipe], [], [], START_TIMEOUT_S)[0]:
                raise CannotMeasure("PipeWire's null sink gives no sound to record")
            yield pipe

    def _run(self, *command: str) -> None:
        subprocess.run(command, env=self._environment, check=True, capture_output=True, timeout=10)

    def _spawn(self, *command: str, stdout: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, env=self._environment, stdout=stdout, stderr=subprocess.DEVNULL
        )

    @contextmanager
    def _running(
        self, *command: str, stdout: int = subprocess.DEVNULL
    ) -> Iterator[subprocess.Popen[bytes]]:
        process = self._spawn(*command, stdout=stdout)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.communicate()


@contextmanager
def running_pipewire() -> Iterator[PipeWire]:
    """Start PipeWire with a null sink; raises `CannotMeasure` where it is not installed."""
    for program in PROGRAMS:
        if shutil.which(program) is None:
            raise CannotMeasure(f"{program} is not installed (make bench installs it)")
    with tempfile.TemporaryDirectory(prefix="c8210-pw-") as folder, ExitStack() as stack:
        bus = f"unix:path={folder}/bus"
        environment = {
            **os.environ,
            "XDG_RUNTIME_DIR": folder,
            "XDG_CONFIG_HOME": f"{folder}/config",
            "XDG_STATE_HOME": f"{folder}/state",
            "DBUS_SESSION_BUS_ADDRESS": bus,
            "PIPEWIRE_DEBUG": "0",
            "WIREPLUMBER_DEBUG": "0",
        }
        configuration = Path(folder, "config", "pipewire", "pipewire.conf.d", "bench.conf")
        configuration.parent.mkdir(parents=True)
        configuration.write_text(CONFIGURATION)
        servers: list[subprocess.Popen[bytes]] = []
        peer = PipeWire(environment, servers)
        broker = ("dbus-daemon", "--session", f"--address={bus}", "--nofork", "--nopidfile")
        stack.enter_context(peer._running(*broker))
        _until(Path(folder, "bus").exists, "its bus")
        servers.append(stack.enter_context(peer._running("pipewire")))
        _until(Path(folder, "pipewire-0").exists, "its socket")
        servers.append(stack.enter_context(peer._running("wireplumber")))
        peer._run("pw-cli", "create-node", "adapter", SINK_PROPERTIES)
        yield peer


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not condition():
        if time.monotonic() > deadline:
            raise CannotMeasure(f"PipeWire does not start: {what} is missing")
        time.sleep(0.01)


def _read(pipe: int, timeout_s: float) -> np.ndarray:
    if not select.select([pipe], [], [], timeout_s)[0]:
        raise CannotMeasure("PipeWire's monitor gives no more sound")
    return np.frombuffer(os.read(pipe, 65536)[: 65536 // 4 * 4], dtype="<f4")


def _drain_until_silent(pipe: int, seconds: float) -> None:
    silent_since = time.monotonic()
    while time.monotonic() - silent_since < seconds:
        if np.abs(_read(pipe, 5.0)).max(initial=0.0) > ONSET:
            silent_since = time.monotonic()


def _wait_for_onset(pipe: int) -> float:
    while True:
        block = _read(pipe, 5.0)
        arrived = time.monotonic()
        if np.abs(block).max(initial=0.0) > ONSET:
            return arrived
