"""A sender, a network that loses, delays and doubles, and a receiver at the other end, on a clock of the test's."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from daemons.audio.multicast.encoders import Encoder
from daemons.audio.multicast.encodings import BY_NAME, DEFAULT_DYNAMIC_TYPE, Encoding
from daemons.audio.multicast.playout import Playout
from daemons.audio.multicast.profiles import PROFILES
from daemons.audio.multicast.rtp import Packet, build

Samples = npt.NDArray[np.float32]
RATE = 48_000
TICK_S = 0.005


def tone(seconds: float, hertz: float = 1000.0, peak: float = 0.5) -> Samples:
    """Return a sine."""
    at = np.arange(round(seconds * RATE)) / RATE
    return (peak * np.sin(2 * np.pi * hertz * at)).astype(np.float32)


def packets(
    sound: Samples,
    encoding: Encoding,
    *,
    ssrc: int = 77,
    sequence: int = 65_500,
    timestamp: int = 2**32 - 4_000,
) -> list[Packet]:
    """Return a sound as packets; their numbers and stamps wrap early."""
    encoder = Encoder(encoding)
    type_ = DEFAULT_DYNAMIC_TYPE if encoding.static_type is None else encoding.static_type
    blocks = [
        sound[at : at + encoder.frames]
        for at in range(0, len(sound) - encoder.frames + 1, encoder.frames)
    ]
    return [
        Packet(
            type_,
            (sequence + number) % 2**16,
            (timestamp + number * encoder.timestamp_step) % 2**32,
            ssrc,
            number == 0,
            encoder.encode(block),
        )
        for number, block in enumerate(blocks)
    ]


@dataclass
class Network:
    """What happens on the way, the same each time."""

    loss: float = 0.0
    jitter_s: float = 0.0
    doubled: float = 0.0
    ppm: float = 0.0
    """How much slower than ours the sender's clock runs."""
    spared: int = 5
    """How many of the first packets arrive whatever happens."""
    calm: int = 0
    """How many of the first packets come in time."""
    seed: int = 1

    def deliver(
        self, sent: Iterable[Packet], packet_s: float, begin_s: float = 10.0
    ) -> list[tuple[float, bytes]]:
        """Return when which datagram arrives."""
        chance = random.Random(self.seed)
        arrivals: list[tuple[float, bytes]] = []
        for number, packet in enumerate(sent):
            lost = chance.random() < self.loss and number >= self.spared
            due_s = begin_s + number * packet_s * (1 + self.ppm / 1e6)
            copies = 2 if chance.random() < self.doubled else 1
            for _copy in range(0 if lost else copies):
                late_s = chance.random() * self.jitter_s if number >= self.calm else 0.0
                arrivals.append((due_s + late_s, build(packet)))
        return sorted(arrivals, key=lambda arrival: arrival[0])


@dataclass
class Heard:
    """What a receiver made of it."""

    sound: Samples
    playout: Playout
    first_s: float
    ended_s: float | None = None

    @property
    def speech(self) -> Samples:
        """The sound from the first to the last loud sample, without the edges."""
        loud = np.flatnonzero(np.abs(self.sound) > 0.05)
        return self.sound[loud[0] + RATE // 20 : loud[-1] - RATE // 5]

    @property
    def longest_gap_ms(self) -> int:
        """The longest stretch in which there was hardly any sound, in steps of 5 ms."""
        blocks = self.speech[: len(self.speech) // 240 * 240].reshape(-1, 240)
        longest = present = 0
        for level in np.sqrt(np.mean(blocks**2, axis=1)):
            present = present + 5 if level < 0.05 else 0
            longest = max(longest, present)
        return longest


def level_db(sound: Samples) -> float:
    """Return the level (RMS) in dB of full scale."""
    return float(10 * np.log10(np.mean(np.square(sound)) + 1e-12))


def pitch_hz(sound: Samples) -> float:
    """Return the strongest frequency."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum) * RATE / len(sound))


@dataclass
class Receiver:
    """A playout that is served every 5 ms, as the worker does."""

    playout: Playout
    now_s: float = 9.9
    periods: list[Samples] = field(default_factory=list)
    waiting: list[tuple[float, bytes]] = field(default_factory=list)
    """What has been sent and not yet come."""
    first_s: float = 0.0
    last_s: float = 0.0
    ended_s: float | None = None

    def take(self, arrivals: Iterable[tuple[float, bytes]], until_s: float) -> "Receiver":
        """Serve until then."""
        self.waiting += arrivals
        while self.now_s < until_s:
            while self.waiting and self.waiting[0][0] <= self.now_s:
                arrived_s, datagram = self.waiting.pop(0)
                self.playout.receive(datagram, arrived_s)
            while (period := self.playout.render(self.now_s)) is not None:
                self.first_s = self.first_s or self.now_s
                self.last_s = self.now_s
                self.periods.append(period)
            if self.playout.over(self.now_s):
                self.ended_s = self.now_s
            self.now_s += TICK_S
        return self

    def heard(self) -> Heard:
        """Return what came out so far."""
        sound = np.concatenate(self.periods or [np.zeros(0, np.float32)])
        return Heard(sound, self.playout, self.first_s, self.ended_s)


def receive(
    name: str,
    network: Network,
    *,
    profile: str = "Normal",
    seconds: float = 3.0,
) -> Heard:
    """Send a tone over a network and return what comes out at its end."""
    encoding = BY_NAME[name]
    sent = packets(tone(seconds), encoding)
    arrivals = network.deliver(sent, Encoder(encoding).frames / RATE)
    receiver = Receiver(Playout(encoding, PROFILES[profile]))
    return receiver.take(arrivals, 10.0 + seconds + 1.6).heard()
