"""The simulated card, an engine process that plays on it, and what one needs to judge the sound."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from hw.sim.sound_card import SoundCard

ROOT = Path(__file__).parents[2]
RATE = 48_000


class PlayerProcess:
    """An engine in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tests.contract.sound_player", str(folder)],
            cwd=ROOT,
            env={
                **os.environ,
                "ALSA_CONFIG_PATH": str(folder / "asound.conf"),
                "OPENBLAS_NUM_THREADS": "1",
                "PYTHONPATH": str(ROOT),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait_for("ready")

    def play(
        self, file: Path, class_: str = "ANNOUNCEMENT", repeat: int = 0, volume: float = 1.0
    ) -> str:
        """Start a clip."""
        return str(
            self.ask(do="play", file=str(file), class_=class_, repeat=repeat, volume=volume)[
                "playback"
            ]
        )

    def ask(self, **command: Any) -> dict[str, Any]:
        """Send a command and return its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self.wait_for("answer")

    def wait_for(self, kind: str, timeout_s: float = 40.0) -> dict[str, Any]:
        """Return the next line of this kind; those before it are forgotten."""
        end = time.monotonic() + timeout_s
        while True:
            line = self._lines.get(timeout=max(end - time.monotonic(), 0.01))
            if line["kind"] == kind:
                return line

    def kill(self) -> None:
        """End it without any notice."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it in good order."""
        if self._process.poll() is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(timeout=10)
        self._reader.join(timeout=10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(json.loads(line))


class Rig:
    """A card that runs, and players on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.card = SoundCard(folder)
        self.card.start()
        self._players: list[PlayerProcess] = []

    def player(self) -> PlayerProcess:
        """Start a player."""
        player = PlayerProcess(self.folder)
        self._players.append(player)
        return player

    def clip(self, name: str, sound: np.ndarray) -> Path:
        """Keep a sound as a decoded clip."""
        file = self.folder / f"{name}.pcm"
        sound.astype("<f4").tofile(file)
        return file

    def heard(self, seconds: float = 120.0) -> np.ndarray:
        """Return what the speaker played, full scale 1.0."""
        return self.card.ring.read(seconds).samples / 2.0**31

    def wait_until(self, condition: Callable[[], object], timeout_s: float = 20.0) -> None:
        """Wait for something to become true of the card."""
        end = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < end, self.card.describe()
            time.sleep(0.01)

    def until_silent(self) -> None:
        """Wait until nobody plays any more and the last sample is in the ring."""
        self.wait_until(lambda: not self.card.describe()["running"], timeout_s=60)

    def replace_card(self) -> None:
        """Put another card in the place of one that was closed."""
        self.card = SoundCard(self.folder)
        self.card.start()

    def close(self) -> None:
        """Take it all down."""
        for player in self._players:
            player.close()
        self.card.close()


@contextmanager
def burning(processes: int) -> Iterator[None]:
    """Keep that many other processes busy for as long as the block runs."""
    burners = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)
    ]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def on_16_bits(sound: np.ndarray) -> np.ndarray:
    """Round to 16 bits, so that the sound goes through every format unchanged."""
    return (np.round(sound * 32_768) / 32_768).astype(np.float32)


def sweep(seconds: float, amplitude: float = 0.5) -> np.ndarray:
    """Return an exponential sweep from 50 Hz to 18 kHz."""
    at = np.arange(round(seconds * RATE)) / RATE
    growth = np.log(18_000 / 50)
    phase = 2 * np.pi * 50 * seconds / growth * (np.exp(at / seconds * growth) - 1)
    return on_16_bits(amplitude * np.sin(phase))


def noise(seconds: float, seed: int, amplitude: float = 0.2) -> np.ndarray:
    """Return white noise, of which no piece looks like another."""
    generator = np.random.default_rng(seed)
    return on_16_bits(generator.uniform(-amplitude, amplitude, round(seconds * RATE)))


def find(sound: np.ndarray, within: np.ndarray) -> int:
    """Return where a sound begins in a recording: the place where the two correlate best."""
    size = 1 << (len(within) + len(sound) - 1).bit_length()
    product = np.fft.rfft(within, size) * np.conj(np.fft.rfft(sound, size))
    return int(np.argmax(np.fft.irfft(product, size)[: max(len(within) - len(sound) + 1, 1)]))


def level_db(sound: np.ndarray) -> float:
    """Return the level (RMS) in dB."""
    return float(10 * np.log10(np.mean(np.square(sound))))
